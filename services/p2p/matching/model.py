"""A run: one pass of an open listing along the queue of standing orders, in rounds, until it is full or nobody is left to ask."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.p2p.standing_orders.model import Bounds


class RunState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"


class Outcome(StrEnum):
    FULL = "full"
    """Nothing was left of the listing."""
    EXHAUSTED = "exhausted"
    """Nobody was left to ask."""
    CLOSED = "closed"
    """The listing took no bids any more."""


class Trigger(StrEnum):
    OPENED = "opened"
    ROOM = "room"
    """A bid went, and its room was free again."""


class Verdict(StrEnum):
    """What a round made of an order that it looked at."""

    CHOSEN = "chosen"
    LENDER_CHOSEN = "lender_chosen"
    """Another order of the same lender stood before it."""
    BELOW_LEAST = "below_least"
    """What was left of the listing was less than its least."""
    LEVEL_TOO_LOW = "level_too_low"
    """Of earlier runs: orders of lenders whose risk level is too low are not looked at any more."""


@dataclass(frozen=True, slots=True)
class Run:
    """reached: the place in the queue up to which the last round looked at orders; considered: how many looks, over all rounds.

    moment, left_minor: the book and what was left of the listing, as the run saw them last; None and 0 before it looked.
    """

    id: UUID
    listing_id: UUID
    number: int
    trigger: Trigger
    state: RunState
    outcome: Outcome | None
    rounds: int
    reached: int
    considered: int
    moment: int | None
    left_minor: int
    started_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """moment: the book as it was when the round looked at it; left_minor: of the listing then; after: the place behind which it began."""

    run_id: UUID
    number: int
    moment: int
    left_minor: int
    after: int
    considered: int
    chosen: int


class Candidate(NamedTuple):
    """An order in the queue that a listing may ask. left_minor: of its budget; refusals: of its holds, in a row."""

    id: UUID
    lender: str
    account_id: UUID
    criteria_id: int
    place: int
    queued_at: datetime
    version: int
    committed_minor: int
    bounds: Bounds
    refusals: int = 0

    @property
    def left_minor(self) -> int:
        return self.bounds.budget_minor - self.committed_minor


class Choice(NamedTuple):
    """amount_minor, bound_by: of a chosen one, what it lends and the cap that bound it; of another, 0 and None."""

    candidate: Candidate
    verdict: Verdict
    amount_minor: int
    bound_by: str | None


class Decision(NamedTuple):
    """A choice as it was written. position: among all looks of the run at orders, from 1; version,
    place, queued_at: of the order, as seen;
    place_after, committed_minor: of the order it became, where it was chosen."""

    run_id: UUID
    round: int
    position: int
    order_id: UUID
    verdict: Verdict
    amount_minor: int
    bound_by: str | None
    bid_id: UUID | None
    version: int
    place: int
    queued_at: datetime
    place_after: int | None
    committed_minor: int


class Asked(NamedTuple):
    """The hold of a bid of an order, as it is asked of the ledger. reserve_minor: what must stay in the lender's wallet beside it;
    refusals: in a row, of the order before."""

    bid_id: UUID
    lender: str
    amount_minor: int
    account_id: UUID
    hold_id: UUID
    reserve_minor: int
    requested_at: datetime
    refusals: int


class Waiting(NamedTuple):
    """A bid of an order whose hold is not answered."""

    bid_id: UUID
    order_id: UUID
    lender: str
    amount_minor: int


class Hold(NamedTuple):
    """The ledger's answer to the hold of a fill. refused: its code, None where the hold stands; refusals: of its order, before."""

    bid_id: UUID
    account_id: UUID
    hold_id: UUID
    refused: str | None
    refusals: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as it was at a moment of the book."""

    version: int
    state: str
    place: int | None
    committed_minor: int
