"""Books of the legal entities (账簿): what each has, is owed, earned and lost, day by day, each entry balanced by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.p2p.claims.model import PLATFORM as PLATFORM_HOLDER
from services.p2p.claims.model import is_customer
from services.p2p.losses.model import RESERVE_FUND as FUND_HOLDER

PLATFORM = "platform"
RESERVE_FUND = "reserve_fund"
LENDERS = "lenders"
"""All lenders together: what is in the books of each, and besides what has accrued and what is provided for."""


class Account(StrEnum):
    """The chart, in the order in which it is shown. Debits increase assets and expenses, credits the others."""

    CASH = "cash"
    """Of the platform, the fund and sureties: their accounts in payments. Of lenders: what lending brought or took since the beginning."""
    CLAIMS = "claims"
    """Principal that lenders are owed."""
    COUNTER_CLAIMS = "counter_claims"
    """Principal that whoever paid for a loss, or advanced a reversal, is owed instead (追偿权)."""
    ACCRUED_INTEREST = "accrued_interest"
    """Earned and not received, of loans that accrue; below zero: received before it was earned."""
    ADVANCES = "advances"
    """Advanced for holders beyond the principal that passed for it."""
    PROVISIONS = "provisions"
    FUNDING = "funding"
    """What owners put in and took out: deposits of sureties, capital of the fund, fees withdrawn."""
    CONTRIBUTIONS = "contributions"
    """To the reserve fund, at disbursements."""
    INTEREST_INCOME = "interest_income"
    LATE_INTEREST_INCOME = "late_interest_income"
    FEE_INCOME = "fee_income"
    RESALE_RESULT = "resale_result"
    """Principal that changed hands less its price: gains are credits."""
    FEE_EXPENSE = "fee_expense"
    COMMISSION_EXPENSE = "commission_expense"
    COMPENSATED_INTEREST = "compensated_interest"
    """Interest paid to lenders in a borrower's place."""
    PROVISION_EXPENSE = "provision_expense"
    LOAN_LOSSES = "loan_losses"
    """What was provided for after a loan was given up."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A transfer as these books see it. payer, payee: the entities whose accounts it debits and credits, None of nobody's here.

    holder: the lender on whose behalf it was paid, where neither account is hers; principal_minor: of a claim that changed hands.
    """

    code: str
    currency: str
    amount_minor: int
    payer: str | None
    payee: str | None
    holder: str | None = None
    principal_minor: int = 0


class Entry(NamedTuple):
    """One account of one entity: debit_minor or credit_minor is 0, or both are sums of a day."""

    currency: str
    entity: str
    account: Account
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class BookDay:
    """A day whose postings are in the books. transfers: how many of the ledger's were read."""

    day: date
    transfers: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """An account of a trial balance. opening_minor, closing_minor: debits less credits before the day, and after it."""

    entity: str
    account: Account
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class Provision:
    """What an entity keeps for a loan, from a day on. exposure_minor: principal that it stands to lose; rate_millionths: of that."""

    loan_id: UUID
    entity: str
    on_day: date
    currency: str
    stage: int
    exposure_minor: int
    rate_millionths: int
    provision_minor: int


@dataclass(frozen=True, slots=True)
class StageTotal:
    entity: str
    currency: str
    stage: int
    loans: int
    exposure_minor: int
    provision_minor: int


@dataclass(frozen=True, slots=True)
class CashFigure:
    """What an entity's cash is at the end of a booked day, and the accounts in payments which together have it then."""

    entity: str
    currency: str
    account_ids: tuple[UUID, ...]
    cash_minor: int


def entity_of(holder: str) -> str:
    """A holder of claims as these books name it."""
    return {PLATFORM_HOLDER: PLATFORM, FUND_HOLDER: RESERVE_FUND}.get(holder, holder)


def claims_account(entity: str) -> Account:
    """Under which an entity's claims stand."""
    return Account.CLAIMS if is_customer(entity) or entity == LENDERS else Account.COUNTER_CLAIMS
