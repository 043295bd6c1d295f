"""A process of p2p that matches listings, as its durable job does, so many at once, each followed by its floor:
`python -m benchmarks.matching_house URL N LOTS [AT_ONCE]`.

URL: of the database, as somebody who may write the floor's tables; N: how many listings. Prints one JSON object: milliseconds of runs
made together, from the first job's start to the last one's end, holds in payments included, and of each floor.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from benchmarks.matching_book import LOT, SCHEMA
from chassis import commands
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from chassis.settings import Settings
from clients.ids import new_id
from clients.payments.client import PaymentsClient
from services.p2p.applications import queries as application_queries
from services.p2p.applications.model import Application, ApplicationState
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.matching.beginning import begin
from services.p2p.matching.jobs import match_listing
from services.p2p.matching.model import Trigger
from services.p2p.payments_access import payments_client

CALLER = service_caller("p2p")
_SELECT = f"""
    SELECT id, lender, account_id, place, committed_minor, budget_minor FROM {SCHEMA}.standing_orders
    WHERE criteria_id = $1 AND state = 'active' AND budget_minor - committed_minor >= least_minor ORDER BY place LIMIT $2
"""  # noqa: S608
_UPDATE = f"""
    UPDATE {SCHEMA}.standing_orders o SET committed_minor = committed_minor + {LOT}, place = t.place, version = version + 1
    FROM unnest($1::uuid[], $2::bigint[]) AS t (id, place) WHERE o.id = t.id
"""  # noqa: S608
_BIDS = (
    "id",
    "listing_id",
    "lender",
    "amount_minor",
    "currency",
    "state",
    "account_id",
    "hold_id",
    "requested_at",
    "changed_at",
)


async def listed(tx: Tx, caller: Caller, *, account_id: UUID, lots: int) -> UUID:
    """An open listing of so many lots, and its run."""
    application = Application(
        id=new_id(), borrower=encode("cus", new_id()), amount_minor=LOT * lots, currency="CNY", term_months=12, purpose="education",
        state=ApplicationState.LISTED, score=700, grade="A", reasons=(), scorecard_version="1", limit_minor=LOT * lots,
        decided_by="rule", source="api", source_row=None, source_hash=None, submitted_at=tx.now, changed_at=tx.now, due_at=None,
    )  # fmt: skip
    assert application.borrower is not None
    await application_queries.add(tx.connection, application)
    closes_at = tx.now + timedelta(days=3)
    listing = Listing(
        id=new_id(), application_id=application.id, borrower=application.borrower, grade="A", purpose="education",
        programme_code="open_auction", programme_version=2, amount_minor=LOT * lots, currency="CNY", annual_rate=Decimal("0.1"),
        term_months=12, method="equal_instalment", lot_minor=LOT, state=ListingState.OPEN, reason=None, account_id=account_id,
        borrower_account_id=uuid4(), committed_minor=0, placed_minor=0, requested_at=tx.now, closes_at=closes_at, opened_at=tx.now,
        full_at=None, changed_at=tx.now, due_at=closes_at,
    )  # fmt: skip
    await listing_queries.add(tx.connection, listing)
    await begin(tx, listing, Trigger.OPENED)
    return listing.id


async def matched(runtime: Runtime, lots: int, at_once: int) -> float:
    """Milliseconds of so many runs together. Raises AssertionError if not every lot is held for by another order."""
    client = runtime.get(PaymentsClient)
    opened: dict[UUID, UUID] = {}
    for _ in range(at_once):
        account = await client.create_account("CNY", "listing_escrow", key=uuid4().hex, reference=uuid4().hex)
        made = await commands.perform(runtime, listed, CALLER, seed=uuid4().hex, account_id=account.id, lots=lots)
        opened[made] = account.id
    began = time.perf_counter()
    await asyncio.gather(*(match_listing(runtime, {"id": str(listing_id)}) for listing_id in opened))
    milliseconds = (time.perf_counter() - began) * 1000
    for listing_id, account_id in opened.items():
        async with runtime.reading() as connection:
            listing = await listing_queries.load(connection, listing_id)
        held = (await client.account(account_id)).credits_pending
        assert listing is not None
        assert (listing.state, held) == (ListingState.DISBURSING, LOT * lots), (listing.state, held)
    return milliseconds


async def floor(connection: "asyncpg.Connection[asyncpg.Record]", number: int, lots: int) -> tuple[float, float]:
    """Milliseconds of SELECT + COPY + UPDATE + commit, and of the COPY with a commit of its own."""
    fresh = [(new_id(), new_id()) for _ in range(2 * lots)]
    began = time.perf_counter()
    async with connection.transaction():
        rows = await connection.fetch(_SELECT, 1 + number % 10, lots)
        await _copy(connection, _bids(rows, fresh[:lots]))
        places = [10**12 + number * lots + place for place in range(len(rows))]
        await connection.execute(_UPDATE, [row["id"] for row in rows], places)
    whole = time.perf_counter() - began
    assert rows
    records = _bids(rows, fresh[lots:])
    began = time.perf_counter()
    async with connection.transaction():
        await _copy(connection, records)
    return whole * 1000, (time.perf_counter() - began) * 1000


def _bids(rows: "list[asyncpg.Record]", fresh: list[tuple[UUID, UUID]]) -> list[tuple[object, ...]]:
    listing_id, now = fresh[0][0], datetime.now(UTC)
    return [
        (bid_id, listing_id, row["lender"], LOT, "CNY", "placed", row["account_id"], hold_id, now, now)
        for row, (bid_id, hold_id) in zip(rows, fresh, strict=False)
    ]


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]", records: list[tuple[object, ...]]) -> None:
    await connection.copy_records_to_table("bids", schema_name=SCHEMA, records=records, columns=_BIDS)


async def work(url: str, wanted: int, lots: int, at_once: int) -> dict[str, Any]:
    runtime = Runtime(Settings.read("p2p"))
    connection = await asyncpg.connect(url)
    runs, floors, copies = list[float](), list[float](), list[float]()
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(payments_client(runtime))
            await matched(runtime, lots, at_once)  # the first connections and plans are not what is measured
            await floor(connection, 0, lots)
            for first in range(0, wanted, at_once):
                runs.append(await matched(runtime, lots, at_once))
                for number in range(first, first + at_once):
                    whole, copied = await floor(connection, number, lots)
                    floors.append(whole)
                    copies.append(copied)
    finally:
        await connection.close()
        await runtime.database.close()
    return {"runs": runs, "floors": floors, "copies": copies}


if __name__ == "__main__":
    url, wanted, lots, at_once = (*sys.argv[1:], "1")[:4]
    print(json.dumps(asyncio.run(work(url, int(wanted), int(lots), int(at_once)))))
