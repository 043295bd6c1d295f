"""A neighbour's events arrive once and in order, over real HTTP, whatever breaks on the way."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis import feed_store, problems, sequencer
from chassis.clock import real_now
from chassis.database import Tx
from chassis.feeds import Event, Feed, FeedReader, FeedState, feed_states, skip_event
from chassis.runtime import Runtime
from chassis.telemetry import telemetry_of
from tests.conftest import MakeRuntime
from tests.serving import running

ROOT = Path(__file__).resolve().parents[2]
Handler = Callable[[Tx, Event], Awaitable[None]]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def _serving(source: Runtime, port: int) -> AsyncIterator[None]:
    """The source's event feed on a real port, with its background sequencer."""
    app = FastAPI()
    app.state.runtime = source
    app.include_router(sequencer.router)
    problems.install(app)
    numbering = sequencer.Sequencer(source)
    async with running(app, port=port):
        await numbering.start()
        try:
            yield
        finally:
            await numbering.stop()


@asynccontextmanager
async def _following(reader: Runtime, *readers: FeedReader) -> AsyncIterator[None]:
    for one in readers:
        await one.start()
    try:
        yield
    finally:
        for one in readers:
            await one.stop()


@pytest.fixture
async def source(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("payments")


@pytest.fixture
def port() -> int:
    return _free_port()


@pytest.fixture
async def reader(make_runtime: MakeRuntime, port: int) -> Runtime:
    runtime = await make_runtime("p2p")
    runtime.settings = replace(runtime.settings, neighbours={"payments": f"http://127.0.0.1:{port}"})
    return runtime


async def _tell(source: Runtime, *subjects: str, type: str = "payments.trade.released.v1") -> None:
    async with source.transaction() as tx:
        for subject in subjects:
            tx.events.add(type, subject, {"amount_minor": 5})


async def _until(condition: Callable[[], Awaitable[Any]], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _applied(reader: Runtime) -> list[str]:
    """The effects: a told event again, here, as the handler below writes them."""
    async with reader.reading() as connection:
        rows = await connection.execute(text("SELECT subject FROM chassis.events ORDER BY (data->>'position')::bigint"))
        return list(rows.scalars())


async def _state(reader: Runtime) -> FeedState:
    async with reader.reading() as connection:
        (state,) = await feed_states(connection, real_now())
        return state


async def copy(tx: Tx, event: Event) -> None:
    tx.events.add("p2p.copied.v1", event.subject, {"position": event.position})


def _feed(handler: Handler = copy, types: list[str] | None = None) -> Feed:
    return Feed("payments", "payments", types, handler)


async def test_events_are_applied_once_and_in_order_by_one_of_several_processes(
    source: Runtime, reader: Runtime, port: int
) -> None:
    await _tell(source, *(f"early {number}" for number in range(30)))
    readers = [FeedReader(reader, _feed(), wait_seconds=1, batch=7) for _ in range(2)]
    async with _serving(source, port), _following(reader, *readers):
        await _until(lambda: _has(reader, 30))
        for number in range(5):
            await _tell(source, f"late {number}")
        await _until(lambda: _has(reader, 35))
        state = await _state(reader)
    assert await _applied(reader) == [f"early {n}" for n in range(30)] + [f"late {n}" for n in range(5)]
    assert (state.position, state.degraded, state.failure) == (35, False, None)
    assert state.event_at is not None
    assert b'sifang_feed_events_total{feed="payments"} 35.0' in telemetry_of(reader).metrics.exposition()


async def _has(reader: Runtime, count: int) -> bool:
    return len(await _applied(reader)) >= count


async def test_only_the_types_asked_for_arrive_and_the_cursor_passes_the_others(
    source: Runtime, reader: Runtime, port: int
) -> None:
    await _tell(source, "no", type="payments.wallet.opened.v1")
    await _tell(source, "yes")
    await _tell(source, "no", type="payments.wallet.opened.v1")
    async with _serving(source, port), _following(reader, FeedReader(reader, _feed(types=["payments.trade.*"]))):
        await _until(lambda: _at(reader, 3))
    assert await _applied(reader) == ["yes"]


async def _at(reader: Runtime, position: int) -> bool:
    async with reader.database.engine.begin() as connection:
        return await feed_store.cursor(connection, "payments") == position


async def test_a_source_that_is_down_is_shown_and_caught_up_with(source: Runtime, reader: Runtime, port: int) -> None:
    await _tell(source, "one")
    async with _following(reader, FeedReader(reader, _feed(), wait_seconds=1)):
        await _until(lambda: _failed(reader))
        state = await _state(reader)
        assert state.degraded
        assert state.failure == "SourceAway: payments does not answer: ConnectError"
        async with _serving(source, port):
            await _until(lambda: _has(reader, 1))
            assert not (await _state(reader)).degraded
        await _until(lambda: _degraded(reader))


async def _failed(reader: Runtime) -> bool:
    async with reader.reading() as connection:
        return any(state.failed_at for state in await feed_states(connection, real_now()))


async def _degraded(reader: Runtime) -> bool:
    return (await _state(reader)).degraded


async def test_an_address_that_is_not_set_is_a_degraded_feed_not_a_crash(reader: Runtime) -> None:
    reader.settings = replace(reader.settings, neighbours={})
    async with _following(reader, FeedReader(reader, _feed())):
        await _until(lambda: _failed(reader))
    assert (await _state(reader)).failure == "SourceAway: no address of payments is set"


async def test_a_poison_event_stops_the_feed_in_sight_until_it_can_be_applied(
    source: Runtime, reader: Runtime, port: int
) -> None:
    healed = False

    async def choosy(tx: Tx, event: Event) -> None:
        await copy(tx, event)
        if event.subject == "poison" and not healed:
            raise ValueError("cannot be applied")

    await _tell(source, "one", "two", "poison", "four")
    async with _serving(source, port), _following(reader, FeedReader(reader, _feed(choosy), wait_seconds=1)):
        await _until(lambda: _failed(reader))
        state = await _state(reader)
        assert state.degraded
        assert state.position == 2
        assert state.failure is not None
        assert "position 3): ValueError: cannot be applied" in state.failure
        assert await _applied(reader) == ["one", "two"], "those before it stand, what it wrote itself does not"
        healed = True
        await _until(lambda: _has(reader, 4))
        assert not (await _state(reader)).degraded
    assert await _applied(reader) == ["one", "two", "poison", "four"]


async def test_an_operator_can_pass_over_an_event_on_record(source: Runtime, reader: Runtime, port: int) -> None:
    async def choosy(tx: Tx, event: Event) -> None:
        await copy(tx, event)
        if event.subject == "poison":
            raise ValueError("never")

    await _tell(source, "left out", type="payments.wallet.opened.v1")
    await _tell(source, "poison", "next")
    feed = FeedReader(reader, _feed(choosy, ["payments.trade.*"]), wait_seconds=1)
    async with _serving(source, port), _following(reader, feed):
        await _until(lambda: _failed(reader))
        async with reader.transaction() as tx:
            assert await skip_event(tx.connection, "payments", "stf_1", real_now()) == 2
        await _until(lambda: _has(reader, 1))
    assert await _applied(reader) == ["next"]
    async with reader.database.engine.connect() as connection:
        (row,) = (await connection.execute(text("SELECT * FROM chassis.feed_events_skipped"))).all()
        assert (row.feed, row.position, row.skipped_by) == ("payments", 2, "stf_1")
        assert "ValueError: never" in row.failure
        with pytest.raises(feed_store.UnknownFeed):
            await skip_event(connection, "unknown", "stf_1", real_now())


async def test_a_batch_that_another_reader_has_applied_is_left_alone(reader: Runtime) -> None:
    async with reader.transaction() as tx:
        await feed_store.cursor(tx.connection, "payments")
        await feed_store.move(tx.connection, "payments", 5, None, real_now())
    event = Event(1, "evt_1", "payments", "payments.trade.released.v1", "one", real_now(), {})
    await FeedReader(reader, _feed())._apply(0, [event], 1)
    assert await _applied(reader) == []
    assert (await _state(reader)).position == 5


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("after=-1", 422, None),
        ("limit=1001", 422, None),
        ("wait=31", 422, None),
        ("types=*", 422, "malformed_types"),
    ],
)
async def test_what_the_feed_refuses(source: Runtime, port: int, query: str, status: int, code: str | None) -> None:
    async with _serving(source, port), httpx.AsyncClient(trust_env=False) as client:
        address = f"http://127.0.0.1:{port}/v1/events?{query}"
        token = source.signer.token("payments", ["events:read"])
        answer = await client.get(address, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status
        if code is not None:
            assert (answer.json()["code"], answer.json()["field"]) == (code, "types")
        assert (await client.get(address)).status_code == 401
        weak = source.signer.token("payments", ["payments:read"])
        refused = await client.get(address, headers={"authorization": f"Bearer {weak}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")


async def test_a_server_that_is_told_to_stop_lets_waiting_readers_go(source: Runtime, port: int) -> None:
    settings = source.settings
    command = [sys.executable, "-m", "tests.chassis.stoppable", settings.direct_url, str(settings.keys), str(port)]
    server = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            token = source.signer.token("payments", ["events:read"])
            asked: dict[str, Any] = {"params": {"wait": 25}, "headers": {"authorization": f"Bearer {token}"}}
            await _until(lambda: _answers(client, port))
            waiting = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/v1/events", **asked))
            await asyncio.sleep(0.3)
            server.terminate()
            answer = await asyncio.wait_for(waiting, 3)
            assert answer.json() == {"items": [], "next": 0}
        await asyncio.wait_for(server.wait(), 3)
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/v1/events")).status_code == 401
    except httpx.HTTPError:
        return False
