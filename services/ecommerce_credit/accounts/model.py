"""Ledger accounts of the lender itself, one for each purpose and currency."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class HousePurpose(StrEnum):
    CAPITAL = "capital"
    """What is lent: filled by funding parties alone, and never overdrawn."""
    INTEREST_INCOME = "interest_income"


@dataclass(frozen=True, slots=True)
class HouseAccount:
    purpose: HousePurpose
    currency: str
    account_id: UUID
