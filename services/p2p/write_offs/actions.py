"""Stories of a write-off: proposed by one person of staff, decided by another."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans import rules as loan_rules
from services.p2p.loans.model import Loan, LoanEvent
from services.p2p.losses import queries as loss_queries
from services.p2p.losses import rules as loss_rules
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.resale import actions as resale_actions
from services.p2p.write_offs import queries, rules
from services.p2p.write_offs.errors import UnknownWriteOff, WriteOffProposed
from services.p2p.write_offs.model import WriteOff, WriteOffState
from services.p2p.write_offs.rules import WriteOffEvent


async def propose(tx: Tx, caller: Caller, *, loan_id: UUID, reason: str) -> WriteOff:
    """Raises UnknownLoan, NotAllowedInState (of the loan), NotLateEnough, WriteOffProposed."""
    loan = await loan_actions.locked(tx, loan_id)
    loan_rules.next_state(loan, LoanEvent.WRITE_OFF)
    late = await _lateness(tx, loan)
    if await queries.proposed(tx.connection, loan_id):
        raise WriteOffProposed("a write-off of this loan waits for its decision", field="loan_id")
    write_off = WriteOff(
        id=tx.ids.new(),
        loan_id=loan_id,
        state=WriteOffState.PROPOSED,
        reason=reason,
        proposed_by=caller.party,
        decided_by=None,
        note=None,
        days_past_due=late,
        outstanding_minor=loan.outstanding_minor,
        uncovered_minor=await _uncovered(tx, loan),
        proposed_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now + rules.DECIDED_WITHIN,
    )
    await queries.add(tx.connection, write_off)
    return write_off


async def decide(tx: Tx, caller: Caller, *, write_off_id: UUID, approve: bool, note: str) -> WriteOff:
    """Raises UnknownWriteOff, NotAllowedInState, SamePerson, CompensationUnderWay, and where the borrower paid meanwhile
    NotLateEnough."""
    loan, write_off = await _locked_with_loan(tx, write_off_id)
    event = WriteOffEvent.APPROVE if approve else WriteOffEvent.REJECT
    state = rules.next_state(write_off, event)
    rules.require_in_time(write_off, tx.now)
    rules.require_another(write_off, caller.party)
    decided = replace(write_off, state=state, decided_by=caller.party, note=note, changed_at=tx.now, due_at=None)
    if approve:
        if await loss_queries.under_way(tx.connection, loan.id):
            raise CompensationUnderWay("somebody is paying for the loss of this loan: ask again", field="write_off_id")
        late = await _lateness(tx, loan)
        decided = replace(
            decided,
            days_past_due=late,
            outstanding_minor=loan.outstanding_minor,
            uncovered_minor=await _uncovered(tx, loan),
        )
        await resale_actions.require_nobody_buys(tx, loan.id)
        await resale_actions.void_sales(tx, loan.id, reason="write_off")
        await loan_actions.record_written_off(tx, loan)
    await queries.save(tx.connection, decided)
    return decided


async def expire(tx: Tx, caller: Caller, *, write_off_id: UUID) -> WriteOff:
    """Time ends one that nobody decided; nothing happens if somebody did."""
    _, write_off = await _locked_with_loan(tx, write_off_id)
    if write_off.due_at is None or write_off.due_at > tx.now:
        return write_off
    state = rules.next_state(write_off, WriteOffEvent.EXPIRE)
    ended = replace(write_off, state=state, changed_at=tx.now, due_at=None)
    await queries.save(tx.connection, ended)
    return ended


async def _lateness(tx: Tx, loan: Loan) -> int:
    unpaid = (await loan_queries.unpaid_rows(tx.connection, [loan.id]))[loan.id]
    late = loss_rules.lateness(unpaid, tx.today)
    rules.require_late_enough(late)
    return late


async def _uncovered(tx: Tx, loan: Loan) -> int:
    payers = await loss_queries.payers_of(tx.connection, loan.id)
    claims = await claim_queries.of_loan(tx.connection, loan.id)
    return sum(claim.outstanding_minor for claim in claims if claim.holder not in payers)


async def _locked_with_loan(tx: Tx, write_off_id: UUID) -> tuple[Loan, WriteOff]:
    """The loan first, as everywhere."""
    known = await queries.load(tx.connection, write_off_id)
    if known is None:
        raise UnknownWriteOff("no such write-off", field="write_off_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    write_off = await queries.load(tx.connection, write_off_id, lock=True)
    assert write_off is not None
    return loan, write_off
