"""Originators on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chassis import wire
from services.p2p.applications.schemas import ApplicationRequest
from services.p2p.originators.model import Originator, Terms
from services.p2p.wire_ids import CUSTOMER_PATTERN, OriginatorId

LicenceName = Literal["micro_lending", "consumer_finance", "banking"]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Party = Annotated[str, Field(pattern=CUSTOMER_PATTERN)]


class TermsRequest(wire.Request):
    """licensed_until_on: the licence's last day, absent while it is open-ended; exposure_cap_minor: most that may be owed on its loans."""

    name: Name
    licence_kind: LicenceName
    licence_number: Name
    licensed_from_on: wire.Day
    licensed_until_on: wire.Day | None = None
    capital_minor: wire.AmountOrZero
    exposure_cap_minor: wire.AmountOrZero
    suspended: bool = False


class OriginatorRequest(TermsRequest):
    """party: under whom it calls and proposes."""

    party: Party
    currency: wire.Currency


class ProposalRequest(ApplicationRequest):
    """borrower: the customer for whom it is; she lists it herself."""

    borrower: Party


class OriginatorAnswer(wire.Answer):
    """version: of its terms; licence_kind: of those to lend, or another in words, with which it stands behind loans and proposes none;
    party: its id as a surety where it calls nobody; exposure_minor: owed on its loans, and proposed, approved or listed."""

    id: OriginatorId
    party: str
    currency: str
    version: int
    name: str
    licence_kind: str
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None
    capital_minor: int
    exposure_cap_minor: int
    suspended: bool
    changed_by: str
    changed_at: datetime


class ExposedAnswer(OriginatorAnswer):
    """held_minor: what borrowers paid it and it has not passed on."""

    exposure_minor: int
    held_minor: int = 0


def terms_of(body: TermsRequest) -> Terms:
    return Terms(**{name: getattr(body, name) for name in TermsRequest.model_fields})


def originator_answer(originator: Originator) -> OriginatorAnswer:
    return OriginatorAnswer(**_shown(originator))


def exposed_answer(originator: Originator, exposure_minor: int, held_minor: int) -> ExposedAnswer:
    return ExposedAnswer(**_shown(originator), exposure_minor=exposure_minor, held_minor=held_minor)


def _shown(originator: Originator) -> dict[str, Any]:
    shown = {name: getattr(originator.terms, name) for name in Terms.__slots__}
    own = ("id", "party", "currency", "version", "changed_by", "changed_at")
    return shown | {name: getattr(originator, name) for name in own}
