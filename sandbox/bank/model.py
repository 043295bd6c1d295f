"""A sandbox bank and what it keeps: accounts, cards, agreements, instructions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

INSTITUTIONS = ("ICBC", "CCB", "CMB", "UNIONLINK", "NETSLINK")
"""Who has books here: three banks, and two payment institutions that reach the cards of all of them."""


def schema_of(institution: str) -> str:
    """Of its books in the database."""
    return institution.lower()


class InstitutionKind(StrEnum):
    BANK = "bank"
    PAYMENT_INSTITUTION = "payment_institution"
    """Issues no cards; asks a card's own bank to move the money, and keeps the company's reserve itself."""


class AccountKind(StrEnum):
    CUSTOMER = "customer"
    RESERVE = "reserve"
    """The payment company's customer money (备付金). Fees never touch it."""
    OPERATING = "operating"
    """The payment company's own money, from which the bank takes its fees; may run below zero between invoices."""
    FEES = "fees"
    VAULT = "vault"
    INTERBANK = "interbank"
    CUSTODY = "custody"
    """Clients' money of a lending platform (存管), apart from the payment company's reserve."""


MAY_BE_NEGATIVE = frozenset({AccountKind.OPERATING, AccountKind.VAULT, AccountKind.INTERBANK})


class InstructionKind(StrEnum):
    CHARGE = "charge"
    PAYOUT = "payout"
    CREDIT_TRANSFER = "credit_transfer"
    """A payment order that came by file; never a row of `instructions`."""


class InstructionState(StrEnum):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


class AgreementState(StrEnum):
    CODE_SENT = "code_sent"
    ACTIVE = "active"
    REFUSED = "refused"


@dataclass(frozen=True)
class Bank:
    """An institution. Amounts in minor units; cut_off in local time; finality: how long an absent instruction may still appear.

    fees_monthly: taken in one sum after the end of each month instead of with each instruction.
    """

    code: str
    kind: InstitutionKind
    name: str
    currency: str
    card_length: int
    prefixes: tuple[str, ...]
    charge_fee_minor: int
    payout_fee_minor: int
    cut_off: time
    finality: timedelta
    largest_amount: int
    fees_monthly: bool = False

    def issued(self, card_number: str) -> bool:
        return len(card_number) == self.card_length and card_number.startswith(self.prefixes)


@dataclass(frozen=True)
class Account:
    id: UUID
    bank: str
    kind: AccountKind
    number: str
    holder_name: str
    currency: str
    balance_minor: int


@dataclass(frozen=True)
class Card:
    number: str
    bank: str
    account_id: UUID
    holder_name: str
    mobile: str


@dataclass(frozen=True)
class Agreement:
    """A customer's consent that the payment company charges her card, given by an SMS code."""

    bank: str
    reference: str
    card_number: str
    state: AgreementState
    refusal_code: str | None
    sms_code: str
    code_sent_at: datetime
    tries: int


@dataclass(frozen=True)
class Order:
    """What the payment company asks for, under its own reference."""

    reference: str
    card_number: str
    holder_name: str | None
    agreement_reference: str | None
    amount: int
    currency: str
    notify_url: str | None


@dataclass(frozen=True)
class Instruction:
    """An order as the bank recorded it. visible_at: from when queries find it; settles_at: when it becomes final."""

    id: UUID
    bank: str
    kind: InstructionKind
    reference: str
    card_number: str
    amount: int
    currency: str
    behaviour: str
    state: InstructionState
    decline_code: str | None
    fee_minor: int
    created_at: datetime
    visible_at: datetime
    settles_at: datetime
    booked_at: datetime | None
    value_on: date | None
    notify_url: str | None
    notifications_left: int


@dataclass(frozen=True)
class Entry:
    """One booking in the bank's books: amount moves from the debit to the credit account."""

    bank: str
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    code: str
    reference: str
    narrative: str
