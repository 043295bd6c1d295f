"""Stories of paying a batch: chunk by chunk from its own account, by the banks' word for cards, and what is left back to the merchant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.batch_payouts import queries, rules
from services.payments.batch_payouts.actions import locked_batch, save_batch
from services.payments.batch_payouts.errors import UnknownLine
from services.payments.batch_payouts.model import Batch, BatchState, Line, LineState
from services.payments.cards.model import CardState
from services.payments.cards.queries import card_with
from services.payments.channels.actions import record_answer, record_instruction
from services.payments.channels.model import FAILED, BankAnswer, InstructionKind, InstructionState
from services.payments.channels.reserves import paying_bank, reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind

WALLET_CODE = "payout.wallet"
CARD_CODE = "payout.card"
LATE_CODE = "payout.card.late"
RETURNED_CODE = "payout.card.returned"
LATE_RETURNED_CODE = "payout.card.late.returned"
LEFTOVER_CODE = "payout.leftover"
CHUNK = 500
CARDS_CHUNK = 50


async def pay_chunk(tx: Tx, caller: Caller, *, batch_id: UUID) -> int:
    """The next lines; how many there were. 0: none is left to begin, and if none is with a bank the batch has finished."""
    batch = await locked_batch(tx, batch_id)
    if batch.state is not BatchState.PAYING:
        return 0
    lines = await queries.waiting_lines(tx.connection, batch.id, cards=False, limit=CHUNK)
    if lines:
        await _pay_wallets(tx, batch, lines)
    else:
        lines = await queries.waiting_lines(tx.connection, batch.id, cards=True, limit=CARDS_CHUNK)
        for line in lines:
            await _send(tx, batch, line)
    batch = replace(batch, due_at=tx.now + rules.LOOK_AGAIN)
    await queries.save_batch(tx.connection, batch)
    if not lines:
        await _finish(tx, batch)
    return len(lines)


async def record_line_answer(tx: Tx, caller: Caller, *, line_id: UUID, answer: BankAnswer, finality: timedelta) -> Line:
    """What the bank said of a line. An unknown result keeps the hold."""
    batch, line = await _locked(tx, line_id)
    if line.instruction_id is None:
        return line
    _, instruction = await record_answer(tx, line.instruction_id, answer, finality)
    if instruction.state is InstructionState.SUCCEEDED and line.state is LineState.SENT:
        await ledger.post(tx, [_settling(tx, line, TransferKind.POST)])
        line = replace(line, state=LineState.PAID, ended_at=tx.now)
    elif instruction.state is InstructionState.SUCCEEDED and line.state is LineState.REFUSED and not line.late:
        return await _paid_late(tx, batch, line)
    elif instruction.state in FAILED and line.state is LineState.SENT:
        await ledger.post(tx, [_settling(tx, line, TransferKind.VOID)])
        line = replace(line, state=LineState.REFUSED, refusal_code=instruction.detail or "declined", ended_at=tx.now)
    else:
        return line
    await queries.save_line(tx.connection, line)
    await _finish(tx, batch)
    return line


async def take_back(tx: Tx, *, line_id: UUID, bank: str) -> Line | None:
    """A payout came back to the reserve: the merchant has the money again, and the line is open to be paid anew.

    None while the bank's word on it is not final. What was paid late the merchant has had back already.
    """
    batch, line = await _locked(tx, line_id)
    paid = line.state is LineState.PAID
    if not (paid or (line.state is LineState.REFUSED and line.late)):
        return line if line.state in (LineState.RETURNED, LineState.CANCELLED) else None
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RETURNED_CODE if paid else LATE_RETURNED_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=await reserve_at(tx, bank, batch.currency),
        credit_account_id=batch.account_id if paid else await suspense_of(tx, batch.currency),
        amount=line.amount,
        currency=batch.currency,
    )
    await ledger.post(tx, [command])
    if paid:
        line = replace(
            line,
            state=LineState.RETURNED,
            refusal_code="returned",
            due_at=tx.now + rules.DECIDE_WITHIN,
            ended_at=None,
        )
        await queries.save_line(tx.connection, line)
    _tell_line(tx, batch, line, "payments.batch_payout.line_returned.v1")
    return line


async def _pay_wallets(tx: Tx, batch: Batch, lines: Sequence[Line]) -> None:
    """One batch of the ledger, each line by itself: what one payee cannot take holds up no other."""
    outcomes = await ledger.attempt(tx, [_to_wallet(tx, batch, line) for line in lines], atomic=False)
    paired = list(zip(lines, outcomes, strict=True))
    paid = [(line.id, outcome.id) for line, outcome in paired if outcome.accepted]
    refused = [(line.id, outcome.result) for line, outcome in paired if not outcome.accepted]
    if paid:
        await queries.mark_paid(tx.connection, paid, tx.now)
    if refused:
        await queries.mark_refused(tx.connection, refused, tx.now)


async def _send(tx: Tx, batch: Batch, line: Line) -> None:
    """The money is held for the bank that pays, and the order to it written down; what no bank can pay is refused."""
    assert line.card_id is not None
    card = await card_with(tx.connection, line.card_id, lock=True)
    if card is None or card.state is not CardState.BOUND:
        await queries.mark_refused(tx.connection, [(line.id, "card_not_bound")], tx.now)
        return
    try:
        bank = await paying_bank(tx, card.bank, batch.currency, line.amount)
    except Refusal as refusal:
        await queries.mark_refused(tx.connection, [(line.id, refusal.code)], tx.now)
        return
    instruction = await record_instruction(
        tx,
        kind=InstructionKind.PAYOUT,
        bank=bank,
        subject_id=line.id,
        card_id=card.id,
        amount=line.amount,
        currency=batch.currency,
    )
    hold_id = ledger.new_transfer_id(tx)
    sent = replace(line, state=LineState.SENT, bank=bank, instruction_id=instruction.id, transfer_id=hold_id)
    await queries.save_line(tx.connection, sent)
    await ledger.post(tx, [await _hold(tx, batch, sent, bank, hold_id)])
    tx.jobs.add("payments.pay_line", {"id": str(line.id)})


async def _finish(tx: Tx, batch: Batch) -> None:
    """Once every line has its result, what was not paid goes back: the batch's account is empty."""
    if batch.state is not BatchState.PAYING or await queries.count_open(tx.connection, batch.id):
        return
    assert batch.batch_account_id is not None
    left = (await ledger.account_with(tx, batch.batch_account_id)).settled
    if left:
        command = TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.SINGLE,
            code=LEFTOVER_CODE,
            reference=encode("bpo", batch.id),
            debit_account_id=batch.batch_account_id,
            credit_account_id=batch.account_id,
            amount=left,
            currency=batch.currency,
        )
        await ledger.post(tx, [command])
    finished = replace(batch, state=BatchState.FINISHED, leftover=batch.leftover + left, due_at=None, ended_at=tx.now)
    await save_batch(tx, finished)


