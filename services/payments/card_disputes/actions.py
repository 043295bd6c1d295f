"""Stories of a dispute: noticed with a hold on what the charge brought, answered by a deadline, decided by the bank."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.card_disputes import queries, rules
from services.payments.card_disputes.errors import UnknownDispute
from services.payments.card_disputes.model import AWAITING, ENDED, Dispute, DisputeState
from services.payments.card_disputes.terms import terms_of
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.keeping_queries import kept_on
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.receivables.accounts import company_account
from services.payments.receivables.actions import take_or_owe
from services.payments.receivables.model import Cause, Claim
from services.payments.returned_money.model import Original, Report

CODE = "card_dispute.amount"
OWED_CODE = "card_dispute.owed"
FEE_CODE = "card_dispute.fee"
FEE_OWED_CODE = "card_dispute.fee.owed"
ANSWER_WITHIN = timedelta(days=7)
"""Where the bank names no deadline."""


async def open_dispute(tx: Tx, *, report: Report, original: Original) -> Dispute:
    """Notice: what is there of the amount is held, so that it is still there when the bank decides."""
    account = await ledger.lock_account(tx, original.account_id)
    held = rules.to_hold(account, report.amount)
    terms = terms_of(report.bank, report.currency, tx.today)
    answer_by = report.answer_by or tx.now + ANSWER_WITHIN
    dispute = Dispute(
        id=tx.ids.new(),
        report_id=report.id,
        bank=report.bank,
        bank_reference=report.bank_reference,
        original=original.record,
        owner=original.owner,
        account_id=original.account_id,
        amount=report.amount,
        currency=report.currency,
        reason=report.reason,
        state=DisputeState.NOTICED,
        hold_id=ledger.new_transfer_id(tx) if held else None,
        held=held,
        fee_minor=terms.fee_minor,
        evidence=None,
        evidence_hash=None,
        evidence_sent_at=None,
        evidence_refusal=None,
        opened_at=tx.now,
        answer_by=answer_by,
        due_at=answer_by,
        ended_at=None,
    )
    await queries.add_dispute(tx.connection, dispute)
    if held:
        await ledger.post(tx, [await _hold(tx, dispute)])
    _tell(tx, dispute)
    return dispute


async def give_evidence(tx: Tx, caller: Caller, *, dispute_id: UUID, text: str) -> Dispute:
    """By whoever got the money; sent to the bank by a job. Raises UnknownDispute, EvidenceGiven, DisputeClosedToEvidence."""
    dispute = await queries.dispute_with(tx.connection, dispute_id, lock=True)
    if dispute is None or dispute.owner != caller.party:
        raise UnknownDispute("no such dispute")
    digest = hashlib.sha256(text.encode()).hexdigest()
    if not rules.require_open_to_evidence(dispute, digest, tx.now):
        return dispute
    answered = replace(
        dispute,
        state=DisputeState.ANSWERED,
        evidence=text,
        evidence_hash=digest,
        due_at=dispute.answer_by + terms_of(dispute.bank, dispute.currency, tx.today).decision_within,
    )
    tx.jobs.add("payments.send_evidence", {"id": str(dispute.id)})
    return await _saved(tx, answered)


async def record_evidence_sent(tx: Tx, caller: Caller, *, dispute_id: UUID, refusal: str | None) -> Dispute:
    """The bank took it, or said why not; either way it is not sent again."""
    dispute = await _locked(tx, dispute_id)
    if dispute.evidence_sent_at is not None:
        return dispute
    sent = replace(dispute, evidence_sent_at=tx.now, evidence_refusal=refusal)
    await queries.save_dispute(tx.connection, sent)
    return sent


async def pass_deadline(tx: Tx, caller: Caller, *, dispute_id: UUID) -> Dispute:
    """Nobody answered in time; or the bank did not decide in time, and the hold is given back."""
    dispute = await _locked(tx, dispute_id)
    if dispute.due_at is None or dispute.due_at > tx.now:
        return dispute
    if dispute.state is DisputeState.NOTICED:
        due_at = dispute.answer_by + terms_of(dispute.bank, dispute.currency, tx.today).decision_within
        return await _saved(tx, replace(dispute, state=DisputeState.UNANSWERED, due_at=due_at))
    await _void(tx, dispute)
    return await _saved(tx, replace(dispute, state=DisputeState.RELEASED, due_at=None))


async def record_decision(tx: Tx, caller: Caller, *, report_id: UUID, won: bool) -> Dispute:
    """The bank's word. Won: the hold is given back. Lost: the amount goes, what is not there is owed, and so is the fee."""
    dispute = await queries.dispute_reported(tx.connection, report_id)
    if dispute is None:
        raise UnknownDispute("no such dispute")
    if dispute.state in ENDED:
        return dispute
    if won:
        await _void(tx, dispute)
    else:
        await _lose(tx, caller, dispute)
    state = DisputeState.WON if won else DisputeState.LOST
    return await _saved(tx, replace(dispute, state=state, due_at=None, ended_at=tx.now))


