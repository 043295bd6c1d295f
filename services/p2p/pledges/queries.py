"""The SQL of pledges."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.pledges.model import ENDED, GONE, Payer, Pledge, PledgeState, Receipt, Source
from services.p2p.pledges.tables import gift_receipts, pledges

_COLUMNS = [pledges.c[name] for name in Pledge.__slots__]
_GONE = [state.value for state in GONE]
_ENDED = sorted(state.value for state in ENDED)


async def add(connection: AsyncConnection, pledge: Pledge) -> None:
    await connection.execute(insert(pledges).values(_values(pledge)))


async def load(connection: AsyncConnection, pledge_id: UUID, *, lock: bool = False) -> Pledge | None:
    wanted = select(*_COLUMNS).where(pledges.c.id == pledge_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _pledge(row)


async def save(connection: AsyncConnection, pledge: Pledge) -> None:
    await connection.execute(update(pledges).where(pledges.c.id == pledge.id).values(_values(pledge)))


async def of_backer(connection: AsyncConnection, project_id: UUID, backer: str) -> Pledge | None:
    """The one that has a place in the project."""
    wanted = select(*_COLUMNS).where(
        pledges.c.project_id == project_id, pledges.c.backer == backer, pledges.c.state.not_in(_GONE)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _pledge(row)


async def made_by(connection: AsyncConnection, project_id: UUID, backer: str) -> int:
    """How many she has made to a project, those that are gone included."""
    wanted = select(func.count()).where(pledges.c.backer == backer, pledges.c.project_id == project_id)
    return (await connection.execute(wanted)).scalar_one()


async def paid_by(connection: AsyncConnection, debit_id: str) -> Pledge | None:
    """The pledge whose last charge was that debit of payments, or is."""
    row = (await connection.execute(select(*_COLUMNS).where(pledges.c.debit_id == debit_id))).one_or_none()
    return None if row is None else _pledge(row)


async def waiting_for(connection: AsyncConnection, decision_id: str) -> Pledge | None:
    """The pledge whose charge waits for that review of payments."""
    waiting = (pledges.c.decision_id == decision_id) & (pledges.c.state == PledgeState.CHARGING.value)
    row = (await connection.execute(select(*_COLUMNS).where(waiting))).first()
    return None if row is None else _pledge(row)


async def under_mandate(connection: AsyncConnection, mandate_id: str) -> Pledge | None:
    row = (await connection.execute(select(*_COLUMNS).where(pledges.c.mandate_id == mandate_id))).one_or_none()
    return None if row is None else _pledge(row)


async def find(
    connection: AsyncConnection,
    *,
    backer: str | None,
    project_id: UUID | None,
    state: str | None,
    before: UUID | None,
    limit: int,
) -> list[Pledge]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(pledges.c.id.desc()).limit(limit + 1)
    for column, value in (("backer", backer), ("project_id", project_id), ("state", state)):
        if value is not None:
            wanted = wanted.where(pledges.c[column] == value)
    if before is not None:
        wanted = wanted.where(pledges.c.id < before)
    return [_pledge(row) for row in await connection.execute(wanted)]


async def move_all(
    connection: AsyncConnection,
    project_id: UUID,
    was: PledgeState,
    state: PledgeState,
    now: datetime,
    *,
    due_at: datetime | None = None,
    due_before: datetime | None = None,
    charged: int = 0,
    reason: str | None = None,
) -> int:
    """All pledges of a locked project from one state to another. charged: tries that begin with it; due_before: only those due by then."""
    values: dict[str, Any] = {"state": state.value, "changed_at": now, "due_at": due_at}
    if reason is not None:
        values["reason"] = reason
    if charged:
        values |= {"attempts": pledges.c.attempts + charged, "debit_id": None, "decision_id": None}
    statement = update(pledges).where(pledges.c.project_id == project_id, pledges.c.state == was.value)
    if due_before is not None:
        statement = statement.where(pledges.c.due_at <= due_before)
    return (await connection.execute(statement.values(values))).rowcount


async def drop_all(connection: AsyncConnection, project_id: UUID, now: datetime) -> list[Pledge]:
    """Those whose tries are over."""
    retrying = (pledges.c.project_id == project_id) & (pledges.c.state == PledgeState.RETRYING.value)
    values = {"state": PledgeState.DROPPED.value, "changed_at": now, "due_at": None}
    statement = update(pledges).where(retrying).values(values).returning(*_COLUMNS)
    return [_pledge(row) for row in await connection.execute(statement)]


async def count(connection: AsyncConnection, project_id: UUID) -> dict[PledgeState, int]:
    """How many pledges of a project are being charged, or tried again."""
    waiting = [PledgeState.CHARGING.value, PledgeState.RETRYING.value]
    wanted = (
        select(pledges.c.state, func.count())
        .where(pledges.c.project_id == project_id, pledges.c.state.in_(waiting))
        .group_by(pledges.c.state)
    )
    return {PledgeState(row[0]): row[1] for row in await connection.execute(wanted)}


async def charging(
    connection: AsyncConnection, project_id: UUID, after: UUID | None, now: datetime, limit: int
) -> list[Pledge]:
    """Of a project, by id; not those that wait for a review."""
    wanted = select(*_COLUMNS).where(
        pledges.c.project_id == project_id,
        pledges.c.state == PledgeState.CHARGING.value,
        pledges.c.decision_id.is_(None) | (pledges.c.due_at <= now),
    )
    if after is not None:
        wanted = wanted.where(pledges.c.id > after)
    return [_pledge(row) for row in await connection.execute(wanted.order_by(pledges.c.id).limit(limit))]


async def lock_charging(connection: AsyncConnection, pledge_ids: Iterable[UUID]) -> list[Pledge]:
    wanted = select(*_COLUMNS).where(pledges.c.id.in_(list(pledge_ids)), pledges.c.state == PledgeState.CHARGING.value)
    return [_pledge(row) for row in await connection.execute(wanted.order_by(pledges.c.id).with_for_update())]


async def save_charges(connection: AsyncConnection, changed: Sequence[Pledge]) -> None:
    """What charging changes of many at once."""
    names = ("state", "reason", "account_id", "debit_id", "decision_id", "changed_at", "due_at")
    if not changed:
        return
    statement = update(pledges).where(pledges.c.id == bindparam("its_id"))
    statement = statement.values({name: bindparam(f"its_{name}") for name in names})
    rows = [
        {"its_id": one.id} | {f"its_{name}": getattr(one, name) for name in names} | {"its_state": one.state.value}
        for one in changed
    ]
    await connection.execute(statement, rows)


async def projects_charging(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Projects with pledges whose charge, or whose next try, is due."""
    waiting = [PledgeState.CHARGING.value, PledgeState.RETRYING.value]
    wanted = select(pledges.c.project_id).where(pledges.c.due_at <= now, pledges.c.state.in_(waiting)).distinct()
    return list((await connection.execute(wanted.limit(limit))).scalars())


