"""What is counted rests on published contracts alone: every reading works on the least that its event type promises."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.identities.events import EVENT_TYPES
from gateway.operations.figures import FIGURES
from gateway.operations.rules import ACTIVITY, READINGS

ROOT = Path(__file__).resolve().parents[2]
# What a reading looks for in an event, where the simplest value would count as nothing.
TELLING = {"ecommerce_credit.import.finished.v1": {"source": "olist.orders"}}
BEHIND = [source for source in READINGS if source != "gateway"]


def contract_of(source: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "services" / source / "openapi.json").read_text(encoding="utf-8"))
    return document


def promised(contract: dict[str, Any], event_type: str) -> dict[str, Any]:
    """The least that an event's data may be: required fields alone, each the simplest value of its schema."""
    body = contract["webhooks"][event_type]["post"]["requestBody"]["content"]["application/json"]["schema"]
    least = _simplest(contract, body)
    assert isinstance(least, dict)
    return least | {name: value for name, value in TELLING.get(event_type, {}).items() if name in least}


def _simplest(contract: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _simplest(contract, contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _simplest(contract, schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: _simplest(contract, schema["properties"][name]) for name in schema.get("required", [])}
    if schema["type"] == "array" and schema.get("minItems"):
        return [_simplest(contract, schema["items"])]
    return {"integer": 1, "number": 1, "boolean": True, "string": "text", "array": []}[schema["type"]]


@pytest.mark.parametrize("source", BEHIND)
def test_every_reading_is_of_a_published_type_and_asks_for_promised_fields(source: str) -> None:
    contract = contract_of(source)
    for event_type, reading in READINGS[source].items():
        facts = reading("subject", promised(contract, event_type))
        assert facts, event_type
        assert all(type(fact.amount) is int and type(fact.quantity) is int for fact in facts)


def test_the_gateways_own_readings_are_of_its_own_types() -> None:
    for event_type, reading in READINGS["gateway"].items():
        assert reading("subject", EVENT_TYPES[event_type].model_construct(channel="direct").model_dump(warnings=False))


@pytest.mark.parametrize("source", BEHIND)
def test_something_is_counted_from_every_source(source: str) -> None:
    assert READINGS[source]


def test_every_counter_of_a_figure_is_filled_by_a_reading() -> None:
    filled = {ACTIVITY}
    for source in BEHIND:
        contract = contract_of(source)
        for event_type, reading in READINGS[source].items():
            filled |= {fact.counter for fact in reading("subject", promised(contract, event_type))}
            late = {
                name: 1 if name == "overdue_days" else value for name, value in promised(contract, event_type).items()
            }
            punctual = late | {"overdue_days": 0}
            filled |= {fact.counter for data in (late, punctual) for fact in reading("subject", data)}
    filled |= {"registrations"}
    missing = {name for figure in FIGURES.values() for name in figure.counters} - filled
    assert missing == set()
