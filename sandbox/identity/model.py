"""What the sources of the identity service know, and what they answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    POLICE = "police"
    BANK = "bank"
    MOBILE_OPERATOR = "mobile_operator"
    EDUCATION = "education"
    TAX = "tax"
    SOCIAL_SECURITY = "social_security"
    HOUSING = "housing"
    TRANSPORT = "transport"


@dataclass(frozen=True)
class Answered:
    """A question and its answer, known to whoever asks from ready_at on, to nobody if None. code: why not, None for a match."""

    reference: str
    channel: Source
    name: str
    number: str
    code: str | None
    asked_at: datetime
    ready_at: datetime | None


@dataclass(frozen=True)
class Behaviour:
    """code: what every source, or every but the police, says; ready_seconds: None for never."""

    code: str | None = None
    all_but: Source | None = None
    ready_seconds: int | None = 0
    answers: bool = True
    recorded: bool = True
