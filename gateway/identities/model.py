"""A person who may sign in: a customer or one of the staff."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

PREFIXES = {"customer": "cus", "staff": "stf"}


class Kind(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


class State(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class Role(StrEnum):
    """What a member of staff does; `rules.ROLE_SCOPES` says what each may."""

    OPERATOR = "operator"
    RISK = "risk"
    FINANCE = "finance"
    MARKETING = "marketing"


@dataclass(frozen=True)
class Contact:
    """Where a person is reached and by what she signs in; normalised, so that equal contacts are equal text."""

    kind: str
    value: str


@dataclass(frozen=True)
class Identity:
    """roles: of staff, empty for customers; channel: by which a customer came, None for staff."""

    id: UUID
    kind: Kind
    state: State
    roles: tuple[Role, ...]
    channel: str | None
    created_at: datetime


@dataclass(frozen=True)
class Credentials:
    """An identity with the Argon2id hash that proves it."""

    identity: Identity
    password_hash: str
