"""Reading the ledger, and the rare writing of accounts. What a batch reads and writes is in `batch_queries`."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    insert,
    literal,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.ledger.batch_queries import TRANSFER_COLUMNS, hold_of, transfer_of, transfers_with
from services.payments.ledger.metadata_queries import matching
from services.payments.ledger.model import (
    Account,
    AccountFilter,
    Balance,
    Hold,
    HoldState,
    Rule,
    Transfer,
    TransferFilter,
    TransferKind,
    book_of,
)
from services.payments.ledger.tables import (
    SUMS,
    ledger_account_metadata,
    ledger_account_steps,
    ledger_accounts,
    ledger_holds,
    ledger_refusals,
    ledger_transfers,
)

Position = tuple[int, int]
"""A transfer's place in the ledger: position of its batch's event, number in the batch."""

_IN_ORDER = text(
    f"""SELECT numbered.position, transfer.number, {", ".join(f"transfer.{name.strip()}" for name in TRANSFER_COLUMNS.split(","))}
    FROM chassis.event_positions AS numbered JOIN ledger_transfers AS transfer ON transfer.batch_id = numbered.event_id
    WHERE numbered.position >= :position AND (numbered.position, transfer.number) > (:position, :number)
    ORDER BY numbered.position, transfer.number LIMIT :limit"""  # noqa: S608
)
_HOLD_COLUMNS = [
    ledger_holds.c[name]
    for name in ("id", "debit_account_id", "credit_account_id", "amount", "currency", "expires_at", "state", "flags")
]
_COLUMNS = [ledger_transfers.c[name.strip()] for name in TRANSFER_COLUMNS.split(",")]
FIRST_WINDOW = timedelta(milliseconds=10)
"""Of a range of time as it is read first; each further one is eight times as wide."""
_SIDES = (("debit", "debited"), ("credit", "credited"))
# Most accounts have moved lately; without a bound a prepared plan, which does not know that the newest comes first, looks into every month.
_RECENT = timedelta(days=100)
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)


async def add_account(connection: AsyncConnection, account: Account) -> None:
    sums = dict(zip(SUMS, account.balance.sums(), strict=True))
    values = {
        "book_id": account.book_id,
        "id": account.id,
        "currency": account.currency,
        "kind": account.kind,
        "owner": account.owner,
        "rule": account.rule,
        "reference": account.reference,
        "opened_at": account.opened_at,
        "closed": account.closed,
        "frozen": account.frozen,
        "frozen_amount": account.frozen_amount,
    }
    await connection.execute(insert(ledger_accounts).values(values | sums))


async def save_state(connection: AsyncConnection, account: Account) -> None:
    """Whether it is closed or frozen, and how much of it. Sums are written by batches alone."""
    await connection.execute(
        update(ledger_accounts)
        .where(ledger_accounts.c.book_id == account.book_id, ledger_accounts.c.id == account.id)
        .values(closed=account.closed, frozen=account.frozen, frozen_amount=account.frozen_amount)
    )


async def add_step(
    connection: AsyncConnection,
    step_id: UUID,
    account_id: UUID,
    step: str,
    reason: str,
    taken_by: str,
    now: datetime,
    amount: int | None = None,
) -> None:
    values = {
        "id": step_id,
        "book_id": book_of(account_id),
        "account_id": account_id,
        "step": step,
        "reason": reason,
        "taken_by": taken_by,
        "taken_at": now,
        "amount": amount,
    }
    await connection.execute(insert(ledger_account_steps).values(values))


async def accounts_with(connection: AsyncConnection, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Those that exist."""
    if not account_ids:
        return {}
    table = ledger_accounts
    statement = select(table).where(
        table.c.book_id.in_({book_of(one) for one in account_ids}), table.c.id.in_(account_ids)
    )
    return {row.id: _account(row) for row in await connection.execute(_with_metadata(statement))}


async def find_accounts(
    connection: AsyncConnection,
    wanted: AccountFilter,
    *,
    after: UUID | None,
    limit: int,
) -> list[Account]:
    """Oldest first."""
    table = ledger_accounts
    statement = select(table).where(*matching(wanted))
    if after is not None:
        statement = statement.where(table.c.id > after)
    found = _with_metadata(statement.order_by(table.c.id).limit(limit)).order_by(literal_column("id"))
    return [_account(row) for row in await connection.execute(found)]


def _with_metadata(accounts: Select[Any]) -> Select[Any]:
    """The accounts with the last version of their metadata."""
    account, table = accounts.subquery("account"), ledger_account_metadata
    mine = and_(table.c.book_id == account.c.book_id, table.c.account_id == account.c.id)
    last = select(table.c.metadata).where(mine).order_by(table.c.recorded_at.desc()).limit(1).lateral("last")
    return select(account, last.c.metadata).select_from(account.outerjoin(last, literal(value=True)))


