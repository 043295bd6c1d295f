"""Vouchers, what they were used for, what refunds brought back, and the figures of a campaign."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.campaigns.model import (
    CampaignFigures,
    DayFigures,
    Voucher,
    VoucherReturn,
    VoucherState,
    VoucherUse,
)
from services.payments.campaigns.tables import voucher_returns, voucher_uses, vouchers

_LOCK_SUBJECT = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.voucher_subject ' || :subject, 0))")
_BY_DAY = text("""SELECT day, sum(claimed)::bigint AS claimed, sum(used)::bigint AS used, sum(expired)::bigint AS expired,
        sum(cost)::bigint AS cost, sum(returned)::bigint AS returned
    FROM (
        SELECT claimed_on AS day, 1 AS claimed, 0 AS used, 0 AS expired, 0 AS cost, 0 AS returned
            FROM vouchers WHERE campaign_id = :campaign_id
        UNION ALL SELECT expired_on, 0, 0, 1, 0, 0 FROM vouchers WHERE campaign_id = :campaign_id AND expired_on IS NOT NULL
        UNION ALL SELECT used_on, 0, 1, 0, cost, 0 FROM voucher_uses WHERE campaign_id = :campaign_id
        UNION ALL SELECT part.returned_on, 0, 0, 0, 0, part.amount FROM voucher_returns AS part
            JOIN voucher_uses AS used ON used.id = part.use_id WHERE used.campaign_id = :campaign_id
    ) AS steps WHERE day BETWEEN :first AND :last GROUP BY day ORDER BY day""")
_FIGURES = text("""SELECT
        (SELECT coalesce(sum(stock), 0)::bigint FROM voucher_kinds WHERE campaign_id = :campaign_id) AS issued,
        count(*) AS claimed,
        (SELECT count(*) FROM voucher_uses WHERE campaign_id = :campaign_id) AS used,
        count(*) FILTER (WHERE state = 'expired') AS expired,
        count(*) FILTER (WHERE state = 'claimed') AS outstanding,
        (SELECT coalesce(sum(cost), 0)::bigint FROM voucher_uses WHERE campaign_id = :campaign_id) AS cost,
        (SELECT coalesce(sum(returned), 0)::bigint FROM voucher_uses WHERE campaign_id = :campaign_id) AS returned
    FROM vouchers WHERE campaign_id = :campaign_id""")


async def lock_subject(connection: AsyncConnection, subject: str) -> None:
    """What is used on one subject is decided one after another, whichever campaigns it comes from."""
    await connection.execute(_LOCK_SUBJECT, {"subject": subject})


async def add_voucher(connection: AsyncConnection, voucher: Voucher) -> None:
    await connection.execute(insert(vouchers).values(asdict(voucher)))


async def vouchers_with(
    connection: AsyncConnection, voucher_ids: Collection[UUID], *, lock: bool = False
) -> list[Voucher]:
    statement = select(vouchers).where(vouchers.c.id.in_(voucher_ids)).order_by(vouchers.c.id)
    return [_voucher(row) for row in await connection.execute(statement.with_for_update() if lock else statement)]


async def count_vouchers(connection: AsyncConnection, kind_id: UUID, customer_id: UUID) -> int:
    counting = select(func.count()).select_from(vouchers)
    statement = counting.where(vouchers.c.kind_id == kind_id, vouchers.c.customer_id == customer_id)
    return int((await connection.execute(statement)).scalar_one())


async def mark_vouchers(connection: AsyncConnection, voucher_ids: Collection[UUID], state: VoucherState) -> None:
    await connection.execute(update(vouchers).where(vouchers.c.id.in_(voucher_ids)).values(state=state))


async def vouchers_of(
    connection: AsyncConnection, customer_id: UUID, state: VoucherState | None, before: UUID | None, limit: int
) -> list[Voucher]:
    """A customer's vouchers, newest first."""
    statement = select(vouchers).where(vouchers.c.customer_id == customer_id)
    if state is not None:
        statement = statement.where(vouchers.c.state == state)
    if before is not None:
        statement = statement.where(vouchers.c.id < before)
    return [_voucher(row) for row in await connection.execute(statement.order_by(vouchers.c.id.desc()).limit(limit))]


