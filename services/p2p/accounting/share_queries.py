"""The SQL of what is booked beside transfers: whose a sum was that the ledger moved for many at once, the shares of repayments tell.

All of it is found by ids of transfers, so that it is in the books on the day on which the ledger moved them, whenever that was recorded.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.tables import claim_cessions, claims
from services.p2p.repayments.model import RepaymentState, Share, ShareKind
from services.p2p.repayments.tables import repayment_reversals, repayment_shares, repayments

_SHARE = [repayment_shares.c[name] for name in Share._fields]
_KEPT = repayment_shares.c.collection_fee_minor
_RECEIVED = repayment_shares.c.amount_minor - _KEPT - repayment_shares.c.interest_fee_minor


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Principal of a claim that is the platform's, who advanced what she could not give back. giver, taker: as claims have them."""

    repayment_id: UUID
    claim_id: UUID
    giver: str
    taker: str
    principal_minor: int


async def kept_back(
    connection: AsyncConnection, loan_ids: Collection[UUID], transfer_ids: Collection[UUID]
) -> list[Share]:
    """Shares of which something was kept, and whose own transfer is one of these."""
    own = repayment_shares.c.transfer_id == func.any(bindparam("transfers", list(transfer_ids), ARRAY(Uuid)))
    return await _shares(connection, loan_ids, _KEPT > 0, _RECEIVED > 0, own)


async def kept_whole(connection: AsyncConnection, loan_ids: Collection[UUID]) -> list[Share]:
    """Shares of which nothing reached their holders, of all repayments of these loans."""
    return await _shares(connection, loan_ids, _KEPT > 0, _RECEIVED == 0)


async def _shares(connection: AsyncConnection, loan_ids: Collection[UUID], *which: ColumnElement[bool]) -> list[Share]:
    wanted = (
        select(*_SHARE)
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(_of(loan_ids), repayments.c.state != RepaymentState.REFUSED.value, *which)
    )
    found = await connection.execute(wanted)
    return [Share(its, claim, ShareKind(kind), *rest) for its, claim, kind, *rest in found]


async def taken_back(connection: AsyncConnection, loan_ids: Collection[UUID], since: datetime) -> Sequence[UUID]:
    """Repayments of these loans whose taking back had not ended before then."""
    wanted = (
        select(repayments.c.id)
        .join(repayment_reversals, repayment_reversals.c.repayment_id == repayments.c.id)
        .where(
            _of(loan_ids),
            repayment_reversals.c.finished_at >= since,
        )
        .order_by(repayments.c.id)
    )
    return (await connection.execute(wanted)).scalars().all()


async def is_taking_back(connection: AsyncConnection, until: datetime) -> bool:
    """Whether some repayment is being taken back, as was asked for before then: what passes on for it is not known yet."""
    wanted = (
        select(repayments.c.id)
        .join(repayment_reversals, repayment_reversals.c.repayment_id == repayments.c.id)
        .where(repayments.c.state == RepaymentState.REVERSING.value, repayment_reversals.c.requested_at < until)
        .limit(1)
    )
    return (await connection.execute(wanted)).first() is not None


async def passed_on(connection: AsyncConnection, repayment_ids: Collection[UUID]) -> list[PassedOn]:
    given, taken = claims.alias(), claims.alias()
    wanted = (
        select(
            claim_cessions.c.id, given.c.id, given.c.holder, taken.c.holder, func.sum(claim_cessions.c.principal_minor)
        )
        .join(given, given.c.id == claim_cessions.c.from_claim_id)
        .join(taken, taken.c.id == claim_cessions.c.to_claim_id)
        .where(claim_cessions.c.id.in_(repayment_ids))
        .group_by(claim_cessions.c.id, given.c.id, given.c.holder, taken.c.holder)
    )
    found = await connection.execute(wanted)
    return [PassedOn(*row[:4], principal_minor=int(row[4])) for row in found]


def _of(loan_ids: Collection[UUID]) -> ColumnElement[bool]:
    return repayments.c.loan_id == func.any(bindparam("loans", list(loan_ids), ARRAY(Uuid)))
