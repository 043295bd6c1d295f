"""How PostgreSQL searches the queues of many: along their indexes, in order, and only as far as it has to."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import async_url
from chassis.direct import direct_of
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.p2p.claims.model import PLATFORM
from services.p2p.losses import queries as loss_queries
from services.p2p.matching import queries
from services.p2p.matching.rules import wanted_of
from services.p2p.programmes import queries as programme_queries
from services.p2p.sale_matching import queries as sale_queries
from tests.databases import Databases
from tests.p2p.resale_records import FREE, lent, programme_with
from tests.p2p.runs import listed, ordered
from tests.p2p.test_money import LAYER
from tests.p2p.test_plan_rules import OFFERED, TODAY

COUNT = 12_000
WISHES = 12
# As many more like the one that there is, every other a plan's, over a dozen rows of criteria, one of which fits.
ORDERS = text("""
    WITH more AS (
        INSERT INTO standing_order_criteria (currency, lowest_rate, programmes, grades, terms_months)
        SELECT currency, lowest_rate + at * 0.01, programmes, grades, terms_months
        FROM standing_order_criteria, generate_series(1, :wishes - 1) AS at RETURNING id
    ), wishes AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM (
        SELECT id FROM more UNION ALL SELECT id FROM standing_order_criteria) AS every)
    INSERT INTO standing_orders SELECT made.*
    FROM standing_orders o, generate_series(1, :count) AS at JOIN wishes ON wishes.number = at / 2 % :wishes
        CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),
            'lender', 'cus_' || at, 'place', 1000 + at, 'criteria_id', wishes.id, 'managed', at % 2 = 0,
            'resale_least_yield', 0.05, 'resale_least_price', 0.9, 'resale_largest_price', 1.1, 'resale_longest_months', 24)) AS made
""")
LOANS = text("""
    WITH opened AS (
        INSERT INTO listings SELECT made.* FROM listings l, generate_series(1, :count) AS at
            CROSS JOIN LATERAL jsonb_populate_record(l, jsonb_build_object('id', md5('listing ' || at)::uuid,
                'account_id', md5('account ' || at)::uuid, 'state', 'failed', 'reason', 'tests', 'due_at', NULL)) AS made
        RETURNING id
    ), more AS (
        INSERT INTO loans SELECT made.* FROM loans l, opened CROSS JOIN LATERAL jsonb_populate_record(l, jsonb_build_object(
            'id', md5('loan ' || opened.id)::uuid, 'listing_id', opened.id)) AS made
        RETURNING id
    )
    INSERT INTO loan_rows SELECT made.* FROM loan_rows r, more
        CROSS JOIN LATERAL jsonb_populate_record(r, jsonb_build_object('loan_id', more.id,
            'due_on', r.due_on + hashtext(more.id::text) % 300)) AS made
""")


class Crowded(NamedTuple):
    runtime: Runtime
    owner_url: str

    async def analyze(self, *tables: str) -> None:
        """What the server knows of these is up to date, as it is by itself after a time."""
        engine = create_async_engine(async_url(self.owner_url))
        async with engine.begin() as connection:
            for table in tables:
                await connection.execute(text(f"ANALYZE {table}"))
        await engine.dispose()


@pytest.fixture
async def crowded(databases: Databases, keys: Path) -> AsyncIterator[Crowded]:
    """A database of its own: what the server learns of so many rows is not true of the next test's."""
    url, owner_url = await databases.fresh("p2p")
    runtime = Runtime(Settings("p2p", "test", url, url, keys, {}))
    yield Crowded(runtime, owner_url)
    await runtime.database.close()


async def test_the_queue_is_searched_along_its_places(crowded: Crowded) -> None:
    """For a listing and for an offer: no order behind those that are asked for is read, nor is any sorted."""
    async with crowded.runtime.transaction(seed="tests") as tx:
        await ordered(tx)
        await tx.connection.execute(ORDERS, {"count": COUNT, "wishes": WISHES})
        listing = await listed(tx)
        programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    await crowded.analyze("standing_orders", "standing_order_criteria", "bids", "claims")
    wanted = wanted_of(listing, programme, left_minor=listing.amount_minor, at=listing.changed_at)
    facts = {name: getattr(OFFERED, name) for name in sale_queries._FACTS} | {"after": 0, "limit": 64}
    async with crowded.runtime.reading() as connection:
        fitting = await queries.fitting(connection, wanted)
        assert 1 < len(fitting) < WISHES, "the others want more"
        direct = await direct_of(connection)
        asked = (
            fitting, 0, wanted.borrower, wanted.lot_minor, wanted.amount_minor, wanted.left_minor, listing.id, 64, wanted.at,
            3, TODAY, False,
        )  # fmt: skip
        lending = [str(row[0]) for row in await direct.fetch(f"EXPLAIN {queries._FRONT_OF_WALLETS}", *asked)]
        explained = text(f"EXPLAIN {sale_queries._FRONT.text}")
        buying = [str(row[0]) for row in await connection.execute(explained, facts)]
    for plan, index in ((lending, "ix_standing_orders_queue"), (buying, "ix_standing_orders_resale")):
        shown = "\n".join(plan)
        assert f"Index Scan using {index} on standing_orders o" in shown, shown
        assert "Seq Scan on standing_orders" not in shown, shown


async def test_the_fund_s_queue_is_walked_along_due_days(crowded: Crowded) -> None:
    async with crowded.runtime.transaction(seed="tests") as tx:
        await lent(tx, await programme_with(tx, FREE, loss_waterfall=(LAYER,)), [60_000, 40_000])
        await tx.connection.execute(LOANS, {"count": COUNT // 12})
        today = tx.today + timedelta(days=120)
    await crowded.analyze("loans", "loan_rows", "claims", "listings", "compensations", "programmes")
    facts = {"today": today, "platform": PLATFORM, "limit": 64, "after_layer": 0}
    facts |= {"after_day": date.min, "after_loan": UUID(int=0)}
    async with crowded.runtime.reading() as connection:
        explained = text(f"EXPLAIN {loss_queries._DUE.format(narrowed='')}")
        shown = "\n".join([str(row[0]) for row in await connection.execute(explained, facts)])
    assert "Index Scan using ix_loan_rows_unpaid on loan_rows oldest" in shown, shown
    assert "Seq Scan on loan_rows" not in shown, shown
