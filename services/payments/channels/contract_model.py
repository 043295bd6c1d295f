"""What was agreed with a channel, how it has done lately, and which channels may carry an order."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from services.payments.channels.model import InstructionKind, PaymentFiles


@dataclass(frozen=True)
class FeePlan:
    """fixed and a share of the amount, rounded half up, within bounds. Amounts in minor units; most_minor None: no bound."""

    fixed_minor: int
    rate: Decimal
    least_minor: int
    most_minor: int | None


@dataclass(frozen=True)
class Offer:
    """One thing that a channel does: for cards of these banks, None for any."""

    kind: InstructionKind
    banks: frozenset[str] | None
    fee: FeePlan


@dataclass(frozen=True)
class WeeklyWindow:
    """Closed on this day of the week (1 is Monday) from a local time to another; until 00:00 is the end of the day."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class DatedWindow:
    """Closed from an instant to before another."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Licence:
    """valid_until_on: its last day, None while it is open-ended."""

    kind: str
    number: str
    valid_from_on: date
    valid_until_on: date | None


@dataclass(frozen=True)
class Contract:
    """Terms from a day on, until a later version. card_day_minor: most that one card may move through the channel on a business day.

    finality: how long an order that queries do not find may still appear. priority: decides between equal costs, the lowest first.
    payment_files: None where the channel takes none from us, so that operators hand them over.
    """

    channel: str
    name: str
    valid_from_on: date
    offers: tuple[Offer, ...]
    currencies: frozenset[str]
    least_minor: int
    most_minor: int
    card_day_minor: int
    weekly_windows: tuple[WeeklyWindow, ...]
    dated_windows: tuple[DatedWindow, ...]
    finality: timedelta
    priority: int
    licence: Licence
    payment_files: PaymentFiles | None = None


@dataclass(frozen=True)
class Policy:
    """How routing weighs what it knows. half_life: after which an outcome counts half; the prior stands for as many outcomes as its weight.

    failure_cost_minor: what a failed order costs beyond its fee. unreached_limit: silences in a row that close a channel; it is probed
    after probe_after, twice as long after each probe in vain, at most longest_probe. own_fault_codes: declines that are the channel's own
    trouble: they count against it and are worth another channel.
    """

    half_life: timedelta
    prior_rate: Decimal
    prior_weight: int
    failure_cost_minor: int
    unreached_limit: int
    probe_after: timedelta
    longest_probe: timedelta
    attempts: int
    own_fault_codes: frozenset[str]
    licences: dict[str, frozenset[InstructionKind]]


@dataclass(frozen=True)
class Standing:
    """How a channel has done: outcomes weighed by age as of an instant, and silences in a row. probe_at: closed until one is answered."""

    channel: str
    kind: InstructionKind
    successes: Decimal = Decimal(0)
    outcomes: Decimal = Decimal(0)
    as_of: datetime | None = None
    unreached: int = 0
    probes: int = 0
    probe_at: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """An order that has to be carried. card_bank: who issued the card."""

    kind: InstructionKind
    card_bank: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Circumstances:
    """What is so just now. reserves: what each channel's reserve can pay, for payouts; tried: channels that had their attempt."""

    standings: dict[str, Standing] = field(default_factory=dict)
    moved_today_minor: dict[str, int] = field(default_factory=dict)
    reserves_minor: dict[str, int] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()


class Reason(StrEnum):
    """Why a channel does not carry an order; the first that applies is told."""

    ALREADY_TRIED = "already_tried"
    LICENCE_NOT_VALID = "licence_not_valid"
    LICENCE_NOT_FOR_THIS = "licence_not_for_this"
    NOT_OFFERED = "not_offered"
    CURRENCY_NOT_CARRIED = "currency_not_carried"
    BELOW_LEAST = "below_least"
    ABOVE_MOST = "above_most"
    OVER_CARD_DAY_LIMIT = "over_card_day_limit"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    RESERVE_SHORT = "reserve_short"


@dataclass(frozen=True)
class Candidate:
    """success_rate to six places; expected_cost_minor: fee and the cost of failure by its chance, to two places of a minor unit."""

    channel: str
    fee_minor: int
    success_rate: Decimal
    expected_cost_minor: Decimal


@dataclass(frozen=True)
class RefusedChannel:
    channel: str
    reason: Reason


@dataclass(frozen=True)
class Route:
    """Channels in the order in which they would be tried, and the others."""

    candidates: tuple[Candidate, ...]
    refused: tuple[RefusedChannel, ...]
