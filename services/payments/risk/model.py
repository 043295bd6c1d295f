"""What a payment is judged by, what came of it, and payments that are parked until somebody has said more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

DEVICE_HEADER, COUNTRY_HEADER, DECISION_HEADER = "sifang-device", "sifang-country", "sifang-decision"
CHALLENGE = timedelta(minutes=5)
"""Real time: how long a challenge may be answered, and how long what was answered may wait for its payment."""
MOST_TRIES = 5
MOST_PARKED = 20
"""Open parked payments of one person."""
REVIEW_SECONDS = 86_400
RELEASED_SECONDS = 86_400
KEEP = timedelta(days=90)
"""Decisions, and what windows count: no window is longer."""


class Kind(StrEnum):
    """What kind of payment it is. Whoever moves money in another way adds one."""

    ORDER_PAYMENT = "order_payment"
    CARD_PAYMENT = "card_payment"
    FINANCED_PAYMENT = "financed_payment"
    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"
    PERSON_TRANSFER = "person_transfer"
    PREAUTHORISATION = "preauthorisation"
    BATCH_PAYOUT = "batch_payout"
    MANDATE_DEBIT = "mandate_debit"
    REFUND = "refund"
    TOKEN_PURCHASE = "token_purchase"
    CAMPAIGN_FUNDING = "campaign_funding"
    TOKEN_TRANSFER = "token_transfer"
    TOKEN_REDEMPTION = "token_redemption"
    COIN_WITHDRAWAL = "coin_withdrawal"


class Outcome(StrEnum):
    """In order: of several rules the last of these that one says."""

    PASS = "pass"
    STEP_UP = "step_up"
    REVIEW = "review"
    REFUSE = "refuse"

    @property
    def weight(self) -> int:
        return _WEIGHTS[self]


_WEIGHTS = {outcome: place for place, outcome in enumerate(Outcome)}


class Subject(StrEnum):
    """Whose payments a window counts. payee: the merchant, or whoever else is paid."""

    PERSON = "person"
    CARD = "card"
    DEVICE = "device"
    PAYEE = "payee"


class Listed(StrEnum):
    """What of a payment may stand on a list. device: as the client names it; kept hashed, like everything on lists."""

    PERSON = "person"
    CARD = "card"
    DEVICE = "device"
    PAYEE = "payee"
    COUNTRY = "country"


class Screening(StrEnum):
    """What is remembered of a person's name against lists of names."""

    UNKNOWN = "unknown"
    CLEAR = "clear"
    POSSIBLE = "possible"
    MATCH = "match"


@dataclass(frozen=True)
class Intent:
    """A payment that is about to be made.

    reference: the record it makes (`ptr_…`); person: who pays, or whose money it is (`cus_…`, a service); amount: minor units;
    payee: who gets it (`mer_…`, `cus_…`, `crd_…`); payees: who else does, for lists of payees; subject: what is paid (`ord_…`), the
    payee unless told; account_id: what is held while it is parked; factors: how many confirmed it; worth: in fen, of what no rate is
    stated (tokens, coins). present: the person asks herself, so that device and country are hers.
    """

    kind: Kind
    reference: str
    person: str
    amount: int
    currency: str
    payee: str
    subject: str = ""
    card: str | None = None
    account_id: UUID | None = None
    factors: int = 1
    worth: int | None = None
    present: bool = False
    device: str | None = None
    country: str | None = None
    payees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Window:
    """kind: None, all kinds. Counts what passed in the last seconds, the payment in question included."""

    subject: Subject
    kind: Kind | None
    seconds: int


@dataclass(frozen=True)
class Reason:
    """A rule that said something, and the values it saw."""

    code: str
    outcome: Outcome
    zh: str
    en: str
    seen: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """expires_seconds: how long a refusal is remembered."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    expires_seconds: int = 0


@dataclass(frozen=True)
class Decision:
    """record: the id that `reference` spells; holder_id: the person behind a customer who has proved who she is;
    device: hashed; counted: the amount in fen;     wish: hash of all that binds it; presented: the parked payment it carries out.

    decided_at: business time, also the instant at which windows count it; expires_at: until then a refusal answers for its like.
    """

    id: UUID
    ruleset_id: UUID | None
    kind: Kind
    reference: str
    record: UUID
    person: str
    holder_id: UUID | None
    payee: str
    subject: str
    card: str | None
    device: str | None
    country: str | None
    amount: int
    currency: str
    counted: int
    outcome: Outcome
    reasons: list[dict[str, Any]]
    wish: UUID
    presented: UUID | None
    decided_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class ShadowDecision:
    """What a ruleset in shadow would have said. outcome: what counted."""

    ruleset_id: UUID
    decision_id: UUID
    outcome: Outcome
    shadow_outcome: Outcome
    codes: list[str]


class ParkingState(StrEnum):
    WAITING_CHALLENGE = "waiting_challenge"
    WAITING_REVIEW = "waiting_review"
    RELEASED = "released"
    """It may be made now, once."""
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"


OPEN = frozenset({ParkingState.WAITING_CHALLENGE, ParkingState.WAITING_REVIEW, ParkingState.RELEASED})


class EndReason(StrEnum):
    EXPIRED = "expired"
    TRIES_USED = "tries_used"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    NOT_USED = "not_used"
    """Released, and not made in time."""
    SUPERSEDED = "superseded"
    """The same payment has to be reviewed by now."""


@dataclass(frozen=True)
class Parking:
    """A payment that waits. id: of the decision that parked it; hold_id: of its money, if it comes out of an account here.

    challenge_until: real time; review_until: business time; while it is open one of the two says when it ends by itself.
    decided_by: the operator; words: why. used_for: the record that its payment made.
    """

    id: UUID
    kind: Kind
    person: str
    wish: UUID
    payee: str
    subject: str
    amount: int
    currency: str
    state: ParkingState
    tries: int
    hold_id: UUID | None
    account_id: UUID | None
    released_seconds: int
    parked_at: datetime
    challenge_until: datetime | None
    review_until: datetime | None
    decided_by: str | None = None
    words: str | None = None
    used_for: str | None = None
    end_reason: EndReason | None = None
    ended_at: datetime | None = None


class RulesetState(StrEnum):
    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True)
class Ruleset:
    """number: its version. document: as `language` reads it, never changed."""

    id: UUID
    number: int
    state: RulesetState
    document: Mapping[str, Any]
    note: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class RulesetStep:
    """One change of a ruleset's state. rollback: it had been live before."""

    id: UUID
    ruleset_id: UUID
    before: RulesetState | None
    after: RulesetState
    rollback: bool
    reason: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class ShadowReport:
    """What a ruleset in shadow would have said beside what counted, by pair of outcomes; ids of some where the two differ."""

    ruleset_id: UUID
    decisions: int
    agreed: int
    pairs: tuple[tuple[Outcome, Outcome, int], ...]
    codes: tuple[tuple[str, int], ...]
    different: tuple[UUID, ...]


@dataclass(frozen=True)
class RiskList:
    id: UUID
    name: str
    holds: Listed
    made_by: str
    made_at: datetime
    entries: int = 0
