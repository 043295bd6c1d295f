"""Work survives: rollbacks, faults, kills, restarts of the database; and what never succeeds is put aside in sight."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chassis import job_store
from chassis.clock import real_now
from chassis.jobs import JobQueue, UnknownJob
from chassis.runtime import Runtime
from chassis.sequencer import read_events
from chassis.telemetry import telemetry_of
from chassis.trace import current_trace, in_trace

ROOT = Path(__file__).resolve().parents[2]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
Handler = Callable[[Runtime, dict[str, Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _polled_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.jobs.POLL_SECONDS", 0.05)


@asynccontextmanager
async def _working(runtime: Runtime, handler: Handler, **settings: Any) -> AsyncIterator[JobQueue]:
    runtime.jobs = JobQueue(runtime, {"test.work": handler}, first_retry_seconds=0.05, **settings)
    await runtime.jobs.start()
    try:
        yield runtime.jobs
    finally:
        await runtime.jobs.stop()


async def _until(condition: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


async def _enqueue(runtime: Runtime, *payloads: dict[str, Any], **how: Any) -> None:
    async with runtime.transaction() as tx:
        for payload in payloads:
            tx.jobs.add("test.work", payload, **how)


async def _waiting(runtime: Runtime) -> int:
    async with runtime.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM jobs.pgqueuer"))).scalar_one())


async def _empty(runtime: Runtime) -> bool:
    return await _waiting(runtime) == 0


async def test_a_job_is_done_after_the_commit_with_its_payload_and_trace(runtime: Runtime) -> None:
    done: list[tuple[dict[str, Any], str | None]] = []

    async def work(_: Runtime, payload: dict[str, Any]) -> None:
        done.append((payload, current_trace()))

    async with _working(runtime, work):
        with in_trace(TRACE):
            await _enqueue(runtime, {"id": "lon_1", "名": "四方"})
        await _until(lambda: done)
        await _until(lambda: _empty(runtime))
    (payload, trace), *more = done
    assert payload == {"id": "lon_1", "名": "四方"}
    assert not more
    assert trace is not None
    assert trace[:36] == TRACE[:36], "the same trace"
    assert trace != TRACE, "another span"


async def test_a_job_is_rolled_back_with_its_caller(runtime: Runtime) -> None:
    async def fail() -> None:
        async with runtime.transaction() as tx:
            tx.jobs.add("test.work", {"id": "never"})
            await _write_now(tx)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await _waiting(runtime) == 0


async def _write_now(tx: Any) -> None:
    """The jobs are written, as by the frame just before a commit that then fails."""
    from chassis.jobs import write_jobs

    await write_jobs(tx.connection, tx.jobs.take())
    assert (await tx.connection.execute(text("SELECT count(*) FROM jobs.pgqueuer"))).scalar_one() == 1


async def test_a_key_admits_one_job_while_one_waits(runtime: Runtime) -> None:
    await _enqueue(runtime, {"id": 1}, {"id": 2}, key="batch")
    await _enqueue(runtime, {"id": 3}, key="batch")
    assert await _waiting(runtime) == 1


async def test_a_delayed_job_waits(runtime: Runtime) -> None:
    started: list[float] = []
    loop = asyncio.get_running_loop()

    async def work(_: Runtime, __: dict[str, Any]) -> None:
        started.append(loop.time())

    async with _working(runtime, work):
        await _enqueue(runtime, {"id": 1}, delay_seconds=0.5)
        enqueued = loop.time()
        await _until(lambda: started)
    assert 0.45 < started[0] - enqueued < 3


async def test_a_job_that_fails_is_started_again_with_back_off(runtime: Runtime) -> None:
    starts: list[float] = []
    loop = asyncio.get_running_loop()

    async def work(_: Runtime, __: dict[str, Any]) -> None:
        starts.append(loop.time())
        if len(starts) < 4:
            raise ConnectionError("the neighbour is away")

    async with _working(runtime, work):
        runtime.jobs.first_retry_seconds = 0.2
        await _enqueue(runtime, {"id": 1})
        await _until(lambda: len(starts) == 4, 20)
        await _until(lambda: _empty(runtime))
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    for pause, wanted in zip(pauses, (0.2, 0.4, 0.8), strict=True):
        assert pause > wanted * 0.75


async def test_a_job_that_overruns_its_deadline_is_started_again(runtime: Runtime) -> None:
    starts = 0

    async def work(_: Runtime, __: dict[str, Any]) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            await asyncio.sleep(60)

    async with _working(runtime, work, deadline_seconds=0.2):
        await _enqueue(runtime, {"id": 1})
        await _until(lambda: starts == 2)


async def test_a_job_started_too_often_is_parked_in_sight_and_can_be_given_back(runtime: Runtime) -> None:
    starts = 0
    healed = False

    async def work(_: Runtime, __: dict[str, Any]) -> None:
        nonlocal starts
        starts += 1
        if not healed:
            raise ValueError("card 4111 1111 1111 1111 is refused")

    async def parked() -> list[job_store.ParkedJob]:
        async with runtime.reading() as connection:
            return await job_store.parked(connection)

    async with _working(runtime, work, starts_limit=3):
        await _enqueue(runtime, {"id": "lon_1"}, key="lon_1")
        await _until(parked)
        (job,) = await parked()
        assert (job.name, job.payload, job.starts, starts) == ("test.work", {"id": "lon_1"}, 3, 3)
        assert job.failure == "ValueError: card [redacted] is refused"
        healed = True
        async with runtime.transaction() as tx:
            await job_store.retry(tx.connection, job.id, real_now())
        await _until(lambda: _empty(runtime))
    assert starts == 4
    assert b'sifang_jobs_total{job="test.work",outcome="parked"} 1.0' in telemetry_of(runtime).metrics.exposition()


async def test_only_a_parked_job_can_be_given_back(runtime: Runtime) -> None:
    await _enqueue(runtime, {"id": 1})
    async with runtime.database.engine.connect() as connection:
        job_id = (await connection.execute(text("SELECT id FROM jobs.pgqueuer"))).scalar_one()
        with pytest.raises(job_store.UnknownParkedJob):
            await job_store.retry(connection, job_id, real_now())


async def test_a_parked_job_is_not_given_back_beside_a_newer_one_of_its_key(runtime: Runtime) -> None:
    await _enqueue(runtime, {"id": 1}, key="same")
    async with runtime.transaction() as tx:
        await tx.connection.execute(text("UPDATE jobs.pgqueuer SET status = 'failed'"))
    await _enqueue(runtime, {"id": 2}, key="same")
    async with runtime.reading() as connection:
        (job,) = await job_store.parked(connection)
        with pytest.raises(job_store.JobSuperseded):
            await job_store.retry(connection, job.id, real_now())


async def test_what_the_library_parked_before_its_time_is_given_back(runtime: Runtime) -> None:
    await _enqueue(runtime, {"id": 1})
    async with runtime.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE jobs.pgqueuer SET status = 'failed', updated = updated - interval '1 h'")
        )
        assert await job_store.release_unjustly_parked(tx.connection, 20, real_now()) == 1
        assert await job_store.release_unjustly_parked(tx.connection, 20, real_now()) == 0


async def test_a_job_that_nobody_knows_is_noticed_and_kept(runtime: Runtime) -> None:
    await _enqueue(runtime, {"id": 1})
    async with runtime.transaction() as tx:
        later = real_now() + timedelta(minutes=1)
        assert await job_store.without_handler(tx.connection, ["test.other"], real_now()) == []
        assert await job_store.without_handler(tx.connection, ["test.other"], later) == ["test.work"]
        assert await job_store.without_handler(tx.connection, ["test.work"], later) == []
    assert await _waiting(runtime) == 1


async def test_a_stop_is_quick_while_the_database_is_away(runtime: Runtime) -> None:
    async def work(_: Runtime, __: dict[str, Any]) -> None: ...

    runtime.settings = replace(runtime.settings, direct_url="postgresql://p2p@127.0.0.1:9/none")
    queue = JobQueue(runtime, {"test.work": work})
    await queue.start()
    await asyncio.sleep(0.3)
    await asyncio.wait_for(queue.stop(), 1)


async def test_run_now_runs_the_handler_and_refuses_an_unknown_job(runtime: Runtime) -> None:
    done: list[dict[str, Any]] = []

    async def work(_: Runtime, payload: dict[str, Any]) -> None:
        done.append(payload)

    runtime.jobs = JobQueue(runtime, {"test.work": work})
    await runtime.jobs.run_now("test.work", {"id": 1})
    assert done == [{"id": 1}]
    with pytest.raises(UnknownJob):
        await runtime.jobs.run_now("test.unknown", {})


async def test_a_stop_gives_running_jobs_back(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.jobs.STOP_SECONDS", 0.2)
    starts = 0

    async def work(_: Runtime, __: dict[str, Any]) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            await asyncio.sleep(60)

    async with _working(runtime, work):
        await _enqueue(runtime, {"id": 1})
        await _until(lambda: starts == 1)
    async with runtime.reading() as connection:
        statuses = (await connection.execute(text("SELECT status::text FROM jobs.pgqueuer"))).scalars().all()
    assert statuses == ["queued"]
    async with _working(runtime, work):
        await _until(lambda: starts == 2)


async def test_a_job_whose_worker_is_killed_runs_again(runtime: Runtime) -> None:
    settings = runtime.settings
    command = [sys.executable, "-m", "tests.chassis.worker", settings.direct_url, str(settings.keys)]

    async def starts() -> list[str]:
        items, _ = await read_events(runtime, 0)
        return [item["subject"] for item in items]

    await _enqueue(runtime, {"id": "killed", "seconds": 60})
    first = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        await _until(starts, 20)
    finally:
        first.kill()
        await first.wait()
    again: list[dict[str, Any]] = []

    async def work(_: Runtime, payload: dict[str, Any]) -> None:
        again.append(payload)

    async with _working(runtime, work, heartbeat_seconds=2):
        await _until(lambda: again, 20)
        await _until(lambda: _empty(runtime))
    assert await starts() == ["killed"], "the first start was cut off"
    assert again == [{"id": "killed", "seconds": 60}]


async def test_periodic_work_is_done_by_one_process_and_outlives_its_faults(runtime: Runtime) -> None:
    runs: list[str] = []

    def queue(process: str) -> JobQueue:
        async def work(_: Runtime) -> None:
            runs.append(process)
            if len(runs) == 2:
                raise ValueError("once")

        return JobQueue(runtime, {}, {"test.due": (0.05, work)})

    first, second = queue("first"), queue("second")
    await first.start()
    await _until(lambda: len(runs) >= 1)
    await second.start()
    await _until(lambda: len(runs) >= 5)
    assert set(runs) == {"first"}
    await first.stop()
    await _until(lambda: "second" in runs)
    await second.stop()
    assert (
        b'sifang_periodic_runs_total{name="test.due",outcome="failed"} 1.0'
        in telemetry_of(runtime).metrics.exposition()
    )


async def test_the_loop_lives_on_when_its_connections_are_cut(runtime: Runtime) -> None:
    done: list[dict[str, Any]] = []
    ticks: list[int] = []

    async def work(_: Runtime, payload: dict[str, Any]) -> None:
        done.append(payload)

    async def tick(_: Runtime) -> None:
        ticks.append(1)

    runtime.jobs = JobQueue(runtime, {"test.work": work}, {"test.tick": (0.05, tick)})
    await runtime.jobs.start()
    await _enqueue(runtime, {"id": 1})
    await _until(lambda: done and ticks)
    async with runtime.reading() as connection:
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        await connection.execute(text(cut))
    await asyncio.sleep(0.05)
    ticks.clear()
    await _enqueue(runtime, {"id": 2})
    await _until(lambda: len(done) == 2 and ticks)
    await runtime.jobs.stop()
