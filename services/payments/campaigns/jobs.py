"""Vouchers expire and campaigns end by themselves."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.campaigns import actions, budgets, queries, voucher_queries

PAYMENTS = service_caller("payments")
AT_ONCE = 100
Due = Callable[[AsyncConnection, datetime, UUID | None, int], Awaitable[list[UUID]]]


async def work_due_campaigns(runtime: Runtime) -> None:
    """What expired vouchers had reserved is released first, so that it goes back with the rest."""
    for campaign_id in await _all_due(runtime, voucher_queries.campaigns_with_expired):
        expired = actions.EXPIRY_BATCH
        while expired == actions.EXPIRY_BATCH:
            seed = f"expire vouchers {uuid4()}"
            expired = await commands.perform(
                runtime, actions.expire_vouchers, PAYMENTS, seed=seed, campaign_id=campaign_id
            )
    for campaign_id in await _all_due(runtime, queries.due_campaigns):
        seed = f"settle campaign {uuid4()}"
        await commands.perform(runtime, budgets.settle_due_campaign, PAYMENTS, seed=seed, campaign_id=campaign_id)


async def _all_due(runtime: Runtime, due: Due) -> list[UUID]:
    """Page by page, so that one that cannot go on never stands before the others."""
    now = await runtime.database.now()
    found: list[UUID] = []
    async with runtime.reading() as connection:
        while True:
            page = await due(connection, now, found[-1] if found else None, AT_ONCE)
            found += page
            if len(page) < AT_ONCE:
                return found
