"""What goes wrong around the ledger and passes: a clock that runs backwards, no free connection. Refused clearly, then all goes on."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from chassis.clock import set_business_time
from tests.conftest import Serve
from tests.payments.ledger.book import Book, transfer_id, wire

_CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = $1 AND application_name = 'sifang-payments' AND state = 'idle'"""
NOON = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


async def _set_clock(book: Book, instant: datetime) -> None:
    """As a machine's clock is put back: nobody asks whether it may run backwards."""
    async with book.served.runtime.transaction() as tx:
        await set_business_time(tx.connection, instant, frozen=True)


def _away(answer: httpx.Response) -> None:
    document = answer.json()
    assert (answer.status_code, document["code"]) == (503, "database_unavailable"), document
    assert answer.headers["retry-after"] == "1"


async def test_a_clock_that_runs_backwards_changes_no_order(book: Book) -> None:
    await _set_clock(book, NOON)
    anna, boris, carla = await book.funded(1000), await book.funded(0), await book.funded(0)
    order: list[str] = []
    for hours in (0, -1, -48, 3, -7):
        await _set_clock(book, NOON + timedelta(hours=hours))
        order.append((await book.moved(anna, boris, 10))["id"])
        bulk = await book.bulk("independent", [wire(anna, carla, 5), wire(anna, boris, 5)])
        order += [outcome["id"] for outcome in bulk.json()["results"]]
    told = [datetime.fromisoformat((await book.get(f"/v1/transfers/{one}"))["posted_at"]) for one in order]
    assert told == sorted(set(told))
    assert told[8] - told[0] < timedelta(milliseconds=1), "while the clock is behind, a tick after the transfer before"
    statement = await book.get(f"/v1/accounts/{anna}/statement", limit=200)
    entries = [one for one in statement["items"] if one["side"] == "debit"]
    assert [one["id"] for one in entries] == order
    assert entries[-1]["balance"] == 1000 - 5 * 20


async def test_a_value_date_is_of_the_day_the_clock_tells(book: Book) -> None:
    await _set_clock(book, NOON)
    anna, boris = await book.funded(100), await book.funded(0)
    await _set_clock(book, NOON - timedelta(days=2))
    moved = await book.moved(anna, boris, 10)
    assert moved["value_on"] == "2027-02-27"
    assert datetime.fromisoformat(moved["posted_at"]) > NOON


async def test_a_hold_outlives_a_clock_that_runs_backwards(book: Book) -> None:
    await _set_clock(book, NOON)
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 40, timeout_seconds=60)
    await _set_clock(book, NOON - timedelta(days=1))
    assert (await book.settle("post", hold_id)).status_code == 201
    assert await book.sums(anna) == (40, 0, 100, 0)


async def test_without_a_free_connection_reads_are_refused_and_transfers_go_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database.POOL_SECONDS", 0.2)
    book = await Book.open(await serve("payments"))
    anna, boris = await book.funded(100), await book.funded(0)
    runtime = book.served.runtime
    async with AsyncExitStack() as taken:
        for _ in range(runtime.settings.pool_size):
            await taken.enter_async_context(runtime.reading())
        _away(await book.http.get(f"/v1/accounts/{anna}"))
        _away(await book.http.get(f"/v1/accounts/{anna}/balance"))
        assert (await book.move(anna, boris, 10)).status_code == 201
    assert await book.sums(anna) == (10, 0, 100, 0)
    await book.audit()


async def test_when_the_server_takes_no_more_connections(book: Book, admin_url: str) -> None:
    """The lane's connection is lost, and there is none for a new one: refused, and the same id is made once there is."""
    anna, boris = await book.funded(100), await book.funded(0)
    database = urlsplit(book.served.runtime.settings.database_url).path.lstrip("/")
    name = transfer_id()
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"ALTER DATABASE {database} CONNECTION LIMIT 0")
        await admin.execute(_CUT, database)
        for _ in range(3):
            _away(await book.move(anna, boris, 10, id=name))
        bulk = await book.bulk("atomic", [wire(anna, boris, 1) for _ in range(3)])
        _away(bulk)
    finally:
        await admin.execute(f"ALTER DATABASE {database} CONNECTION LIMIT -1")
        await admin.close()
    assert (await book.move(anna, boris, 10, id=name)).status_code == 201
    assert (await book.move(anna, boris, 10, id=name)).json()["result"] == "exists"
    assert await book.sums(anna) == (10, 0, 100, 0)