async def _lose(tx: Tx, caller: Caller, dispute: Dispute) -> None:
    taken = await _post(tx, dispute)
    if dispute.amount > taken:
        reserve = await reserve_at(tx, dispute.bank, dispute.currency)
        rest = dispute.amount - taken
        await take_or_owe(tx, caller, _claim(dispute, rest, reserve, CODE, OWED_CODE, Cause.DISPUTE_LOST))
    if dispute.fee_minor:
        fees = await company_account(tx, "dispute_fee", dispute.currency)
        claim = _claim(dispute, dispute.fee_minor, fees, FEE_CODE, FEE_OWED_CODE, Cause.DISPUTE_FEE)
        await take_or_owe(tx, caller, claim)


async def _post(tx: Tx, dispute: Dispute) -> int:
    """What the hold gives. An account that operators have frozen since gives nothing: the hold goes back, and the amount is owed."""
    if dispute.state not in AWAITING or dispute.hold_id is None:
        return 0
    account = await ledger.lock_account(tx, dispute.account_id)
    if not rules.may_post(account, await kept_on(tx.connection, account.id), dispute.held):
        await _void(tx, dispute)
        return 0
    command = _settling(tx, dispute, TransferKind.POST)
    await ledger.post_promised(tx, account_id=dispute.account_id, commands=[command])
    return dispute.held


async def _void(tx: Tx, dispute: Dispute) -> None:
    if dispute.state in AWAITING and dispute.hold_id is not None:
        await ledger.post(tx, [_settling(tx, dispute, TransferKind.VOID)])


async def _hold(tx: Tx, dispute: Dispute) -> TransferCommand:
    """Without a time-out: the bank's word ends it, or its deadline."""
    assert dispute.hold_id is not None
    return TransferCommand(
        id=dispute.hold_id,
        kind=TransferKind.PENDING,
        code=CODE,
        reference=dispute.original,
        debit_account_id=dispute.account_id,
        credit_account_id=await reserve_at(tx, dispute.bank, dispute.currency),
        amount=dispute.held,
        currency=dispute.currency,
    )


def _settling(tx: Tx, dispute: Dispute, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx), kind=kind, code=CODE, reference=dispute.original, pending_id=dispute.hold_id
    )


def _claim(dispute: Dispute, amount: int, credit_account_id: UUID, code: str, owed_code: str, cause: Cause) -> Claim:
    return Claim(
        account_id=dispute.account_id,
        owner=dispute.owner,
        amount=amount,
        currency=dispute.currency,
        credit_account_id=credit_account_id,
        code=code,
        owed_code=owed_code,
        reference=dispute.original,
        cause=cause,
        source=encode("dsp", dispute.id),
    )


async def _locked(tx: Tx, dispute_id: UUID) -> Dispute:
    dispute = await queries.dispute_with(tx.connection, dispute_id, lock=True)
    if dispute is None:
        raise UnknownDispute("no such dispute")
    return dispute


async def _saved(tx: Tx, dispute: Dispute) -> Dispute:
    await queries.save_dispute(tx.connection, dispute)
    _tell(tx, dispute)
    return dispute


def _tell(tx: Tx, dispute: Dispute) -> None:
    told = {
        "dispute_id": encode("dsp", dispute.id),
        "bank": dispute.bank,
        "original": dispute.original,
        "owner": dispute.owner,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "held": dispute.held,
        "fee_minor": dispute.fee_minor,
        "reason": dispute.reason,
        "answer_by": dispute.answer_by.isoformat(),
    }
    tx.events.add(f"payments.card_dispute.{dispute.state}.v1", encode("dsp", dispute.id), told)
