"""Stories of money that goes back to the card it was taken from, or else to the customer's account."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.card_returns import queries
from services.payments.card_returns.errors import ReturnNotWaiting, UnknownCardReturn
from services.payments.card_returns.model import CardReturn, CardReturnState, ReturnReason
from services.payments.channels.actions import record_instruction
from services.payments.channels.attempts import Outcome, record_attempt
from services.payments.channels.model import CARD_RETURN, JOBS, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import card_returns_of, reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind

CODE = "card_return.payout"
RECEIPT_CODE = "card_return.receipt"
CREDIT_CODE = "card_return.credit"
LATE_CODE = "card_return.payout.late"
TRY_AGAIN_AFTER = timedelta(minutes=10)
PATIENCE = timedelta(days=3)
"""How long it waits for the reserve of the channel that took it."""


async def take_back(
    tx: Tx, *, instruction: Instruction, fallback_account_id: UUID, reason: ReturnReason = ReturnReason.SURPLUS
) -> CardReturn:
    """A charge succeeded that is too much, or needed no more: book what came, and order it back by the channel that took it."""
    return_id = tx.ids.new()
    due = await card_returns_of(tx, instruction.currency)
    reserve = await reserve_at(tx, instruction.bank, instruction.currency)
    receipt = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RECEIPT_CODE,
        reference=encode("crt", return_id),
        debit_account_id=reserve,
        credit_account_id=due,
        amount=instruction.amount,
        currency=instruction.currency,
    )
    await ledger.post(tx, [receipt])
    return await _send_back(tx, return_id, instruction, instruction.amount, fallback_account_id, reason)


async def refund_to_card(tx: Tx, *, charge: Instruction, amount: int, fallback_account_id: UUID) -> CardReturn:
    """A part or all of what a charge brought is ordered back to its card. The refund has put it where what is owed to cards stands."""
    return await _send_back(tx, tx.ids.new(), charge, amount, fallback_account_id, ReturnReason.REFUND)


async def _send_back(
    tx: Tx, return_id: UUID, charge: Instruction, amount: int, fallback_account_id: UUID, reason: ReturnReason
) -> CardReturn:
    """At once where the channel's reserve holds so much; else it waits for that."""
    waiting = CardReturn(
        id=return_id,
        instruction_id=charge.id,
        channel=charge.bank,
        card_id=charge.card_id,
        amount=amount,
        currency=charge.currency,
        fallback_account_id=fallback_account_id,
        state=CardReturnState.WAITING,
        payout_id=None,
        hold_id=None,
        late=False,
        started_at=tx.now,
        ended_at=None,
        reason=reason,
        due_at=tx.now + TRY_AGAIN_AFTER,
        expires_at=tx.now + PATIENCE,
    )
    sent = await _sent(tx, waiting)
    await queries.add_return(tx.connection, sent or waiting)
    _tell(tx, sent or waiting, "started" if sent else "waiting")
    return sent or waiting


async def send_waiting(tx: Tx, caller: Caller, *, return_id: UUID) -> CardReturn | None:
    """Send what waited for the channel's reserve, or give it to the fallback account at its deadline. None where it is not due any more."""
    waiting = await queries.return_with(tx.connection, return_id, lock=True)
    if waiting is None or waiting.due_at is None or waiting.expires_at is None or waiting.due_at > tx.now:
        return None
    sent = await _sent(tx, waiting)
    if sent is not None:
        await _saved(tx, sent, "started")
        return sent
    if waiting.expires_at <= tx.now:
        return await _given_up(tx, waiting)
    again = replace(waiting, due_at=min(tx.now + TRY_AGAIN_AFTER, waiting.expires_at))
    await queries.save_return(tx.connection, again)
    return again


async def credit_waiting(tx: Tx, caller: Caller, *, return_id: UUID) -> CardReturn:
    """An operator does not let the customer wait: her account has it at once. Twice is harmless.

    Raises UnknownCardReturn, ReturnNotWaiting.
    """
    card_return = await queries.return_with(tx.connection, return_id, lock=True)
    if card_return is None:
        raise UnknownCardReturn("no such return")
    if card_return.state is CardReturnState.CREDITED and card_return.payout_id is None:
        return card_return
    if card_return.state is not CardReturnState.WAITING:
        raise ReturnNotWaiting("a bank has been asked to bring it back", state=str(card_return.state))
    return await _given_up(tx, card_return)


async def _sent(tx: Tx, waiting: CardReturn) -> CardReturn | None:
    """With its hold on the reserve and its order to the channel; None where the reserve is short."""
    held = replace(waiting, hold_id=ledger.new_transfer_id(tx))
    (outcome,) = await ledger.attempt(tx, [await _hold(tx, held)], atomic=False)
    if not outcome.accepted:
        return None
    payout = await record_instruction(
        tx,
        kind=InstructionKind.PAYOUT,
        bank=waiting.channel,
        subject_id=waiting.id,
        card_id=waiting.card_id,
        amount=waiting.amount,
        currency=waiting.currency,
        purpose=CARD_RETURN,
    )
    tx.jobs.add(JOBS[CARD_RETURN], {"id": str(waiting.id)})
    return replace(held, state=CardReturnState.RETURNING, payout_id=payout.id, due_at=None, expires_at=None)


