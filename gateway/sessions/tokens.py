"""Access tokens: what the gateway signs for a person it knows."""

from chassis.identity import Signer
from chassis.ids import encode
from gateway.identities.model import PREFIXES, Identity
from gateway.identities.rules import scopes_of
from gateway.sessions.model import ACCESS_TOKEN

AUDIENCES = ("gateway", "payments", "p2p", "ecommerce_credit", "info_broker")


def subject_of(identity: Identity) -> str:
    """`cus_…` or `stf_…`."""
    return encode(PREFIXES[identity.kind], identity.id)


def access_token(signer: Signer, identity: Identity) -> str:
    """A JWT for the gateway and the four services, good for 15 minutes."""
    seconds = int(ACCESS_TOKEN.total_seconds())
    return signer.token(AUDIENCES, scopes_of(identity), subject=subject_of(identity), seconds=seconds)
