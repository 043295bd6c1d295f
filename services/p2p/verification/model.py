"""What this service says of itself, so that somebody else can work it out again from the ledger's transfers alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Check:
    """examined: records looked at; offending: ids of those that fail."""

    name: str
    examined: int
    offending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """Money between two records: asked of the ledger, not yet known to be done. job: what finishes it, with `{"id": record}`."""

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    amount_minor: int
    currency: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class AdvanceFigures:
    """The platform's money on debits that are not final: −advanced − moving ≤ the account's balance ≤ −advanced; minor units."""

    currency: str
    account_id: UUID
    advanced_minor: int
    moving_minor: int


@dataclass(frozen=True, slots=True)
class ReceiptsFigures:
    """Where a loan's mandates are debited to: empty, but for what is moving and at most most_minor that its bank has not taken yet.

    advanced_minor: what the platform paid there in the borrower's place, under `p2p.debit.chargeback.advance`; repaid_minor: what of it she
    has paid to the platform, under `….chargeback.repayment`.
    """

    account_id: UUID
    loan_id: UUID
    currency: str
    most_minor: int
    moving: bool
    advanced_minor: int
    repaid_minor: int
