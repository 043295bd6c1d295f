"""Books of the entities, over HTTP: what the ledger moved is in them once, balanced, and ties to balances and claims."""

import asyncio
import csv
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from chassis.clock import business_day, start_of_day
from services.p2p.accounting.errors import UnruledPosting
from services.p2p.accounting.forms import COLUMNS, TOTAL
from suite.audit.gathering import Auditor
from tests.p2p.auditing import books_failed_when
from tests.p2p.people import Person, World
from tests.p2p.test_losses import FUND_TERMS, broke, covered, fund_account, late, put_in
from tests.p2p.test_programmes import HARBOUR
from tests.p2p.test_resale import bought, lent_on, offered

Books = dict[str, dict[str, dict[str, Any]]]


async def today(world: World) -> date:
    return business_day(datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"]))


async def booked(world: World, days: int = 1) -> date:
    """Time goes on, and all days that have ended are closed and booked; the last of them."""
    await world.pass_time(timedelta(days=days))
    day = await today(world) - timedelta(days=1)
    newest = None
    while newest != day.isoformat():
        before = newest
        await world.run_periodic("p2p.close_days")
        await world.run_periodic("p2p.book_days")
        newest = (await world.operator.get("/v1/book-days"))["items"][0]["day"]
        assert newest != before
    return day


async def books(world: World, day: date) -> Books:
    """By entity and account; each balanced in itself."""
    found: Books = {}
    for one in (await world.operator.get(f"/v1/trial-balances/{day}"))["entities"]:
        assert one["debit_minor"] == one["credit_minor"], one
        assert one["closing_debit_minor"] == one["closing_credit_minor"], one
        found[one["entity"]] = {line["account"]: line for line in one["lines"]}
    return found


def closing(lines: dict[str, dict[str, Any]], account: str) -> int:
    return int(lines[account]["closing_minor"]) if account in lines else 0


async def test_a_loan_from_its_payout_to_a_loss_is_in_everybodys_books(world: World, admin_url: str) -> None:
    lent = await world.disbursed([600_000, 400_000], **FUND_TERMS)
    fund_id = await fund_account(world)
    first = await booked(world)
    found = await books(world, first)
    fees, kept = lent.loan["origination_fee_minor"], lent.loan["reserve_contribution_minor"]
    assert closing(found["platform"], "cash") == -closing(found["platform"], "fee_income") == fees
    assert closing(found["reserve_fund"], "contributions") == -kept
    lenders = found["lenders"]
    assert closing(lenders, "claims") == -closing(lenders, "cash") == 1_000_000
    assert closing(lenders, "accrued_interest") == -closing(lenders, "interest_income") > 0
    # One per cent of a loan that is not late: the fund bears it all.
    assert closing(found["reserve_fund"], "provisions") == -10_000
    await put_in(world, fund_id, 5_000_000)
    await broke(lent)
    await late(lent, 31)
    (paid,) = (await covered(lent))["compensations"]
    third = await booked(world)
    found = await books(world, third)
    fund = found["reserve_fund"]
    assert closing(fund, "counter_claims") == paid["principal_minor"] == 1_000_000
    assert closing(fund, "compensated_interest") == paid["interest_minor"]
    assert closing(fund, "funding") == -5_000_000
    assert closing(fund, "cash") == (await world.account(fund_id))["balance"]
    assert closing(found["lenders"], "claims") == closing(found["lenders"], "accrued_interest") == 0
    await world.audit()
    assert await differing(world) == []
    await _read_as_csv(world, third, found)
    for statement, check, named in PLANTED:
        failed = await books_failed_when(world.p2p, admin_url, statement)
        assert named in " ".join(failed[check]), (statement, failed)


PLANTED = (
    ("UPDATE book_movements SET debit_minor = debit_minor + 1 WHERE account = 'fee_income'", "books_are_balanced", "platform CNY"),
    ("UPDATE book_movements SET debit_minor = debit_minor + 1 WHERE entity LIKE 'cus%' AND account = 'claims'",
     "claims_are_in_the_books", "cus_"),
    ("UPDATE claims SET outstanding_minor = outstanding_minor + 1, bought_minor = bought_minor + 1 WHERE holder = 'p2p.reserve_fund'",
     "claims_are_in_the_books", "reserve_fund CNY"),
    ("UPDATE book_movements SET credit_minor = credit_minor + 1 WHERE entity = 'lenders' AND account = 'cash'",
     "lenders_books_make_up_the_book_of_all", "cash CNY"),
    ("UPDATE loan_provisions SET provision_minor = provision_minor - 1", "provisions_are_in_the_books", "reserve_fund CNY"),
    ("UPDATE loan_provisions SET rate_millionths = rate_millionths + 1", "provisions_are_of_what_may_be_lost", "reserve_fund"),
)  # fmt: skip
"""What is changed behind the service's back, which check fails for it, and what that names."""


async def differing(world: World) -> list[str]:
    """What `sifang verify` finds wrong between the two services."""
    served = {"payments": world.payments, "p2p": world.p2p}
    auditor = Auditor({name: one.url for name, one in served.items()}, lambda name: served[name].token())
    try:
        report = await auditor.look()
    finally:
        await auditor.close()
    assert any(check.name == "cash in the books is on the accounts" and check.examined >= 2 for check in report.checks)
    return [check.name for check in report.checks if not check.holds]


async def _read_as_csv(world: World, day: date, found: Books) -> None:
    """The bytes are the same every time; each entity's debits are its credits."""
    path = f"/v1/trial-balances/{day}/csv"
    first, again = [(await world.operator.http.get(path)).content for _ in range(2)]
    assert first == again
    lines = list(csv.reader(StringIO(first.decode("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    totals = {line[2]: [int(cell) for cell in line[4:]] for line in lines if line[3] == TOTAL}
    assert set(totals) == set(found)
    for debit_before, credit_before, debit, credit, debit_after, credit_after in totals.values():
        assert (debit_before, debit, debit_after) == (credit_before, credit, credit_after)


async def test_claims_that_change_hands_and_money_that_comes_back(world: World) -> None:
    """A sale at a discount, a repayment that is taken back of holders who have spent it: everybody's book says what it cost whom."""
    lent = await lent_on(world, [600_000, 400_000], {})
    seller, keeper = lent.lenders
    row = (await lent.rows())[0]
    await world.pass_time(timedelta(days=5))
    await world.give(lent.borrower, 1_000_000)
    sale = await offered(seller, 600_000, "0.98")
    buyer = await world.rich(1_000_000)
    purchase = await bought(buyer, sale, 600_000)
    day = await booked(world)
    hers = await books_of(world, buyer, day)
    price, accrued, fee = (purchase[f"{name}_minor"] for name in ("price", "accrued", "fee"))
    assert closing(hers, "claims") == 600_000
    assert closing(hers, "cash") == -price
    assert closing(hers, "interest_income") == accrued
    assert -closing(hers, "resale_result") == 600_000 + accrued - price
    sold = await books_of(world, seller, day)
    assert (closing(sold, "claims"), closing(sold, "resale_result")) == (0, 600_000 + accrued - price + fee)
    together = await books(world, day)
    assert closing(together["lenders"], "claims") == 1_000_000
    assert -closing(together["platform"], "fee_income") == lent.loan["origination_fee_minor"] + fee
    assert (await lent.repay(row["payment_minor"])).status_code == 201
    day = await booked(world)
    # Paid ahead of its day: what is not earned yet is owed, and no income.
    paid = await books(world, day)
    assert closing(paid["lenders"], "claims") == 1_000_000 - row["principal_minor"]
    assert closing(paid["lenders"], "accrued_interest") < 0
    income = -closing(paid["lenders"], "interest_income")
    assert income - closing(paid["lenders"], "accrued_interest") == row["interest_minor"]
    (repaid,) = (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/repayments"))["items"]
    received = row["payment_minor"]
    await world.move((await keeper.wallet())["account_id"], await world._money_source(), (await keeper.balance())[0])
    assert (
        await world.operator.post(f"/v1/repayments/{repaid['id']}/reversal", {"reason": "bounced"})
    ).status_code in (201, 202)
    await world.run_job("p2p.reverse_repayment", repaid["id"])
    day = await booked(world)
    found = await books(world, day)
    platform = found["platform"]
    advanced = closing(platform, "counter_claims") + closing(platform, "advances")
    assert 0 < advanced < received
    assert closing(found["lenders"], "claims") + closing(platform, "counter_claims") == 1_000_000
    assert await differing(world) == []
    await world.audit()
    await _is_hers_alone(world, day, keeper, buyer)


async def _is_hers_alone(world: World, day: date, lender: Person, other: Person) -> None:
    path = f"/v1/trial-balances/{day}"
    table = await lender.lending.http.get(f"{path}/{lender.id}/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert lender.id in table.text
    assert (await lender.lending.get(f"{path}/{other.id}", 404))["code"] == "unknown_book"
    assert (await lender.lending.get(f"{path}/platform", 403))["code"] == "missing_scope"
    assert (await lender.lending.get(path, 403))["code"] == "missing_scope"
    assert (await lender.lending.get(f"{path}/nobody", 422))["field"] == "entity"
    assert (await world.operator.get(f"{path}/sur_{'0' * 26}", 404))["code"] == "unknown_book"
    assert (await world.operator.get("/v1/trial-balances/2020-01-01", 404))["code"] == "day_not_booked"
    assert (await world.operator.get("/v1/provisions/2020-01-01", 404))["code"] == "day_not_booked"
    assert (await world.operator.get(f"/v1/loans/lon_{'0' * 26}/provisions", 404))["code"] == "unknown_loan"


async def books_of(world: World, lender: Person, day: date) -> dict[str, dict[str, Any]]:
    own = await lender.lending.get(f"/v1/trial-balances/{day}/{lender.id}")
    assert own["debit_minor"] == own["credit_minor"]
    return {line["account"]: line for line in own["lines"]}


async def test_what_has_no_rule_keeps_the_day_from_being_booked(world: World) -> None:
    lent = await world.disbursed([300_000])
    lender, borrower = (await lent.lenders[0].wallet())["account_id"], (await lent.borrower.wallet())["account_id"]
    await booked(world)
    await world.move(borrower, lender, 5, code="p2p.fee.unheard_of")
    await world.pass_time(timedelta(days=1))
    await world.run_periodic("p2p.close_days")
    for _ in range(2):
        with pytest.raises(UnruledPosting, match=r"p2p\.fee\.unheard_of"):
            await world.run_periodic("p2p.book_days")
    assert len((await world.operator.get("/v1/book-days"))["items"]) == 1


async def test_a_day_is_booked_once_whoever_books_it(world: World) -> None:
    """Not within five minutes of its end; by two at once; again after it stands."""
    lent = await world.disbursed([300_000])
    now = datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"])
    ends = start_of_day(business_day(now) + timedelta(days=1))
    await world.pass_time(ends - now + timedelta(minutes=4, seconds=59))
    await world.run_periodic("p2p.close_days")
    await world.run_periodic("p2p.book_days")
    assert (await world.operator.get("/v1/book-days"))["items"] == []
    await world.pass_time(timedelta(seconds=1))
    await asyncio.gather(*(world.run_periodic("p2p.book_days") for _ in range(3)))
    (day,) = (await world.operator.get("/v1/book-days"))["items"]
    assert day["transfers"] == 2 + len(
        [1 for name in ("origination_fee", "reserve_contribution") if lent.loan[f"{name}_minor"]]
    )
    before = await books(world, date.fromisoformat(day["day"]))
    await world.run_periodic("p2p.book_days")
    assert await books(world, date.fromisoformat(day["day"])) == before
    assert closing(before["lenders"], "claims") == 300_000
    (told,) = await world.events("p2p.books.day_booked.v1")
    assert {one["entity"] for one in told["data"]["entities"]} >= {"lenders", "platform"}
    assert lent.lenders[0].id not in str(told)


async def at_midnight(world: World, *, late: timedelta = timedelta(0)) -> None:
    """The ledger stands at the last second of a day, lending at the first of the next, or later on it."""
    now = datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"])
    midnight = start_of_day(business_day(now) + timedelta(days=1))
    for http, at in ((world.ledger.http, midnight - timedelta(seconds=1)), (world.operator.http, midnight + late)):
        assert (await http.put("/v1/clock", json={"business_at": at.isoformat()})).status_code == 200


async def closed(world: World) -> dict[str, Any]:
    """The day that ended at midnight is booked, and nothing differs; the totals of all accounts of lenders and the platform."""
    await world.pass_time(timedelta(minutes=5))
    day = await booked(world, days=0)
    assert await differing(world) == []
    found = await books(world, day)
    return {entity: {name: closing(lines, name) for name in lines} for entity, lines in found.items()}


async def test_what_is_moved_at_the_last_second_and_recorded_at_the_first_is_of_the_day_of_the_ledger(
    world: World,
) -> None:
    """A fee kept of what came late, a repayment in time beside it, and the first taken back of who has spent it."""
    fees = {"collection_rate": "0.1", "collection_after_days": 1}
    terms = HARBOUR | {"loss_borne_by": "lender", "loss_waterfall": [], "terms_months": [12], "lender_fees": fees}
    await world.operator.made("/v1/programmes/harbour/versions", terms | {"methods": ["equal_principal"]})
    lent = await world.disbursed([600_000, 400_000], programme="harbour", method="equal_principal")
    other = await world.disbursed([300_000])
    await late(lent, 1)
    first = (await lent.rows())[0]
    await world.give(lent.borrower, first["payment_minor"])
    await at_midnight(world)
    due = (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues"))["due_minor"]
    repaid = (await lent.repay(due)).json()
    assert repaid["state"] == "shared"
    await world.pass_time(timedelta(0))
    # The next day has begun for the ledger too: not in the books of the one before, though recorded within the same minutes.
    assert (await other.repay((await other.rows())[0]["payment_minor"])).status_code == 201
    found = await closed(world)
    assert found["lenders"]["claims"] == 1_300_000 - first["principal_minor"]
    shares = (await world.operator.get(f"/v1/repayments/{repaid['id']}/shares"))["items"]
    assert found["lenders"]["fee_expense"] == sum(one["fee_minor"] for one in shares) > 0
    await world.move(
        (await lent.lenders[0].wallet())["account_id"],
        await world._money_source(),
        (await lent.lenders[0].balance())[0],
    )
    # Recorded so late that only the day's books, which wait for it, tell that it was of the day.
    await at_midnight(world, late=timedelta(minutes=6))
    assert (
        await world.operator.post(f"/v1/repayments/{repaid['id']}/reversal", {"reason": "bounced"})
    ).status_code in (201, 202)
    await world.run_job("p2p.reverse_repayment", repaid["id"])
    found = await closed(world)
    assert found["lenders"]["fee_expense"] == 0
    assert found["platform"]["counter_claims"] > 0
    together = found["lenders"]["claims"] + found["platform"]["counter_claims"]
    assert together == sum(
        one["outstanding_minor"] for one in (await world.operator.get("/v1/verification/loans"))["items"]
    )
