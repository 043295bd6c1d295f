"""The reserve (备付金) as it is proved for a day: what banks state, what is owed, and every difference by name.

Amounts in minor units. An item's amount is what the ledger has more than the bank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class AccountUse(StrEnum):
    """What a reserve account is for by the custom of the trade. From a collection account nothing is paid out."""

    CUSTODY = "custody"
    """备付金存管账户: keeps the reserve."""
    RECEIPT_AND_PAYMENT = "receipt_and_payment"
    """收付账户"""
    COLLECTION = "collection"
    """汇缴账户"""


class Owed(StrEnum):
    """Who stands behind an account of the ledger."""

    CUSTOMERS = "customers"
    MERCHANTS = "merchants"
    INSTITUTIONS = "institutions"
    """Other services and parties that keep accounts here."""
    ESCROW = "escrow"
    """Held between parties, or set aside for payments to them."""
    REFUNDS_DUE = "refunds_due"
    UNMATCHED = "unmatched"
    """Money that came in and belongs nowhere yet."""
    PARTICIPANTS = "participants"
    """What clearing keeps for its participants."""
    TOKENS_BACKED = "tokens_backed"
    """Money held for tokens; the tokens themselves are proved apart."""
    OWN_FEES = "own_fees"
    """The platform's own, not yet taken out."""
    OWN_CLAIMS = "own_claims"
    """What the platform is owed or has lost: it has to stand behind it with its own."""
    BETWEEN_BOOKS = "between_books"
    """Of passes under way: delivered in one book, still held in the other."""
    RESERVE = "reserve"
    CUSTODY = "custody"
    """Clients' money of lending at a custody bank, and the account of that bank against it: no part of the reserve, and proved by who
    instructs the bank."""
    APART = "apart"
    """No money: where tokens and coins come from."""


class ProofState(StrEnum):
    PROVED = "proved"
    BROKEN = "broken"
    """A difference is left: an open break, others' money that the reserve lacks, own fees that should be out, or what nothing names."""
    INCOMPLETE = "incomplete"
    """A bank's statement of the day is missing, or has not been matched yet."""


class ItemKind(StrEnum):
    RECEIPT_NOT_ON_STATEMENT = "receipt_not_on_statement"
    PAYOUT_NOT_ON_STATEMENT = "payout_not_on_statement"
    BOOKED_LATER = "booked_later"
    """The bank was first: our transfer, perhaps of a break that was resolved since, is of a later day."""
    PAPER = "paper"
    """A break that was explained: the statement contradicts its own balances by it."""
    STATEMENT_DIFFERENCE = "statement_difference"
    """By how much a statement's lines miss its balances: the other side of the above."""
    BREAK = "break"
    UNEXPLAINED = "unexplained"
    CLAIM = "claim"
    """An account below zero, or a matter in suspense: what is missing there is the platform's to bear."""
    FEES_OVERDUE = "fees_overdue"
    """Own fees in the reserve for more than a business day."""

    @property
    def breaks(self) -> bool:
        return self in (ItemKind.BREAK, ItemKind.UNEXPLAINED)


@dataclass(frozen=True)
class Reserve:
    """At a bank: the ledger's account, and the one whose statements are taken in, if there is one."""

    bank: str
    account_id: UUID
    stated_id: UUID | None


@dataclass(frozen=True)
class Carried:
    """A proof of an earlier day, from which one goes on."""

    proof_id: UUID
    day: date
    closed_at: datetime


@dataclass(frozen=True)
class Difference:
    """Of one payment, by our reference: what bank and ledger had of it at the end of the day, and have now.

    value_on: the day on which the bank was to book it. break_id: of its breaks an open one, else one that somebody has ended.
    open, explained, dated: whether one is open, one is of paper with a reason, and one is of days alone: the line stands in another
    day's statement.
    """

    subject: str
    bank: int
    ledger: int
    bank_now: int
    ledger_now: int
    value_on: date | None
    break_id: UUID | None
    open: bool
    explained: bool
    dated: bool


@dataclass(frozen=True)
class Item:
    """bank: None of what concerns no bank. subject: our reference, a line (`line:…`), a transfer (`trf:…`), a statement or an account."""

    bank: str | None
    kind: ItemKind
    subject: str
    break_id: UUID | None
    amount: int


@dataclass(frozen=True)
class Stated:
    """The statement that ends with the day. held_up: why nothing can be said yet; then the rest may be missing."""

    statement_id: UUID | None
    closing: int | None
    held_up: str | None


@dataclass(frozen=True)
class BankPart:
    """statement + timing + paper + breaks + unexplained = ledger, where there is a statement."""

    bank: str
    state: ProofState
    held_up: str | None
    statement_id: UUID | None
    statement_minor: int | None
    timing_minor: int
    paper_minor: int
    breaks_minor: int
    unexplained_minor: int
    ledger_minor: int


@dataclass(frozen=True)
class OwedPart:
    """Of one class: what its accounts had in credit and in debit, and how many of them had anything; of what belongs nowhere yet each
    matter is counted as an account."""

    owed: Owed
    credit_minor: int
    debit_minor: int
    accounts: int


@dataclass(frozen=True)
class Claim:
    """What is below zero. reference: of the matter, on the account of what belongs nowhere yet, else ''."""

    account_id: UUID
    reference: str
    amount: int


@dataclass(frozen=True)
class Standing:
    """All accounts of a currency at one instant. fees, reserves: by account, what it has."""

    classes: tuple[OwedPart, ...]
    claims: tuple[Claim, ...]
    fees: Mapping[UUID, int]
    reserves: Mapping[UUID, int]


@dataclass(frozen=True)
class Proof:
    """reserve = owed + own; own: fees less claims. difference: what of the money owed to others the reserve lacks, so 0 or less.

    version: counted for its day; closed_at: before which everything posted counts; digest: of what it says: the same is not said twice.
    """

    id: UUID
    day: date
    currency: str
    version: int
    state: ProofState
    reserve_minor: int
    owed_minor: int
    own_minor: int
    difference_minor: int
    fees_overdue_minor: int
    closed_at: datetime
    digest: bytes
    made_at: datetime
    made_by: str


@dataclass(frozen=True)
class WholeProof:
    proof: Proof
    banks: tuple[BankPart, ...]
    classes: tuple[OwedPart, ...]
    items: tuple[Item, ...]

    @property
    def id(self) -> UUID:
        return self.proof.id


@dataclass(frozen=True)
class Look:
    """Of a day, by its last proof. settled: proved at every bank, and no break of it open again; unexplained: something there has no
    name; looked_at: when it was proved last."""

    settled: bool
    unexplained: bool
    looked_at: datetime | None


@dataclass(frozen=True)
class AccountTerms:
    """What a reserve account is for from a day on."""

    bank: str
    currency: str
    use: AccountUse
    valid_from_on: date


class FeeWithdrawalState(StrEnum):
    REQUESTED = "requested"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class FeeWithdrawal:
    """Own fees on their way out of the reserve. destination: the platform's own account they go to, in words. due_at: when operators are
    reminded that the bank has not confirmed it."""

    id: UUID
    source: str
    bank: str
    currency: str
    amount: int
    destination: str
    hold_id: UUID
    state: FeeWithdrawalState
    bank_reference: str | None
    requested_at: datetime
    requested_by: str
    due_at: datetime | None
    reminders: int
    ended_at: datetime | None
    ended_by: str | None

    def changed(self, **facts: object) -> "FeeWithdrawal":
        return replace(self, **facts)  # type: ignore[arg-type]
