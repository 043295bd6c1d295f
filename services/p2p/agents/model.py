"""Who brings borrowers to a branch (线下门店), and what that earns: a commission, taken back when the loan fails early."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Agent:
    """party: whose wallet is paid, `cus_…`; commission_rate: of the principal, never more than the loan's origination fee; clawback_days:
    from the disbursement on, in which a loan that fails costs the commission; ended_at: since when it brings nobody."""

    id: UUID
    party: str
    name: str
    branch: str
    commission_rate: Decimal
    clawback_days: int
    registered_by: str
    registered_at: datetime
    ended_at: datetime | None


class CommissionState(StrEnum):
    ACCRUED = "accrued"
    """Earned by the disbursement; not paid yet."""
    PAID = "paid"
    """In the agent's wallet, and still to be lost."""
    EARNED = "earned"
    TAKING_BACK = "taking_back"
    """The loan failed early: asked back, day by day until the wallet has it."""
    TAKEN_BACK = "taken_back"
    FORFEITED = "forfeited"
    """The loan failed before it was paid."""


class CommissionEvent(StrEnum):
    PAY = "pay"
    EARN = "earn"
    FAIL = "fail"
    TAKE_BACK = "take_back"


@dataclass(frozen=True, slots=True)
class Commission:
    """One for each loan an agent brought. due_at: when it is looked at again; tries: transfers that were refused."""

    id: UUID
    agent_id: UUID
    agent_party: str
    loan_id: UUID
    currency: str
    amount_minor: int
    state: CommissionState
    account_id: UUID | None
    tries: int
    reason: str | None
    accrued_at: datetime
    clawback_until: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What an agent brought and what became of it; amounts in minor units. overdue: owed on loans past due for over thirty days."""

    agent_id: UUID
    currency: str
    loans: int
    lent_minor: int
    outstanding_minor: int
    overdue_loans: int
    overdue_minor: int
    commission_minor: int
    taken_back_minor: int
