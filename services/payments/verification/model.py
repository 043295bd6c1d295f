"""What payments says of itself, worked out again from its rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Check:
    """examined: records looked at; offending: ids of those that fail."""

    name: str
    examined: int
    offending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """Money asked of a bank, its result not yet known. kind: charge or payout; record: the top-up or withdrawal."""

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    bank: str
    amount_minor: int
    currency: str
    since_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class CoinFigures:
    """Our books' word on the coins at our addresses, in base units; sending: held for withdrawals, fees included, sent or not."""

    unit: str
    network: str
    issued: int
    sending: int
    outputs: int
    height: int
    best_block: str


@dataclass(frozen=True, slots=True)
class ReserveFigures:
    """Our books' word on the reserve at a bank: what is in it, and what is under way out of it (held) or into it (asked for)."""

    bank: str
    currency: str
    account_id: UUID
    balance_minor: int
    held_minor: int
    asked_for_minor: int
    bank_fees_minor: int
