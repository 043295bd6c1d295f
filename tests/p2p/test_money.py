"""What was paid, sold, paid for and taken back, one upon another: whose money it is, on the real database, rolled back."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from clients.ids import new_id
from services.p2p.accounting import share_queries
from services.p2p.accounts import queries as account_queries
from services.p2p.accounts.model import HouseAccount, HousePurpose
from services.p2p.claims import actions as claim_actions
from services.p2p.claims import queries as claim_queries
from services.p2p.claims import statements
from services.p2p.claims.model import PLATFORM, Claim
from services.p2p.claims.portfolio import positions
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanState
from services.p2p.losses import actions as loss_actions
from services.p2p.losses import queries as loss_queries
from services.p2p.losses.model import RESERVE_FUND, Compensation, Payer
from services.p2p.programmes.model import AccruedRule, Covered, LossBearer, LossLayer
from services.p2p.repayments import actions, queries, reversal
from services.p2p.repayments.model import Repayment, ReversalPart
from services.p2p.resale import buying
from services.p2p.resale.model import SaleState
from services.p2p.restructurings import actions as restructuring_actions
from services.p2p.servicing import queries as servicing_queries
from services.p2p.servicing.tables import loan_accruals
from services.p2p.verification import checks
from services.p2p.write_offs import actions as write_off_actions
from tests.p2p.resale_records import FREE, LEDGER, customer, lent, programme_with
from tests.p2p.test_resale_actions import Market, runtime, tx

__all__ = ["runtime", "tx"]
STAFF, SECOND = (Caller(name, "gateway", frozenset({"p2p:operate"})) for name in ("emp_1", "emp_2"))
LAYER = LossLayer(LossBearer.RESERVE_FUND, 1, Covered.PRINCIPAL_AND_INTEREST, Decimal(1))
FUND = Payer(LossBearer.RESERVE_FUND, RESERVE_FUND, UUID(int=8 << 16 | 1), 10**9)
ADVANCES = UUID(int=7 << 16 | 1)
CHECKS = (
    "claims_make_up_the_loan",
    "claim_equals_its_shares",
    "claim_has_its_version",
    "claims_follow_from_purchases",
    "what_was_bought_was_sold_or_paid_for",
    "purchase_has_its_cession",
    "claim_equals_its_compensations",
    "compensation_has_its_cessions",
    "advance_has_its_cessions",
    "rows_equal_what_was_paid_of_them",
    "unpaid_rows_make_up_the_loan",
    "payer_claims_what_it_paid_for",
)


class Book(Market):
    """A loan of 600.00 and 400.00, and everything that may happen to it."""

    def on(self, day: date) -> None:
        self.tx.now = datetime.combine(day, time(4), UTC)

    async def due(self, row: int) -> int:
        """Time goes on until that row is due; what it asks for."""
        (found,) = [one for one in await loan_queries.rows(self.tx.connection, self.loan.id) if one.number == row]
        self.on(found.due_on)
        return found.payment_minor

    async def pay(self, amount: int) -> Repayment:
        made = await self.ask(amount)
        shared = await actions.record_shared(self.tx, LEDGER, repayment_id=made.id)
        self.loan = await loan_actions.locked(self.tx, self.loan.id)
        return shared

    async def pay_arrears(self) -> Repayment:
        standing = (await queries.serviced(self.tx.connection, self.loan)).on(self.tx.today)
        return await self.pay(standing.arrears_minor)

    async def ask(self, amount: int) -> Repayment:
        borrower = Caller(self.loan.borrower, "gateway", frozenset())
        return await actions.repay(self.tx, borrower, loan_id=self.loan.id, amount_minor=amount, currency="CNY")

    async def bounce(self, repayment: Repayment, advances: dict[str, int] | None = None) -> Repayment:
        """Taken back; advances: what the platform adds, by holder."""
        await reversal.request_reversal(self.tx, STAFF, repayment_id=repayment.id, reason="bounced")
        for claim_id, holder in {
            (one.claim_id, one.holder) for one in await queries.shares(self.tx.connection, repayment.id)
        }:
            part = ReversalPart(repayment.id, claim_id, 1, (advances or {}).get(holder, 0))
            assert await reversal.plan(self.tx, LEDGER, part=part) == part
        return await reversal.record_reversed(self.tx, LEDGER, repayment_id=repayment.id)

    async def received(self, repayment: Repayment, kind: str = "interest") -> Counter[str]:
        found: Counter[str] = Counter()
        for one in await queries.shares(self.tx.connection, repayment.id):
            found[one.holder] += one.amount_minor if one.kind.value == kind else 0
        return +found

    async def claim(self, holder: str) -> Claim:
        found = await claim_queries.held_by(self.tx.connection, self.loan.id, holder)
        assert found is not None
        return found

    async def default(self, days: int = 5) -> Compensation:
        await self.late(days)
        attempt = 1 + await loss_queries.attempts(self.tx.connection, self.loan.id)
        made = await loss_actions.begin(self.tx, LEDGER, loan_id=self.loan.id, payer=FUND, attempt=attempt)
        assert made is not None
        return made

    async def late(self, days: int) -> None:
        unpaid = (await loan_queries.unpaid_rows(self.tx.connection, [self.loan.id]))[self.loan.id]
        self.on(unpaid[0].due_on + timedelta(days=days))

    async def compensated(self) -> Compensation:
        made = await self.default()
        return await loss_actions.record_paid(self.tx, LEDGER, compensation_id=made.id)

    async def paid_out_at(self, day: date) -> None:
        disbursed_at = datetime.combine(day, time(), self.tx.settings.zone)
        await loan_queries.save(self.tx.connection, replace(self.loan, disbursed_at=disbursed_at))

    async def holds(self) -> None:
        every = await checks.run(self.tx.connection, self.tx.now, [])
        assert not {one.name: one.offending for one in every if one.offending and one.name in CHECKS}
        assert {one.name for one in every} >= set(CHECKS)

    @property
    def lenders(self) -> list[str]:
        return [claim.holder for claim in self.claims]


@pytest.fixture
async def book(tx: Tx) -> Book:
    return await book_of(tx)


async def book_of(
    tx: Tx,
    accrued: AccruedRule = AccruedRule.BUYER_PAYS_AT_TRADE,
    loan: tuple[Loan, list[Claim]] | None = None,
    **changes: Any,
) -> Book:
    """loan: one that there is, with its claims; else a new one."""
    terms = replace(FREE, accrued=accrued)
    programme = await programme_with(tx, terms, **{"loss_waterfall": (LAYER,)} | changes)
    for purpose in HousePurpose:
        if purpose not in await account_queries.find(tx.connection, "CNY"):
            account = ADVANCES if purpose is HousePurpose.REPAYMENT_ADVANCES else new_id()
            await account_queries.add(tx.connection, HouseAccount(purpose, "CNY", account), tx.now)
    return Book(tx, *(loan or await lent(tx, programme, [60_000, 40_000])))


async def test_what_was_advanced_is_paid_with_the_claim_and_earns_from_then_on(book: Book) -> None:
    """The first has spent all she received, 100.00 of it before; the second gives hers back."""
    spent, kept = book.lenders
    first = await book.pay(await book.due(1))
    before = await book.received(first)
    hers = before[spent] + (await book.received(first, "principal"))[spent]
    await book.bounce(first, {spent: hers})
    assert (await book.claim(spent)).outstanding_minor == 60_000 - hers
    assert (await book.claim(PLATFORM)).outstanding_minor == hers
    assert (await book.claim(kept)).outstanding_minor == 40_000
    await book.holds()
    again = await book.pay(await book.due(1))
    assert await book.received(again) == before, (
        "the days of the row were theirs: the platform had the claim for none of them"
    )
    second = await book.received(await book.pay(await book.due(2)))
    assert second[kept] == pytest.approx(sum(second.values()) * 0.4, abs=1)
    assert second[PLATFORM] == pytest.approx(sum(second.values()) * hers / 100_000, abs=1)
    await book.holds()


async def test_where_all_of_a_claim_is_less_than_what_was_advanced_the_interest_is_the_platforms(book: Book) -> None:
    spent, kept = book.lenders
    await book.due(1)
    owed = (await queries.serviced(book.tx.connection, book.loan)).on(book.tx.today)
    whole = await book.pay(sum(one.owed_minor for one in owed.dues))
    before = await book.received(whole)
    await book.bounce(whole, {spent: 60_000 + before[spent]})
    assert (await book.claim(spent)).outstanding_minor == 0
    await book.holds()
    again = await book.pay(whole.amount_minor)
    assert await book.received(again) == Counter({PLATFORM: before[spent], kept: before[kept]})
    assert (await book.received(again, "principal")) == Counter({PLATFORM: 60_000, kept: 40_000})
    await book.holds()


@pytest.mark.parametrize("accrued", list(AccruedRule))
async def test_a_row_that_bounces_after_its_holder_sold_is_hers_when_it_is_paid_again(
    tx: Tx, accrued: AccruedRule
) -> None:
    book = await book_of(tx, accrued)
    first = await book.pay(await book.due(1))
    before = await book.received(first)
    book.on(book.tx.today + timedelta(days=3))
    left = (await book.claim(book.lenders[0])).outstanding_minor
    buyer = customer()
    await book.settle(await book.buy(await book.offer(left), left, buyer))
    await book.bounce(first)
    await book.holds()
    again = await book.pay(first.amount_minor)
    assert await book.received(again) == before
    assert (await book.claim(buyer.party)).interest_received_minor == 0
    await book.holds()
    second = await book.received(await book.pay(await book.due(2)))
    days = 31 if accrued is AccruedRule.BUYER_PAYS_AT_TRADE else 28
    held = (await book.claim(buyer.party)).bought_minor / 100_000
    assert second[buyer.party] == pytest.approx(sum(second.values()) * held * days / 31, rel=0.1)


async def test_a_row_paid_before_a_loss_was_paid_for_is_not_the_payers_when_it_bounces(book: Book) -> None:
    first = await book.pay(await book.due(1))
    before = await book.received(first)
    paid = await book.compensated()
    assert (paid.interest_from_on, paid.interest_minor > 0) == (first.paid_on, True)
    await book.bounce(first)
    await book.holds()
    again = await book.pay(first.amount_minor)
    late = await book.received(again, "late")
    assert not (await book.received(again))[RESERVE_FUND]
    assert sum((await book.received(again)).values()) + sum(late.values()) <= first.amount_minor
    assert set(await book.received(again)) == set(before)


async def test_what_the_fund_recovered_is_taken_back_from_it_and_its_advance_is_the_platforms_claim(book: Book) -> None:
    await book.compensated()
    unpaid = (await loan_queries.unpaid_rows(book.tx.connection, [book.loan.id]))[book.loan.id][0]
    recovered = await book.pay(unpaid.payment_minor)
    shares = await queries.shares(book.tx.connection, recovered.id)
    hers = sum(one.amount_minor for one in shares if one.holder == RESERVE_FUND)
    assert hers > 0
    before = await book.claim(RESERVE_FUND)
    assert (await book.bounce(recovered, {RESERVE_FUND: hers})).state.value == "reversed"
    assert (await book.claim(PLATFORM)).outstanding_minor == hers
    after = await book.claim(RESERVE_FUND)
    assert (after.compensated_minor, after.interest_received_minor) == (hers, 0)
    assert after.outstanding_minor < before.outstanding_minor
    await book.holds()


@pytest.mark.parametrize("accrued", list(AccruedRule))
async def test_a_lot_bought_of_a_loan_that_one_lends_to_changes_nothing_of_the_rest(
    tx: Tx, accrued: AccruedRule
) -> None:
    """In the middle of a row: all the days of what she had stay hers."""
    book = await book_of(tx, accrued)
    seller, buyer = book.lenders
    book.on(book.loan.starts_on + timedelta(days=15))
    bought = await book.buy(await book.offer(5_000), 5_000, Caller(buyer, "gateway", frozenset()))
    await book.settle(bought)
    shares = await book.received(await book.pay(await book.due(1)))
    whole, split = sum(shares.values()), accrued is AccruedRule.SPLIT_WHEN_PAID
    days = 31
    theirs = 40_000 + 5_000 * ((days - 15) / days if split else 1)
    assert shares[buyer] == pytest.approx(whole * theirs / 100_000, abs=1)
    assert shares[buyer] + shares[seller] == whole
    assert (bought.accrued_minor > 0) is not split
    await book.holds()


async def test_a_buyer_begins_with_nothing_received(book: Book) -> None:
    seller = (await book.claim(book.lenders[0]))._replace(late_received_minor=7, interest_received_minor=5)
    sold, bought = await claim_actions.pass_on(
        book.tx,
        seller,
        buyer=customer().party,
        account_id=new_id(),
        principal_minor=5_000,
        traded_on=book.tx.today,
        cause_id="tests",
    )
    assert (sold.late_received_minor, sold.interest_received_minor) == (7, 5)
    assert (bought.late_received_minor, bought.interest_received_minor, bought.principal_received_minor) == (0, 0, 0)


async def test_while_a_claim_passes_on_nothing_else_happens_to_its_loan(book: Book) -> None:
    """The buyer's money is asked for, and not answered, past the due day."""
    first = await book.pay(await book.due(1))
    book.on(book.tx.today + timedelta(days=1))
    await book.buy(await book.offer(5_000), 5_000)
    proposed = await proposal(book)

    async def code(story: Any) -> str:
        with pytest.raises(Refusal) as refused:
            await story
        return refused.value.code

    accepted = restructuring_actions.decide(
        book.tx, Caller(book.loan.borrower, "gateway", frozenset()), restructuring_id=proposed, accepted=True
    )
    back = reversal.request_reversal(book.tx, STAFF, repayment_id=first.id, reason="bounced")
    assert [await code(story) for story in (book.ask(1_000), back, accepted)] == ["claims_change_hands"] * 3
    await book.late(5)
    begun = await loss_actions.begin(book.tx, LEDGER, loan_id=book.loan.id, payer=FUND, attempt=1)
    assert begun is None
    await book.late(200)
    lost = await write_off_actions.propose(book.tx, STAFF, loan_id=book.loan.id, reason="gone")
    decided = write_off_actions.decide(book.tx, SECOND, write_off_id=lost.id, approve=True, note="yes")
    assert await code(decided) == "claims_change_hands"


