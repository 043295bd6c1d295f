"""Restructuring (重组): other terms for what a loan still owes, which staff propose, a second person confirms and the borrower accepts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class RestructuringState(StrEnum):
    PROPOSED = "proposed"
    """By one of the staff; another one has to look."""
    OFFERED = "offered"
    """To the borrower."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RestructuringEvent(StrEnum):
    CONFIRM = "confirm"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Restructuring:
    """annual_rate, first_due_on: None to leave as it is; periods: rows that follow those due by the day of acceptance.

    agreed_on, after_repayment: the day from which it holds, and the number of the last repayment before it (0 for none).
    """

    id: UUID
    loan_id: UUID
    annual_rate: Decimal | None
    periods: int
    first_due_on: date | None
    reason: str
    state: RestructuringState
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None
    changed_at: datetime
    due_at: datetime | None
    agreed_on: date | None = None
    after_repayment: int | None = None
