"""Stories of what is stated of a coin, its daily report, and the rule that makes it a regulated one."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.coins import queries, regulation_queries, rules
from services.payments.coins.actions import locked_rail, regulation_today
from services.payments.coins.errors import StatedInPast
from services.payments.coins.model import CoinDay, Price, Rail, Regulation, Terms

Stated = TypeVar("Stated", Terms, Price, Regulation)
BY_RULE = "above its share of all value held"


async def state_terms(
    tx: Tx,
    caller: Caller,
    *,
    unit: str,
    valid_from: date,
    share_ppm: int,
    daily_withdrawal: int,
    held_days: int,
    source: str,
) -> Terms:
    """Raises UnknownRail, StatedInPast."""
    await locked_rail(tx, unit)
    _require_to_come(tx, valid_from, "valid_from")
    stated = Terms(
        tx.ids.new(), unit, valid_from, share_ppm, daily_withdrawal, held_days, source, caller.subject, tx.now
    )
    return await _kept(tx, stated)


async def state_price(tx: Tx, caller: Caller, *, unit: str, price_on: date, price: Decimal, source: str) -> Price:
    """Raises UnknownRail, StatedInPast."""
    await locked_rail(tx, unit)
    _require_to_come(tx, price_on, "price_on")
    return await _kept(tx, Price(tx.ids.new(), unit, price_on, price, source, caller.subject, tx.now))


async def state_regulation(
    tx: Tx, caller: Caller, *, unit: str, regulated: bool, from_on: date, reason: str
) -> Regulation:
    """An operator's word, from a day on; the rule may say otherwise the day after. Raises UnknownRail, StatedInPast."""
    rail = await locked_rail(tx, unit)
    _require_to_come(tx, from_on, "from_on")
    stated = Regulation(tx.ids.new(), unit, regulated, from_on, None, reason, caller.subject, tx.now)
    _tell(tx, rail, stated)
    return await _kept(tx, stated)


async def report_day(tx: Tx, caller: Caller, *, unit: str) -> CoinDay | None:
    """Once a business day: what is held, and of what it is a share; above the share of the terms the unit is regulated from this day on.

    None where the day was reported already.
    """
    rail = await locked_rail(tx, unit)
    if rail.last_day is not None and rail.last_day >= tx.today:
        return None
    issued, _, _, _ = await queries.books_of(tx.connection, unit, tx.now)
    price = await regulation_queries.in_force(tx.connection, Price, unit, tx.today)
    money = await regulation_queries.money_held(tx.connection)
    value = None if price is None else rules.value_of(issued, price.price)
    share = None if value is None else rules.share_of(value, money)
    regulated = rules.is_regulated(await regulation_today(tx, unit))
    terms = await regulation_queries.in_force(tx.connection, Terms, unit, tx.today)
    if not regulated and terms is not None and share is not None and share > terms.share_ppm:
        regulated = True
        by_rule = Regulation(tx.ids.new(), unit, True, tx.today, share, BY_RULE, caller.subject, tx.now)
        _tell(tx, rail, await _kept(tx, by_rule))
    day = CoinDay(
        unit=unit,
        day=tx.today,
        height=rail.height,
        held=issued,
        outputs=rail.outputs,
        price=None if price is None else price.price,
        value=value,
        money=money,
        share_ppm=share,
        regulated=regulated,
        reported_at=tx.now,
    )
    await regulation_queries.add_day(tx.connection, day)
    await queries.save_rail(tx.connection, rules.reported(rail, tx.today))
    return day


async def _kept(tx: Tx, stated: Stated) -> Stated:
    await regulation_queries.add_dated(tx.connection, stated)
    return stated


def _require_to_come(tx: Tx, day: date, field: str) -> None:
    if day < tx.today:
        raise StatedInPast("what was in force on days that are over stays", field=field)


def _tell(tx: Tx, rail: Rail, stated: Regulation) -> None:
    told = {
        "unit": stated.unit,
        "regulated": stated.regulated,
        "from_on": stated.from_on.isoformat(),
        "share_ppm": stated.share_ppm,
    }
    tx.events.add("payments.coin.regulated.v1", encode("crl", rail.id), told)
