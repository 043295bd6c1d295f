"""`sifang token`: a token without the gateway, so that one service can be driven alone. Test mode only: live services refuse it."""

import os

from chassis.identity import CUSTOMER_SCOPES, OPERATOR_SCOPES, Signer
from chassis.ids import MalformedId, decode
from suite.folder import Folder
from suite.keys import SUITE
from suite.parts import PARTS

DEFAULT_SECONDS = 8 * 3600
ROLES = {
    "operator": ("stf_operator", OPERATOR_SCOPES),
    "reader": ("stf_reader", frozenset(f"{name}:read" for name in PARTS) | {"events:read"}),
    "customer": (None, CUSTOMER_SCOPES),
}


class TokenFault(Exception):
    """No such token can be made; the message is one line."""


def make(
    folder: Folder, role: str, scopes: list[str], *, subject: str | None, seconds: int, audience: list[str]
) -> str:
    """Signed with the suite's own key.

    role: one of ROLES, or a customer's or member of staff's id (`cus_…`, `stf_…`). scopes: instead of all that the role has.
    """
    if os.environ.get("SIFANG_MODE", "test") == "live":
        raise TokenFault("live services trust no token that is made on the command line")
    if not (folder.keys / f"{SUITE}.private.json").exists():
        raise TokenFault(f"there are no keys in {folder.keys} yet: sifang up makes them")
    who, allowed = _who(role, subject)
    unknown = set(scopes) - allowed
    if unknown:
        raise TokenFault(f"{role} has no scope {', '.join(sorted(unknown))}: choose from {', '.join(sorted(allowed))}")
    signer = Signer(SUITE, folder.keys / f"{SUITE}.private.json")
    return signer.token(audience or list(PARTS), scopes or allowed, subject=who, seconds=seconds)


def _who(role: str, subject: str | None) -> tuple[str, frozenset[str]]:
    if role.startswith("cus_"):
        try:
            decode("cus", role)
        except MalformedId as fault:
            raise TokenFault(str(fault)) from None
        return role, CUSTOMER_SCOPES
    if role.startswith("stf_"):
        return role, OPERATOR_SCOPES
    if role not in ROLES:
        raise TokenFault(f"there is no role {role}: choose from {', '.join(ROLES)}, or give a cus_… or stf_… id")
    usual, scopes = ROLES[role]
    if subject is None and usual is None:
        raise TokenFault("which customer? give --subject cus_…, or the id itself: --as cus_…")
    return subject or str(usual), scopes
