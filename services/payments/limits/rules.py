"""Whether a payment out of the balance is within what a person may pay, and what it uses of that. Pure.

The figures (People's Bank of China, announcement 2015 No. 43, articles 11 and 24) are rows with their dates: none of them stands here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

from finance.currencies import scale_of
from services.payments.limits.errors import (
    AnnualLimitExceeded,
    DailyLimitExceeded,
    LifetimeLimitExceeded,
    LimitExceeded,
    NotVerified,
    RateNotStated,
    SourceCounted,
)
from services.payments.limits.model import (
    CLASSES,
    Confirmation,
    Figure,
    Payer,
    Payment,
    Period,
    Standing,
    Subject,
    Taking,
    Usage,
)

BASE = "CNY"
FACTORS_NEEDED = 2
_EXCEEDED: dict[Period, type[LimitExceeded]] = {
    Period.LIFE: LifetimeLimitExceeded,
    Period.YEAR: AnnualLimitExceeded,
    Period.DAY: DailyLimitExceeded,
}


def day_of_counting(today: date, usage: Usage) -> date:
    """The business day a payment counts on. Days of one person ascend: where the clock was put back, or one who began before midnight comes
    after one of the new day, it counts on the later."""
    return today if usage.counted_on is None else max(today, usage.counted_on)


def counted_amount(amount: int, currency: str, rate: Decimal | None) -> int:
    """An amount in minor units as fen, rounded up so that nothing counts less than it is. rate: CNY for one unit. Raises RateNotStated."""
    if currency == BASE:
        return amount
    if rate is None:
        raise RateNotStated(f"no rate of {currency} is stated for today", field="currency")
    return ceil(Fraction(amount) * Fraction(rate) * Fraction(10) ** (scale_of(BASE) - scale_of(currency)))


def class_figure(figures: Sequence[Figure], checks: int, face_to_face: bool) -> Figure | None:
    """The highest class that so many independent checks, or having been seen, are enough for."""
    reached = [one for one in figures if one.checks is not None and reaches(one, checks, face_to_face)]
    return max(reached, key=lambda one: CLASSES.index(one.subject), default=None)


def reaches(figure: Figure, checks: int, face_to_face: bool) -> bool:
    return (figure.face_to_face and face_to_face) or checks >= (figure.checks or 0)


def next_class(figures: Sequence[Figure], reached: Figure | None) -> Figure | None:
    """The class above."""
    place = -1 if reached is None else CLASSES.index(reached.subject)
    above = [one for one in figures if one.subject in CLASSES and CLASSES.index(one.subject) > place]
    return min(above, key=lambda one: CLASSES.index(one.subject), default=None)


def confirmation_of(payer: Payer, factors: int, on: date) -> Confirmation:
    """A certificate counts only beside a second factor."""
    if factors < FACTORS_NEEDED:
        return Confirmation.UNDER_TWO_FACTORS
    certified = payer.certificate_until is not None and on <= payer.certificate_until
    return Confirmation.CERTIFICATE if certified else Confirmation.TWO_FACTORS


def on_day(usage: Usage, on: date) -> Usage:
    """What is used as it stands on a day: a new day and a new year begin at nothing."""
    if usage.counted_on == on:
        return usage
    same_year = usage.counted_on is not None and usage.counted_on.year == on.year
    return Usage(usage.holder_id, on, usage.life, usage.year if same_year else 0)


def taking_of(payment: Payment, standing: Standing, usage: Usage, today: date, now: datetime) -> Taking | None:
    """What counts of a payment, None if it counts already. usage: what was used before it.

    Raises SourceCounted, NotVerified, RateNotStated, LimitExceeded.
    """
    before, payer = standing.taken, standing.payer
    if before is not None and before.given_back < before.amount:
        if (before.customer_id, before.amount, before.currency) != (
            payer.customer_id,
            payment.amount,
            payment.currency,
        ):
            raise SourceCounted("the reference counts another payment", field="source")
        return None
    on = day_of_counting(today, usage)
    taking = Taking(
        source=payment.source,
        round=1 if before is None else before.round + 1,
        holder_id=payer.holder_id,
        customer_id=payer.customer_id,
        amount=payment.amount,
        currency=payment.currency,
        counted=counted_amount(payment.amount, payment.currency, standing.rate),
        confirmation=confirmation_of(payer, payment.factors, on),
        taken_on=on,
        taken_at=now,
        reference=payment.reference or payment.source,
    )
    require_room(standing.figures, payer, usage, taking)
    return taking


def require_room(figures: Sequence[Figure], payer: Payer, usage: Usage, taking: Taking) -> None:
    """Raises NotVerified, LimitExceeded: the class's before the day's."""
    usage = on_day(usage, taking.taken_on)
    for figure in limits_of(figures, payer, taking.confirmation):
        used = used_of(usage, figure)
        if used + taking.counted > figure.amount:
            raise exceeded(_EXCEEDED[figure.period], str(figure.subject), figure.amount, used)
    agreed = payer.agreed_daily
    certified = taking.confirmation is Confirmation.CERTIFICATE
    if certified and agreed is not None and usage.certificate + taking.counted > agreed:
        raise exceeded(DailyLimitExceeded, str(taking.confirmation), agreed, usage.certificate)


def used_after(usage: Usage, taking: Taking) -> Usage:
    """What is used with it."""
    usage, counted, kind = on_day(usage, taking.taken_on), taking.counted, taking.confirmation.value
    day = {kind: getattr(usage, kind) + counted}
    return replace(usage, life=usage.life + counted, year=usage.year + counted, **day)


def limits_of(figures: Sequence[Figure], payer: Payer, confirmation: Confirmation) -> list[Figure]:
    """What a payment is held against: the figure of the payer's class, if any are in force, and of the day. Raises NotVerified."""
    classes = [one for one in figures if one.subject in CLASSES]
    reached = class_figure(classes, payer.checks, payer.face_to_face)
    if classes and reached is None:
        raise NotVerified("more independent checks are needed for any class")
    of_day = [one for one in figures if one.subject.value == confirmation.value]
    return ([] if reached is None else [reached]) + of_day


