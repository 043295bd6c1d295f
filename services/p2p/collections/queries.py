"""The SQL of cases, of what happened to each, and of the rules of contact."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, insert, literal, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.model import Case, CaseState, CaseStep, ContactRules
from services.p2p.collections.tables import (
    collection_case_steps,
    collection_cases,
    collection_promises,
    collection_rules,
)
from services.p2p.repayments.tables import repayments

_CASE = [collection_cases.c[name] for name in Case.__slots__]
_STEP = [collection_case_steps.c[name] for name in CaseStep.__slots__]
_RULES = [collection_rules.c[name] for name in ContactRules.__slots__]
_LOCK_RULES = text("SELECT pg_advisory_xact_lock(hashtext('collection_rules'))")


async def add_cases(connection: AsyncConnection, cases: Sequence[Case]) -> set[UUID]:
    """Those that were added: a loan has one case at a time, and whoever comes second adds none."""
    statement = insert_once(collection_cases).on_conflict_do_nothing().returning(collection_cases.c.id)
    found = await connection.execute(statement.values([_values(case) for case in cases]))
    return set(found.scalars())


async def load(connection: AsyncConnection, case_id: UUID, *, lock: bool = False) -> Case | None:
    wanted = select(*_CASE).where(collection_cases.c.id == case_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _case(row)


async def lock_alive(connection: AsyncConnection, case_ids: Sequence[UUID]) -> list[Case]:
    """In order of id."""
    wanted = (
        select(*_CASE)
        .where(collection_cases.c.id.in_(case_ids), collection_cases.c.state != CaseState.CLOSED.value)
        .order_by(collection_cases.c.id)
        .with_for_update()
    )
    return [_case(row) for row in await connection.execute(wanted)]


async def paused(connection: AsyncConnection, borrowers: Iterable[str]) -> dict[str, Case]:
    """Of the borrowers those who are left alone, each with her case that is paused longest."""
    cases = collection_cases.c
    wanted = (
        select(*_CASE)
        .where(cases.borrower.in_(set(borrowers)), cases.state == CaseState.PAUSED.value)
        .order_by(cases.paused_until, cases.id)
    )
    return {row.borrower: _case(row) for row in await connection.execute(wanted)}


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Cases whose time has come, longest waiting first."""
    cases = collection_cases.c
    wanted = select(cases.id).where(cases.due_at <= now).order_by(cases.due_at, cases.id).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def repaid_since(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Cases of whose loan something was repaid since they were looked at."""
    cases = collection_cases.c
    newer = select(repayments.c.id).where(
        repayments.c.loan_id == cases.loan_id,
        repayments.c.state == "shared",
        repayments.c.changed_at > cases.looked_at,
    )
    wanted = select(cases.id).where(cases.state != CaseState.CLOSED.value, newer.exists()).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def find(
    connection: AsyncConnection,
    *,
    borrower: str | None,
    state: str | None,
    bucket: str | None,
    before: UUID | None,
    limit: int,
) -> list[Case]:
    """Newest first, at most limit + 1. borrower: None for everybody's."""
    wanted = select(*_CASE).order_by(collection_cases.c.id.desc()).limit(limit + 1)
    for column, value in (("borrower", borrower), ("state", state), ("bucket", bucket)):
        if value is not None:
            wanted = wanted.where(collection_cases.c[column] == value)
    if bucket is not None:
        wanted = wanted.where(collection_cases.c.state != CaseState.CLOSED.value)
    if before is not None:
        wanted = wanted.where(collection_cases.c.id < before)
    return [_case(row) for row in await connection.execute(wanted)]


async def queue(
    connection: AsyncConnection,
    today: date,
    *,
    party: str,
    bucket: str | None,
    step: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Case]:
    """Open cases whose step is due, free or taken by the party, the longest due first; none with an open promise, and none of whoever is
    left alone about another loan.
    """
    cases = collection_cases.c
    promised = select(collection_promises.c.id).where(
        collection_promises.c.loan_id == cases.loan_id, collection_promises.c.state == "open"
    )
    other = collection_cases.alias("other")
    paused = select(other.c.id).where(other.c.borrower == cases.borrower, other.c.state == CaseState.PAUSED.value)
    which: list[ColumnElement[bool]] = [
        cases.state == CaseState.OPEN.value,
        ~paused.exists(),
        cases.next_step_on <= today,
        or_(cases.assignee.is_(None), cases.assignee == party),
        ~promised.exists(),
    ]
    for column, value in ((cases.bucket, bucket), (cases.next_step, step)):
        if value is not None:
            which.append(column == value)
    if after is not None:
        which.append(tuple_(cases.next_step_on, cases.id) > tuple_(*map(literal, after)))
    wanted = select(*_CASE).where(*which).order_by(cases.next_step_on, cases.id).limit(limit + 1)
    return [_case(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, case: Case) -> None:
    await connection.execute(update(collection_cases).where(collection_cases.c.id == case.id).values(_values(case)))


async def save_looked_at(connection: AsyncConnection, cases: Sequence[Case]) -> None:
    """All of them in one go."""
    values = [{f"its_{name}": value for name, value in _values(case).items()} for case in cases]
    changed: dict[str, Any] = {name: bindparam(f"its_{name}") for name in Case.__slots__ if name != "id"}
    statement = update(collection_cases).where(collection_cases.c.id == bindparam("its_id")).values(changed)
    await connection.execute(statement, values)


async def add_steps(connection: AsyncConnection, steps: Sequence[CaseStep]) -> None:
    await connection.execute(insert(collection_case_steps), [_step_values(step) for step in steps])


async def last_step(connection: AsyncConnection, case_id: UUID) -> int:
    """The number of the newest step of a case that the caller has locked."""
    wanted = select(func.max(collection_case_steps.c.number)).where(collection_case_steps.c.case_id == case_id)
    return int((await connection.execute(wanted)).scalar_one())


async def count_steps(connection: AsyncConnection, case_ids: Sequence[UUID]) -> int:
    """Of all these cases together: another number whenever something happened to one of them."""
    wanted = select(func.count()).where(collection_case_steps.c.case_id.in_(case_ids))
    return int((await connection.execute(wanted)).scalar_one())


async def steps(connection: AsyncConnection, case_id: UUID, *, after: int, limit: int) -> list[CaseStep]:
    """In order, at most limit + 1."""
    wanted = (
        select(*_STEP)
        .where(collection_case_steps.c.case_id == case_id, collection_case_steps.c.number > after)
        .order_by(collection_case_steps.c.number)
        .limit(limit + 1)
    )
    rows = await connection.execute(wanted)
    return [CaseStep(**dict(row._mapping) | {"state": CaseState(row.state)}) for row in rows]


async def rules_in_force(connection: AsyncConnection, day: date) -> ContactRules:
    wanted = select(*_RULES).where(collection_rules.c.valid_from <= day).order_by(collection_rules.c.version.desc())
    return ContactRules(**(await connection.execute(wanted.limit(1))).one()._mapping)


async def every_rules(connection: AsyncConnection, limit: int) -> list[ContactRules]:
    """Newest first."""
    wanted = select(*_RULES).order_by(collection_rules.c.version.desc()).limit(limit)
    return [ContactRules(**row._mapping) for row in await connection.execute(wanted)]


async def newest_rules(connection: AsyncConnection) -> ContactRules:
    """Nobody else adds a version until the transaction ends."""
    await connection.execute(_LOCK_RULES)
    return (await every_rules(connection, 1))[0]


async def add_rules(connection: AsyncConnection, rules: ContactRules) -> None:
    await connection.execute(insert(collection_rules).values(asdict(rules)))


def _values(case: Case) -> dict[str, Any]:
    return asdict(case) | {"state": case.state.value}


def _step_values(step: CaseStep) -> dict[str, Any]:
    return asdict(step) | {"state": step.state.value}


def _case(row: Any) -> Case:
    return Case(**dict(row._mapping) | {"state": CaseState(row.state)})