async def proposal(book: Book) -> UUID:
    """Other terms that wait for the borrower."""
    made = await restructuring_actions.propose(
        book.tx, STAFF, loan_id=book.loan.id, annual_rate=None, periods=14, first_due_on=None, reason="less a month"
    )
    await restructuring_actions.confirm(book.tx, SECOND, restructuring_id=made.id)
    return made.id


async def test_what_is_offered_is_void_with_whatever_happens_to_the_loan(book: Book) -> None:
    async def state(happens: Any) -> tuple[str, str | None]:
        sale = await book.offer(5_000)
        await happens
        found = await book.sale(sale)
        return found.state.value, found.reason

    first = await book.pay(await book.due(1))
    book.on(book.tx.today + timedelta(days=1))
    assert await state(book.bounce(first)) == (SaleState.VOIDED.value, "reversal")
    await book.pay_arrears()
    accepted = restructuring_actions.decide(
        book.tx,
        Caller(book.loan.borrower, "gateway", frozenset()),
        restructuring_id=await proposal(book),
        accepted=True,
    )
    assert await state(accepted) == (SaleState.VOIDED.value, "restructuring")
    assert await state(book.compensated()) == (SaleState.VOIDED.value, "compensation")


async def test_while_somebody_pays_for_a_loss_no_claim_is_offered(book: Book) -> None:
    await book.default()
    with pytest.raises(Refusal) as refused:
        await book.offer(5_000)
    assert refused.value.code in ("loan_overdue", "compensation_under_way")
    with pytest.raises(Refusal) as other:
        await book.ask(1_000)
    assert other.value.code == "compensation_under_way"


