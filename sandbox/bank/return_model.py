"""What a bank reports after a payment was final."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.bank.model import InstructionKind


class ReportKind(StrEnum):
    PAYOUT_RETURNED = "payout_returned"
    """The payee's bank sent a payout back (退票): it is in the reserve again."""
    CHARGE_REVERSED = "charge_reversed"
    """A charge was taken back: it has left the reserve."""
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    """The cardholder was right: the money has left the reserve."""


@dataclass(frozen=True)
class Report:
    """reference: the bank's own, of the return or dispute; answer_by: until when evidence is taken."""

    bank: str
    reference: str
    kind: ReportKind
    instruction_kind: InstructionKind
    instruction_reference: str
    amount: int
    currency: str
    reason: str
    answer_by: datetime | None
    reported_at: datetime


@dataclass(frozen=True)
class Payment:
    """What a report is about: an instruction, or a payment order by file, under the company's reference."""

    kind: InstructionKind
    reference: str
    card_number: str
    amount: int
    currency: str
    paid: bool


class DisputeState(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class Dispute:
    """due_at: when the bank decides, unless it was asked before: for who gave evidence, else for the cardholder."""

    bank: str
    reference: str
    instruction_reference: str
    amount: int
    currency: str
    state: DisputeState
    evidence_hash: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Afterwards:
    """What happens by itself to a payment of a magic amount, so long after it succeeded."""

    kind: ReportKind
    instruction_kind: InstructionKind
    amount: int
    after: timedelta
    reason: str


AFTERWARDS = (
    Afterwards(ReportKind.PAYOUT_RETURNED, InstructionKind.PAYOUT, 990_077, timedelta(hours=2), "payee_account_closed"),
    Afterwards(
        ReportKind.PAYOUT_RETURNED,
        InstructionKind.CREDIT_TRANSFER,
        990_077,
        timedelta(hours=2),
        "payee_account_closed",
    ),
    Afterwards(ReportKind.CHARGE_REVERSED, InstructionKind.CHARGE, 990_088, timedelta(hours=2), "charged_in_error"),
    Afterwards(ReportKind.DISPUTE_OPENED, InstructionKind.CHARGE, 990_099, timedelta(days=1), "not_recognised"),
)
"""The README shows this table."""
ANSWER_WITHIN = timedelta(days=7)
DECISION_WITHIN = timedelta(days=5)
