"""The SQL of compensations, and of the layers that owe something."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.claims.model import PLATFORM, Received
from services.p2p.claims.tables import claims
from services.p2p.enrolments.model import EnrolmentState
from services.p2p.enrolments.tables import enrolments
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.tables import loans
from services.p2p.losses.model import (
    RESERVE_FUND,
    Compensation,
    CompensationShare,
    CompensationState,
    FundFigures,
    LayerDue,
)
from services.p2p.losses.tables import compensation_shares, compensations
from services.p2p.plans.model import AboveCap
from services.p2p.plans.tables import plans
from services.p2p.programmes.model import Covered, LossBearer

_COLUMNS = [compensations.c[name] for name in Compensation.__slots__]
_SHARE = [compensation_shares.c[name] for name in CompensationShare.__slots__]

# Which layers owe something: as `rules.asked_of` has it, for late loans one after another. In the order in which the fund pays: most days
# past due first, then the loan's id; of one loan layer by layer. The oldest unpaid row of each loan is found by the index on
# due day and loan, from where a page before ended: what was seen before is not looked at again.
_DUE = """
    WITH layers AS MATERIALIZED (
        SELECT code, version, number::int AS layer, one ->> 'bearer' AS bearer, (one ->> 'after_days')::int AS after_days,
            coalesce((one ->> 'share')::numeric, 1) AS share
        FROM programmes, jsonb_array_elements(coalesce(terms -> 'loss_waterfall', '[]')) WITH ORDINALITY AS each (one, number)
    )
    SELECT loans.id AS loan_id, loans.listing_id, loans.currency, layer, layers.bearer, oldest.due_on AS unpaid_on, asked_minor,
        uncovered_minor, paid_minor
    FROM loan_rows AS oldest JOIN loans ON loans.id = oldest.loan_id JOIN listings ON listings.id = loans.listing_id
    JOIN layers ON code = loans.programme_code AND version = loans.programme_version AND oldest.due_on + greatest(1, after_days) <= :today
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(claims.outstanding_minor)
                FILTER (WHERE paid.bearer IS NULL AND claims.holder <> :platform
                    AND claims.holder IS DISTINCT FROM listings.retained_by), 0)::bigint AS uncovered_minor,
            coalesce(sum(claims.outstanding_minor) FILTER (WHERE paid.bearer = layers.bearer), 0)::bigint AS held_minor,
            coalesce(sum(paid.amount_minor) FILTER (WHERE paid.bearer = layers.bearer), 0)::bigint AS paid_minor
        FROM claims LEFT JOIN (
            SELECT payer, min(bearer) AS bearer, sum(principal_minor + interest_minor) AS amount_minor FROM compensations
            WHERE compensations.loan_id = loans.id AND state = 'paid' GROUP BY payer
        ) AS paid ON paid.payer = claims.holder
        WHERE claims.loan_id = loans.id
    ) AS held
    CROSS JOIN LATERAL (
        SELECT least(uncovered_minor, floor(share * (uncovered_minor + held_minor)) - held_minor)::bigint AS asked_minor
    ) AS asked
    WHERE oldest.paid_at IS NULL AND oldest.principal_minor + oldest.interest_minor > 0 AND oldest.due_on < :today
        AND NOT EXISTS (SELECT FROM loan_rows AS older WHERE older.loan_id = oldest.loan_id AND older.paid_at IS NULL
            AND older.principal_minor + older.interest_minor > 0 AND (older.due_on, older.number) < (oldest.due_on, oldest.number))
        AND loans.state IN ('repaying', 'written_off') AND asked_minor > 0
        AND (oldest.due_on, oldest.loan_id) >= (:after_day, CAST(:after_loan AS uuid))
        AND (oldest.due_on, oldest.loan_id, layer) > (:after_day, CAST(:after_loan AS uuid), :after_layer) {narrowed}
    ORDER BY oldest.due_on, oldest.loan_id, layer LIMIT :limit
"""
_NARROWED = {
    "bearer": "AND layers.bearer = :bearer",
    "currency": "AND loans.currency = :currency",
    "loan_id": "AND oldest.loan_id = :loan_id",
}
FIRST = (date.min, UUID(int=0), 0)


async def layers_due(
    connection: AsyncConnection,
    today: date,
    *,
    after: tuple[date, UUID, int] = FIRST,
    bearer: LossBearer | None = None,
    currency: str | None = None,
    loan_id: UUID | None = None,
    limit: int,
) -> list[LayerDue]:
    """after: due day, loan and layer of the last one seen."""
    told = {"bearer": None if bearer is None else bearer.value, "currency": currency, "loan_id": loan_id}
    wanted = {name: value for name, value in told.items() if value is not None}
    facts: dict[str, Any] = {"today": today, "platform": PLATFORM, "limit": limit} | wanted
    facts |= {"after_day": after[0], "after_loan": after[1], "after_layer": after[2]}
    statement = text(_DUE.format(narrowed=" ".join(_NARROWED[name] for name in wanted)))
    found = await connection.execute(statement, facts)
    return [LayerDue(**dict(row._mapping) | {"bearer": LossBearer(row.bearer)}) for row in found]


async def add(connection: AsyncConnection, made: Compensation, shares: Sequence[CompensationShare]) -> None:
    await connection.execute(insert(compensations).values(_values(made)))
    await connection.execute(insert(compensation_shares), [asdict(share) for share in shares])


async def save(connection: AsyncConnection, changed: Compensation) -> None:
    await connection.execute(update(compensations).where(compensations.c.id == changed.id).values(_values(changed)))


async def load(connection: AsyncConnection, compensation_id: UUID, *, lock: bool = False) -> Compensation | None:
    wanted = select(*_COLUMNS).where(compensations.c.id == compensation_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _compensation(row)


async def shares(connection: AsyncConnection, compensation_id: UUID) -> list[CompensationShare]:
    """In one order: by claim."""
    wanted = select(*_SHARE).where(compensation_shares.c.compensation_id == compensation_id)
    found = await connection.execute(wanted.order_by(compensation_shares.c.claim_id))
    return [CompensationShare(**row._mapping) for row in found]


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Compensation]:
    """Oldest first; refused ones too."""
    wanted = select(*_COLUMNS).where(compensations.c.loan_id == loan_id).order_by(compensations.c.attempt)
    return [_compensation(row) for row in await connection.execute(wanted)]


async def attempts(connection: AsyncConnection, loan_id: UUID) -> int:
    wanted = select(func.count()).where(compensations.c.loan_id == loan_id)
    return int((await connection.execute(wanted)).scalar_one())


async def find(
    connection: AsyncConnection, *, payer: str, currency: str | None = None, before: UUID | None, limit: int
) -> list[Compensation]:
    """Of somebody who pays, newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(compensations.c.payer == payer)
    wanted = wanted.order_by(compensations.c.id.desc()).limit(limit + 1)
    if currency is not None:
        wanted = wanted.where(compensations.c.currency == currency)
    if before is not None:
        wanted = wanted.where(compensations.c.id < before)
    return [_compensation(row) for row in await connection.execute(wanted)]


