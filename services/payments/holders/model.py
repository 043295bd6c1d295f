"""The person behind customers: who she says she is, and what proves it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class CheckChannel(StrEnum):
    """Independent sources outside that know people: each counts once, however often it was asked."""

    POLICE = "police"
    """公安: register of residents."""
    BANK = "bank"
    """商业银行: holder of a bank card."""
    MOBILE_OPERATOR = "mobile_operator"
    """电信: registered user of a mobile number."""
    EDUCATION = "education"
    """教育: certificates of education."""
    TAX = "tax"
    """税务."""
    SOCIAL_SECURITY = "social_security"
    """社保."""
    HOUSING = "housing"
    """住建: housing fund."""
    TRANSPORT = "transport"
    """交通: driving licences."""


class CheckState(StrEnum):
    PENDING = "pending"
    """Asked, or about to be; the answer is not known."""
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"
    """No answer in time: as good as never asked."""


class Verdict(StrEnum):
    """What the service said. UNKNOWN: nothing yet, whatever the reason."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Facts:
    """What a person declares of herself. number: of her resident identity card (居民身份证)."""

    name: str
    number: str


@dataclass(frozen=True)
class Sealed:
    """The same as stored: encrypted, and an index under which the same number is found again."""

    details: bytes
    number_index: bytes
    masked: str


@dataclass(frozen=True)
class Holder:
    """A person, as one or several customers proved to be. proved_at: for the first time."""

    id: UUID
    number_index: bytes
    proved_at: datetime


@dataclass(frozen=True)
class Identity:
    """What a customer declared. holder_id: the person she proved to be, None until a check passed.

    certificate_until, agreed_daily (fen): of the certificate with which she confirms payments, if she has one.
    """

    customer_id: UUID
    details: bytes
    number_index: bytes
    masked: str
    declared_at: datetime
    holder_id: UUID | None = None
    proved_at: datetime | None = None
    checks: int = 0
    face_to_face_at: datetime | None = None
    face_to_face_by: str | None = None
    certificate_until: date | None = None
    agreed_daily: int | None = None


@dataclass(frozen=True)
class Check:
    """One source asked about a customer. due_at: when it is asked again; expires_at: when that ends."""

    id: UUID
    customer_id: UUID
    channel: CheckChannel
    state: CheckState
    failure_code: str | None
    asked_at: datetime
    asked_on: date
    tries: int
    due_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Answer:
    """What the service said of one check; code: its reason, where it has one."""

    verdict: Verdict
    code: str | None = None


@dataclass(frozen=True)
class Freeze:
    """All wallets of a person frozen, by whom and why, until released."""

    id: UUID
    holder_id: UUID
    reason: str
    frozen_by: str
    frozen_at: datetime
    release_reason: str | None = None
    released_by: str | None = None
    released_at: datetime | None = None
