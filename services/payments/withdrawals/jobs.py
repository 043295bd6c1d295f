"""Paying out to cards, outside any transaction."""

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
from services.payments.withdrawals import actions, queries

PAYMENTS = service_caller("payments")
SEND_FOR = timedelta(minutes=5)
"""How long a payout that cannot have reached its bank is sent again, before it is left to queries and the bank's finality."""


async def pay_out(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Send the payout, or, once anything but silence is possible, ask the bank what became of it."""
    async with runtime.reading() as connection:
        withdrawal = await queries.withdrawal_with(connection, UUID(payload["id"]))
        instruction = await instruction_with(connection, withdrawal.instruction_id) if withdrawal else None
    if withdrawal is None or instruction is None or instruction.due_at is None:
        return
    channel = runtime.get(Channels).of(instruction.bank)
    if instruction.state is InstructionState.REQUESTED:
        answer = await _sent(runtime, instruction)
    else:
        answer = await channel.find(InstructionKind.PAYOUT, encode("chi", instruction.id))
    await commands.perform(
        runtime,
        actions.record_withdrawal_answer,
        PAYMENTS,
        seed=f"withdrawal {withdrawal.id} {instruction.state} {instruction.asked}",
        withdrawal_id=withdrawal.id,
        answer=answer,
        finality=channel.finality,
    )


async def resolve_withdrawals(runtime: Runtime) -> None:
    """Ask about every payout whose next query is due."""
    await resolve_due(runtime, InstructionKind.PAYOUT, pay_out)


async def _sent(runtime: Runtime, instruction: Instruction) -> BankAnswer:
    """Under the instruction's own reference: sent twice, the bank pays once. Raises BankUnreachable to be sent again."""
    async with runtime.reading() as connection:
        card = await card_with(connection, instruction.card_id)
    assert card is not None
    answer = (
        await runtime.get(Channels)
        .of(instruction.bank)
        .payout(
            encode("chi", instruction.id),
            runtime.get(CardVault).open(card),
            instruction.amount,
            instruction.currency,
        )
    )
    if answer.answer is Answer.NOT_SENT and await runtime.database.now() < instruction.submitted_at + SEND_FOR:
        raise BankUnreachable(f"{instruction.bank} does not take orders just now")
    return answer
