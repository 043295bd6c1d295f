"""The application factory: what every service answers before it has said a word of its own.

`/healthz` the process lives; `/readyz` its database answers on the schema the code expects; `/metrics`; the event feed; in test mode
the clock. On a stop uvicorn takes no new requests, then feeds, jobs and the service's own parts finish, then the pool closes.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import contract, migrate, problems, sequencer, service_routes
from chassis.body_limit import BodyLimitMiddleware
from chassis.directory import Directory
from chassis.feeds import Feed, FeedReader
from chassis.idempotency import forget_old
from chassis.jobs import JobHandler, JobQueue, Periodic
from chassis.logs import configure_logging
from chassis.operator_routes import operator_router
from chassis.quick import QuickProtocol, QuickRoute, QuickWay, protocol_of
from chassis.runtime import Runtime
from chassis.sequencer import Sequencer
from chassis.settings import Settings
from chassis.telemetry import TelemetryMiddleware, telemetry_of

Start = Callable[[Runtime], AbstractAsyncContextManager[None]]
HOUSEKEEPING_SECONDS = 3600


@dataclass(frozen=True)
class Parts:
    """What a service is made of.

    module: its package, for migrations; start: what is opened before and closed after serving, in order (clients, lanes);
    quick: by path, what answers a POST there before its route, for what is asked thousands of times a second;
    event_types: the payload model of each event type it publishes, for the contract.
    """

    name: str
    module: str
    title: str
    routers: Sequence[APIRouter]
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)
    periodic: Mapping[str, Periodic] = field(default_factory=dict)
    feeds: Sequence[Feed] = ()
    start: Sequence[Start] = ()
    quick: Mapping[str, Callable[[Runtime], QuickRoute]] = field(default_factory=dict)
    event_types: Mapping[str, type[BaseModel]] = field(default_factory=dict)


class _Application(FastAPI):
    """The framework behind a door of ours: telemetry and limits stand outside of its layers. way: past all of them, for the protocol."""

    door: ASGIApp
    way: QuickWay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.door(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


def create_app(parts: Parts, settings: Settings | None = None) -> FastAPI:
    """The service's application. Settings are read from the environment unless given."""
    if settings is None:
        # A process of its own: its logs are ours. (Within a test they are the test's.)
        configure_logging(parts.name, process=os.environ.get("SIFANG_PROCESS"))
        settings = Settings.read(parts.name)
    runtime = Runtime(settings)
    runtime.jobs = JobQueue(runtime, parts.jobs, {"chassis.forget_old_keys": _HOUSEKEEPING, **parts.periodic})
    telemetry = telemetry_of(runtime)
    app = _Application(
        title=parts.title,
        version="1",
        lifespan=_lifespan(parts, runtime),
        responses=contract.RESPONSES,
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        # Requests are told of by chassis.telemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.runtime = runtime
    app.state.telemetry = telemetry
    app.state.known_schema = migrate.revisions(parts.module)
    app.state.event_types = parts.event_types
    # Routes are looked through in order: the service's own stand first.
    for router in (*parts.routers, service_routes.health, sequencer.router, operator_router(parts.name)):
        app.include_router(router)
    if settings.test_mode:
        app.include_router(service_routes.clock)
    app.include_router(telemetry.router)
    app.router.middleware_stack = Directory(app.router)
    app.openapi = partial(contract.published, app)  # type: ignore[method-assign]
    problems.install(app)
    limited = BodyLimitMiddleware(app.framework, limit=settings.body_limit)
    app.door = TelemetryMiddleware(limited, telemetry=telemetry)
    quick = {path: make(runtime) for path, make in parts.quick.items()}
    app.way = QuickWay(quick, telemetry, settings.body_limit)
    return app


def protocol_for(app: FastAPI) -> type[QuickProtocol]:
    """What uvicorn serves an application with, as `http`, so that its quick routes are."""
    assert isinstance(app, _Application)
    return protocol_of(app.way)


def _lifespan(parts: Parts, runtime: Runtime) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            # In a thread: a collector that does not answer must not stop the loop while others finish.
            stack.push_async_callback(asyncio.to_thread, telemetry_of(runtime).close)
            stack.push_async_callback(runtime.database.close)
            if not runtime.settings.test_mode:
                await runtime.database.refuse_superuser()
            for start in parts.start:
                await stack.enter_async_context(start(runtime))
            await stack.enter_async_context(_started(Sequencer(runtime)))
            await stack.enter_async_context(_started(runtime.jobs))
            for feed in parts.feeds:
                await stack.enter_async_context(_started(FeedReader(runtime, feed)))
            yield

    return lifespan


@asynccontextmanager
async def _started(worker: Any) -> AsyncIterator[None]:
    await worker.start()
    try:
        yield
    finally:
        await worker.stop()


async def _forget_old_keys(runtime: Runtime) -> None:
    while True:
        async with runtime.transaction() as tx:
            if await forget_old(tx.connection) == 0:
                return


_HOUSEKEEPING: Periodic = (HOUSEKEEPING_SECONDS, _forget_old_keys)


def _operation_id(route: APIRoute) -> str:
    return route.name
