"""What comes after a payment by itself: magic amounts are returned, reversed, disputed; disputes are decided in time."""

from typing import Any

import httpx
import structlog

from chassis import commands
from chassis.authorities import trusted_authorities
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from sandbox.bank import queries, return_queries, returns
from sandbox.bank.directory import bank_named
from sandbox.bank.model import INSTITUTIONS
from sandbox.bank.return_model import AFTERWARDS, Report, ReportKind

BATCH = 100
HINT_SECONDS = 5
BANK = service_caller("sandbox")
log = structlog.get_logger(__name__)


async def report_due(runtime: Runtime) -> None:
    """Every payment whose time to come back has come, and every dispute whose deadline is over."""
    now = await runtime.database.now()
    for bank in INSTITUTIONS:
        for afterwards in AFTERWARDS:
            kind, amount = afterwards.instruction_kind, afterwards.amount
            async with runtime.reading() as connection:
                due = await return_queries.unreported(connection, bank, kind, amount, now, afterwards.after, BATCH)
            for reference in due:
                await _report(runtime, bank, afterwards.kind, reference, afterwards.reason)
        async with runtime.reading() as connection:
            disputes = await return_queries.due_disputes(connection, bank, now, BATCH)
        for reference in disputes:
            await _decide(runtime, bank, reference)


async def hint(runtime: Runtime, report: Report) -> None:
    """Tell the company that there is something to read; who does not listen reads it later."""
    async with runtime.reading() as connection:
        instruction = await queries.instruction_referenced(
            connection, report.bank, report.instruction_kind, report.instruction_reference
        )
    if instruction is None or instruction.notify_url is None:
        return
    url = instruction.notify_url.rsplit("/", 1)[0] + "/returns"
    try:
        async with httpx.AsyncClient(timeout=HINT_SECONDS, trust_env=False, verify=trusted_authorities()) as http:
            await http.post(url, json={"bank": report.bank, "reference": report.reference, "kind": str(report.kind)})
    except httpx.TransportError as fault:
        log.info("hint_lost", bank=report.bank, fault=type(fault).__name__)


async def _report(runtime: Runtime, bank: str, kind: ReportKind, reference: str, reason: str) -> None:
    facts: dict[str, Any] = {"bank": bank, "kind": kind, "instruction_reference": reference, "reason": reason}
    try:
        made = await commands.perform(
            runtime, returns.report_afterwards, BANK, seed=f"{bank} {kind} {reference}", **facts
        )
    except Refusal as refusal:
        log.info("not_returned", bank=bank, code=refusal.code)
        return
    await hint(runtime, made)


async def _decide(runtime: Runtime, bank: str, reference: str) -> None:
    facts: dict[str, Any] = {"bank": bank_named(bank), "reference": reference, "won": None}
    try:
        await commands.perform(runtime, returns.decide, BANK, seed=f"{bank} decides {reference}", **facts)
    except Refusal as refusal:
        log.info("not_decided", bank=bank, code=refusal.code)