async def test_a_loan_given_up_stays_so_when_the_last_of_what_was_recovered_bounces(book: Book) -> None:
    await book.late(200)
    lost = await write_off_actions.propose(book.tx, STAFF, loan_id=book.loan.id, reason="gone")
    await write_off_actions.decide(book.tx, SECOND, write_off_id=lost.id, approve=True, note="yes")
    owed = (await queries.serviced(book.tx.connection, book.loan)).on(book.tx.today)
    whole = await book.pay(sum(one.owed_minor for one in owed.dues))
    assert await state_of(book.loan, book.tx) is LoanState.REPAID
    await book.bounce(whole)
    assert await state_of(book.loan, book.tx) is LoanState.WRITTEN_OFF


async def state_of(loan: Loan, tx: Tx) -> LoanState:
    return (await loan_actions.locked(tx, loan.id)).state


async def test_a_day_closed_late_is_closed_as_it_ended(book: Book) -> None:
    """Row 1 is paid two days late; the day on which it was a day late is closed after that."""
    await book.paid_out_at(book.loan.starts_on)
    payment = await book.due(1)
    late = book.tx.today + timedelta(days=1)
    book.on(late + timedelta(days=1))
    await book.pay_arrears()
    ended = datetime.combine(late + timedelta(days=1), time(), book.tx.settings.zone)
    for day, until, expected in (
        (late, ended, (100_000, 1)),
        (late + timedelta(days=1), ended + timedelta(days=1), (book.loan.outstanding_minor, 0)),
    ):
        await servicing_queries.take_slice(
            book.tx.connection, day, until, after=UUID(int=book.loan.id.int - 1), slice_loans=1
        )
        wanted = select(loan_accruals).where(loan_accruals.c.on_day == day, loan_accruals.c.loan_id == book.loan.id)
        found = (await book.tx.connection.execute(wanted)).one()
        assert (found.outstanding_minor, found.days_past_due) == expected
    assert payment > 100_000 - book.loan.outstanding_minor > 0


