"""A loan's contract (借款协议): the terms all parties agreed to, and for each party a document of her own, hashed and signed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    BORROWER = "borrower"
    LENDER = "lender"


@dataclass(frozen=True, slots=True)
class Contract:
    """terms: JSON with sorted keys, in which no party is named."""

    loan_id: UUID
    terms: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """amount_minor: what she lends, or borrows. sha256: of her document, hexadecimal; signature: a JWS of this service that says so."""

    loan_id: UUID
    party: str
    role: Role
    amount_minor: int
    sha256: str
    signature: str
