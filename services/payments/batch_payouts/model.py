"""Money a merchant pays out to many (代付), line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MOST_LINES = 10_000


class BatchState(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    PAYING = "paying"
    """Its total is on the batch's own account; lines are paid chunk by chunk."""
    FINISHED = "finished"
    """Every line has its result, and what was not paid is with the merchant again."""
    CANCELLED = "cancelled"


class LineState(StrEnum):
    LISTED = "listed"
    WAITING = "waiting"
    SENT = "sent"
    """With a bank; its result is not final."""
    PAID = "paid"
    REFUSED = "refused"
    RETURNED = "returned"
    """It came back from the payee's bank (退票): the merchant has the money again and may pay it anew."""
    CANCELLED = "cancelled"


OPEN = frozenset({LineState.WAITING, LineState.SENT})


@dataclass(frozen=True)
class LineWish:
    """A line as it was uploaded. One of wallet_id, customer_id, card_id says who is paid."""

    number: str
    amount: int
    wallet_id: UUID | None
    customer_id: UUID | None
    card_id: UUID | None
    note: str


@dataclass(frozen=True)
class Payees:
    """Who can be paid: account by wallet and by customer, in the batch's currency; and bound cards."""

    by_wallet: Mapping[UUID, UUID]
    by_customer: Mapping[UUID, UUID]
    cards: frozenset[UUID]

    def account_of(self, wish: LineWish) -> UUID | None:
        if wish.wallet_id is not None:
            return self.by_wallet.get(wish.wallet_id)
        return None if wish.customer_id is None else self.by_customer.get(wish.customer_id)

    def knows(self, wish: LineWish) -> bool:
        return wish.card_id in self.cards if wish.card_id is not None else self.account_of(wish) is not None


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line. position: its place in the upload, from 0."""

    position: int
    number: str
    code: str
    field: str


@dataclass(frozen=True)
class Batch:
    """number: the merchant's own. batch_account_id: where the total waits, once approved. leftover: what went back to the merchant."""

    id: UUID
    merchant_id: UUID
    owner: str
    account_id: UUID
    currency: str
    number: str
    lines: int
    total: int
    state: BatchState
    batch_account_id: UUID | None
    leftover: int
    requested_by: str
    approved_by: str | None
    requested_at: datetime
    approved_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Line:
    """position: its place in the upload. account_id: of the payee's wallet, or None where a card is paid.

    transfer_id: that paid the wallet, or holds the money while a bank pays. bank: whose reserve pays a card. payout_id: the subject of its
    orders to banks: its own id, or that of its last reissue. late: a bank paid after it had been given up there. due_at: until when a
    returned line is paid anew or taken as cancelled.
    """

    id: UUID
    batch_id: UUID
    position: int
    number: str
    payee: str
    account_id: UUID | None
    card_id: UUID | None
    amount: int
    note: str
    state: LineState
    refusal_code: str | None
    transfer_id: UUID | None
    payout_id: UUID
    instruction_id: UUID | None
    bank: str | None
    late: bool
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Tally:
    """How many lines are in a state, and their sum."""

    state: LineState
    lines: int
    amount: int
