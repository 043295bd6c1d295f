"""Stories of a debit under a borrower's mandate. The loan is locked first, as everywhere.

What a bank has not said is neither counted as failed nor asked for again: the debit has one number at payments, and is asked after
until its end is known.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Conflict
from chassis.identity import Caller
from services.p2p.debiting import debit_queries, mandate_queries, naming, rules
from services.p2p.debiting.events import DEBIT_CHANGED, debit_told
from services.p2p.debiting.model import DebitAnswered, DebitState, LoanDebit, MandateState, Outcome
from services.p2p.debiting.rules import DebitEvent
from services.p2p.errors import UnknownLoan
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import OWED, Loan
from services.p2p.losses import queries as loss_queries
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.programmes.model import Distribution
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal, reversal_queries
from services.p2p.repayments.model import Funds, Repayment, RepaymentSource, RepaymentState
from services.p2p.wire_ids import loan_debit_text

WORK_JOB = "p2p.work_debit"
ASK_AGAIN = timedelta(seconds=60)
"""A bank that has not said how it ended."""
_WITH_BANK = (DebitState.ASKED, DebitState.SENT, DebitState.ADVANCED)
_GIVEN_UP = (DebitState.FAILED, DebitState.UNWOUND)
_RESTS = (DebitState.SETTLED, DebitState.RETURNED)


async def begin(tx: Tx, caller: Caller, *, loan_id: UUID) -> LoanDebit | None:
    """Write down one try for what is due now; None where there is no mandate, none is planned for today, or something is under way."""
    loan = await loan_actions.locked(tx, loan_id)
    mandate = await mandate_queries.live(tx.connection, loan_id)
    if mandate is None or mandate.state is not MandateState.ACTIVE or loan.state not in OWED:
        return None
    if await is_busy(tx, loan_id) or await receipt_queries.open_of_loan(tx.connection, loan_id):
        return None
    serviced = await repayment_queries.serviced(tx.connection, loan)
    standing = serviced.on(tx.today)
    unpaid = [due.due_on for due in standing.dues if due.owed_minor and due.due_on <= tx.today]
    if not unpaid:
        return None
    tried = await debit_queries.tried_since(tx.connection, loan_id, min(unpaid))
    if not rules.is_planned(serviced.programme.debiting, unpaid, tried, tx.today):
        return None
    debit = LoanDebit(
        id=tx.ids.new(),
        loan_id=loan_id,
        repayment_mandate_id=mandate.id,
        number=1 + await debit_queries.counted(tx.connection, loan_id),
        on_day=tx.today,
        amount_minor=min(standing.arrears_minor, mandate.most_minor),
        used_minor=0,
        currency=loan.currency,
        state=DebitState.ASKED,
        reason=None,
        debit_id=None,
        repayment_id=None,
        advanced=False,
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now,
    )
    await debit_queries.add(tx.connection, debit)
    return debit


async def is_busy(tx: Tx, loan_id: UUID) -> bool:
    """Whether money of a locked loan moves, or was just given back: first the bank has it."""
    return (
        await repayment_queries.under_way(tx.connection, loan_id)
        or await loss_queries.under_way(tx.connection, loan_id)
        or await debit_queries.is_open(tx.connection, loan_id)
        or await reversal_queries.reversed_since(tx.connection, loan_id, tx.now - rules.AFTER_REVERSAL)
    )


async def record_answer(
    tx: Tx, caller: Caller, *, loan_debit_id: UUID, answer: DebitAnswered, advances_id: UUID
) -> LoanDebit:
    """What payments says of a debit; told twice it counts once. advances_id: the account of the platform's money.

    Raises Conflict where the loan is busy with something else: asked again later, the answer is the same.
    """
    loan, debit = await locked(tx, loan_debit_id)
    if debit.state in _GIVEN_UP:
        return await _looked_again(tx, loan, debit, answer)
    if debit.state not in _WITH_BANK:
        return debit
    debit = replace(debit, debit_id=answer.debit_id or debit.debit_id)
    repayment = await repayment_of(tx, debit)
    if debit.state is DebitState.ADVANCED and answer.outcome is not Outcome.WAITING:
        if repayment is None or repayment.state is RepaymentState.PENDING:
            return debit
        if repayment.state is RepaymentState.REFUSED:
            debit = await _withheld(tx, loan, debit)
    if answer.outcome is Outcome.PAID:
        return await _paid(tx, loan, debit)
    if answer.outcome is Outcome.FAILED:
        return await _failed(tx, loan, debit, answer.reason or "failed")
    return await _waits(tx, loan, debit, repayment, advances_id)


async def record_moved(tx: Tx, caller: Caller, *, loan_debit_id: UUID, event: DebitEvent) -> LoanDebit:
    """Its money is where it belongs: settled, unwound or returned."""
    loan, debit = await locked(tx, loan_debit_id)
    if (debit.state, event) not in rules.DEBITS:
        return debit
    repayment = await repayment_of(tx, debit)
    if repayment is not None and repayment.state is RepaymentState.REFUSED:
        debit = replace(debit, used_minor=0, repayment_id=None, advanced=False)
    return await _step(tx, loan, debit, event)


async def hear_late(tx: Tx, *, debit_id: str) -> None:
    """Payments tells that a bank paid a debit after it had been given up: looked at now, though nobody was going to any more."""
    known = await debit_queries.known_as(tx.connection, debit_id)
    if known is None:
        return
    _, debit = await locked(tx, known.id)
    if debit.state in _GIVEN_UP:
        await debit_queries.save(tx.connection, replace(debit, due_at=tx.now))
        tx.jobs.add(WORK_JOB, {"id": str(debit.id)})


async def _waits(tx: Tx, loan: Loan, debit: LoanDebit, repayment: Repayment | None, advances_id: UUID) -> LoanDebit:
    """The bank has it. Where the programme shares out at once, the platform's money goes ahead of the bank's."""
    if debit.state is DebitState.ADVANCED:
        if repayment is not None and repayment.state is RepaymentState.REFUSED:
            return await _withheld(tx, loan, debit)
        return await _later(tx, debit)
    programme = (await repayment_queries.serviced(tx.connection, loan)).programme
    if debit.state is DebitState.ASKED and programme.distribution is Distribution.AT_ONCE:
        try:
            advanced = await _used(tx, loan, debit, advances_id)
        except Conflict:
            return await _step(tx, loan, debit, DebitEvent.SEND)
        if advanced.repayment_id is not None:
            return await _step(tx, loan, replace(advanced, advanced=True), DebitEvent.ADVANCE)
    if debit.state is DebitState.ASKED:
        return await _step(tx, loan, debit, DebitEvent.SEND)
    return await _later(tx, debit)


async def _paid(tx: Tx, loan: Loan, debit: LoanDebit) -> LoanDebit:
    """What is due of it is repaid; the rest goes to her wallet, and an advance is covered, by the debit's job."""
    used = debit if debit.advanced else await _used(tx, loan, debit, None)
    return await _step(tx, loan, used, DebitEvent.PAY)


