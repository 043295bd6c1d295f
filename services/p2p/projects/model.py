"""A crowdfunding project (众筹项目): what a creator wants to make, its goal, and the rewards that she promises."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ProjectState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECOMMENDED = "recommended"
    """One of staff has looked at it and is for it; another one decides."""
    OPENING = "opening"
    """Its account in payments is being opened."""
    LIVE = "live"
    COLLECTING = "collecting"
    """Its time is over: backers are charged."""
    FUNDED = "funded"
    """What was collected is paid out by milestone."""
    DELIVERING = "delivering"
    """Everything is paid out: rewards, or the account of what was done with it, are still owed."""
    FULFILLED = "fulfilled"
    UNDELIVERED = "undelivered"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    FAILED = "failed"
    """Nobody was charged, or nobody could be."""
    DECLINED = "declined"
    CANCELLED = "cancelled"


class ProjectEvent(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    RECOMMEND = "recommend"
    APPROVE = "approve"
    DECLINE = "decline"
    OPEN = "open"
    COLLECT = "collect"
    FAIL = "fail"
    FUND = "fund"
    PAY_OUT = "pay_out"
    FULFIL = "fulfil"
    GIVE_UP = "give_up"
    REFUND = "refund"
    REFUNDED = "refunded"
    RETURNED = "returned"
    """The surplus has gone back to those who gave it."""
    CANCEL = "cancel"


class SurplusRule(StrEnum):
    """What becomes of gifts for the public benefit beyond the goal."""

    SAME_PURPOSE = "same_purpose"
    RETURN = "return"
    """It goes back to those who gave it, in proportion."""


@dataclass(frozen=True, slots=True)
class Project:
    """Amounts in minor units. pledged_minor, backers: of pledges that stand, or stood when its time was over (then frozen).

    collected_minor: what backers paid; paid_minor: the creator received; fee_minor: the house received; refunded_minor: went back.
    charged_back_minor: what banks took back after it was collected, with their fees; recovered_minor: put back for it by whoever owed it.
    What is left is on its account. account_id: its own in payments; creator_account_id: her wallet's.
    recommended_by: the first of the two who approve. used_minor: what of it was spent, by the last account of a public benefit.
    """

    id: UUID
    creator: str
    programme_code: str
    programme_version: int
    title: str
    story: str
    shipping_note: str | None
    currency: str
    goal_minor: int
    surplus: SurplusRule | None
    state: ProjectState
    reason: str | None
    recommended_by: str | None
    account_id: UUID | None
    creator_account_id: UUID | None
    pledged_minor: int
    backers: int
    collected_minor: int
    paid_minor: int
    fee_minor: int
    refunded_minor: int
    charged_back_minor: int
    recovered_minor: int
    used_minor: int | None
    use_report: str | None
    made_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    changed_at: datetime
    due_at: datetime | None

    @property
    def held_minor(self) -> int:
        """What is on its account; below zero, what is owed there for chargebacks."""
        return self.net_minor - self.paid_minor - self.fee_minor - self.refunded_minor

    @property
    def net_minor(self) -> int:
        """What backers paid and no bank took back."""
        return self.collected_minor + self.recovered_minor - self.charged_back_minor

    @property
    def public_benefit(self) -> bool:
        """What is given to it is a gift: it has a rule for a surplus, and nobody else has."""
        return self.surplus is not None


@dataclass(frozen=True, slots=True)
class Tier:
    """A reward (档位). stock: None for as many as are asked for; taken: promised to pledges; delivers_on: the day promised."""

    id: UUID
    project_id: UUID
    number: int
    title: str
    description: str
    price_minor: int
    stock: int | None
    taken: int
    delivers_on: date


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a project's state, kept for ever."""

    project_id: UUID
    number: int
    event: ProjectEvent | None
    state: ProjectState
    taken_by: str
    taken_at: datetime
    reason: str | None
