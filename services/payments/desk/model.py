"""What waits for an operator: kinds of records whose next step only somebody of ours can decide."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Matter(StrEnum):
    TRADE_DISPUTES = "trade_disputes"
    """Refunds of escrow trades before an arbiter; without a ruling the category's default splits them."""
    RECONCILIATION_BREAKS = "reconciliation_breaks"
    """What a bank, its channel and the ledger do not say alike: resolved by a transfer, or explained."""
    UNMATCHED_MONEY = "unmatched_money"
    """What a bank reported and nothing of ours agrees with: its money is in suspense."""
    PAYOUT_BATCHES = "payout_batches"
    """Payouts to merchants that are not known to have been made."""
    PASSED_OVER = "passed_over"
    """Merchants that the last run of settlement passed over, and why."""
    DEAD_LETTERS = "dead_letters"
    """Events that an endpoint did not take in all its tries."""
    FROZEN_PERSONS = "frozen_persons"
    RISK_REVIEWS = "risk_reviews"
    """Payments that wait until somebody has looked at them; refused when nobody does in time."""
    OVERDUE_RECEIVABLES = "overdue_receivables"
    """What was not repaid in time: collected, or written off."""
    SCREENING_HITS = "screening_hits"
    """Names that may be those of a list of sanctions."""
    TRANSACTION_REPORTS = "transaction_reports"
    """Large and suspicious transactions to be reported, or not, within the days that the rules give."""
    UNCOUNTED_DAYS = "uncounted_days"
    """Days with transfers in units of which no rate is stated: nobody knows whether they are to be reported."""
    UNPROVED_DAYS = "unproved_days"
    """Days of which the last proof of the reserve has a difference, or lacks a statement."""
    FEE_WITHDRAWALS = "fee_withdrawals"
    """Own fees ordered out of the reserve, which the bank is not known to have paid."""
    CLEARING_WINDOWS = "clearing_windows"
    """Closed windows that nobody settles by himself, and windows whose settlement waits for somebody who is short."""
    CLEARING_QUEUE = "clearing_queue"
    """Payments between participants that are made, and that no cap leaves room for."""
    HELD_COINS = "held_coins"
    """Deposits of a regulated coin, until they are released."""
    REGULATED_COINS = "regulated_coins"
    """Coins above their share of all value held, by the rule: an operator says when that is over."""
    COIN_DIFFERENCES = "coin_differences"
    """Chains that have more or less for us than our books say."""
    STUCK_COINS = "stuck_coins"
    """Withdrawals of coins that were asked about very often without an end: no block takes them, or the account is frozen."""


@dataclass(frozen=True)
class Waiting:
    """One record. subject: what it is about, as an id on the wire or a bank; detail: a code, or words that somebody gave as a reason.

    amount: minor units, with its currency, where money is in question. due_at: when it ends or is late without a decision.
    """

    matter: Matter
    id: UUID
    subject: str | None
    since: datetime
    due_at: datetime | None
    amount: int | None
    currency: str | None
    detail: str | None


@dataclass(frozen=True)
class Pile:
    """count: at most MOST_COUNTED of what waits."""

    matter: Matter
    count: int
    oldest_at: datetime | None
    next_due_at: datetime | None
