"""Contracts, positions, settlements, receivables and reserves: one merchant's, or lists."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.merchants.tables import merchants
from services.payments.settlement.model import Contract, Holding, Line, PayoutWay, Position, RefundPolicy, Settlement
from services.payments.settlement.tables import (
    reserve_holdings,
    settlement_accounts,
    settlement_contracts,
    settlement_lines,
    settlement_positions,
    settlement_receivables,
    settlements,
)

_LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.settlement_accounts', 0))")


async def add_contract(connection: AsyncConnection, contract: Contract) -> bool:
    """False if the merchant has one from that day on."""
    statement = insert_or_leave(settlement_contracts).values(asdict(contract))
    named = statement.on_conflict_do_nothing(index_elements=["merchant_id", "effective_on"])
    return (await connection.execute(named.returning(settlement_contracts.c.id))).one_or_none() is not None


async def contracts_of(connection: AsyncConnection, merchant_ids: Sequence[UUID]) -> dict[UUID, list[Contract]]:
    """Of each of these merchants all, by the day from which they hold."""
    table = settlement_contracts
    statement = select(table).where(table.c.merchant_id.in_(merchant_ids))
    found: dict[UUID, list[Contract]] = {merchant_id: [] for merchant_id in merchant_ids}
    for row in await connection.execute(statement.order_by(table.c.merchant_id, table.c.effective_on)):
        found[row.merchant_id].append(_contract(row))
    return found


async def contract_page(
    connection: AsyncConnection, merchant_id: UUID, before: date | None, limit: int
) -> list[Contract]:
    """A merchant's, the latest first."""
    table = settlement_contracts
    statement = select(table).where(table.c.merchant_id == merchant_id)
    if before is not None:
        statement = statement.where(table.c.effective_on < before)
    rows = await connection.execute(statement.order_by(table.c.effective_on.desc()).limit(limit))
    return [_contract(row) for row in rows]


