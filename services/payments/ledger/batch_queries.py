"""The ledger's hot SQL: what a batch is decided on, under lock, and what it writes; each a statement for any number of rows.

One book at a time. In READ COMMITTED a statement sees what was committed when it began, so ids and holds are read by statements of
their own after the accounts are locked: whoever held those locks has committed by then.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from chassis.clock import real_now
from chassis.direct import Direct
from services.payments.ledger.canonical_queries import NEW_LEAF, leaves_in
from services.payments.ledger.model import (
    Account,
    Balance,
    Hold,
    HoldState,
    Rule,
    Transfer,
    TransferKind,
)
from services.payments.ledger.rules import RefusedTransfer

_HOLD_ACCOUNTS = (
    "SELECT debit_account_id, credit_account_id FROM ledger_holds WHERE book_id = $1 AND id = ANY($2::uuid[])"
)
_READ = """SELECT id, currency, kind, owner, rule, closed, frozen, reference, opened_at, last_posted_at,
        debits_posted, debits_pending, credits_posted, credits_pending, frozen_amount
    FROM ledger_accounts WHERE book_id = $1 AND id = ANY($2::uuid[])"""
_LOCK = f"{_READ} ORDER BY id FOR NO KEY UPDATE"
# The clock in the same breath: a batch that asks for it by itself waits a tenth longer for its turn.
_USED = """SELECT id, NULL AS code, NULL::timestamptz AS business_at, NULL::timestamptz AS real_at, NULL::boolean AS frozen
    FROM ledger_transfer_keys WHERE book_id = $1 AND id = ANY($2::uuid[])
    UNION ALL SELECT transfer_id, code, NULL, NULL, NULL FROM ledger_refusals WHERE book_id = $1 AND transfer_id = ANY($2::uuid[])
    UNION ALL SELECT NULL, NULL, business_at, real_at, frozen FROM chassis.clock WHERE singleton"""
TRANSFER_COLUMNS = """id, kind, debit_account_id, credit_account_id, amount, currency, code, reference, posted_at, value_on, pending_id,
    expires_at, timeout_seconds, debited_debits_posted, debited_debits_pending, debited_credits_posted, debited_credits_pending,
    credited_debits_posted, credited_debits_pending, credited_credits_posted, credited_credits_pending, flags, metadata"""
# A key leads to one partition and to a place in it. LIMIT keeps it a look-up for each key: joined freely, the planner, which counts all
# partitions for each, would read the log instead.
TRANSFER_OF_KEY = """ledger_transfer_keys AS key CROSS JOIN LATERAL (
        SELECT * FROM ledger_transfers AS one
        WHERE one.posted_at = key.posted_at AND one.batch_id = key.batch_id AND one.number = key.number AND one.id = key.id LIMIT 1
    ) AS transfer"""
_TRANSFERS = f"""SELECT {", ".join(f"transfer.{name.strip()}" for name in TRANSFER_COLUMNS.split(","))}
    FROM {TRANSFER_OF_KEY} WHERE key.book_id = $1 AND key.id = ANY($2::uuid[])"""  # noqa: S608
_HOLDS = """SELECT id, debit_account_id, credit_account_id, amount, currency, expires_at, state, flags
    FROM ledger_holds WHERE book_id = $1 AND id = ANY($2::uuid[])"""
_MOVED = """moved AS (
        UPDATE ledger_accounts AS account SET debits_posted = after.debits_posted, debits_pending = after.debits_pending,
            credits_posted = after.credits_posted, credits_pending = after.credits_pending, last_posted_at = after.last_posted_at,
            closed = after.closed
        FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::boolean[])
            AS after(id, debits_posted, debits_pending, credits_posted, credits_pending, last_posted_at, closed)
        WHERE account.book_id = $1 AND account.id = after.id
    )"""
_KEYED = """INSERT INTO ledger_transfer_keys (posted_at, id, batch_id, number, book_id)
    SELECT key.posted_at, key.id, $9::uuid, key.number, $1
    FROM unnest({}::timestamptz[], {}::uuid[], {}::integer[]) AS key(posted_at, id, number)"""
_MOVE = f"WITH {_MOVED} {_KEYED.format('$10', '$11', '$12')}"
_WRITTEN = ("book_id", "batch_id", "number", *TRANSFER_COLUMNS.replace("\n", "").replace(" ", "").split(","))
_TYPES = (
    "integer", "uuid", "smallint", "uuid", "uuid", "bigint", "text", "text", "text", "timestamptz", "date", "uuid", "timestamptz",
    "integer", *["bigint"] * 8, "smallint", "jsonb",
)  # fmt: skip
"""Of _WRITTEN from the number on."""
_PLACES = {name: f"${place}" for place, name in enumerate(_WRITTEN[2:], 10)}
_ARRAYS = ", ".join(f"{place}::{name}[]" for place, name in zip(_PLACES.values(), _TYPES, strict=True))
_BESIDE = f"WITH {_MOVED}, keyed AS ({_KEYED.format(_PLACES['posted_at'], _PLACES['id'], _PLACES['number'])})"
_INSERT = f"""INSERT INTO ledger_transfers AS transfer ({", ".join(_WRITTEN)})
    SELECT $1, $9, made.* FROM unnest({_ARRAYS}) AS made"""  # noqa: S608
_WRITE = f"{_BESIDE} {_INSERT}"
_WRITE_AND_TELL = f"""{_BESIDE}, written AS ({_INSERT} RETURNING number, {NEW_LEAF} AS leaf)
    SELECT string_agg(leaf, ''::bytea ORDER BY number) FROM written"""  # noqa: S608
_OPEN_HOLDS = """INSERT INTO ledger_holds (book_id, id, debit_account_id, credit_account_id, amount, currency, expires_at,
        flags, state)
    SELECT $1, opened.*, 0
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[], $8::smallint[]) AS opened"""
_SETTLE_HOLDS = """UPDATE ledger_holds AS hold SET state = settled.state FROM unnest($2::uuid[], $3::smallint[]) AS settled(id, state)
    WHERE hold.book_id = $1 AND hold.id = settled.id"""
_REFUSE = """INSERT INTO ledger_refusals (book_id, transfer_id, code, field, command, seen, refused_at, recorded_at)
    SELECT $1, refused.id, refused.code, refused.field, refused.command::jsonb, refused.seen::jsonb, $7, $8
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) AS refused(id, code, field, command, seen)"""
_NOTE_IMPORTS = """INSERT INTO ledger_imports (batch_id, posted_on, imported_at)
    SELECT $1, day, $3 FROM unnest($2::date[]) AS day"""

LARGEST_STATEMENT = 512
"""Transfers that are written without COPY."""
_RULES = {rule.value: rule for rule in Rule}


class Used(NamedTuple):
    """transfers: made under these ids; spent: by a refusal, with its code; clock: the row of chassis.clock, if there is one."""

    transfers: dict[UUID, Transfer]
    spent: dict[UUID, str]
    clock: tuple[datetime, datetime, bool] | None


async def accounts_of_holds(direct: Direct, book_id: int, hold_ids: Collection[UUID]) -> set[UUID]:
    """Both accounts of each hold, which never change."""
    found = await direct.fetch(_HOLD_ACCOUNTS, book_id, list(hold_ids))
    return {account_id for row in found for account_id in row}


async def lock_accounts(direct: Direct, book_id: int, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Those that exist, locked in the order of their ids until the transaction ends."""
    found = await direct.fetch(_LOCK, book_id, list(account_ids))
    return {row[0]: _account(row) for row in found}


