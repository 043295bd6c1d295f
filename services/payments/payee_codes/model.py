"""A static payee code (收款码): printed once, paid by anybody, to a merchant or a person."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class PayeeCodeState(StrEnum):
    OPEN = "open"
    REVOKED = "revoked"


@dataclass(frozen=True)
class PayeeCode:
    """Of a merchant, or of a customer's wallet. owner: the party that opened it and may revoke it."""

    id: UUID
    owner: str
    merchant_id: UUID | None
    wallet_id: UUID | None
    currency: str
    label: str
    state: PayeeCodeState
    opened_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class Caps:
    """What static codes may take from a day on, in minor units; source: who says so.

    per_payment: at one time; payer_per_day: by one payer over all codes; code_per_day: by one code.
    """

    currency: str
    from_on: date
    per_payment: int
    payer_per_day: int
    code_per_day: int
    source: str


@dataclass(frozen=True)
class CodePayment:
    """What was paid by a code: an order of the merchant's, or a transfer to the person."""

    id: UUID
    code_id: UUID
    payer_id: UUID
    amount: int
    currency: str
    note: str
    order_id: UUID | None
    person_transfer_id: UUID | None
    paid_at: datetime
    paid_on: date
