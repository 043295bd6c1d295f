"""One server a run, one migrated template a service, one clone of it a worker, emptied after each test that used it."""

import asyncio
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from chassis.migrate import migrate
from chassis.provision import database_of, in_database, owner_of, provision
from suite import postgres

PACKAGES = {
    "payments": "services.payments",
    "p2p": "services.p2p",
    "ecommerce_credit": "services.ecommerce_credit",
    "info_broker": "services.info_broker",
    "gateway": "gateway",
    "sandbox": "sandbox",
}
_KEEP_SEEDS = """DO $$ DECLARE source regclass; filled boolean; BEGIN
    CREATE SCHEMA seeds_of_tests;
    FOR source IN SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname NOT IN ('information_schema', 'seeds_of_tests') AND nspname NOT LIKE 'pg\\_%'
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', source) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE seeds_of_tests.%I AS TABLE %s', source::text, source); END IF;
    END LOOP; END $$"""
_KEEP_CLEARING = """DO $$ DECLARE source record; statements text := ''; BEGIN
    FOR source IN SELECT format('%I.%I', nspname, relname) AS name,
            (SELECT format('%I.%I', 'seeds_of_tests', seed.relname) FROM pg_class seed
                WHERE seed.relnamespace = 'seeds_of_tests'::regnamespace AND seed.relname = pg_class.oid::regclass::text) AS seeds
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname NOT IN ('information_schema', 'seeds_of_tests') AND nspname NOT LIKE 'pg\\_%'
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'
    LOOP
        statements := statements || format('DELETE FROM %s; ', source.name);
        IF source.seeds IS NOT NULL THEN
            statements := statements || format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM %s; ', source.name, source.seeds);
        END IF;
    END LOOP;
    EXECUTE format('CREATE FUNCTION seeds_of_tests.clear() RETURNS void LANGUAGE plpgsql AS %L', 'BEGIN ' || statements || 'END');
    END $$"""
"""Of a function the server plans the hundreds of statements once a connection, not for each test."""
_SERVER = {"max_connections": "400", "scram_iterations": "1"}
"""Kept pools add up, and passwords of tests are nobody's secret."""
_CLEANING = {"session_replication_role": "replica", "lock_timeout": "10s"}


@contextmanager
def scratch_server() -> Iterator[str]:
    """A server of its own in a folder of its own, not durable; the address of its administrator. Nothing is left of it."""
    folder = Path(tempfile.mkdtemp(prefix="sifang-tests-"))
    folder.chmod(0o711)  # the server's user, where it is another one, walks through to its own closed folder
    home = folder / "postgres"
    server = postgres.start(home, durable=False, settings=_SERVER)
    try:
        yield server.url()
    finally:
        server.stop()
        shutil.rmtree(server.place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Databases:
    """The databases of one worker of a run. folder: shared by the run's workers."""

    admin_url: str
    folder: Path
    worker: str
    _cloned: set[str] = field(default_factory=set)
    _cleaner: "Cleaner" = field(default_factory=lambda: Cleaner())

    async def clone(self, service: str) -> tuple[str, str]:
        """Addresses, for the service's role and its owner's, of this worker's database of a service, made at first use."""
        database = f"{database_of(service)}_{self.worker}"
        passwords = await self._template(service)
        if service not in self._cloned:
            await _copy(self.admin_url, f"template_{service}", database, owner_of(service))
            self._cloned.add(service)
        url = in_database(self.admin_url, database)
        own = (service, passwords["own"]), (owner_of(service), passwords["owner"])
        return _as_user(url, *own[0]), _as_user(url, *own[1])

    async def fresh(self, service: str) -> tuple[str, str]:
        """The same of a database that nobody else has, for tests that restart or damage it. It goes with the run."""
        database = f"{database_of(service)}_{secrets.token_hex(4)}"
        passwords = await self._template(service)
        await _copy(self.admin_url, f"template_{service}", database, owner_of(service))
        url = in_database(self.admin_url, database)
        return _as_user(url, service, passwords["own"]), _as_user(url, owner_of(service), passwords["owner"])

    async def clear(self, service: str) -> None:
        """All rows out, those that migrations wrote back in. Foreign keys are not looked at: everything goes at once."""
        url = in_database(self.admin_url, f"{database_of(service)}_{self.worker}")
        await self._cleaner.clear(url)

    def close(self) -> None:
        self._cleaner.close()

    async def _template(self, service: str) -> dict[str, str]:
        """Passwords of the service's roles; the migrated template is made by whichever worker comes first."""
        file = self.folder / f"{service}.json"
        async with _locked(self.folder / f"{service}.lock"):
            if not file.exists():
                file.write_text(json.dumps(await self._make_template(service)))
        passwords: dict[str, str] = json.loads(file.read_text())
        return passwords

    async def _make_template(self, service: str) -> dict[str, str]:
        passwords = {"own": secrets.token_hex(8), "owner": secrets.token_hex(8)}
        name = f"template_{service}"
        await provision(
            self.admin_url, service, password=passwords["own"], owner_password=passwords["owner"], database=name
        )
        url = in_database(self.admin_url, name)
        await migrate(PACKAGES[service], _as_user(url, owner_of(service), passwords["owner"]))
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_KEEP_SEEDS)
            await connection.execute(_KEEP_CLEARING)
        finally:
            await connection.close()
        return passwords


