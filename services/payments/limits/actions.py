"""Stories of limits: room taken by a payment out of the balance, given back by a refund; figures and rates stated."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from finance.currencies import SCALES
from services.payments.limits import queries, rules
from services.payments.limits.errors import (
    FigureInPast,
    FigureMalformed,
    NotVerified,
    RateInPast,
    SourceCounted,
    UnknownCurrency,
)
from services.payments.limits.model import Figure, Period, Standing, StatedFigure, StatedRate, Subject, Taking
from services.payments.settings import verification_required


async def take_room(
    tx: Tx,
    *,
    customer_id: UUID,
    amount: int,
    currency: str,
    source: str,
    second_factors: int = 2,
) -> None:
    """Count a payment out of a customer's balance, or a hold for one, against what her person may pay. The same again counts once.

    Called after the story's own row is locked and before the ledger's accounts are. amount in minor units; source: the story's reference
    (`ord_…`), which its transfers carry, too; second_factors: how many factors confirmed the payment. Who has not proved who she is pays
    nothing where verification is required, and else what she likes, uncounted.

    Raises NotVerified, RateNotStated, LifetimeLimitExceeded, AnnualLimitExceeded, DailyLimitExceeded, SourceCounted.
    """
    standing = await queries.lock_standing(tx.connection, customer_id, tx.today, currency, source)
    if standing is None:
        if verification_required(tx.settings):
            raise NotVerified("the customer has not proved who she is")
        return
    if standing.taken is not None and not _all_back(standing.taken):
        _require_same(standing.taken, customer_id, amount, currency)
        return
    await _count(tx, standing, amount, currency, source, second_factors)


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


async def _count(tx: Tx, standing: Standing, amount: int, currency: str, source: str, second_factors: int) -> None:
    day = rules.day_of_counting(tx.today, standing.usage)
    counted = rules.counted_amount(amount, currency, standing.rate)
    confirmation = rules.confirmation_of(standing.payer, second_factors, day)
    usage = rules.room_taken(standing, counted, confirmation, day)
    taking = Taking(
        source=source,
        round=1 if standing.taken is None else standing.taken.round + 1,
        holder_id=standing.payer.holder_id,
        customer_id=standing.payer.customer_id,
        amount=amount,
        currency=currency,
        counted=counted,
        confirmation=confirmation,
        taken_on=day,
        taken_at=tx.now,
    )
    await queries.save_taking(tx.connection, usage, taking)


def _all_back(taking: Taking) -> bool:
    return taking.given_back == taking.amount


def _require_same(taken: Taking, customer_id: UUID, amount: int, currency: str) -> None:
    if (taken.customer_id, taken.amount, taken.currency) != (customer_id, amount, currency):
        raise SourceCounted("the reference counts another payment", field="source")
