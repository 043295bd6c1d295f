"""Whether an originator may lend, propose one more loan, and one of its loans be listed."""

from datetime import date

from services.p2p.errors import BeyondExposure, LicenceNotValid, OriginatorTermsWrong
from services.p2p.originators.model import LicenceKind, Originator, Terms
from services.p2p.programmes.model import Programme


def check_terms(terms: Terms) -> None:
    """Raises OriginatorTermsWrong."""
    if terms.licensed_until_on is not None and terms.licensed_until_on < terms.licensed_from_on:
        raise OriginatorTermsWrong("a licence ends after it begins", field="licensed_until_on")


def licensed(terms: Terms, day: date) -> bool:
    """Whether the licence is valid on that day, both of its ends included."""
    return terms.licensed_from_on <= day and (terms.licensed_until_on is None or day <= terms.licensed_until_on)


def require_licensed(originator: Originator, day: date) -> None:
    """Before it proposes, lists, or lends first. Raises LicenceNotValid for a licence that is not one to lend, or not valid that day."""
    terms = originator.terms
    if terms.licence_kind not in set(LicenceKind):
        raise LicenceNotValid("the licence is none to lend", licence_kind=terms.licence_kind)
    if terms.suspended or not licensed(terms, day):
        raise LicenceNotValid("nobody lends or proposes without a valid licence", until=str(terms.licensed_until_on))


def require_exposure(originator: Originator, exposure_minor: int, programme: Programme | None = None) -> None:
    """exposure_minor: with the loan in question. Within its own cap, and the programme's multiple of its capital. Raises BeyondExposure."""
    most = originator.terms.exposure_cap_minor
    if programme is not None and programme.originator is not None:
        most = min(most, int(originator.terms.capital_minor * programme.originator.largest_exposure))
    if exposure_minor > most:
        raise BeyondExposure("more would be owed on the originator's loans than it may have here", most_minor=most)
