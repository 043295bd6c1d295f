"""Disclosure on the wire. Shares are between 0 and 1; amounts in minor units."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.disclosure.model import OperatingReport, RelatedParty, Relation

MonthText = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]
PartyText = Annotated[str, Field(pattern=r"^cus_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Reason = Annotated[str, Field(min_length=3, max_length=500)]


class CorrectionRequest(wire.Request):
    """The month is reckoned again; the reason is published with it."""

    reason: Reason


class RelatedRequest(wire.Request):
    """Loans to her are shown apart from that day on. source: where that is written."""

    party: PartyText
    relation: Literal["shareholder", "management", "relative", "controlled"]
    source: Annotated[str, Field(min_length=3, max_length=200)]
    from_on: wire.Day


class UnrelatedRequest(wire.Request):
    """until_on: the first day on which she is a related party no more."""

    party: PartyText
    until_on: wire.Day


class RelatedAnswer(wire.Answer):
    party: str
    relation: str
    source: str
    from_on: wire.Day
    until_on: wire.Day | None


class OverdueAnswer(wire.Answer):
    """Loans by how late their oldest unpaid row was. overdue_minor: principal and interest past due."""

    bucket: str
    loans: int
    outstanding_minor: int
    overdue_minor: int


class ReportAnswer(wire.Answer):
    """`…_ever`: since the first loan; `…_now`, outstanding, overdue: at the month's end; else in the month.

    version: 1 as first published, above it a correction for its reason.
    """

    month: str
    currency: str
    version: int
    reason: str | None
    made_at: datetime
    lent_minor: int
    loans: int
    lent_ever_minor: int
    loans_ever: int
    average_loan_minor: int
    average_annual_rate: wire.Rate
    average_term_months: wire.Rate
    repaid_principal_minor: int
    repaid_interest_minor: int
    outstanding_minor: int
    outstanding_loans: int
    interest_due_minor: int
    borrowers_now: int
    borrowers_ever: int
    lenders_now: int
    lenders_ever: int
    largest_borrower_share: wire.Rate
    ten_largest_borrowers_share: wire.Rate
    related_minor: int
    related_loans: int
    overdue_minor: int
    overdue_loans: int
    overdue_90_minor: int
    overdue_90_loans: int
    written_off_minor: int
    written_off_loans: int
    compensated_ever_minor: int
    compensated_loans_ever: int
    origination_fees_minor: int
    origination_fees_ever_minor: int
    prepayment_fees_minor: int
    prepayment_fees_ever_minor: int
    collection_fees_minor: int
    collection_fees_ever_minor: int
    interest_fees_minor: int
    interest_fees_ever_minor: int
    resale_fees_minor: int
    resale_fees_ever_minor: int
    plan_fees_minor: int
    plan_fees_ever_minor: int
    reserve_contributions_minor: int
    reserve_fund_minor: int
    overdue: list[OverdueAnswer]


class ReportSummaryAnswer(wire.Answer):
    month: str
    currency: str
    version: int
    reason: str | None
    made_at: datetime


def report_answer(report: OperatingReport) -> ReportAnswer:
    found = {name: getattr(report.indicators, name) for name in report.indicators.__slots__}
    return ReportAnswer.model_validate(
        found
        | {"overdue": [OverdueAnswer.model_validate(one) for one in report.indicators.overdue]}
        | {name: getattr(report, name) for name in ReportSummaryAnswer.model_fields}
    )


def summary_answer(report: OperatingReport) -> ReportSummaryAnswer:
    return ReportSummaryAnswer.model_validate(report)


def related_answer(party: RelatedParty) -> RelatedAnswer:
    return RelatedAnswer.model_validate(party)


def related_of(body: RelatedRequest) -> RelatedParty:
    return RelatedParty(body.party, Relation(body.relation), body.source, body.from_on, None)
