"""A chargeback (退单): a bank takes back what was final, of a pledge or of a loan; and who owes what is missing then."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ChargebackKind(StrEnum):
    REVERSED = "reversed"
    """The bank took the debit back."""
    DISPUTE_LOST = "dispute_lost"
    """The cardholder disputed it, and the bank gave it back to her; that costs a fee besides."""


class ChargebackState(StrEnum):
    NOTED = "noted"
    """Payments has told of it; it waits until nothing else of its project, or loan, is under way."""
    BOOKED = "booked"
    UNMATCHED = "unmatched"
    """Nothing was paid with that debit: what came of it was never counted here."""


class ChargebackEvent(StrEnum):
    BOOK = "book"
    GIVE_UP = "give_up"


class DebtState(StrEnum):
    OWED = "owed"
    SETTLED = "settled"


class DebtRole(StrEnum):
    CREATOR = "creator"
    """She was paid out what the bank has taken back."""
    BACKER = "backer"
    """She had been refunded before her bank gave her the same again."""
    BORROWER = "borrower"
    """Her bank gave her back what holders keep, or what had gone on to her wallet."""


class Payer(StrEnum):
    DEBTOR = "debtor"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Chargeback:
    """source: `rtn_…` or `dsp_…` of payments, told once or often; debit_id: `mdb_…`. fee_minor: what a lost dispute costs beside.

    pledge_id, project_id, or else loan_debit_id: what was paid with it, once it is booked. borne_minor: what of both the project bears with
    money that it has, or a repayment that is taken back makes up; the rest are debts. due_at: when it is looked at again.
    """

    id: UUID
    source: str
    debit_id: str
    kind: ChargebackKind
    reason: str
    amount_minor: int
    fee_minor: int
    currency: str
    state: ChargebackState
    pledge_id: UUID | None
    project_id: UUID | None
    loan_debit_id: UUID | None
    borne_minor: int | None
    noted_at: datetime
    changed_at: datetime
    due_at: datetime | None

    @property
    def whole_minor(self) -> int:
        """What left the project's, or the loan's, account, or is owed there."""
        return self.amount_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Debt:
    """What the creator or the backer owes to a project's account, or a borrower for a loan's. account_id: her wallet's.

    project_account_id: of the project, or of the loan: what is missing there. A loan's is filled up by the platform before anything else
    (advanced_at), and the borrower owes it to the platform. repaid_minor: by her; covered_minor: by the house, which asks nobody for it
    again. trying_minor, trying_payer: of a transfer that is under way, the tries-th. house_at: from when on the house bears what she has
    not; due_at: of the next try.
    """

    id: UUID
    chargeback_id: UUID
    project_id: UUID | None
    loan_id: UUID | None
    role: DebtRole
    debtor: str
    account_id: UUID
    project_account_id: UUID
    amount_minor: int
    currency: str
    repaid_minor: int
    covered_minor: int
    trying_minor: int
    trying_payer: Payer | None
    tries: int
    state: DebtState
    reason: str | None
    advanced_at: datetime | None
    made_at: datetime
    house_at: datetime
    changed_at: datetime
    due_at: datetime | None

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.repaid_minor - self.covered_minor


@dataclass(frozen=True, slots=True)
class Bearing:
    """Who bears a chargeback: the project with what it has, its creator, the backer who was refunded before."""

    project_minor: int
    creator_minor: int
    backer_minor: int
