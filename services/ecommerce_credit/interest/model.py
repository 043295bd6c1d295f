"""A closed day of interest."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DayOfInterest:
    """principal_minor: with which the day closed; interest: principal × daily rate, exact, in minor units."""

    drawing_id: UUID
    accrued_on: date
    principal_minor: int
    daily_rate: Decimal
    interest: Decimal
