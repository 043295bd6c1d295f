from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.qr_codes.model import Profile
from services.payments.qr_codes.tables import merchant_qr_profiles


async def profile_of(connection: AsyncConnection, merchant_id: UUID) -> Profile | None:
    statement = select(merchant_qr_profiles).where(merchant_qr_profiles.c.merchant_id == merchant_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Profile(**row._mapping)


async def save_profile(connection: AsyncConnection, profile: Profile) -> None:
    statement = insert(merchant_qr_profiles).values(asdict(profile))
    changed = {name: value for name, value in asdict(profile).items() if name != "merchant_id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["merchant_id"], set_=changed))
