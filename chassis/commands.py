"""The frame of a write: one transaction, one key, one answer; commit, then answer.

`run` is for routes, `perform` for jobs and feeds. The action is `async def story(tx, caller, *, …) -> record` and neither begins
nor commits. A story that needs a neighbour commits a pending state and a job; with a Continuation the request then runs that job
at once and answers the final state, or 202 with the pending one, which the queue finishes after a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from chassis import idempotency
from chassis.database import Tx, flush
from chassis.errors import PROBLEM_CONTENT_TYPE, Refusal, Unavailable
from chassis.idempotency import Claim, StoredAnswer
from chassis.identity import Caller
from chassis.keyed import keyless
from chassis.runtime import Runtime, runtime_of
from chassis.telemetry import current_trace

ATTEMPTS = 3
RETRIED = frozenset({"40001", "40P01"})
UNIQUE_VIOLATION = "23505"
# Refusals by a rule. What was malformed, unauthenticated, too much or a fault of ours may be sent again under its key.
STORED = frozenset({403, 404, 409, 422})
REPLAYED = "Idempotency-Replayed"
OURS = "sifang-"
"""Headers that stories may ask for begin so."""
CONTINUATION_SECONDS = 10
log = structlog.get_logger(__name__)


class Busy(Unavailable):
    """Others hold what this story needs; nothing was written."""

    code = "busy"


class Record(Protocol):
    @property
    def id(self) -> UUID: ...


Result = TypeVar("Result")
Story = Callable[..., Awaitable[Result]]
Shape = Callable[[Any], BaseModel]


@dataclass(frozen=True)
class Continuation(Generic[Result]):
    """How a pending record is finished.

    job: name of the job, whose payload is `{"id": str(record.id)}`; load: reads the record back; pending: not final yet;
    deadline_seconds: how long the request waits for the job before it answers 202, CONTINUATION_SECONDS unless told.
    """

    job: str
    load: Callable[[AsyncConnection, UUID], Awaitable[Result]]
    pending: Callable[[Result], bool]
    deadline_seconds: float | None = None


async def run(
    request: Request,
    action: Story[Any],
    shape: Shape,
    *,
    status: int = 201,
    continuation: Continuation[Any] | None = None,
    secret: bytes = b"",
    **facts: Any,
) -> Response:
    """Run a story under the request's Idempotency-Key and answer what was committed.

    secret: given where the body holds a password, so that the stored hash of the body does not give it away.
    """
    runtime = runtime_of(request)
    caller: Caller = request.state.caller
    wanted = await _claim_of(request, caller, secret)
    # Of one that is repeated the first, as whoever checks their form does.
    said = {name: value for name, value in reversed(request.headers.items()) if name.startswith(OURS)}
    replayed, given = await retried(
        lambda: _once(runtime, caller, wanted, said, action, shape, status, continuation, facts)
    )
    if continuation is not None and given.status == 202 and given.record_id is not None:
        given = await _continued(runtime, continuation, given.record_id, shape, status)
    return respond(given, replayed=replayed)


async def perform(
    runtime: Runtime,
    action: Story[Result],
    caller: Caller,
    *,
    seed: str,
    again: frozenset[str] = RETRIED,
    **facts: Any,
) -> Result:
    """Run a story without a key of its own: for jobs, feeds and the command line, and where an id in the facts is the key.

    seed: names what causes it, for test-mode ids; again: SQLSTATEs after which it is run again, seeing what others committed.
    """

    async def once() -> Result:
        async with runtime.transaction(seed=seed, trace=current_trace()) as tx:
            return await action(tx, caller, **facts)

    return await retried(once, again)


def respond(given: StoredAnswer, *, replayed: bool) -> Response:
    headers = {REPLAYED: "true"} if replayed else None
    media_type = PROBLEM_CONTENT_TYPE if given.status >= 400 else None
    return JSONResponse(given.answer, given.status, headers=headers, media_type=media_type)


async def _claim_of(request: Request, caller: Caller, secret: bytes = b"") -> Claim:
    if keyless(request):
        raise RuntimeError(f"{request.url.path} is marked as a call without a key and asks for one")
    route = request.scope.get("route")
    operation = f"{request.method} {getattr(route, 'path', request.url.path)}"
    key = idempotency.checked_key(request.headers.get("idempotency-key"))
    target = f"{request.url.path}?{request.url.query}"
    return claim_of(caller, operation, key, target, await request.body(), secret)


def claim_of(caller: Caller, operation: str, key: str, target: str, body: bytes, secret: bytes = b"") -> Claim:
    """operation: method and declared path; target: the path asked for and its query."""
    who = f"{caller.issuer}/{caller.subject}/{caller.acting_for or ''}"
    return Claim(who, operation, key, idempotency.hash_of(target, body, secret))


async def _once(
    runtime: Runtime,
    caller: Caller,
    wanted: Claim,
    said: Mapping[str, str],
    action: Story[Any],
    shape: Shape,
    status: int,
    continuation: Continuation[Any] | None,
    facts: dict[str, Any],
) -> tuple[bool, StoredAnswer]:
    async with runtime.database.engine.begin() as connection:
        stored = await idempotency.claim(connection, wanted)
        if stored is not None:
            return True, stored
        tx = await runtime.database.begin(connection, seed=wanted.seed, trace=current_trace())
        tx.said = said
        given = await _answer_of(tx, caller, action, shape, status, continuation, facts)
        await flush(tx)
        await idempotency.store(connection, wanted, given)
        return False, given


async def _answer_of(
    tx: Tx,
    caller: Caller,
    action: Story[Any],
    shape: Shape,
    status: int,
    continuation: Continuation[Any] | None,
    facts: dict[str, Any],
) -> StoredAnswer:
    """The story's answer; a refusal takes back what the story wrote, but stands under the key, with what it remembers."""
    try:
        async with tx.connection.begin_nested():
            record = await action(tx, caller, **facts)
    except Refusal as refusal:
        if refusal.status not in STORED:
            raise
        tx.events.take()
        tx.jobs.take()
        answered = await _remembered(tx, refusal) if refusal.remembers else refusal
        return StoredAnswer(answered.status, answered.problem(), None)
    pending = continuation is not None and continuation.pending(record)
    body = shape(record).model_dump(mode="json")
    return StoredAnswer(202 if pending else status, body, getattr(record, "id", None))


