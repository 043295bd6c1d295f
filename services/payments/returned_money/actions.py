"""Stories of money that comes back: read from a bank's list once, acted on, or put into suspense for somebody to clear up.

A bank's hint moves nothing: its own list is read, and counts. Each report is written down first and acted on by itself, so that one that
has to wait holds up no other.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.batch_payouts import paying
from services.payments.card_disputes import actions as disputes
from services.payments.channels.reserves import reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.merchant_payouts import actions as merchant_payouts
from services.payments.receivables.actions import take_or_owe
from services.payments.receivables.model import Cause, Claim
from services.payments.returned_money import queries, rules
from services.payments.returned_money.errors import NotFinalYet, ReportNotUnmatched, UnknownReport
from services.payments.returned_money.model import Original, Report, ReportedByBank, ReportKind, ReportState
from services.payments.returned_money.originals import original_of
from services.payments.withdrawals import actions as withdrawals

REVERSED_CODE = "charge.reversed"
REVERSED_OWED_CODE = "charge.reversed.owed"
UNMATCHED_CODE = "bank_report.unmatched"
DECISIONS = frozenset({ReportKind.DISPUTE_WON, ReportKind.DISPUTE_LOST})


async def take_hint(tx: Tx, caller: Caller, *, bank: str) -> None:
    """The bank's list is read soon; while that waits, another hint adds nothing."""
    tx.jobs.add("payments.read_reports", {"bank": bank}, key=f"reports {bank}")


async def take_reports(tx: Tx, caller: Caller, *, bank: str, reported: Sequence[ReportedByBank]) -> int:
    """Write down what a bank lists, each once however often it is read; how many were read."""
    position = await queries.cursor_of(tx.connection, bank, lock=True)
    fresh = [one for one in reported if one.position > position]
    if fresh:
        await queries.add_reports(tx.connection, [_noted(tx, bank, one) for one in fresh])
        await queries.move_cursor(tx.connection, bank, max(one.position for one in fresh))
    return len(fresh)


async def act_on_report(tx: Tx, caller: Caller, *, report_id: UUID) -> Report:
    """Post what a report means, once. Raises NotFinalYet, InsufficientFunds: it is looked at again."""
    report = await queries.report_with(tx.connection, report_id, lock=True)
    if report is None:
        raise UnknownReport("no such report")
    if report.state is not ReportState.REPORTED:
        return report
    if report.kind in DECISIONS:
        return await _decided(tx, caller, report)
    original = await original_of(tx, report)
    # Reports about one payment are acted on one after another, so that together they take back no more than it was.
    await queries.lock_payment(tx.connection, report.instruction_reference)
    already = await queries.back_already(tx.connection, report.instruction_reference)
    reason = rules.disagreement(report, original, already)
    if reason is not None or original is None:
        return await _unmatched(tx, report, reason or "unknown_original")
    if not original.final:
        return await _not_final(tx, report)
    return await _ACTS[report.kind](tx, caller, report, original)


async def look_again_later(tx: Tx, caller: Caller, *, report_id: UUID, code: str) -> Report:
    """It could not be acted on just now."""
    report = await queries.report_with(tx.connection, report_id, lock=True)
    if report is None:
        raise UnknownReport("no such report")
    if report.state is not ReportState.REPORTED:
        return report
    later = replace(report, tries=report.tries + 1, try_at=tx.now + rules.pause_before(report.tries), held_up=code)
    await queries.save_report(tx.connection, later)
    return later


async def clear_report(tx: Tx, caller: Caller, *, report_id: UUID, reason: str) -> Report:
    """Operators say that what is in suspense for it has found its place. Raises UnknownReport, ReportNotUnmatched."""
    report = await queries.report_with(tx.connection, report_id, lock=True)
    if report is None:
        raise UnknownReport("no such report")
    if report.state is not ReportState.UNMATCHED:
        raise ReportNotUnmatched(f"the report is {report.state}")
    cleared = replace(report, state=ReportState.CLEARED, held_up=reason, due_at=None, ended_at=tx.now)
    await queries.save_report(tx.connection, cleared)
    _tell(tx, cleared, "payments.returned_money.cleared.v1")
    return cleared


async def _returned(tx: Tx, caller: Caller, report: Report, original: Original) -> Report:
    back: object
    if original.record.startswith("mpo_"):
        back = await merchant_payouts.take_back(tx, line_id=original.id, bank=report.bank, reason=report.reason)
    elif original.record.startswith("bpl_"):
        back = await paying.take_back(tx, line_id=original.id, instruction_id=original.instruction_id, bank=report.bank)
    else:
        back = await withdrawals.take_back(
            tx, withdrawal_id=original.id, instruction_id=original.instruction_id, bank=report.bank
        )
    if back is None:
        return await _not_final(tx, report)
    return await _booked(tx, report, original.record, original.owner)


