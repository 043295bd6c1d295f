"""What a bank channel is asked and what is known of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

TOP_UP, WITHDRAWAL, CARD_RETURN, ORDER_PAYMENT = "top_up", "withdrawal", "card_return", "order_payment"
MANDATE_DEBIT, PAYOUT_LINE = "mandate_debit", "payout_line"
JOBS = {
    TOP_UP: "payments.collect_top_up",
    WITHDRAWAL: "payments.pay_out",
    CARD_RETURN: "payments.return_to_card",
    ORDER_PAYMENT: "payments.collect_order_payment",
    MANDATE_DEBIT: "payments.collect_debit",
    PAYOUT_LINE: "payments.pay_line",
}
"""By purpose, the job that asks the bank for a subject and records the answer; it is given the subject's id."""

PaymentForm = Literal["pain.001.001.03", "pain.001.001.09"]


class InstructionKind(StrEnum):
    CHARGE = "charge"
    """Pull money from a customer's card into the reserve."""
    PAYOUT = "payout"
    """Push money from the reserve to a card."""

    @property
    def moves_out(self) -> bool:
        return self is InstructionKind.PAYOUT


class InstructionState(StrEnum):
    REQUESTED = "requested"
    """Recorded; perhaps sent, nothing heard yet."""
    UNKNOWN = "unknown"
    """Sent without a usable answer, or still processed by the bank: only a query tells."""
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    ABSENT = "absent"
    """Not found at the bank after its stated finality: failed, though still asked about for some days."""
    UNSENT = "unsent"
    """It cannot have reached its bank, and is not sent any more."""


OPEN = frozenset({InstructionState.REQUESTED, InstructionState.UNKNOWN})
FAILED = frozenset({InstructionState.DECLINED, InstructionState.ABSENT, InstructionState.UNSENT})


class Answer(StrEnum):
    """What one exchange with a bank established."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PROCESSING = "processing"
    NOT_FOUND = "not_found"
    NO_ANSWER = "no_answer"
    NOT_SENT = "not_sent"
    """The bank cannot have got it."""


@dataclass(frozen=True)
class BankAnswer:
    """detail: decline code, or why there was no answer; fee_minor: what the bank takes from our own money for it."""

    answer: Answer
    detail: str | None = None
    bank_reference: str | None = None
    fee_minor: int = 0
    settled_at: datetime | None = None
    value_on: date | None = None


@dataclass(frozen=True)
class Instruction:
    """An order to a bank under our reference. asked: queries so far; due_at: next query, None when none is due.

    submitted_at: when it was recorded, and, once it was sent without a usable answer, when it was sent. bank: who carries it, whose
    reserve moves. purpose: what the subject is (`top_up`, `withdrawal`, …). attempt: from 1, one after another. counts: of all
    attempts for a subject the one success that it goes by. sends_open: sendings begun of which nobody knows that they did not arrive.
    """

    id: UUID
    kind: InstructionKind
    bank: str
    subject_id: UUID
    card_id: UUID
    amount: int
    currency: str
    state: InstructionState
    detail: str | None
    bank_reference: str | None
    fee_minor: int
    submitted_at: datetime
    settled_at: datetime | None
    value_on: date | None
    asked: int
    due_at: datetime | None
    purpose: str = ""
    attempt: int = 1
    counts: bool = False
    sends_open: int = 0

    @property
    def settled(self) -> bool:
        return self.state not in OPEN

    def changed(self, **facts: object) -> "Instruction":
        return replace(self, **facts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class PaymentFiles:
    """Payment orders by file (pain.001 in, pain.002 out). form: of the message; accounts: what the channel calls our reserve, by currency.

    cut_off: local time after which a file is for the next day.
    """

    form: PaymentForm
    accounts: Mapping[str, str]
    cut_off: time


@dataclass(frozen=True)
class CardDetails:
    """A card in the clear, on its way to its bank; never shown in a log."""

    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    mobile: str = field(repr=False)


class AgreementState(StrEnum):
    CODE_SENT = "code_sent"
    ACTIVE = "active"
    REFUSED = "refused"
    WRONG_CODE = "wrong_code"


@dataclass(frozen=True)
class AgreementAnswer:
    state: AgreementState
    refusal_code: str | None = None


class Channel(Protocol):
    """A bank, sandbox or real. Every call carries our reference; asking twice under one reference executes once.

    charge, payout and find never raise for the bank's troubles: no usable answer is NO_ANSWER or NOT_SENT. The agreement calls raise
    `clients.errors.ClientError` when the bank cannot be reached.
    """

    bank: str

    async def open_agreement(self, reference: str, card: CardDetails) -> AgreementAnswer: ...

    async def confirm_agreement(self, reference: str, sms_code: str) -> AgreementAnswer: ...

    async def charge(
        self, reference: str, card: CardDetails, agreement_reference: str, amount: int, currency: str
    ) -> BankAnswer: ...

    async def payout(self, reference: str, card: CardDetails, amount: int, currency: str) -> BankAnswer: ...

    async def find(self, kind: InstructionKind, reference: str) -> BankAnswer: ...

    async def answers(self) -> bool:
        """Whether anybody is there: asked of a channel that was silent too often, before a customer's money is tried on it."""
        ...