async def _used(tx: Tx, loan: Loan, debit: LoanDebit, advances_id: UUID | None) -> LoanDebit:
    """With the repayment of what is due now, as far as the debit is enough for it."""
    if loan.state not in OWED:
        return debit
    mandate = await mandate_queries.load(tx.connection, debit.repayment_mandate_id)
    assert mandate is not None
    assert mandate.account_id is not None
    arrears = (await repayment_queries.serviced(tx.connection, loan)).on(tx.today).arrears_minor
    used = min(debit.amount_minor, arrears)
    if not used:
        return debit
    funds = Funds(mandate.account_id, advances_id)
    repayment = await repayment_actions.receive(tx, loan, used, None, RepaymentSource.COLLECTION, funds)
    return replace(debit, used_minor=used, repayment_id=repayment.id)


async def _failed(tx: Tx, loan: Loan, debit: LoanDebit, reason: str) -> LoanDebit:
    """Whoever was paid ahead of the bank gives back; a mandate that nothing more can come of is stopped."""
    if reason in rules.FINAL_REASONS:
        await naming.stop(tx, debit.repayment_mandate_id, reason)
    debit = replace(debit, reason=reason)
    if debit.state is not DebitState.ADVANCED:
        return await _step(tx, loan, debit, DebitEvent.FAIL)
    bounced = await _step(tx, loan, debit, DebitEvent.BOUNCE)
    assert bounced.repayment_id is not None
    await reversal.take_back(tx, bounced.repayment_id, reason=reason, requested_by="p2p")
    return bounced


async def _withheld(tx: Tx, loan: Loan, debit: LoanDebit) -> LoanDebit:
    """The ledger would not share the advance out: the bank's money is waited for."""
    without = replace(debit, used_minor=0, repayment_id=None, advanced=False)
    return await _step(tx, loan, without, DebitEvent.WITHHOLD)


async def _looked_again(tx: Tx, loan: Loan, debit: LoanDebit, answer: DebitAnswered) -> LoanDebit:
    """Banks break their word: what one paid after it had refused is the borrower's."""
    if answer.outcome is Outcome.PAID:
        return await _step(tx, loan, replace(debit, debit_id=answer.debit_id or debit.debit_id), DebitEvent.PAY_LATE)
    over = tx.now >= debit.changed_at + rules.LATE
    looked = replace(debit, due_at=None if over else tx.now + rules.LOOK_AGAIN)
    await debit_queries.save(tx.connection, looked)
    return looked


async def _later(tx: Tx, debit: LoanDebit) -> LoanDebit:
    looked = replace(debit, due_at=tx.now + ASK_AGAIN)
    await debit_queries.save(tx.connection, looked)
    return looked


async def _step(tx: Tx, loan: Loan, debit: LoanDebit, event: DebitEvent) -> LoanDebit:
    state = rules.next_debit_state(debit, event)
    due_at = None if state in _RESTS else tx.now + (rules.LOOK_AGAIN if state in _GIVEN_UP else timedelta(0))
    if state in _GIVEN_UP and debit.debit_id is None:
        due_at = None  # payments never had it
    moved = replace(debit, state=state, changed_at=tx.now, due_at=due_at)
    await debit_queries.save(tx.connection, moved)
    tx.events.add(DEBIT_CHANGED, loan_debit_text(moved.id), debit_told(moved, loan.borrower))
    return moved


async def repayment_of(tx: Tx, debit: LoanDebit) -> Repayment | None:
    """That it pays, if any."""
    return None if debit.repayment_id is None else await repayment_queries.load(tx.connection, debit.repayment_id)


async def locked(tx: Tx, loan_debit_id: UUID) -> tuple[Loan, LoanDebit]:
    """The loan first, as everywhere. Raises UnknownLoan."""
    known = await debit_queries.load(tx.connection, loan_debit_id)
    if known is None:
        raise UnknownLoan("no such debit", field="loan_debit_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    debit = await debit_queries.load(tx.connection, loan_debit_id, lock=True)
    assert debit is not None
    return loan, debit
