"""What accounts' metadata was and when, and sums over the accounts that a question is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.model import AccountFilter, AccountMetadata, AggregatedBalance, Metadata, book_of
from services.payments.ledger.tables import SUMS, ledger_account_metadata, ledger_accounts, ledger_metadata_since

# Of each account the later of its last debit and its last credit up to then, each by its index.
_BALANCES_AT = text(
    f"""SELECT account.currency, count(*), {", ".join(f"coalesce(sum({name}), 0)" for name in SUMS)}
    FROM unnest(CAST(:books AS smallint[]), CAST(:ids AS uuid[]), CAST(:currencies AS text[])) AS account(book_id, id, currency)
    LEFT JOIN LATERAL (SELECT * FROM (
        (SELECT posted_at, {", ".join(f"debited_{name} AS {name}" for name in SUMS)} FROM ledger_transfers
            WHERE book_id = account.book_id AND debit_account_id = account.id AND posted_at <= :at ORDER BY posted_at DESC LIMIT 1)
        UNION ALL
        (SELECT posted_at, {", ".join(f"credited_{name} AS {name}" for name in SUMS)} FROM ledger_transfers
            WHERE book_id = account.book_id AND credit_account_id = account.id AND posted_at <= :at ORDER BY posted_at DESC LIMIT 1)
        ) AS sides ORDER BY posted_at DESC LIMIT 1) AS after ON true
    GROUP BY account.currency ORDER BY account.currency"""  # noqa: S608
)


async def add_metadata(connection: AsyncConnection, account_id: UUID, version: AccountMetadata) -> None:
    values = {
        "book_id": book_of(account_id),
        "account_id": account_id,
        "recorded_at": version.recorded_at,
        "metadata": dict(version.metadata),
        "recorded_by": version.recorded_by,
    }
    await connection.execute(insert(ledger_account_metadata).values(values))


async def metadata_versions(
    connection: AsyncConnection, account_id: UUID, before: datetime | None, limit: int
) -> list[AccountMetadata]:
    """What an account's metadata was, the latest first."""
    table = ledger_account_metadata
    statement = select(table.c.metadata, table.c.recorded_at, table.c.recorded_by)
    statement = statement.where(table.c.book_id == book_of(account_id), table.c.account_id == account_id)
    if before is not None:
        statement = statement.where(table.c.recorded_at < before)
    rows = await connection.execute(statement.order_by(table.c.recorded_at.desc()).limit(limit))
    return [AccountMetadata(*row) for row in rows]


async def metadata_known_since(connection: AsyncConnection) -> datetime | None:
    """From when on the metadata of every account is known; None: of none there is a time of which it is not."""
    found: datetime | None = (await connection.execute(select(ledger_metadata_since.c.since))).scalar_one_or_none()
    return found


def matching(wanted: AccountFilter) -> list[ColumnElement[bool]]:
    """Conditions on `ledger_accounts`."""
    table = ledger_accounts
    facts = {name: getattr(wanted, name) for name in ("owner", "kind", "currency", "reference")}
    conditions = [table.c[name] == value for name, value in facts.items() if value is not None]
    if wanted.at is not None:
        conditions.append(table.c.opened_at <= wanted.at)
    if wanted.metadata:
        conditions.append(_has_metadata(wanted.metadata, wanted.at))
    return conditions


def _has_metadata(wanted: Metadata, at: datetime | None) -> ColumnElement[bool]:
    """A version holds all that is wanted, and none came after it (until then)."""
    told, later = ledger_account_metadata.alias("told"), ledger_account_metadata.alias("later")
    newer = [
        later.c.book_id == told.c.book_id, later.c.account_id == told.c.account_id, later.c.recorded_at > told.c.recorded_at,
    ]  # fmt: skip
    holds = [
        told.c.book_id == ledger_accounts.c.book_id,
        told.c.account_id == ledger_accounts.c.id,
        told.c.metadata.contains(dict(wanted)),
    ]
    if at is not None:
        newer.append(later.c.recorded_at <= at)
        holds.append(told.c.recorded_at <= at)
    replaced = exists(select(literal_column("1")).select_from(later).where(*newer).correlate(told))
    return exists(
        select(literal_column("1")).select_from(told).where(and_(*holds), ~replaced).correlate(ledger_accounts)
    )


async def balances_now(connection: AsyncConnection, wanted: AccountFilter, most: int) -> list[AggregatedBalance] | None:
    """By currency; None if more than so many accounts match."""
    table = ledger_accounts
    columns = [table.c.currency, *(table.c[name] for name in SUMS)]
    found = select(*columns).where(*matching(wanted)).limit(most + 1).subquery()
    sums = [func.sum(found.c[name]) for name in SUMS]
    statement = select(found.c.currency, func.count(), *sums).group_by(found.c.currency).order_by(found.c.currency)
    balances = [_aggregated(row) for row in await connection.execute(statement)]
    return None if sum(one.accounts for one in balances) > most else balances


async def balances_then(
    connection: AsyncConnection, wanted: AccountFilter, at: datetime, most: int
) -> list[AggregatedBalance] | None:
    """By currency, each account as it was after its last transfer at or before an instant; None if more than so many accounts match."""
    table = ledger_accounts
    statement = select(table.c.book_id, table.c.id, table.c.currency).where(*matching(wanted)).limit(most + 1)
    accounts = (await connection.execute(statement)).all()
    if len(accounts) > most:
        return None
    return await _sums_at(connection, accounts, at)


async def _sums_at(connection: AsyncConnection, accounts: Sequence[Any], at: datetime) -> list[AggregatedBalance]:
    facts = {
        "books": [row.book_id for row in accounts],
        "ids": [row.id for row in accounts],
        "currencies": [row.currency for row in accounts],
        "at": at,
    }
    return [_aggregated(row) for row in await connection.execute(_BALANCES_AT, facts)]


def _aggregated(row: Any) -> AggregatedBalance:
    """From a row of currency, accounts, the four sums, which are beyond what a bigint holds at worst."""
    return AggregatedBalance(row[0], row[1], *(int(amount) for amount in row[2:]))
