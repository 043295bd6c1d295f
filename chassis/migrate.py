"""Schema changes, run once before any replica: `python -m chassis.migrate services.payments`.

The chassis's own tables come first, then the service's. An advisory lock keeps two runs apart; every statement has a lock timeout,
so that a migration waits for nobody's long transaction. `--autogenerate "message"` writes a dated file from the tables' metadata.
"""

import argparse
import asyncio
import importlib
import os
import re
import sys
from datetime import date
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import async_url

ROOT = Path(__file__).resolve().parent
LOCK = 0x51FA46
LOCK_TIMEOUT = "5s"
# How long a run waits for another one to end.
TURN_TIMEOUT = "10min"


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migration_environment").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))
    return config


def _known(folder: Path) -> list[str]:
    scripts = ScriptDirectory.from_config(_config(folder))
    return [script.revision for script in scripts.walk_revisions()]


def _head(folder: Path) -> str | None:
    return ScriptDirectory.from_config(_config(folder)).get_current_head()


def folder_of(module: str) -> Path:
    """The migrations of a service's package: `services.payments` → services/payments/migrations."""
    return ROOT.parent.joinpath(*module.split("."), "migrations")


def metadata_of(module: str) -> MetaData:
    """The service's MetaData, with every `tables.py` below the package registered on it."""
    package = ROOT.parent.joinpath(*module.split("."))
    for file in sorted(package.rglob("tables.py")):
        importlib.import_module(".".join(file.relative_to(ROOT.parent).with_suffix("").parts))
    metadata: MetaData = importlib.import_module(f"{module}.metadata").metadata
    return metadata


def revisions(module: str) -> dict[str, list[str]]:
    """Revisions the code knows, newest first, by schema that keeps the version table."""
    return {"chassis": _known(ROOT / "migrations"), "public": _known(folder_of(module))}


def behind(known: dict[str, list[str]], found: dict[str, str | None]) -> list[str]:
    """Schemas that are older than the code. A revision the code does not know is a newer one: migrations work with the
    previous version of the code, which serves on while its replicas are replaced."""
    return [schema for schema, names in known.items() if found[schema] in (None, *names[1:]) and names]


async def migrate(module: str, owner_url: str) -> None:
    """Bring a service's database to the code's schema. Safe to run again, and at the same time as another run."""
    engine = create_async_engine(async_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SET lock_timeout = '{TURN_TIMEOUT}'"))
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            await connection.run_sync(_upgrade, "chassis", ROOT / "migrations")
            await connection.run_sync(_upgrade, "public", folder_of(module))
            await connection.commit()
    finally:
        await engine.dispose()


async def found_in(engine: AsyncEngine) -> dict[str, str | None]:
    """Revision found in the database, by schema that keeps the version table."""
    async with engine.connect() as connection:
        return {schema: await connection.run_sync(_found, schema) for schema in ("chassis", "public")}


def _found(connection: Connection, schema: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": schema})
    return context.get_current_revision()


def _upgrade(connection: Connection, schema: str, folder: Path) -> None:
    if _head(folder) is None:
        return
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    config = _config(folder)
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")
    connection.commit()


def _autogenerate(connection: Connection, module: str, message: str) -> Path | None:
    # Alembic's own table, which it does not recognise in the default schema, and partitions: they are made as time passes.
    others = {"alembic_version", *connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition"))}
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table_schema": "public",
            "compare_type": True,
            "target_metadata": metadata_of(module),
            "include_name": lambda name, kind, _: kind != "table" or name not in others,
        },
    )
    produced = produce_migrations(context, metadata_of(module))
    if produced.upgrade_ops is None or produced.upgrade_ops.is_empty():
        return None
    body = render_python_code(produced.upgrade_ops)
    head = _head(folder_of(module))
    revision = f"{date.today():%Y_%m_%d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}"  # noqa: DTZ011
    file = folder_of(module) / f"{revision}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f'"""{message[0].upper()}{message[1:]}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n'
        f"from sqlalchemy.dialects import postgresql\n\nrevision = {revision!r}\ndown_revision = {head!r}\n"
        f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n    {body.strip()}\n"
    )
    return file


async def _write_migration(module: str, owner_url: str, message: str) -> Path | None:
    engine = create_async_engine(async_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_autogenerate, module, message)
    finally:
        await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chassis.migrate", description=__doc__)
    parser.add_argument("module", help="package of the service, such as services.payments")
    parser.add_argument("--autogenerate", metavar="MESSAGE", help="write a dated migration instead of applying")
    arguments = parser.parse_args()
    service = arguments.module.rpartition(".")[2].upper()
    url = os.environ.get(f"SIFANG_{service}_OWNER_URL")
    if url is None:
        sys.exit(f"SIFANG_{service}_OWNER_URL is not set")
    if arguments.autogenerate:
        print(asyncio.run(_write_migration(arguments.module, url, arguments.autogenerate)) or "nothing to change")
        return
    asyncio.run(migrate(arguments.module, url))


if __name__ == "__main__":
    main()
