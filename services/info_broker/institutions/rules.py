"""Decisions about institutions: does its licence hold, and whose product is this."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from services.info_broker.institutions.model import LicencePeriod, LicenceState

# Which licence an institution must hold to be sent customers for a product of this kind. Kinds that are absent need any licence.
LICENCE_FOR_PRODUCT: Mapping[str, frozenset[str]] = {
    "fund": frozenset({"public_fund_management", "fund_distribution"}),
    "deposit": frozenset({"banking"}),
    "credit_card": frozenset({"banking"}),
    "loan": frozenset({"banking", "consumer_finance", "micro_loan", "online_lending_information"}),
    "brokerage_account": frozenset({"securities_brokerage"}),
    "insurance": frozenset({"insurance"}),
}


def licence_state(licences: Iterable[LicencePeriod], day: date, product_kind: str | None = None) -> LicenceState:
    """The best state, on that day, of the licences that cover the product kind (any licence where None)."""
    covering = LICENCE_FOR_PRODUCT.get(product_kind or "")
    states = {_state(licence, day) for licence in licences if covering is None or licence.kind in covering}
    for state in (LicenceState.VALID, LicenceState.NOT_YET_VALID, LicenceState.EXPIRED):
        if state in states:
            return state
    return LicenceState.NONE


def _state(licence: LicencePeriod, day: date) -> LicenceState:
    if licence.valid_from_on is not None and day < licence.valid_from_on:
        return LicenceState.NOT_YET_VALID
    if licence.valid_until_on is not None and day > licence.valid_until_on:
        return LicenceState.EXPIRED
    return LicenceState.VALID


def recognise(product_name: str, prefixes: Mapping[str, UUID]) -> UUID | None:
    """Whose product it is by the longest prefix of its name; None: institution not identified.

    The longest decides because houses share beginnings: 中信建投 is not 中信.
    """
    for length in range(min(len(product_name), _longest(prefixes)), 0, -1):
        found = prefixes.get(product_name[:length])
        if found is not None:
            return found
    return None


def _longest(prefixes: Mapping[str, UUID]) -> int:
    return max(map(len, prefixes), default=0)
