"""Stories of paying a batch: chunk by chunk from its own account, by the banks' word for cards, and what is left back to the merchant."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.batch_payouts import queries, rules
from services.payments.batch_payouts.actions import count_line_again, locked_batch, save_batch, uncount_lines
from services.payments.batch_payouts.errors import UnknownLine
from services.payments.batch_payouts.model import Batch, BatchState, Line, LineState
from services.payments.cards.model import CardState
from services.payments.cards.queries import card_with
from services.payments.channels.attempts import Outcome, abandon, record_attempt, start_attempts
from services.payments.channels.model import JOBS, PAYOUT_LINE, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at, suspense_of
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


async def record_line_answer(
    tx: Tx, caller: Caller, *, payout_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said of a line. An unknown result keeps the hold. The attempt to be sent instead, if any."""
    found = await queries.line_paid_by(tx.connection, payout_id)
    if found is None:
        raise UnknownLine("no such line")
    batch, line = await _locked(tx, found.id)
    step = await record_attempt(tx, instruction_id, answer)
    awaited = line.state is LineState.SENT and line.payout_id == payout_id
    if step.outcome is Outcome.COUNTS and awaited:
        await _paid(tx, batch, line, step.instruction)
    elif step.outcome in (Outcome.COUNTS, Outcome.SURPLUS):
        await _paid_late(tx, batch, line, step.instruction)
    elif step.outcome is Outcome.FAILED and awaited:
        await _refused(tx, batch, line, step.instruction.detail or "declined")
    elif step.next is not None:
        return await _tried_elsewhere(tx, batch, line, step.instruction, step.next)
    return None


async def take_back(tx: Tx, *, line_id: UUID, instruction_id: UUID, bank: str) -> Line | None:
    """A payout came back to the reserve: the merchant has the money again, and the line is open to be paid anew.

    None while the bank's word on it is not final. What was paid late, or by a second channel, the merchant has had already.
    """
    batch, line = await _locked(tx, line_id)
    its_own = line.instruction_id == instruction_id
    if its_own and line.state in (LineState.RETURNED, LineState.CANCELLED):
        return line
    paid = its_own and line.state is LineState.PAID
    if not (paid or line.late):
        return None
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
    if paid or line.state is LineState.REFUSED:
        await uncount_lines(tx, batch.id, [line])
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
    refused = [(line, outcome.result) for line, outcome in paired if not outcome.accepted]
    if paid:
        await queries.mark_paid(tx.connection, paid, tx.now)
    if refused:
        await _mark_refused(tx, batch, refused)


async def _mark_refused(tx: Tx, batch: Batch, refused: Sequence[tuple[Line, str]]) -> None:
    await queries.mark_refused(tx.connection, [(line.id, code) for line, code in refused], tx.now)
    await uncount_lines(tx, batch.id, [line for line, _ in refused])


async def _send(tx: Tx, batch: Batch, line: Line) -> None:
    """The money is held for the bank that pays, and the order to it written down; what no bank can pay is refused."""
    assert line.card_id is not None
    card = await card_with(tx.connection, line.card_id, lock=True)
    if card is None or card.state is not CardState.BOUND:
        await _mark_refused(tx, batch, [(line, "card_not_bound")])
        return
    try:
        instruction = await start_attempts(
            tx,
            kind=InstructionKind.PAYOUT,
            card=card,
            subject_id=line.payout_id,
            purpose=PAYOUT_LINE,
            amount=line.amount,
            currency=batch.currency,
        )
    except Refusal as refusal:
        await _mark_refused(tx, batch, [(line, refusal.code)])
        return
    sent = _carried(tx, replace(line, state=LineState.SENT), instruction)
    await queries.save_line(tx.connection, sent)
    await ledger.post(tx, [await _hold(tx, batch, sent)])
    tx.jobs.add(JOBS[PAYOUT_LINE], {"id": str(line.payout_id)})


def _carried(tx: Tx, line: Line, instruction: Instruction) -> Line:
    """By whom, under a hold of its own."""
    return replace(line, bank=instruction.bank, instruction_id=instruction.id, transfer_id=ledger.new_transfer_id(tx))


async def _tried_elsewhere(
    tx: Tx, batch: Batch, line: Line, failed: Instruction, following: Instruction
) -> Instruction | None:
    """The hold moves to the next channel's reserve; where it may not, the line is refused instead."""
    moved = _carried(tx, line, following)
    outcomes = await ledger.attempt(tx, [_settling(tx, line, TransferKind.VOID), await _hold(tx, batch, moved)])
    if not all(outcome.accepted for outcome in outcomes):
        await abandon(tx, following)
        await _refused(tx, batch, line, failed.detail or "declined")
        return None
    await queries.save_line(tx.connection, moved)
    return following


async def _paid(tx: Tx, batch: Batch, line: Line, paid: Instruction) -> None:
    """The hold is posted at the channel that paid, which is not where it stands if an absent one paid while the next was being asked."""
    posted, commands = line, []
    if line.instruction_id != paid.id:
        posted = _carried(tx, line, paid)
        commands = [_settling(tx, line, TransferKind.VOID), await _hold(tx, batch, posted)]
    await ledger.post(tx, [*commands, _settling(tx, posted, TransferKind.POST)])
    await queries.save_line(tx.connection, replace(posted, state=LineState.PAID, ended_at=tx.now))
    await _finish(tx, batch)


async def _refused(tx: Tx, batch: Batch, line: Line, code: str) -> None:
    await uncount_lines(tx, batch.id, [line])
    await ledger.post(tx, [_settling(tx, line, TransferKind.VOID)])
    await queries.save_line(tx.connection, replace(line, state=LineState.REFUSED, refusal_code=code, ended_at=tx.now))
    await _finish(tx, batch)


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


async def _paid_late(tx: Tx, batch: Batch, line: Line, paid: Instruction) -> None:
    """A channel paid what had been given up there, and the merchant has had it back: a receivable in suspense, told by event."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=LATE_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=await suspense_of(tx, batch.currency),
        credit_account_id=await reserve_at(tx, paid.bank, batch.currency),
        amount=line.amount,
        currency=batch.currency,
    )
    await ledger.post(tx, [command])
    if line.state is LineState.REFUSED:
        await count_line_again(tx, line)
    late = replace(line, late=True)
    await queries.save_line(tx.connection, late)
    _tell_line(tx, batch, late, "payments.batch_payout.line_paid_late.v1")


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


async def _hold(tx: Tx, batch: Batch, line: Line) -> TransferCommand:
    """Without a time-out: only a channel's final word ends it."""
    assert line.transfer_id is not None
    assert line.bank is not None
    return TransferCommand(
        id=line.transfer_id,
        kind=TransferKind.PENDING,
        code=CARD_CODE,
        reference=encode("bpl", line.id),
        debit_account_id=batch.batch_account_id,
        credit_account_id=await reserve_at(tx, line.bank, batch.currency),
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
