"""`sifang import KIND PATH`: whole files of real data into a running suite, idempotently, bad rows refused one by one."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from clients.errors import ClientError
from clients.transport import Transport
from suite import sanctions, tokens
from suite.bank_history import replaying
from suite.folder import Folder
from suite.reading.kinds import Parcel, UnknownKind, kind_named, parcels_of
from suite.reading.sending import Tally, send
from suite.reading.sheets import ReadFault, Sheet

FAULTS = (ReadFault, UnknownKind, ClientError, tokens.TokenFault)
TOKEN_SECONDS = 3600
LARGEST_TOLD = 20


def read_in(folder: Folder, kind: str, path: Path, console: Console) -> bool:
    """Read a file or folder in; whether no row was refused. The good rows of a file with bad ones are taken. Raises one of FAULTS."""
    if kind == replaying.KIND:
        return _replay(folder, path, console)
    if kind == sanctions.KIND:
        return _take_list(folder, path, console)
    known = kind_named(kind)
    parcels = parcels_of(known, path)
    url = folder.running().url(known.service)
    token = tokens.make(folder, "operator", [], subject=None, seconds=TOKEN_SECONDS, audience=[known.service])
    tallies = asyncio.run(_read(url, token, parcels, console))
    return not any(tally.refused for tally in tallies)


def _replay(folder: Folder, path: Path, console: Console) -> bool:
    """A bank's history; every difference and every overdrawn account goes into a file beside the suite's data."""
    url, report = folder.running().url("payments"), folder.path / f"{replaying.KIND}.csv"
    token = tokens.make(folder, "operator", [], subject=None, seconds=TOKEN_SECONDS, audience=["payments"])

    async def replayed() -> replaying.Replayed:
        async with Transport(url, lambda _: token) as transport:
            return await replaying.replay(transport, path, report)

    found = asyncio.run(replayed())
    for one in found.refused[:LARGEST_TOLD]:
        console.print(one, markup=False, soft_wrap=True)
    console.print(f"{found.told()}; see {report}", markup=False, soft_wrap=True)
    return found.holds


def _take_list(folder: Folder, path: Path, console: Console) -> bool:
    """Rows that were refused belong to no entry, or have no name; the version stands without them."""
    url = folder.running().url("payments")
    token = tokens.make(folder, "operator", [], subject=None, seconds=TOKEN_SECONDS, audience=["payments"])

    async def taken() -> sanctions.Told:
        async with Transport(url, lambda _: token) as transport:
            return await sanctions.take(transport, path)

    told = asyncio.run(taken())
    for one in told.refused[:LARGEST_TOLD]:
        console.print(one, markup=False, soft_wrap=True)
    console.print(told.line(), markup=False, soft_wrap=True)
    return not told.refused


async def _read(url: str, token: str, parcels: Sequence[Parcel], console: Console) -> list[Tally]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tallies = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        async with Transport(url, lambda _: token) as transport:
            for parcel in parcels:
                task = progress.add_task(parcel.sheet.file, total=len(parcel.sheet.rows))
                began = time.monotonic()
                tally = await send(transport, parcel, partial(_draw, progress, task))
                progress.remove_task(task)
                _show(console, parcel.sheet, tally, time.monotonic() - began)
                tallies.append(tally)
    return tallies


def _draw(progress: Progress, task: TaskID, tally: Tally) -> None:
    progress.update(task, completed=tally.rows)


def _show(console: Console, sheet: Sheet, tally: Tally, seconds: float) -> None:
    for one in tally.refused:
        where = f"{one.file}:{one.line}"
        console.print(f"{where} {one.field or 'row'}: {one.code}, {one.detail}", markup=False, soft_wrap=True)
    console.print(
        f"{sheet.file}: {tally.rows:,} rows, {tally.accepted:,} new, {tally.changed:,} changed,"
        f" {tally.unchanged:,} unchanged, {len(tally.refused):,} refused, {seconds:.1f} s",
        markup=False,
        soft_wrap=True,
    )
