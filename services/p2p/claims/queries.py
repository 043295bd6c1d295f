"""The SQL of claims: set-based, for loans have up to 2,000 holders."""

from collections.abc import Sequence
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
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.p2p.claims.model import Claim, ReceivedParts
from services.p2p.claims.tables import claim_cessions, claim_versions, claims

_COLUMNS = [claims.c[name] for name in Claim._fields]
_OF_LOAN = f"SELECT {', '.join(Claim._fields)} FROM claims WHERE loan_id = $1 ORDER BY id"  # noqa: S608


async def add(connection: AsyncConnection, found: Sequence[Claim], *, cause: str, cause_id: str) -> None:
    await connection.execute(insert(claims), [claim._asdict() for claim in found])
    await _keep_versions(connection, [claim.id for claim in found], cause=cause, cause_id=cause_id)


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Claim]:
    """Every claim on a loan, those at 0 too, in one order."""
    return [Claim._make(row) for row in await (await direct_of(connection)).fetch(_OF_LOAN, loan_id)]


async def load(connection: AsyncConnection, claim_id: UUID, *, lock: bool = False) -> Claim | None:
    wanted = select(*_COLUMNS).where(claims.c.id == claim_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else Claim(*row)


async def load_many(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, Claim]:
    wanted = select(*_COLUMNS).where(claims.c.id.in_(claim_ids))
    return {row.id: Claim(*row) for row in await connection.execute(wanted)}


async def held_by(connection: AsyncConnection, loan_id: UUID, holder: str) -> Claim | None:
    """Her claim on a loan, at 0 or not."""
    wanted = select(*_COLUMNS).where(claims.c.loan_id == loan_id, claims.c.holder == holder)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Claim(*row)


async def paid_holders(connection: AsyncConnection, loan_id: UUID, *, after: date) -> set[str]:
    """Who receives something of the next row: whoever is owed principal, and who ceded some and kept days after its first."""
    waiting = select(claim_cessions.c.from_claim_id).where(
        claim_cessions.c.loan_id == loan_id, claim_cessions.c.interest_from_on > after
    )
    wanted = select(claims.c.holder).where(
        claims.c.loan_id == loan_id, (claims.c.outstanding_minor > 0) | claims.c.id.in_(waiting)
    )
    return set((await connection.execute(wanted)).scalars())


async def count(connection: AsyncConnection, loan_id: UUID) -> int:
    """Claims on a loan, those at 0 too."""
    wanted = select(func.count()).select_from(claims).where(claims.c.loan_id == loan_id)
    return int((await connection.execute(wanted)).scalar_one())


async def save(connection: AsyncConnection, claim: Claim, *, cause: str, cause_id: str) -> None:
    """A claim that was changed, under lock, to its next version."""
    await connection.execute(update(claims).where(claims.c.id == claim.id).values(claim._asdict()))
    await _keep_versions(connection, [claim.id], cause=cause, cause_id=cause_id)


async def of_loans(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[Claim]]:
    wanted = select(*_COLUMNS).where(claims.c.loan_id.in_(loan_ids)).order_by(claims.c.id)
    found: dict[UUID, list[Claim]] = {loan_id: [] for loan_id in loan_ids}
    for row in await connection.execute(wanted):
        found[row.loan_id].append(Claim(*row))
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
    return [Claim(*row) for row in await connection.execute(wanted)]


async def holds_any(connection: AsyncConnection, loan_id: UUID, holder: str) -> bool:
    wanted = select(claims.c.id).where(claims.c.loan_id == loan_id, claims.c.holder == holder)
    return (await connection.execute(wanted)).first() is not None


async def receive(
    connection: AsyncConnection,
    received: Sequence[ReceivedParts],
    now: datetime,
    *,
    cause: str = "repayment",
    cause_id: str,
) -> None:
    """Book what each claim received, or gave back (negative). Every claim gets a version."""
    columns = [[one[at] for one in received] for at in range(len(ReceivedParts._fields))]
    names = ReceivedParts._fields
    shared = (
        func.unnest(
            *(
                bindparam(name, values, ARRAY(Uuid if name == "claim_id" else BigInteger))
                for name, values in zip(names, columns, strict=True)
            )
        )
        .table_valued(*(column(name, Uuid if name == "claim_id" else BigInteger) for name in names))
        .render_derived(name="shared")
    )
    statement = (
        update(claims)
        .where(claims.c.id == shared.c.claim_id)
        .values(
            outstanding_minor=claims.c.outstanding_minor - shared.c.principal - shared.c.compensated,
            principal_received_minor=claims.c.principal_received_minor + shared.c.principal,
            interest_received_minor=claims.c.interest_received_minor + shared.c.interest,
            late_received_minor=claims.c.late_received_minor + shared.c.late,
            compensated_minor=claims.c.compensated_minor + shared.c.compensated,
            version=claims.c.version + 1,
            changed_at=now,
        )
    )
    changed = (await connection.execute(statement)).rowcount
    assert changed == len(received), "a claim is missing"
    await _keep_versions(connection, [one.claim_id for one in received], cause=cause, cause_id=cause_id)


async def take_over(connection: AsyncConnection, claim: Claim, *, cause: str, cause_id: str) -> None:
    """A claim that was bought: a new one, or more of the one that the holder has of the loan."""
    adding = upsert(claims).values(claim._asdict())
    changed = {
        "outstanding_minor": claims.c.outstanding_minor + adding.excluded.outstanding_minor,
        "bought_minor": claims.c.bought_minor + adding.excluded.bought_minor,
        "version": claims.c.version + 1,
        "changed_at": adding.excluded.changed_at,
    }
    statement = adding.on_conflict_do_update(index_elements=["loan_id", "holder"], set_=changed)
    (claim_id,) = (await connection.execute(statement.returning(claims.c.id))).one()
    await _keep_versions(connection, [claim_id], cause=cause, cause_id=cause_id)


_RECEIVE_SHARES = text("""
    WITH received AS (
        SELECT claim_id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'principal'), 0) AS principal,
            coalesce(sum(amount_minor) FILTER (WHERE kind = 'interest'), 0) AS interest,
            coalesce(sum(amount_minor) FILTER (WHERE kind = 'late'), 0) AS late
        FROM repayment_shares WHERE repayment_id = :repayment_id GROUP BY claim_id
    ), changed AS (
        UPDATE claims SET outstanding_minor = outstanding_minor - principal,
            principal_received_minor = principal_received_minor + principal,
            interest_received_minor = interest_received_minor + interest,
            late_received_minor = late_received_minor + late, version = version + 1, changed_at = :now
        FROM received WHERE claims.id = claim_id RETURNING claims.id, version, outstanding_minor
    )
    INSERT INTO claim_versions (claim_id, version, outstanding_minor, cause, cause_id, changed_at)
    SELECT id, version, outstanding_minor, 'repayment', :cause_id, :now FROM changed
""")


async def receive_shares(connection: AsyncConnection, repayment_id: UUID, now: datetime, *, cause_id: str) -> int:
    """Book what each claim received of a repayment that was shared out. How many claims it were; each gets a version."""
    facts = {"repayment_id": repayment_id, "now": now, "cause_id": cause_id}
    return (await connection.execute(_RECEIVE_SHARES, facts)).rowcount


async def _keep_versions(connection: AsyncConnection, claim_ids: Sequence[UUID], *, cause: str, cause_id: str) -> None:
    now = select(
        claims.c.id,
        claims.c.version,
        claims.c.outstanding_minor,
        literal(cause),
        literal(cause_id),
        claims.c.changed_at,
    ).where(claims.c.id == func.any(bindparam("ids", list(claim_ids), ARRAY(Uuid))))
    names = ["claim_id", "version", "outstanding_minor", "cause", "cause_id", "changed_at"]
    await connection.execute(insert(claim_versions).from_select(names, now))
