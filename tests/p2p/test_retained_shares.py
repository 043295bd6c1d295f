"""What an originator keeps of each loan: lent before anybody else, never sold, covered by nobody, paid beside or after the others."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import business_day, real_now
from services.p2p.claims.model import RepaidPrincipal
from services.p2p.disclosure import queries as disclosure_queries
from services.p2p.errors import AmountDiffers, MoreThanOwed, NotOffered
from services.p2p.loans.model import LoanRow, LoanState
from services.p2p.losses.model import RESERVE_FUND
from services.p2p.originators.retaining import LARGEST, retained_of
from services.p2p.programmes.contradictions import contradictions
from services.p2p.programmes.model import (
    LossBearer,
    LossLayer,
    Origination,
    OriginatorTerms,
    Programme,
    RateFormation,
    RetainedRank,
)
from services.p2p.repayments.model import ShareKind
from services.p2p.repayments.rules import last_in_line, principal_in_order
from tests.p2p.auditing import all_failed_when
from tests.p2p.people import TERMS, Lent, Person, World, application
from tests.p2p.records import loan_of, programme_of
from tests.p2p.test_any_repayment import START
from tests.p2p.test_loss_rules import STEP, LossBook
from tests.p2p.test_losses import broke, late
from tests.p2p.test_originators import PARTNERS

TODAY = date(2026, 12, 1)
KEEPS: dict[str, Any] = {"retained_share": "0.1", "largest_exposure": "100"}


def keeping(share: str = "0.1", rank: RetainedRank = RetainedRank.PARI_PASSU, **changes: Any) -> Programme:
    terms = OriginatorTerms(Decimal(share), Decimal(10), rank)
    return replace(programme_of(), originator=terms, origination=(Origination.PARTNER,), **changes)


@given(
    st.integers(1, 2_000),
    st.integers(1, 10_000),
    st.decimals(Decimal("0.05"), Decimal("0.15"), places=4),
)
def test_what_is_retained_is_never_less_than_the_share_nor_more_than_fifteen_in_a_hundred(
    lots: int, lot: int, share: Decimal
) -> None:
    amount = lots * lot
    if not any(share * amount <= kept <= LARGEST * amount for kept in range(0, amount, lot)):
        with pytest.raises(NotOffered) as refused:
            retained_of(keeping(str(share)), amount, lot)
        assert refused.value.field == "lot_minor"
        return
    kept = retained_of(keeping(str(share)), amount, lot)
    assert kept % lot == 0
    assert share * amount <= kept <= LARGEST * amount
    assert kept - lot < share * amount


def test_nothing_is_retained_where_the_programme_says_nothing() -> None:
    assert retained_of(programme_of(), 1_000, 1) == 0
    assert retained_of(keeping("0"), 1_000, 1) == 0


@pytest.mark.parametrize(
    ("programme", "told"),
    [
        (keeping("0.04"), ["originator"]),
        (keeping("0.16"), ["originator"]),
        (keeping("0.05"), []),
        (keeping("0.15"), []),
        (keeping("0"), []),
        (keeping(rate_formation=RateFormation.REVERSE_AUCTION, standing_orders=False), ["originator"]),
    ],
)
def test_what_a_programme_may_say_of_it(programme: Programme, told: list[str]) -> None:
    within = replace(programme, names={"zh": "测试", "en": "Tests"}, highest_rate=Decimal("0.12"))
    found = contradictions(within)
    assert [field for field, _ in found if field == "originator"] == told, found


claims = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5_000), min_size=1).filter(
    lambda found: sum(found.values()) > 0
)


@given(claims, st.data())
def test_principal_is_shared_in_order_and_every_claim_ends_at_nothing(
    held: dict[str, int], data: st.DataObject
) -> None:
    """Against a second model: what the others lack goes to them, unit by unit, before anything goes to who is last."""
    last = data.draw(st.sampled_from(sorted(held)))
    outstanding = dict(held)
    row = 0
    while left := sum(outstanding.values()):
        row += 1
        amount = data.draw(st.integers(1, left))
        shared = principal_in_order(amount, outstanding, last, loan="lon_1", row=row)
        others = sum(have for name, have in outstanding.items() if name != last)
        naive = 0
        for _ in range(amount):
            if others:
                others -= 1
            else:
                naive += 1
        assert shared[last] == naive
        assert sum(shared.values()) == amount
        assert all(0 <= shared[name] <= outstanding[name] for name in outstanding)
        outstanding = {name: have - shared[name] for name, have in outstanding.items()}
    assert set(outstanding.values()) == {0}


def test_it_comes_last_once_the_loan_is_bad_and_only_where_the_programme_says_so() -> None:
    loan = loan_of(UUID(int=9), 1_000, Decimal("0.1"), 12, TODAY - timedelta(days=400))
    row = LoanRow(
        loan_id=loan.id,
        number=1,
        from_on=TODAY - timedelta(days=120),
        due_on=TODAY - timedelta(days=90),
        days=30,
        principal_minor=100,
        interest_minor=10,
        balance_minor=900,
        repayment_id=None,
        paid_at=None,
    )
    behind = keeping(rank=RetainedRank.SUBORDINATED)
    assert last_in_line(behind, loan, [row], "cus_1", TODAY) == "cus_1"
    assert last_in_line(behind, loan, [row], "cus_1", TODAY - timedelta(days=1)) is None
    lost = replace(loan, state=LoanState.WRITTEN_OFF)
    assert last_in_line(behind, lost, [row], "cus_1", TODAY - timedelta(days=1)) == "cus_1"
    assert last_in_line(behind, lost, [row], None, TODAY) is None
    assert last_in_line(keeping(), lost, [row], "cus_1", TODAY) is None
    assert last_in_line(programme_of(), lost, [row], "cus_1", TODAY) is None


class RankedBook(LossBook):
    """A loan of which the first holder keeps a share and stands last once it is 40 days past due; interest accrues on."""

    uncovered = LossBook.uncovered | {"cus_0"}

    def last_on(self, day: date) -> str | None:
        unpaid = [row for row in self.rows if row.paid_at is None]
        return last_in_line(replace(self.programme, accrual_stop_days=40), self.loan, unpaid, "cus_0", day)

    def repaid(self) -> list[RepaidPrincipal]:
        return [
            RepaidPrincipal(share.claim_id, made.paid_on, share.amount_minor)
            for made, _, shares in self.paid
            for share in shares
            if share.kind is ShareKind.PRINCIPAL
        ]

    def pay_counted(self, day: date, amount: int) -> None:
        self.pay(day, amount)
        self.count()
        if any(claim.outstanding_minor for claim in self.claims):
            self.part_again(day)


def ranked(lots: list[int]) -> RankedBook:
    terms = OriginatorTerms(Decimal("0.1"), Decimal(10), RetainedRank.SUBORDINATED)
    return RankedBook(lots, originator=terms, accrual_stop_days=10_000)


def test_interest_of_days_before_others_were_paid_first_is_shared_by_what_each_held_then() -> None:
    """All twelve rows are overdue. Principal of eleven goes to the others alone; of the days of the twelfth all held what they lent."""
    book = ranked([100, 600, 300])
    day = book.rows[-1].due_on + timedelta(days=100)
    owed = {due.number: due for due in book.serviced.on(day).dues}
    for number in range(1, 12):
        book.pay_counted(day, owed[number].owed_minor)
    before = {holder: book.interest_of(holder) for holder in ("cus_0", "cus_1", "cus_2")}
    book.pay_counted(day, sum(due.owed_minor for due in book.serviced.on(day).dues))
    last = owed[12].owed_minor - owed[12].principal_minor
    for holder, tenths in (("cus_0", 1), ("cus_1", 6), ("cus_2", 3)):
        assert abs((book.interest_of(holder) - before[holder]) * 10 - last * tenths) <= 20


@settings(max_examples=40, deadline=None)
@given(lots=st.lists(st.integers(1, 3_000), min_size=2, max_size=6), steps=st.lists(STEP, max_size=10))
def test_whoever_is_last_each_earns_by_what_of_the_loan_she_held_on_each_day(
    lots: list[int], steps: list[tuple[int, int | tuple[LossLayer, int]]]
) -> None:
    """Against a second model that keeps each one's part of the loan day by day; somebody may pay for the others' loss at any time."""
    book = ranked(lots)
    day = START
    for days, step in [*steps, (400, 1_000)]:
        day += timedelta(days=days)
        if isinstance(step, tuple):
            layer, thousandths = step
            payer = RESERVE_FUND if layer.bearer is LossBearer.RESERVE_FUND else "sur_guarantor"
            book.compensate(day, layer, payer, book.loan.principal_minor * thousandths // 1_000)
            continue
        owed = sum(due.owed_minor for due in book.serviced.on(day).dues)
        with suppress(AmountDiffers, MoreThanOwed):
            book.pay_counted(day, max(1, owed * step // 1_000))
        if not any(claim.outstanding_minor for claim in book.claims):
            break
    assert all(claim.outstanding_minor == 0 for claim in book.claims)
    for claim in book.claims:
        net = book.interest_of(claim.holder) - book.got[claim.holder, "interest paid ahead"]
        assert abs(net - book.fair[claim.holder]) <= (1 + book.splits) * (1 if claim.funded_minor else len(lots))


async def keeps(world: World, money: int, rank: str = "pari_passu") -> tuple[Person, Person, dict[str, Any]]:
    """An originator with so much in its wallet, a borrower, and her listing of 10,000 of which it keeps a tenth."""
    body = PARTNERS | {
        "originator": KEEPS | {"retained_rank": rank},
        "valid_from": business_day(real_now()).isoformat(),
        "resale": {"held_days": 0, "least_price": "0.9", "largest_price": "1.1", "fee_rate": "0"},
        "accrual_stop_days": 30,
    }
    await world.operator.made("/v1/programmes/partners/versions", body)
    partner, borrower = world.person(), world.person()
    known = await world.licensed(partner)
    await world.give(partner, money)
    wish = application() | {"borrower": borrower.id}
    made = await partner.lending.made(f"/v1/originators/{known['id']}/applications", wish)
    terms = TERMS | {"programme": "partners"}
    return partner, borrower, await borrower.lending.made(f"/v1/applications/{made['id']}/listing", terms)


async def lent_with(world: World, rank: str = "pari_passu") -> tuple[Person, Lent]:
    partner, borrower, listing = await keeps(world, 100_000, rank)
    assert (listing["retained_minor"], listing["left_minor"]) == (100_000, 900_000)
    return partner, await world.filled(borrower, listing, [600_000, 300_000])


async def test_it_lends_its_share_first_and_neither_more_nor_less_nor_sells_it(world: World, admin_url: str) -> None:
    partner, borrower, listing = await keeps(world, 300_000)
    path = f"/v1/listings/{listing['id']}"
    assert await partner.lending.refused(f"{path}/bids", {"amount": 100_000, "currency": "CNY"}) == (
        409,
        "own_listing",
        "listing_id",
    )
    (its_bid,) = (await partner.lending.get("/v1/bids"))["items"]
    await world.until(partner.lending, f"/v1/bids/{its_bid['id']}", "placed")
    assert await partner.lending.refused(f"/v1/bids/{its_bid['id']}/withdrawal") == (409, "bid_binds", None)
    lent = await world.filled(borrower, listing, [600_000, 300_000])
    assert await partner.balance() == (200_000, 200_000)
    (claim,) = (await partner.lending.get("/v1/claims"))["items"]
    assert claim["funded_minor"] == 100_000
    offer = {"amount": 100_000, "currency": "CNY", "price_share": "1"}
    assert await partner.lending.refused(f"/v1/claims/{claim['id']}/sales", offer) == (
        409,
        "retained_claim",
        "claim_id",
    )
    seller = lent.lenders[0]
    (other,) = (await seller.lending.get("/v1/claims"))["items"]
    sale = await seller.lending.made(f"/v1/claims/{other['id']}/sales", offer)
    order = {"amount": 100_000, "currency": "CNY", "price_minor": 100_000}
    refused = await partner.lending.refused(f"/v1/sales/{sale['id']}/purchases", order)
    assert refused == (409, "own_loan", "sale_id")
    await world.audit()
    for statement, check in (
        (
            "UPDATE claims SET sold_minor = 1, outstanding_minor = outstanding_minor - 1 WHERE funded_minor = 100000",
            "originator_holds_its_share",
        ),
        ("UPDATE listings SET retained_minor = 50000", "share_is_retained"),
    ):
        assert check in await all_failed_when(world.p2p, admin_url, statement)


async def test_without_its_own_share_in_it_the_loan_is_not_made(world: World) -> None:
    """And the room is not given to somebody else."""
    partner, borrower, listing = await keeps(world, 99_999)
    failed = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "failed")
    assert failed["reason"] == "retained_share_not_funded"
    assert await partner.balance() == (99_999, 99_999)
    (bid,) = (await partner.lending.get("/v1/bids"))["items"]
    assert (bid["state"], bid["reason"]) == ("refused", "insufficient_funds")
    await world.audit()


async def test_beside_the_others_it_receives_its_part(world: World) -> None:
    partner, lent = await lent_with(world)
    row = (await lent.rows())[0]
    assert (await lent.repay(row["payment_minor"])).status_code == 201
    (claim,) = (await partner.lending.get("/v1/claims"))["items"]
    assert abs(claim["principal_received_minor"] * 10 - row["principal_minor"]) <= 10
    await world.audit()
    since, until = real_now() - timedelta(days=365), real_now() + timedelta(days=365)
    async with world.p2p.runtime.reading() as connection:
        shown = await disclosure_queries.indicators(
            connection, "CNY", since=since, until=until, last_day=TODAY, reserve_minor=0
        )
    assert (shown.lenders_now, shown.lenders_ever) == (2, 2), "what an originator retains is not lent by a lender"


async def test_behind_the_others_it_waits_once_the_loan_is_bad(world: World) -> None:
    partner, lent = await lent_with(world, "subordinated")
    await broke(lent)
    await late(lent, 31)
    dues = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues")
    await world.give(lent.borrower, dues["owed_minor"])
    answer = await lent.repay(next(row["payment_minor"] for row in await lent.rows()))
    assert answer.status_code == 201, answer.text
    (claim,) = (await partner.lending.get("/v1/claims"))["items"]
    assert (claim["principal_received_minor"], claim["outstanding_minor"]) == (0, 100_000)
    received = [(await lender.lending.get("/v1/claims"))["items"][0] for lender in lent.lenders]
    first = sum(one["principal_received_minor"] for one in received)
    assert first > 0
    # The rest at once: of the days gone by it earned as it held then, beside the others; of those to come on its larger part.
    paid_on, had = business_day(await world.pass_time(timedelta(0))), claim["interest_received_minor"]
    rows = (await lent.rows())[1:]
    answer = await lent.repay((await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues"))["owed_minor"])
    assert answer.status_code == 201, answer.text
    (claim,) = (await partner.lending.get("/v1/claims"))["items"]
    assert claim["outstanding_minor"] == 0
    expected = Fraction(0)
    for row in rows:
        gone = min(max(0, (paid_on - date.fromisoformat(row["from_on"])).days), row["days"])
        days = gone * Fraction(1, 10) + (row["days"] - gone) * Fraction(100_000, 1_000_000 - first)
        expected += days * row["interest_minor"] / row["days"]
    assert abs(claim["interest_received_minor"] - had - expected) <= len(rows)
    await world.audit()
