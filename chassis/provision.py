"""A service's database and its two roles, made or brought to what they should be: `python -m chassis.provision payments …`.

`<service>_owner` owns the schemas and runs migrations; `<service>` reads and writes rows and cannot change a table. Everything is
said in a way that may be said again. Variables: SIFANG_ADMIN_URL, and of each service the two addresses its passwords are taken from.
"""

import asyncio
import os
import sys
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

SCHEMAS = ("public", "chassis", "jobs")
LOCK = 0x51FA47
LOCALE = "C.UTF-8"


def owner_of(service: str) -> str:
    return f"{service}_owner"


def database_of(service: str) -> str:
    return f"sifang_{service}"


def in_database(url: str, database: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def provision(
    admin_url: str, service: str, *, password: str, owner_password: str, database: str | None = None
) -> None:
    """Make the service's roles, database, schemas and privileges as they should be. Safe to run again, and side by side.

    admin_url: a role that may create databases and roles, in any database of the server.
    """
    database = database or database_of(service)
    connection = await asyncpg.connect(admin_url)
    try:
        # Roles belong to the whole server: two provisions at once would meet in its catalogue.
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        await _role(connection, owner_of(service), owner_password)
        await _role(connection, service, password)
        await _database(connection, service, database)
        await _allow(in_database(admin_url, database), service, database)
    finally:
        await connection.close()


async def _allow(admin_url: str, service: str, database: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            for statement in _privileges(service, database):
                await connection.execute(statement)
    finally:
        await connection.close()


async def _role(connection: "asyncpg.Connection", role: str, password: str) -> None:
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if exists else "CREATE"
    await connection.execute(
        f"{verb} ROLE {_name(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {_literal(password)}"
    )


async def _database(connection: "asyncpg.Connection", service: str, database: str) -> None:
    if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        return
    # Whoever makes a database for another must be able to act as that role; a superuser is, a managed server's admin is not yet.
    await connection.execute(
        f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{owner_of(service)}', 'MEMBER') THEN"
        f" EXECUTE format('GRANT %I TO %I', '{owner_of(service)}', current_user); END IF; END $$"
    )
    await connection.execute(
        f"CREATE DATABASE {_name(database)} OWNER {_name(owner_of(service))} TEMPLATE template0"
        f" ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE '{LOCALE}' LOCALE 'C'"
    )


def _privileges(service: str, database: str) -> list[str]:
    owner, user = _name(owner_of(service)), _name(service)
    default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner}"
    statements = [
        f"REVOKE ALL ON DATABASE {_name(database)} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {_name(database)} TO {user}",
        f"{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user}",
        f"{default} GRANT USAGE, SELECT ON SEQUENCES TO {user}",
        f"{default} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        f"{default} GRANT EXECUTE ON FUNCTIONS TO {user}",
    ]
    for schema in SCHEMAS:
        statements += [
            f"CREATE SCHEMA IF NOT EXISTS {schema}",
            f"ALTER SCHEMA {schema} OWNER TO {owner}",
            f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA {schema} TO {user}",
        ]
    return statements


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    """Password and database names are no parameters of these statements. Raises ValueError for what could be read two ways."""
    if "\\" in text or "\0" in text:
        raise ValueError("a password must not contain a backslash")
    return "'" + text.replace("'", "''") + "'"


async def _from_environment(services: list[str]) -> None:
    admin_url = os.environ["SIFANG_ADMIN_URL"]
    for service in services:
        own = urlsplit(os.environ[f"SIFANG_{service.upper()}_DATABASE_URL"])
        owner = urlsplit(os.environ[f"SIFANG_{service.upper()}_OWNER_URL"])
        await provision(
            admin_url,
            service,
            password=unquote(own.password or ""),
            owner_password=unquote(owner.password or ""),
            database=own.path.lstrip("/"),
        )


def main() -> None:
    try:
        asyncio.run(_from_environment(sys.argv[1:]))
    except KeyError as fault:
        sys.exit(f"{fault.args[0]} is not set")


if __name__ == "__main__":
    main()
