"""Contracts with merchants, and what becomes of their proceeds."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class RefundPolicy(StrEnum):
    """What happens to a refund for which the merchant's own money does not suffice."""

    WAIT = "wait"
    ADVANCE = "advance"
    """The platform pays it and takes it back out of the next settlements."""


class PayoutWay(StrEnum):
    BALANCE = "balance"
    """The merchant's account here, out of which she pays or withdraws herself."""
    BANK = "bank"


@dataclass(frozen=True)
class Contract:
    """Terms from a day on; rates in millionths. It holds until the merchant's next one does, and is never changed.

    cycle_days: n of T+n. cut_off_minutes: after midnight; what is paid before it belongs to the day.
    reserve_days: from settlement to release. share_limit_millionths: the most of an order that may be shared out.
    """

    id: UUID
    merchant_id: UUID
    effective_on: date
    plan_id: UUID
    cycle_days: int
    cut_off_minutes: int
    reserve_rate_millionths: int
    reserve_days: int
    refund_policy: RefundPolicy
    share_limit_millionths: int
    payout: PayoutWay
    payout_account_id: UUID | None
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True)
class Position:
    """How far a merchant is settled. window_on: the day whose cut-off is settled next; due_at: when.

    settled_until: what was paid before is settled, but for payments that were committed late.
    skipped_code: why the last run passed her over.
    """

    merchant_id: UUID
    reserve_account_id: UUID
    window_on: date
    due_at: datetime
    settled_until: datetime
    skipped_code: str | None = None


@dataclass(frozen=True, slots=True)
class DuePosition:
    """A position with what of its merchant a run needs."""

    position: Position
    owner: str
    currency: str
    account_id: UUID
    proceeds_account_id: UUID
    usable: bool
    """Neither closed nor frozen, in whole or in part."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a run settles of a merchant: orders paid before until_at, the cut-off of day `on`, under the contract of that day."""

    contract: Contract
    on: date
    until_at: datetime
    next_due_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """An order in the settlement that took it. refunded_minor: what had been given back of it by then; fee_minor: for the whole of it."""

    order_id: UUID
    settlement_id: UUID
    refunded_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The orders that one settlement took, summed up. fee_minor: less what refunds so far return of it. last_paid_at: of the latest."""

    settlement_id: UUID
    orders: int
    gross_minor: int
    refunded_minor: int
    fee_minor: int
    last_paid_at: datetime
    volumes: tuple[tuple[date, int], ...]
    """By month, with its first day."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a lender may take: of the base at most that share, and never more than is left of its cap."""

    deduction_id: UUID
    account_id: UUID
    share_millionths: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Division:
    """How proceeds divide: their sum is what was divided. deductions: as the claims, in their order."""

    fee: int
    shares: int
    receivable: int
    deductions: tuple[int, ...]
    reserve: int
    net: int


@dataclass(frozen=True)
class Settlement:
    """gross − refunded = fee + shares + receivable + deductions + reserve + net, in minor units.

    window_on, cut_off_at: the day it is of, and up to when orders were taken.
    """

    id: UUID
    merchant_id: UUID
    contract_id: UUID
    currency: str
    window_on: date
    cut_off_at: datetime
    settled_on: date
    settled_at: datetime
    orders: int
    gross_minor: int
    refunded_minor: int
    fee_minor: int
    shares_minor: int
    receivable_minor: int
    deductions_minor: int
    reserve_minor: int
    net_minor: int


@dataclass(frozen=True)
class Receivable:
    """What the platform paid for a merchant's refund, to be collected out of her next settlements."""

    id: UUID
    merchant_id: UUID
    order_id: UUID
    currency: str
    amount: int
    collected: int
    raised_at: datetime


@dataclass(frozen=True)
class Holding:
    """Kept back of a settlement until due_at. drawn: spent on refunds before; released: given to the merchant."""

    settlement_id: UUID
    merchant_id: UUID
    currency: str
    amount: int
    drawn: int
    released: int
    due_at: datetime
    released_at: datetime | None

    @property
    def left(self) -> int:
        return self.amount - self.drawn - self.released


@dataclass(frozen=True, slots=True)
class Draw:
    """Where the money of a refund comes from: accounts to debit, whose amounts make up the refund, unless `short` says what is missing.

    settled: whether the order's proceeds were. fee_back: what of its fee comes back with this refund.
    """

    sources: tuple[tuple[UUID, int], ...]
    settled: bool
    fee_back: int = 0
    short: int = 0
