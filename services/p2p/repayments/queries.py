"""The SQL of repayments."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from chassis.direct import direct_of
from services.p2p.claims.model import Received, RepaidPrincipal
from services.p2p.debiting.tables import loan_debits
from services.p2p.loans.model import Loan
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.repayments.model import (
    Keep,
    Part,
    PartKind,
    Repayment,
    RepaymentSource,
    RepaymentState,
    Share,
    ShareKind,
)
from services.p2p.repayments.standing import Serviced
from services.p2p.repayments.tables import repayment_parts, repayment_shares, repayments
from services.p2p.restructurings import queries as restructuring_queries

_COLUMNS = [repayments.c[name] for name in Repayment.__slots__]
_PART = [repayment_parts.c[name] for name in Part.__slots__]

_SHARES = f"""
    SELECT {", ".join(Share._fields)} FROM repayment_shares WHERE repayment_id = $1 ORDER BY claim_id, kind
"""  # noqa: S608
_KIND = {kind.value: kind for kind in ShareKind}
SETTLED = (RepaymentState.SHARED.value, RepaymentState.REVERSING.value)
"""Those that a loan's standing follows from: one that is being taken back counts until it is."""


async def add(
    connection: AsyncConnection, repayment: Repayment, parts: Sequence[Part], shares: Sequence[Share]
) -> None:
    await connection.execute(insert(repayments).values(_values(repayment)))
    rows = [asdict(part) | {"kind": part.kind.value} for part in parts]
    await connection.execute(insert(repayment_parts), rows)
    if shares:
        await (await direct_of(connection)).copy("repayment_shares", Share._fields, shares)


async def load(connection: AsyncConnection, repayment_id: UUID, *, lock: bool = False) -> Repayment | None:
    wanted = select(*_COLUMNS).where(repayments.c.id == repayment_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _repayment(row)


async def load_many(connection: AsyncConnection, repayment_ids: Collection[UUID]) -> dict[UUID, Repayment]:
    """By id, in its order."""
    wanted = select(*_COLUMNS).where(repayments.c.id.in_(repayment_ids)).order_by(repayments.c.id)
    return {row.id: _repayment(row) for row in await connection.execute(wanted)}


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Repayment]:
    """Oldest first; refused ones too."""
    wanted = select(*_COLUMNS).where(repayments.c.loan_id == loan_id).order_by(repayments.c.number)
    return [_repayment(row) for row in await connection.execute(wanted)]


async def counted(connection: AsyncConnection, loan_id: UUID, row_number: int) -> tuple[int, int]:
    """How many repayments of a loan were asked for, and how many of them began with a row."""
    began = func.count().filter(repayments.c.row_number == row_number)
    wanted = select(func.count(), began).where(repayments.c.loan_id == loan_id)
    every, own = (await connection.execute(wanted)).one()
    return int(every), int(own)


async def under_way(connection: AsyncConnection, loan_id: UUID) -> bool:
    """Also while the platform has advanced one: it may have to be taken back, and then it must be the last."""
    waiting = (RepaymentState.PENDING.value, RepaymentState.REVERSING.value)
    wanted = select(repayments.c.id).where(repayments.c.loan_id == loan_id, repayments.c.state.in_(waiting))
    advanced = select(loan_debits.c.id).where(loan_debits.c.loan_id == loan_id, loan_debits.c.state == "advanced")
    return (await connection.execute(wanted.union_all(advanced).limit(1))).first() is not None


async def serviced(connection: AsyncConnection, loan: Loan) -> Serviced:
    """The loan with everything that happened to it."""
    programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    agreed = await restructuring_queries.accepted(connection, loan.id)
    return Serviced(loan, programme, ()).with_events(await settled(connection, loan.id), agreed)


