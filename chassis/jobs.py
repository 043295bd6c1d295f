"""Durable work: enqueued in the transaction that needs it, done after its commit, again and again until it succeeds.

    tx.jobs.add("p2p.disburse", {"id": str(loan.id)}, delay_seconds=10)

A handler `async def disburse(runtime, payload) -> None` may be started more than once, also while an earlier start still runs on a
process that was cut off: it reads its record first and does nothing if that is final. Raising anything means "later": with
back-off, and after `starts_limit` starts the job is parked, where an operator sees it and can give it back. Nothing is dropped.
Jobs are work for now; what falls due at a business time is a `due_at` column found by periodic work.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import job_store
from chassis.clock import real_now
from chassis.job_driver import TransactionDriver, connect, job_schema_statements, loop_driver, queries
from chassis.leadership import while_leading
from chassis.stopping import end, unbroken
from chassis.telemetry import current_trace, telemetry_of

if TYPE_CHECKING:
    from chassis.runtime import Runtime

__all__ = ["JobHandler", "JobQueue", "JobSink", "PendingJob", "Periodic", "job_schema_statements", "write_jobs"]

POLL_SECONDS = 0.5
STARTS_LIMIT = 20
HEARTBEAT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
DEADLINE_SECONDS = 600.0
CONCURRENT_JOBS = 8
STOP_SECONDS = 10.0
MAINTENANCE_SECONDS = 60.0
SPREAD_SECONDS = 1.0
log = structlog.get_logger(__name__)

JobHandler = Callable[["Runtime", dict[str, Any]], Awaitable[None]]
PeriodicWork = Callable[["Runtime"], Awaitable[Any]]
Periodic = tuple[float, PeriodicWork]
"""Seconds between runs, and the work."""


class UnknownJob(LookupError):
    """No handler of that name is registered in this service."""


class _Parked(Exception):
    """Tells the library to keep the job aside."""


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A job of a transaction that has not committed. key: while a job with it waits or runs, no second one is added."""

    name: str
    payload: dict[str, Any]
    delay_seconds: float = 0
    key: str | None = None
    trace: str | None = None


class JobSink:
    """Collects the jobs of one transaction."""

    def __init__(self) -> None:
        self._pending: list[PendingJob] = []

    def add(self, name: str, payload: dict[str, Any], *, delay_seconds: float = 0, key: str | None = None) -> None:
        """Enqueue a job with the transaction. payload: JSON, ids rather than facts; it is written just before the commit."""
        self._pending.append(PendingJob(name, payload, delay_seconds, key, current_trace()))

    def take(self) -> list[PendingJob]:
        """What was added since the last take."""
        taken, self._pending = self._pending, []
        return taken


async def write_jobs(connection: AsyncConnection, pending: list[PendingJob]) -> None:
    """Enqueue jobs in one statement, inside the caller's transaction."""
    if not pending:
        return
    await queries(TransactionDriver(connection)).enqueue(
        [job.name for job in pending],
        [json.dumps(job.payload).encode() for job in pending],
        [0] * len(pending),
        [timedelta(seconds=job.delay_seconds) for job in pending],
        [job.key for job in pending],
        [None if job.trace is None else {"traceparent": job.trace} for job in pending],
        on_conflict="skip",
    )


