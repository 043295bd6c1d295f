"""What an operator sees and does about work that stands still: parked jobs, feeds that stopped.

Scope `<service>:operate` to see, with `<service>:write` to change: roles that look at a service's work do not pass over its events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from chassis import commands, feed_store, job_store
from chassis.clock import real_now
from chassis.database import Tx
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import Answer


class ParkedJobAnswer(Answer):
    """A job that was started too often. failure: the last fault, without secrets; instants are real time."""

    id: int
    name: str
    payload: dict[str, Any]
    starts: int
    failure: str | None
    created_at: datetime
    parked_at: datetime


class ParkedJobs(Answer):
    items: list[ParkedJobAnswer]


class JobGivenBack(Answer):
    job_id: int
    status: str = "queued"


class FeedAnswer(Answer):
    """How far a neighbour's events have been applied here. degraded: what rests on them may be out of date."""

    name: str
    position: int
    event_at: datetime | None
    succeeded_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    degraded: bool


class Feeds(Answer):
    items: list[FeedAnswer]


class EventSkipped(Answer):
    feed: str
    position: int


@dataclass(frozen=True)
class _GivenBack:
    job_id: int


@dataclass(frozen=True)
class _Skipped:
    feed: str
    position: int


async def give_back(tx: Tx, caller: Caller, *, job_id: int) -> _GivenBack:
    await job_store.retry(tx.connection, job_id, real_now())
    return _GivenBack(job_id)


async def skip(tx: Tx, caller: Caller, *, feed: str) -> _Skipped:
    return _Skipped(feed, await feed_store.skip_event(tx.connection, feed, caller.subject, real_now()))


def operator_router(service: str) -> APIRouter:
    """The routes of one service, to be included in its application."""
    router = APIRouter(prefix="/v1", tags=["operations"])
    operator = requires(f"{service}:operate")
    changing = requires(f"{service}:operate", f"{service}:write")

    @router.get("/jobs/parked", response_model=ParkedJobs)
    async def parked_jobs(request: Request, caller: Annotated[Caller, operator]) -> ParkedJobs:
        """Jobs that were started too often, oldest first, at most 200."""
        async with runtime_of(request).reading() as connection:
            jobs = await job_store.parked(connection)
        return ParkedJobs(items=[ParkedJobAnswer.model_validate(job) for job in jobs])

    @router.post("/jobs/{id}/retry", response_model=JobGivenBack, status_code=200)
    async def retry_job(
        request: Request, caller: Annotated[Caller, changing], id: Annotated[int, Path(ge=1, le=2**62)]
    ) -> Response:
        """Give a parked job back to the queue, with a fresh count of starts."""
        return await commands.run(request, give_back, JobGivenBack.model_validate, status=200, job_id=id)

    @router.get("/feeds", response_model=Feeds)
    async def feeds(request: Request, caller: Annotated[Caller, operator]) -> Feeds:
        """Every feed this service follows, and whether it stands still."""
        async with runtime_of(request).reading() as connection:
            states = await feed_store.feed_states(connection, real_now())
        return Feeds(items=[FeedAnswer.model_validate(state) for state in states])

    @router.post("/feeds/{name}/skip", response_model=EventSkipped, status_code=200)
    async def skip_event(
        request: Request, caller: Annotated[Caller, changing], name: Annotated[str, Path(max_length=100)]
    ) -> Response:
        """Pass over the event at which a feed stands still. On record; whoever does it sets right what the event would have."""
        return await commands.run(request, skip, EventSkipped.model_validate, status=200, feed=name)

    return router
