"""The SQL of programmes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.programmes.model import LossBearer, Programme, RateFormation
from services.p2p.programmes.tables import programmes


async def current(connection: AsyncConnection, day: date) -> list[Programme]:
    """The newest version in force of each programme, by code."""
    wanted = (
        select(programmes.c.terms)
        .ext(distinct_on(programmes.c.code))
        .where(programmes.c.valid_from <= day)
        .order_by(programmes.c.code, programmes.c.version.desc())
    )
    return [programme_of(terms) for terms in (await connection.execute(wanted)).scalars()]


async def in_force(connection: AsyncConnection, code: str, day: date) -> Programme | None:
    wanted = (
        select(programmes.c.terms)
        .where(programmes.c.code == code, programmes.c.valid_from <= day)
        .order_by(programmes.c.version.desc())
        .limit(1)
    )
    terms = (await connection.execute(wanted)).scalar_one_or_none()
    return None if terms is None else programme_of(terms)


async def version(connection: AsyncConnection, code: str, number: int) -> Programme | None:
    wanted = select(programmes.c.terms).where(programmes.c.code == code, programmes.c.version == number)
    terms = (await connection.execute(wanted)).scalar_one_or_none()
    return None if terms is None else programme_of(terms)


def programme_of(terms: Mapping[str, Any]) -> Programme:
    """From the document of a row: rates are decimal strings there."""
    tables = ("rates_by_grade", "origination_fee_annual", "reserve_contribution_annual")
    rates = ("lowest_rate", "highest_rate", "late_daily_rate")
    lists = ("grades", "methods", "terms_months")
    values: dict[str, Any] = dict(terms)
    values |= {name: {grade: Decimal(rate) for grade, rate in terms[name].items()} for name in tables}
    values |= {name: Decimal(terms[name]) for name in rates}
    values |= {name: tuple(terms[name]) for name in lists}
    values["rate_formation"] = RateFormation(terms["rate_formation"])
    values["loss_borne_by"] = LossBearer(terms["loss_borne_by"])
    values["valid_from"] = date.fromisoformat(terms["valid_from"])
    return Programme(**values)