async def fees(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What the platform has of paying ahead of time, by loan; loans without are left out."""
    wanted = (
        select(repayments.c.loan_id, func.sum(repayments.c.fee_minor).label("fees"))
        .where(repayments.c.loan_id.in_(loan_ids), repayments.c.state.in_(SETTLED), repayments.c.fee_minor > 0)
        .group_by(repayments.c.loan_id)
    )
    return {row.loan_id: int(row.fees) for row in await connection.execute(wanted)}


async def interest_fees(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What the platform has of holders' interest, by claim; claims without are left out."""
    taken = repayment_shares.c.interest_fee_minor
    wanted = (
        select(repayment_shares.c.claim_id, func.sum(taken).label("fees"))
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(repayments.c.loan_id.in_(loan_ids), repayments.c.state.in_(SETTLED), taken > 0)
        .group_by(repayment_shares.c.claim_id)
    )
    return {row.claim_id: int(row.fees) for row in await connection.execute(wanted)}


async def settled(connection: AsyncConnection, loan_id: UUID) -> list[Repayment]:
    """What was shared out and not taken back, in the order in which it was asked for."""
    wanted = (
        select(*_COLUMNS)
        .where(repayments.c.loan_id == loan_id, repayments.c.state.in_(SETTLED))
        .order_by(repayments.c.number)
    )
    return [_repayment(row) for row in await connection.execute(wanted)]


async def parts(connection: AsyncConnection, repayment_id: UUID) -> list[Part]:
    wanted = select(*_PART).where(repayment_parts.c.repayment_id == repayment_id)
    wanted = wanted.order_by(repayment_parts.c.row_number, repayment_parts.c.kind)
    return [_part(row) for row in await connection.execute(wanted)]


async def parts_of_loan(connection: AsyncConnection, loan_id: UUID) -> list[tuple[Part, datetime]]:
    """Of what was shared out and not taken back, with the instant at which it was, oldest first."""
    wanted = (
        select(*_PART, func.coalesce(repayments.c.shared_at, repayments.c.changed_at).label("shared_at"))
        .join(repayments, repayments.c.id == repayment_parts.c.repayment_id)
        .where(repayments.c.loan_id == loan_id, repayments.c.state.in_(SETTLED))
        .order_by(repayments.c.number, repayment_parts.c.row_number, repayment_parts.c.kind)
    )
    return [(_part(row), row.shared_at) for row in await connection.execute(wanted)]


async def shares(connection: AsyncConnection, repayment_id: UUID) -> list[Share]:
    """In one order: by claim, then kind."""
    found = await (await direct_of(connection)).fetch(_SHARES, repayment_id)
    return [Share(its, claim, _KIND[kind], *rest) for its, claim, kind, *rest in found]


async def repaid_since(
    connection: AsyncConnection, programme: Programme, loan_id: UUID, parts: Sequence[Part]
) -> list[RepaidPrincipal] | None:
    """By claim and day, what was repaid since the first day of those that interest is paid for: no more than was shared out. None, and
    nothing read, under a programme by which all claims shrink alike.
    """
    days = [part.from_on for part in parts if part.kind in (PartKind.INTEREST, PartKind.LATE)]
    if not programme.one_stands_last or not days:
        return None
    wanted = (
        select(repayment_shares.c.claim_id, repayments.c.paid_on, func.sum(repayment_shares.c.amount_minor))
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(repayments.c.loan_id == loan_id, repayments.c.state.in_(SETTLED), repayments.c.paid_on > min(days))
        .where(repayment_shares.c.kind == ShareKind.PRINCIPAL.value)
        .group_by(repayment_shares.c.claim_id, repayments.c.paid_on)
    )
    return [RepaidPrincipal(claim_id, day, int(amount)) for claim_id, day, amount in await connection.execute(wanted)]


async def collection_fees(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[tuple[UUID, ShareKind], int]:
    """What was kept back of late money and not given back, by claim and kind; those without are left out."""
    kept = func.sum(repayment_shares.c.collection_fee_minor)
    wanted = (
        select(repayment_shares.c.claim_id, repayment_shares.c.kind, kept)
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(
            repayments.c.loan_id.in_(loan_ids),
            repayments.c.state.in_(SETTLED),
            repayment_shares.c.collection_fee_minor > 0,
        )
        .group_by(repayment_shares.c.claim_id, repayment_shares.c.kind)
    )
    return {(claim_id, _KIND[kind]): int(amount) for claim_id, kind, amount in await connection.execute(wanted)}


async def received(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What claims were paid, by claim and repayment; late interest counts as interest, before the fee."""
    amount = repayment_shares.c.amount_minor
    wanted = (
        select(
            repayment_shares.c.claim_id,
            repayments.c.changed_at,
            func.coalesce(func.sum(amount).filter(repayment_shares.c.kind == "principal"), 0).label("principal"),
            func.coalesce(func.sum(amount).filter(repayment_shares.c.kind != "principal"), 0).label("interest"),
            func.sum(repayment_shares.c.interest_fee_minor).label("taken"),
            func.sum(repayment_shares.c.collection_fee_minor).label("kept"),
        )
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(repayment_shares.c.claim_id.in_(claim_ids), repayments.c.state == RepaymentState.SHARED.value)
        .group_by(repayment_shares.c.claim_id, repayments.c.id)
        .order_by(repayments.c.id)
    )
    return [
        Received(
            row.claim_id,
            business_day(row.changed_at, zone),
            int(row.principal),
            int(row.interest),
            int(row.taken),
            int(row.kept),
        )
        for row in await connection.execute(wanted)
    ]


async def save(connection: AsyncConnection, repayment: Repayment) -> None:
    await connection.execute(update(repayments).where(repayments.c.id == repayment.id).values(_values(repayment)))


def _values(repayment: Repayment) -> dict[str, Any]:
    keep = None if repayment.keep is None else repayment.keep.value
    return asdict(repayment) | {"state": repayment.state.value, "keep": keep, "source": repayment.source.value}


def _repayment(row: Any) -> Repayment:
    read = {
        "state": RepaymentState(row.state),
        "keep": None if row.keep is None else Keep(row.keep),
        "source": RepaymentSource(row.source),
    }
    return Repayment(**dict(row._mapping) | read)


def _part(row: Any) -> Part:
    return Part(row.repayment_id, row.row_number, PartKind(row.kind), row.amount_minor, row.from_on, row.to_on)
