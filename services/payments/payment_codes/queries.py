from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.payment_codes.model import Cap, CodeState, PaymentCode
from services.payments.payment_codes.tables import payment_code_caps, payment_codes

codes = payment_codes.c


async def add_code(connection: AsyncConnection, code: PaymentCode) -> bool:
    """False if the slot or the token is taken; waits for a simultaneous one to end."""
    statement = insert(payment_codes).values(asdict(code)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def slots_taken(connection: AsyncConnection, customer_id: UUID) -> set[int]:
    statement = select(codes.slot).where(codes.customer_id == customer_id, codes.state == CodeState.LIVE)
    return set((await connection.execute(statement)).scalars())


async def code_hashed(connection: AsyncConnection, token_hash: bytes) -> PaymentCode | None:
    """Locked, for the one charge that it is good for."""
    row = await connection.execute(select(payment_codes).where(codes.token_hash == token_hash).with_for_update())
    return _code_or_none(row.one_or_none())


async def code_with(connection: AsyncConnection, code_id: UUID, *, lock: bool = False) -> PaymentCode | None:
    statement = select(payment_codes).where(codes.id == code_id)
    row = await connection.execute(statement.with_for_update() if lock else statement)
    return _code_or_none(row.one_or_none())


async def codes_of(
    connection: AsyncConnection, customer_id: UUID, before: UUID | None, limit: int
) -> list[PaymentCode]:
    """A customer's codes, newest first."""
    statement = select(payment_codes).where(codes.customer_id == customer_id)
    if before is not None:
        statement = statement.where(codes.id < before)
    return [_code(row) for row in await connection.execute(statement.order_by(codes.id.desc()).limit(limit))]


async def save_code(connection: AsyncConnection, code: PaymentCode) -> None:
    values = asdict(code)
    await connection.execute(update(payment_codes).where(codes.id == values.pop("id")).values(values))


async def expire_due(connection: AsyncConnection, now: datetime, limit: int, customer_id: UUID | None = None) -> int:
    """End live codes whose time is over, those not being charged at this moment; of one customer or of all."""
    due = select(codes.id).where(codes.state == CodeState.LIVE, codes.expires_at <= now)
    if customer_id is not None:
        due = due.where(codes.customer_id == customer_id)
    due = due.order_by(codes.expires_at).limit(limit).with_for_update(skip_locked=True)
    statement = (
        update(payment_codes)
        .where(codes.id.in_(due.scalar_subquery()))
        .values(state=CodeState.EXPIRED, slot=None, ended_at=now)
    )
    return (await connection.execute(statement)).rowcount


async def cap_on(connection: AsyncConnection, currency: str, day: date) -> Cap | None:
    """The cap in force on a business day."""
    cap = payment_code_caps.c
    statement = select(payment_code_caps).where(cap.currency == currency, cap.from_on <= day)
    row = (await connection.execute(statement.order_by(cap.from_on.desc()).limit(1))).one_or_none()
    return None if row is None else Cap(**row._mapping)


async def caps(connection: AsyncConnection, after: tuple[str, date] | None, limit: int) -> list[Cap]:
    """By currency and day."""
    cap = payment_code_caps.c
    statement = select(payment_code_caps)
    if after is not None:
        currency, day = after
        statement = statement.where((cap.currency > currency) | ((cap.currency == currency) & (cap.from_on > day)))
    rows = await connection.execute(statement.order_by(cap.currency, cap.from_on).limit(limit))
    return [Cap(**row._mapping) for row in rows]


async def add_cap(connection: AsyncConnection, cap: Cap) -> bool:
    """False if one was set for that day."""
    statement = insert(payment_code_caps).values(asdict(cap)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


def _code_or_none(row: Row[Any] | None) -> PaymentCode | None:
    return None if row is None else _code(row)


def _code(row: Row[Any]) -> PaymentCode:
    return PaymentCode(**dict(row._mapping) | {"state": CodeState(row.state)})
