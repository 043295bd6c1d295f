"""What we keep and ask about jobs beside the library: how often each was started, which are parked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from pgqueuer.ports.driver import Driver
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import Conflict, NotFound
from chassis.logs import redact_text

LOG_KEPT = timedelta(days=7)
# The library parks a job by itself when it could not write that it should be started again.
PARKED_UNJUSTLY_AFTER = timedelta(seconds=30)
FAILURE_LENGTH = 500
LARGEST_LIST = 200

_COUNT = """
INSERT INTO jobs.starts (job_id, starts, started_at) VALUES ($1, 1, $2)
ON CONFLICT (job_id) DO UPDATE SET starts = jobs.starts.starts + 1, started_at = excluded.started_at
RETURNING starts
"""
_FAILURE = "UPDATE jobs.starts SET failure = $2 WHERE job_id = $1"
_PARKED = """
SELECT job.id, job.entrypoint AS name, convert_from(job.payload, 'UTF8')::jsonb AS payload, job.created AS created_at,
       job.updated AS parked_at, coalesce(starts.starts, 0) AS starts, starts.failure
FROM jobs.pgqueuer AS job LEFT JOIN jobs.starts AS starts ON starts.job_id = job.id
WHERE job.status = 'failed' ORDER BY job.id LIMIT :limit
"""
_RETRY = text("""
UPDATE jobs.pgqueuer AS job
SET status = 'queued', execute_after = :now, updated = :now, attempts = 0, queue_manager_id = NULL
WHERE id = :id AND status = 'failed'
""")
_SUPERSEDED = text("""
SELECT true FROM jobs.pgqueuer AS job JOIN jobs.pgqueuer AS other USING (dedupe_key)
WHERE job.id = :id AND other.status IN ('queued', 'picked')
""")
_UNJUST = text("""
UPDATE jobs.pgqueuer AS job
SET status = 'queued', execute_after = :now, updated = :now, attempts = 0, queue_manager_id = NULL
WHERE status = 'failed' AND updated < :before
AND NOT EXISTS (SELECT FROM jobs.starts WHERE job_id = job.id AND starts >= :starts_limit)
AND NOT EXISTS (SELECT FROM jobs.pgqueuer AS other
                WHERE other.dedupe_key = job.dedupe_key AND other.status IN ('queued', 'picked'))
""")
_WITHOUT_HANDLER = text("""
SELECT DISTINCT entrypoint FROM jobs.pgqueuer
WHERE status = 'queued' AND execute_after < :before AND entrypoint <> ALL(:known) ORDER BY entrypoint
""")


class UnknownParkedJob(NotFound):
    code = "unknown_parked_job"


class JobSuperseded(Conflict):
    """Another job with the same key waits already."""

    code = "job_superseded"


@dataclass(frozen=True)
class ParkedJob:
    """A job that was started too often. failure: kind and text of the last fault, redacted; instants are real time."""

    id: int
    name: str
    payload: dict[str, Any]
    starts: int
    failure: str | None
    created_at: datetime
    parked_at: datetime


async def parked(connection: AsyncConnection, limit: int = LARGEST_LIST) -> list[ParkedJob]:
    """Parked jobs, oldest first."""
    rows = await connection.execute(text(_PARKED), {"limit": limit})
    return [ParkedJob(**row) for row in rows.mappings()]


async def retry(connection: AsyncConnection, job_id: int, now: datetime) -> None:
    """Give a parked job back to the queue with a fresh count. now: real time. Raises UnknownParkedJob or JobSuperseded."""
    if (await connection.execute(_SUPERSEDED, {"id": job_id})).first() is not None:
        raise JobSuperseded("a newer job with the same key waits already", field="id")
    given = await connection.execute(_RETRY, {"id": job_id, "now": now})
    if given.rowcount == 0:
        raise UnknownParkedJob("no parked job has that id", field="id")
    await connection.execute(text("DELETE FROM jobs.starts WHERE job_id = :id"), {"id": job_id})


async def count_start(driver: Driver, job_id: int, now: datetime) -> int:
    """Count a start before it happens, so that one which takes the process down counts too."""
    rows = await driver.fetch(_COUNT, job_id, now)
    return cast(int, rows[0]["starts"])


async def record_failure(driver: Driver, job_id: int, failure: str) -> None:
    await driver.execute(_FAILURE, job_id, failure)


def described(fault: BaseException) -> str:
    """A fault in one line, without secrets and personal data."""
    return redact_text(f"{type(fault).__name__}: {fault}")[:FAILURE_LENGTH]


async def release_unjustly_parked(connection: AsyncConnection, starts_limit: int, now: datetime) -> int:
    """Give back what was parked before its starts were used up; answers how many."""
    facts = {"now": now, "before": now - PARKED_UNJUSTLY_AFTER, "starts_limit": starts_limit}
    return (await connection.execute(_UNJUST, facts)).rowcount


async def without_handler(connection: AsyncConnection, known: list[str], now: datetime) -> list[str]:
    """Names of jobs that wait although nobody here knows them: enqueued by a newer release, or misspelt."""
    facts = {"known": known, "before": now - PARKED_UNJUSTLY_AFTER}
    return list((await connection.execute(_WITHOUT_HANDLER, facts)).scalars())


async def forget_log(connection: AsyncConnection, now: datetime) -> None:
    await connection.execute(text("DELETE FROM jobs.pgqueuer_log WHERE created < :before"), {"before": now - LOG_KEPT})
