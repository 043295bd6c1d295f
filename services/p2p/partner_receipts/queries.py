"""The SQL of partners' receipts."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.claims.model import Received
from services.p2p.partner_receipts.model import InterestShare, PartnerReceipt, ReceiptState
from services.p2p.partner_receipts.tables import partner_interest_shares, partner_receipts

_COLUMNS = [partner_receipts.c[name] for name in PartnerReceipt.__slots__]
_SHARE = [partner_interest_shares.c[name] for name in InterestShare.__slots__]
_OPEN = (ReceiptState.HELD.value, ReceiptState.PASSING.value)


async def add(connection: AsyncConnection, receipt: PartnerReceipt) -> None:
    await connection.execute(insert(partner_receipts).values(_values(receipt)))


async def save(connection: AsyncConnection, receipt: PartnerReceipt) -> None:
    await connection.execute(
        update(partner_receipts).where(partner_receipts.c.id == receipt.id).values(_values(receipt))
    )


async def load(connection: AsyncConnection, receipt_id: UUID, *, lock: bool = False) -> PartnerReceipt | None:
    wanted = select(*_COLUMNS).where(partner_receipts.c.id == receipt_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _receipt(row)


async def find(
    connection: AsyncConnection, originator_id: UUID, *, state: str | None, before: UUID | None, limit: int
) -> list[PartnerReceipt]:
    """An originator's, newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(partner_receipts.c.originator_id == originator_id)
    wanted = wanted.order_by(partner_receipts.c.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(partner_receipts.c.state == state)
    if before is not None:
        wanted = wanted.where(partner_receipts.c.id < before)
    return [_receipt(row) for row in await connection.execute(wanted)]


async def open_of_loan(connection: AsyncConnection, loan_id: UUID) -> list[PartnerReceipt]:
    """Money of a locked loan that the partner has, in the order in which it came."""
    wanted = select(*_COLUMNS).where(partner_receipts.c.loan_id == loan_id, partner_receipts.c.state.in_(_OPEN))
    found = await connection.execute(wanted.order_by(partner_receipts.c.received_on, partner_receipts.c.id))
    return [_receipt(row) for row in found]


async def of_repayment(connection: AsyncConnection, repayment_id: UUID) -> PartnerReceipt:
    """What was passed on by a partner's repayment."""
    wanted = select(*_COLUMNS).where(partner_receipts.c.repayment_id == repayment_id)
    return _receipt((await connection.execute(wanted)).one())


async def wallet_of(connection: AsyncConnection, repayment_id: UUID) -> UUID | None:
    """The partner's account from which a repayment is paid."""
    wanted = select(partner_receipts.c.account_id).where(partner_receipts.c.repayment_id == repayment_id)
    found: UUID | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(partner_receipts.c.id).where(partner_receipts.c.due_at <= now)
    return list(
        (
            await connection.execute(wanted.order_by(partner_receipts.c.due_at, partner_receipts.c.id).limit(limit))
        ).scalars()
    )


async def add_shares(connection: AsyncConnection, shares: Sequence[InterestShare]) -> None:
    if shares:
        await connection.execute(insert(partner_interest_shares), [asdict(share) for share in shares])


async def shares(connection: AsyncConnection, receipt_id: UUID) -> list[InterestShare]:
    """In one order: by claim."""
    wanted = select(*_SHARE).where(partner_interest_shares.c.receipt_id == receipt_id)
    found = await connection.execute(wanted.order_by(partner_interest_shares.c.claim_id))
    return [InterestShare(**row._mapping) for row in found]


async def received(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What claims were paid because their money came late: nothing but interest, once the partner paid it."""
    wanted = (
        select(
            partner_interest_shares.c.claim_id, partner_receipts.c.changed_at, partner_interest_shares.c.amount_minor
        )
        .join(partner_receipts, partner_receipts.c.id == partner_interest_shares.c.receipt_id)
        .where(
            partner_interest_shares.c.claim_id.in_(claim_ids),
            partner_receipts.c.state == ReceiptState.PASSED.value,
        )
        .order_by(partner_receipts.c.id)
    )
    return [
        Received(claim_id, business_day(paid_at, zone), 0, amount)
        for claim_id, paid_at, amount in await connection.execute(wanted)
    ]


async def held_minor(connection: AsyncConnection, originator_id: UUID) -> int:
    """What an originator has of borrowers' money, in minor units."""
    wanted = select(func.coalesce(func.sum(partner_receipts.c.amount_minor), 0)).where(
        partner_receipts.c.originator_id == originator_id, partner_receipts.c.state.in_(_OPEN)
    )
    return int((await connection.execute(wanted)).scalar_one())


def _values(receipt: PartnerReceipt) -> dict[str, Any]:
    return asdict(receipt) | {"state": receipt.state.value, "daily_rate": Decimal(receipt.daily_rate)}


def _receipt(row: Any) -> PartnerReceipt:
    read = {"state": ReceiptState(row.state), "daily_rate": format(row.daily_rate, "f")}
    return PartnerReceipt(**dict(row._mapping) | read)