def used_of(usage: Usage, figure: Figure) -> int:
    """What is used of a figure, in fen."""
    if figure.period is Period.LIFE:
        return usage.life
    if figure.period is Period.YEAR:
        return usage.year
    return usage.under_two_factors if figure.subject is Subject.UNDER_TWO_FACTORS else usage.two_factors


def exceeded(kind: type[LimitExceeded], subject: str, limit: int, used: int) -> LimitExceeded:
    facts = {"subject": subject, "limit": limit, "used": used, "left": max(0, limit - used)}
    return kind("the payment goes beyond what may be paid", field="amount", **facts)


def given_back(taking: Taking, amount: int) -> Taking:
    """The taking after so much of it came back: no more than was taken, and with the last unit all that was counted."""
    total = min(taking.amount, taking.given_back + amount)
    whole = total == taking.amount
    counted = taking.counted if whole else taking.counted * total // taking.amount
    return replace(taking, given_back=total, counted_back=counted)


def room_given_back(usage: Usage, before: Taking, after: Taking) -> Usage:
    """What is used after it: of the year and the day in which it was taken, as far as they are not over."""
    back = after.counted_back - before.counted_back
    usage = replace(usage, life=usage.life - back)
    if usage.counted_on is None or usage.counted_on.year != before.taken_on.year:
        return usage
    usage = replace(usage, year=usage.year - back)
    if usage.counted_on != before.taken_on:
        return usage
    kind = before.confirmation.value
    return replace(usage, **{kind: getattr(usage, kind) - back})


def well_formed(figure: Figure) -> bool:
    """Classes are of a life or a year and say what they need; what is of a day says nothing of it."""
    if figure.subject in CLASSES:
        return figure.period is not Period.DAY and figure.checks is not None
    return figure.period is Period.DAY and figure.checks is None and not (figure.face_to_face or figure.wealth_products)
