"""The accounts between which money moves: personal wallets that may not be overdrawn, each with money from one account of the platform.

The accounts are written by COPY, as there is no need to open a hundred thousand one by one over HTTP; their money comes through the
ledger's own door.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from secrets import token_bytes
from uuid import UUID

import asyncpg

from benchmarks.sql import connected, execute, fetch, number
from benchmarks.stage import Stage
from benchmarks.transfers import BOOK, bulk, move, new_ids
from benchmarks.wire import Address, ask, body_of, status_of
from chassis.ids import encode, uuid7, with_book

CURRENCY = "CNY"
KIND = "benchmark_wallet"
MONEY = 100_000_000
HOT_MONEY = 10**14
BATCH = 8190
PATIENCE_SECONDS = 120.0
_COLUMNS = (
    "book_id", "id", "currency", "kind", "owner", "rule", "reference", "opened_at", "closed", "frozen",
    "debits_posted", "debits_pending", "credits_posted", "credits_pending",
)  # fmt: skip


def open_wallets(stage: Stage, address: Address, wanted: int) -> list[UUID]:
    """`wanted` wallets with money; those that a kept folder already has are taken first. Statistics and disk are in order."""
    url = stage.admin_url
    wallets = [row["id"] for row in fetch(url, "SELECT id FROM ledger_accounts WHERE kind = $1 LIMIT $2", KIND, wanted)]
    missing = [_new_id() for _ in range(wanted - len(wallets))]
    if missing:
        source = _new_id()
        _write(url, [_row(source, "suspense", "payments", "none")])
        _write(url, [_row(one, KIND, encode("cus", one), "debits_must_not_exceed_credits") for one in missing])
        execute(url, "ANALYZE ledger_accounts")
        _fund(address, source, missing)
    execute(url, "VACUUM (ANALYZE) ledger_accounts, ledger_transfers, ledger_transfer_keys", "CHECKPOINT")
    return wallets + missing


def open_hot(stage: Stage, address: Address) -> UUID:
    """An account that may never have more credits than debits, as reserves are, with debits enough for any load."""
    hot, other = _new_id(), _new_id()
    _write(stage.admin_url, [_row(hot, "benchmark_hot", "payments", "credits_must_not_exceed_debits")])
    _write(stage.admin_url, [_row(other, "suspense", "payments", "none")])
    _ask(address, [(next(new_ids()), move(encode("acc", hot), encode("acc", other), HOT_MONEY, CURRENCY, ""))])
    return hot


def transfers_written(stage: Stage) -> int:
    return int(number(stage.admin_url, "SELECT count(*) FROM ledger_transfers"))


def _new_id() -> UUID:
    return with_book(uuid7(datetime.now(UTC), token_bytes(10)), BOOK)


def _row(account: UUID, kind: str, owner: str, rule: str) -> tuple[object, ...]:
    return (BOOK, account, CURRENCY, kind, owner, rule, "", datetime.now(UTC), False, False, 0, 0, 0, 0)


def _write(url: str, rows: Sequence[tuple[object, ...]]) -> None:
    async def copy(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.copy_records_to_table("ledger_accounts", records=rows, columns=_COLUMNS)

    connected(url, copy)


def _fund(address: Address, source: UUID, wallets: Sequence[UUID]) -> None:
    payer = encode("acc", source)
    transfers = zip(
        new_ids(), (move(payer, encode("acc", wallet), MONEY, CURRENCY, "") for wallet in wallets), strict=False
    )
    for batch in _batches(transfers):
        _ask(address, batch)


def _ask(address: Address, batch: Sequence[tuple[bytes, bytes]]) -> None:
    with address.connect(PATIENCE_SECONDS) as connection:
        answer = ask(connection, bulk(address, batch))
    if body_of(answer).count(b'"created"') != len(batch):
        raise RuntimeError(f"accounts were not funded ({status_of(answer)}): {body_of(answer)[:500]!r}")


def _batches(transfers: Iterator[tuple[bytes, bytes]]) -> Iterator[list[tuple[bytes, bytes]]]:
    while batch := list(islice(transfers, BATCH)):
        yield batch
