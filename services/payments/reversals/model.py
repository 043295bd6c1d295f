"""A reversal: a transfer that takes back another, in full or in part. Amounts in minor units."""

from dataclasses import dataclass
from uuid import UUID

from services.payments.ledger.model import Outcome, Transfer

MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Reversal:
    """part: its place among the reversals of one transfer, from 1; rest: of the reversed amount, what is left after it."""

    transfer_id: UUID
    reversed_id: UUID
    part: int
    amount: int
    rest: int


@dataclass(frozen=True, slots=True)
class Reversed:
    """How a request to reverse ended: as the ledger decided, which may have been to refuse. rest: what may still be reversed."""

    outcome: Outcome
    reversed_id: UUID
    rest: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """A transfer seen from both sides: what it takes back, and what has taken it back."""

    transfer: Transfer
    reverses: Reversal | None
    reversals: tuple[Reversal, ...]

    @property
    def rest(self) -> int:
        return self.reversals[-1].rest if self.reversals else self.transfer.amount
