"""Reading the banks' lists, outside any transaction, and acting on what they told."""

from typing import Any
from uuid import uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError
from services.payments.returned_money import actions, queries
from services.payments.returned_money.banks import MOST_REPORTS, ReportingBank, ReportingBanks
from services.payments.returned_money.model import Report

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def read_reports(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Everything a bank has reported since it was read last; what is new is acted on at once."""
    await _read(runtime, runtime.get(ReportingBanks).of(payload["bank"]))
    await act_on_due(runtime)


async def read_all_reports(runtime: Runtime) -> None:
    """No hint is needed: every bank is asked, and what had to wait is looked at again."""
    for bank in runtime.get(ReportingBanks).by_bank.values():
        try:
            await _read(runtime, bank)
        except ClientError as fault:
            log.info("bank_not_read", bank=bank.bank, fault=type(fault).__name__)
    await act_on_due(runtime)


async def _read(runtime: Runtime, bank: ReportingBank) -> None:
    while True:
        async with runtime.reading() as connection:
            position = await queries.cursor_of(connection, bank.bank)
        reported = await bank.reports(position)
        if reported:
            seed = f"reports of {bank.bank} after {position} {uuid4()}"
            await commands.perform(
                runtime, actions.take_reports, PAYMENTS, seed=seed, bank=bank.bank, reported=reported
            )
        if len(reported) < MOST_REPORTS:
            return


async def act_on_due(runtime: Runtime) -> None:
    """Each by itself: one that has to wait holds up no other."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_reports(connection, now, BATCH)
    for report in due:
        await _act(runtime, report)


async def _act(runtime: Runtime, report: Report) -> None:
    seed = f"report {report.id} {report.tries} {uuid4()}"
    try:
        await commands.perform(runtime, actions.act_on_report, PAYMENTS, seed=seed, report_id=report.id)
    except Refusal as refusal:
        log.info("report_waits", report_id=str(report.id), code=refusal.code)
        await commands.perform(
            runtime, actions.look_again_later, PAYMENTS, seed=f"later {seed}", report_id=report.id, code=refusal.code
        )
    except Exception as fault:
        log.warning("report_unresolved", report_id=str(report.id), fault=type(fault).__name__)
