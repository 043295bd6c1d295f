"""A plan (U计划): lends by itself for whoever joins it, within published terms. A versioned record, not code; who joined keeps her version.

A lock-in promises entry to the exit queue, never a payout date or amount.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class PlanState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    """Nobody joins any more; who did goes on."""


class PlanEvent(StrEnum):
    PUBLISH = "publish"
    CLOSE = "close"


class AboveCap(StrEnum):
    """Whose the income above the cap is."""

    TO_PLATFORM = "to_platform"
    """As a fee for its service."""
    TO_RESERVE_FUND = "to_reserve_fund"
    TO_LENDER = "to_lender"
    """The cap is told, and binds nothing."""


class Reinvest(StrEnum):
    """What of the money that claims bring is lent again until she leaves."""

    PRINCIPAL_AND_INTEREST = "principal_and_interest"
    PRINCIPAL = "principal"
    NOTHING = "nothing"


class ExitRule(StrEnum):
    """What the end of the lock-in does."""

    AUTOMATIC = "automatic"
    """She enters the exit queue."""
    ON_REQUEST = "on_request"
    """The plan goes on until she asks."""


@dataclass(frozen=True, slots=True)
class PlanResale:
    """Which offers on the resale market the plan buys: yield at least, prices as shares of principal and accrued interest."""

    least_yield: Decimal
    least_price: Decimal = Decimal("0.5")
    largest_price: Decimal = Decimal("1.05")
    longest_months: int = 360


@dataclass(frozen=True, slots=True)
class Plan:
    """Amounts in minor units of `currency`; rates yearly; fees shares of the most that was ever out at once.

    lowest_rate, programmes, grades, terms_months: what it lends on; share_cap: of one loan. least_minor, most_minor: of one who joins;
    total_minor: of all who are in it. offered_from_on, offered_until_on: when one may join, both included. investing_days: after which
    the lock-in begins, whether all is lent or not. expected_income: words in each language, that promise nothing. income_cap: a yearly
    rate on what was out, None for none. early_exit_fee_rate: None where nobody leaves before the lock-in ends.
    """

    code: str
    version: int
    names: Mapping[str, str]
    expected_income: Mapping[str, str]
    currency: str
    programmes: tuple[str, ...]
    grades: tuple[str, ...]
    terms_months: tuple[int, ...]
    lowest_rate: Decimal
    share_cap: Decimal
    least_minor: int
    most_minor: int
    total_minor: int
    offered_from_on: date
    offered_until_on: date
    investing_days: int
    lock_in_days: int
    resale: PlanResale | None
    reinvest: Reinvest = Reinvest.PRINCIPAL_AND_INTEREST
    exit: ExitRule = ExitRule.AUTOMATIC
    income_cap: Decimal | None = None
    above_cap: AboveCap | None = None
    joining_fee_rate: Decimal = Decimal(0)
    exit_fee_rate: Decimal = Decimal(0)
    early_exit_fee_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version as it stands. published_at: None of a draft; published_by: somebody else than made it."""

    plan: Plan
    state: PlanState
    made_by: str
    made_at: datetime
    published_at: datetime | None
    changed_at: datetime
    published_by: str | None = None
