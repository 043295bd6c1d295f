"""SQL of limits. The two statements of a payment go past SQLAlchemy: every payment out of a wallet asks them."""

from collections.abc import Sequence
from dataclasses import asdict, astuple
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import Direct, direct_of
from services.payments.limits.model import (
    Confirmation,
    Figure,
    Payer,
    Payment,
    Period,
    Standing,
    StatedFigure,
    StatedRate,
    Subject,
    Taking,
    Usage,
)
from services.payments.limits.tables import limit_figures, limit_rates, limit_takings, limit_usages

_TAKING = (
    "source, round, holder_id, customer_id, amount, currency, counted, confirmation, taken_on, taken_at, reference, "
    "given_back, counted_back"
)
_USAGE = "usage.holder_id, usage.counted_on, usage.life, usage.year, usage.under_two_factors, usage.two_factors, usage.certificate"
_PROVED = "who.checks, who.face_to_face_at IS NOT NULL, who.certificate_until, who.agreed_daily"
_FIGURES = """SELECT json_agg(figure)::text FROM (
            SELECT DISTINCT ON (subject) subject, period, amount, checks, face_to_face, wealth_products, valid_from, source
            FROM limit_figures WHERE valid_from <= %s ORDER BY subject, valid_from DESC, position DESC) AS figure"""
# One lock a person, that of what she used, in the order of persons: everything a decision rests on that others change stands in that row.
_STANDINGS = f"""SELECT asked.number, asked.customer_id, {_USAGE}, {_PROVED}, ({_FIGURES % "$4"}),
        (SELECT rate FROM limit_rates WHERE currency = asked.currency AND rate_on = $4 ORDER BY position DESC LIMIT 1),
        (SELECT row_to_json(taking)::text FROM (
            SELECT {_TAKING} FROM limit_takings WHERE source = asked.source ORDER BY round DESC LIMIT 1) AS taking)
    FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (customer_id, currency, source, number)
    JOIN holder_identities AS who ON who.customer_id = asked.customer_id
    JOIN limit_usages AS usage ON usage.holder_id = who.holder_id
    ORDER BY usage.holder_id, asked.number FOR UPDATE OF usage"""  # noqa: S608
_PAYERS = f"""SELECT who.customer_id, {_USAGE}, {_PROVED}
    FROM holder_identities AS who JOIN limit_usages AS usage ON usage.holder_id = who.holder_id
    WHERE who.customer_id = ANY($1::uuid[]) ORDER BY usage.holder_id FOR UPDATE OF usage"""  # noqa: S608
_IN_FORCE = f"""SELECT ({_FIGURES % "$1"}),
    (SELECT json_object_agg(currency, rate::text)::text FROM (
        SELECT DISTINCT ON (currency) currency, rate FROM limit_rates WHERE rate_on = $1 ORDER BY currency, position DESC) AS rate)"""  # noqa: S608
_SAVE_USAGES = """UPDATE limit_usages SET counted_on = used.counted_on, life = used.life, year = used.year,
        under_two_factors = used.under_two_factors, two_factors = used.two_factors, certificate = used.certificate
    FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS used (holder_id, counted_on, life, year, under_two_factors, two_factors, certificate)
    WHERE limit_usages.holder_id = used.holder_id"""
_TAKE = f"""WITH used AS ({_SAVE_USAGES})
    INSERT INTO limit_takings ({_TAKING}) SELECT *, 0, 0 FROM unnest($8::text[], $9::smallint[], $10::uuid[], $11::uuid[], $12::bigint[],
        $13::text[], $14::bigint[], $15::text[], $16::date[], $17::timestamptz[], $18::text[])"""  # noqa: S608
_TAKEN = f"""SELECT {_USAGE}, row_to_json(taking)::text
    FROM limit_takings AS taking JOIN limit_usages AS usage ON usage.holder_id = taking.holder_id
    WHERE taking.source = $1 ORDER BY taking.round DESC LIMIT 1 FOR UPDATE OF usage, taking"""  # noqa: S608
_GIVE_BACK = f"""WITH used AS ({_SAVE_USAGES})
    UPDATE limit_takings SET given_back = $10, counted_back = $11 WHERE source = $8 AND round = $9"""  # noqa: S608
_figures = msgspec.json.Decoder(tuple[Figure, ...])
_rates = msgspec.json.Decoder(dict[str, Decimal])
_taking = msgspec.json.Decoder(Taking)


async def lock_standings(direct: Direct, payments: Sequence[Payment], today: date) -> dict[int, Standing]:
    """All that decides on payments, by their place, with what their persons used locked. Whose customer has proved nothing is left out."""
    columns = zip(*((one.customer_id, one.currency, one.source) for one in payments), strict=True)
    rows = await direct.fetch(_STANDINGS, *map(list, columns), today)
    if not rows:
        return {}
    figures = () if rows[0][13] is None else _figures.decode(rows[0][13])
    return {row[0] - 1: _standing(row, figures) for row in rows}