async def unsigned_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Pledge]:
    """Those whose mandate was not signed in time, as far as is known here."""
    waiting = [PledgeState.PENDING.value, PledgeState.UNSIGNED.value]
    wanted = select(*_COLUMNS).where(pledges.c.due_at <= now, pledges.c.state.in_(waiting))
    return [_pledge(row) for row in await connection.execute(wanted.order_by(pledges.c.due_at).limit(limit))]


async def mandates_left(connection: AsyncConnection, charged_before: datetime, limit: int) -> list[Pledge]:
    """Pledges that have ended and whose mandate may be used still. charged_before: of those that were charged, when they ended."""
    settled = (pledges.c.attempts == 0) | (pledges.c.changed_at <= charged_before)
    wanted = select(*_COLUMNS).where(
        pledges.c.mandate_id.is_not(None), ~pledges.c.mandate_ended, pledges.c.state.in_(_ENDED), settled
    )
    return [_pledge(row) for row in await connection.execute(wanted.order_by(pledges.c.id).limit(limit))]


async def end_mandate(connection: AsyncConnection, pledge_id: UUID) -> None:
    await connection.execute(update(pledges).where(pledges.c.id == pledge_id).values(mandate_ended=True))


async def payers(connection: AsyncConnection, project_id: UUID) -> list[Payer]:
    """Who paid for a project, by pledge."""
    paid = pledges.c.amount_minor - pledges.c.refunded_minor - pledges.c.reversed_minor
    wanted = (
        select(pledges.c.id, pledges.c.backer, pledges.c.account_id, paid)
        .where(pledges.c.project_id == project_id, pledges.c.state == PledgeState.COLLECTED.value)
        .order_by(pledges.c.id)
    )
    return [Payer(*row) for row in await connection.execute(wanted)]


async def add_receipts(connection: AsyncConnection, receipts: Sequence[Receipt]) -> None:
    if receipts:
        await connection.execute(insert(gift_receipts), [asdict(one) for one in receipts])


async def receipt(connection: AsyncConnection, pledge_id: UUID) -> Receipt | None:
    columns = [gift_receipts.c[name] for name in Receipt.__slots__]
    row = (await connection.execute(select(*columns).where(gift_receipts.c.pledge_id == pledge_id))).one_or_none()
    return None if row is None else Receipt(**row._mapping)


def _values(pledge: Pledge) -> dict[str, Any]:
    return asdict(pledge) | {"state": pledge.state.value, "source": pledge.source.value}


def _pledge(row: Any) -> Pledge:
    return Pledge(**dict(row._mapping) | {"state": PledgeState(row.state), "source": Source(row.source)})
