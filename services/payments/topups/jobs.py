"""Collecting from cards, outside any transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from services.payments.cards.queries import card_with
from services.payments.cards.vault import CardVault
from services.payments.channels.directory import Channels
from services.payments.channels.errors import BankUnreachable
from services.payments.channels.model import Answer, BankAnswer, Instruction, InstructionKind, InstructionState
from services.payments.channels.queries import instruction_with
from services.payments.channels.resolving import resolve_due
from services.payments.topups import actions, queries

PAYMENTS = service_caller("payments")
SEND_FOR = timedelta(minutes=5)
"""How long a charge that cannot have reached its bank is sent again, before it is left to queries and the bank's finality."""


async def collect_top_up(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Charge the card, or, once anything but silence is possible, ask the bank what became of the charge."""
    async with runtime.reading() as connection:
        top_up = await queries.top_up_with(connection, UUID(payload["id"]))
        instruction = await instruction_with(connection, top_up.instruction_id) if top_up else None
    if top_up is None or instruction is None or instruction.due_at is None:
        return
    channel = runtime.get(Channels).of(instruction.bank)
    if instruction.state is InstructionState.REQUESTED:
        answer = await _charged(runtime, instruction)
    else:
        answer = await channel.find(InstructionKind.CHARGE, encode("chi", instruction.id))
    await commands.perform(
        runtime,
        actions.record_top_up_answer,
        PAYMENTS,
        seed=f"top-up {top_up.id} {instruction.state} {instruction.asked}",
        top_up_id=top_up.id,
        answer=answer,
        finality=channel.finality,
    )


async def resolve_top_ups(runtime: Runtime) -> None:
    """Ask about every charge whose next query is due."""
    await resolve_due(runtime, InstructionKind.CHARGE, collect_top_up)


async def _charged(runtime: Runtime, instruction: Instruction) -> BankAnswer:
    """Under the instruction's own reference: sent twice, the bank executes it once. Raises BankUnreachable to be sent again."""
    async with runtime.reading() as connection:
        card = await card_with(connection, instruction.card_id)
    assert card is not None
    answer = (
        await runtime.get(Channels)
        .of(instruction.bank)
        .charge(
            encode("chi", instruction.id),
            runtime.get(CardVault).open(card),
            encode("crd", card.id),
            instruction.amount,
            instruction.currency,
        )
    )
    if answer.answer is Answer.NOT_SENT and await runtime.database.now() < instruction.submitted_at + SEND_FOR:
        raise BankUnreachable(f"{instruction.bank} does not take orders just now")
    return answer
