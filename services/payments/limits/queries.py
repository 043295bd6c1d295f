"""SQL of limits. The two statements of a payment go past SQLAlchemy: every payment out of a wallet asks them."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.limits.model import (
    Confirmation,
    Figure,
    Payer,
    Period,
    Standing,
    StatedFigure,
    StatedRate,
    Subject,
    Taking,
    Usage,
)
from services.payments.limits.tables import limit_figures, limit_rates, limit_takings, limit_usages

_TAKING = "source, round, holder_id, customer_id, amount, currency, counted, confirmation, taken_on, taken_at, given_back, counted_back"
_USAGE = "usage.holder_id, usage.counted_on, usage.life, usage.year, usage.under_two_factors, usage.two_factors, usage.certificate"
# One row and one lock, that of what the person used: everything a decision rests on that others change stands in it.
_STANDING = f"""SELECT {_USAGE}, who.checks, who.face_to_face_at IS NOT NULL, who.certificate_until, who.agreed_daily,
        (SELECT json_agg(figure)::text FROM (
            SELECT DISTINCT ON (subject) subject, period, amount, checks, face_to_face, wealth_products, valid_from, source
            FROM limit_figures WHERE valid_from <= $2 ORDER BY subject, valid_from DESC, stated_at DESC, id DESC) AS figure),
        (SELECT rate FROM limit_rates WHERE currency = $3 AND rate_on = $2 ORDER BY stated_at DESC, id DESC LIMIT 1),
        (SELECT row_to_json(taking)::text FROM (
            SELECT {_TAKING} FROM limit_takings WHERE source = $4 ORDER BY round DESC LIMIT 1) AS taking)
    FROM holder_identities AS who JOIN limit_usages AS usage ON usage.holder_id = who.holder_id
    WHERE who.customer_id = $1 FOR UPDATE OF usage"""  # noqa: S608
_SAVE_USAGE = """UPDATE limit_usages SET counted_on = $2, life = $3, year = $4, under_two_factors = $5, two_factors = $6, certificate = $7
    WHERE holder_id = $1"""
_TAKE = f"""WITH used AS ({_SAVE_USAGE})
    INSERT INTO limit_takings ({_TAKING}) VALUES ($8, $9, $1, $10, $11, $12, $13, $14, $15, $16, 0, 0)"""  # noqa: S608
_TAKEN = f"""SELECT {_USAGE}, row_to_json(taking)::text
    FROM limit_takings AS taking JOIN limit_usages AS usage ON usage.holder_id = taking.holder_id
    WHERE taking.source = $1 ORDER BY taking.round DESC LIMIT 1 FOR UPDATE OF usage, taking"""  # noqa: S608
_GIVE_BACK = f"""WITH used AS ({_SAVE_USAGE})
    UPDATE limit_takings SET given_back = $10, counted_back = $11 WHERE source = $8 AND round = $9"""  # noqa: S608
_figures = msgspec.json.Decoder(tuple[Figure, ...])
_taking = msgspec.json.Decoder(Taking)


async def lock_standing(
    connection: AsyncConnection, customer_id: UUID, today: date, currency: str, source: str
) -> Standing | None:
    """All that decides on a customer's payment, with what her person used locked; None if she has not proved who she is."""
    rows = await (await direct_of(connection)).fetch(_STANDING, customer_id, today, currency, source)
    if not rows:
        return None
    row = rows[0]
    payer = Payer(customer_id, row[0], row[7], row[8], row[9], row[10])
    return Standing(
        payer,
        Usage(*row[:7]),
        () if row[11] is None else _figures.decode(row[11]),
        row[12],
        None if row[13] is None else _taking.decode(row[13]),
    )


async def lock_taking(connection: AsyncConnection, source: str) -> tuple[Usage, Taking] | None:
    """The last taking of a source and what its person used, both locked; None if the source counts nothing."""
    rows = await (await direct_of(connection)).fetch(_TAKEN, source)
    return (Usage(*rows[0][:7]), _taking.decode(rows[0][7])) if rows else None


async def save_taking(connection: AsyncConnection, usage: Usage, taking: Taking) -> None:
    """A new taking, and what the person has then used."""
    values = (
        taking.source, taking.round, taking.customer_id, taking.amount, taking.currency, taking.counted,
        taking.confirmation.value, taking.taken_on, taking.taken_at,
    )  # fmt: skip
    await (await direct_of(connection)).fetch(_TAKE, *_used(usage), *values)


