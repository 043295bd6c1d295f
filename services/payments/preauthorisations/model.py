"""A pre-authorisation (预授权): a merchant freezes money of a customer's, takes what is due of it, and gives the rest back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PreauthorisationState(StrEnum):
    REQUESTED = "requested"
    """The merchant asks; nothing is frozen."""
    FROZEN = "frozen"
    ENDED = "ended"
    """What was not captured is the customer's again."""
    CLOSED = "closed"
    """It never froze anything."""


class EndReason(StrEnum):
    CAPTURED = "captured"
    """All that was frozen, or the last capture said that it is the last."""
    MERCHANT = "merchant"
    CONSENTED = "consented"
    """The customer asked for the rest, and the merchant agreed."""
    DEADLINE = "deadline"
    """Frozen, or still only asked for, when its time was over."""


@dataclass(frozen=True)
class Preauthorisation:
    """amount: what is frozen at first; captured: what the merchant has of it; minor units. account_id: of the wallet frozen.

    buyer_id: who may agree, anyone if None; who agreed. hold_id: the hold on what is frozen still. release_asked_at: the customer wants
    the rest back. due_at: when the next thing happens by itself; hold_seconds: for how long it may stay frozen.
    """

    id: UUID
    merchant_id: UUID
    merchant_number: str
    subject: str
    amount: int
    currency: str
    captured: int
    buyer_id: UUID | None
    wallet_id: UUID | None
    account_id: UUID | None
    hold_id: UUID | None
    state: PreauthorisationState
    end_reason: EndReason | None
    release_asked_at: datetime | None
    hold_seconds: int
    requested_at: datetime
    agreed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None

    @property
    def frozen(self) -> int:
        """What is frozen still."""
        return self.amount - self.captured if self.state is PreauthorisationState.FROZEN else 0


@dataclass(frozen=True)
class Capture:
    """What the merchant took at one time: the payment of an order. number: 1, 2, … of the pre-authorisation.

    order_id: None of those made before captures were orders.
    """

    id: UUID
    preauthorisation_id: UUID
    number: int
    amount: int
    transfer_id: UUID
    captured_at: datetime
    order_id: UUID | None
