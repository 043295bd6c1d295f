"""Campaigns and their kinds of voucher. Whoever changes anything of a campaign holds its row."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.campaigns.model import Benefit, Campaign, CampaignState, Terms, VoucherKind
from services.payments.campaigns.tables import campaigns, voucher_kinds

_TERMS = tuple(Terms.__dataclass_fields__)
# An ended campaign is due when a late refund has put money back into its budget.
_DUE = text("""SELECT id FROM (
        SELECT id FROM campaigns WHERE state <> 'ended' AND due_at <= :now
        UNION ALL SELECT campaign.id FROM campaigns AS campaign JOIN ledger_accounts AS account ON account.id = campaign.account_id
            WHERE campaign.state = 'ended' AND account.credits_posted > account.debits_posted + account.debits_pending
    ) AS due WHERE cast(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :limit""")


async def add_campaign(connection: AsyncConnection, campaign: Campaign) -> None:
    await connection.execute(insert(campaigns).values(asdict(campaign)))


async def campaign_with(connection: AsyncConnection, campaign_id: UUID, *, lock: bool = False) -> Campaign | None:
    statement = select(campaigns).where(campaigns.c.id == campaign_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _campaign(row)


async def lock_campaigns(connection: AsyncConnection, campaign_ids: Collection[UUID]) -> dict[UUID, Campaign]:
    statement = select(campaigns).where(campaigns.c.id.in_(campaign_ids)).order_by(campaigns.c.id).with_for_update()
    return {row.id: _campaign(row) for row in await connection.execute(statement)}


async def save_campaign(connection: AsyncConnection, campaign: Campaign) -> None:
    values = asdict(campaign)
    await connection.execute(update(campaigns).where(campaigns.c.id == values.pop("id")).values(values))


async def campaigns_of(
    connection: AsyncConnection, owner: str | None, before: UUID | None, limit: int
) -> list[Campaign]:
    """An owner's campaigns, or everybody's; newest first."""
    statement = select(campaigns)
    if owner is not None:
        statement = statement.where(campaigns.c.owner == owner)
    if before is not None:
        statement = statement.where(campaigns.c.id < before)
    return [_campaign(row) for row in await connection.execute(statement.order_by(campaigns.c.id.desc()).limit(limit))]


async def due_campaigns(connection: AsyncConnection, now: datetime, after: UUID | None, limit: int) -> list[UUID]:
    """Those that go on by themselves now, by id."""
    return list((await connection.execute(_DUE, {"now": now, "after": after, "limit": limit})).scalars())


async def add_kind(connection: AsyncConnection, kind: VoucherKind) -> None:
    values = asdict(kind)
    await connection.execute(insert(voucher_kinds).values(values.pop("terms") | values))


async def kind_with(connection: AsyncConnection, kind_id: UUID) -> VoucherKind | None:
    row = (await connection.execute(select(voucher_kinds).where(voucher_kinds.c.id == kind_id))).one_or_none()
    return None if row is None else _kind(row)


async def kinds_with(connection: AsyncConnection, kind_ids: Collection[UUID]) -> dict[UUID, VoucherKind]:
    rows = await connection.execute(select(voucher_kinds).where(voucher_kinds.c.id.in_(kind_ids)))
    return {row.id: _kind(row) for row in rows}


async def kinds_of(connection: AsyncConnection, campaign_id: UUID, after: UUID | None, limit: int) -> list[VoucherKind]:
    """A campaign's kinds of voucher, oldest first."""
    statement = select(voucher_kinds).where(voucher_kinds.c.campaign_id == campaign_id)
    if after is not None:
        statement = statement.where(voucher_kinds.c.id > after)
    return [_kind(row) for row in await connection.execute(statement.order_by(voucher_kinds.c.id).limit(limit))]


async def count_kinds(connection: AsyncConnection, campaign_id: UUID) -> int:
    counting = select(func.count()).select_from(voucher_kinds).where(voucher_kinds.c.campaign_id == campaign_id)
    return int((await connection.execute(counting)).scalar_one())


async def count_claim(connection: AsyncConnection, kind_id: UUID) -> None:
    """One more of the stock is claimed."""
    one_more = update(voucher_kinds).values(claimed=voucher_kinds.c.claimed + 1)
    await connection.execute(one_more.where(voucher_kinds.c.id == kind_id))


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(**dict(row._mapping) | {"state": CampaignState(row.state)})


def _kind(row: Row[Any]) -> VoucherKind:
    values = dict(row._mapping)
    terms = {name: values.pop(name) for name in _TERMS}
    return VoucherKind(**values, terms=Terms(**terms | {"benefit": Benefit(terms["benefit"])}))
