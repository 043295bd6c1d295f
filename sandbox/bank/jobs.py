"""What a bank does by itself: finish what it was still processing, and tell the payment company."""

import asyncio

import httpx
import structlog

from chassis import commands
from chassis.authorities import trusted_authorities
from chassis.identity import service_caller
from chassis.runtime import Runtime
from sandbox.bank import instructions, queries
from sandbox.bank.accounts import take_fees
from sandbox.bank.directory import banks
from sandbox.bank.model import INSTITUTIONS, Instruction
from sandbox.bank.schemas import instruction_answer

BATCH = 200
NOTIFY_SECONDS = 5
BETWEEN_TWICE_SECONDS = 0.05
BANK = service_caller("sandbox")
log = structlog.get_logger(__name__)


async def settle_due(runtime: Runtime) -> None:
    """Every instruction whose processing has ended by business time."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = [one for bank in INSTITUTIONS for one in await queries.due_instructions(connection, bank, now, BATCH)]
    for instruction in due:
        await commands.perform(
            runtime, instructions.settle_instruction, BANK, seed=f"settle {instruction.id}", instruction=instruction
        )


async def take_monthly_fees(runtime: Runtime) -> None:
    """What was earned in months that are over, of those who take their fees by the month."""
    for bank in (bank for bank in banks().values() if bank.fees_monthly):
        await commands.perform(runtime, take_fees, BANK, seed=f"fees {bank.code}", bank=bank)


async def notify_due(runtime: Runtime) -> None:
    """Tell about final instructions, as often as their behaviour says; an unreachable company is not told again."""
    async with runtime.reading() as connection:
        waiting = [
            one for bank in INSTITUTIONS for one in await queries.unnotified_instructions(connection, bank, BATCH)
        ]
    if not waiting:
        return
    async with httpx.AsyncClient(timeout=NOTIFY_SECONDS, trust_env=False, verify=trusted_authorities()) as http:
        await asyncio.gather(*(_notify(runtime, http, instruction) for instruction in waiting))


async def _notify(runtime: Runtime, http: httpx.AsyncClient, instruction: Instruction) -> None:
    assert instruction.notify_url is not None
    await commands.perform(
        runtime, instructions.count_notification, BANK, seed=f"notify {instruction.id}", instruction=instruction
    )
    body = {"bank": instruction.bank, "kind": str(instruction.kind)}
    body |= instruction_answer(instruction).model_dump(mode="json")
    try:
        await http.post(instruction.notify_url, json=body)
    except httpx.TransportError as fault:
        log.info("notification_lost", bank=instruction.bank, fault=type(fault).__name__)
