from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_add
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.payee_codes.model import Caps, CodePayment, PayeeCode, PayeeCodeState
from services.payments.payee_codes.tables import (
    payee_code_caps,
    payee_code_payments,
    payee_code_totals,
    payee_codes,
)


async def add_code(connection: AsyncConnection, code: PayeeCode) -> None:
    await connection.execute(insert(payee_codes).values(asdict(code)))


async def code_with(
    connection: AsyncConnection, code_id: UUID, *, lock: bool = False, keep: bool = False
) -> PayeeCode | None:
    """lock: to change it; keep: others may pay by it meanwhile, too, and nobody revokes it."""
    statement = select(payee_codes).where(payee_codes.c.id == code_id)
    if lock or keep:
        statement = statement.with_for_update(read=keep)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _code(row)


async def save_code(connection: AsyncConnection, code: PayeeCode) -> None:
    changed = update(payee_codes).where(payee_codes.c.id == code.id)
    await connection.execute(changed.values(state=code.state, revoked_at=code.revoked_at))


async def count_open(connection: AsyncConnection, owner: str) -> int:
    counting = select(func.count()).select_from(payee_codes)
    mine = (payee_codes.c.owner == owner, payee_codes.c.state == PayeeCodeState.OPEN)
    return int((await connection.execute(counting.where(*mine))).scalar_one())


async def codes_of(connection: AsyncConnection, owner: str, before: UUID | None, limit: int) -> list[PayeeCode]:
    """A party's codes, newest first."""
    statement = select(payee_codes).where(payee_codes.c.owner == owner)
    if before is not None:
        statement = statement.where(payee_codes.c.id < before)
    return [_code(row) for row in await connection.execute(statement.order_by(payee_codes.c.id.desc()).limit(limit))]


async def caps_on(connection: AsyncConnection, currency: str, day: date) -> Caps | None:
    """Those in force."""
    said = select(payee_code_caps).where(payee_code_caps.c.currency == currency, payee_code_caps.c.from_on <= day)
    row = (await connection.execute(said.order_by(payee_code_caps.c.from_on.desc()).limit(1))).one_or_none()
    return None if row is None else Caps(**row._mapping)


async def add_caps(connection: AsyncConnection, caps: Caps) -> bool:
    """False if others begin on the same day."""
    statement = insert_or_add(payee_code_caps).values(asdict(caps)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def list_caps(connection: AsyncConnection, currency: str, limit: int) -> list[Caps]:
    """Newest first."""
    said = select(payee_code_caps).where(payee_code_caps.c.currency == currency)
    rows = await connection.execute(said.order_by(payee_code_caps.c.from_on.desc()).limit(limit))
    return [Caps(**row._mapping) for row in rows]


async def count_paid(
    connection: AsyncConnection, counted: str, currency: str, day: date, amount: int, most: int
) -> bool:
    """Add to a day's total unless that passes `most`, which one payment alone never does.

    Whoever adds to the same total waits for this transaction to end.
    """
    row = {"counted": counted, "currency": currency, "counted_on": day, "amount": amount}
    together = payee_code_totals.c.amount + amount
    statement = (
        insert_or_add(payee_code_totals)
        .values(row)
        .on_conflict_do_update(
            constraint=payee_code_totals.primary_key, set_={"amount": together}, where=together <= most
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def add_payment(connection: AsyncConnection, payment: CodePayment) -> None:
    await connection.execute(insert(payee_code_payments).values(asdict(payment)))


async def payments_by(connection: AsyncConnection, code_id: UUID, before: UUID | None, limit: int) -> list[CodePayment]:
    """What was paid by a code, newest first."""
    statement = select(payee_code_payments).where(payee_code_payments.c.code_id == code_id)
    if before is not None:
        statement = statement.where(payee_code_payments.c.id < before)
    rows = await connection.execute(statement.order_by(payee_code_payments.c.id.desc()).limit(limit))
    return [CodePayment(**row._mapping) for row in rows]


def _code(row: Row[Any]) -> PayeeCode:
    return PayeeCode(**dict(row._mapping) | {"state": PayeeCodeState(row.state)})
