"""The SQL of mass refunds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.pledges.tables import pledges
from services.p2p.project_refunds.model import Refund, RefundBatch, RefundCause, RefundShare, RefundState, ShareRefused
from services.p2p.project_refunds.tables import project_refund_batches, project_refund_shares, project_refunds

_COLUMNS = [project_refunds.c[name] for name in Refund.__slots__]
_BATCH = [project_refund_batches.c[name] for name in RefundBatch.__slots__]
_SHARE = [project_refund_shares.c[name] for name in RefundShare.__slots__]
_ADD_BATCHES = text("""
    INSERT INTO project_refund_batches (refund_id, number, shares, amount_minor)
    SELECT :refund_id, batch, count(*), sum(amount) FROM unnest(:batches, :amounts) AS given (batch, amount) GROUP BY batch
""").bindparams(bindparam("batches", type_=ARRAY(Integer)), bindparam("amounts", type_=ARRAY(BigInteger)))
_ADD_SHARES = text("""
    INSERT INTO project_refund_shares (refund_id, batch, pledge_id, backer, account_id, amount_minor, tries)
    SELECT :refund_id, batch, pledge_id, backer, account_id, amount, 0
    FROM unnest(:batches, :pledge_ids, :backers, :account_ids, :amounts) AS given (batch, pledge_id, backer, account_id, amount)
