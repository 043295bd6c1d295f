"""The log by month: which months are made, by whom, what happens to what no month holds, and who may touch a partition."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import decode
from chassis.provision import in_database
from chassis.settings import Settings
from services.payments.ledger import jobs as ledger_jobs
from services.payments.ledger.months import Span, months_to_make
from tests import serving
from tests.databases import Databases
from tests.payments.ledger.book import Book, transfer_id

Database = asyncpg.Connection
EARLIER = Span(None, datetime(2026, 12, 1, tzinfo=UTC))
SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("now", "spans", "months"),
    [
        (datetime(2026, 11, 26, tzinfo=UTC), [], [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]),
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), [EARLIER], [date(2026, 12, 1), date(2027, 1, 1)]),
        (datetime(2026, 12, 1, 7, 59, 59, tzinfo=SHANGHAI), [EARLIER], [date(2026, 12, 1), date(2027, 1, 1)]),
        (datetime(2026, 12, 1, 8, tzinfo=SHANGHAI), [EARLIER], [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]),
        (datetime(2020, 5, 1, tzinfo=UTC), [EARLIER], []),
        (datetime(2026, 10, 1, tzinfo=UTC), [EARLIER, Span(EARLIER.until, None)], []),
        (datetime(2199, 11, 3, tzinfo=UTC), [], [date(2199, 11, 1), date(2199, 12, 1)]),
        (datetime(1999, 11, 3, tzinfo=UTC), [], [date(2000, 1, 1)]),
    ],
)
def test_this_month_and_the_next_two(now: datetime, spans: list[Span], months: list[date]) -> None:
    assert months_to_make(now, spans) == months


@given(st.datetimes(datetime(2000, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_once_made_nothing_is_missing(now: datetime) -> None:
    made = months_to_make(now, [])
    begins = [datetime(one.year, one.month, 1, tzinfo=UTC) for one in made]
    spans = [Span(begin, begin + timedelta(days=28)) for begin in begins]
    assert len(made) == 3
    assert begins[0] <= now < begins[1] < begins[2]
    assert months_to_make(now, spans) == []


@pytest.fixture
async def urls(databases: Databases) -> dict[str, str]:
    """Of a database that nobody else has: what is made in it goes with it."""
    own, owner = await databases.fresh("payments")
    return {"own": own, "owner": owner, "admin": in_database(databases.admin_url, own.rpartition("/")[2])}


@pytest.fixture
async def own(urls: dict[str, str]) -> AsyncIterator["Database[Any]"]:
    """The service's role."""
    connection = await asyncpg.connect(urls["own"])
    yield connection
    await connection.close()


@pytest.fixture
async def book(urls: dict[str, str], keys: Path) -> AsyncIterator[Book]:
    settings = Settings("payments", "test", urls["own"], urls["own"], keys, {}, environment={})
    served = await serving.start(settings, _without_the_job)
    book = await Book.open(served)
    yield book
    await book.audit()
    await served.stop()


def _without_the_job(settings: Settings) -> FastAPI:
    """Months are made when a test says so, and not just when it has set the clock."""
    app = serving.factory_of("payments")(settings)
    del app.state.runtime.jobs.periodic["payments.keep_months"]
    return app


async def partitions(connection: "Database[Any]") -> set[str]:
    rows = await connection.fetch("SELECT relid::text FROM pg_partition_tree('ledger_transfers') WHERE isleaf")
    return {row["relid"].removeprefix("ledger_transfers_") for row in rows}


async def place_of(connection: "Database[Any]", transfer: str) -> str:
    """The partition in which a transfer is."""
    found = await connection.fetchval(
        "SELECT tableoid::regclass::text FROM ledger_transfers WHERE id = $1", decode("trf", transfer)
    )
    return str(found).removeprefix("ledger_transfers_")


async def at(book: Book, instant: datetime) -> None:
    answer = await book.http.put("/v1/clock", json={"business_at": instant.isoformat()})
    assert answer.status_code == 200, answer.text


async def keep_months(book: Book) -> None:
    await ledger_jobs.keep_months(book.served.runtime)


def months(*begins: date) -> set[str]:
    return {begin.strftime("%Y_%m") for begin in begins}


