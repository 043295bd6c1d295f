"""Stories of a mandate by which a loan is repaid: asked for, signed at payments, given up. The loan is locked first, as everywhere."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.custody import actions as custody_actions
from services.p2p.debiting import mandate_queries, rules
from services.p2p.debiting.errors import MandateNamed, UnknownRepaymentMandate
from services.p2p.debiting.events import MANDATE_CHANGED, mandate_told
from services.p2p.debiting.model import LIVE, MandateState, RepaymentMandate, Signed
from services.p2p.debiting.rules import MandateEvent
from services.p2p.errors import NotAllowedInState, NothingOwed, UnknownLoan
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import OWED
from services.p2p.wire_ids import repayment_mandate_text

ASK_JOB = "p2p.ask_repayment_mandate"
SIGNATURE_JOB = "p2p.check_repayment_mandate"
JOB_GRACE_SECONDS = 10
IN_FORCE = frozenset({"active", "suspended"})
"""At payments; a debit of one that is suspended is refused, and tried again by plan."""


async def name_mandate(
    tx: Tx, caller: Caller, *, loan_id: UUID, most_minor: int, most_monthly_minor: int, valid_until: date
) -> RepaymentMandate:
    """The borrower wants to repay from her card or by what else payments lets her sign for.

    Raises UnknownLoan, NothingOwed, MandateNotInCustody, MandateNamed, DebitCapTooSmall, MandateTooShort.
    """
    loan = await loan_actions.locked(tx, loan_id)
    if loan.borrower != caller.party:
        raise UnknownLoan("no such loan", field="loan_id")
    if loan.state not in OWED:
        raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
    await custody_actions.require_in_reserve(tx, loan.programme_code, loan.programme_version)
    if await mandate_queries.live(tx.connection, loan_id) is not None:
        raise MandateNamed("the loan has a mandate: end it first", field="loan_id")
    rows = await loan_queries.rows(tx.connection, loan_id)
    rules.require_wide(rows, most_minor, most_monthly_minor, valid_until)
    mandate = RepaymentMandate(
        id=tx.ids.new(),
        loan_id=loan_id,
        borrower=loan.borrower,
        currency=loan.currency,
        most_minor=most_minor,
        most_monthly_minor=most_monthly_minor,
        valid_until=valid_until,
        state=MandateState.REQUESTED,
        reason=None,
        account_id=None,
        mandate_id=None,
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now,
    )
    await mandate_queries.add(tx.connection, mandate)
    tx.jobs.add(ASK_JOB, {"id": str(mandate.id)}, delay_seconds=JOB_GRACE_SECONDS)
    _tell(tx, mandate)
    return mandate


async def record_requested(
    tx: Tx, caller: Caller, *, repayment_mandate_id: UUID, account_id: UUID, mandate_id: str
) -> RepaymentMandate:
    """Payments has it. One that was given up meanwhile is known all the same, to be revoked."""
    mandate = await _locked(tx, repayment_mandate_id)
    if mandate.mandate_id is not None:
        return mandate
    known = replace(mandate, account_id=account_id, mandate_id=mandate_id)
    if mandate.state is not MandateState.REQUESTED:
        ended = replace(known, due_at=tx.now)
        await mandate_queries.save(tx.connection, ended)
        return ended
    return await _step(tx, replace(known, due_at=tx.now + rules.SIGN_WITHIN), MandateEvent.ASK)


async def record_refused(tx: Tx, caller: Caller, *, repayment_mandate_id: UUID, reason: str) -> RepaymentMandate:
    """Payments finally would not ask her."""
    mandate = await _locked(tx, repayment_mandate_id)
    if mandate.state is not MandateState.REQUESTED:
        return mandate
    return await _step(tx, replace(mandate, reason=reason, due_at=None), MandateEvent.LAPSE)


async def ask_signed(tx: Tx, caller: Caller, *, repayment_mandate_id: UUID) -> RepaymentMandate:
    """She says that she has signed: payments is asked next. Raises UnknownRepaymentMandate, NotAllowedInState."""
    mandate = await _own(tx, caller, repayment_mandate_id)
    if mandate.state not in (MandateState.UNSIGNED, MandateState.ACTIVE):
        raise NotAllowedInState("there is nothing to be signed", field="state", state=mandate.state.value)
    if mandate.state is MandateState.UNSIGNED:
        tx.jobs.add(SIGNATURE_JOB, {"id": str(mandate.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return mandate


async def record_signature(
    tx: Tx, caller: Caller, *, repayment_mandate_id: UUID, signed: Signed, last: bool
) -> RepaymentMandate:
    """What payments says of it. last: the time to sign is over."""
    mandate = await _locked(tx, repayment_mandate_id)
    if mandate.state is not MandateState.UNSIGNED:
        return mandate
    if signed.state in IN_FORCE and rules.fits(mandate, signed):
        return await _step(tx, replace(mandate, due_at=None), MandateEvent.SIGN)
    if signed.state == "requested" and not last:
        return mandate
    reasons = {"requested": "not_signed"} | dict.fromkeys(IN_FORCE, "mandate_differs")
    reason = reasons.get(signed.state, f"mandate_{signed.state}")
    return await _step(tx, replace(mandate, reason=reason, due_at=tx.now), MandateEvent.LAPSE)


async def end(tx: Tx, caller: Caller, *, repayment_mandate_id: UUID) -> RepaymentMandate:
    """The borrower repays from her wallet again; a debit that is with the bank goes on to its end. Ended twice is ended.

    Raises UnknownRepaymentMandate.
    """
    mandate = await _own(tx, caller, repayment_mandate_id)
    return await _ended(tx, mandate, "borrower")


async def end_without_debt(tx: Tx, caller: Caller, *, repayment_mandate_id: UUID) -> RepaymentMandate:
    """Nothing is owed any more."""
    mandate = await _locked(tx, repayment_mandate_id)
    loan = await loan_queries.load(tx.connection, mandate.loan_id)
    return mandate if loan is None or loan.state in OWED else await _ended(tx, mandate, "nothing_owed")


async def stop(tx: Tx, repayment_mandate_id: UUID, reason: str) -> None:
    """A debit was refused so that no other can follow. The loan is locked."""
    mandate = await mandate_queries.load(tx.connection, repayment_mandate_id, lock=True)
    if mandate is not None and mandate.state is MandateState.ACTIVE:
        await _step(tx, replace(mandate, reason=reason, due_at=tx.now), MandateEvent.STOP)


async def record_revoked(tx: Tx, caller: Caller, *, repayment_mandate_id: UUID) -> RepaymentMandate:
    """Payments debits nothing under it any more."""
    mandate = await _locked(tx, repayment_mandate_id)
    if mandate.state in LIVE or mandate.due_at is None:
        return mandate
    over = replace(mandate, due_at=None)
    await mandate_queries.save(tx.connection, over)
    return over


async def _ended(tx: Tx, mandate: RepaymentMandate, reason: str) -> RepaymentMandate:
    if mandate.state not in LIVE:
        return mandate
    due_at = None if mandate.mandate_id is None else tx.now
    return await _step(tx, replace(mandate, reason=reason, due_at=due_at), MandateEvent.END)


async def _step(tx: Tx, mandate: RepaymentMandate, event: MandateEvent) -> RepaymentMandate:
    moved = replace(mandate, state=rules.next_mandate_state(mandate, event), changed_at=tx.now)
    await mandate_queries.save(tx.connection, moved)
    _tell(tx, moved)
    return moved


async def _own(tx: Tx, caller: Caller, repayment_mandate_id: UUID) -> RepaymentMandate:
    mandate = await _locked(tx, repayment_mandate_id)
    if mandate.borrower != caller.party:
        raise UnknownRepaymentMandate("no such mandate", field="repayment_mandate_id")
    return mandate


async def _locked(tx: Tx, repayment_mandate_id: UUID) -> RepaymentMandate:
    known = await mandate_queries.load(tx.connection, repayment_mandate_id)
    if known is None:
        raise UnknownRepaymentMandate("no such mandate", field="repayment_mandate_id")
    await loan_actions.locked(tx, known.loan_id)
    mandate = await mandate_queries.load(tx.connection, repayment_mandate_id, lock=True)
    assert mandate is not None
    return mandate


def _tell(tx: Tx, mandate: RepaymentMandate) -> None:
    tx.events.add(MANDATE_CHANGED, repayment_mandate_text(mandate.id), mandate_told(mandate))
