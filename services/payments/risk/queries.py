"""SQL of risk but for the two statements of a decision (`look_queries`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import Direct
from services.payments.risk.model import (
    OPEN,
    Decision,
    Kind,
    Parking,
    ParkingEndReason,
    ParkingState,
    RiskOutcome,
    RulesetState,
    Screening,
)
from services.payments.risk.tables import (
    risk_accounts,
    risk_decisions,
    risk_parkings,
    risk_screens,
    risk_shadow_decisions,
    risk_take_backs,
)

_LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.risk_accounts', 0))")
_LOCK_PERSON = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.risk_parkings ' || :person, 0))")
_ASKED = """SELECT active.version, ruleset.id, standing.state, ruleset.document::text
    FROM risk_active AS active LEFT JOIN (
        SELECT ruleset_id, state FROM risk_ruleset_states JOIN risk_rulesets ON risk_rulesets.id = ruleset_id
        WHERE state <> 'draft' ORDER BY state = 'retired', number DESC LIMIT $1
    ) AS standing ON true LEFT JOIN risk_rulesets AS ruleset ON ruleset.id = standing.ruleset_id
    ORDER BY ruleset.number"""
_FORGET = """WITH old AS (
        SELECT id FROM risk_decisions WHERE id < :before AND NOT EXISTS (
            SELECT FROM risk_parkings WHERE risk_parkings.id = risk_decisions.id AND ended_at IS NULL) ORDER BY id LIMIT :most
    ), shadows AS (DELETE FROM risk_shadow_decisions USING old WHERE decision_id = old.id)
    DELETE FROM risk_decisions USING old WHERE risk_decisions.id = old.id"""
# The oldest first, so that what is left has no gaps. Of each series the last entry before stays: windows that begin now start from it.
_FORGET_ENTRIES = """DELETE FROM risk_entries WHERE ctid = ANY(ARRAY(
        SELECT old.ctid FROM risk_entries AS old WHERE old.at < :at AND EXISTS (
            SELECT FROM risk_entries AS later WHERE later.series_id = old.series_id AND later.at < :at
                AND (later.at, later.payments) > (old.at, old.payments)) ORDER BY old.at, old.payments LIMIT :most))"""
_FORGET_TAKE_BACKS = """DELETE FROM risk_take_backs WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM risk_take_backs WHERE at < :at ORDER BY at LIMIT :most))"""
_TAKE_BACK = text("""INSERT INTO risk_take_backs (series_id, at, decision_id, part, payments, amount)
    SELECT entry.series_id, entry.at, entry.decision_id, part.name, CASE part.name WHEN '' THEN 1 ELSE 0 END, part.amount
    FROM risk_entries AS entry, unnest(CAST(:parts AS text[]), CAST(:amounts AS bigint[])) AS part(name, amount)
    WHERE entry.series_id = ANY(CAST(:series AS uuid[])) AND entry.at = :at AND entry.decision_id = :decision_id
    ON CONFLICT DO NOTHING""")
_parking, _decision = risk_parkings.c, risk_decisions.c


async def asked_rulesets(direct: Direct, most: int) -> tuple[int | None, list[tuple[UUID, RulesetState, str]]]:
    """The version of what is asked, and the last rulesets that were: id, state, document."""
    rows = await direct.fetch(_ASKED, most)
    if not rows:
        return None, []
    return rows[0][0], [(row[1], RulesetState(row[2]), row[3]) for row in rows if row[1] is not None]


async def passed_for(connection: AsyncConnection, references: Sequence[str]) -> list[Decision]:
    """Payments that were counted."""
    statement = select(risk_decisions).where(_decision.reference.in_(references), _decision.outcome == RiskOutcome.PASS)
    return [_read_decision(row) for row in await connection.execute(statement.order_by(_decision.id))]


async def take_back(
    connection: AsyncConnection, decision: Decision, series: Sequence[UUID], parts: Mapping[str, int]
) -> None:
    """Out of the series that counted it, and no others. parts: what of it came back, in fen; `""` is all of it."""
    facts = {"series": list(series), "at": decision.decided_at, "decision_id": decision.id}
    await connection.execute(_TAKE_BACK, facts | {"parts": list(parts), "amounts": list(parts.values())})


async def count_again(connection: AsyncConnection, decision: Decision, series: Sequence[UUID], part: str = "") -> None:
    """What was taken back whole, or that part of it."""
    table = risk_take_backs.c
    mine = (table.series_id.in_(series), table.at == decision.decided_at, table.decision_id == decision.id)
    await connection.execute(delete(risk_take_backs).where(*mine, table.part == part))


async def save_screen(connection: AsyncConnection, person: str, result: Screening, expires_at: datetime) -> None:
    values = {"result": result, "expires_at": expires_at}
    statement = upsert(risk_screens).values(person=person, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=[risk_screens.c.person], set_=values))


async def decision_with(connection: AsyncConnection, decision_id: UUID) -> Decision | None:
    row = (await connection.execute(select(risk_decisions).where(_decision.id == decision_id))).one_or_none()
    return None if row is None else _read_decision(row)


async def decisions_of(
    connection: AsyncConnection, person: str | None, outcome: RiskOutcome | None, before: UUID | None, limit: int
) -> list[Decision]:
    """A person's, or everybody's; newest first."""
    statement = select(risk_decisions)
    for column, value in ((_decision.person, person), (_decision.outcome, outcome)):
        if value is not None:
            statement = statement.where(column == value)
    if before is not None:
        statement = statement.where(_decision.id < before)
    rows = await connection.execute(statement.order_by(_decision.id.desc()).limit(limit))
    return [_read_decision(row) for row in rows]


async def shadows_of(connection: AsyncConnection, decision_id: UUID) -> list[tuple[UUID, RiskOutcome, list[str]]]:
    """What rulesets in shadow would have said of it."""
    table = risk_shadow_decisions.c
    statement = select(table.ruleset_id, table.shadow_outcome, table.codes).where(table.decision_id == decision_id)
    return [(row[0], RiskOutcome(row[1]), list(row[2])) for row in await connection.execute(statement)]


async def add_parking(connection: AsyncConnection, parking: Parking) -> None:
    await connection.execute(insert(risk_parkings).values(asdict(parking)))


async def save_parking(connection: AsyncConnection, parking: Parking) -> None:
    values = asdict(parking)
    await connection.execute(update(risk_parkings).where(_parking.id == values.pop("id")).values(values))


async def parking_with(connection: AsyncConnection, parking_id: UUID, *, lock: bool = False) -> Parking | None:
    statement = select(risk_parkings).where(_parking.id == parking_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_parking(row)


async def open_parking_of(connection: AsyncConnection, wish: UUID, *, lock: bool = False) -> Parking | None:
    """Of this payment, if it is parked already."""
    statement = select(risk_parkings).where(_parking.wish == wish, _parking.ended_at.is_(None))
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_parking(row)


async def lock_parkings_of(connection: AsyncConnection, person: str) -> None:
    """A person's payments are parked one after another, so that they can be counted."""
    await connection.execute(_LOCK_PERSON, {"person": person})


