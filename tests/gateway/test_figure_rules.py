from datetime import date

import pytest

from gateway.operations.figures import FIGURES, Kind
from gateway.operations.model import SOURCES, Fact, Total, Value
from gateway.operations.rules import ACTIVITY, READINGS, facts_of, values_of

TODAY = date(2026, 11, 24)
CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"


def told(source: str, event_type: str, data: dict[str, object]) -> list[Fact]:
    return facts_of(source, event_type, "subject", data, TODAY)


def test_first_money_counts_once_a_customer_and_every_top_up_counts() -> None:
    data = {"customer_id": CUSTOMER, "amount": 500, "currency": "CNY", "bank": "icbc"}
    facts = {fact.counter: fact for fact in told("payments", "payments.top_up.succeeded.v1", data)}
    assert facts["top_ups"].once is None
    assert (facts["top_ups"].amount, facts["top_ups"].currency, facts["top_ups"].channel) == (500, "CNY", "icbc")
    assert facts["first_money_customers"].once == CUSTOMER


def test_whoever_an_event_names_was_active() -> None:
    facts = told("p2p", "p2p.something.unheard_of.v1", {"lender": CUSTOMER, "owner": "p2p"})
    assert [(fact.counter, fact.subject) for fact in facts] == [(ACTIVITY, CUSTOMER)]


def test_an_unknown_type_without_a_customer_counts_as_nothing() -> None:
    assert told("payments", "payments.ledger.batch.v1", {"transfers": 12}) == []


def test_a_promised_field_that_is_missing_stops_the_feed() -> None:
    with pytest.raises(KeyError):
        told("payments", "payments.order.paid.v1", {"amount": 1})


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.code)
def test_every_figure_is_defined_in_both_languages_and_rests_on_known_sources(figure) -> None:  # type: ignore[no-untyped-def]
    assert set(figure.title) == set(figure.definition) == {"en", "zh"}
    assert all(figure.title.values())
    assert all(figure.definition.values())
    assert set(figure.sources) <= set(SOURCES)
    assert figure.counters
    if figure.kind is Kind.RATIO:
        assert len(figure.counters) >= 2


def test_every_event_type_that_is_read_belongs_to_its_source() -> None:
    prefixes = {"ecommerce_credit": ("ecommerce_credit.", "credit.")}
    for source, readings in READINGS.items():
        for event_type in readings:
            assert event_type.startswith(prefixes.get(source, (f"{source}.",)))


def test_values_of_each_kind() -> None:
    totals = [
        Total("orders_paid", "CNY", 2, 300),
        Total("orders_paid", "BRL", 1, 50),
        Total("fills", "", 2, 7),
        Total("top_ups", "CNY", 2, 900),
        Total("top_ups_failed", "", 1, 0),
    ]
    assert values_of(FIGURES["orders_paid"], totals) == [Value("", 3)]
    assert values_of(FIGURES["volume_paid"], totals) == [Value("BRL", 50), Value("CNY", 300)]
    assert values_of(FIGURES["fill_seconds"], totals) == [Value("", 4)]
    assert values_of(FIGURES["top_up_success"], totals) == [Value("", 666_667)]


def test_nothing_counted_is_zero_and_nothing_to_divide_by_is_no_number() -> None:
    assert values_of(FIGURES["orders_paid"], []) == [Value("", 0)]
    assert values_of(FIGURES["volume_paid"], []) == []
    assert values_of(FIGURES["fill_seconds"], []) == [Value("", None)]
    assert values_of(FIGURES["top_up_success"], []) == [Value("", None)]
