"""Due-day debit (到期扣款): what is due is taken from the borrower's wallet, or by the mandate (委托代扣) that she signed for it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DebitAttempt:
    """A look into the borrower's wallet. round: of the day, 1 in the morning and 2 in the evening; available_minor: what it had."""

    loan_id: UUID
    on_day: date
    round: int
    available_minor: int
    repayment_id: UUID | None
    tried_at: datetime


class MandateState(StrEnum):
    REQUESTED = "requested"
    """Payments has not answered yet."""
    UNSIGNED = "unsigned"
    """The borrower has not signed it there."""
    ACTIVE = "active"
    STOPPED = "stopped"
    """It can be debited no more: revoked, or its card is gone. What is due is taken from the wallet again."""
    ENDED = "ended"
    """By the borrower, with the loan, or because nobody signed it."""


LIVE = (MandateState.REQUESTED, MandateState.UNSIGNED, MandateState.ACTIVE)


@dataclass(frozen=True, slots=True)
class RepaymentMandate:
    """How a borrower repays a loan other than from her wallet. Amounts in minor units.

    most_minor, most_monthly_minor: what may be debited at one time, and in a month; account_id: of the loan, where it comes in;
    mandate_id: `mdt_…` at payments. due_at: until when payments is to answer, or she to sign; of one that is over, when payments is
    to be told so: None once it was.
    """

    id: UUID
    loan_id: UUID
    borrower: str
    currency: str
    most_minor: int
    most_monthly_minor: int
    valid_until: date
    state: MandateState
    reason: str | None
    account_id: UUID | None
    mandate_id: str | None
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None


class DebitState(StrEnum):
    ASKED = "asked"
    """Written down with its number: payments may have it or not."""
    SENT = "sent"
    """With the bank, which has not said how it ended."""
    ADVANCED = "advanced"
    """With the bank, and shared out already with the platform's money."""
    PAID = "paid"
    """Final: it is on the loan's account, and goes from there to the holders, or to who advanced it."""
    SETTLED = "settled"
    FAILED = "failed"
    """Finally: no money moved."""
    BOUNCED = "bounced"
    """It failed after it had been advanced: what was shared out is being taken back."""
    UNWOUND = "unwound"
    """Taken back, and the advance covered."""
    LATE = "late"
    """The bank paid after all what it had refused: it goes to the borrower's wallet."""
    RETURNED = "returned"


OPEN = (DebitState.ASKED, DebitState.SENT, DebitState.ADVANCED, DebitState.PAID, DebitState.BOUNCED)
"""A loan has at most one of these."""


@dataclass(frozen=True, slots=True)
class LoanDebit:
    """One try to debit a mandate. number: among the loan's; amounts in minor units.

    used_minor: what of it pays the repayment, the rest goes to her wallet; advanced: whether the platform's money was shared out before
    the bank's was there. debit_id: `mdb_…` at payments. due_at: when it is looked at again, None once nothing can follow.
    """

    id: UUID
    loan_id: UUID
    repayment_mandate_id: UUID
    number: int
    on_day: date
    amount_minor: int
    used_minor: int
    currency: str
    state: DebitState
    reason: str | None
    debit_id: str | None
    repayment_id: UUID | None
    advanced: bool
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None


class Outcome(StrEnum):
    """What payments says of a debit."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DebitAnswered:
    """reason: a code where it failed."""

    outcome: Outcome
    debit_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """What payments says of a mandate, as far as it matters here."""

    state: str
    customer: str
    account_id: UUID
    currency: str
    most_minor: int
    most_monthly_minor: int
    valid_until: date
