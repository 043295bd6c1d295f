"""Papers behind an application: what they are, and a hash of what they held, so that nothing else can take their place."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class DocumentKind(StrEnum):
    IDENTITY_CARD = "identity_card"
    PROOF_OF_INCOME = "proof_of_income"
    BANK_STATEMENT = "bank_statement"
    PROOF_OF_EMPLOYMENT = "proof_of_employment"
    BUSINESS_LICENCE = "business_licence"
    PAPER_APPLICATION = "paper_application"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Document:
    """sha256, size_bytes: of the content as it was given; media_type: as its first bytes say. The content itself is sealed."""

    id: UUID
    application_id: UUID
    kind: DocumentKind
    media_type: str
    size_bytes: int
    sha256: bytes
    given_by: str
    given_at: datetime
