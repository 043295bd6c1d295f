"""Statements past SQLAlchemy: in the story's transaction, and on a connection of one's own that outlives its losses."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.database import is_away
from chassis.direct import Direct, KeptConnection, direct_of
from chassis.runtime import Runtime
from tests.chassis.probe import left_behind
from tests.conftest import MakeSettings

_STATE_OF = text(
    "SELECT state, backend_xid, backend_xmin, (SELECT array_agg(locktype) FROM pg_locks WHERE pid = :pid)"
    " FROM pg_stat_activity WHERE pid = :pid"
)
INSERT = "INSERT INTO things (id, name, state) VALUES ($1, $2, 'done')"


async def _insert(direct: Direct, name: str) -> None:
    await direct.fetch(INSERT, uuid4(), name)


async def _things(runtime: Runtime) -> int:
    return (await left_behind(runtime))["things"]


@pytest.fixture
async def kept(runtime: Runtime) -> KeptConnection:
    return KeptConnection(runtime.settings)


async def test_a_first_statement_is_part_of_the_story(runtime: Runtime, things: None) -> None:
    """SQLAlchemy begins a transaction with its own first statement: one that it does not see must not go before."""

    async def fail() -> None:
        async with runtime.database.engine.begin() as connection:
            await _insert(await direct_of(connection), "a")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await _things(runtime) == 0
    async with runtime.database.engine.begin() as connection:
        await _insert(await direct_of(connection), "a")
    assert await _things(runtime) == 1


async def test_a_refused_statement_is_told_as_any_other(runtime: Runtime, things: None) -> None:
    async with runtime.database.engine.begin() as connection:
        direct = await direct_of(connection)
        async with connection.begin_nested():
            await _insert(direct, "kept")
        with pytest.raises(DBAPIError) as refused:
            async with connection.begin_nested():
                await direct.copy("things", ("id", "name", "state"), [(uuid4(), None, "done")])
        assert getattr(refused.value.orig, "sqlstate", None) == "23502"
        with pytest.raises(DBAPIError):
            await direct.fetch(INSERT, "no id", "a")
        await direct.copy("things", ("id", "name", "state"), [(uuid4(), "copied", "done")])
    assert await _things(runtime) == 2


async def test_a_kept_connection_commits_or_takes_back(runtime: Runtime, things: None, kept: KeptConnection) -> None:
    async def fail() -> None:
        async with kept.transaction() as direct:
            await _insert(direct, "a")
            raise LookupError

    async with kept.transaction() as direct:
        await _insert(direct, "b")
        (first,) = (await direct.fetch("SELECT pg_backend_pid()"))[0]
    with pytest.raises(LookupError):
        await fail()
    async with kept.transaction() as direct:
        (second,) = (await direct.fetch("SELECT pg_backend_pid()"))[0]
    assert first == second
    assert await _things(runtime) == 1
    await kept.close()


async def test_one_transaction_begins_with_the_commit_of_the_last(
    runtime: Runtime, things: None, kept: KeptConnection
) -> None:
    """What was committed stays, and the one that is begun ahead holds nothing that others could wait for."""
    for name in ("a", "b"):
        async with kept.transaction(lambda: True) as direct:
            await _insert(direct, name)
            (own,) = (await direct.fetch("SELECT pg_backend_pid()"))[0]
    assert await _things(runtime) == 2
    async with runtime.reading() as connection:
        state = await connection.execute(_STATE_OF, {"pid": own})
        assert tuple(state.one()) == ("idle in transaction", None, None, ["virtualxid"])
    await kept.close()


async def test_what_fails_after_a_chained_commit_takes_back_itself_alone(
    runtime: Runtime, things: None, kept: KeptConnection
) -> None:
    async def one(name: str, *, spoil: bool = False, fail: bool = False) -> None:
        async with kept.transaction(lambda: True) as direct:
            await _insert(direct, name)
            if spoil:
                with suppress(DBAPIError):
                    await direct.fetch("SELECT 1 / 0")
            if fail:
                raise LookupError

    await one("a")
    with pytest.raises(LookupError):
        await one("b", fail=True)
    await one("c")
    with pytest.raises(ConnectionError):
        await one("d", spoil=True)
    await one("e")
    assert await _things(runtime) == 3
    await kept.close()


async def test_a_connection_lost_with_a_transaction_begun_ahead_is_opened_again(
    runtime: Runtime, things: None, kept: KeptConnection
) -> None:
    async with kept.transaction(lambda: True) as direct:
        await _insert(direct, "a")
        (own,) = (await direct.fetch("SELECT pg_backend_pid()"))[0]
    async with runtime.reading() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
    await asyncio.sleep(0.1)
    async with kept.transaction() as direct:
        await _insert(direct, "b")
    assert await _things(runtime) == 2
    await kept.close()


async def test_documents_are_the_same_both_ways(runtime: Runtime, kept: KeptConnection) -> None:
    asked = "SELECT $1::jsonb, NULL::jsonb"
    async with kept.transaction() as direct, runtime.reading() as connection:
        (row,) = await direct.fetch(asked, '{"a": [1, "二"]}')
        (other,) = await (await direct_of(connection)).fetch(asked, '{"a": [1, "二"]}')
    assert tuple(row) == tuple(other) == ({"a": [1, "二"]}, None)
    await kept.close()


async def test_a_commit_that_is_refused_leaves_a_good_connection(
    runtime: Runtime, things: None, kept: KeptConnection
) -> None:
    async def twice() -> None:
        async with kept.transaction() as direct:
            await _insert(direct, "a")
            await _insert(direct, "a")

    with pytest.raises(DBAPIError) as refused:
        await twice()
    assert getattr(refused.value.orig, "sqlstate", None) == "23505"
    async with kept.transaction() as direct:
        await _insert(direct, "a")
    assert await _things(runtime) == 1
    await kept.close()


async def test_a_fault_that_was_swallowed_commits_nothing(runtime: Runtime, things: None, kept: KeptConnection) -> None:
    """PostgreSQL answers the commit of a transaction that has failed without a fault, and takes it back."""

    async def swallow() -> None:
        async with kept.transaction() as direct:
            await _insert(direct, "a")
            with suppress(DBAPIError):
                await direct.fetch("SELECT 1 / 0")

    with pytest.raises(ConnectionError):
        await swallow()
    assert await _things(runtime) == 0
    await kept.close()


async def test_a_value_that_cannot_be_sent_is_no_lost_connection(things: None, kept: KeptConnection) -> None:
    async def send() -> None:
        async with kept.transaction() as direct:
            await direct.copy("things", ("id", "name", "state"), [("no id", "a", "done")])

    with pytest.raises((DBAPIError, ValueError)) as fault:
        await send()
    assert not is_away(fault.value)
    await kept.close()


async def test_a_lost_connection_is_opened_again(runtime: Runtime, things: None, kept: KeptConnection) -> None:
    async def cut_off() -> None:
        async with kept.transaction() as direct:
            await _insert(direct, "a")
            (pid,) = (await direct.fetch("SELECT pg_backend_pid()"))[0]
            async with runtime.reading() as connection:
                await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await _insert(direct, "b")

    for _ in range(2):
        with pytest.raises((DBAPIError, ConnectionError)) as lost:
            await cut_off()
        assert is_away(lost.value)
    async with kept.transaction() as direct:
        await _insert(direct, "c")
    assert await _things(runtime) == 1
    await kept.close()


async def test_who_is_cancelled_leaves_nothing_open(runtime: Runtime, things: None, kept: KeptConnection) -> None:
    begun = asyncio.Event()

    async def slow() -> None:
        async with kept.transaction() as direct:
            await _insert(direct, "a")
            begun.set()
            await direct.fetch("SELECT pg_sleep(30)")

    task = asyncio.create_task(slow())
    await begun.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), kept.transaction() as direct:
        await _insert(direct, "a")
    assert await _things(runtime) == 1
    await kept.close()


async def test_a_server_that_is_not_there(make_settings: MakeSettings) -> None:
    settings = replace(await make_settings("p2p"), database_url="postgresql://nobody@127.0.0.1:9/none")
    kept = KeptConnection(settings)
    with pytest.raises(ConnectionError):
        async with kept.transaction():
            pass
    await kept.close()
