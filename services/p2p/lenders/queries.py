"""The SQL of questionnaires and assessments."""

from dataclasses import asdict
from datetime import date, datetime

import msgspec
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.lenders.errors import UnknownQuestionnaire
from services.p2p.lenders.model import Assessment, Questionnaire
from services.p2p.lenders.tables import questionnaires, risk_assessments

_COLUMNS = [risk_assessments.c[name] for name in Assessment.__slots__]
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('risk_assessments'), hashtext(:lender))")


async def questionnaire(connection: AsyncConnection, day: date) -> Questionnaire:
    """The newest version in force. Raises UnknownQuestionnaire before there was one."""
    wanted = select(questionnaires.c.document).where(questionnaires.c.valid_from <= day)
    wanted = wanted.order_by(questionnaires.c.version.desc()).limit(1)
    document = (await connection.execute(wanted)).scalar_one_or_none()
    if document is None:
        raise UnknownQuestionnaire("no questionnaire is in force")
    return msgspec.convert(document, Questionnaire)


async def add(connection: AsyncConnection, assessment: Assessment) -> None:
    await connection.execute(insert(risk_assessments).values(asdict(assessment)))


async def tries(connection: AsyncConnection, lender: str, day: date, *, year_from: date) -> tuple[int, int, int]:
    """How often she answered: ever, that day, and after year_from; whoever else asks for her waits until the transaction ends."""
    await connection.execute(_LOCK, {"lender": lender})
    of_day = func.count().filter(risk_assessments.c.taken_on == day)
    of_year = func.count().filter(risk_assessments.c.taken_on > year_from)
    wanted = select(func.count(), of_day, of_year).where(risk_assessments.c.lender == lender)
    row = (await connection.execute(wanted)).one()
    return int(row[0]), int(row[1]), int(row[2])


async def latest(connection: AsyncConnection, lender: str) -> Assessment | None:
    """The one that counts, as long as it does."""
    found = await find(connection, lender, before=None, limit=0)
    return found[0] if found else None


async def level_at(connection: AsyncConnection, lender: str, at: datetime, day: date) -> int:
    """Her level as it counted at an instant of a day; 0 where none did."""
    found = risk_assessments.c
    newest = select(found.level, found.valid_until_on).where(found.lender == lender, found.taken_at <= at)
    row = (await connection.execute(newest.order_by(found.number.desc()).limit(1))).one_or_none()
    return row.level if row is not None and row.valid_until_on > day else 0


async def find(connection: AsyncConnection, lender: str, *, before: int | None, limit: int) -> list[Assessment]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).where(risk_assessments.c.lender == lender)
    if before is not None:
        wanted = wanted.where(risk_assessments.c.number < before)
    wanted = wanted.order_by(risk_assessments.c.number.desc()).limit(limit + 1)
    return [Assessment(**row._mapping) for row in await connection.execute(wanted)]
