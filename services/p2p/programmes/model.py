"""A programme: what kind of platform a loan is made on. A versioned record, not code; loans keep the version they were made under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

GRADES = ("A", "B", "C", "D", "E")
METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")


class RateFormation(StrEnum):
    FIXED = "fixed"
    """The borrower names the rate, within the programme's bounds."""
    BY_GRADE = "by_grade"
    """The programme states one rate for each grade."""


class LossBearer(StrEnum):
    LENDER = "lender"
    RESERVE_FUND = "reserve_fund"
    """To the extent of its balance; what is not covered stays with the lender."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Rates are yearly ("0.08" is 8 %); amounts in minor units of `currency`.

    origination_fee_annual, reserve_contribution_annual: share of the amount for each year of the term, by grade, kept back from the
    payout. lender_kind: whose row of the statutory ceilings applies.
    """

    code: str
    version: int
    names: Mapping[str, str]
    currency: str
    lender_kind: str
    rate_formation: RateFormation
    lowest_rate: Decimal
    highest_rate: Decimal
    rates_by_grade: Mapping[str, Decimal]
    loss_borne_by: LossBearer
    grades: tuple[str, ...]
    methods: tuple[str, ...]
    terms_months: tuple[int, ...]
    day_count: str
    least_amount_minor: int
    largest_amount_minor: int
    lot_minor: int
    longest_open_days: int
    origination_fee_annual: Mapping[str, Decimal]
    reserve_contribution_annual: Mapping[str, Decimal]
    late_daily_rate: Decimal
    valid_from: date
