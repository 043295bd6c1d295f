"""Asking banks, outside any transaction: an instruction is sent once, then asked about until its result is final."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from chassis.ids import encode
from chassis.runtime import Runtime
from services.payments.cards.queries import card_with
from services.payments.cards.vault import CardVault
from services.payments.channels.directory import Channels
from services.payments.channels.errors import BankUnreachable
from services.payments.channels.model import Answer, BankAnswer, Channel, Instruction, InstructionKind, InstructionState
from services.payments.channels.queries import due_instructions

BATCH = 100
AT_ONCE = 8
SEND_FOR = timedelta(minutes=5)
"""How long an order that cannot have reached its bank is sent again, before it is left to queries and the bank's finality."""
Job = Callable[[Runtime, dict[str, Any]], Awaitable[None]]
log = structlog.get_logger(__name__)


async def ask_bank(runtime: Runtime, instruction: Instruction) -> BankAnswer:
    """Send the order, or, once anything but silence is possible, ask what became of it. Raises BankUnreachable to be sent again."""
    channel = runtime.get(Channels).of(instruction.bank)
    if instruction.state is not InstructionState.REQUESTED:
        return await channel.find(instruction.kind, encode("chi", instruction.id))
    answer = await _sent(runtime, channel, instruction)
    if answer.answer is Answer.NOT_SENT and await runtime.database.now() < instruction.submitted_at + SEND_FOR:
        raise BankUnreachable(f"{instruction.bank} does not take orders just now")
    return answer


async def resolve_due(runtime: Runtime, kind: InstructionKind, job: Job) -> None:
    """Run the job of each instruction whose next query is due: several at a time, one bank's silence never holding up another's.

    One that fails is due again in the next round.
    """
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await due_instructions(connection, kind, now, BATCH)
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(instruction: Instruction) -> None:
        async with places:
            try:
                await job(runtime, {"id": str(instruction.subject_id)})
            except Exception as fault:
                log.warning("instruction_unresolved", instruction_id=str(instruction.id), fault=type(fault).__name__)

    await asyncio.gather(*(ask(instruction) for instruction in due))


async def _sent(runtime: Runtime, channel: Channel, instruction: Instruction) -> BankAnswer:
    """Under the instruction's own reference: sent twice, the bank executes it once."""
    async with runtime.reading() as connection:
        card = await card_with(connection, instruction.card_id)
    assert card is not None
    reference, details = encode("chi", instruction.id), runtime.get(CardVault).open(card)
    if instruction.kind is InstructionKind.PAYOUT:
        return await channel.payout(reference, details, instruction.amount, instruction.currency)
    agreement = encode("crd", card.id)
    return await channel.charge(reference, details, agreement, instruction.amount, instruction.currency)
