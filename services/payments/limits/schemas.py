"""Limits on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from chassis.ids import TypeId
from chassis.wire import AmountOrZero, Answer, Day, Rate, Request
from services.payments.limits.model import Confirmation, Figure, Period, StatedFigure, Subject, Taking

Source = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
LARGEST_RATE, PLACES = Decimal(1_000_000), 12


def _plausible(rate: Decimal) -> Decimal:
    exponent = rate.as_tuple().exponent
    if not 0 < rate <= LARGEST_RATE or not isinstance(exponent, int) or -exponent > PLACES:
        raise ValueError(f"a positive rate of at most {PLACES} decimal places, up to {LARGEST_RATE}, is expected")
    return rate


class FigureRequest(Request):
    """A limit from a day on. amount in fen; checks: how many independent ones a class needs; source: where it is written."""

    subject: Annotated[Subject, Field(strict=False)]
    period: Annotated[Period, Field(strict=False)]
    amount: AmountOrZero
    valid_from: Day
    source: Source
    checks: Annotated[int, Field(ge=1, le=20)] | None = None
    face_to_face: bool = False
    wealth_products: bool = False


class RateRequest(Request):
    """rate: CNY for one unit of the currency; source: who published it."""

    rate: Annotated[Rate, AfterValidator(_plausible)]
    source: Source


class FigureAnswer(Answer):
    """face_to_face: being seen is enough instead of checks. A figure is in force until a later one of the subject."""

    subject: Subject
    period: Period
    amount: int
    checks: int | None
    face_to_face: bool
    wealth_products: bool
    valid_from: Day
    source: str


class StatedFigureAnswer(FigureAnswer):
    id: Annotated[UUID, TypeId("fig")]
    stated_by: str
    stated_at: datetime


class RateAnswer(Answer):
    currency: str
    rate_on: Day
    rate: Rate
    source: str
    stated_at: datetime


class LimitsAnswer(Answer):
    """required: whether who has not proved who she is may pay nothing. What is not in CNY counts at the rate of the day, or is refused."""

    on: Day
    required: bool
    figures: list[FigureAnswer]
    rates: list[RateAnswer]


class CountedPaymentAnswer(Answer):
    """A payment that counts. amount and given_back in its currency, counted and counted_back in fen; round: 2 if paid again."""

    source: str
    round: int
    customer_id: Annotated[UUID, TypeId("cus")]
    amount: int
    currency: str
    counted: int
    given_back: int
    counted_back: int
    confirmation: Confirmation
    taken_on: Day
    taken_at: datetime


def figure_answer(figure: Figure) -> FigureAnswer:
    return FigureAnswer.model_validate(figure)


def stated_figure_answer(stated: StatedFigure) -> StatedFigureAnswer:
    facts = figure_answer(stated.figure).model_dump()
    return StatedFigureAnswer(id=stated.id, stated_by=stated.stated_by, stated_at=stated.stated_at, **facts)


def rate_answer(stated: object) -> RateAnswer:
    return RateAnswer.model_validate(stated)


def counted_payment_answer(taking: Taking) -> CountedPaymentAnswer:
    return CountedPaymentAnswer.model_validate(taking)
