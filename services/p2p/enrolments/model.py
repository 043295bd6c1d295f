"""An enrolment: what a lender put into a plan, from joining it until everything has come back.

Its money is her wallet's: it holds nothing, as a standing order, and lends by one of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.p2p.plans.model import Reinvest


class EnrolmentState(StrEnum):
    INVESTING = "investing"
    LOCKED = "locked"
    FREE = "free"
    """The lock-in is over; it goes on until she leaves."""
    EXITING = "exiting"
    """In the exit queue: her claims are offered."""
    SETTLING = "settling"
    """Nothing is left: fees, and what is above the cap, are taken."""
    ENDED = "ended"
    CANCELLED = "cancelled"


INVESTED = frozenset({EnrolmentState.INVESTING, EnrolmentState.LOCKED, EnrolmentState.FREE})
"""What comes back is lent again."""
FINAL = frozenset({EnrolmentState.ENDED, EnrolmentState.CANCELLED})


class EnrolmentEvent(StrEnum):
    CANCEL = "cancel"
    LOCK = "lock"
    UNLOCK = "unlock"
    LEAVE = "leave"
    CLEAR = "clear"
    SETTLE = "settle"
    WAIVE = "waive"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an enrolment brought, and what of it is not the lender's. Amounts in minor units.

    out_minor: lent, and paid for claims; back_minor: of repayments, compensations and sales, fees of sales taken off; lost_minor:
    principal of loans that were given up. peak_minor: the most that was out at once; capital_days: what was out, summed over days.
    fees_minor, excess_minor: the plan's fees, and what is above its cap.
    """

    out_minor: int = 0
    back_minor: int = 0
    lost_minor: int = 0
    peak_minor: int = 0
    capital_days: int = 0
    fees_minor: int = 0
    excess_minor: int = 0

    @property
    def income_minor(self) -> int:
        """Below zero a loss."""
        return self.back_minor - self.out_minor

    @property
    def charged_minor(self) -> int:
        return self.fees_minor + self.excess_minor


@dataclass(frozen=True, slots=True)
class Enrolment:
    """due_at: when time does something to it. returned_minor: what came back of its claims and was given to its order to lend again.

    early: she left before the lock-in was over. attempts: of taking what is charged, each a day after the one before; waived: given up;
    charging: one is with the ledger, and how it ended is not known here yet.
    """

    id: UUID
    lender: str
    plan_code: str
    plan_version: int
    currency: str
    amount_minor: int
    reinvest: Reinvest
    standing_order_id: UUID
    state: EnrolmentState
    reason: str | None
    early: bool
    returned_minor: int
    attempts: int
    waived: bool
    settlement: Settlement
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None
    locked_at: datetime | None = None
    locked_until_at: datetime | None = None
    exiting_at: datetime | None = None
    sold_out_at: datetime | None = None
    ended_at: datetime | None = None
    charging: bool = False


class Fills(NamedTuple):
    """What an enrolment's order has: claims with something outstanding on loans not given up, claims ever, bids and purchases under way.

    not_final: shares of repayments that are being taken back, or that the platform has advanced and may have to take back.
    """

    open_claims: int
    claims: int
    under_way: int
    not_final: int = 0

    @property
    def nothing_left(self) -> bool:
        """Nor comes anything back that was taken for good."""
        return not (self.open_claims or self.under_way or self.not_final)


class Standing(NamedTuple):
    """What an enrolment has in claims. overdue_minor: of outstanding_minor, what nobody may buy:
    on loans with a row past due, or given up; unsellable_minor: on programmes whose claims are never sold."""

    lent_minor: int
    bought_for_minor: int
    sold_for_minor: int
    received_minor: int
    outstanding_minor: int
    overdue_minor: int
    unsellable_minor: int
    offered_minor: int


class ExitQueue(NamedTuple):
    """Those who are leaving. waiting, unsold_minor: how many, and what of their claims is not sold; overdue_minor: of it, what may not be
    sold now; unsellable_minor: what never may, and is paid out as it is repaid. left: who got out in the last ninety days, and how many
    days that took, in the middle and at most."""

    waiting: int
    unsold_minor: int
    overdue_minor: int
    unsellable_minor: int
    left: int
    median_days: int | None
    longest_days: int | None


class Left(NamedTuple):
    """A claim of one who is leaving. sale: of the offer that is open, by id; reason: why there is none, a code."""

    claim_id: UUID
    loan_id: UUID
    outstanding_minor: int
    sale_id: UUID | None
    sold_minor: int
    price_share: str | None
    reason: str | None
