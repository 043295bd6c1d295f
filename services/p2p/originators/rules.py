"""Whether an originator may propose one more loan, and one of its loans be listed."""

from datetime import date

from services.p2p.errors import BeyondExposure, LicenceNotValid, OriginatorTermsWrong
from services.p2p.originators.model import Originator, Terms
from services.p2p.programmes.model import Programme


def check_terms(terms: Terms) -> None:
    """Raises OriginatorTermsWrong."""
    if terms.licensed_until_on is not None and terms.licensed_until_on < terms.licensed_from_on:
        raise OriginatorTermsWrong("a licence ends after it begins", field="licensed_until_on")


def require_licensed(originator: Originator, day: date) -> None:
    """Raises LicenceNotValid."""
    terms = originator.terms
    begun, over = terms.licensed_from_on <= day, terms.licensed_until_on is not None and day > terms.licensed_until_on
    if terms.suspended or not begun or over:
        raise LicenceNotValid(
            "the originator proposes nothing without a valid licence", until=str(terms.licensed_until_on)
        )


def require_exposure(originator: Originator, exposure_minor: int, programme: Programme | None = None) -> None:
    """exposure_minor: with the loan in question. Within its own cap, and the programme's multiple of its capital. Raises BeyondExposure."""
    most = originator.terms.exposure_cap_minor
    if programme is not None and programme.originator is not None:
        most = min(most, int(originator.terms.capital_minor * programme.originator.largest_exposure))
    if exposure_minor > most:
        raise BeyondExposure("more would be owed on the originator's loans than it may have here", most_minor=most)
