"""Stories of a restructuring: proposed, confirmed by a second person, accepted by the borrower in time, and from then on in force."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import NothingOwed, RepaymentUnderWay
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import Loan, LoanState
from services.p2p.losses import queries as loss_queries
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import rules as repayment_rules
from services.p2p.repayments.standing import changes_of
from services.p2p.resale import actions as resale_actions
from services.p2p.restructurings import queries, rules
from services.p2p.restructurings.errors import OwnProposal, RestructuringUnderWay, UnknownRestructuring
from services.p2p.restructurings.events import RESTRUCTURING_CHANGED, told
from services.p2p.restructurings.model import Restructuring, RestructuringEvent, RestructuringState
from services.p2p.wire_ids import restructuring_text

ANSWER_DAYS = 7
"""For the second person, and again for the borrower."""


async def propose(
    tx: Tx,
    caller: Caller,
    *,
    loan_id: UUID,
    annual_rate: Decimal | None,
    periods: int,
    first_due_on: date | None,
    reason: str,
) -> Restructuring:
    """Terms as they would hold if they were accepted today. Raises UnknownLoan, NothingOwed, RestructuringUnderWay and what the rules
    refuse.
    """
    loan = await loan_actions.locked(tx, loan_id)
    proposed = Restructuring(
        id=tx.ids.new(),
        loan_id=loan_id,
        annual_rate=annual_rate,
        periods=periods,
        first_due_on=first_due_on,
        reason=reason,
        state=RestructuringState.PROPOSED,
        proposed_by=caller.subject,
        proposed_at=tx.now,
        confirmed_by=None,
        changed_at=tx.now,
        due_at=tx.now + timedelta(days=ANSWER_DAYS),
    )
    await _require_possible(tx, loan, proposed)
    if not await queries.add(tx.connection, proposed):
        raise RestructuringUnderWay("other terms for this loan wait for an answer")
    return _tell(tx, proposed, loan)


async def confirm(tx: Tx, caller: Caller, *, restructuring_id: UUID) -> Restructuring:
    """A second person offers it to the borrower. Raises OwnProposal, RestructuringExpired and what the rules refuse."""
    loan, found = await _locked(tx, restructuring_id)
    if found.proposed_by == caller.subject:
        raise OwnProposal("a second person confirms what one proposed")
    moved = _moved(tx, found, RestructuringEvent.CONFIRM, confirmed_by=caller.subject)
    rules.require_in_time(found, tx.now)
    await _require_possible(tx, loan, found)
    offered = replace(moved, due_at=tx.now + timedelta(days=ANSWER_DAYS))
    await queries.save(tx.connection, offered)
    return _tell(tx, offered, loan)


async def decide(tx: Tx, caller: Caller, *, restructuring_id: UUID, accepted: bool) -> Restructuring:
    """The borrower accepts, and the terms hold from today; or declines. Raises as `confirm`, RepaymentUnderWay, CompensationUnderWay,
    ClaimsChangeHands."""
    loan, found = await _locked(tx, restructuring_id)
    if loan.borrower != caller.party or found.state is RestructuringState.PROPOSED:
        raise UnknownRestructuring("no such restructuring", field="restructuring_id")
    if not accepted:
        declined = _moved(tx, found, RestructuringEvent.DECLINE)
        await queries.save(tx.connection, declined)
        return _tell(tx, declined, loan)
    rules.next_state(found, RestructuringEvent.ACCEPT)
    rules.require_in_time(found, tx.now)
    if await repayment_queries.under_way(tx.connection, loan.id):
        raise RepaymentUnderWay("a repayment of this loan is not settled yet")
    if await loss_queries.under_way(tx.connection, loan.id):
        raise CompensationUnderWay("somebody is paying for the loss of this loan: ask again", field="restructuring_id")
    await resale_actions.require_nobody_buys(tx, loan.id)
    return await _put_in_force(tx, loan, found)


async def withdraw(tx: Tx, caller: Caller, *, restructuring_id: UUID) -> Restructuring:
    loan, found = await _locked(tx, restructuring_id)
    withdrawn = _moved(tx, found, RestructuringEvent.WITHDRAW)
    await queries.save(tx.connection, withdrawn)
    return _tell(tx, withdrawn, loan)


async def expire(tx: Tx, caller: Caller, *, restructuring_id: UUID) -> Restructuring:
    """Time ends what nobody answered; nothing happens if something else ended it first."""
    loan, found = await _locked(tx, restructuring_id)
    if found.due_at is None or found.due_at > tx.now:
        return found
    expired = _moved(tx, found, RestructuringEvent.EXPIRE)
    await queries.save(tx.connection, expired)
    return _tell(tx, expired, loan)


async def _put_in_force(tx: Tx, loan: Loan, found: Restructuring) -> Restructuring:
    serviced = await repayment_queries.serviced(tx.connection, loan)
    after = rules.agreed(serviced, found, tx.today)
    assert after.schedule is not None
    settled = await repayment_queries.settled(tx.connection, loan.id)
    last = settled[-1].number if settled else 0
    accepted = _moved(tx, found, RestructuringEvent.ACCEPT, agreed_on=tx.today, after_repayment=last)
    await queries.save(tx.connection, accepted)
    paid = await repayment_queries.parts_of_loan(tx.connection, loan.id)
    rows = repayment_rules.rows_paid(loan, after.schedule.rows, paid, changes_of(after))
    cause_id = restructuring_text(found.id)
    version = await repayment_actions.put_in_force(tx, loan, rows, cause="restructuring", cause_id=cause_id)
    await resale_actions.void_sales(tx, loan.id, reason="restructuring")
    await loan_actions.record_agreed_anew(tx, replace(loan, schedule_version=version))
    return _tell(tx, accepted, loan)


async def _require_possible(tx: Tx, loan: Loan, found: Restructuring) -> None:
    if loan.state is not LoanState.REPAYING:
        raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
    rules.agreed(await repayment_queries.serviced(tx.connection, loan), found, tx.today)


def _moved(tx: Tx, found: Restructuring, event: RestructuringEvent, **changes: Any) -> Restructuring:
    return replace(found, state=rules.next_state(found, event), changed_at=tx.now, due_at=None, **changes)


def _tell(tx: Tx, restructuring: Restructuring, loan: Loan) -> Restructuring:
    tx.events.add(RESTRUCTURING_CHANGED, restructuring_text(restructuring.id), told(restructuring, loan.borrower))
    return restructuring


async def _locked(tx: Tx, restructuring_id: UUID) -> tuple[Loan, Restructuring]:
    """The loan first, as everywhere."""
    known = await queries.load(tx.connection, restructuring_id)
    if known is None:
        raise UnknownRestructuring("no such restructuring", field="restructuring_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    found = await queries.load(tx.connection, restructuring_id, lock=True)
    assert found is not None
    return loan, found
