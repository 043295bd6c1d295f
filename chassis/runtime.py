"""What a running process of a service holds: settings, pool, job queue, keys, and the neighbours it calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Database, Tx
from chassis.identity import Signer, Verifier
from chassis.jobs import JobQueue
from chassis.settings import Settings

Part = TypeVar("Part")


@dataclass
class Runtime:
    settings: Settings
    _parts: dict[type, object] = field(default_factory=dict)

    @cached_property
    def database(self) -> Database:
        return Database(self.settings)

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.settings.service, self.settings.keys / f"{self.settings.service}.private.json")

    @cached_property
    def verifier(self) -> Verifier:
        return Verifier(self.settings)

    jobs: JobQueue = field(init=False)

    def provide(self, part: object, kind: type | None = None) -> None:
        """Put something the service needs where its jobs and routes find it by type: a client, a lane, an adapter."""
        self._parts[kind or type(part)] = part

    def get(self, kind: type[Part]) -> Part:
        try:
            return cast(Part, self._parts[kind])
        except KeyError:
            raise LookupError(f"{self.settings.service} was started without {kind.__name__}") from None

    @asynccontextmanager
    async def transaction(self, *, seed: str | None = None, trace: str | None = None) -> AsyncIterator[Tx]:
        async with self.database.transaction(seed=seed, trace=trace) as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self.database.reading() as connection:
            yield connection


def runtime_of(request: Any) -> Runtime:
    """The runtime behind a request, for routes."""
    return cast(Runtime, request.app.state.runtime)