async def _paid_late(tx: Tx, batch: Batch, line: Line) -> Line:
    """The bank paid what it had not found before, and the merchant has had it back: a receivable in suspense, told by event."""
    assert line.bank is not None
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=LATE_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=await suspense_of(tx, batch.currency),
        credit_account_id=await reserve_at(tx, line.bank, batch.currency),
        amount=line.amount,
        currency=batch.currency,
    )
    await ledger.post(tx, [command])
    late = replace(line, late=True)
    await queries.save_line(tx.connection, late)
    _tell_line(tx, batch, late, "payments.batch_payout.line_paid_late.v1")
    return late


def _to_wallet(tx: Tx, batch: Batch, line: Line) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=WALLET_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=batch.batch_account_id,
        credit_account_id=line.account_id,
        amount=line.amount,
        currency=batch.currency,
    )


async def _hold(tx: Tx, batch: Batch, line: Line, bank: str, hold_id: UUID) -> TransferCommand:
    """Without a time-out: only the bank's final word ends it."""
    return TransferCommand(
        id=hold_id,
        kind=TransferKind.PENDING,
        code=CARD_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=batch.batch_account_id,
        credit_account_id=await reserve_at(tx, bank, batch.currency),
        amount=line.amount,
        currency=batch.currency,
    )


def _settling(tx: Tx, line: Line, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=kind,
        code=CARD_CODE,
        reference=encode("bpl", line.id),
        pending_id=line.transfer_id,
    )


async def _locked(tx: Tx, line_id: UUID) -> tuple[Batch, Line]:
    """The batch first, as everybody does. Raises UnknownLine."""
    found = await queries.line_with(tx.connection, line_id)
    if found is None:
        raise UnknownLine("no such line")
    batch = await locked_batch(tx, found.batch_id)
    line = await queries.line_with(tx.connection, line_id)
    assert line is not None
    return batch, line


def _tell_line(tx: Tx, batch: Batch, line: Line, event_type: str) -> None:
    told = {
        "line_id": encode("bpl", line.id),
        "batch_payout_id": encode("bpo", batch.id),
        "number": line.number,
        "amount": line.amount,
        "currency": batch.currency,
    }
    tx.events.add(event_type, encode("bpl", line.id), told)