async def under_way(connection: AsyncConnection, loan_id: UUID) -> bool:
    pending = CompensationState.PENDING.value
    wanted = select(compensations.c.id).where(compensations.c.loan_id == loan_id, compensations.c.state == pending)
    return (await connection.execute(wanted)).first() is not None


async def pays_now(connection: AsyncConnection, account_id: UUID) -> bool:
    pending = CompensationState.PENDING.value
    wanted = select(compensations.c.id).where(
        compensations.c.account_id == account_id, compensations.c.state == pending
    )
    return (await connection.execute(wanted)).first() is not None


async def pending(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Oldest first."""
    wanted = select(compensations.c.id).where(compensations.c.state == CompensationState.PENDING.value)
    return list((await connection.execute(wanted.order_by(compensations.c.id).limit(limit))).scalars())


async def payers_of(connection: AsyncConnection, loan_id: UUID) -> set[str]:
    """Everybody who holds claims on the loan because of its losses; the platform too, which advances what bounced, and the originator with
    the share that it keeps: nobody pays them.
    """
    paid = CompensationState.PAID.value
    wanted = select(compensations.c.payer).where(compensations.c.loan_id == loan_id, compensations.c.state == paid)
    keeps = await loan_queries.retained_by(connection, loan_id)
    return {PLATFORM, *(() if keeps is None else (keeps,)), *(await connection.execute(wanted)).scalars()}


async def received(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What claims were paid for losses, by claim and compensation."""
    wanted = (
        select(
            compensation_shares.c.claim_id,
            compensations.c.changed_at,
            compensation_shares.c.principal_minor,
            compensation_shares.c.interest_minor,
        )
        .join(compensations, compensations.c.id == compensation_shares.c.compensation_id)
        .where(
            compensation_shares.c.claim_id.in_(claim_ids),
            compensations.c.state == CompensationState.PAID.value,
        )
        .order_by(compensations.c.id)
    )
    return [
        Received(row.claim_id, business_day(row.changed_at, zone), row.principal_minor, row.interest_minor)
        for row in await connection.execute(wanted)
    ]


async def fund_figures(connection: AsyncConnection, currency: str) -> FundFigures:
    """What the reserve fund was given, at disbursements and by plans; recovered from borrowers, and paid; and the claims it holds."""
    contributed = select(func.coalesce(func.sum(loans.c.reserve_contribution_minor), 0)).where(
        loans.c.currency == currency, loans.c.disbursed_at.is_not(None), loans.c.reserve_contribution_minor > 0
    )
    above_caps = (
        select(func.coalesce(func.sum(enrolments.c.excess_minor), 0))
        .join(plans, (plans.c.code == enrolments.c.plan_code) & (plans.c.version == enrolments.c.plan_version))
        .where(
            enrolments.c.currency == currency, enrolments.c.state == EnrolmentState.ENDED.value, ~enrolments.c.waived
        )
        .where(plans.c.terms["above_cap"].astext == AboveCap.TO_RESERVE_FUND.value)
    )
    paid = select(func.coalesce(func.sum(compensations.c.principal_minor + compensations.c.interest_minor), 0)).where(
        compensations.c.payer == RESERVE_FUND,
        compensations.c.currency == currency,
        compensations.c.state == CompensationState.PAID.value,
    )
    received = claims.c.principal_received_minor + claims.c.interest_received_minor + claims.c.late_received_minor
    held = select(func.coalesce(func.sum(received), 0), func.coalesce(func.sum(claims.c.outstanding_minor), 0)).where(
        claims.c.holder == RESERVE_FUND, claims.c.currency == currency
    )
    recovered, outstanding = (await connection.execute(held)).one()
    return FundFigures(
        contributed_minor=int(
            (
                await connection.execute(select(contributed.scalar_subquery() + above_caps.scalar_subquery()))
            ).scalar_one()
        ),
        recovered_minor=int(recovered),
        paid_minor=int((await connection.execute(paid)).scalar_one()),
        claims_minor=int(outstanding),
    )


def _values(made: Compensation) -> dict[str, Any]:
    names = {"bearer": made.bearer.value, "covers": made.covers.value, "state": made.state.value}
    return asdict(made) | names


def _compensation(row: Any) -> Compensation:
    read = {
        "bearer": LossBearer(row.bearer),
        "covers": Covered(row.covers),
        "state": CompensationState(row.state),
    }
    return Compensation(**dict(row._mapping) | read)
