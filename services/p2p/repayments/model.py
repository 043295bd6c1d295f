"""A repayment: from the borrower's wallet to every holder, to the minor unit, all of it or nothing.

What it pays is fixed when it is asked for: of which rows of the schedule, of which kinds, and to whom.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class RepaymentState(StrEnum):
    PENDING = "pending"
    """Its shares are fixed; the ledger has not answered."""
    SHARED = "shared"
    REFUSED = "refused"
    REVERSING = "reversing"
    """It was paid with money that did not stay: it is taken back, holder by holder."""
    REVERSED = "reversed"


class RepaymentSource(StrEnum):
    BORROWER = "borrower"
    COLLECTION = "collection"
    """Taken on or after the due day."""
    PARTNER = "partner"
    """Passed on by who proposed the loan, to whom the borrower had paid it."""


class Keep(StrEnum):
    """What a payment ahead of time leaves as it is."""

    TERM = "term"
    """The instalments get smaller."""
    INSTALMENT = "instalment"
    """The loan ends sooner."""


class ShareKind(StrEnum):
    PRINCIPAL = "principal"
    INTEREST = "interest"
    LATE = "late"


class PartKind(StrEnum):
    """What money pays of a row; a fee goes to the platform, the others to the holders."""

    LATE = "late"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Repayment:
    """row_number: the first row it pays of; attempt: from 1, counting repayments that began with that row; amounts in minor units.

    number: among the loan's repayments, in the order in which they were asked for; paid_on: the day as of which it pays; keep: None where
    it pays no principal ahead of time; shared_at: when its shares were its holders', taken back since or not. account_id: from which it is
    paid: the borrower's wallet; the loan's account through which payer passes on what she had paid him; or that into which a mandate is
    debited, of which advance_account_id lends the money until the bank's is there. by_book: holders' accounts are in several books.
    """

    id: UUID
    loan_id: UUID
    row_number: int
    attempt: int
    borrower: str
    account_id: UUID
    amount_minor: int
    principal_minor: int
    interest_minor: int
    currency: str
    state: RepaymentState
    reason: str | None
    requested_at: datetime
    changed_at: datetime
    paid_on: date
    number: int = 1
    late_minor: int = 0
    fee_minor: int = 0
    keep: Keep | None = None
    source: RepaymentSource = RepaymentSource.BORROWER
    shared_at: datetime | None = None
    payer: str | None = None
    by_mandate: bool = False
    advance_account_id: UUID | None = None
    by_book: bool = False


@dataclass(frozen=True, slots=True)
class Funds:
    """The account that a repayment is shared out from, where that is not the borrower's wallet: where a debit's money comes in, or through
    which a payer passes on what she was paid. advance_account_id: the platform's, which lends a debit's until it is there.
    """

    account_id: UUID
    advance_account_id: UUID | None = None
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a repayment pays of one kind of one row. from_on, to_on: the days over which that was earned."""

    repayment_id: UUID
    row_number: int
    kind: PartKind
    amount_minor: int
    from_on: date
    to_on: date


class Share(NamedTuple):
    """One holder's part of one kind of money, and the transfer that brings it. amount_minor: by which her claim is paid; of that the
    platform has collection_fee_minor, for it came late, and interest_fee_minor, for looking after her interest."""

    repayment_id: UUID
    claim_id: UUID
    kind: ShareKind
    holder: str
    account_id: UUID
    amount_minor: int
    transfer_id: UUID
    collection_fee_minor: int = 0
    interest_fee_minor: int = 0

    @property
    def fee_minor(self) -> int:
        return self.collection_fee_minor + self.interest_fee_minor

    @property
    def received_minor(self) -> int:
        """What reaches her."""
        return self.amount_minor - self.collection_fee_minor - self.interest_fee_minor


@dataclass(frozen=True, slots=True)
class Reversal:
    """holders_keep: the platform pays all of it; hold_id: on what the borrower has from it, at most held_minor."""

    repayment_id: UUID
    reason: str
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    holders_keep: bool = False
    hold_id: UUID | None = None
    held_minor: int = 0


@dataclass(frozen=True, slots=True)
class ReversalPart:
    """What is added, in minor units, so that one holder can give back all that she received. borne: all of it, past her account."""

    repayment_id: UUID
    claim_id: UUID
    attempt: int
    advance_minor: int
    borne: bool = False


@dataclass(frozen=True, slots=True)
class DistributionAccount:
    """Where money of a loan's repayment rests on its way to holders in other books: zero, unless `moving`."""

    loan_id: UUID
    book_id: int
    currency: str
    account_id: UUID
    moving: bool