async def count_open(connection: AsyncConnection, person: str) -> int:
    statement = select(func.count()).where(_parking.person == person, _parking.ended_at.is_(None))
    return int((await connection.execute(statement)).scalar_one())


async def lock_over(connection: AsyncConnection, real: datetime, business: datetime, limit: int) -> list[Parking]:
    """Open ones whose time has passed, but for those being worked on at this moment."""
    over = (_parking.challenge_until <= real) | (_parking.review_until <= business)
    statement = select(risk_parkings).where(over).order_by(_parking.id).limit(limit)
    return [_read_parking(row) for row in await connection.execute(statement.with_for_update(skip_locked=True))]


async def parkings_in(
    connection: AsyncConnection,
    states: Sequence[ParkingState],
    person: str | None,
    after: UUID | None,
    limit: int,
) -> list[Parking]:
    """Of a person or everybody, in some states, or in all that are open; the oldest first."""
    statement = select(risk_parkings).where(_parking.state.in_(states or OPEN))
    if person is not None:
        statement = statement.where(_parking.person == person)
    if after is not None:
        statement = statement.where(_parking.id > after)
    return [_read_parking(row) for row in await connection.execute(statement.order_by(_parking.id).limit(limit))]


async def parking_account(connection: AsyncConnection, book_id: int, currency: str) -> UUID | None:
    table = risk_accounts.c
    statement = select(table.account_id).where(table.book_id == book_id, table.currency == currency)
    return (await connection.execute(statement)).scalar_one_or_none()


async def lock_accounts(connection: AsyncConnection) -> None:
    await connection.execute(_LOCK_ACCOUNTS)


async def add_account(connection: AsyncConnection, book_id: int, currency: str, account_id: UUID) -> None:
    values = {"book_id": book_id, "currency": currency, "account_id": account_id}
    await connection.execute(insert(risk_accounts).values(values))


async def forget(connection: AsyncConnection, before: UUID, at: datetime, most: int) -> int:
    """A batch of decisions from before an id, and of what windows no longer reach; how many rows there were."""
    gone = (await connection.execute(text(_FORGET), {"before": before, "most": most})).rowcount
    for statement in (_FORGET_ENTRIES, _FORGET_TAKE_BACKS):
        gone += (await connection.execute(text(statement), {"at": at, "most": most})).rowcount
    expired = select(risk_screens.c.person).where(risk_screens.c.expires_at < at).limit(most)
    gone += (await connection.execute(delete(risk_screens).where(risk_screens.c.person.in_(expired)))).rowcount
    return gone


def _read_decision(row: Row[Any]) -> Decision:
    return Decision(**dict(row._mapping) | {"kind": Kind(row.kind), "outcome": RiskOutcome(row.outcome)})


def _read_parking(row: Row[Any]) -> Parking:
    facts = {"kind": Kind(row.kind), "state": ParkingState(row.state)}
    reason = None if row.end_reason is None else ParkingEndReason(row.end_reason)
    return Parking(**dict(row._mapping) | facts | {"end_reason": reason})
