from datetime import datetime

from chassis.ids import encode
from chassis.wire import Answer
from services.payments.desk.model import Matter, Pile, Waiting

# Of what the id of each matter's rows is.
PREFIXES = {
    Matter.TRADE_DISPUTES: "trr",
    Matter.RECONCILIATION_BREAKS: "brk",
    Matter.UNMATCHED_MONEY: "rtn",
    Matter.PAYOUT_BATCHES: "pba",
    Matter.PASSED_OVER: "mer",
    Matter.DEAD_LETTERS: "whd",
    Matter.FROZEN_PERSONS: "hld",
    Matter.RISK_REVIEWS: "rdc",
    Matter.OVERDUE_RECEIVABLES: "rcv",
    Matter.SCREENING_HITS: "sch",
    Matter.TRANSACTION_REPORTS: "trp",
    Matter.UNCOUNTED_DAYS: "rpd",
    Matter.UNPROVED_DAYS: "rpf",
    Matter.FEE_WITHDRAWALS: "rfw",
    Matter.CLEARING_WINDOWS: "clw",
    Matter.CLEARING_QUEUE: "clo",
    Matter.HELD_COINS: "cdp",
    Matter.REGULATED_COINS: "crg",
    Matter.COIN_DIFFERENCES: "crl",
    Matter.STUCK_COINS: "cwd",
}


class PileAnswer(Answer):
    """count: at most 1,000 are counted."""

    matter: Matter
    count: int
    oldest_at: datetime | None
    next_due_at: datetime | None


class DeskAnswer(Answer):
    items: list[PileAnswer]


class WaitingAnswer(Answer):
    """id: of the record to decide on. subject: what it is about; detail: a code, or somebody's reason."""

    id: str
    matter: Matter
    subject: str | None
    since: datetime
    due_at: datetime | None
    amount: int | None
    currency: str | None
    detail: str | None


def pile_answer(pile: Pile) -> PileAnswer:
    return PileAnswer.model_validate(pile)


def waiting_answer(one: Waiting) -> WaitingAnswer:
    return WaitingAnswer(
        id=encode(PREFIXES[one.matter], one.id),
        matter=one.matter,
        subject=one.subject,
        since=one.since,
        due_at=one.due_at,
        amount=one.amount,
        currency=one.currency,
        detail=one.detail,
    )
