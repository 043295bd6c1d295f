"""A lender's gains, and her statement and portfolio over HTTP: what is told is what her wallet saw."""

import csv
import io
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.p2p.claims.gains import Happening, Kind, lines_of, year_of
from tests.p2p.people import Person, World
from tests.p2p.test_resale import bought, claim_of, lent_on, offered

DAY = date(2026, 3, 1)


def happening(day: int, kind: Kind, principal: int, price: int, interest: int = 0, fee: int = 0) -> Happening:
    return Happening(DAY + timedelta(days=day), kind, UUID(int=1), UUID(int=2), principal, price, interest, fee)


def test_a_discount_is_earned_as_the_claim_is_repaid() -> None:
    lines = lines_of(
        [
            happening(0, Kind.BOUGHT, 1_000, 900, -7),
            happening(5, Kind.RECEIVED, 400, 400, 10),
            happening(6, Kind.SOLD, 300, 310, 2, 1),
            happening(9, Kind.RECEIVED, 300, 300, 3),
        ]
    )
    assert [line.gain_minor for line in lines] == [0, 40, 40, 30]
    year = year_of(lines)
    assert (year.gains_minor, year.losses_minor, year.fees_minor, year.net_minor) == (110, 0, 1, 117)


def test_what_was_lent_is_sold_at_a_loss() -> None:
    lines = lines_of([happening(0, Kind.FUNDED, 500, 500), happening(3, Kind.SOLD, 500, 450, 5, 2)])
    assert (year_of(lines).losses_minor, year_of(lines).net_minor) == (50, -47)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Kind)), st.integers(1, 10_000), st.integers(50, 150), st.integers(0, 99)),
        max_size=30,
    )
)
def test_gains_are_what_came_in_less_what_went_out(steps: list[tuple[Kind, int, int, int]]) -> None:
    """The second model is a purse: once nothing is left of a claim, it holds the net of all the years, and her statements say the same."""
    held = purse = 0
    happenings = []
    for day, (kind, amount, percent, interest) in enumerate([*steps, (Kind.RECEIVED, 10**9, 100, 0)]):
        takes = kind in (Kind.FUNDED, Kind.BOUGHT)
        principal = amount if takes else min(amount, held)
        if not principal:
            continue
        price = principal * percent // 100 if kind in (Kind.BOUGHT, Kind.SOLD) else principal
        earned = -interest if kind is Kind.BOUGHT else 0 if kind is Kind.FUNDED else interest
        fee = price // 200 if kind is Kind.SOLD else 0
        held += principal if takes else -principal
        purse += (-price if takes else price) + earned - fee
        happenings.append(happening(day * 40, kind, principal, price, earned, fee))
    lines = lines_of(happenings)
    years = {line.happening.happened_on.year for line in lines}
    told = [year_of([line for line in lines if line.happening.happened_on.year == year]) for year in years]
    assert held == 0
    assert sum(year.net_minor for year in told) == purse


async def test_statement_and_portfolio_follow_from_the_wallets(world: World) -> None:
    lent = await lent_on(world, [600_000, 400_000], {})
    seller, buyer = lent.lenders[0], await world.rich(300_000)
    await world.pass_time(timedelta(days=10))
    sale = await offered(seller, 600_000, "0.95")
    await bought(buyer, sale, 300_000)
    row = (await lent.rows())[0]
    await world.give(lent.borrower, 200_000)
    assert (await lent.repay(row["principal_minor"] + row["interest_minor"])).status_code == 201
    first = date.fromisoformat(lent.loan["starts_on"]).year
    for person, began in ((seller, 600_000), (buyer, 300_000), (lent.lenders[1], 400_000)):
        lines = await lines_between(person, first, first + 1)
        net = cost = 0
        for year in (first, first + 1):
            net += sum(item["net_minor"] for item in (await person.lending.get(f"/v1/statements/{year}"))["items"])
        for line in lines:
            takes = line["kind"] in ("funded", "bought")
            cost += int(line["price"]) if takes else int(line["gain"]) - int(line["price"])
        assert (await person.balance())[0] == began + net - cost
    assert [line["kind"] for line in await lines_between(seller, first, first + 1)] == ["funded", "sold", "received"]
    await world.pass_time(timedelta(days=3))
    portfolio = (await buyer.lending.get("/v1/portfolio"))["items"][0]
    held = (await claim_of(buyer))["outstanding_minor"]
    assert portfolio["concentration"]["largest_borrower_share"] == "1.000000"
    assert portfolio["concentration"]["by_grade"] == {"A": held}
    assert portfolio["concentration"]["by_programme"] == {"harbour": held}
    assert portfolio["by_bucket"] == {"M0": held}
    months = portfolio["expected_by_month"]
    assert len(months) == 11
    assert sum(one["principal_minor"] for one in months) == held
    assert float(portfolio["xirr"]) > 0.2
    await world.pass_time(timedelta(days=150))
    late = (await buyer.lending.get("/v1/portfolio"))["items"][0]
    assert late["doubtful_minor"] == held
    assert late["by_bucket"] in ({"M4": held}, {"M5": held})
    assert float(late["xirr_net"] or -1) < 0 < float(late["xirr"])
    await world.audit()


async def lines_between(person: Person, first: int, last: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for year in range(first, last + 1):
        answer = await person.lending.http.get(f"/v1/statements/{year}/lines.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        found += csv.DictReader(io.StringIO(answer.text))
    return found
