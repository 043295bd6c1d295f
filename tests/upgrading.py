"""A database as an earlier version left it, to be migrated to today's."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis import migrate as migrating
from chassis.database import async_url
from chassis.migrate import folder_of
from chassis.provision import in_database, owner_of, provision


@dataclass(frozen=True)
class Place:
    own_url: str
    owner_url: str


@asynccontextmanager
async def place_at(admin_url: str, module: str, revision: str) -> AsyncIterator[Place]:
    """A database of a service as that revision has it, with roles of its own; it goes with the test."""
    service, password = f"tested{secrets.token_hex(4)}", secrets.token_hex(8)
    database = f"of_{service}"
    await provision(admin_url, service, password=password, owner_password=password, database=database)
    scheme, _, rest = in_database(admin_url, database).partition("://")
    own, owner = (f"{scheme}://{user}:{password}@{rest.rpartition('@')[2]}" for user in (service, owner_of(service)))
    await _migrate_to(owner, module, revision)
    yield Place(own, owner)
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")
    await admin.execute(f"DROP ROLE {service}")
    await admin.execute(f"DROP ROLE {owner_of(service)}")
    await admin.close()


async def _migrate_to(owner_url: str, module: str, revision: str) -> None:
    def upgrade(connection: Connection, schema: str, folder: Path, until: str) -> None:
        config = migrating._config(folder)
        config.attributes.update(connection=connection, schema=schema)
        command.upgrade(config, until)
        connection.commit()

    engine = create_async_engine(async_url(owner_url), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(upgrade, "chassis", migrating.ROOT / "migrations", "head")
        await connection.run_sync(upgrade, "public", folder_of(module), revision)
    await engine.dispose()
