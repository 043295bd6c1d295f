"""Offers and schedules on the wire."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from finance.schedules import Row
from services.p2p.offers.rules import Offer
from services.p2p.programmes.schemas import Grade, Method, ProgrammeCode

TermMonths = Annotated[int, Field(ge=1, le=360)]
PreviewRate = Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(1), max_digits=12, decimal_places=10)]


class PreviewRequest(wire.Request):
    """With `programme` and `grade`: on its terms and with its fees; without: plain terms, no fees. starts_on: today unless given."""

    amount: wire.Amount
    currency: wire.Currency
    term_months: TermMonths
    method: Method
    annual_rate: PreviewRate | None = None
    programme: ProgrammeCode | None = None
    grade: Grade | None = None
    starts_on: wire.Day | None = None


class ScheduleRow(wire.Answer):
    """A due payment in minor units; balance_minor is owed after it."""

    number: int
    from_on: wire.Day
    due_on: wire.Day
    days: int
    principal_minor: int
    interest_minor: int
    payment_minor: int
    balance_minor: int


class CeilingAnswer(wire.Answer):
    """all_in_rate: what the borrower pays a year with every fee, on the schedule's own periods; ceiling: what the law allows."""

    verdict: Literal["allowed", "kept_if_paid", "void"]
    all_in_rate: str
    ceiling: wire.Rate
    source: str
    reference_as_of: wire.Day | None


class PreviewAnswer(wire.Answer):
    """effective_rate: compounded yearly rate with every fee (XIRR), None where the flows have none."""

    amount: int
    currency: str
    annual_rate: wire.Rate
    method: Method
    origination_fee_minor: int
    reserve_contribution_minor: int
    payout_minor: int
    interest_minor: int
    payment_minor: int
    effective_rate: str | None
    ceiling: CeilingAnswer
    rows: list[ScheduleRow]


def row_answer(row: Row) -> ScheduleRow:
    return ScheduleRow.model_validate(row)


def ceiling_answer(offer: Offer) -> CeilingAnswer:
    check = offer.ceiling
    return CeilingAnswer(
        verdict=check.verdict,
        all_in_rate=f"{check.all_in_rate:.6f}",
        ceiling=check.enforceable,
        source=check.source,
        reference_as_of=check.reference_as_of,
    )


def preview_answer(offer: Offer, currency: str) -> PreviewAnswer:
    schedule = offer.schedule
    return PreviewAnswer(
        amount=schedule.principal_minor,
        currency=currency,
        annual_rate=schedule.annual_rate,
        method=schedule.method,
        origination_fee_minor=offer.fees.origination_minor,
        reserve_contribution_minor=offer.fees.reserve_minor,
        payout_minor=schedule.principal_minor - offer.fees.total_minor,
        interest_minor=schedule.interest_minor,
        payment_minor=schedule.payment_minor,
        effective_rate=None if offer.effective_rate is None else f"{offer.effective_rate:.6f}",
        ceiling=ceiling_answer(offer),
        rows=[row_answer(row) for row in schedule.rows],
    )
