"""Whatever comes in repays what is owed."""

from uuid import uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.receivables import actions, queries

PAYMENTS = service_caller("payments")
BATCH = 200
log = structlog.get_logger(__name__)


async def collect_receivables(runtime: Runtime) -> None:
    """From every account that owes and has something; then those whose deadline has passed are told."""
    async with runtime.reading() as connection:
        accounts = await queries.accounts_to_collect(connection, BATCH)
    for account_id in accounts:
        try:
            seed = f"collect {account_id} {uuid4()}"
            await commands.perform(runtime, actions.collect, PAYMENTS, seed=seed, account_id=account_id)
        except Refusal as refusal:
            log.warning("not_collected", account_id=str(account_id), code=refusal.code)
    while True:
        seed = f"overdue receivables {uuid4()}"
        if await commands.perform(runtime, actions.mark_overdue, PAYMENTS, seed=seed) < actions.OVERDUE_BATCH:
            return