""").bindparams(
    bindparam("batches", type_=ARRAY(Integer)),
    bindparam("pledge_ids", type_=ARRAY(Uuid)),
    bindparam("backers", type_=ARRAY(Text)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
)


async def add(connection: AsyncConnection, refund: Refund, shares: Sequence[RefundShare]) -> None:
    """With all of its batches and shares, in three statements however many there are."""
    values = asdict(refund) | {"state": refund.state.value, "cause": refund.cause.value}
    await connection.execute(insert(project_refunds).values(values))
    batches = [one.batch for one in shares]
    amounts = [one.amount_minor for one in shares]
    given: dict[str, Any] = {"refund_id": refund.id, "batches": batches, "amounts": amounts}
    await connection.execute(_ADD_BATCHES, given)
    whom = {
        "pledge_ids": [one.pledge_id for one in shares],
        "backers": [one.backer for one in shares],
        "account_ids": [one.account_id for one in shares],
    }
    await connection.execute(_ADD_SHARES, given | whom)


async def load(connection: AsyncConnection, refund_id: UUID, *, lock: bool = False) -> Refund | None:
    wanted = select(*_COLUMNS).where(project_refunds.c.id == refund_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _refund(row)


async def of_project(connection: AsyncConnection, project_id: UUID) -> Refund | None:
    wanted = select(*_COLUMNS).where(project_refunds.c.project_id == project_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _refund(row)


async def save(connection: AsyncConnection, refund: Refund) -> None:
    values = asdict(refund) | {"state": refund.state.value, "cause": refund.cause.value}
    await connection.execute(update(project_refunds).where(project_refunds.c.id == refund.id).values(values))


async def batches(connection: AsyncConnection, refund_id: UUID) -> list[RefundBatch]:
    wanted = select(*_BATCH).where(project_refund_batches.c.refund_id == refund_id)
    wanted = wanted.order_by(project_refund_batches.c.number)
    return [RefundBatch(**row._mapping) for row in await connection.execute(wanted)]


async def begun(connection: AsyncConnection, refund_id: UUID) -> int | None:
    """The batch that was sent, perhaps, and is not recorded."""
    batches = project_refund_batches
    wanted = select(func.min(batches.c.number)).where(batches.c.refund_id == refund_id, batches.c.begun_at.is_not(None))
    number: int | None = (await connection.execute(wanted)).scalar_one()
    return number


async def begin_next(connection: AsyncConnection, refund_id: UUID, after: int, now: datetime) -> int | None:
    """The first batch after a number of which something is not paid is begun; None if there is none."""
    batches = project_refund_batches
    following = select(func.min(batches.c.number)).where(
        batches.c.refund_id == refund_id, batches.c.number > after, batches.c.paid_at.is_(None)
    )
    statement = (
        update(batches)
        .where(batches.c.refund_id == refund_id, batches.c.number == following.scalar_subquery())
        .values(begun_at=now)
        .returning(batches.c.number)
    )
    number: int | None = (await connection.execute(statement)).scalar_one_or_none()
    return number


async def waiting_share(connection: AsyncConnection, pledge_id: UUID) -> RefundShare | None:
    """What of a refund is still to be paid to the backer of a pledge."""
    shares = project_refund_shares
    wanted = select(*_SHARE).where(shares.c.pledge_id == pledge_id, shares.c.paid_at.is_(None))
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else RefundShare(**row._mapping)


async def withhold(
    connection: AsyncConnection, refund_id: UUID, pledge_id: UUID, amount_minor: int, now: datetime
) -> int:
    """So much less of a share that waits; one of which nothing is left waits no more. Answers its batch."""
    shares = project_refund_shares
    withheld = shares.c.withheld_minor + amount_minor
    nothing_left = withheld == shares.c.amount_minor
    statement = (
        update(shares)
        .where(shares.c.refund_id == refund_id, shares.c.pledge_id == pledge_id, shares.c.paid_at.is_(None))
        .values(
            withheld_minor=withheld,
            paid_at=case((nothing_left, literal(now, DateTime(timezone=True)))),
            reason=case((nothing_left, "charged_back"), else_=shares.c.reason),
        )
        .returning(shares.c.batch)
    )
    return int((await connection.execute(statement)).scalar_one())


async def unpaid(connection: AsyncConnection, refund_id: UUID, batch: int) -> list[RefundShare]:
    return await _shares(connection, refund_id, literal(batch))


async def paid(
    connection: AsyncConnection, refund_id: UUID, batch: int, pledge_ids: Sequence[UUID], now: datetime
) -> dict[UUID, int]:
    """Of these shares, those that were not known to be paid, and their amounts by pledge."""
    shares = project_refund_shares
    statement = (
        update(shares)
        .where(
            shares.c.refund_id == refund_id,
            shares.c.batch == batch,
            shares.c.pledge_id == func.any(literal(list(pledge_ids), ARRAY(Uuid))),
            shares.c.paid_at.is_(None),
        )
        .values(paid_at=now, reason=None)
        .returning(shares.c.pledge_id, (shares.c.amount_minor - shares.c.withheld_minor).label("due_minor"))
    )
    return {row.pledge_id: row.due_minor for row in await connection.execute(statement)}


async def credit_pledges(
    connection: AsyncConnection, refund_id: UUID, pledge_ids: Sequence[UUID], state: str | None, now: datetime
) -> None:
    """What shares just paid say, on their pledges. state: None if the pledge is not ended by it."""
    shares = project_refund_shares
    paid_minor = shares.c.amount_minor - shares.c.withheld_minor
    values: dict[Any, Any] = {"refunded_minor": pledges.c.refunded_minor + paid_minor, "changed_at": now}
    statement = (
        update(pledges)
        .where(
            pledges.c.id == shares.c.pledge_id,
            shares.c.refund_id == refund_id,
            shares.c.pledge_id == func.any(literal(list(pledge_ids), ARRAY(Uuid))),
        )
        .values(values if state is None else values | {"state": state})
    )
    await connection.execute(statement)


async def refused(connection: AsyncConnection, refund_id: UUID, told_of: Mapping[UUID, ShareRefused]) -> int:
    """Shares that the ledger refused, why, and where another try goes: it has an id of its own. Of an earlier try nothing is said.

    Answers how many.
    """
    columns = (
        literal(list(told_of), ARRAY(Uuid)),
        literal([one.reason for one in told_of.values()], ARRAY(Text)),
        literal([one.account_id for one in told_of.values()], ARRAY(Uuid)),
        literal([one.tries for one in told_of.values()], ARRAY(Integer)),
    )
    told = func.unnest(*columns).table_valued("pledge_id", "reason", "account_id", "tries").render_derived()
    shares = project_refund_shares
    statement = (
        update(shares)
        .where(
            shares.c.refund_id == refund_id,
            shares.c.pledge_id == told.c.pledge_id,
            shares.c.tries == told.c.tries,
            shares.c.paid_at.is_(None),
        )
        .values(reason=told.c.reason, account_id=told.c.account_id, tries=shares.c.tries + 1)
    )
    return (await connection.execute(statement)).rowcount


async def record_batch(connection: AsyncConnection, refund_id: UUID, batch: int, paid_at: datetime | None) -> None:
    """It is not under way any more. paid_at: if every share of it is paid."""
    batches = project_refund_batches
    statement = update(batches).where(batches.c.refund_id == refund_id, batches.c.number == batch)
    await connection.execute(statement.values(begun_at=None, paid_at=func.coalesce(batches.c.paid_at, paid_at)))


async def batches_left(connection: AsyncConnection, refund_id: UUID) -> int:
    batches = project_refund_batches
    wanted = select(func.count()).where(batches.c.refund_id == refund_id, batches.c.paid_at.is_(None))
    return (await connection.execute(wanted)).scalar_one()


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(project_refunds.c.id).where(project_refunds.c.due_at <= now).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def _shares(connection: AsyncConnection, refund_id: UUID, batch: Any) -> list[RefundShare]:
    shares = project_refund_shares
    wanted = (
        select(*_SHARE)
        .where(shares.c.refund_id == refund_id, shares.c.batch == batch, shares.c.paid_at.is_(None))
        .order_by(shares.c.pledge_id)
    )
    return [RefundShare(**row._mapping) for row in await connection.execute(wanted)]


def _refund(row: Any) -> Refund:
    return Refund(**dict(row._mapping) | {"state": RefundState(row.state), "cause": RefundCause(row.cause)})
