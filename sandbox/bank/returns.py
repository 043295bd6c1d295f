"""Actions on payments that were final: returned, reversed, disputed. Under one reference each happens once."""

from dataclasses import replace

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries, return_queries, rules
from sandbox.bank.directory import bank_named
from sandbox.bank.instructions import card_known_to_its_bank, charge_entries, locked_accounts, payout_entries
from sandbox.bank.model import MAY_BE_NEGATIVE, Bank, Entry, InstructionKind, InstructionState
from sandbox.bank.return_model import (
    ANSWER_WITHIN,
    DECISION_WITHIN,
    Dispute,
    DisputeState,
    Payment,
    Report,
    ReportKind,
)
from sandbox.errors import NotReturnable, UnknownDispute, UnknownInstruction

OF = {
    ReportKind.PAYOUT_RETURNED: InstructionKind.PAYOUT,
    ReportKind.CHARGE_REVERSED: InstructionKind.CHARGE,
    ReportKind.DISPUTE_OPENED: InstructionKind.CHARGE,
    ReportKind.DISPUTE_LOST: InstructionKind.CHARGE,
}
CODES = {
    ReportKind.PAYOUT_RETURNED: "return",
    ReportKind.CHARGE_REVERSED: "reversal",
    ReportKind.DISPUTE_LOST: "dispute",
}
"""Of the bookings, as statements show them."""


async def report(
    tx: Tx,
    caller: Caller,
    *,
    bank: Bank,
    kind: ReportKind,
    instruction_reference: str,
    reference: str,
    amount: int | None,
    reason: str,
) -> Report:
    """A payout comes back, a charge is taken back or disputed; the whole of it unless an amount is named.

    Raises UnknownInstruction, NotReturnable.
    """
    payment = await _payment(tx, bank, kind, instruction_reference)
    moved = payment.amount if amount is None else amount
    if not payment.paid or moved > payment.amount:
        raise NotReturnable("only what was paid can come back", field="amount")
    answer_by = tx.now + ANSWER_WITHIN if kind is ReportKind.DISPUTE_OPENED else None
    made = Report(
        bank.code,
        reference,
        kind,
        payment.kind,
        instruction_reference,
        moved,
        payment.currency,
        reason,
        answer_by,
        tx.now,
    )
    if not await return_queries.add_report(tx.connection, made):
        return made
    if answer_by is not None:
        dispute = Dispute(
            bank.code, reference, instruction_reference, moved, made.currency, DisputeState.OPENED, None, answer_by
        )
        await return_queries.add_dispute(tx.connection, dispute)
    else:
        await _book(tx, bank, payment, made)
    return made


async def take_evidence(tx: Tx, caller: Caller, *, bank: Bank, reference: str, evidence_hash: str) -> Dispute:
    """The company's answer; the first one counts. Raises UnknownDispute, NotReturnable when it comes too late."""
    dispute = await _dispute(tx, bank, reference)
    if dispute.state is not DisputeState.OPENED and dispute.evidence_hash == evidence_hash:
        return dispute
    if dispute.state is not DisputeState.OPENED:
        raise NotReturnable("the dispute is closed to evidence", field="reference")
    answered = replace(
        dispute, state=DisputeState.ANSWERED, evidence_hash=evidence_hash, due_at=tx.now + DECISION_WITHIN
    )
    await return_queries.save_dispute(tx.connection, answered)
    return answered


async def decide(tx: Tx, caller: Caller, *, bank: Bank, reference: str, won: bool | None) -> Dispute:
    """The bank's word. won: None where time decides: for who gave evidence, else for the cardholder. Raises UnknownDispute."""
    dispute = await _dispute(tx, bank, reference)
    if dispute.due_at is None or (won is None and dispute.due_at > tx.now):
        return dispute
    won = dispute.state is DisputeState.ANSWERED if won is None else won
    kind = ReportKind.DISPUTE_WON if won else ReportKind.DISPUTE_LOST
    told = Report(
        bank.code, reference, kind, InstructionKind.CHARGE, dispute.instruction_reference, dispute.amount,
        dispute.currency, "decided", None, tx.now,
    )  # fmt: skip
    if not won:
        await _book(tx, bank, await _payment(tx, bank, kind, dispute.instruction_reference), told)
    await return_queries.add_report(tx.connection, told)
    ended = replace(dispute, state=DisputeState.WON if won else DisputeState.LOST, due_at=None)
    await return_queries.save_dispute(tx.connection, ended)
    return ended


async def _dispute(tx: Tx, bank: Bank, reference: str) -> Dispute:
    found = await return_queries.dispute_referenced(tx.connection, bank.code, reference, lock=True)
    if found is None:
        raise UnknownDispute("no dispute has this reference", field="reference")
    return found


async def _payment(tx: Tx, bank: Bank, kind: ReportKind, reference: str) -> Payment:
    """Raises UnknownInstruction."""
    of = OF[kind]
    found = await queries.instruction_referenced(tx.connection, bank.code, of, reference, lock=True)
    if found is not None:
        paid = found.state is InstructionState.SUCCEEDED
        return Payment(of, reference, found.card_number, found.amount, found.currency, paid)
    order = None
    if of is InstructionKind.PAYOUT:
        order = await return_queries.payment_order_referenced(tx.connection, bank.code, reference)
    if order is None:
        raise UnknownInstruction("no instruction has this reference", field="instruction_reference")
    return order


async def _book(tx: Tx, bank: Bank, payment: Payment, told: Report) -> None:
    """The way the money went, backwards, in the books of everybody it went through.

    Raises NotReturnable when the paying side is short: it is tried again.
    """
    card = await card_known_to_its_bank(tx, payment.card_number)
    assert card is not None
    reference, code = payment.reference, CODES[told.kind]
    if payment.kind is not InstructionKind.CHARGE:
        went = await payout_entries(tx, bank, reference, told.amount, card, code)
    else:
        went = await charge_entries(tx, bank, reference, told.amount, card)
    entries = [
        Entry(one.bank, one.credit_account_id, one.debit_account_id, one.amount, code, reference, told.reason)
        for one in reversed(went)
    ]
    accounts = await locked_accounts(tx, entries)
    payers = [accounts[entry.debit_account_id] for entry in entries]
    if any(one.kind not in MAY_BE_NEGATIVE and one.balance_minor < told.amount for one in payers):
        raise NotReturnable("the paying side is short", field="amount")
    await queries.book(tx.connection, entries, tx.now, rules.value_day(tx.now, bank, tx.settings.zone))


async def report_afterwards(
    tx: Tx, caller: Caller, *, bank: str, kind: ReportKind, instruction_reference: str, reason: str
) -> Report:
    """What a magic amount brings with it."""
    return await report(
        tx,
        caller,
        bank=bank_named(bank),
        kind=kind,
        instruction_reference=instruction_reference,
        reference=f"{kind}-{instruction_reference}"[:64],
        amount=None,
        reason=reason,
    )
