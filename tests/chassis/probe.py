"""A small service around one story, on a table of its own: what its tests look at is the frame around the story."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, FastAPI
from fastapi import Request as HttpRequest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.database import Tx
from chassis.identity import Caller, requires
from chassis.ids import TypeId
from chassis.jobs import JobHandler
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from chassis.settings import Settings
from chassis.web import Parts, create_app
from chassis.wire import Amount, Answer, Request

ThingId = Annotated[UUID, TypeId("thg")]
Story = Callable[..., Awaitable["Thing"]]
CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"
# Deferred, so that a second thing of the same name fails the commit and nothing before it.
TABLE = """CREATE TABLE public.things (
    id uuid PRIMARY KEY, name text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, state text NOT NULL)"""


@dataclass(frozen=True)
class Thing:
    id: UUID
    name: str
    state: str


class ThingRequest(Request):
    name: str
    amount: Amount | None = None


class ThingAnswer(Answer):
    id: ThingId
    name: str
    state: str


async def insert(tx: Tx, name: str, state: str = "done", *, job_in_seconds: float = 600) -> Thing:
    """A thing, an event and a job of it, which waits so that it can be counted."""
    thing = Thing(tx.ids.new(), name, state)
    await tx.connection.execute(text("INSERT INTO things VALUES (:id, :name, :state)"), vars(thing))
    tx.events.add("test.thing.made.v1", name, {})
    tx.jobs.add("test.finish", {"id": str(thing.id)}, delay_seconds=job_in_seconds)
    return thing


async def load(connection: AsyncConnection, id: UUID) -> Thing:
    return Thing(*(await connection.execute(text("SELECT * FROM things WHERE id = :id"), {"id": id})).one())


async def make(tx: Tx, caller: Caller, *, name: str) -> Thing:
    return await insert(tx, name)


async def nothing(runtime: Runtime, payload: dict[str, Any]) -> None: ...


def application(
    story: Story = make,
    *,
    continuation: Continuation[Thing] | None = None,
    finish: JobHandler = nothing,
    routers: list[APIRouter] | None = None,
) -> Callable[[Settings], FastAPI]:
    """Factory of the service. `POST /v1/things` and `POST /v1/others` run the story, `GET /v1/things` lists."""
    router = APIRouter(prefix="/v1")
    writer = requires("p2p:write")

    @router.post("/things", status_code=201)
    async def make_thing(request: HttpRequest, body: ThingRequest, caller: Annotated[Caller, writer]) -> Response:
        return await commands.run(request, story, ThingAnswer.model_validate, continuation=continuation, name=body.name)

    @router.post("/others", status_code=201)
    async def make_other(request: HttpRequest, body: ThingRequest, caller: Annotated[Caller, writer]) -> Response:
        return await commands.run(request, story, ThingAnswer.model_validate, name=body.name)

    @router.get("/things")
    async def things(
        request: HttpRequest, paging: Paging, caller: Annotated[Caller, requires("p2p:read")]
    ) -> Page[ThingAnswer]:
        return Page[ThingAnswer].model_validate(page(await _after(runtime_of(request), paging), paging, _key))

    @router.get("/others")
    async def others(
        request: HttpRequest, paging: Paging, caller: Annotated[Caller, requires("p2p:read")]
    ) -> Page[ThingAnswer]:
        return Page[ThingAnswer].model_validate(page(await _after(runtime_of(request), paging), paging, _key))

    def create(settings: Settings) -> FastAPI:
        parts = Parts("p2p", "services.p2p", "Things", [router, *(routers or [])], jobs={"test.finish": finish})
        return create_app(parts, settings)

    return create


async def _after(runtime: Runtime, paging: Any) -> list[Thing]:
    (after,) = paging.after or (UUID(int=0),)
    async with runtime.reading() as connection:
        query = text("SELECT * FROM things WHERE id > :after ORDER BY id LIMIT :limit")
        rows = await connection.execute(query, {"after": after, "limit": paging.limit + 1})
        return [Thing(*row) for row in rows]


def _key(thing: Thing) -> tuple[Any, ...]:
    return (thing.id,)


async def left_behind(runtime: Runtime) -> Mapping[str, int]:
    """How many rows of each kind there are."""
    tables = {
        "things": "things",
        "events": "chassis.events",
        "jobs": "jobs.pgqueuer",
        "keys": "chassis.idempotency_keys",
    }
    async with runtime.reading() as connection:
        counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {name}" for name, table in tables.items())  # noqa: S608
        return dict((await connection.execute(text(f"SELECT {counts}"))).mappings().one())


async def create_table(owner_url: str) -> None:
    await _as_owner(owner_url, TABLE)


async def drop_table(owner_url: str) -> None:
    await _as_owner(owner_url, "SET lock_timeout = '10s'; DROP TABLE public.things")


async def _as_owner(owner_url: str, statement: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
