"""Asking banks, outside any transaction: an instruction is sent once, then asked about until its result is final."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from services.payments.cards.queries import card_with
from services.payments.cards.vault import CardVault
from services.payments.channels import actions
from services.payments.channels.attempts import record_probe
from services.payments.channels.directory import Channels
from services.payments.channels.model import OPEN, BankAnswer, Channel, Instruction, InstructionKind, InstructionState
from services.payments.channels.queries import due_instructions, instructions_for, standings_to_probe

BATCH = 100
AT_ONCE = 8
PAYMENTS = service_caller("payments")
Job = Callable[[Runtime, dict[str, Any]], Awaitable[None]]
Record = Callable[..., Awaitable[Instruction | None]]
"""A subject's own action that records an answer; the attempt that is to be sent instead, if there is one."""
log = structlog.get_logger(__name__)


async def ask_about(runtime: Runtime, record: Record, **subject: UUID) -> None:
    """Each order for a subject that is not final, or absent and due again; and after it the one that is tried instead.

    subject: its id, by the name that `record` has for it.
    """
    (subject_id,) = subject.values()
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        attempts = await instructions_for(connection, subject_id)
    for attempt in attempts:
        again = attempt.state is InstructionState.ABSENT and attempt.due_at is not None and attempt.due_at <= now
        waiting: Instruction | None = attempt if attempt.state in OPEN or again else None
        while waiting is not None:
            facts: dict[str, Any] = {
                "instruction_id": waiting.id,
                "answer": await ask_bank(runtime, waiting),
                **subject,
            }
            # Another seed at each turn that an order takes.
            seed = f"answer {waiting.id} {waiting.state} {waiting.asked} {waiting.sends_open}"
            waiting = await commands.perform(runtime, record, PAYMENTS, seed=seed, **facts)


async def ask_bank(runtime: Runtime, instruction: Instruction) -> BankAnswer:
    """Send the order, or, once anything but silence is possible, ask what became of it."""
    channel = runtime.get(Channels).of(instruction.bank)
    if instruction.state is InstructionState.REQUESTED:
        instruction = await commands.perform(
            runtime,
            actions.begin_sending,
            PAYMENTS,
            seed=f"sending {instruction.id} {instruction.sends_open}",
            instruction_id=instruction.id,
        )
    if instruction.state is not InstructionState.REQUESTED:
        return await channel.find(instruction.kind, encode("chi", instruction.id))
    return await _sent(runtime, channel, instruction)


async def resolve_due(runtime: Runtime, purpose: str, job: Job) -> None:
    """Run the job of each subject with a query due: several at a time, one bank's silence never holding up another's.

    One that fails is due again in the next round.
    """
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await due_instructions(connection, purpose, now, BATCH)
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(subject_id: str) -> None:
        async with places:
            try:
                await job(runtime, {"id": subject_id})
            except Exception as fault:
                log.warning("instruction_unresolved", subject_id=subject_id, fault=type(fault).__name__)

    await asyncio.gather(*(ask(subject_id) for subject_id in sorted({str(one.subject_id) for one in due})))


async def probe_channels(runtime: Runtime) -> None:
    """Whoever was silent too often is asked for its terms; answered, it carries orders again."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        closed = await standings_to_probe(connection, now)
    for standing in closed:
        answered = await runtime.get(Channels).of(standing.channel).answers()
        await commands.perform(
            runtime,
            record_probe,
            PAYMENTS,
            seed=f"probe {standing.channel} {standing.kind} {standing.probes}",
            channel=standing.channel,
            kind=standing.kind,
            answered=answered,
        )


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
