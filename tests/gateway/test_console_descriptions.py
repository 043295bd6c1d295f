"""What the console's payments pages are made of agrees with the contract of payments, and has words in both languages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.console.language import catalogue
from gateway.console.payments.cells import WORDS
from gateway.console.payments.description import Listing
from gateway.console.payments.nouns import LISTS, MATTER_COLUMNS, MATTERS, RECORDS

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: dict[str, Any] = json.loads((ROOT / "services/payments/openapi.json").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
PATHS = {re.sub(r"{\w+}", "{}", path): operations for path, operations in CONTRACT["paths"].items()}
LISTINGS = [*LISTS, *(listing for record in RECORDS.values() for listing in record.lists)]
ACTIONS = [action for record in RECORDS.values() for action in record.actions]
FILES = [file for record in RECORDS.values() for file in record.files]


def operation(path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = PATHS[re.sub(r"{\w+}", "{}", path)][method]
    return found


def schema(given: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[given["$ref"].rpartition("/")[2]] if "$ref" in given else given


def answer(path: str) -> dict[str, Any]:
    return schema(operation(path)["responses"]["200"]["content"]["application/json"]["schema"])


def item(listing: Listing) -> dict[str, Any]:
    return schema(answer(listing.path)["properties"]["items"]["items"])


def members(given: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of an answer, those inside it included."""
    found = schema(given)
    for inner in [*found.get("anyOf", []), *([found["items"]] if "items" in found else [])]:
        yield from members(inner)
    for name, value in found.get("properties", {}).items():
        yield name, value
        yield from members(value)


def words(given: dict[str, Any]) -> set[str]:
    found = schema(given)
    inner = [*found.get("anyOf", []), *([found["items"]] if found.get("type") == "array" else [])]
    return {str(one) for one in found.get("enum", [])}.union(*(words(one) for one in inner))


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.path)
def test_a_lists_columns_are_members_of_its_items(listing: Listing) -> None:
    assert set(listing.columns) <= set(item(listing)["properties"])
    asked = {one["name"] for one in operation(listing.path).get("parameters", []) if one["in"] == "query"}
    assert set(listing.params) | ({"limit", "after"} if listing.paged else set()) <= asked
    if listing.states:
        assert "state" in asked


def test_the_states_that_a_list_is_narrowed_by_are_its_records() -> None:
    for listing in LISTINGS:
        assert set(listing.states) <= words(item(listing)["properties"].get("state", {})), listing.code


def test_every_action_and_file_is_the_services() -> None:
    for action in ACTIONS:
        body = operation(action.path, "post").get("requestBody")
        wanted = schema(body["content"]["application/json"]["schema"]).get("required", []) if body else []
        assert sorted(field.name for field in action.fields) == sorted(wanted), action.code
    for file in FILES:
        asked = {one["name"] for one in operation(file.path).get("parameters", []) if one["in"] == "query"}
        assert set(file.params) <= asked, file.code
    for record in RECORDS.values():
        states = words(answer(record.path)["properties"].get("state", {})) | {"free", "frozen"}
        assert all(set(action.states) <= states for action in record.actions)


def test_the_matters_of_the_desk_are_the_services() -> None:
    assert list(MATTERS) == SCHEMAS["Matter"]["enum"]
    assert set(MATTER_COLUMNS) <= set(SCHEMAS["WaitingAnswer"]["properties"])


def test_everything_has_a_name_in_both_languages() -> None:
    """Also what a record has that no list shows: its page shows all of it."""
    shown = [member for record in RECORDS.values() for member in members(answer(record.path))]
    shown += [
        (name, value) for listing in LISTINGS for name, value in members(item(listing)) if name in listing.columns
    ]
    wanted = {f"field_{name}" for name, _ in shown}
    wanted |= {f"word_{word}" for name, value in shown if name in WORDS for word in words(value)}
    wanted |= {f"field_{field.name}" for action in ACTIONS for field in action.fields}
    wanted |= {f"{kind}_{action.code}" for action in ACTIONS for kind in ("action", "about")}
    wanted |= {f"list_{listing.code}" for listing in LISTINGS} | {f"file_{file.code}" for file in FILES}
    wanted |= {f"noun_{record.noun}" for record in RECORDS.values()} | {f"matter_{matter}" for matter in MATTERS}
    assert wanted - set(catalogue("en")) == set()
    assert wanted - set(catalogue("zh")) == set()
