"""Asking about every instruction whose next query is due: several at a time, one bank's silence never holding up another's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from chassis.runtime import Runtime
from services.payments.channels.model import Instruction, InstructionKind
from services.payments.channels.queries import due_instructions

BATCH = 100
AT_ONCE = 8
Job = Callable[[Runtime, dict[str, Any]], Awaitable[None]]
log = structlog.get_logger(__name__)


async def resolve_due(runtime: Runtime, kind: InstructionKind, job: Job) -> None:
    """Run the job of each due instruction's top-up or withdrawal; one that fails is due again in the next round."""
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
