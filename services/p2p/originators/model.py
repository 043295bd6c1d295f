"""Who proposes loans for borrowers of its own: a licensed lender outside (小贷公司), which stands behind them with its capital."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class LicenceKind(StrEnum):
    """Licences to lend."""

    MICRO_LENDING = "micro_lending"
    """小额贷款公司."""
    CONSUMER_FINANCE = "consumer_finance"
    """消费金融公司."""
    BANKING = "banking"


@dataclass(frozen=True, slots=True)
class Terms:
    """licence_kind: a `LicenceKind`, or in words another, with which it stands behind loans and does not lend. licensed_until_on: the last
    day, None while it is open-ended. capital_minor: what it may have paid for losses and not recovered at most; exposure_cap_minor: most
    that may be owed on its loans here, and that it may stand behind; suspended: it proposes nothing for now.
    """

    name: str
    licence_kind: str
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None
    capital_minor: int
    exposure_cap_minor: int
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Originator:
    """The one record of what it may do: also as a surety, and as a first lender. party: under whom it calls, `cus_…`, or its id as a surety
    where it calls nobody; version: of its terms, each of which is kept.
    """

    id: UUID
    party: str
    currency: str
    version: int
    terms: Terms
    changed_by: str
    changed_at: datetime
