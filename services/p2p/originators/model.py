"""Who proposes loans for borrowers of its own: a licensed lender outside (小贷公司), which stands behind them with its capital."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class LicenceKind(StrEnum):
    MICRO_LENDING = "micro_lending"
    """小额贷款公司."""
    CONSUMER_FINANCE = "consumer_finance"
    """消费金融公司."""
    BANKING = "banking"


@dataclass(frozen=True, slots=True)
class Terms:
    """licensed_until_on: the licence's last day, None while it is open-ended; exposure_cap_minor: most that may be owed on its loans here;
    suspended: it proposes nothing for now."""

    name: str
    licence_kind: LicenceKind
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None
    capital_minor: int
    exposure_cap_minor: int
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Originator:
    """party: under whom it calls, `cus_…`; version: of its terms, each of which is kept."""

    id: UUID
    party: str
    currency: str
    version: int
    terms: Terms
    changed_by: str
    changed_at: datetime