async def _remembered(tx: Tx, refusal: Refusal) -> Refusal:
    """What is answered: the refusal, or the one that kept it from being remembered, of which nothing is."""
    try:
        async with tx.connection.begin_nested():
            await refusal.remember(tx)
    except Refusal as other:
        if other.status not in STORED:
            raise
        tx.events.take()
        tx.jobs.take()
        return other
    return refusal


async def _continued(
    runtime: Runtime, continuation: Continuation[Any], record_id: UUID, shape: Shape, status: int
) -> StoredAnswer:
    try:
        seconds = continuation.deadline_seconds
        async with asyncio.timeout(CONTINUATION_SECONDS if seconds is None else seconds):
            await runtime.jobs.run_now(continuation.job, {"id": str(record_id)})
    except Exception as fault:
        # The committed job is still in the queue; what went wrong here is tried again there.
        log.info("continuation_left_to_queue", job=continuation.job, fault=type(fault).__name__)
    async with runtime.reading() as connection:
        record = await continuation.load(connection, record_id)
    body = shape(record).model_dump(mode="json")
    return StoredAnswer(202 if continuation.pending(record) else status, body, record_id)


async def retried(once: Callable[[], Awaitable[Result]], again: frozenset[str] = RETRIED) -> Result:
    """Again after a deadlock, a serialisation failure or whatever is named, three times in all; then Busy."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await once()
        except DBAPIError as fault:
            sqlstate = getattr(fault.orig, "sqlstate", None)
            if sqlstate == idempotency.LOCK_NOT_AVAILABLE or (sqlstate in again and attempt == ATTEMPTS):
                raise Busy("others are changing the same records; ask again") from fault
            if sqlstate not in again:
                raise
    raise AssertionError("unreachable")
