"""Credit transfers ordered by file: pain.001 in, pain.002 out."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

ANSWERS = {"pain.001.001.03": "pain.002.001.03", "pain.001.001.09": "pain.002.001.10"}
"""By the message that orders, the one that answers."""


class OrderState(StrEnum):
    ACCEPTED = "accepted"
    """To be executed on its day."""
    SETTLED = "settled"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Transfer:
    """One transaction as it is asked for. amount in minor units of currency, None where it is no amount of it."""

    payment_information_id: str
    debtor_account: str
    execute_on: date
    end_to_end_id: str
    creditor_account: str
    creditor_name: str
    amount: int | None
    currency: str


@dataclass(frozen=True)
class Message:
    """name: such as pain.001.001.09. count and control_sum: what its heading claims, the sum as a decimal text or None."""

    name: str
    message_id: str
    count: int
    control_sum: str | None
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True)
class PaymentOrder:
    """One transaction as the bank took it. place: its place in the message; reason: an ISO external status reason, of a rejected one."""

    bank: str
    message_id: str
    message_name: str
    end_to_end_id: str
    place: int
    payment_information_id: str
    creditor_account: str
    creditor_name: str
    amount: int
    currency: str
    execute_on: date
    content_hash: str
    state: OrderState
    reason: str | None
    received_at: datetime
    booked_at: datetime | None
