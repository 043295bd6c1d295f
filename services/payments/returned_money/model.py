"""What banks report after a payment was final, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReportKind(StrEnum):
    PAYOUT_RETURNED = "payout_returned"
    """A payout of ours came back (退票): it is in the reserve again."""
    CHARGE_REVERSED = "charge_reversed"
    """A charge was taken back: it has left the reserve."""
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    """The cardholder got her money back: it has left the reserve."""


class ReportState(StrEnum):
    REPORTED = "reported"
    """Not acted on yet: what it is about is not final, or the ledger's reserve is short of it just now."""
    BOOKED = "booked"
    UNMATCHED = "unmatched"
    """Nothing of ours agrees with it: its money is in suspense, and operators clear it up."""
    CLEARED = "cleared"


@dataclass(frozen=True)
class ReportedByBank:
    """As the bank gave it. position: its place in the bank's list; instruction_reference: ours."""

    position: int
    reference: str
    kind: ReportKind
    instruction_kind: str
    instruction_reference: str
    amount: int
    currency: str
    reason: str
    answer_by: datetime | None


@dataclass(frozen=True)
class Report:
    """bank_reference: the bank's own, accepted once of a kind; position: its place in the bank's list.

    original: our record (`wdr_…`, `tup_…`), once it is known; owner: whose. taken, owed: of a charge taken back, what its account gave and
    what it owes since. held_up: why it could not be acted on yet, or why nothing agrees with it. due_at: by when it is acted on, or
    cleared; try_at: when it is looked at again.
    """

    id: UUID
    bank: str
    position: int
    bank_reference: str
    kind: ReportKind
    instruction_kind: str
    instruction_reference: str
    amount: int
    currency: str
    reason: str
    answer_by: datetime | None
    original: str | None
    owner: str | None
    state: ReportState
    taken: int
    owed: int
    held_up: str | None
    tries: int
    reported_at: datetime
    try_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Original:
    """The payment a report is about. record: `tup_…`, `wdr_…`, id: of its row; account_id: who got the money of a charge, or gave that of
    a payout; instruction_id: the order to the bank.

    final: whether it is known that the bank paid.
    """

    record: str
    id: UUID
    instruction_id: UUID
    owner: str
    account_id: UUID
    bank: str
    amount: int
    currency: str
    final: bool
