"""A bare service on a real database: the chassis's own tables and nothing else."""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis import migrate
from chassis.database import async_url
from chassis.runtime import Runtime
from chassis.settings import Settings

MakeSettings = Callable[[str], Awaitable[Settings]]
MakeRuntime = Callable[[str], Awaitable[Runtime]]
ADMIN = os.environ.get("SIFANG_TEST_SERVER", "postgresql://postgres@127.0.0.1:54991/postgres")


async def _admin(*statements: str) -> None:
    connection = await asyncpg.connect(ADMIN)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrated(service: str, name: str) -> None:
    owner = ADMIN.replace("postgres@", f"{service}_owner@").rpartition("/")[0] + f"/{name}"
    for role in (f"{service}_owner", service):
        await _admin(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='{role}') THEN CREATE ROLE {role} LOGIN; END IF; END $$"
        )
    await _admin(f"CREATE DATABASE {name} OWNER {service}_owner")
    engine = create_async_engine(async_url(owner), poolclass=NullPool)
    async with engine.begin() as connection:
        for schema in ("chassis", "jobs"):
            await connection.execute(text(f"CREATE SCHEMA {schema}"))
            await connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {service}"))
        for what, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
            await connection.execute(text(f"ALTER DEFAULT PRIVILEGES GRANT {rights} ON {what} TO {service}"))
    async with engine.connect() as connection:
        await connection.run_sync(migrate._upgrade, "chassis", migrate.ROOT / "migrations")
    await engine.dispose()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for issuer in ("payments", "p2p", "suite"):
        key = OKPKey.generate_key("Ed25519", {"kid": issuer})
        (folder / f"{issuer}.private.json").write_text(json.dumps(key.as_dict(private=True)))
        (folder / f"{issuer}.public.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return folder


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    made = {service: f"template_{service}_{secrets.token_hex(4)}" for service in ("payments", "p2p")}
    for service, name in made.items():
        asyncio.run(_migrated(service, name))
    return made


@pytest.fixture
async def make_settings(templates: dict[str, str], keys: Path) -> AsyncIterator[MakeSettings]:
    """Settings of a service on a fresh database of its own."""
    made: list[str] = []

    async def make(service: str) -> Settings:
        name = f"{service}_{secrets.token_hex(4)}"
        await _admin(f"CREATE DATABASE {name} TEMPLATE {templates[service]} OWNER {service}_owner")
        made.append(name)
        url = ADMIN.replace("postgres@", f"{service}@").rpartition("/")[0] + f"/{name}"
        return Settings(service, "test", url, url, keys, {}, pool_size=20)

    yield make
    for name in made:
        await _admin(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def make_runtime(make_settings: MakeSettings) -> AsyncIterator[MakeRuntime]:
    made: list[Runtime] = []

    async def make(service: str = "p2p") -> Runtime:
        runtime = Runtime(await make_settings(service))
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        await runtime.database.close()


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("p2p")
