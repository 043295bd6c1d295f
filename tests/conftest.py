"""What tests of every room stand on: a real PostgreSQL, a clean database of each service, and services really served."""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
import structlog
from hypothesis import HealthCheck, settings

from chassis import database
from chassis.runtime import Runtime
from chassis.settings import Settings
from tests import keeping, resting, serving
from tests.databases import Databases, RunOfTests
from tests.serving import PATIENCE_SECONDS, Factory, Served

DatabaseUrls = Callable[[str], Awaitable[tuple[str, str]]]
MakeSettings = Callable[..., Awaitable[Settings]]
MakeRuntime = Callable[..., Awaitable[Runtime]]
WAITS = ("LOCK_TIMEOUT_MS", "STATEMENT_TIMEOUT_MS", "IDLE_IN_TRANSACTION_MS")
ORDINARY = {wait: getattr(database, wait) for wait in WAITS}
"""How long a service waits outside of tests."""
RUN = pytest.StashKey[RunOfTests]()

# A busy machine must not fail a property: only what is computed counts, not how fast.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("tests"), max_examples=2_000)
settings.load_profile("tests")


class Serve(Protocol):
    """Start a service by name, or an application by its factory under a service's name."""

    async def __call__(
        self,
        what: str | Factory,
        *,
        service: str | None = None,
        neighbours: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Served: ...


# A worker holds all services and the rooms' sources: looking through them for cycles as often as by default takes a tenth of the run.
COLLECT_AFTER = (50_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(*COLLECT_AFTER)
    # The run's own server has no TLS: without this each connection asks for it first.
    os.environ["PGSSLMODE"] = "disable"
    # Faults in plain lines: the library's coloured ones with every local variable take a second or two each.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    run = config.stash[RUN] = RunOfTests(config)
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(run, "sifang-run")


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[RUN].end()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that services run on, too."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """A machine that is shared may stand still for seconds: who waits meanwhile is not told to ask again."""
    with pytest.MonkeyPatch.context() as patch:
        for wait in WAITS:
            patch.setattr(f"chassis.database.{wait}", PATIENCE_SECONDS * 1000)
        for wait in ("CONNECT_SECONDS", "POOL_SECONDS", "COMMAND_SECONDS"):
            patch.setattr(f"chassis.database.{wait}", PATIENCE_SECONDS)
        for wait in ("CONNECT_SECONDS", "QUERY_SECONDS"):
            patch.setattr(f"chassis.job_driver.{wait}", PATIENCE_SECONDS)
        patch.setattr("chassis.commands.CONTINUATION_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(autouse=True)
def _at_rest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    resting.at_rest(request, monkeypatch)


@pytest.fixture
def ordinary_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that hold a lock on purpose: who waits for it is told to ask again as soon as outside of tests."""
    monkeypatch.setattr("chassis.database.LOCK_TIMEOUT_MS", ORDINARY["LOCK_TIMEOUT_MS"])


@pytest.fixture(scope="session", autouse=True)
def _start_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        serving.start_once(patch)
        yield


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    run = pytestconfig.stash[RUN]
    admin_url, folder = run.given()
    databases = Databases(admin_url, folder, run.worker)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def admin_url(databases: Databases) -> str:
    """The server's administrator, for tests that look at or break what services may not."""
    return databases.admin_url


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of every issuer."""
    folder = tmp_path_factory.mktemp("keys")
    serving.write_keys(folder)
    return folder


@pytest.fixture(scope="session")
async def kept_pools(databases: Databases) -> AsyncIterator[None]:
    """With it the loop is kept, too: fixtures of a session hold it."""
    pools = keeping.Pools(kept=f"_{databases.worker}")
    with pytest.MonkeyPatch.context() as patch:
        pools.begin(patch)
        yield
    await pools.end()


@pytest.fixture
async def database_urls(databases: Databases, kept_pools: None) -> AsyncIterator[DatabaseUrls]:
    """`url, owner_url = await database_urls("p2p")`: a migrated database with no row in it but what migrations wrote."""
    used: set[str] = set()

    async def urls(service: str) -> tuple[str, str]:
        used.add(service)
        return await databases.clone(service)

    async with keeping.nothing_left():
        yield urls
    for service in used:
        await databases.clear(service)


@pytest.fixture
async def make_settings(database_urls: DatabaseUrls, keys: Path) -> MakeSettings:
    """`await make_settings("p2p", neighbours={"payments": url}, environment={"SIFANG_P2P_…": "…"}, pool_size=20)`."""

    async def make(
        service: str,
        *,
        neighbours: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Settings:
        url, _ = await database_urls(service)
        return Settings(
            service, "test", url, url, keys, dict(neighbours or {}), environment=dict(environment or {}), **more
        )

    return make


@pytest.fixture
async def make_runtime(make_settings: MakeSettings) -> AsyncIterator[MakeRuntime]:
    """`runtime = await make_runtime("p2p")`: pool, keys and clock of a service, with nothing running."""
    made: list[Runtime] = []

    async def make(service: str, **more: Any) -> Runtime:
        runtime = Runtime(await make_settings(service, **more))
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        await runtime.database.close()


@pytest.fixture
async def serve(make_settings: MakeSettings) -> AsyncIterator[Serve]:
    """`served = await serve("p2p")`: the real application; it knows those served before it as its neighbours."""
    running: dict[str, Served] = {}

    async def start(
        what: str | Factory,
        *,
        service: str | None = None,
        neighbours: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Served:
        name = what if isinstance(what, str) else service
        assert name is not None, "an application needs the name of the service it is"
        known = {other: served.url for other, served in running.items()} | dict(neighbours or {})
        settings = await make_settings(name, neighbours=known, environment=environment)
        factory = serving.factory_of(what) if isinstance(what, str) else what
        served = running[name] = await serving.start(settings, factory)
        return served

    yield start
    for served in reversed(running.values()):
        await served.stop()
