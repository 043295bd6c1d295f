"""A real bank's history into the ledger, through the bulk endpoint: `sifang import bank_history FOLDER`, may be run again.

Every account of the file becomes one of the ledger, every row an imported transfer against cash, cards, other banks or the bank itself,
in the order that meets the stated balances. Where a stated balance cannot be met, a transfer of its own (`history.difference`)
brings the account there, so that every difference is on the books and in the report. Accounts whose stated balance falls below zero
are told, and opened without a rule. What the accounts have counts as `imported` in the money supply: no reserve of ours holds it.
"""

import asyncio
import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from chassis.ids import encode, uuid7, with_book
from clients.transport import Call, Transport
from suite.bank_history.ordering import Placed, in_order
from suite.bank_history.reading import CURRENCY, entries_of

KIND, SIDE_KIND = "bank_history", "bank_history_side"
SIDES = ("cash", "card", "other_bank", "own", "differences")
BOOK = 1
BATCH = 8_190
OPENED_AT_ONCE = 8
NOON_UTC = time(4, tzinfo=UTC)
"""Noon in the suite's usual zone, so that a row's instant falls on its day there."""
BULK_SECONDS = 120.0
TICK = timedelta(microseconds=1)
Transfer = dict[str, Any]


@dataclass
class Replayed:
    """rows: of the file; days: of accounts; exact: those on which every stated balance was met; differences: all rows that did not."""

    rows: int = 0
    empty: int = 0
    days: int = 0
    exact: int = 0
    created: int = 0
    existed: int = 0
    differences: list[Placed] = field(default_factory=list)
    overdrawn: list[str] = field(default_factory=list)
    wrong_balances: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.wrong_balances or self.refused)

    @property
    def largest_difference_minor(self) -> int:
        return max((abs(one.difference_minor) for one in self.differences), default=0)

    def told(self) -> str:
        share = self.exact / self.days if self.days else 1.0
        return (
            f"{self.rows:,} rows, {self.created:,} transfers new, {self.existed:,} there before, {self.empty:,} rows of nothing;"
            f" {self.exact:,} of {self.days:,} account-days exact ({share:.1%}), {len(self.differences):,} rows differ, by"
            f" {self.largest_difference_minor} minor units at most; {len(self.overdrawn)} accounts overdrawn;"
            f" {len(self.wrong_balances)} accounts end elsewhere, {len(self.refused)} transfers refused"
        )


async def replay(transport: Transport, folder: Path, report: Path | None = None) -> Replayed:
    """Raises ReadFault, clients.errors.ClientError. report: a CSV file with every difference and every overdrawn account."""
    found = Replayed()
    accounts = _by_account(folder, found)
    ids = await _open(transport, accounts)
    for batch in _batches(_transfers(accounts, ids)):
        await _send(transport, batch, found)
    await _compare(transport, accounts, found)
    if report is not None:
        _write(report, found)
    return found


def _by_account(folder: Path, found: Replayed) -> dict[str, list[Placed]]:
    rows = defaultdict(list)
    for entry in entries_of(folder):
        rows[entry.account].append(entry)
        found.rows += 1
    accounts = {account: in_order(entries) for account, entries in sorted(rows.items())}
    for account, placed in accounts.items():
        days = defaultdict(list)
        for one in placed:
            days[one.entry.on].append(one)
        found.days += len(days)
        found.exact += sum(not any(one.difference_minor for one in day) for day in days.values())
        found.differences += [one for one in placed if one.difference_minor]
        found.empty += sum(not one.entry.amount_minor for one in placed)
        if any(one.entry.balance_minor < 0 for one in placed):
            found.overdrawn.append(account)
    return accounts


async def _open(transport: Transport, accounts: Mapping[str, Sequence[Placed]]) -> dict[str, str]:
    """The ledger's account for each of the file's and for each side, those opened before included."""
    first = min(placed[0].entry.on for placed in accounts.values()) if accounts else date.min
    # Below zero at a stated balance, or between a row and the difference that follows it.
    wanted = dict.fromkeys(SIDES, (SIDE_KIND, "none"))
    for account, placed in accounts.items():
        below = any(one.entry.balance_minor < 0 or one.entry.balance_minor < one.difference_minor for one in placed)
        wanted[account] = (KIND, "none" if below else "debits_must_not_exceed_credits")
    known = {one["reference"]: one["id"] for kind in (KIND, SIDE_KIND) for one in await _accounts(transport, kind)}
    limit = asyncio.Semaphore(OPENED_AT_ONCE)

    async def opened(name: str) -> tuple[str, str]:
        kind, rule = wanted[name]
        body = {
            "currency": CURRENCY,
            "kind": kind,
            "rule": rule,
            "reference": f"{KIND}:{name}",
            "owner": "bank_history",
        }
        at = _instant(first, 0) - timedelta(hours=1)
        async with limit:
            call = Call("POST", "/v1/accounts", body=body | {"opened_at": at.isoformat()}, key=f"{KIND} {name}")
            return name, str((await transport.call(call))["id"])

    missing = [name for name in wanted if f"{KIND}:{name}" not in known]
    made = dict(await asyncio.gather(*(opened(name) for name in missing)))
    return {name: made.get(name) or known[f"{KIND}:{name}"] for name in wanted}


