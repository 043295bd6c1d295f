"""A service with nothing running, and a small one that is served: pool, keys and clock on a clean database."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any, Protocol

import pytest

from chassis.runtime import Runtime
from tests.chassis import probe
from tests.conftest import DatabaseUrls, MakeRuntime, Serve
from tests.serving import Served


class ServeProbe(Protocol):
    def __call__(self, story: probe.Story = ..., **parts: Any) -> Awaitable[Served]: ...


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("p2p", pool_size=20)


@pytest.fixture
async def things(database_urls: DatabaseUrls) -> AsyncIterator[None]:
    """The probe's table, in the database of the service that it stands for."""
    _, owner_url = await database_urls("p2p")
    await probe.create_table(owner_url)
    yield
    await probe.drop_table(owner_url)


@pytest.fixture
async def serve_probe(things: None, serve: Serve) -> ServeProbe:
    """`served = await serve_probe(story)`: tests.chassis.probe over HTTP."""

    async def start(story: probe.Story = probe.make, **parts: Any) -> Served:
        return await serve(probe.application(story, **parts), service="p2p")

    return start