async def _reversed(tx: Tx, caller: Caller, report: Report, original: Original) -> Report:
    claim = Claim(
        account_id=original.account_id,
        owner=original.owner,
        amount=report.amount,
        currency=report.currency,
        credit_account_id=await reserve_at(tx, report.bank, report.currency),
        code=REVERSED_CODE,
        owed_code=REVERSED_OWED_CODE,
        reference=original.record,
        cause=Cause.CHARGE_REVERSED,
        source=encode("rtn", report.id),
    )
    taken, owed = await take_or_owe(tx, caller, claim)
    return await _booked(tx, replace(report, taken=taken, owed=owed), original.record, original.owner)


async def _disputed(tx: Tx, caller: Caller, report: Report, original: Original) -> Report:
    await disputes.open_dispute(tx, report=report, original=original)
    return await _booked(tx, report, original.record, original.owner)


async def _decided(tx: Tx, caller: Caller, report: Report) -> Report:
    opening = await queries.opening_of(tx.connection, report.bank, report.bank_reference)
    if opening is None or opening.state is ReportState.REPORTED:
        return await _not_final(tx, report)
    if opening.state is not ReportState.BOOKED or (opening.amount, opening.currency) != (
        report.amount,
        report.currency,
    ):
        return await _unmatched(tx, report, "unknown_dispute")
    won = report.kind is ReportKind.DISPUTE_WON
    await disputes.record_decision(tx, caller, report_id=opening.id, won=won)
    return await _booked(tx, report, opening.original, opening.owner)


async def _not_final(tx: Tx, report: Report) -> Report:
    """Raises NotFinalYet, until its deadline has passed."""
    if report.due_at is not None and tx.now < report.due_at:
        raise NotFinalYet("what it is about has no final result yet")
    return await _unmatched(tx, report, "never_final")


async def _unmatched(tx: Tx, report: Report, reason: str) -> Report:
    """The reserve follows the bank's; what stands against it waits in suspense. A dispute that moved nothing yet moves nothing."""
    command = await _into_suspense(tx, report)
    if command is not None:
        await ledger.post(tx, [command])
    unmatched = replace(
        report,
        state=ReportState.UNMATCHED,
        held_up=reason,
        try_at=None,
        due_at=tx.now + rules.CLEAR_WITHIN,
    )
    await queries.save_report(tx.connection, unmatched)
    _tell(tx, unmatched, "payments.returned_money.unmatched.v1", held_up=reason)
    return unmatched


async def _into_suspense(tx: Tx, report: Report) -> TransferCommand | None:
    if report.kind in (ReportKind.DISPUTE_OPENED, ReportKind.DISPUTE_WON):
        return None
    reserve = await reserve_at(tx, report.bank, report.currency)
    suspense = await suspense_of(tx, report.currency)
    came = report.kind is ReportKind.PAYOUT_RETURNED
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=UNMATCHED_CODE,
        reference=encode("rtn", report.id),
        debit_account_id=reserve if came else suspense,
        credit_account_id=suspense if came else reserve,
        amount=report.amount,
        currency=report.currency,
    )


async def _booked(tx: Tx, report: Report, original: str | None, owner: str | None) -> Report:
    booked = replace(
        report,
        state=ReportState.BOOKED,
        original=original,
        owner=owner,
        held_up=None,
        try_at=None,
        due_at=None,
        ended_at=tx.now,
    )
    await queries.save_report(tx.connection, booked)
    _tell(tx, booked, "payments.returned_money.booked.v1")
    return booked


def _noted(tx: Tx, bank: str, reported: ReportedByBank) -> Report:
    return Report(
        id=tx.ids.new(),
        bank=bank,
        position=reported.position,
        bank_reference=reported.reference,
        kind=reported.kind,
        instruction_kind=reported.instruction_kind,
        instruction_reference=reported.instruction_reference,
        amount=reported.amount,
        currency=reported.currency,
        reason=reported.reason,
        answer_by=reported.answer_by,
        original=None,
        owner=None,
        state=ReportState.REPORTED,
        taken=0,
        owed=0,
        held_up=None,
        tries=0,
        reported_at=tx.now,
        try_at=tx.now,
        due_at=tx.now + rules.ACT_WITHIN,
        ended_at=None,
    )


def _tell(tx: Tx, report: Report, event_type: str, **more: str) -> None:
    told = {
        "report_id": encode("rtn", report.id),
        "bank": report.bank,
        "kind": str(report.kind),
        "original": report.original,
        "owner": report.owner,
        "amount": report.amount,
        "currency": report.currency,
        "reason": report.reason,
        "taken": report.taken,
        "owed": report.owed,
    }
    tx.events.add(event_type, encode("rtn", report.id), told | more)


_ACTS = {
    ReportKind.PAYOUT_RETURNED: _returned,
    ReportKind.CHARGE_REVERSED: _reversed,
    ReportKind.DISPUTE_OPENED: _disputed,
}
