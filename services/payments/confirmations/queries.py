"""SQL of confirmations. What a payment asks goes past SQLAlchemy: the lane of orders asks it too."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import Direct
from services.payments.confirmations.model import Confirmation, ConfirmationState, PaymentPassword
from services.payments.confirmations.tables import payment_confirmations, payment_passwords

_COLUMNS = [field.name for field in fields(Confirmation)]
_LOCK = f"SELECT {', '.join(_COLUMNS)} FROM payment_confirmations WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"  # noqa: S608
_LOCK_FREE = f"{_LOCK} SKIP LOCKED"
_USE = """UPDATE payment_confirmations SET state = 'used', used_for = used.source, ended_at = used.ended_at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS used(id, source, ended_at) WHERE payment_confirmations.id = used.id"""
confirmations, passwords = payment_confirmations.c, payment_passwords.c


async def lock_confirmations(direct: Direct, ids: Collection[UUID], *, wait: bool = True) -> dict[UUID, Confirmation]:
    """Those that exist, locked in the order of their ids: before what their payers used and the ledger's accounts.

    wait: for what others hold; else that is left out.
    """
    rows = await direct.fetch(_LOCK if wait else _LOCK_FREE, list(ids))
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    return {facts["id"]: Confirmation(**facts | {"state": ConfirmationState(facts["state"])}) for facts in found}


async def save_used(direct: Direct, used: Sequence[Confirmation]) -> None:
    columns: list[list[Any]] = [
        [one.id for one in used],
        [one.used_for for one in used],
        [one.ended_at for one in used],
    ]
    await direct.fetch(_USE, *columns)


async def add_confirmation(connection: AsyncConnection, confirmation: Confirmation) -> None:
    await connection.execute(insert(payment_confirmations).values(asdict(confirmation)))


async def count_live(connection: AsyncConnection, customer_id: UUID, now: datetime) -> int:
    statement = select(func.count()).where(
        confirmations.customer_id == customer_id,
        confirmations.state == ConfirmationState.LIVE,
        confirmations.expires_at > now,
    )
    return int((await connection.execute(statement)).scalar_one())


async def expire_due(connection: AsyncConnection, now: datetime, limit: int) -> int:
    """End confirmations whose time is over, those not being used at this moment."""
    due = (
        select(confirmations.id)
        .where(confirmations.state == ConfirmationState.LIVE, confirmations.expires_at <= now)
        .order_by(confirmations.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(payment_confirmations)
        .where(confirmations.id.in_(due.scalar_subquery()))
        .values(state=ConfirmationState.EXPIRED, ended_at=now)
    )
    return (await connection.execute(statement)).rowcount


async def expire_live(connection: AsyncConnection, customer_id: UUID, now: datetime) -> None:
    """End all of a customer's that were not used. Of one being used at this moment, the payment is waited for."""
    statement = (
        update(payment_confirmations)
        .where(confirmations.customer_id == customer_id, confirmations.state == ConfirmationState.LIVE)
        .values(state=ConfirmationState.EXPIRED, ended_at=now)
    )
    await connection.execute(statement)


async def lock_password(connection: AsyncConnection, customer_id: UUID) -> PaymentPassword | None:
    statement = select(payment_passwords).where(passwords.customer_id == customer_id).with_for_update()
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else PaymentPassword(**row._mapping)


async def lock_or_add_password(connection: AsyncConnection, customer_id: UUID) -> PaymentPassword:
    """Her row, with none set if there was no row."""
    statement = insert(payment_passwords).values(customer_id=customer_id, tries=0)
    # A conflict that changes nothing locks the row and answers it.
    held = statement.on_conflict_do_update(
        index_elements=[passwords.customer_id], set_={"customer_id": statement.excluded.customer_id}
    ).returning(payment_passwords)
    return PaymentPassword(**(await connection.execute(held)).one()._mapping)


async def save_password(connection: AsyncConnection, held: PaymentPassword) -> None:
    values = asdict(held)
    statement = update(payment_passwords).where(passwords.customer_id == values.pop("customer_id"))
    await connection.execute(statement.values(values))


async def remove_password(connection: AsyncConnection, customer_id: UUID) -> bool:
    statement = delete(payment_passwords).where(passwords.customer_id == customer_id)
    return (await connection.execute(statement)).rowcount == 1
