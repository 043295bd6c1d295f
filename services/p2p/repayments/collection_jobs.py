"""Collecting what is due, outside any transaction: look into the borrower's wallet, then repay what is there."""

import asyncio
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError
from services.p2p.custody.moving import ways_of_loan
from services.p2p.repayments import collection, collection_queries
from services.p2p.repayments.jobs import share_repayment

P2P = service_caller("p2p")
SLICE = 500
AT_ONCE = 8
FIRST = UUID(int=0)
log = structlog.get_logger(__name__)


async def collect_due(runtime: Runtime) -> None:
    """Every loan with something due that was not tried in this round of the day; one that fails is tried again with the next run."""
    now, zone = await runtime.database.now(), runtime.settings.zone
    number = collection.round_at(now, zone)
    after = FIRST
    while number:
        async with runtime.reading() as connection:
            found = await collection_queries.due(connection, business_day(now, zone), number, after=after, limit=SLICE)
        for at in range(0, len(found), AT_ONCE):
            await asyncio.gather(*(_collect(runtime, *one) for one in found[at : at + AT_ONCE]))
        if len(found) < SLICE:
            return
        after = found[-1][0]


async def _collect(runtime: Runtime, loan_id: UUID, borrower: str, currency: str) -> None:
    try:
        purse = await (await ways_of_loan(runtime, loan_id)).purse(borrower, currency)
        available = max(0, purse.available_minor) if purse else 0
        seed = f"p2p.collect\0{loan_id}\0{await runtime.database.now()}"
        repayment = await commands.perform(
            runtime, collection.collect, P2P, seed=seed, loan_id=loan_id, available_minor=available
        )
        if repayment is not None:
            await share_repayment(runtime, {"id": str(repayment.id)})
    except (ClientError, Refusal) as fault:
        log.warning("p2p.collection_failed", loan=str(loan_id), why=str(fault))
    except Exception:
        # A fault of one loan keeps nobody else's due day waiting.
        log.exception("p2p.collection_broken", loan=str(loan_id))