async def _accounts(transport: Transport, kind: str) -> list[dict[str, Any]]:
    call = Call("GET", "/v1/accounts", params={"kind": kind, "currency": CURRENCY, "limit": 200})
    return [item async for item in transport.pages(call, deadline_seconds=BULK_SECONDS)]


def _transfers(accounts: Mapping[str, Sequence[Placed]], ids: Mapping[str, str]) -> Iterator[Transfer]:
    """In the order of their days; each instant later than the one before, so that every account's ascend."""
    numbered = [(one.entry.on, number, one) for placed in accounts.values() for number, one in enumerate(placed)]
    numbered.sort(key=lambda item: (item[0], item[2].entry.account, item[1]))
    day, ticks = None, 0
    for on, _, one in numbered:
        day, ticks = on, ticks + 2 if on == day else 0
        entry = one.entry
        moved = (("", entry.purpose, entry.amount_minor), ("difference", "differences", one.difference_minor))
        for offset, (part, side, amount) in enumerate(moved):
            if amount:
                yield _transfer(one, part, ids[entry.account], ids[side], amount, _instant(on, ticks + offset))


def _transfer(one: Placed, part: str, account: str, side: str, amount: int, at: datetime) -> Transfer:
    entropy = hashlib.blake2b(f"{KIND} {one.entry.id} {part}".encode(), digest_size=10).digest()
    return {
        "id": encode("trf", with_book(uuid7(at, entropy), BOOK)),
        "debit_account_id": side if amount > 0 else account,
        "credit_account_id": account if amount > 0 else side,
        "amount": abs(amount),
        "currency": CURRENCY,
        "code": f"history.{part or one.entry.purpose}",
        "reference": f"{KIND}:{one.entry.id}",
        "value_on": one.entry.on.isoformat(),
        "posted_at": at.isoformat(),
        "flags": ["imported"],
    }


def _instant(on: date, ticks: int) -> datetime:
    return datetime.combine(on, NOON_UTC) + ticks * TICK


def _batches(transfers: Iterable[Transfer]) -> Iterator[list[Transfer]]:
    batch: list[Transfer] = []
    for transfer in transfers:
        batch.append(transfer)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _send(transport: Transport, batch: list[Transfer], found: Replayed) -> None:
    body = {"mode": "independent", "transfers": batch}
    # Its ids make the call safe to repeat: the ledger answers `exists`.
    answer = await transport.call(
        Call("POST", "/v1/transfers/bulk", body=body, repeatable=True), deadline_seconds=BULK_SECONDS
    )
    for wanted, one in zip(batch, answer["results"], strict=True):
        if one["result"] == "created":
            found.created += 1
        elif one["result"] == "exists":
            found.existed += 1
        else:
            found.refused.append(f"{wanted['reference']}: {one['result']}")


async def _compare(transport: Transport, accounts: Mapping[str, Sequence[Placed]], found: Replayed) -> None:
    """Every account ends at the balance stated last."""
    balances = {
        one["reference"]: one["credits_posted"] - one["debits_posted"] for one in await _accounts(transport, KIND)
    }
    for account, placed in accounts.items():
        if balances.get(f"{KIND}:{account}") != placed[-1].entry.balance_minor:
            found.wrong_balances.append(account)


def _write(report: Path, found: Replayed) -> None:
    with report.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("what", "account", "line", "id", "on", "amount_minor", "balance_minor", "difference_minor"))
        for one in found.differences:
            entry = one.entry
            rows.writerow(
                ("difference", entry.account, entry.line, entry.id, entry.on, entry.amount_minor, entry.balance_minor, one.difference_minor)
            )  # fmt: skip
        rows.writerows(("overdrawn", account, "", "", "", "", "", "") for account in found.overdrawn)