async def test_a_loan_paid_out_after_midnight_is_no_loan_of_the_day_before(book: Book) -> None:
    day = book.loan.starts_on
    await book.paid_out_at(day + timedelta(days=1))
    ended = datetime.combine(day + timedelta(days=1), time(), book.tx.settings.zone)
    after, connection = UUID(int=book.loan.id.int - 1), book.tx.connection
    assert await servicing_queries.take_slice(connection, day, ended, after=after, slice_loans=1) == (0, None)
    later = ended + timedelta(days=1)
    assert await servicing_queries.take_slice(connection, day, later, after=after, slice_loans=1) == (1, book.loan.id)


async def test_terms_agreed_on_what_was_left_bar_taking_back_what_was_paid_before(book: Book) -> None:
    first = await book.pay(await book.due(1))
    borrower = Caller(book.loan.borrower, "gateway", frozenset())
    await restructuring_actions.decide(book.tx, borrower, restructuring_id=await proposal(book), accepted=True)
    with pytest.raises(Refusal) as refused:
        await reversal.request_reversal(book.tx, STAFF, repayment_id=first.id, reason="bounced")
    assert refused.value.code == "later_repayments_stand"


async def test_a_statement_tells_what_somebody_else_paid_or_bore(book: Book) -> None:
    """The first spent what she received and kept it; then the fund paid both for the rest."""
    spent, other = book.lenders
    zone = book.tx.settings.zone
    first = await book.pay(await book.due(1))
    hers = (await book.received(first))[spent] + (await book.received(first, "principal"))[spent]
    await book.bounce(first, {spent: hers})
    paid = await book.compensated()
    shares = {one.holder: one for one in await loss_queries.shares(book.tx.connection, paid.id)}
    for holder, advanced in ((spent, hers), (other, 0)):
        year = (await statements.years(book.tx.connection, holder, 2026, zone))["CNY"]
        assert year.compensated_minor == shares[holder].principal_minor + advanced
        assert year.compensated_interest_minor == shares[holder].interest_minor
        assert (year.principal_received_minor, year.gains_minor, year.losses_minor) == (0, 0, 0)
        assert year.net_minor == shares[holder].interest_minor
        claim = await book.claim(holder)
        (position,) = await positions(book.tx.connection, [claim], book.tx.today, zone)
        back = sum(one.principal_minor for one in position.received)
        assert back == claim.compensated_minor == claim.funded_minor - claim.outstanding_minor


