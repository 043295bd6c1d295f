from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.trades.model import Evidence, Outcome, Party, Refund, RefundState
from services.payments.trades.tables import trade_evidence, trade_refund_lines, trade_refunds, trades

CHANGING = (
    "state", "amount", "return_goods", "refusal_reason", "proposed_amount", "proposed_return", "return_carrier", "return_tracking_number",
    "evidence_due_at", "outcome", "buyer_amount", "seller_amount", "ruled_by", "ruling_reason", "ended_at",
)  # fmt: skip


async def add_refund(connection: AsyncConnection, refund: Refund) -> None:
    values = {name: value for name, value in asdict(refund).items() if name != "lines"}
    await connection.execute(insert(trade_refunds).values(values))
    rows = [
        {"refund_id": refund.id, "trade_id": refund.trade_id, "number": number, "amount": amount}
        for number, amount in refund.lines.items()
    ]
    await connection.execute(insert(trade_refund_lines), rows)


async def save_refunds(connection: AsyncConnection, changed: Sequence[Refund]) -> None:
    if changed:
        values = {name: bindparam(f"new_{name}", type_=trade_refunds.c[name].type) for name in CHANGING}
        statement = update(trade_refunds).where(trade_refunds.c.id == bindparam("of")).values(values)
        rows = [{"of": one.id} | {f"new_{name}": getattr(one, name) for name in CHANGING} for one in changed]
        await connection.execute(statement, rows)


async def refund_with(connection: AsyncConnection, refund_id: UUID) -> Refund | None:
    found = await _found(connection, select(trade_refunds).where(trade_refunds.c.id == refund_id))
    return found[0] if found else None


async def open_refunds(connection: AsyncConnection, trade_ids: Collection[UUID]) -> dict[UUID, Refund]:
    """By trade; each has at most one."""
    table = trade_refunds
    found = await _found(connection, select(table).where(table.c.trade_id.in_(trade_ids), table.c.ended_at.is_(None)))
    return {refund.trade_id: refund for refund in found}


async def refunds_of(connection: AsyncConnection, trade_id: UUID, before: int | None, limit: int) -> list[Refund]:
    """A trade's refunds, newest first."""
    table = trade_refunds
    statement = select(table).where(table.c.trade_id == trade_id)
    if before is not None:
        statement = statement.where(table.c.number < before)
    return await _found(connection, statement.order_by(table.c.number.desc()).limit(limit))


async def refunds_waiting(
    connection: AsyncConnection, state: RefundState, after: UUID | None, limit: int
) -> list[tuple[Refund, datetime]]:
    """Everybody's open refunds of a state and their deadlines, oldest first."""
    table = trade_refunds
    statement = select(table).where(table.c.state == state, table.c.ended_at.is_(None))
    if after is not None:
        statement = statement.where(table.c.id > after)
    found = await _found(connection, statement.order_by(table.c.id).limit(limit))
    ids = [refund.trade_id for refund in found]
    rows = await connection.execute(select(trades.c.id, trades.c.due_at).where(trades.c.id.in_(ids)))
    due = {row.id: row.due_at for row in rows}
    return [(refund, due[refund.trade_id]) for refund in found]


async def add_evidence(connection: AsyncConnection, evidence: Evidence) -> None:
    await connection.execute(insert(trade_evidence).values(asdict(evidence)))


async def count_evidence(connection: AsyncConnection, refund_id: UUID, party: Party) -> int:
    table = trade_evidence
    statement = select(func.count()).where(table.c.refund_id == refund_id, table.c.party == party)
    return int((await connection.execute(statement)).scalar_one())


async def evidence_of(connection: AsyncConnection, refund_id: UUID, after: UUID | None, limit: int) -> list[Evidence]:
    """Of both parties, in the order in which it was given."""
    statement = select(trade_evidence).where(trade_evidence.c.refund_id == refund_id)
    if after is not None:
        statement = statement.where(trade_evidence.c.id > after)
    rows = await connection.execute(statement.order_by(trade_evidence.c.id).limit(limit))
    return [Evidence(**dict(row._mapping) | {"party": Party(row.party)}) for row in rows]


async def _found(connection: AsyncConnection, statement: Any) -> list[Refund]:
    rows = (await connection.execute(statement)).all()
    lines: dict[UUID, dict[int, int]] = {row.id: {} for row in rows}
    if rows:
        table = trade_refund_lines
        asked = select(table.c.refund_id, table.c.number, table.c.amount).where(table.c.refund_id.in_(lines))
        for line in await connection.execute(asked.order_by(table.c.number)):
            lines[line.refund_id][line.number] = line.amount
    return [_refund(row, lines[row.id]) for row in rows]


def _refund(row: Row[Any], lines: dict[int, int]) -> Refund:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Refund(**dict(row._mapping) | {"state": RefundState(row.state), "outcome": outcome, "lines": lines})
