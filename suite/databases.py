"""The database of each service: its addresses, and bringing it to the code's schema before anything is started.

Addresses in the environment replace the embedded server, service by service: SIFANG_<SERVICE>_DATABASE_URL; with
SIFANG_<SERVICE>_OWNER_URL it is migrated too, with SIFANG_ADMIN_URL its roles and the database itself are made.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from suite.folder import ROOT, Folder
from suite.parts import PARTS, Part
from suite.postgres import Server


class DatabaseFault(Exception):
    """A database cannot be prepared; the message is one line."""


@dataclass(frozen=True)
class Addresses:
    """owner: None where migrations are somebody else's work. direct: without a pooler, where the environment names one."""

    own: str
    owner: str | None
    embedded: bool
    direct: str | None = None

    def variables(self, part: Part) -> dict[str, str]:
        """What the service's process is told. It never learns the owner's password."""
        told = {f"{part.prefix}DATABASE_URL": self.own}
        return told | ({f"{part.prefix}DIRECT_URL": self.direct} if self.direct else {})


def given(part: Part, environment: Mapping[str, str] | None = None) -> Addresses | None:
    """The addresses that the environment names for a service."""
    environment = os.environ if environment is None else environment
    own = environment.get(f"{part.prefix}DATABASE_URL")
    if own is None:
        return None
    return Addresses(
        own, environment.get(f"{part.prefix}OWNER_URL"), False, environment.get(f"{part.prefix}DIRECT_URL")
    )


def embedded(part: Part, server: Server, passwords: Mapping[str, str]) -> Addresses:
    database = f"sifang_{part.name}"
    return Addresses(
        server.url(database, part.name, passwords["own"]),
        server.url(database, f"{part.name}_owner", passwords["owner"]),
        True,
    )


def fingerprint(part: Part) -> str:
    """Of everything that decides a service's schema."""
    digest = hashlib.sha256()
    files = [ROOT / "chassis" / "provision.py", ROOT / "chassis" / "job_driver.py"]
    for folder in (ROOT / "chassis" / "migrations", ROOT.joinpath(*part.package.split("."), "migrations")):
        files += sorted(folder.glob("*.py"))
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def prepare(folder: Folder, addresses: Mapping[str, Addresses], admin_url: str | None) -> list[str]:
    """Make and migrate what is not yet as the code expects; the services that had to be looked at.

    The embedded databases are this folder's alone: what is written down about their schema holds, and a start with nothing to do
    loads no database library. (A service asks its schema again before it calls itself ready.)
    """
    known: dict[str, str] = json.loads(folder.schema.read_text()) if folder.schema.exists() else {}
    wanted = {name: fingerprint(PARTS[name]) for name in addresses}
    behind = [name for name, found in addresses.items() if not (found.embedded and known.get(name) == wanted[name])]
    behind = [name for name in behind if addresses[name].owner]
    if behind:
        asyncio.run(_bring_up({name: addresses[name] for name in behind}, admin_url))
        known |= {name: wanted[name] for name in behind if addresses[name].embedded}
        folder.schema.write_text(json.dumps(known, indent=2))
    return behind


async def _bring_up(behind: Mapping[str, Addresses], admin_url: str | None) -> None:
    """All side by side, each to its end; the first fault is told."""
    admin = {True: admin_url, False: os.environ.get("SIFANG_ADMIN_URL")}
    # Alembic keeps what it is at in a module: migrations of two databases that take turns would meet there.
    alone = asyncio.Lock()
    work = [_one(PARTS[name], addresses, admin[addresses.embedded], alone) for name, addresses in behind.items()]
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _one(part: Part, addresses: Addresses, admin_url: str | None, alone: asyncio.Lock) -> None:
    from chassis.migrate import migrate
    from chassis.provision import provision

    assert addresses.owner is not None
    own, owner = urlsplit(addresses.own), urlsplit(addresses.owner)
    try:
        if admin_url is not None:
            await provision(
                admin_url,
                part.name,
                password=unquote(own.password or ""),
                owner_password=unquote(owner.password or ""),
                database=own.path.lstrip("/"),
            )
        async with alone:
            await migrate(part.package, addresses.owner)
    except Exception as fault:
        reason = str(fault).strip().splitlines() or [type(fault).__name__]
        raise DatabaseFault(f"the database of {part.name} cannot be prepared: {reason[0]}") from fault