async def read_accounts(direct: Direct, book_id: int, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Those that exist, as they are now."""
    found = await direct.fetch(_READ, book_id, list(account_ids))
    return {row[0]: _account(row) for row in found}


async def used_ids(direct: Direct, book_id: int, transfer_ids: Collection[UUID]) -> Used:
    """Which of these ids were used before."""
    rows = await direct.fetch(_USED, book_id, list(transfer_ids))
    clock = next(((row[2], row[3], row[4]) for row in rows if row[0] is None), None)
    spent = {row[0]: row[1] for row in rows if row[1] is not None}
    made = [row[0] for row in rows if row[1] is None and row[0] is not None]
    return Used(await transfers_with(direct, book_id, made) if made else {}, spent, clock)


async def transfers_with(direct: Direct, book_id: int, transfer_ids: Collection[UUID]) -> dict[UUID, Transfer]:
    """Those that were made."""
    found = await direct.fetch(_TRANSFERS, book_id, list(transfer_ids))
    return {row[0]: transfer_of(row) for row in found}


async def holds_with(direct: Direct, book_id: int, hold_ids: Collection[UUID]) -> dict[UUID, Hold]:
    found = await direct.fetch(_HOLDS, book_id, list(hold_ids))
    return {row[0]: hold_of(row) for row in found}


async def note_imports(direct: Direct, batch_id: UUID, days: Collection[date], now: datetime) -> None:
    """For whoever has counted these days before."""
    await direct.fetch(_NOTE_IMPORTS, batch_id, sorted(days), now)


async def write_transfers(
    direct: Direct,
    book_id: int,
    batch_id: UUID,
    transfers: Sequence[Transfer],
    accounts: Sequence[Account],
    *,
    whole: bool,
) -> list[bytes] | None:
    """The transfers of a batch, numbered in the order in which they were decided, and the sums of the accounts they touched.

    Answers the leaves of a small batch as evidence hashes them, if the batch is whole: nothing will be said of its transfers elsewhere.
    """
    # In the order of their ids: two writers of the same ids meet in one order, and the key's index is walked once.
    numbered = sorted(enumerate(transfers), key=lambda item: item[1].id.int)
    made = [
        (
            number, one.id, one.kind, one.debit_account_id, one.credit_account_id, one.amount, one.currency, one.code, one.reference,
            one.posted_at, one.value_on, one.pending_id, one.expires_at, one.timeout_seconds, *one.debit_after, *one.credit_after,
            one.flags, one.metadata and msgspec.json.encode(one.metadata).decode(),
        )
        for number, one in numbered
    ]  # fmt: skip
    after = [(one.id, *one.balance.sums(), one.last_posted_at, one.closed) for one in accounts]
    if len(made) <= LARGEST_STATEMENT:
        facts = book_id, *_columns(after), batch_id, *_columns(made)
        told = await direct.fetch(_WRITE_AND_TELL if whole else _WRITE, *facts)
        return leaves_in(told[0][0]) if whole else None
    keys = [(one.posted_at, one.id, number) for number, one in numbered]
    await direct.fetch(_MOVE, book_id, *_columns(after), batch_id, *_columns(keys))
    # COPY takes two trips more, and a tenth less of a large batch's whole time than arrays that are unnested.
    await direct.copy("ledger_transfers", _WRITTEN, [(book_id, batch_id, *one) for one in made])
    return None


async def open_holds(direct: Direct, book_id: int, holds: Sequence[Hold]) -> None:
    rows = [
        (
            hold.id,
            hold.debit_account_id,
            hold.credit_account_id,
            hold.amount,
            hold.currency,
            hold.expires_at,
            hold.flags,
        )
        for hold in holds
    ]
    await direct.fetch(_OPEN_HOLDS, book_id, *_columns(rows))


async def settle_holds(direct: Direct, book_id: int, states: dict[UUID, HoldState]) -> None:
    rows = [(hold_id, state.value) for hold_id, state in states.items()]
    await direct.fetch(_SETTLE_HOLDS, book_id, *_columns(rows))


async def write_refusals(direct: Direct, book_id: int, refusals: Sequence[RefusedTransfer], now: datetime) -> None:
    rows = [
        (one.command.id, one.code, one.field, msgspec.json.encode(one.command._asdict()).decode(), msgspec.json.encode(one.seen).decode())
        for one in refusals
    ]  # fmt: skip
    await direct.fetch(_REFUSE, book_id, *_columns(rows), now, real_now())


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as arrays, a column each. There is at least one row."""
    return [list(column) for column in zip(*rows, strict=True)]


def _account(row: Any) -> Account:
    """From a row of _LOCK."""
    return Account(
        row[0], row[1], row[2], row[3], _RULES[row[4]], row[5], row[6], row[7], row[8], row[9],
        Balance(row[10], row[11], row[12], row[13]), row[14],
    )  # fmt: skip


def hold_of(row: Any) -> Hold:
    """From a row of id, accounts, amount, currency, expires_at, state, flags."""
    return Hold(row[0], row[1], row[2], row[3], row[4], row[5], HoldState(row[6]), row[7])


def transfer_of(row: Any) -> Transfer:
    """From a row of TRANSFER_COLUMNS."""
    return Transfer(
        row[0], TransferKind(row[1]), row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12],
        (row[13], row[14], row[15], row[16]), (row[17], row[18], row[19], row[20]), row[21],
        row[22],
    )  # fmt: skip
