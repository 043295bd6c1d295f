from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.merchants.queries import merchants_with
from services.payments.orders.tables import orders
from services.payments.trades.category_queries import categories_with
from services.payments.trades.model import CloseReason, Deal, Trade, TradeLine, TradeState
from services.payments.trades.refund_queries import open_refunds
from services.payments.trades.tables import trade_lines, trades

CHANGING = (
    "buyer_id", "state", "close_reason", "method", "payer_account_id", "escrow_account_id", "payment_transfer_id", "released", "refunded",
    "carrier", "tracking_number", "extended", "prolonged_seconds", "refunds", "rest", "paid_at", "shipped_at", "due_at", "ended_at",
)  # fmt: skip


async def add_trade(connection: AsyncConnection, trade: Trade, lines: Sequence[TradeLine]) -> bool:
    """False if the merchant has a trade of this number."""
    result = await connection.execute(insert(trades).values(asdict(trade)).on_conflict_do_nothing())
    if result.rowcount != 1:
        return False
    await connection.execute(insert(trade_lines), [asdict(line) for line in lines])
    return True


async def deal_with(connection: AsyncConnection, trade_id: UUID, *, lock: bool = False) -> Deal | None:
    """A trade with what is decided on with it, as it is once its row is locked."""
    statement = select(trades).where(trades.c.id == trade_id)
    rows = (await connection.execute(statement.with_for_update() if lock else statement)).all()
    deals = await _deals(connection, rows)
    return deals[0] if deals else None


async def lock_deals(connection: AsyncConnection, trade_ids: Sequence[UUID]) -> list[Deal]:
    """In the order of their ids, in which they are locked."""
    if not trade_ids:
        return []
    statement = select(trades).where(trades.c.id.in_(trade_ids)).order_by(trades.c.id).with_for_update()
    return await _deals(connection, (await connection.execute(statement)).all())


async def lock_due(
    connection: AsyncConnection, now: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[Deal]:
    """Paid trades whose time is over, the longest over first, without those that others are changing. Unpaid ones follow their orders."""
    statement = _due(select(trades), now, after, limit).with_for_update(skip_locked=True)
    return await _deals(connection, (await connection.execute(statement)).all())


async def due_after(
    connection: AsyncConnection, now: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[datetime, UUID]]:
    """Places of trades whose time is over: deadline and id."""
    rows = await connection.execute(_due(select(trades.c.due_at, trades.c.id), now, after, limit))
    return [(row.due_at, row.id) for row in rows]


async def deals_of_merchant(
    connection: AsyncConnection, merchant_id: UUID, state: TradeState | None, before: UUID | None, limit: int
) -> list[Deal]:
    """A merchant's trades, newest first."""
    return await _listed(connection, trades.c.merchant_id == merchant_id, state, before, limit)


async def deals_of_buyer(
    connection: AsyncConnection, buyer_id: UUID, state: TradeState | None, before: UUID | None, limit: int
) -> list[Deal]:
    """What a customer bought or is asked to pay, newest first."""
    return await _listed(connection, trades.c.buyer_id == buyer_id, state, before, limit)


async def save_trades(connection: AsyncConnection, changed: Sequence[Trade]) -> None:
    """All in one statement, sent once."""
    if not changed:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=trades.c[name].type) for name in CHANGING}
    statement = update(trades).where(trades.c.id == bindparam("of")).values(values)
    rows = [{"of": one.id} | {f"new_{name}": getattr(one, name) for name in CHANGING} for one in changed]
    await connection.execute(statement, rows)


async def save_lines(connection: AsyncConnection, changed: Sequence[TradeLine]) -> None:
    if changed:
        mine = (trade_lines.c.trade_id == bindparam("of"), trade_lines.c.number == bindparam("at"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("released", "refunded")}
        rows = [
            {"of": one.trade_id, "at": one.number, "new_released": one.released, "new_refunded": one.refunded}
            for one in changed
        ]
        await connection.execute(update(trade_lines).where(*mine).values(values), rows)


def _due(statement: Any, now: datetime, after: tuple[datetime, UUID] | None, limit: int) -> Any:
    statement = statement.where(trades.c.due_at <= now, trades.c.state != TradeState.WAIT_BUYER_PAY)
    if after is not None:
        statement = statement.where(tuple_(trades.c.due_at, trades.c.id) > tuple_(*after))
    return statement.order_by(trades.c.due_at, trades.c.id).limit(limit)


async def _listed(
    connection: AsyncConnection, mine: Any, state: TradeState | None, before: UUID | None, limit: int
) -> list[Deal]:
    statement = select(trades).where(mine)
    if state is not None:
        statement = statement.where(trades.c.state == state)
    if before is not None:
        statement = statement.where(trades.c.id < before)
    return await _deals(
        connection, (await connection.execute(statement.order_by(trades.c.id.desc()).limit(limit))).all()
    )


async def _deals(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Deal]:
    """In the order of the rows."""
    if not rows:
        return []
    found = [_trade(row) for row in rows]
    ids = [trade.id for trade in found]
    merchants = await merchants_with(connection, {trade.merchant_id for trade in found})
    categories = await categories_with(connection, {trade.category_id for trade in found})
    lines = await _lines(connection, ids)
    refunds = await open_refunds(connection, ids)
    asking = select(orders.c.trade_id, orders.c.id).where(orders.c.trade_id.in_(ids))
    paying = {row.trade_id: row.id for row in await connection.execute(asking)}
    return [
        Deal(
            trade,
            merchants[trade.merchant_id],
            categories[trade.category_id],
            tuple(lines[trade.id]),
            refunds.get(trade.id),
            paying.get(trade.id),
        )
        for trade in found
    ]


async def _lines(connection: AsyncConnection, trade_ids: Collection[UUID]) -> dict[UUID, list[TradeLine]]:
    statement = select(trade_lines).where(trade_lines.c.trade_id.in_(trade_ids)).order_by(trade_lines.c.number)
    found: dict[UUID, list[TradeLine]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.trade_id, []).append(TradeLine(**row._mapping))
    return found


def _trade(row: Row[Any]) -> Trade:
    reason = None if row.close_reason is None else CloseReason(row.close_reason)
    return Trade(**dict(row._mapping) | {"state": TradeState(row.state), "close_reason": reason})