async def test_the_service_makes_months_and_may_not_touch_them(own: "Database[Any]", urls: dict[str, str]) -> None:
    at_first = months(*months_to_make(datetime.now(UTC), []))
    assert await partitions(own) == at_first | {"earlier", "default"}
    assert await own.fetchval("SELECT make_ledger_month('2031-05-01')") == "made"
    assert await own.fetchval("SELECT make_ledger_month('2031-05-01')") == "there"
    for name in await partitions(own):
        for statement in (
            "UPDATE {} SET amount = amount + 1", "DELETE FROM {}", "TRUNCATE {}", "SELECT FROM {}", "DROP TABLE {}",
            "INSERT INTO {} SELECT * FROM ledger_transfers", "ALTER TABLE ledger_transfers DETACH PARTITION {}",
        ):  # fmt: skip
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(statement.format(f"ledger_transfers_{name}"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await own.execute(
            "CREATE TABLE more PARTITION OF ledger_transfers FOR VALUES FROM ('2040-01-01') TO ('2041-01-01')"
        )
    owner = await asyncpg.connect(urls["owner"])
    granted = "SELECT grantee FROM information_schema.routine_privileges WHERE routine_name = 'make_ledger_month'"
    assert {row["grantee"] for row in await owner.fetch(granted)} == {"payments", "payments_owner"}
    await owner.close()


async def test_every_partition_has_the_same_indexes_and_none_on_ids(own: "Database[Any]") -> None:
    found: dict[str, set[str]] = {}
    for row in await own.fetch(
        "SELECT tablename, indexdef FROM pg_indexes WHERE tablename LIKE 'ledger\\_transfers\\__%' AND tablename <> 'ledger_transfer_keys'"
    ):
        unique = "UNIQUE" if "UNIQUE" in row["indexdef"] else ""
        found.setdefault(row["tablename"], set()).add(unique + row["indexdef"].partition(" USING ")[2])
    assert len(found) == len(await partitions(own))
    first = next(iter(found.values()))
    assert all(one == first for one in found.values())
    assert "UNIQUEbtree (batch_id, number)" in first
    assert len(first) == 8
    assert not any("(id" in one or "book_id, id" in one for one in first)


@pytest.mark.parametrize("month", ["2031-05-02", "1999-12-01", "2200-01-01", "infinity", None])
async def test_only_first_days_of_months_of_two_centuries(own: "Database[Any]", month: str | None) -> None:
    before = await partitions(own)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await own.execute(f"SELECT make_ledger_month({'NULL' if month is None else repr(month)})")
    with pytest.raises(asyncpg.InvalidObjectDefinitionError, match="overlap"):
        await own.execute("SELECT make_ledger_month('2001-01-01')")
    assert await partitions(own) == before


async def test_a_transfer_is_in_the_month_of_its_instant(book: Book, own: "Database[Any]") -> None:
    anna = await book.funded(0)
    await at(book, datetime(2031, 5, 7, tzinfo=UTC))
    await keep_months(book)
    assert months(date(2031, 5, 1), date(2031, 6, 1), date(2031, 7, 1)) <= await partitions(own)
    places = {}
    for instant in (
        datetime(2031, 5, 31, 23, 59, 59, 999_000, UTC),
        datetime(2031, 6, 1, tzinfo=UTC),
        datetime(2031, 7, 31, 23, 59, 59, 999_000, UTC),
        datetime(2031, 8, 1, tzinfo=UTC),
    ):
        await at(book, instant)
        made = await book.moved(book.source, anna, 1)
        places[instant] = await place_of(own, made["id"])
        assert (await book.get(f"/v1/transfers/{made['id']}"))["posted_at"] == made["posted_at"]
    assert list(places.values()) == ["2031_05", "2031_06", "2031_07", "default"]


async def test_an_id_is_used_once_whatever_the_month(book: Book, own: "Database[Any]") -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    facts = {"id": transfer_id()}
    first = await book.moved(anna, boris, 1, **facts)
    for instant in (datetime(2031, 5, 7, tzinfo=UTC), datetime(2032, 5, 7, tzinfo=UTC)):
        await at(book, instant)
        again = await book.move(anna, boris, 1, **facts)
        assert (again.status_code, again.json()["posted_at"]) == (200, first["posted_at"])
        other = await book.move(anna, boris, 2, **facts)
        assert await book.refused(other) == (409, "exists_with_different_amount", "amount")
        await keep_months(book)
    assert await own.fetchval("SELECT count(*) FROM ledger_transfers WHERE id = $1", decode("trf", facts["id"])) == 1
    key = "INSERT INTO ledger_transfer_keys SELECT posted_at + interval '1 year', id, batch_id, number, book_id FROM ledger_transfer_keys"
    with pytest.raises(asyncpg.UniqueViolationError):
        await own.execute(key)


async def test_a_month_that_has_begun_in_the_default_partition_is_left_there(book: Book, own: "Database[Any]") -> None:
    anna = await book.funded(0)
    await at(book, datetime(2033, 5, 7, tzinfo=UTC))
    early = await book.moved(book.source, anna, 1)
    await keep_months(book)
    assert await own.fetchval("SELECT make_ledger_month('2033-05-01')") == "left"
    assert months(date(2033, 6, 1), date(2033, 7, 1)) <= await partitions(own)
    assert "2033_05" not in await partitions(own)
    late = await book.moved(book.source, anna, 1)
    assert {await place_of(own, one["id"]) for one in (early, late)} == {"default"}
    await at(book, datetime(2033, 6, 7, tzinfo=UTC))
    assert await place_of(own, (await book.moved(book.source, anna, 1))["id"]) == "2033_06"
    items = (await book.get(f"/v1/accounts/{anna}/statement"))["items"]
    assert [item["balance"] for item in items] == [1, 2, 3]
    answer = await book.get(f"/v1/accounts/{anna}/balance", at="2033-05-31T00:00:00Z")
    assert answer["balance"] == 2


async def test_a_balance_at_any_instant_over_years(book: Book, own: "Database[Any]") -> None:
    """Beside a naive sum: an account that rested for months, whose last debit and last credit are far apart."""
    anna, boris = await book.funded(0), await book.funded(0)
    start = datetime(2031, 1, 15, tzinfo=UTC)
    moved = []
    steps = [
        (0, 90, book.source, anna),
        (3, 20, anna, boris),
        (190, 5, book.source, anna),
        (420, 7, anna, boris),
        (425, 9, boris, anna),
    ]
    for days, amount, debit, credit in steps:
        await at(book, start + timedelta(days=days))
        await keep_months(book)
        made = await book.moved(debit, credit, amount)
        moved.append((datetime.fromisoformat(made["posted_at"]), debit, credit, amount))
    await at(book, start + timedelta(days=1000))
    instants = [
        start + timedelta(days=days) for days in (1, 99, 101, 104, 189, 291, 419, 421, 520, 524, 526, 530, 1000)
    ]
    for account in (anna, boris):
        for instant in [*instants, *(one[0] for one in moved)]:
            sums = [sum(one[3] for one in moved if one[side] == account and one[0] <= instant) for side in (1, 2)]
            told = await book.get(f"/v1/accounts/{account}/balance", at=instant.isoformat())
            assert [told["debits_posted"], told["credits_posted"]] == sums, instant


async def test_an_import_of_long_ago_is_among_what_is_earlier(book: Book, own: "Database[Any]") -> None:
    anna = (await book.account(opened_at="1990-01-01T00:00:00Z"))["id"]
    source = (await book.account("suspense", rule="none", opened_at="1990-01-01T00:00:00Z"))["id"]
    facts = {"flags": ["imported"], "posted_at": "1993-03-03T00:00:00Z", "value_on": "1993-03-03"}
    made = await book.moved(source, anna, 5, **facts)
    assert await place_of(own, made["id"]) == "earlier"
    assert (await book.get(f"/v1/accounts/{anna}/balance", at="1993-03-03T00:00:00Z"))["balance"] == 5


async def test_new_transfers_do_not_wait_while_a_month_is_made(book: Book, own: "Database[Any]") -> None:
    """All is locked that making a month locks, and stays so."""
    anna, boris = await book.funded(100), await book.funded(0)
    making = own.transaction()
    await making.start()
    assert await own.fetchval("SELECT make_ledger_month('2031-05-01')") == "made"
    for _ in range(3):
        assert (await asyncio.wait_for(book.moved(anna, boris, 1), 1))["result"] == "created"
    await making.commit()
    assert "2031_05" in await partitions(own)


async def test_nobody_is_turned_away_while_months_are_made(book: Book, own: "Database[Any]") -> None:
    """New transfers, retries, and reads of everything, until thirty months have been made."""
    anna, boris = await book.funded(10_000), await book.funded(0)
    known = await book.moved(anna, boris, 1)
    done = asyncio.Event()

    async def make() -> None:
        left = {date(year, month, 1) for year in (2040, 2041, 2042) for month in range(1, 11)}
        while left:
            left -= {one for one in left if await own.fetchval("SELECT make_ledger_month($1)", one) == "made"}
        done.set()

    async def use() -> int:
        times = 0
        while not done.is_set():
            await book.moved(anna, boris, 1)
            again = await book.move(anna, boris, 1, id=known["id"])
            assert again.status_code == 200, again.text
            await book.get(f"/v1/accounts/{anna}/statement", limit=1)
            times += 1
        return times

    _, *times = await asyncio.gather(make(), *(use() for _ in range(4)))
    assert sum(times) > 4
    assert await book.sums(boris) == (0, 0, 1 + sum(times), 0)


async def test_who_stands_in_the_way_is_not_waited_for(book: Book, own: "Database[Any]", urls: dict[str, str]) -> None:
    other = await asyncpg.connect(urls["admin"])
    reading = other.transaction()
    await reading.start()
    await other.execute("SELECT count(*) FROM ledger_transfers")
    before = await partitions(own)
    assert await asyncio.wait_for(own.fetchval("SELECT make_ledger_month('2031-05-01')"), 2) == "busy"
    await own.execute("SET statement_timeout = '50ms'")
    assert await own.fetchval("SELECT make_ledger_month('2031-05-01')") == "busy"
    await own.execute("RESET statement_timeout")
    assert await partitions(own) == before
    await reading.rollback()
    await at(book, datetime(2031, 5, 7, tzinfo=UTC))
    await asyncio.gather(*(keep_months(book) for _ in range(3)))
    assert await partitions(own) == before | months(date(2031, 5, 1), date(2031, 6, 1), date(2031, 7, 1))
    await other.close()
