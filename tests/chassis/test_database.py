"""The service's role, the one transaction, and the limits that stand on every statement and every connection."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.database import is_away
from chassis.runtime import Runtime
from tests.chassis.probe import insert, left_behind
from tests.conftest import ORDINARY, MakeRuntime

NOTHING = {"things": 0, "events": 0, "jobs": 0, "keys": 0}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE chassis.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE chassis.events ADD COLUMN mine int",
        "DROP TABLE chassis.events",
        "TRUNCATE chassis.idempotency_keys",
        "CREATE INDEX ON chassis.events (type)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "UPDATE chassis.events SET type = 'x'",
        "DELETE FROM chassis.events",
        "UPDATE chassis.event_positions SET position = 1",
        "DELETE FROM chassis.event_positions",
        "COPY chassis.events TO PROGRAM 'true'",
    ],
)
async def test_the_service_s_role_may_not(runtime: Runtime, statement: str) -> None:
    async with runtime.database.engine.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            await connection.exec_driver_sql(statement)
    assert getattr(refused.value.orig, "sqlstate", None) == "42501", "insufficient_privilege"


async def test_neither_role_is_more_than_it_needs(runtime: Runtime) -> None:
    async with runtime.reading() as connection:
        roles = await connection.execute(
            text(
                "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
                " WHERE rolname IN ('p2p', 'p2p_owner')"
            )
        )
        assert roles.scalars().all() == [False, False]


async def test_a_transaction_rolls_back_whole(runtime: Runtime, things: None) -> None:
    async def fail() -> None:
        async with runtime.transaction() as tx:
            await insert(tx, "a")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await left_behind(runtime) == NOTHING
    async with runtime.transaction() as tx:
        await insert(tx, "a")
    assert await left_behind(runtime) == NOTHING | {"things": 1, "events": 1, "jobs": 1}


@pytest.mark.parametrize(
    "statement", ["INSERT INTO things VALUES (gen_random_uuid(), 'a', 'done')", "SELECT * FROM things FOR UPDATE"]
)
async def test_nothing_is_written_or_locked_while_reading(runtime: Runtime, things: None, statement: str) -> None:
    async with runtime.reading() as connection:
        with pytest.raises(DBAPIError) as refused:
            await connection.execute(text(statement))
    assert getattr(refused.value.orig, "sqlstate", None) == "25006"
    assert await left_behind(runtime) == NOTHING


async def test_a_reading_sees_one_state_throughout(runtime: Runtime, things: None) -> None:
    """What commits between two of its queries is in neither: an answer does not contradict itself."""
    async with runtime.reading() as connection:
        before = await connection.scalar(text("SELECT count(*) FROM things"))
        async with runtime.transaction() as tx:
            await insert(tx, "thing_1")
        assert await connection.scalar(text("SELECT count(*) FROM things")) == before
    async with runtime.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM things")) == before + 1


async def test_every_wait_has_an_end(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    for wait, milliseconds in ORDINARY.items():
        monkeypatch.setattr(f"chassis.database.{wait}", milliseconds)
    runtime = await make_runtime("p2p")
    async with runtime.reading() as connection:
        names = (
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "TimeZone",
            "application_name",
        )
        shown = [(await connection.execute(text(f"SHOW {name}"))).scalar_one() for name in names]
    assert shown == ["30s", "2s", "30s", "UTC", "sifang-p2p"]


@pytest.mark.parametrize(
    ("limit", "statement", "sqlstate"),
    [
        ("STATEMENT_TIMEOUT_MS", "SELECT pg_sleep(5)", "57014"),
        ("LOCK_TIMEOUT_MS", "LOCK TABLE chassis.clock IN ACCESS EXCLUSIVE MODE", "55P03"),
        ("LOCK_TIMEOUT_MS", "SELECT pg_advisory_xact_lock(1)", "55P03"),
    ],
)
async def test_limits_stand(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, limit: str, statement: str, sqlstate: str
) -> None:
    monkeypatch.setattr(f"chassis.database.{limit}", 50)
    runtime = await make_runtime("p2p")
    async with runtime.reading() as holder, runtime.reading() as connection:
        await holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        await holder.execute(text("SELECT * FROM chassis.clock"))
        with pytest.raises(DBAPIError) as stopped:
            await connection.execute(text(statement))
    assert getattr(stopped.value.orig, "sqlstate", None) == sqlstate
    assert is_away(stopped.value) == (sqlstate == "57014")


async def test_who_finds_no_free_connection_is_told_in_time(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database.POOL_SECONDS", 0.1)
    runtime = await make_runtime("p2p", pool_size=1)
    async with runtime.transaction():
        with pytest.raises(PoolTimeout) as stopped:
            async with runtime.transaction():
                raise AssertionError
    assert is_away(stopped.value)


async def test_a_connection_that_the_server_closed_is_replaced(runtime: Runtime, admin_url: str) -> None:
    pids = set()
    for _ in range(2):
        async with runtime.reading() as connection:
            (pid,) = (await connection.execute(text("SELECT pg_backend_pid()"))).one()
            pids.add(pid)
        admin = await asyncpg.connect(admin_url)
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
        await admin.close()
        await asyncio.sleep(0.05)
    assert len(pids) == 2


@pytest.mark.parametrize("place", ["127.0.0.1:9", "%2Fnowhere"], ids=["port", "socket"])
async def test_no_connection_is_one_kind_of_fault(make_runtime: MakeRuntime, place: str) -> None:
    settings = (await make_runtime("p2p")).settings
    runtime = Runtime(replace(settings, database_url=f"postgresql://p2p@{place}/p2p"))
    with pytest.raises(ConnectionError) as stopped:
        async with runtime.reading() as connection:
            await connection.execute(text("SELECT 1"))
    assert is_away(stopped.value)


def test_a_rule_of_the_tables_is_not_away() -> None:
    assert not is_away(IntegrityError("INSERT", {}, Exception()))
    assert not is_away(ValueError())
