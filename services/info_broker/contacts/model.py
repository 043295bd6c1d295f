"""How a person is reached: the only personal data of this service, kept in this noun alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """In the clear, for the moment of sealing and of showing; never logged, never in an event. mobile: E.164."""

    name: str
    mobile: str
    email: str | None

    def __repr__(self) -> str:
        return "ContactFacts(…)"


@dataclass(frozen=True, slots=True)
class Contact:
    """As kept: sealed, with masked forms to show. After erasure only the id and the instants remain."""

    id: UUID
    customer: str
    sealed: bytes | None
    name_masked: str | None
    mobile_masked: str | None
    email_masked: str | None
    recorded_at: datetime
    erase_at: datetime | None
    erased_at: datetime | None
