"""A second factor: what an authenticator app and we both know, beside the password. For staff."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SecondFactor:
    """sealed: the shared secret, encrypted. confirmed: a first code was right, so that signing in asks for one.

    last_step: of the newest code taken, None before the first; no code is good twice.
    """

    identity_id: UUID
    sealed: bytes
    confirmed: bool
    last_step: int | None


@dataclass(frozen=True)
class Enrolment:
    """What is shown once: the secret in base32 to type, or the same as an address to scan."""

    secret: str
    uri: str
