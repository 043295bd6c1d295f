"""What is counted: facts read from events, figures defined over them, and how well each source is known."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

SOURCES = ("gateway", "payments", "p2p", "ecommerce_credit", "info_broker")


class Group(StrEnum):
    USERS = "users"
    PRODUCTS = "products"
    CHANNELS = "channels"
    CAMPAIGNS = "campaigns"
    RISK = "risk"


class Unit(StrEnum):
    COUNT = "count"
    MINOR = "minor"
    SECONDS = "seconds"
    RATIO = "ratio"


class Dimension(StrEnum):
    PRODUCT = "product"
    CHANNEL = "channel"
    GRADE = "grade"
    CURRENCY = "currency"


@dataclass(frozen=True)
class Fact:
    """One thing an event says about one counter. Empty text: the dimension does not apply.

    amount: minor units of `currency`, or whatever the counter adds up (seconds); may be negative where something is taken back.
    once: with this key the counter takes only the first fact (a customer's first money); None: every fact counts.
    """

    counter: str
    subject: str
    quantity: int = 1
    amount: int = 0
    currency: str = ""
    product: str = ""
    channel: str = ""
    grade: str = ""
    once: str | None = None


@dataclass(frozen=True)
class Total:
    """Quantity and amount of a counter over a period, in one currency ("" for none)."""

    counter: str
    currency: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class DayTotal:
    """Quantity and amount of a counter on one day, in one class of a dimension ("" if not split)."""

    counted_on: date
    label: str
    currency: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class Record:
    """A fact as it was counted, with the event that said so."""

    id: int
    counter: str
    counted_on: date
    source: str
    event_id: str
    event_type: str
    subject: str
    occurred_at: datetime
    quantity: int
    amount: int
    currency: str
    product: str
    channel: str
    grade: str


@dataclass(frozen=True)
class SourceHealth:
    """degraded: it stands still or is not read, so what rests on it may be out of date; last_failure is a kind of fault, no data."""

    name: str
    degraded: bool
    position: int | None = None
    last_event_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str | None = None


@dataclass(frozen=True)
class Period:
    """Business days, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Value:
    """A figure in one currency ("" for none). value: None when there is nothing to divide by; ratio in parts per million."""

    currency: str
    value: int | None