class Cleaner:
    """Connections that outlast the tests, and with them their loops: a new one reads the catalogue anew, which takes ten times as long
    as all the statements."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="cleaner", daemon=True)
        self._thread.start()

    async def clear(self, url: str) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._clear(url), self._loop))

    async def _clear(self, url: str) -> None:
        if url not in self._connections or self._connections[url].is_closed():
            self._connections[url] = await asyncpg.connect(url, server_settings=_CLEANING)
        await self._connections[url].fetchval("SELECT seeds_of_tests.clear()")

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        for connection in self._connections.values():
            connection.terminate()


async def _copy(admin_url: str, template: str, database: str, owner: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"CREATE DATABASE {database} TEMPLATE {template} OWNER {owner} STRATEGY FILE_COPY")
        # Privileges on the database itself are not copied with it.
        await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {owner.removesuffix('_owner')}")
    finally:
        await connection.close()


def _as_user(url: str, user: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}:{password}@{rest.rpartition('@')[2]}"


@asynccontextmanager
async def _locked(file: Path) -> AsyncIterator[None]:
    with file.open("w") as opened:
        await asyncio.to_thread(fcntl.flock, opened, fcntl.LOCK_EX)
        yield


class RunOfTests:
    """Starts the server with the run that needs one: at once when workers share it, else at the first test that asks."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._server: Any = None
        self._folder: Path | None = None
        self._admin_url: str | None = None

    @property
    def worker(self) -> str:
        return str(getattr(self._config, "workerinput", {}).get("workerid", "alone"))

    def given(self) -> tuple[str, Path]:
        """Address of the run's server and the folder its workers share."""
        shared = getattr(self._config, "workerinput", {})
        if "sifang_admin_url" in shared:
            return shared["sifang_admin_url"], Path(shared["sifang_folder"])
        if self._admin_url is None:
            self._server = scratch_server()
            self._admin_url = self._server.__enter__()
            self._folder = Path(tempfile.mkdtemp(prefix="sifang-tests-shared-"))
        assert self._folder is not None
        return self._admin_url, self._folder

    def pytest_configure_node(self, node: Any) -> None:
        """xdist's controller tells its workers where the server is."""
        admin_url, folder = self.given()
        node.workerinput.update(sifang_admin_url=admin_url, sifang_folder=os.fspath(folder))

    def end(self) -> None:
        if self._server is not None:
            self._server.__exit__(None, None, None)
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
