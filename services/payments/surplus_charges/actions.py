"""Stories of a charge that was too much: found, and brought back to its card, or else to the customer's account."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.channels.actions import record_instruction
from services.payments.channels.attempts import Outcome, record_attempt
from services.payments.channels.model import JOBS, SURPLUS_REFUND, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at, surplus_of, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.surplus_charges import queries
from services.payments.surplus_charges.errors import UnknownSurplusCharge
from services.payments.surplus_charges.model import ReturnReason, SurplusCharge, SurplusState

CODE = "surplus.refund"
RECEIPT_CODE = "surplus.receipt"
CREDIT_CODE = "surplus.credit"
LATE_CODE = "surplus.refund.late"


async def take_back(
    tx: Tx, *, instruction: Instruction, fallback_account_id: UUID, reason: ReturnReason = ReturnReason.SURPLUS
) -> SurplusCharge:
    """A charge succeeded that is too much: book what came, and order it back by the channel that took it."""
    surplus_id = tx.ids.new()
    due = await surplus_of(tx, instruction.currency)
    reserve = await reserve_at(tx, instruction.bank, instruction.currency)
    receipt = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RECEIPT_CODE,
        reference=encode("sur", surplus_id),
        debit_account_id=reserve,
        credit_account_id=due,
        amount=instruction.amount,
        currency=instruction.currency,
    )
    await ledger.post(tx, [receipt])
    return await _send_back(tx, surplus_id, instruction, instruction.amount, fallback_account_id, reason)


async def refund_to_card(tx: Tx, *, charge: Instruction, amount: int, fallback_account_id: UUID) -> SurplusCharge:
    """A part or all of what a charge brought is ordered back to its card. The refund has put it where what is owed to cards stands."""
    return await _send_back(tx, tx.ids.new(), charge, amount, fallback_account_id, ReturnReason.REFUND)


async def _send_back(
    tx: Tx, surplus_id: UUID, charge: Instruction, amount: int, fallback_account_id: UUID, reason: ReturnReason
) -> SurplusCharge:
    refund = await record_instruction(
        tx,
        kind=InstructionKind.PAYOUT,
        bank=charge.bank,
        subject_id=surplus_id,
        card_id=charge.card_id,
        amount=amount,
        currency=charge.currency,
        purpose=SURPLUS_REFUND,
    )
    surplus = SurplusCharge(
        id=surplus_id,
        instruction_id=charge.id,
        channel=charge.bank,
        card_id=charge.card_id,
        amount=amount,
        currency=charge.currency,
        fallback_account_id=fallback_account_id,
        state=SurplusState.RETURNING,
        refund_id=refund.id,
        hold_id=ledger.new_transfer_id(tx),
        late=False,
        found_at=tx.now,
        ended_at=None,
        reason=reason,
    )
    await queries.add_surplus(tx.connection, surplus)
    await ledger.post(tx, [await _hold(tx, surplus)])
    tx.jobs.add(JOBS[SURPLUS_REFUND], {"id": str(surplus.id)})
    _tell(tx, surplus, "found")
    return surplus


async def record_refund_answer(
    tx: Tx, caller: Caller, *, surplus_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said of the way back. The attempt to be sent instead, if any."""
    surplus = await queries.surplus_with(tx.connection, surplus_id, lock=True)
    if surplus is None:
        raise UnknownSurplusCharge("no such charge")
    step = await record_attempt(tx, instruction_id, answer)
    returning = surplus.state is SurplusState.RETURNING
    if step.outcome is Outcome.COUNTS and returning:
        await _returned(tx, surplus, step.instruction)
    elif step.outcome in (Outcome.COUNTS, Outcome.SURPLUS):
        await _returned_twice(tx, surplus, step.instruction)
    elif step.outcome is Outcome.FAILED and returning:
        await _credited(tx, surplus)
    elif step.next is not None:
        await queries.save_surplus(tx.connection, await _moved(tx, surplus, step.next))
    return step.next


async def _moved(tx: Tx, surplus: SurplusCharge, instruction: Instruction) -> SurplusCharge:
    """The hold stands for another channel's reserve."""
    if surplus.refund_id == instruction.id:
        return surplus
    moved = replace(surplus, channel=instruction.bank, refund_id=instruction.id, hold_id=ledger.new_transfer_id(tx))
    await ledger.post(tx, [_settling(tx, surplus, TransferKind.VOID), await _hold(tx, moved)])
    return moved


async def _returned(tx: Tx, surplus: SurplusCharge, paid: Instruction) -> None:
    returned = await _moved(tx, surplus, paid)
    await ledger.post(tx, [_settling(tx, returned, TransferKind.POST)])
    await _ended(tx, replace(returned, state=SurplusState.RETURNED, ended_at=tx.now), "returned")


async def _credited(tx: Tx, surplus: SurplusCharge) -> None:
    """No channel could bring it back to the card."""
    due = await surplus_of(tx, surplus.currency)
    credit = _single(tx, surplus, CREDIT_CODE, due, surplus.fallback_account_id)
    await ledger.post(tx, [_settling(tx, surplus, TransferKind.VOID), credit])
    await _ended(tx, replace(surplus, state=SurplusState.CREDITED, ended_at=tx.now), "credited")


async def _returned_twice(tx: Tx, surplus: SurplusCharge, paid: Instruction) -> None:
    """A channel given up as failed returned it after all: a receivable in suspense."""
    suspense, reserve = await suspense_of(tx, surplus.currency), await reserve_at(tx, paid.bank, surplus.currency)
    await ledger.post(tx, [_single(tx, surplus, LATE_CODE, suspense, reserve)])
    await _ended(tx, replace(surplus, late=True), "returned_twice")


async def _ended(tx: Tx, surplus: SurplusCharge, what: str) -> None:
    await queries.save_surplus(tx.connection, surplus)
    _tell(tx, surplus, what)


async def _hold(tx: Tx, surplus: SurplusCharge) -> TransferCommand:
    """Without a time-out: only a channel's final word ends it."""
    return TransferCommand(
        id=surplus.hold_id,
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("sur", surplus.id),
        debit_account_id=await surplus_of(tx, surplus.currency),
        credit_account_id=await reserve_at(tx, surplus.channel, surplus.currency),
        amount=surplus.amount,
        currency=surplus.currency,
    )


def _settling(tx: Tx, surplus: SurplusCharge, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=kind,
        code=CODE,
        reference=encode("sur", surplus.id),
        pending_id=surplus.hold_id,
    )


def _single(tx: Tx, surplus: SurplusCharge, code: str, debit: UUID, credit: UUID) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=encode("sur", surplus.id),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=surplus.amount,
        currency=surplus.currency,
    )


def _tell(tx: Tx, surplus: SurplusCharge, what: str) -> None:
    told = {
        "surplus_charge_id": encode("sur", surplus.id),
        "instruction_id": encode("chi", surplus.instruction_id),
        "channel": surplus.channel,
        "card_id": encode("crd", surplus.card_id),
        "amount": surplus.amount,
        "currency": surplus.currency,
        "reason": str(surplus.reason),
    }
    tx.events.add(f"payments.surplus_charge.{what}.v1", encode("sur", surplus.id), told)
