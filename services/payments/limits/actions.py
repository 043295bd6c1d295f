"""Stories of limits: room taken by a payment out of the balance, given back by a refund; figures and rates stated."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from finance.currencies import SCALES
from services.payments.limits import queries, rules
from services.payments.limits.errors import (
    FigureInPast,
    FigureMalformed,
    NotVerified,
    RateInPast,
    UnknownCurrency,
)
from services.payments.limits.model import Figure, Payment, Period, StatedFigure, StatedRate, Subject
from services.payments.settings import verification_required


async def take_room(
    tx: Tx,
    *,
    customer_id: UUID,
    amount: int,
    currency: str,
    source: str,
    factors: int,
    reference: str | None = None,
) -> None:
    """Count a payment out of a customer's balance, or a hold for one, against what her person may pay. The same again counts once.

    Called after the story's own row is locked and before the ledger's accounts are. amount in minor units; source: the payment's id
    (`ord_…`); factors: how many confirmed it, her access token counted (`confirmations`); reference: what its transfers carry, if that is
    not the source. Who has not proved who she is pays nothing where verification is required, and else what she likes, uncounted.

    Raises NotVerified, RateNotStated, LifetimeLimitExceeded, AnnualLimitExceeded, DailyLimitExceeded, SourceCounted.
    """
    await take_rooms(tx, [Payment(customer_id, amount, currency, source, factors, reference)])


async def take_rooms(tx: Tx, payments: Sequence[Payment]) -> None:
    """The same for many of one story, each with a source of its own, all or none. Raises the first refusal."""
    direct = await direct_of(tx.connection)
    standings = await queries.lock_standings(direct, payments, tx.today) if payments else {}
    if len(standings) < len(payments) and verification_required(tx.settings):
        raise NotVerified("the customer has not proved who she is")
    usages = {standing.usage.holder_id: standing.usage for standing in standings.values()}
    takings = []
    for place, standing in sorted(standings.items()):
        holder_id = standing.usage.holder_id
        taking = rules.taking_of(payments[place], standing, usages[holder_id], tx.today, tx.now)
        if taking is not None:
            usages[holder_id] = rules.used_after(usages[holder_id], taking)
            takings.append(taking)
    if takings:
        await queries.add_takings(direct, list(usages.values()), takings)


async def give_room_back(tx: Tx, *, source: str, amount: int) -> None:
    """A payment was refunded, voided or reversed, in whole or in part: never more than it took, into the year in which it took it.

    amount in the payment's minor units. Of a source that counts nothing, nothing changes.
    """
    found = await queries.lock_taking(tx.connection, source)
    if found is None:
        return
    usage, taking = found
    after = rules.given_back(taking, amount)
    if after != taking:
        await queries.save_given_back(tx.connection, rules.room_given_back(usage, taking, after), after)


async def state_figure(
    tx: Tx,
    caller: Caller,
    *,
    subject: Subject,
    amount: int,
    valid_from: date,
    source: str,
    period: Period,
    checks: int | None,
    face_to_face: bool,
    wealth_products: bool,
) -> StatedFigure:
    """A limit from a day on, which has not begun or begins today. Raises FigureInPast, FigureMalformed."""
    if valid_from < tx.today:
        raise FigureInPast("what was in force on days that are over stays", field="valid_from")
    figure = Figure(subject, period, amount, checks, face_to_face, wealth_products, valid_from, source)
    if not rules.well_formed(figure):
        raise FigureMalformed(
            "classes are of a life or a year and need checks; all others are of a day", field="period"
        )
    stated = StatedFigure(tx.ids.new(), figure, caller.subject, tx.now)
    await queries.add_figure(tx.connection, stated)
    return stated


async def state_rate(tx: Tx, caller: Caller, *, currency: str, rate_on: date, rate: Decimal, source: str) -> StatedRate:
    """What one unit of a currency counts in CNY on a day. Raises UnknownCurrency, RateInPast."""
    if currency not in SCALES or currency == rules.BASE:
        raise UnknownCurrency("no rate is stated of it", field="currency")
    if rate_on < tx.today:
        raise RateInPast("payments of days that are over were counted by their rate", field="rate_on")
    stated = StatedRate(tx.ids.new(), currency, rate_on, rate, source, caller.subject, tx.now)
    await queries.add_rate(tx.connection, stated)
    return stated