@dataclass
class JobQueue:
    """One process's loop over the service's jobs, and its share of the periodic work.

    handlers: by job name. periodic: name → (seconds between runs, work); one process of the service runs all of it.
    """

    runtime: "Runtime"
    handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    periodic: Mapping[str, Periodic] = field(default_factory=dict)
    starts_limit: int = STARTS_LIMIT
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    first_retry_seconds: float = FIRST_RETRY_SECONDS
    longest_retry_seconds: float = LONGEST_RETRY_SECONDS
    deadline_seconds: float = DEADLINE_SECONDS
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list, init=False)
    _running: set["asyncio.Future[None]"] = field(default_factory=set, init=False)
    _manager: QueueManager | None = field(default=None, init=False)
    _stopping: bool = field(default=False, init=False)

    async def start(self) -> None:
        """Begin; returns at once, also when the database is away: the loop waits for it."""
        self._stopping = False
        if self.handlers:
            self._tasks.append(asyncio.create_task(self._serve(), name="jobs"))
        self._tasks.append(asyncio.create_task(self._lead(), name="periodic"))

    async def stop(self) -> None:
        """Take no more jobs; give those running STOP_SECONDS, then put them back into the queue."""
        self._stopping = True
        serving = [task for task in self._tasks if task.get_name() == "jobs" and self._manager is not None]
        for task in set(self._tasks) - set(serving):
            task.cancel()
        if self._manager is not None:
            self._manager.shutdown.set()
            await asyncio.wait(serving, timeout=STOP_SECONDS)
            # The library forgets a job whose own task is cancelled: the handlers are, and ask to be started again.
            self._interrupt()
            await asyncio.wait(serving, timeout=STOP_SECONDS)
        await end(self._tasks)
        self._tasks.clear()

    async def run_now(self, name: str, payload: dict[str, Any]) -> None:
        """Run a job's handler here and now; the queued job, if any, stays and finds its work done."""
        await self._handler(name)(self.runtime, payload)

    def _handler(self, name: str) -> JobHandler:
        try:
            return self.handlers[name]
        except KeyError:
            raise UnknownJob(f"no job {name} is registered in {self.runtime.settings.service}") from None

    async def _serve(self) -> None:
        """The library's loop ends when its connection dies: a new one is begun, with a pause that grows to 5 s."""
        pause = 0.1
        while not self._stopping:
            began = time.monotonic()
            try:
                await self._serve_once()
            except Exception as fault:
                if not self._stopping:
                    log.warning("job_loop_restarts", fault=type(fault).__name__, pause_seconds=pause)
            if self._stopping:
                return
            await asyncio.sleep(pause)
            pause = 0.1 if time.monotonic() - began > 10 else min(pause * 2, 5.0)

    async def _serve_once(self) -> None:
        telemetry_of(self.runtime).metrics.job_loops.inc()
        connection = await connect(self.runtime.settings.direct_url, f"sifang-jobs-{self.runtime.settings.service}")
        # Handlers of a lost connection are stopped, or the library would wait for the last of them before it gives up.
        connection.add_termination_listener(lambda _: self._interrupt())
        try:
            driver = loop_driver(connection)
            manager = self._manager = QueueManager(queries(driver), channel=Channel("ch_pgqueuer"))
            for name in self.handlers:
                manager.entrypoint(name, accepts_context=False, on_failure="hold")(self._entry(driver))
            if self._stopping:
                return
            await manager.run(
                dequeue_timeout=timedelta(seconds=POLL_SECONDS),
                batch_size=CONCURRENT_JOBS // 2,
                max_concurrent_tasks=CONCURRENT_JOBS,
                heartbeat_timeout=timedelta(seconds=self.heartbeat_seconds),
                log_aggregation_interval=timedelta(0),
            )
        finally:
            self._manager = None
            connection.terminate()

    def _entry(self, driver: Driver) -> Callable[[Job], Awaitable[None]]:
        async def entry(job: Job) -> None:
            await self._start(driver, job)

        return entry

    async def _start(self, driver: Driver, job: Job) -> None:
        """One start of a job. The library's own count misses starts that ended with the process: they are counted here."""
        metrics = telemetry_of(self.runtime).metrics
        starts = await job_store.count_start(driver, job.id, real_now())
        if starts > self.starts_limit:
            metrics.jobs.labels(job.entrypoint, "parked").inc()
            raise _Parked(f"{starts - 1} starts") from None
        began = time.perf_counter()
        try:
            await self._run(job)
        except asyncio.CancelledError:
            metrics.jobs.labels(job.entrypoint, "interrupted").inc()
            raise RetryRequested(timedelta(0), "the process was stopping") from None
        except Exception as fault:
            await self._failed(driver, job, starts, fault)
        else:
            metrics.jobs.labels(job.entrypoint, "done").inc()
        finally:
            metrics.job_seconds.labels(job.entrypoint).observe(time.perf_counter() - began)

    async def _run(self, job: Job) -> None:
        handler = self._handler(job.entrypoint)
        payload = json.loads(job.payload or b"{}")
        trace = (job.headers or {}).get("traceparent")
        with telemetry_of(self.runtime).background(f"job {job.entrypoint}", trace if isinstance(trace, str) else None):
            running = asyncio.ensure_future(handler(self.runtime, payload))
            self._running.add(running)
            running.add_done_callback(self._running.discard)
            async with asyncio.timeout(self.deadline_seconds):
                await running

    async def _failed(self, driver: Driver, job: Job, starts: int, fault: Exception) -> None:
        """Raises what makes the library start the job again later, or keep it aside. The log says why; the queue, what kind."""
        kind = type(fault).__name__
        parked = starts >= self.starts_limit
        outcome = "parked" if parked else "failed"
        telemetry_of(self.runtime).metrics.jobs.labels(job.entrypoint, outcome).inc()
        log.warning(f"job_{outcome}", job=job.entrypoint, job_id=job.id, starts=starts, exc_info=fault)
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await job_store.record_failure(driver, job.id, job_store.described(fault))
        if parked:
            raise _Parked(kind) from None
        raise RetryRequested(timedelta(seconds=self._pause(starts)), kind) from None

    def _pause(self, starts: int) -> float:
        """Back-off: doubled each time, never above the longest, a fifth up or down so that a crowd spreads."""
        wanted = min(self.first_retry_seconds * 2.0 ** (starts - 1), self.longest_retry_seconds)
        return wanted * random.uniform(0.8, 1.2)

    def _interrupt(self) -> None:
        for running in list(self._running):
            running.cancel()

    async def _lead(self) -> None:
        name = f"{self.runtime.settings.service}/periodic"
        await while_leading(self.runtime.settings.direct_url, name, self._run_all_periodic)

    async def _run_all_periodic(self) -> None:
        everything = dict(self.periodic)
        if self.handlers:
            everything["chassis.jobs"] = (MAINTENANCE_SECONDS, self._maintain)
        async with asyncio.TaskGroup() as group:
            for place, (name, (seconds, work)) in enumerate(everything.items()):
                # One after another, so that they do not all want a connection at the same instant, now and ever after.
                begin = place / len(everything) * min(seconds, SPREAD_SECONDS)
                group.create_task(self._repeat(name, seconds, work, begin))

    async def _repeat(self, name: str, seconds: float, work: PeriodicWork, begin: float) -> None:
        telemetry = telemetry_of(self.runtime)
        await asyncio.sleep(begin)
        while True:
            try:
                with telemetry.background(f"periodic {name}"):
                    async with asyncio.timeout(self.deadline_seconds):
                        await unbroken(work(self.runtime))
                telemetry.metrics.periodic.labels(name, "done").inc()
            except Exception:
                telemetry.metrics.periodic.labels(name, "failed").inc()
                log.exception("periodic_failed", name=name)
            await asyncio.sleep(seconds)

    async def _maintain(self, runtime: "Runtime") -> None:
        async with runtime.database.engine.begin() as connection:
            await job_store.release_unjustly_parked(connection, self.starts_limit, real_now())
            orphans = await job_store.without_handler(connection, list(self.handlers), real_now())
            if orphans:
                log.error("jobs_without_handler", jobs=orphans)
            await job_store.forget_log(connection, real_now())
