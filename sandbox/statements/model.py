"""A statement of one of the company's accounts on one of an institution's business days, and what may be wrong with it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """The first four spoil the statement while the books stay right; the last two are bookings that nobody asked for."""

    MISSING = "missing"
    DUPLICATED = "duplicated"
    WRONG_AMOUNT = "wrong_amount"
    OTHER_DATE = "other_date"
    RETURNED = "returned"
    UNEXPLAINED_CREDIT = "unexplained_credit"


@dataclass(frozen=True)
class Line:
    """amount: in minor units, signed from the account holder's side. value_on: the business day it belongs to."""

    position: int
    amount: int
    code: str
    reference: str
    narrative: str
    booked_at: datetime
    value_on: date


@dataclass(frozen=True)
class Fault:
    """amount_by: what is added to the size of the amount shown, of a wrong one."""

    position: int
    kind: FaultKind
    amount_by: int = 0


@dataclass(frozen=True)
class Statement:
    """The balances are those of the books, whatever the lines say. made_at: the end of its day, so that the same bytes come every time."""

    bank: str
    account_number: str
    holder_name: str
    currency: str
    day: date
    opening_minor: int
    closing_minor: int
    lines: tuple[Line, ...]
    made_at: datetime

    def servicer_reference(self, line: Line) -> str:
        """At most 16 characters, the same in every kind of file."""
        return f"{self.bank[:6]}{line.position:010d}"
