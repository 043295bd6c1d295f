"""The SQL of consents."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.consents.model import Consent
from services.info_broker.consents.tables import consents


async def add(connection: AsyncConnection, consent: Consent) -> None:
    await connection.execute(
        insert(consents).values(
            id=consent.id,
            customer=consent.customer,
            text_version=consent.text_version,
            purposes=list(consent.purposes),
            given_at=consent.given_at,
            withdrawn_at=consent.withdrawn_at,
        )
    )


async def load_many(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Consent]:
    rows = await connection.execute(select(consents).where(consents.c.id.in_(set(ids))))
    return {
        row.id: Consent(row.id, row.customer, row.text_version, tuple(row.purposes), row.given_at, row.withdrawn_at)
        for row in rows
    }


async def withdraw(connection: AsyncConnection, consent_id: UUID, now: datetime) -> None:
    held = consents.c.id == consent_id, consents.c.withdrawn_at.is_(None)
    await connection.execute(update(consents).where(*held).values(withdrawn_at=now))
