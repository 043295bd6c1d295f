"""What a person agreed to, and until when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Consent:
    id: UUID
    customer: str
    text_version: str
    purposes: tuple[str, ...]
    given_at: datetime
    withdrawn_at: datetime | None
