"""At the end of a run: everything that the ledger has of a book, beside what a second ledger says that it should have."""

from collections.abc import Iterator
from typing import Any

import asyncpg

from chassis.ids import encode
from services.payments.evidence.linking import link_committed
from tests.payments.ledger.asking import Answer, Doors, told
from tests.payments.ledger.book import Book
from tests.payments.ledger.predicting import Made, Second, Sums
from tests.payments.ledger.stories import balances, shown

STATES = {None: 0, "post": 1, "void": 2, "expire": 3}
_ACCOUNTS = """SELECT id, debits_posted, debits_pending, credits_posted, credits_pending, closed, frozen, frozen_amount
    FROM ledger_accounts WHERE book_id = $1"""
_HOLDS = "SELECT id, state FROM ledger_holds WHERE book_id = $1"
_REFUSALS = "SELECT transfer_id, code, field, seen FROM ledger_refusals WHERE book_id = $1"


async def accounts_of(sql: "asyncpg.Connection[Any]", doors: Doors) -> dict[str, Answer]:
    """By name: four sums, closed, frozen."""
    rows = await sql.fetch(_ACCOUNTS, doors.book_id)
    return {doors.names[encode("acc", row["id"])]: dict(list(row.items())[1:]) for row in rows}


def same_accounts(second: Second, found: dict[str, Answer]) -> bool:
    return found == {name: second.state(name) for name in second.accounts}


async def differences(sql: "asyncpg.Connection[Any]", doors: Doors, second: Second) -> list[str]:
    """In words; none, if both are the same."""
    pairs: list[tuple[str, Any, Any]] = [
        ("holds", await _holds(sql, doors), {name: STATES[_settled(second, name)] for name in _pending(second)}),
        ("refusals", await _refusals(sql, doors), {name: tuple(one) for name, one in second.spent.items()}),
    ]
    for name in second.accounts:
        account = await Book(doors.served, doors.callers["operator"]).get(f"/v1/accounts/{doors.accounts[name]}")
        expected = shown(second, name)
        pairs.append((name, {one: account[one] for one in expected}, expected))
        pairs.append((f"statement of {name}", await _statement(doors, name), list(_history(second, name))))
    return [
        f"{what}: the ledger has {found}, the second one {wanted}" for what, found, wanted in pairs if found != wanted
    ]


async def prove(doors: Doors) -> list[str]:
    """What the audit and a recomputation of the book's chain find wrong, in words."""
    book = Book(doors.served, doors.callers["operator"])
    await link_committed(doors.served.runtime)
    report = await book.get("/v1/verification")
    wrong = [f"audit: {check}" for check in report["checks"] if check["failed"]]
    path = f"/v1/evidence/books/{doors.book_id}/recomputation"
    after, complete = 0, False
    while not complete:
        stretch = await book.get(path, after=after)
        complete, after = stretch["complete"], stretch["until"]
        if stretch.get("broken"):
            return [*wrong, f"evidence: {stretch}"]
    return wrong


async def _holds(sql: "asyncpg.Connection[Any]", doors: Doors) -> dict[str, int]:
    return {encode("trf", row["id"]): row["state"] for row in await sql.fetch(_HOLDS, doors.book_id)}


async def _refusals(sql: "asyncpg.Connection[Any]", doors: Doors) -> dict[str, Any]:
    rows = await sql.fetch(_REFUSALS, doors.book_id)
    return {encode("trf", row["transfer_id"]): (row["code"], row["field"], row["seen"]) for row in rows}


def _pending(second: Second) -> list[str]:
    return [name for name, one in second.made.items() if one.wish.kind == "pending"]


def _settled(second: Second, hold: str) -> str | None:
    settled = second.settled_by(hold)
    return None if settled is None else settled.wish.kind


async def _statement(doors: Doors, name: str) -> list[Answer]:
    book = Book(doors.served, doors.callers["operator"])
    found: list[Answer] = []
    more: dict[str, Any] = {}
    while True:
        page = await book.get(f"/v1/accounts/{doors.accounts[name]}/statement", holds=True, limit=200, **more)
        for entry in page["items"]:
            heard = doors.heard(entry) | {one: entry[one] for one in ("side", "balance", "available")}
            heard["id"] = (
                f"expiry of {entry['pending_id']}"
                if entry["kind"] == "expire"
                else doors.names.get(entry["id"], entry["id"])
            )
            found.append(heard)
        if page["next"] is None:
            return found
        more = {"after": page["next"]}


def _history(second: Second, name: str) -> Iterator[Answer]:
    """Each transfer of an account with its balances after it."""
    sums: Sums = (0, 0, 0, 0)
    for made in second.of(name):
        side = "debit" if made.wish.debit_account_id == name else "credit"
        sums = _after(sums, made, second, first=0 if side == "debit" else 2)
        balance, available = balances(second.accounts[name].rule, *sums)
        yield told(made) | {"side": side, "balance": balance, "available": available}


def _after(sums: Sums, made: Made, second: Second, *, first: int) -> Sums:
    """first: place of the posted sum of the account's side."""
    changed, amount = list(sums), made.wish.amount or 0
    if made.wish.pending_id:
        changed[first + 1] -= second.made[made.wish.pending_id].wish.amount or 0
    if made.wish.kind == "pending":
        changed[first + 1] += amount
    if made.wish.kind in ("single", "post"):
        changed[first] += amount
    return changed[0], changed[1], changed[2], changed[3]