async def _given_up(tx: Tx, waiting: CardReturn) -> CardReturn:
    due = await card_returns_of(tx, waiting.currency)
    await ledger.post(tx, [_single(tx, waiting, CREDIT_CODE, due, waiting.fallback_account_id)])
    credited = replace(waiting, state=CardReturnState.CREDITED, due_at=None, expires_at=None, ended_at=tx.now)
    await _saved(tx, credited, "credited")
    return credited


async def record_return_answer(
    tx: Tx, caller: Caller, *, return_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said of the way back. The attempt to be sent instead, if any."""
    card_return = await queries.return_with(tx.connection, return_id, lock=True)
    if card_return is None:
        raise UnknownCardReturn("no such return")
    step = await record_attempt(tx, instruction_id, answer)
    returning = card_return.state is CardReturnState.RETURNING
    if step.outcome is Outcome.COUNTS and returning:
        await _returned(tx, card_return, step.instruction)
    elif step.outcome in (Outcome.COUNTS, Outcome.SURPLUS):
        await _returned_twice(tx, card_return, step.instruction)
    elif step.outcome is Outcome.FAILED and returning:
        await _credited(tx, card_return)
    elif step.next is not None:
        await queries.save_return(tx.connection, await _moved(tx, card_return, step.next))
    return step.next


async def _moved(tx: Tx, card_return: CardReturn, instruction: Instruction) -> CardReturn:
    """The hold stands for another channel's reserve."""
    if card_return.payout_id == instruction.id:
        return card_return
    moved = replace(card_return, channel=instruction.bank, payout_id=instruction.id, hold_id=ledger.new_transfer_id(tx))
    await ledger.post(tx, [_settling(tx, card_return, TransferKind.VOID), await _hold(tx, moved)])
    return moved


async def _returned(tx: Tx, card_return: CardReturn, paid: Instruction) -> None:
    returned = await _moved(tx, card_return, paid)
    await ledger.post(tx, [_settling(tx, returned, TransferKind.POST)])
    await _saved(tx, replace(returned, state=CardReturnState.RETURNED, ended_at=tx.now), "returned")


async def _credited(tx: Tx, card_return: CardReturn) -> None:
    """No channel could bring it back to the card."""
    due = await card_returns_of(tx, card_return.currency)
    credit = _single(tx, card_return, CREDIT_CODE, due, card_return.fallback_account_id)
    await ledger.post(tx, [_settling(tx, card_return, TransferKind.VOID), credit])
    await _saved(tx, replace(card_return, state=CardReturnState.CREDITED, ended_at=tx.now), "credited")


async def _returned_twice(tx: Tx, card_return: CardReturn, paid: Instruction) -> None:
    """A channel given up as failed returned it after all: a receivable in suspense."""
    suspense, reserve = (
        await suspense_of(tx, card_return.currency),
        await reserve_at(tx, paid.bank, card_return.currency),
    )
    await ledger.post(tx, [_single(tx, card_return, LATE_CODE, suspense, reserve)])
    await _saved(tx, replace(card_return, late=True), "returned_twice")


async def _saved(tx: Tx, card_return: CardReturn, what: str) -> None:
    await queries.save_return(tx.connection, card_return)
    _tell(tx, card_return, what)


async def _hold(tx: Tx, card_return: CardReturn) -> TransferCommand:
    """Without a time-out: only a channel's final word ends it."""
    assert card_return.hold_id is not None
    return TransferCommand(
        id=card_return.hold_id,
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("crt", card_return.id),
        debit_account_id=await card_returns_of(tx, card_return.currency),
        credit_account_id=await reserve_at(tx, card_return.channel, card_return.currency),
        amount=card_return.amount,
        currency=card_return.currency,
    )


def _settling(tx: Tx, card_return: CardReturn, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=kind,
        code=CODE,
        reference=encode("crt", card_return.id),
        pending_id=card_return.hold_id,
    )


def _single(tx: Tx, card_return: CardReturn, code: str, debit: UUID, credit: UUID) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=encode("crt", card_return.id),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=card_return.amount,
        currency=card_return.currency,
    )


def _tell(tx: Tx, card_return: CardReturn, what: str) -> None:
    told = {
        "card_return_id": encode("crt", card_return.id),
        "instruction_id": encode("chi", card_return.instruction_id),
        "channel": card_return.channel,
        "card_id": encode("crd", card_return.card_id),
        "amount": card_return.amount,
        "currency": card_return.currency,
        "reason": str(card_return.reason),
    }
    tx.events.add(f"payments.card_return.{what}.v1", encode("crt", card_return.id), told)
