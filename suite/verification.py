"""`sifang verify`: a table of checks with counts, over each service's own books and over two at a time."""

import asyncio
import json
from dataclasses import asdict
from functools import partial

from rich.console import Console
from rich.table import Table

from clients.errors import ClientError
from suite import tokens
from suite.audit.chains import Say
from suite.audit.gathering import AuditFault, Auditor
from suite.audit.model import Check, Report
from suite.folder import Folder, RunningSuite

FAULTS = (AuditFault, ClientError, tokens.TokenFault)
TOKEN_SECONDS = 600
SHOWN = 10
"""Offending ids a line; `--json` has all that the services told."""
WIDTH = 110
"""Of the table, where the terminal has room for it."""


def report(folder: Folder, console: Console, *, as_json: bool = False) -> bool:
    """Whether every check holds; the table, or one JSON object, on the console. Raises one of FAULTS, or NotRunning.

    How far a long chain of evidence has been gone through is said on standard error; whoever interrupts hears it, too.
    """
    progress = Console(stderr=True, highlight=False)
    found = asyncio.run(_audit(folder, folder.running(), partial(progress.print, markup=False, soft_wrap=True)))
    if as_json:
        document = {"holds": found.holds, **asdict(found)}
        console.print_json(json.dumps(document, ensure_ascii=False))
    else:
        _show(console, found)
    return found.holds


async def _audit(folder: Folder, suite: RunningSuite, say: Say) -> Report:
    def token(service: str) -> str:
        return tokens.make(folder, "operator", [], subject=None, seconds=TOKEN_SECONDS, audience=[service])

    auditor = Auditor({name: service.url for name, service in suite.services.items()}, token, say)
    try:
        return await auditor.audit()
    except asyncio.CancelledError:  # Ctrl-C
        how_far = "" if auditor.walk is None else f"; {auditor.walk.how_far}"
        raise AuditFault(f"interrupted, so nothing is proved of what was not looked at yet{how_far}") from None
    finally:
        await auditor.close()


def _show(console: Console, found: Report) -> None:
    table = Table(box=None, padding=(0, 2), width=min(WIDTH, console.width) if console.is_terminal else WIDTH)
    for column in ("books", "check", "examined", "failed"):
        table.add_column(column, justify="right" if column in ("examined", "failed") else "left")
    for check in found.checks:
        colour = "green" if check.holds else "red"
        table.add_row(check.where, check.name, f"{check.examined:,}", f"[{colour}]{check.failed:,}[/{colour}]")
    console.print(table, crop=False)
    _show_under_way(console, found)
    for check in found.checks:
        if not check.holds:
            console.print(f"{check.where}: {check.name}: {_ids(check)}", markup=False, soft_wrap=True)
    failed = sum(not check.holds for check in found.checks)
    console.print(f"{len(found.checks)} checks, {'all hold' if not failed else f'{failed} failed'}")


def _show_under_way(console: Console, found: Report) -> None:
    for one in found.under_way:
        console.print(
            f"under way: {one.where} {one.kind} {one.record} ({one.job}): {one.amount_minor:,} {one.currency} minor units,"
            f" {one.ledger_minor:,} on the ledger, {one.age_seconds} s old",
            markup=False,
            soft_wrap=True,
        )


def _ids(check: Check) -> str:
    more = check.failed - min(SHOWN, len(check.offending))
    return ", ".join(check.offending[:SHOWN]) + (f" and {more:,} more" if more else "")
