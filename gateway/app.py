"""The gateway: one door, and the operational data of all four services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from chassis import web
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.web import Parts
from gateway import documentation
from gateway.console.payments.routes import router as console_payments_router
from gateway.console.routes import router as console_router
from gateway.console.second_factor import router as console_factor_router
from gateway.factors.routes import router as factors_router
from gateway.factors.sealing import sealing_keys
from gateway.identities.events import EVENT_TYPES
from gateway.identities.passwords import Passwords
from gateway.identities.routes import router as identities_router
from gateway.limits import Limits
from gateway.operations import jobs as operations_jobs
from gateway.operations.feeds import FEEDS
from gateway.operations.routes import router as operations_router
from gateway.routing.routes import router as routing_router
from gateway.routing.rules import SERVICES
from gateway.routing.upstream import opened
from gateway.sessions import jobs as sessions_jobs
from gateway.sessions.routes import router as sessions_router
from gateway.settings import GatewaySettings

FOLD_EVERY_SECONDS = 2.0
FORGET_EVERY_SECONDS = 3600.0
STATIC = Path(__file__).parent / "console" / "static"


@asynccontextmanager
async def _opened(runtime: Runtime) -> AsyncIterator[None]:
    """What routes find in the runtime: limits, password threads, the services behind."""
    settings = GatewaySettings.read(runtime.settings)
    passwords = Passwords()
    runtime.provide(settings)
    runtime.provide(Limits(settings))
    runtime.provide(passwords)
    sealing_keys(runtime)  # a key that cannot be used stops the start, not the first sign-in
    try:
        async with opened(runtime.settings.neighbours, SERVICES) as upstreams:
            runtime.provide(upstreams)
            yield
    finally:
        passwords.close()


PARTS = Parts(
    name="gateway",
    module="gateway",
    title="Sifang gateway",
    routers=[
        identities_router,
        factors_router,
        sessions_router,
        operations_router,
        console_router,
        console_factor_router,
        console_payments_router,
        routing_router,
    ],
    periodic={
        "gateway.fold_figures": (FOLD_EVERY_SECONDS, operations_jobs.fold),
        "gateway.forget_sessions": (FORGET_EVERY_SECONDS, sessions_jobs.forget_expired),
    },
    feeds=FEEDS,
    start=[_opened],
    event_types=EVENT_TYPES,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    app = web.create_app(PARTS, settings)
    # A redirect for a slash would be built of the Host header, which is the caller's to choose.
    app.router.redirect_slashes = False
    documentation.install(app)
    app.mount("/console/static", StaticFiles(directory=STATIC), name="static")
    return app