async def steps_of(connection: AsyncConnection, account_id: UUID) -> Sequence[Row[Any]]:
    """What was done with an account, oldest first."""
    table = ledger_account_steps
    mine = and_(table.c.book_id == book_of(account_id), table.c.account_id == account_id)
    return (await connection.execute(select(table).where(mine).order_by(table.c.taken_at, table.c.id))).all()


async def transfer_with(connection: AsyncConnection, transfer_id: UUID) -> Transfer | None:
    found = await transfers_with(await direct_of(connection), book_of(transfer_id), [transfer_id])
    return found.get(transfer_id)


async def refusal_with(connection: AsyncConnection, transfer_id: UUID) -> Row[Any] | None:
    """The refusal that spent an id: command, code, field, seen, refused_at."""
    table = ledger_refusals
    mine = and_(table.c.book_id == book_of(transfer_id), table.c.transfer_id == transfer_id)
    return (await connection.execute(select(table).where(mine))).one_or_none()


async def transfers_in_order(
    connection: AsyncConnection, after: Position, limit: int
) -> list[tuple[Position, Transfer]]:
    """Transfers in the order in which their batches were numbered: what stands before a transfer seen never changes."""
    facts = {"position": after[0], "number": after[1], "limit": limit}
    return [((row[0], row[1]), transfer_of(row[2:])) for row in await connection.execute(_IN_ORDER, facts)]


async def find_transfers(
    connection: AsyncConnection, wanted: TransferFilter, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Transfer]:
    """Those that match all that is given, by instant. At least account, reference or hold is given: each has its index."""
    conditions = _conditions(wanted, after)
    if wanted.account_id is None:
        statement = select(*_COLUMNS).where(*conditions)
    else:
        statement = _of_account(wanted.account_id, conditions, limit)
    ordered = statement.order_by(literal_column("posted_at"), literal_column("id")).limit(limit)
    return [transfer_of(row) for row in await connection.execute(ordered)]


async def transfers_between(
    connection: AsyncConnection,
    wanted: TransferFilter,
    since: datetime,
    until: datetime,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Transfer]:
    """Those of all accounts, by instant. No index has them in this order, so that they are read in windows that grow until there are
    enough: what a page costs depends on what stands near its beginning, not on the whole range."""
    table, conditions = ledger_transfers, _conditions(wanted, after)
    found: list[Transfer] = []
    start, width = after[0] if after else since, FIRST_WINDOW
    while start < until and len(found) < limit:
        end = min(start + width, until)
        statement = select(*_COLUMNS).where(table.c.posted_at >= start, table.c.posted_at < end, *conditions)
        ordered = statement.order_by(table.c.posted_at, table.c.id).limit(limit - len(found))
        found += [transfer_of(row) for row in await connection.execute(ordered)]
        start, width = end, width * 8
    return found


