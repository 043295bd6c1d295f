"""A database and its schema are made once, whoever makes them, how often, and however many at once."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

import asyncpg
import pytest

from chassis import migrate as migrating
from chassis.migrate import LOCK, behind, migrate, revisions
from chassis.provision import in_database, owner_of, provision
from tests.databases import PACKAGES

MODULE = "services.info_broker"


@dataclass(frozen=True)
class Place:
    """An empty database of a service that only this test has."""

    admin_url: str
    database: str
    password: str
    owner_password: str

    async def provide(self) -> None:
        await provision(
            self.admin_url,
            self.service,
            password=self.password,
            owner_password=self.owner_password,
            database=self.database,
        )

    @property
    def service(self) -> str:
        return self.database.removeprefix("of_")

    def url(self, user: str, password: str) -> str:
        scheme, _, rest = in_database(self.admin_url, self.database).partition("://")
        return f"{scheme}://{user}:{quote(password)}@{rest.rpartition('@')[2]}"

    @property
    def own_url(self) -> str:
        return self.url(self.service, self.password)

    @property
    def owner_url(self) -> str:
        return self.url(owner_of(self.service), self.owner_password)


@pytest.fixture
async def place(admin_url: str) -> AsyncIterator[Place]:
    """Roles of its own, too: a service's are shared by the whole run."""
    place = Place(admin_url, f"of_tested{secrets.token_hex(4)}", secrets.token_hex(8), "it's " + secrets.token_hex(4))
    await asyncio.gather(place.provide(), place.provide())
    yield place
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {place.database} WITH (FORCE)")
    await admin.execute(f"DROP ROLE {place.service}")
    await admin.execute(f"DROP ROLE {owner_of(place.service)}")
    await admin.close()


async def _schema(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT format('%s.%s.%s %s', table_schema, table_name, column_name, data_type) AS line"
            " FROM information_schema.columns WHERE table_schema IN ('public', 'chassis', 'jobs') ORDER BY line"
        )
        found = await connection.fetch("SELECT * FROM chassis.alembic_version")
        assert len(found) == 1
        return [row["line"] for row in rows]
    finally:
        await connection.close()


async def test_two_at_once_and_once_more_make_one_schema(place: Place) -> None:
    await asyncio.gather(migrate(MODULE, place.owner_url), migrate(MODULE, place.owner_url))
    made = await _schema(place.own_url)
    assert any(line.startswith("chassis.idempotency_keys.") for line in made)
    await place.provide()
    await migrate(MODULE, place.owner_url)
    assert await _schema(place.own_url) == made
    own = await asyncpg.connect(place.own_url)
    await own.execute("INSERT INTO chassis.feed_cursors (name) VALUES ('x')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await own.execute("DELETE FROM chassis.events")
    await own.close()


async def test_a_database_is_its_service_s_alone(place: Place, admin_url: str) -> None:
    admin = await asyncpg.connect(admin_url)
    stranger = f"stranger_{secrets.token_hex(4)}"
    await admin.execute(f"CREATE ROLE {stranger} LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(place.url(stranger, "x"))
    finally:
        await admin.execute(f"DROP ROLE {stranger}")
        await admin.close()


async def test_a_run_waits_for_another_and_not_for_ever(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "TURN_TIMEOUT", "100ms")
    admin = await asyncpg.connect(in_database(place.admin_url, place.database))
    await admin.execute(f"SELECT pg_advisory_lock({LOCK})")
    with pytest.raises(Exception, match="lock timeout"):
        await migrate(MODULE, place.owner_url)
    assert await admin.fetchval("SELECT to_regclass('chassis.events')") is None
    await admin.close()


async def test_the_command_says_what_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIFANG_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chassis.migrate", MODULE,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, told = await process.communicate()
    assert (process.returncode, told) == (1, b"SIFANG_INFO_BROKER_OWNER_URL is not set\n")


@pytest.mark.parametrize("module", PACKAGES.values())
def test_revisions_are_one_line_and_dated(module: str) -> None:
    for schema, names in revisions(module).items():
        assert names == sorted(names, reverse=True), schema
        assert all(name[:2] == "20" and name[4] == name[7] == name[10] == "_" for name in names)
        assert behind({schema: names}, {schema: names[0] if names else None}) == []


async def test_a_password_that_could_be_read_two_ways_is_refused(admin_url: str) -> None:
    with pytest.raises(ValueError, match="backslash"):
        await provision(admin_url, "nobody", password="a\\'b", owner_password="x", database="nowhere")