async def test_a_loan_has_no_more_claims_in_all_its_time_than_a_batch_can_pay(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seller has nothing left, and may have something again."""
    monkeypatch.setattr(buying, "MOST_CLAIMS", 3)
    sale = await book.offer(60_000)
    await book.settle(await book.buy(sale, 20_000))
    with pytest.raises(Refusal) as refused:
        await book.buy(sale, 20_000)
    assert refused.value.code == "too_many_holders"
    holder = Caller(book.lenders[1], "gateway", frozenset())
    with monkeypatch.context() as often:
        often.setattr(buying, "MOST_CESSIONS", 1)
        with pytest.raises(Refusal) as refused:
            await book.buy(sale, 40_000, holder)
    assert refused.value.code == "too_many_holders", "claims on a loan do not pass on without end"
    await book.settle(await book.buy(sale, 40_000, holder))


async def test_a_day_is_not_booked_while_a_repayment_of_it_is_being_taken_back(book: Book) -> None:
    """What passes on for what is advanced is known when it ends."""
    first = await book.pay(await book.due(1))
    asked_at = book.tx.now

    async def waits(until: datetime) -> bool:
        return await share_queries.is_taking_back(book.tx.connection, until)

    await reversal.request_reversal(book.tx, STAFF, repayment_id=first.id, reason="bounced")
    assert (await waits(asked_at), await waits(asked_at + timedelta(seconds=1))) == (False, True)
    await reversal.record_reversed(book.tx, LEDGER, repayment_id=first.id)
    assert not await waits(asked_at + timedelta(days=1))
