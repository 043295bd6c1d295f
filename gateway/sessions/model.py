"""A sign-in: a family of refresh tokens of which one at a time is good, or a console session with one cookie."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.identities.model import Identity

ACCESS_TOKEN = timedelta(minutes=15)
REFRESH_FAMILY = timedelta(days=30)
CONSOLE_SESSION = timedelta(hours=12)
KEEP_ENDED = timedelta(days=7)


class Purpose(StrEnum):
    API = "api"
    CONSOLE = "console"


class EndReason(StrEnum):
    SIGNED_OUT = "signed_out"
    TOKEN_REUSED = "token_reused"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Session:
    id: UUID
    identity_id: UUID
    purpose: Purpose
    expires_at: datetime
    ended_at: datetime | None

    def open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True)
class HeldToken:
    """A token as stored. used: it was rotated away."""

    session: Session
    used: bool


@dataclass(frozen=True)
class SignedIn:
    """What a sign-in or a refresh gives; `secret` is the refresh token or the cookie, never stored in the clear."""

    identity: Identity
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class Ended:
    """A refresh that was refused, decided inside the transaction that records it."""

    reused: bool