async def position_of(connection: AsyncConnection, merchant_id: UUID, *, lock: bool = False) -> Position | None:
    statement = select(settlement_positions).where(settlement_positions.c.merchant_id == merchant_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Position(**row._mapping)


async def add_position(connection: AsyncConnection, position: Position) -> None:
    await connection.execute(insert(settlement_positions).values(asdict(position)))


async def replan(connection: AsyncConnection, merchant_id: UUID, due_at: datetime) -> None:
    """Terms have changed the next day to be settled."""
    statement = update(settlement_positions).where(settlement_positions.c.merchant_id == merchant_id)
    await connection.execute(statement.values(due_at=due_at))


async def lock_merchant(connection: AsyncConnection, merchant_id: UUID) -> None:
    """Against other contracts; rows that name the merchant may be written meanwhile, as a run does that holds her position."""
    await connection.execute(
        select(merchants.c.id).where(merchants.c.id == merchant_id).with_for_update(key_share=True)
    )


async def give_proceeds_account(connection: AsyncConnection, merchant_id: UUID, account_id: UUID) -> None:
    """From now on orders' payments wait there until they are settled."""
    statement = update(merchants).where(merchants.c.id == merchant_id)
    await connection.execute(statement.values(proceeds_account_id=account_id))


async def account_of(connection: AsyncConnection, kind: str, currency: str) -> UUID | None:
    statement = select(settlement_accounts.c.account_id).where(
        settlement_accounts.c.kind == kind, settlement_accounts.c.currency == currency
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def lock_accounts(connection: AsyncConnection) -> None:
    """The platform's accounts are opened one at a time, so that there are no two of a kind."""
    await connection.execute(_LOCK_ACCOUNTS)


async def add_account(connection: AsyncConnection, kind: str, currency: str, account_id: UUID) -> None:
    values = {"kind": kind, "currency": currency, "account_id": account_id}
    await connection.execute(insert(settlement_accounts).values(values))


async def settlement_with(connection: AsyncConnection, settlement_id: UUID) -> Settlement | None:
    row = (await connection.execute(select(settlements).where(settlements.c.id == settlement_id))).one_or_none()
    return None if row is None else Settlement(**row._mapping)


async def settlements_of(
    connection: AsyncConnection, merchant_id: UUID, before: UUID | None, limit: int
) -> list[Settlement]:
    """A merchant's, newest first."""
    statement = select(settlements).where(settlements.c.merchant_id == merchant_id)
    if before is not None:
        statement = statement.where(settlements.c.id < before)
    rows = await connection.execute(statement.order_by(settlements.c.id.desc()).limit(limit))
    return [Settlement(**row._mapping) for row in rows]


async def line_of(connection: AsyncConnection, order_id: UUID) -> Line | None:
    """None while an order is unsettled. Whether it stays so is known to whoever has locked its merchant's position."""
    statement = select(settlement_lines).where(settlement_lines.c.order_id == order_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Line(**row._mapping)


async def fees_of(connection: AsyncConnection, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What settled orders cost, by order."""
    table = settlement_lines
    statement = select(table.c.order_id, table.c.fee_minor).where(table.c.order_id.in_(order_ids))
    return {row.order_id: row.fee_minor for row in await connection.execute(statement)}


async def add_receivable(
    connection: AsyncConnection, *, receivable_id: UUID, merchant_id: UUID, order_id: UUID, currency: str, amount: int, now: datetime
) -> None:  # fmt: skip
    values = {
        "id": receivable_id, "merchant_id": merchant_id, "order_id": order_id, "currency": currency,
        "amount": amount, "collected": 0, "raised_at": now,
    }  # fmt: skip
    await connection.execute(insert(settlement_receivables).values(values))


async def holdings_of(connection: AsyncConnection, merchant_id: UUID) -> list[Holding]:
    """What is still kept back of a merchant's settlements, oldest first, locked."""
    table = reserve_holdings
    statement = select(table).where(table.c.merchant_id == merchant_id, table.c.released_at.is_(None))
    rows = await connection.execute(statement.order_by(table.c.settlement_id).with_for_update())
    return [Holding(**row._mapping) for row in rows]


async def draw_holding(connection: AsyncConnection, settlement_id: UUID, amount: int) -> None:
    table = reserve_holdings
    statement = update(table).where(table.c.settlement_id == settlement_id)
    await connection.execute(statement.values(drawn=table.c.drawn + amount))


async def due_holdings(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Those whose time is over, locked, with the accounts between which they go; those of frozen or closed reserves stay."""
    return (await connection.execute(_DUE_HOLDINGS, {"now": now, "limit": limit})).all()


async def release_holdings(connection: AsyncConnection, settlement_ids: Sequence[UUID], now: datetime) -> None:
    table = reserve_holdings
    statement = update(table).where(table.c.settlement_id.in_(settlement_ids))
    await connection.execute(statement.values(released=table.c.amount - table.c.drawn, released_at=now))


def _contract(row: Row[Any]) -> Contract:
    kinds = {"refund_policy": RefundPolicy(row.refund_policy), "payout": PayoutWay(row.payout)}
    return Contract(**dict(row._mapping) | kinds)


_DUE_HOLDINGS = text("""SELECT holding.settlement_id, holding.merchant_id, holding.currency, holding.amount - holding.drawn AS left_minor,
        position.reserve_account_id, merchant.account_id
    FROM reserve_holdings AS holding
    JOIN settlement_positions AS position ON position.merchant_id = holding.merchant_id
    JOIN merchants AS merchant ON merchant.id = holding.merchant_id
    JOIN ledger_accounts AS reserve ON reserve.id = position.reserve_account_id
    JOIN ledger_accounts AS balance ON balance.id = merchant.account_id
    WHERE holding.released_at IS NULL AND holding.due_at <= :now
        AND NOT reserve.frozen AND reserve.frozen_amount = 0 AND NOT reserve.closed AND NOT balance.closed
    ORDER BY holding.due_at, holding.settlement_id LIMIT :limit FOR UPDATE OF holding SKIP LOCKED""")
