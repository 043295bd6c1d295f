"""The SQL of claims: set-based, for loans have up to 2,000 holders."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.model import Claim, Stretch
from services.p2p.claims.tables import claim_stretches, claim_versions, claims
from services.p2p.loans.tables import loan_rows

_COLUMNS = [claims.c[name] for name in Claim.__slots__]
_STRETCH = [claim_stretches.c[name] for name in Stretch.__slots__]


async def add(connection: AsyncConnection, found: Sequence[Claim], *, cause: str, cause_id: str) -> None:
    await connection.execute(insert(claims), [asdict(claim) for claim in found])
    await _keep_versions(connection, [claim.id for claim in found], cause=cause, cause_id=cause_id)


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Claim]:
    """Every claim on a loan, those at 0 too, in one order."""
    wanted = select(*_COLUMNS).where(claims.c.loan_id == loan_id).order_by(claims.c.id)
    return [Claim(**row._mapping) for row in await connection.execute(wanted)]


async def load(connection: AsyncConnection, claim_id: UUID, *, lock: bool = False) -> Claim | None:
    wanted = select(*_COLUMNS).where(claims.c.id == claim_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else Claim(**row._mapping)


async def load_many(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, Claim]:
    wanted = select(*_COLUMNS).where(claims.c.id.in_(claim_ids))
    return {row.id: Claim(**row._mapping) for row in await connection.execute(wanted)}


async def held_by(connection: AsyncConnection, loan_id: UUID, holder: str) -> Claim | None:
    """Her claim on a loan, at 0 or not."""
    wanted = select(*_COLUMNS).where(claims.c.loan_id == loan_id, claims.c.holder == holder)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Claim(**row._mapping)


async def add_stretch(connection: AsyncConnection, stretch: Stretch) -> None:
    await connection.execute(insert(claim_stretches).values(asdict(stretch)))


async def stretches(connection: AsyncConnection, loan_id: UUID, *, after: date) -> list[Stretch]:
    """Those of a loan that end after a day, as the first day of a row that is to be shared."""
    wanted = select(*_STRETCH).where(claim_stretches.c.loan_id == loan_id, claim_stretches.c.to_on > after)
    return [Stretch(**row._mapping) for row in await connection.execute(wanted.order_by(claim_stretches.c.id))]


async def unpaid_stretches(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[Stretch]]:
    """Those of each loan that count for a row which is not paid."""
    since = (
        select(loan_rows.c.loan_id, func.min(loan_rows.c.from_on).label("from_on"))
        .where(loan_rows.c.loan_id.in_(loan_ids), loan_rows.c.paid_at.is_(None))
        .group_by(loan_rows.c.loan_id)
        .subquery()
    )
    wanted = (
        select(*_STRETCH)
        .join(since, since.c.loan_id == claim_stretches.c.loan_id)
        .where(claim_stretches.c.to_on > since.c.from_on)
        .order_by(claim_stretches.c.id)
    )
    found: dict[UUID, list[Stretch]] = {loan_id: [] for loan_id in loan_ids}
    for row in await connection.execute(wanted):
        found[row.loan_id].append(Stretch(**row._mapping))
    return found


async def paid_holders(connection: AsyncConnection, loan_id: UUID, *, after: date) -> set[str]:
    """Who receives something of the next row: whoever is owed principal, and sellers of stretches that end after its first day."""
    waiting = select(claim_stretches.c.seller_claim_id).where(
        claim_stretches.c.loan_id == loan_id, claim_stretches.c.to_on > after
    )
    wanted = select(claims.c.holder).where(
        claims.c.loan_id == loan_id, (claims.c.outstanding_minor > 0) | claims.c.id.in_(waiting)
    )
    return set((await connection.execute(wanted)).scalars())


async def save(connection: AsyncConnection, claim: Claim, *, cause: str, cause_id: str) -> None:
    """A claim that was changed, under lock, to its next version."""
    await connection.execute(update(claims).where(claims.c.id == claim.id).values(asdict(claim)))
    await _keep_versions(connection, [claim.id], cause=cause, cause_id=cause_id)


async def of_loans(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[Claim]]:
    wanted = select(*_COLUMNS).where(claims.c.loan_id.in_(loan_ids)).order_by(claims.c.id)
    found: dict[UUID, list[Claim]] = {loan_id: [] for loan_id in loan_ids}
    for row in await connection.execute(wanted):
        found[row.loan_id].append(Claim(**row._mapping))
    return found


async def of_holder(
    connection: AsyncConnection, holder: str, *, before: UUID | None, limit: int, open_only: bool = False
) -> list[Claim]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(claims.c.holder == holder).order_by(claims.c.id.desc()).limit(limit + 1)
    if open_only:
        wanted = wanted.where(claims.c.outstanding_minor > 0)
    if before is not None:
        wanted = wanted.where(claims.c.id < before)
    return [Claim(**row._mapping) for row in await connection.execute(wanted)]


async def holds_any(connection: AsyncConnection, loan_id: UUID, holder: str) -> bool:
    wanted = select(claims.c.id).where(claims.c.loan_id == loan_id, claims.c.holder == holder)
    return (await connection.execute(wanted)).first() is not None


async def receive(
    connection: AsyncConnection,
    shares: Sequence[tuple[UUID, int, int]],
    now: datetime,
    *,
    cause_id: str,
) -> None:
    """Book what each claim received: (claim, principal, interest) in minor units. Every claim gets a version."""
    shared = (
        func.unnest(
            bindparam("ids", [share[0] for share in shares], ARRAY(Uuid)),
            bindparam("principals", [share[1] for share in shares], ARRAY(BigInteger)),
            bindparam("interests", [share[2] for share in shares], ARRAY(BigInteger)),
        )
        .table_valued(column("claim_id", Uuid), column("principal", BigInteger), column("interest", BigInteger))
        .render_derived(name="shared")
    )
    statement = (
        update(claims)
        .where(claims.c.id == shared.c.claim_id)
        .values(
            outstanding_minor=claims.c.outstanding_minor - shared.c.principal,
            principal_received_minor=claims.c.principal_received_minor + shared.c.principal,
            interest_received_minor=claims.c.interest_received_minor + shared.c.interest,
            version=claims.c.version + 1,
            changed_at=now,
        )
    )
    changed = (await connection.execute(statement)).rowcount
    assert changed == len(shares), "a claim is missing"
    await _keep_versions(connection, [share[0] for share in shares], cause="repayment", cause_id=cause_id)


async def _keep_versions(connection: AsyncConnection, claim_ids: Sequence[UUID], *, cause: str, cause_id: str) -> None:
    now = select(
        claims.c.id,
        claims.c.version,
        claims.c.outstanding_minor,
        literal(cause),
        literal(cause_id),
        claims.c.changed_at,
    ).where(claims.c.id.in_(claim_ids))
    names = ["claim_id", "version", "outstanding_minor", "cause", "cause_id", "changed_at"]
    await connection.execute(insert(claim_versions).from_select(names, now))