def _conditions(wanted: TransferFilter, after: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    table = ledger_transfers
    conditions: list[ColumnElement[bool]] = []
    if wanted.reference is not None:
        conditions += [table.c.reference == wanted.reference, table.c.reference != ""]
    if wanted.code is not None:
        conditions.append(_of_code(wanted.code))
    if wanted.pending_id is not None:
        conditions += [table.c.book_id == book_of(wanted.pending_id), table.c.pending_id == wanted.pending_id]
    if wanted.metadata:
        conditions.append(table.c.metadata.contains(dict(wanted.metadata)))
    if wanted.since is not None:
        conditions.append(table.c.posted_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.c.posted_at < wanted.until)
    if after is not None:
        conditions.append(_beyond(after))
    return conditions


def _of_code(code: str) -> ColumnElement[bool]:
    """`p2p.*` is a prefix."""
    written = ledger_transfers.c.code
    return written.startswith(code[:-1], autoescape=True) if code.endswith("*") else written == code


def _beyond(seen: tuple[datetime, UUID]) -> ColumnElement[bool]:
    """What comes after a transfer, by instant and id."""
    return tuple_(ledger_transfers.c.posted_at, ledger_transfers.c.id) > tuple_(literal(seen[0]), literal(seen[1]))


def _of_account(account_id: UUID, conditions: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    """The first of each side of an account's transfers, each by its index; in no order."""
    debits, credits = (_side(account_id, side, conditions, limit) for side in ("debit", "credit"))
    return select(debits.union_all(credits).subquery())


def _side(account_id: UUID, side: str, conditions: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    """One side of an account's transfers, by its index."""
    table = ledger_transfers
    mine = and_(table.c.book_id == book_of(account_id), table.c[f"{side}_account_id"] == account_id)
    chosen = select(*_COLUMNS).where(mine, *conditions).order_by(table.c.posted_at, table.c.id).limit(limit)
    return select(chosen.subquery())


async def statement_of(
    connection: AsyncConnection,
    account_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    after: tuple[datetime, UUID] | None,
    kinds: Sequence[TransferKind],
    limit: int,
) -> list[Transfer]:
    """An account's transfers of these kinds from `since` to before `until`, by instant."""
    table = ledger_transfers
    conditions: list[ColumnElement[bool]] = [table.c.kind.in_([kind.value for kind in kinds])]
    if since is not None:
        conditions.append(table.c.posted_at >= since)
    if until is not None:
        conditions.append(table.c.posted_at < until)
    if after is not None:
        conditions.append(_beyond(after))
    ordered = (
        _of_account(account_id, conditions, limit)
        .order_by(literal_column("posted_at"), literal_column("id"))
        .limit(limit)
    )
    return [transfer_of(row) for row in await connection.execute(ordered)]


async def balance_at(connection: AsyncConnection, account_id: UUID, instant: datetime) -> Balance:
    """The four sums after the last transfer at or before an instant; all 0 before the first."""
    for since in (max(instant, _EARLIEST) - _RECENT, None):
        sides = [await _last(connection, account_id, *side, since, instant) for side in _SIDES]
        found = [row for row in sides if row is not None]
        if found:
            return Balance(*max(found, key=lambda row: row.posted_at)[1:])
    return Balance()


async def _last(
    connection: AsyncConnection, account_id: UUID, side: str, prefix: str, since: datetime | None, until: datetime
) -> Row[Any] | None:
    """posted_at and the four sums, of the last transfer on one side of an account."""
    table = ledger_transfers
    mine = [
        table.c.book_id == book_of(account_id),
        table.c[f"{side}_account_id"] == account_id,
        table.c.posted_at <= until,
    ]
    if since is not None:
        mine.append(table.c.posted_at > since)
    statement = select(table.c.posted_at, *(table.c[f"{prefix}_{name}"] for name in SUMS)).where(*mine)
    return (await connection.execute(statement.order_by(table.c.posted_at.desc()).limit(1))).one_or_none()


async def expired_holds(connection: AsyncConnection, now: datetime, limit: int) -> list[Hold]:
    """Open holds whose time is over, the longest over first."""
    table = ledger_holds
    statement = select(*_HOLD_COLUMNS).where(table.c.state == HoldState.OPEN.value, table.c.expires_at <= now)
    rows = await connection.execute(statement.order_by(table.c.expires_at).limit(limit))
    return [hold_of(row) for row in rows]


async def forget_refusals(connection: AsyncConnection, before: datetime, limit: int) -> int:
    table = ledger_refusals
    old = select(table.c.book_id, table.c.transfer_id).where(table.c.recorded_at < before).limit(limit)
    statement = delete(table).where(tuple_(table.c.book_id, table.c.transfer_id).in_(old))
    return (await connection.execute(statement)).rowcount


async def posted_sums(
    connection: AsyncConnection, *, reference: str | None, code: str | None, after: tuple[str, ...] | None, limit: int
) -> list[Any]:
    """Money moved, by reference, code, accounts and currency, in that order. code may end in `*`: a prefix."""
    table = ledger_transfers
    keys = [table.c[name] for name in ("reference", "code", "debit_account_id", "credit_account_id", "currency")]
    moved = table.c.kind.in_([TransferKind.SINGLE.value, TransferKind.POST.value])
    statement = select(*keys, _sum_of(table.c.amount), literal_column("count(*)").label("transfers"))
    statement = statement.where(moved, table.c.reference != "")
    if reference is not None:
        statement = statement.where(table.c.reference == reference)
    if code is not None:
        statement = statement.where(_of_code(code))
    if after is not None:
        seen = [literal(value, column.type) for value, column in zip(after, keys, strict=True)]
        statement = statement.where(table.c.reference >= after[0], tuple_(*keys) > tuple_(*seen))
    rows = await connection.execute(statement.group_by(*keys).order_by(*keys).limit(limit))
    return list(rows.all())


def _sum_of(column: ColumnElement[int]) -> ColumnElement[int]:
    return literal_column(f"sum({column})::bigint").label("amount")


def _account(row: Any) -> Account:
    return Account(
        row.id, row.currency, row.kind, row.owner, Rule(row.rule), row.closed, row.frozen, row.reference, row.opened_at,
        row.last_posted_at, Balance(*(getattr(row, name) for name in SUMS)), row.frozen_amount, row.metadata,
    )  # fmt: skip
