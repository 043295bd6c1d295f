"""The real application of a service, served by uvicorn in the test's own loop on a port of the loopback interface."""

import asyncio
import importlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from joserfc.jwk import OKPKey
from starlette.routing import BaseRoute

from chassis import migrate
from chassis.identity import CUSTOMER_SCOPES, ISSUER_SCOPES, NEIGHBOUR_SCOPES, OPERATOR_SCOPES, Signer
from chassis.runtime import Runtime
from chassis.sequencer import sequencer_of
from chassis.serve import IDLE_SECONDS
from chassis.settings import Settings
from chassis.web import protocol_for
from tests.databases import PACKAGES

Factory = Callable[[Settings], FastAPI]
START_SECONDS = 60
STOP_SECONDS = 5
PATIENCE_SECONDS = 60
"""How long a test waits for what must happen: no claim about speed, only the end of a run that went wrong."""
CLIENT_SECONDS = 3 * PATIENCE_SECONDS
"""The same of a whole call: whoever is called has waits of its own, and the answer tells more than a time-out."""


def write_keys(folder: Path) -> None:
    """A key pair of every issuer, as `sifang up` makes them."""
    for issuer in ISSUER_SCOPES:
        key = OKPKey.generate_key("Ed25519", {"kid": issuer})
        (folder / f"{issuer}.private.json").write_text(json.dumps(key.as_dict(private=True)))
        (folder / f"{issuer}.public.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))


@cache
def _no_authorities() -> ssl.SSLContext:
    """Plain HTTP: without this every client reads the system's certificates, 20 ms of one core."""
    return httpx.create_ssl_context(verify=False)


def factory_of(service: str) -> Factory:
    factory: Factory = importlib.import_module(f"{PACKAGES[service]}.app").create_app
    return factory


def start_once(patch: pytest.MonkeyPatch) -> None:
    """What a service works out of its own code at its start is worked out once a process, however often tests start it."""
    patch.setattr("chassis.migrate.revisions", cache(migrate.revisions))
    shared: dict[int, list[BaseRoute]] = {}

    def include(app: FastAPI, router: APIRouter) -> None:
        if any("<locals>" in route.endpoint.__qualname__ for route in router.routes if isinstance(route, APIRoute)):
            FastAPI.include_router(app, router)  # it belongs to this one application
            return
        if id(router) not in shared:
            FastAPI.include_router(app, router)
            shared[id(router)] = app.router.routes[-1:]
        else:
            app.router.routes.extend(shared[id(router)])

    patch.setattr("chassis.web._Application.include_router", include, raising=False)


class QuietServer(uvicorn.Server):
    """Leaves the signals to the test run, and stops when it is told to, not at the next tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What outlasts the graceful stop (a connection let in while it began) ends here, as with the process elsewhere."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


async def serve_on(config: uvicorn.Config, port: int = 0) -> tuple[QuietServer, "asyncio.Task[None]", int]:
    """A started server, the task it runs in, and its port. Raises what stopped it from starting."""
    # Named as TCP, so that asyncio switches Nagle's delay off on what it accepts: else every answer waits 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    port = listening.getsockname()[1]
    server = QuietServer(config)
    task = asyncio.create_task(server.serve([listening]), name=f"serving-{port}")
    async with asyncio.timeout(START_SECONDS):
        while not server.started and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    if task.done():
        listening.close()
        await task
        raise RuntimeError("the server did not start; its log says why")
    return server, task, port


@asynccontextmanager
async def running(application: Any, *, port: int = 0, **config: Any) -> AsyncIterator[tuple[QuietServer, int]]:
    """Any ASGI application while the block runs: its server and its port."""
    quiet = {"log_config": None, "access_log": False, "timeout_graceful_shutdown": 1, "lifespan": "off"}
    server, task, port = await serve_on(uvicorn.Config(application, **quiet | config), port)
    try:
        yield server, port
    finally:
        server.told.set()
        await task


@dataclass
class Served:
    """A running service. token() and client() speak for an operator unless told otherwise."""

    app: FastAPI
    url: str
    runtime: Runtime
    _server: QuietServer
    _task: "asyncio.Task[None]"
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def token(
        self,
        subject: str = "stf_tests",
        scopes: list[str] | frozenset[str] | None = None,
        *,
        acting_for: str | None = None,
        issuer: str | None = None,
        audience: str | None = None,
        seconds: int = 600,
    ) -> str:
        """Signed with the run's keys: of the service that `subject` names, else of the suite.

        scopes: by default all that a customer (`cus_…`), that service, or an operator may have.
        """
        service = subject if subject in NEIGHBOUR_SCOPES else None
        if scopes is None:
            usual = CUSTOMER_SCOPES if subject.startswith("cus_") else OPERATOR_SCOPES
            scopes = NEIGHBOUR_SCOPES[service] if service else usual
        issuer = issuer or service or "suite"
        signer = Signer(issuer, self.runtime.settings.keys / f"{issuer}.private.json")
        return signer.token(
            audience or self.runtime.settings.service, scopes, subject=subject, acting_for=acting_for, seconds=seconds
        )

    def client(
        self,
        subject: str = "stf_tests",
        scopes: list[str] | frozenset[str] | None = None,
        *,
        acting_for: str | None = None,
        timeout: float = CLIENT_SECONDS,
    ) -> httpx.AsyncClient:
        """An HTTP client with that caller's token; closed with the service."""
        token = self.token(subject, scopes, acting_for=acting_for)
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=timeout, verify=_no_authorities())
        self._clients.append(client)
        return client

    async def stop(self) -> None:
        for client in self._clients:
            await client.aclose()
        # A process hears it by a signal: readers that wait for news answer, instead of holding up the stop.
        sequencer_of(self.runtime).release()
        self._server.told.set()
        await self._task


async def start(settings: Settings, factory: Factory) -> Served:
    """Serve an application. Raises what stopped it from starting."""
    app = factory(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
        ws="none",
        http=protocol_for(app),
    )
    server, task, port = await serve_on(config)
    return Served(app, f"http://127.0.0.1:{port}", app.state.runtime, server, task)