async def last_expiry(connection: AsyncConnection, campaign_id: UUID) -> datetime | None:
    """Until when a campaign's claimed vouchers are honoured; None if there are none."""
    latest = select(func.max(vouchers.c.expires_at))
    claimed = vouchers.c.state == VoucherState.CLAIMED
    found: datetime | None = (
        await connection.execute(latest.where(vouchers.c.campaign_id == campaign_id, claimed))
    ).scalar_one()
    return found


async def campaigns_with_expired(
    connection: AsyncConnection, now: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """Campaigns some of whose claimed vouchers' time is over, by id."""
    over = (vouchers.c.state == VoucherState.CLAIMED, vouchers.c.expires_at <= now)
    statement = select(vouchers.c.campaign_id).distinct().where(*over)
    if after is not None:
        statement = statement.where(vouchers.c.campaign_id > after)
    return list((await connection.execute(statement.order_by(vouchers.c.campaign_id).limit(limit))).scalars())


async def expire(
    connection: AsyncConnection, campaign_id: UUID, now: datetime, today: date, limit: int
) -> list[Voucher]:
    """Expire a slice of a campaign's vouchers, in one statement."""
    over = (
        vouchers.c.campaign_id == campaign_id,
        vouchers.c.state == VoucherState.CLAIMED,
        vouchers.c.expires_at <= now,
    )
    slice_of = select(vouchers.c.id).where(*over).order_by(vouchers.c.id).limit(limit)
    statement = (
        update(vouchers)
        .where(vouchers.c.id.in_(slice_of.scalar_subquery()))
        .values(state=VoucherState.EXPIRED, expired_on=today)
        .returning(vouchers)
    )
    return [_voucher(row) for row in await connection.execute(statement)]


async def add_uses(connection: AsyncConnection, uses: Sequence[VoucherUse]) -> None:
    await connection.execute(insert(voucher_uses), [asdict(use) for use in uses])


async def uses_on(connection: AsyncConnection, subject: str, *, lock: bool = False) -> list[VoucherUse]:
    """Uses on a subject whose voucher has not come back, by id."""
    statement = select(voucher_uses).where(voucher_uses.c.subject == subject, voucher_uses.c.given_back_on.is_(None))
    statement = statement.order_by(voucher_uses.c.id)
    return [_use(row) for row in await connection.execute(statement.with_for_update() if lock else statement)]


async def save_use(connection: AsyncConnection, use: VoucherUse) -> None:
    values = {"returned": use.returned, "given_back_on": use.given_back_on}
    await connection.execute(update(voucher_uses).where(voucher_uses.c.id == use.id).values(values))


async def count_returns(connection: AsyncConnection, use_id: UUID) -> int:
    counting = select(func.count()).select_from(voucher_returns).where(voucher_returns.c.use_id == use_id)
    return int((await connection.execute(counting)).scalar_one())


async def add_returns(connection: AsyncConnection, returns: Sequence[VoucherReturn]) -> None:
    await connection.execute(insert(voucher_returns), [asdict(one) for one in returns])


async def uses_of_voucher(connection: AsyncConnection, voucher_id: UUID) -> list[VoucherUse]:
    """What a voucher was used for, newest first."""
    statement = select(voucher_uses).where(voucher_uses.c.voucher_id == voucher_id)
    return [_use(row) for row in await connection.execute(statement.order_by(voucher_uses.c.id.desc()))]


async def figures_of(connection: AsyncConnection, campaign_id: UUID) -> CampaignFigures:
    row = (await connection.execute(_FIGURES, {"campaign_id": campaign_id})).one()
    return CampaignFigures(**row._mapping)


async def figures_by_day(connection: AsyncConnection, campaign_id: UUID, first: date, last: date) -> list[DayFigures]:
    """Days on which something happened, oldest first."""
    facts = {"campaign_id": campaign_id, "first": first, "last": last}
    return [DayFigures(**row._mapping) for row in await connection.execute(_BY_DAY, facts)]


def _voucher(row: Row[Any]) -> Voucher:
    return Voucher(**dict(row._mapping) | {"state": VoucherState(row.state)})


def _use(row: Row[Any]) -> VoucherUse:
    return VoucherUse(**row._mapping)
