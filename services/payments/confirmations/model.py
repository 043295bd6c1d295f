"""A payer's second factor: her payment password (支付密码), and the payments she confirmed with it. Instants are real time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LIFETIME = timedelta(minutes=5)
"""How long a confirmation may wait for its payment."""
MOST_TRIES = 5
LOCKED = timedelta(hours=3)
"""How long after so many wrong passwords in a row, as wallets have it."""
MOST_LIVE = 20
"""Confirmations of one customer that wait for their payments."""
TOKEN_ALONE = 1
CONFIRMED = 2
"""Factors: the access token of her device is something she has, the password something she knows."""


@dataclass(frozen=True)
class PaymentPassword:
    """sealed: see `vault`; None before she sets her first. locked_until: not looked at before that.

    tries: begun since the last right one; before the first is set, wrong numbers of her identity.
    """

    customer_id: UUID
    sealed: bytes | None
    tries: int
    locked_until: datetime | None
    set_at: datetime | None


class ConfirmationState(StrEnum):
    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Confirmation:
    """subject: what it pays, or whom (`ord_…`, `trd_…`, `pre_…`, `pyc_…`, `mer_…`, `cus_…`, `wal_…`), or
    the address that coins are sent to; amount: minor units.

    used_for: the payment, as limits count it (`limit_takings.source`).
    """

    id: UUID
    customer_id: UUID
    subject: str
    amount: int
    currency: str
    state: ConfirmationState
    made_at: datetime
    expires_at: datetime
    used_for: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """The payment that says it was confirmed."""

    customer_id: UUID
    subject: str
    amount: int
    currency: str
