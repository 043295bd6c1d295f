"""From events to facts, and from sums to figures: plain functions on plain data."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from gateway.operations.figures import Figure, Kind
from gateway.operations.model import Fact, SourceHealth, Total, Value
from gateway.operations.sources import ecommerce_credit, gateway, info_broker, p2p, payments

PARTS_PER_MILLION = 1_000_000
Reading = Callable[[str, Mapping[str, Any]], Sequence[Fact]]
READINGS: Mapping[str, Mapping[str, Reading]] = {
    "gateway": gateway.READINGS,
    "payments": payments.READINGS,
    "p2p": p2p.READINGS,
    "ecommerce_credit": ecommerce_credit.READINGS,
    "info_broker": info_broker.READINGS,
}
# Fields in which the services name the customer who acted.
_CUSTOMER_FIELDS = (
    "customer", "customer_id", "buyer_id", "borrower", "borrower_id", "lender", "lender_id", "owner", "viewer",
)  # fmt: skip
ACTIVITY = "active_customer_days"


def facts_of(source: str, event_type: str, subject: str, data: Mapping[str, Any], on: date) -> list[Fact]:
    """What an event is counted as; nothing for a type unknown here. Raises KeyError if a promised field is missing."""
    reading = READINGS[source].get(event_type)
    facts = list(reading(subject, data)) if reading else []
    return [*facts, *_activity(source, data, on)]


def _activity(source: str, data: Mapping[str, Any], on: date) -> list[Fact]:
    """A customer who did anything was active that day. Keys carry the source, so that feeds never wait for each other."""
    acts = [data, *data.get("placed", ())]
    named = {act.get(field) for act in acts for field in _CUSTOMER_FIELDS}
    customers = sorted(name for name in named if isinstance(name, str) and name.startswith("cus_"))
    return [Fact(ACTIVITY, customer, once=f"{source}/{customer}/{on.isoformat()}") for customer in customers]


def values_of(figure: Figure, totals: Sequence[Total]) -> list[Value]:
    """A figure's values, one a currency; a count without anything counted is 0, a mean or ratio None."""
    held = {(total.counter, total.currency): total for total in totals if total.counter in figure.counters}
    match figure.kind:
        case Kind.QUANTITY | Kind.DISTINCT:
            return [Value("", sum(total.quantity for total in held.values()))]
        case Kind.AMOUNT | Kind.STOCK:
            currencies = sorted({currency for _, currency in held})
            return [
                Value(currency, sum(total.amount for key, total in held.items() if key[1] == currency))
                for currency in currencies
            ]
        case Kind.MEAN:
            quantity = sum(total.quantity for total in held.values())
            amount = sum(total.amount for total in held.values())
            return [Value("", _divided(amount, quantity))]
        case Kind.RATIO:
            part, whole = figure.counters[0], figure.counters[1:]
            above = sum(total.quantity for key, total in held.items() if key[0] == part)
            below = sum(total.quantity for key, total in held.items() if key[0] in whole)
            return [Value("", _divided(above * PARTS_PER_MILLION, below))]


def _divided(above: int, below: int) -> int | None:
    """Rounded half up; None when there is nothing to divide by."""
    return None if below == 0 else (2 * above + below) // (2 * below)


def degraded(figure: Figure, sources: Sequence[SourceHealth]) -> bool:
    """Whether a figure rests on a source that stands still."""
    return any(source.degraded and source.name in figure.sources for source in sources)
