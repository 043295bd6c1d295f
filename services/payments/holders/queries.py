from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.coins.tables import coin_accounts
from services.payments.holders.model import Check, CheckChannel, CheckState, Freeze, Holder, Identity
from services.payments.holders.tables import (
    holder_checks,
    holder_freeze_accounts,
    holder_freezes,
    holder_identities,
    holders,
)
from services.payments.tokens.tables import token_holdings
from services.payments.wallets.tables import wallets


async def add_holder(connection: AsyncConnection, holder: Holder) -> bool:
    """False if there is a person of this number; waits for a simultaneous one."""
    result = await connection.execute(insert(holders).values(asdict(holder)).on_conflict_do_nothing())
    return result.rowcount == 1


async def holder_with(connection: AsyncConnection, holder_id: UUID) -> Holder | None:
    row = (await connection.execute(select(holders).where(holders.c.id == holder_id))).one_or_none()
    return None if row is None else Holder(**row._mapping)


async def holder_numbered(connection: AsyncConnection, number_index: bytes) -> Holder:
    row = (await connection.execute(select(holders).where(holders.c.number_index == number_index))).one()
    return Holder(**row._mapping)


async def add_identity(connection: AsyncConnection, identity: Identity) -> bool:
    """False if the customer has declared one; waits for a simultaneous declaration."""
    result = await connection.execute(insert(holder_identities).values(asdict(identity)).on_conflict_do_nothing())
    return result.rowcount == 1


async def save_identity(connection: AsyncConnection, identity: Identity) -> None:
    values = asdict(identity)
    mine = holder_identities.c.customer_id == values.pop("customer_id")
    await connection.execute(update(holder_identities).where(mine).values(values))


async def identity_of(connection: AsyncConnection, customer_id: UUID, *, lock: bool = False) -> Identity | None:
    statement = select(holder_identities).where(holder_identities.c.customer_id == customer_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Identity(**row._mapping)


async def identities_of(connection: AsyncConnection, holder_id: UUID) -> list[Identity]:
    """Of all customers who are one person, by customer."""
    statement = select(holder_identities).where(holder_identities.c.holder_id == holder_id)
    rows = await connection.execute(statement.order_by(holder_identities.c.customer_id))
    return [Identity(**row._mapping) for row in rows]


async def add_check(connection: AsyncConnection, check: Check) -> bool:
    """False if this source is being asked about the customer, or has confirmed her."""
    result = await connection.execute(insert(holder_checks).values(asdict(check)).on_conflict_do_nothing())
    return result.rowcount == 1


async def check_with(connection: AsyncConnection, check_id: UUID, *, lock: bool = False) -> Check | None:
    statement = select(holder_checks).where(holder_checks.c.id == check_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _check(row)


async def save_check(connection: AsyncConnection, check: Check) -> None:
    values = asdict(check)
    await connection.execute(update(holder_checks).where(holder_checks.c.id == values.pop("id")).values(values))


async def checks_of(
    connection: AsyncConnection, customer_id: UUID, before: UUID | None = None, limit: int = 200
) -> list[Check]:
    """What was asked about a customer, newest first."""
    statement = select(holder_checks).where(holder_checks.c.customer_id == customer_id)
    if before is not None:
        statement = statement.where(holder_checks.c.id < before)
    return [_check(row) for row in await connection.execute(statement.order_by(holder_checks.c.id.desc()).limit(limit))]


async def live_checks(connection: AsyncConnection, customer_id: UUID) -> list[Check]:
    """Passed or pending, at most one of each source, by its name."""
    statement = select(holder_checks).where(
        holder_checks.c.customer_id == customer_id,
        holder_checks.c.state.in_((CheckState.PENDING, CheckState.PASSED)),
    )
    return [_check(row) for row in await connection.execute(statement.order_by(holder_checks.c.channel))]


async def asked_on(connection: AsyncConnection, customer_id: UUID, channel: CheckChannel, day: date) -> int:
    """How often a source was asked about a customer on a business day."""
    statement = select(func.count()).where(
        holder_checks.c.customer_id == customer_id, holder_checks.c.channel == channel, holder_checks.c.asked_on == day
    )
    return int((await connection.execute(statement)).scalar_one())


async def due_checks(connection: AsyncConnection, now: datetime, limit: int) -> list[Check]:
    """Checks to be asked again, or to expire."""
    statement = select(holder_checks).where(holder_checks.c.due_at <= now).order_by(holder_checks.c.due_at)
    return [_check(row) for row in await connection.execute(statement.limit(limit))]


async def standing_freeze(connection: AsyncConnection, holder_id: UUID, *, lock: bool = False) -> Freeze | None:
    statement = select(holder_freezes).where(
        holder_freezes.c.holder_id == holder_id, holder_freezes.c.released_at.is_(None)
    )
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Freeze(**row._mapping)


async def freezes_of(connection: AsyncConnection, holder_id: UUID, limit: int) -> list[Freeze]:
    """Of a person, newest first."""
    statement = select(holder_freezes).where(holder_freezes.c.holder_id == holder_id)
    rows = await connection.execute(statement.order_by(holder_freezes.c.id.desc()).limit(limit))
    return [Freeze(**row._mapping) for row in rows]


async def add_freeze(connection: AsyncConnection, freeze: Freeze) -> None:
    await connection.execute(insert(holder_freezes).values(asdict(freeze)))


async def save_freeze(connection: AsyncConnection, freeze: Freeze) -> None:
    values = asdict(freeze)
    await connection.execute(update(holder_freezes).where(holder_freezes.c.id == values.pop("id")).values(values))


async def add_frozen_accounts(connection: AsyncConnection, freeze_id: UUID, account_ids: Sequence[UUID]) -> None:
    """Accounts that this freeze froze, and its release will release."""
    rows = [{"freeze_id": freeze_id, "account_id": account_id} for account_id in account_ids]
    if rows:
        await connection.execute(insert(holder_freeze_accounts), rows)


async def frozen_accounts(connection: AsyncConnection, freeze_id: UUID) -> list[UUID]:
    statement = select(holder_freeze_accounts.c.account_id).where(holder_freeze_accounts.c.freeze_id == freeze_id)
    return list((await connection.execute(statement.order_by(holder_freeze_accounts.c.account_id))).scalars())


async def wallet_accounts(connection: AsyncConnection, customer_ids: Sequence[UUID]) -> list[UUID]:
    """Ledger accounts of all that some customers have: wallets, tokens, coins; by id."""
    owned = [
        select(table.c.account_id).where(table.c.customer_id.in_(customer_ids))
        for table in (wallets, token_holdings, coin_accounts)
    ]
    return sorted((await connection.execute(union_all(*owned))).scalars())


def _check(row: Row[Any]) -> Check:
    return Check(**dict(row._mapping) | {"channel": CheckChannel(row.channel), "state": CheckState(row.state)})
