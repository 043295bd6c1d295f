"""Ledger accounts of the house itself, one for each purpose and currency."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class HousePurpose(StrEnum):
    ORIGINATION_FEES = "origination_fees"
    RESERVE_FUND = "reserve_fund"
    FUNDING_FEES = "funding_fees"
    SERVICING_FEES = "servicing_fees"
    """Of paying ahead of time."""
    REPAYMENT_ADVANCES = "repayment_advances"
    """What holders could not give back of repayments that were reversed, and what banks took back beside; it may go below zero."""
    DEBIT_ADVANCES = "debit_advances"
    """Lent to borrowers whose bank has not said yet that it pays; it may go below zero."""
    RESALE_FEES = "resale_fees"
    PLAN_FEES = "plan_fees"
    """Of plans, and what is above their caps where it is the platform's."""
    COLLECTION_FEES = "collection_fees"
    """Kept back of what was recovered late."""
    LENDER_FEES = "lender_fees"
    """Of lenders' interest."""


@dataclass(frozen=True, slots=True)
class HouseAccount:
    purpose: HousePurpose
    currency: str
    account_id: UUID