async def save_given_back(connection: AsyncConnection, usage: Usage, taking: Taking) -> None:
    values = (taking.source, taking.round, taking.given_back, taking.counted_back)
    await (await direct_of(connection)).fetch(_GIVE_BACK, *_used(usage), *values)


async def add_usage(connection: AsyncConnection, holder_id: UUID) -> None:
    """A person who has used nothing yet."""
    await connection.execute(insert(limit_usages).values(asdict(Usage(holder_id))))


async def lock_usage(connection: AsyncConnection, holder_id: UUID) -> bool:
    """The one lock of a person: she pays nothing meanwhile. False if there is no such person."""
    statement = select(limit_usages.c.holder_id).where(limit_usages.c.holder_id == holder_id).with_for_update()
    return (await connection.execute(statement)).one_or_none() is not None


async def usage_of(connection: AsyncConnection, holder_id: UUID) -> Usage:
    row = (await connection.execute(select(limit_usages).where(limit_usages.c.holder_id == holder_id))).one()
    return Usage(**row._mapping)


async def figures_on(connection: AsyncConnection, day: date) -> tuple[Figure, ...]:
    """Of each subject the figure in force on a day."""
    latest = (limit_figures.c.valid_from.desc(), limit_figures.c.stated_at.desc(), limit_figures.c.id.desc())
    statement = (
        select(limit_figures)
        .ext(distinct_on(limit_figures.c.subject))
        .where(limit_figures.c.valid_from <= day)
        .order_by(limit_figures.c.subject, *latest)
    )
    return tuple(_figure(row) for row in await connection.execute(statement))


async def add_figure(connection: AsyncConnection, stated: StatedFigure) -> None:
    values = asdict(stated)
    await connection.execute(insert(limit_figures).values(values.pop("figure") | values))


async def figures_stated(connection: AsyncConnection, before: UUID | None, limit: int) -> list[StatedFigure]:
    """All there ever were, the last stated first."""
    statement = select(limit_figures)
    if before is not None:
        statement = statement.where(limit_figures.c.id < before)
    rows = await connection.execute(statement.order_by(limit_figures.c.id.desc()).limit(limit))
    return [StatedFigure(row.id, _figure(row), row.stated_by, row.stated_at) for row in rows]


async def add_rate(connection: AsyncConnection, stated: StatedRate) -> None:
    await connection.execute(insert(limit_rates).values(asdict(stated)))


async def rates_on(connection: AsyncConnection, day: date) -> list[StatedRate]:
    """Of each currency the rate of a day."""
    latest = (limit_rates.c.stated_at.desc(), limit_rates.c.id.desc())
    statement = (
        select(limit_rates)
        .ext(distinct_on(limit_rates.c.currency))
        .where(limit_rates.c.rate_on == day)
        .order_by(limit_rates.c.currency, *latest)
    )
    return [StatedRate(**row._mapping) for row in await connection.execute(statement)]


async def takings_of(
    connection: AsyncConnection, holder_id: UUID, before: tuple[Any, ...] | None, limit: int
) -> list[Taking]:
    """What a person paid that counts, newest first."""
    key = (limit_takings.c.taken_at, limit_takings.c.source, limit_takings.c.round)
    statement = select(limit_takings).where(limit_takings.c.holder_id == holder_id)
    if before is not None:
        statement = statement.where(tuple_(*key) < before)
    rows = await connection.execute(statement.order_by(*(column.desc() for column in key)).limit(limit))
    return [Taking(**dict(row._mapping) | {"confirmation": Confirmation(row.confirmation)}) for row in rows]


def _used(usage: Usage) -> tuple[Any, ...]:
    """In the order of the statements' parameters."""
    return (
        usage.holder_id, usage.counted_on, usage.life, usage.year,
        usage.under_two_factors, usage.two_factors, usage.certificate,
    )  # fmt: skip


def _figure(row: Row[Any]) -> Figure:
    return Figure(
        subject=Subject(row.subject),
        period=Period(row.period),
        amount=row.amount,
        checks=row.checks,
        face_to_face=row.face_to_face,
        wealth_products=row.wealth_products,
        valid_from=row.valid_from,
        source=row.source,
    )
