"""A decision about a shop: what it may owe at most, at which daily rate, and why; or why nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class LimitState(StrEnum):
    APPROVED = "approved"
    """An offer that its owner may accept until its deadline."""
    DECLINED = "declined"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    """A newer decision about the shop took its place."""


class LimitEvent(StrEnum):
    ACCEPT = "accept"
    LAPSE = "lapse"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Features:
    """What a shop's months come to as of a day. Shares and trends are exact; None where there is nothing to divide by.

    months_known: since its first order; months_active: of the last twelve complete ones, with a sale; average_monthly_sales_minor: over
    the last six complete months, months without sales included; sales_trend: last three months ÷ the three before.
    """

    as_of_on: date
    months_known: int
    months_active: int
    orders: int
    cancelled_share: Decimal | None
    average_review: Decimal | None
    average_monthly_sales_minor: int
    sales_trend: Decimal | None


@dataclass(frozen=True, slots=True)
class Points:
    """What one characteristic gave. value: as measured; best: what its best bin gives."""

    characteristic: str
    value: Decimal
    points: int
    best: int


@dataclass(frozen=True, slots=True)
class Grading:
    """reasons: codes of what cost the most points, worst first; refusals: codes of what alone forbids a limit."""

    scorecard_version: str
    score: int
    grade: str
    points: tuple[Points, ...]
    reasons: tuple[str, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """reasons: refusals first. daily_rate, all_in_rate, ceiling_rate: None where there is no offer. due_at: when an offer lapses."""

    id: UUID
    shop_id: UUID
    owner: str
    state: LimitState
    features: Features
    scorecard_version: str
    score: int
    grade: str
    points: tuple[Points, ...]
    reasons: tuple[str, ...]
    limit_minor: int
    currency: str
    daily_rate: Decimal | None
    term_months: int
    all_in_rate: Decimal | None
    ceiling_rate: Decimal | None
    decided_by: str
    decided_at: datetime
    changed_at: datetime
    due_at: datetime | None
