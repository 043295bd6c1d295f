"""Stories of orders to banks. Whoever asks for one (a top-up, a withdrawal) is told by its own action.

An order that may be tried on several channels is started and recorded by `attempts.py`; what is here is one order to one of them.
"""

from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.channels import queries, rules
from services.payments.channels.errors import NotificationDiffers, UnknownInstruction
from services.payments.channels.model import (
    JOBS,
    OPEN,
    TOP_UP,
    WITHDRAWAL,
    BankAnswer,
    Instruction,
    InstructionKind,
    InstructionState,
)

_USUAL = {InstructionKind.CHARGE: TOP_UP, InstructionKind.PAYOUT: WITHDRAWAL}


async def record_instruction(
    tx: Tx,
    *,
    kind: InstructionKind,
    bank: str,
    subject_id: UUID,
    card_id: UUID,
    amount: int,
    currency: str,
    purpose: str | None = None,
    attempt: int = 1,
) -> Instruction:
    """Write the order down before anything is sent; its id is our reference at the bank. purpose: one of JOBS."""
    instruction = Instruction(
        id=tx.ids.new(),
        kind=kind,
        bank=bank,
        subject_id=subject_id,
        card_id=card_id,
        amount=amount,
        currency=currency,
        state=InstructionState.REQUESTED,
        detail=None,
        bank_reference=None,
        fee_minor=0,
        submitted_at=tx.now,
        settled_at=None,
        value_on=None,
        asked=0,
        due_at=tx.now + rules.RESEND_AFTER,
        purpose=purpose or _USUAL[kind],
        attempt=attempt,
    )
    await queries.add_instruction(tx.connection, instruction)
    return instruction


async def begin_sending(tx: Tx, caller: Caller, *, instruction_id: UUID) -> Instruction:
    """Written down before the order goes out, so that what cannot have arrived is known later.

    What another attempt has done already is not sent any more.
    """
    instruction = await queries.instruction_with(tx.connection, instruction_id, lock=True)
    if instruction is None:
        raise UnknownInstruction("no instruction has this id")
    if instruction.state is InstructionState.REQUESTED:
        done = await queries.counting_attempt(tx.connection, instruction.subject_id) is not None
        more = instruction.changed(sends_open=instruction.sends_open + 1)
        instruction = rules.given_up(instruction, tx.now) if done else more
        await queries.save_instruction(tx.connection, instruction)
    return instruction


async def record_answer(
    tx: Tx, instruction_id: UUID, answer: BankAnswer, finality: timedelta
) -> tuple[Instruction, Instruction]:
    """The instruction before and after an answer, under lock."""
    before = await queries.instruction_with(tx.connection, instruction_id, lock=True)
    if before is None:
        raise UnknownInstruction("no instruction has this id")
    after = rules.recorded(before, answer, tx.now, finality)
    if after != before:
        await queries.save_instruction(tx.connection, after)
    return before, after


async def take_notification(
    tx: Tx, caller: Caller, *, bank: str, kind: InstructionKind, instruction_id: UUID, amount: int, currency: str
) -> Instruction:
    """A bank says that something changed. It is only a hint: the bank is asked, and its answer to us counts.

    Raises UnknownInstruction; NotificationDiffers when the amount or currency is not ours.
    """
    instruction = await queries.instruction_with(tx.connection, instruction_id, lock=True)
    if instruction is None or instruction.bank != bank or instruction.kind is not kind:
        raise UnknownInstruction("no instruction has this reference", field="reference")
    if (amount, currency) != (instruction.amount, instruction.currency):
        raise NotificationDiffers("amount or currency differ from what was asked for", field="amount")
    if instruction.state in (*OPEN, InstructionState.ABSENT):
        await queries.make_due(tx.connection, instruction.id, tx.now)
        job = JOBS.get(instruction.purpose)
        if job is not None:
            tx.jobs.add(job, {"id": str(instruction.subject_id)}, key=f"{kind} {instruction.id}")
    return instruction