async def lock_payers(direct: Direct, customer_ids: Sequence[UUID]) -> tuple[dict[UUID, Payer], dict[UUID, Usage]]:
    """Customers who proved who they are, and by person what she used, locked."""
    rows = await direct.fetch(_PAYERS, list(customer_ids))
    usages = [Usage(*row[1:8]) for row in rows]
    payers = {row[0]: Payer(row[0], row[1], *row[8:12]) for row in rows}
    return payers, {usage.holder_id: usage for usage in usages}


async def in_force(direct: Direct, day: date) -> tuple[tuple[Figure, ...], dict[str, Decimal]]:
    """Figures, and rates by currency."""
    ((figures, rates),) = await direct.fetch(_IN_FORCE, day)
    return () if figures is None else _figures.decode(figures), {} if rates is None else _rates.decode(rates)


async def lock_taking(connection: AsyncConnection, source: str) -> tuple[Usage, Taking] | None:
    """The last taking of a source and what its person used, both locked; None if the source counts nothing."""
    rows = await (await direct_of(connection)).fetch(_TAKEN, source)
    return (Usage(*rows[0][:7]), _taking.decode(rows[0][7])) if rows else None


async def add_takings(direct: Direct, usages: Sequence[Usage], takings: Sequence[Taking]) -> None:
    """New takings, and what their persons have then used."""
    rows = [
        (
            one.source, one.round, one.holder_id, one.customer_id, one.amount, one.currency, one.counted,
            one.confirmation.value, one.taken_on, one.taken_at, one.reference,
        )
        for one in takings
    ]  # fmt: skip
    await direct.fetch(_TAKE, *_columns(usages), *map(list, zip(*rows, strict=True)))


async def save_given_back(connection: AsyncConnection, usage: Usage, taking: Taking) -> None:
    values = (taking.source, taking.round, taking.given_back, taking.counted_back)
    await (await direct_of(connection)).fetch(_GIVE_BACK, *_columns([usage]), *values)


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
    statement = (
        select(limit_figures)
        .ext(distinct_on(limit_figures.c.subject))
        .where(limit_figures.c.valid_from <= day)
        .order_by(limit_figures.c.subject, limit_figures.c.valid_from.desc(), limit_figures.c.position.desc())
    )
    return tuple(_figure(row) for row in await connection.execute(statement))


async def add_figure(connection: AsyncConnection, stated: StatedFigure) -> None:
    values = asdict(stated)
    del values["position"]
    await connection.execute(insert(limit_figures).values(values.pop("figure") | values))


async def figures_stated(connection: AsyncConnection, before: int | None, limit: int) -> list[StatedFigure]:
    """All there ever were, the last stated first."""
    statement = select(limit_figures)
    if before is not None:
        statement = statement.where(limit_figures.c.position < before)
    rows = await connection.execute(statement.order_by(limit_figures.c.position.desc()).limit(limit))
    return [StatedFigure(row.id, _figure(row), row.stated_by, row.stated_at, row.position) for row in rows]


async def add_rate(connection: AsyncConnection, stated: StatedRate) -> None:
    await connection.execute(insert(limit_rates).values(asdict(stated)))


async def rates_on(connection: AsyncConnection, day: date) -> list[StatedRate]:
    """Of each currency the rate of a day."""
    statement = (
        select(limit_rates)
        .ext(distinct_on(limit_rates.c.currency))
        .where(limit_rates.c.rate_on == day)
        .order_by(limit_rates.c.currency, limit_rates.c.position.desc())
    )
    return [_rate(row) for row in await connection.execute(statement)]


async def takings_of(
    connection: AsyncConnection, holder_id: UUID, customer_id: UUID | None, before: tuple[Any, ...] | None, limit: int
) -> list[Taking]:
    """What a person paid that counts, as one of her customers or as any, newest first."""
    key = (limit_takings.c.taken_at, limit_takings.c.source, limit_takings.c.round)
    statement = select(limit_takings).where(limit_takings.c.holder_id == holder_id)
    if customer_id is not None:
        statement = statement.where(limit_takings.c.customer_id == customer_id)
    if before is not None:
        statement = statement.where(tuple_(*key) < before)
    rows = await connection.execute(statement.order_by(*(column.desc() for column in key)).limit(limit))
    return [Taking(**dict(row._mapping) | {"confirmation": Confirmation(row.confirmation)}) for row in rows]


def _columns(usages: Sequence[Usage]) -> list[list[Any]]:
    """In the order of the statements' parameters."""
    return [list(column) for column in zip(*(astuple(usage) for usage in usages), strict=True)]


def _standing(row: Sequence[Any], figures: tuple[Figure, ...]) -> Standing:
    usage = Usage(*row[2:9])
    taken = None if row[15] is None else _taking.decode(row[15])
    return Standing(Payer(row[1], usage.holder_id, *row[9:13]), usage, figures, row[14], taken)


def _rate(row: Row[Any]) -> StatedRate:
    facts = dict(row._mapping)
    del facts["position"]
    return StatedRate(**facts)


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
