"""Which contacts and passwords are taken, and what each role may."""

import re
import unicodedata
from collections.abc import Iterable

from chassis.identity import CUSTOMER_SCOPES, OPERATOR_SCOPES
from gateway.errors import CannotGrant, MalformedContact, OneContact, WeakPassword
from gateway.identities.model import Contact, Identity, Kind, Role

LONGEST_EMAIL = 254
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
FEWEST_DIFFERENT_CHARACTERS = 4
HOME_COUNTRY = "+86"
# One @, a dot in the domain, no blanks or control characters: whether mail arrives only sending it can tell.
_EMAIL = re.compile(
    r"[^@\s\x00-\x1f\"(),:;<>\[\]\\]{1,64}@[^@\s\x00-\x1f\"(),:;<>\[\]\\.]+(\.[^@\s\"(),:;<>\[\]\\.]+)+"
)
_MOBILE = re.compile(r"\+[1-9]\d{6,14}")
_HOME_MOBILE = re.compile(r"1[3-9]\d{9}")

_STAFF = {"gateway:read", "gateway:operate"}
ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.OPERATOR: OPERATOR_SCOPES,
    Role.RISK: frozenset(
        _STAFF | {"payments:read", "p2p:read", "p2p:operate", "ecommerce_credit:read", "ecommerce_credit:operate"}
    ),
    Role.FINANCE: frozenset(
        _STAFF | {"payments:read", "payments:operate", "p2p:read", "ecommerce_credit:read", "info_broker:read"}
    ),
    Role.MARKETING: frozenset(_STAFF | {"info_broker:read", "info_broker:operate", "p2p:read"}),
}


def read_contact(email: str | None, mobile: str | None) -> Contact:
    """The one contact given, normalised. Raises OneContact for none or both, MalformedContact for what is neither."""
    if (email is None) == (mobile is None):
        raise OneContact("give either an e-mail address or a mobile number", field="email")
    if email is not None:
        return Contact("email", _read_email(email))
    assert mobile is not None
    return Contact("mobile", _read_mobile(mobile))


def _read_email(text: str) -> str:
    value = unicodedata.normalize("NFC", text.strip()).casefold()
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        raise MalformedContact("this is not an e-mail address", field="email")
    return value


def _read_mobile(text: str) -> str:
    """E.164; a bare Chinese mobile number gets its country."""
    value = re.sub(r"[ \-]", "", text)
    if _HOME_MOBILE.fullmatch(value):
        value = HOME_COUNTRY + value
    if not _MOBILE.fullmatch(value):
        raise MalformedContact("this is not a mobile number; write +, country and number", field="mobile")
    return value


def check_password(password: str, contact: Contact) -> None:
    """Raises WeakPassword. Length counts, as NIST SP 800-63B asks, not kinds of characters."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field="password")
    name = contact.value.partition("@")[0].removeprefix(HOME_COUNTRY)
    folded = password.casefold()
    if len(set(password)) < FEWEST_DIFFERENT_CHARACTERS or folded in (contact.value, name):
        raise WeakPassword("too easily guessed", field="password")


def canonical(password: str) -> str:
    """The same password however a keyboard composes it (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


def mask(contact: Contact) -> str:
    """What may be shown: `l***@example.org`, `+86*******1234`."""
    if contact.kind == "email":
        name, _, domain = contact.value.partition("@")
        return f"{name[0]}***@{domain}"
    return f"{contact.value[:3]}{'*' * (len(contact.value) - 7)}{contact.value[-4:]}"


def scopes_of(identity: Identity) -> frozenset[str]:
    if identity.kind is Kind.CUSTOMER:
        return CUSTOMER_SCOPES
    return frozenset().union(*(ROLE_SCOPES[role] for role in identity.roles))


def check_grant(held: Iterable[str], roles: Iterable[Role]) -> None:
    """Nobody hands out what she may not do herself. Raises CannotGrant."""
    given = frozenset().union(*(ROLE_SCOPES[role] for role in roles))
    missing = sorted(given - frozenset(held))
    if missing:
        raise CannotGrant("a role gives scopes that you do not hold", field="roles", missing=missing)
