"""Background work goes on by itself after PostgreSQL was stopped or killed, and started again."""

import asyncio
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.jobs import JobQueue
from chassis.migrate import migrate
from chassis.provision import database_of, owner_of, provision
from chassis.runtime import Runtime
from chassis.sequencer import Sequencer, read_events
from chassis.settings import Settings
from suite import postgres

SERVICE = "p2p"


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a server that only this test stops; its user, where it is another one, can walk to it."""
    folder = Path(tempfile.mkdtemp(prefix="sifang-restart-"))
    folder.chmod(0o711)
    yield folder / "postgres"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[list[postgres.Server]]:
    """The server now running, as the only entry."""
    running = [postgres.start(home)]
    yield running
    running[0].stop()
    shutil.rmtree(running[0].place.data.parent, ignore_errors=True)


@pytest.fixture
async def restartable(server: list[postgres.Server], keys: Path) -> AsyncIterator[Runtime]:
    own, owner = secrets.token_hex(8), secrets.token_hex(8)
    await provision(server[0].url(), SERVICE, password=own, owner_password=owner)
    await migrate("services.p2p", server[0].url(database_of(SERVICE), owner_of(SERVICE), owner))
    url = server[0].url(database_of(SERVICE), SERVICE, own)
    runtime = Runtime(Settings(SERVICE, "test", url, url, keys, {}))
    yield runtime
    await runtime.database.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "killed"])
async def test_jobs_periodic_work_and_positions_go_on(
    server: list[postgres.Server],
    restartable: Runtime,
    home: Path,
    how: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.jobs.POLL_SECONDS", 0.05)
    runtime, done, ticks = restartable, set[int](), list[float]()

    async def work(_: Runtime, payload: dict[str, Any]) -> None:
        await asyncio.sleep(payload["seconds"])
        done.add(payload["id"])

    async def tick(_: Runtime) -> None:
        ticks.append(asyncio.get_running_loop().time())

    runtime.jobs = JobQueue(runtime, {"test.work": work}, {"test.tick": (0.1, tick)}, heartbeat_seconds=2)
    sequencer = Sequencer(runtime)
    await sequencer.start()
    await runtime.jobs.start()
    await _tell_and_enqueue(runtime, 1, seconds=0)
    await _tell_and_enqueue(runtime, 2, seconds=1)
    await _until(lambda: 1 in done and ticks)

    server[0].process.send_signal(how)
    await asyncio.to_thread(server[0].process.wait, 30)
    await asyncio.sleep(0.5)
    server[0] = await asyncio.to_thread(postgres.start, home)
    assert str(server[0].port) in runtime.settings.direct_url, "the same address as before"

    ticks.clear()
    await _until(lambda: bool(ticks))
    await _tell_and_enqueue(runtime, 3, seconds=0)
    await _until(lambda: done == {1, 2, 3})
    items, _ = await read_events(runtime, 0, wait_seconds=2)
    assert [(item["position"], item["subject"]) for item in items] == [(1, "1"), (2, "2"), (3, "3")]
    await runtime.jobs.stop()
    await sequencer.stop()


async def _tell_and_enqueue(runtime: Runtime, number: int, seconds: float) -> None:
    async with runtime.transaction() as tx:
        tx.events.add("test.told.v1", str(number), {})
        tx.jobs.add("test.work", {"id": number, "seconds": seconds})


async def _until(condition: Any, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
