"""What the console's payments pages are made of agrees with the contract of payments, and has words in both languages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.console.language import LANGUAGES, Language, catalogue
from gateway.console.payments.cells import OPENS, WORDS, Writing, described
from gateway.console.payments.description import Listing, Part, Record
from gateway.console.payments.nouns import GROUPS, LISTS, MATTER_COLUMNS, MATTER_OPENS, MATTERS, NAMED, RECORDS

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: dict[str, Any] = json.loads((ROOT / "services/payments/openapi.json").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
PATHS = {re.sub(r"{\w+}", "{}", path): operations for path, operations in CONTRACT["paths"].items()}
PAGES = [*RECORDS.values(), *NAMED.values()]
LISTINGS = [*LISTS, *(listing for record in PAGES for listing in record.lists)]
ACTIONS = [action for record in PAGES for action in record.actions]
FILES = [file for record in PAGES for file in record.files]
PARTS = [part for record in PAGES for part in record.parts]


def operation(path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = PATHS[re.sub(r"{\w+}", "{}", path)][method]
    return found


def schema(given: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[given["$ref"].rpartition("/")[2]] if "$ref" in given else given


def answer(path: str) -> dict[str, Any]:
    return schema(operation(path)["responses"]["200"]["content"]["application/json"]["schema"])


def item(listing: Listing | Record) -> dict[str, Any]:
    return schema(answer(listing.path)["properties"]["items"]["items"])


def page(record: Record) -> dict[str, Any]:
    return answer(record.path) if record.found_by is None else item(record)


def shown_of(part: Part) -> dict[str, Any]:
    return answer(part.path) if part.member is None else schema(answer(part.path)["properties"][part.member])


def sample(given: dict[str, Any]) -> Any:
    """A value as the contract allows it, with every member that there may be."""
    found = schema(given)
    for inner in found.get("anyOf", []):
        if inner.get("type") != "null":
            return sample(inner)
    if "properties" in found:
        return {name: sample(value) for name, value in found["properties"].items()}
    if found.get("type") == "array":
        return [sample(found["items"])]
    written = {"date-time": "2026-11-26T00:00:00Z", "date": "2026-11-26"}.get(found.get("format", ""), "CNY")
    plain = {"integer": 12, "number": 1, "boolean": True, "object": {"op": ">"}}.get(found.get("type", ""), written)
    return [*found.get("enum", []), *found.get("examples", []), plain][0]


def states_of(record: Record) -> set[str]:
    """Of a person, whether she is free; of a decision, those of the payment that was parked for it."""
    parked = page(record)["properties"].get("parked", {})
    inside = [schema(one)["properties"]["state"] for one in parked.get("anyOf", []) if "$ref" in one]
    return words(page(record)["properties"].get("state", {})).union({"free", "frozen"}, *map(words, inside))


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
        document = schema(body["content"]["application/json"]["schema"]) if body else {}
        sent = {field.name for field in action.fields if field.required} | ({action.names} if action.names else set())
        assert sent == set(document.get("required", [])), action.code
        assert {field.name for field in action.fields} <= set(document.get("properties", {})), action.code
    for file in FILES:
        asked = {one["name"] for one in operation(file.path).get("parameters", []) if one["in"] == "query"}
        assert set(file.params) <= asked, file.code
    for record in PAGES:
        for states in [*(one.states for one in record.actions), *(one.states for one in record.parts)]:
            assert set(states) <= states_of(record), record.noun


def test_what_is_known_by_a_code_is_found_by_it() -> None:
    """What opens a record that has no id in its path names one that there is; what is found in a list has the member it is found by."""
    opened = [
        *OPENS.values(),
        *MATTER_OPENS.values(),
        *(noun for listing in LISTINGS for noun in listing.opens.values()),
    ]
    assert set(opened) <= set(NAMED)
    assert set(MATTER_OPENS) <= set(MATTERS)
    for listing in LISTINGS:
        assert set(listing.opens) <= set(listing.columns), listing.code
    for record in PAGES:
        assert record.found_by is None or record.found_by in item(record)["properties"], record.noun


def test_the_matters_of_the_desk_are_the_services() -> None:
    assert list(MATTERS) == SCHEMAS["Matter"]["enum"]
    assert set(MATTER_COLUMNS) <= set(SCHEMAS["WaitingAnswer"]["properties"])


@pytest.mark.parametrize("record", PAGES, ids=lambda one: one.path)
def test_a_record_of_every_noun_is_written(record: Record) -> None:
    """With every member that it may have, its parts and lists."""
    for code in LANGUAGES:
        writing = Writing(Language(code, ZoneInfo("Asia/Shanghai")), record.currency)
        for document in [sample(page(record)), *(sample(shown_of(part)) for part in record.parts)]:
            facts, grids = writing.facts(document, record.read_as), writing.grids(document, record.read_as)
            assert len(facts) + sum(isinstance(value, list) and value != [] for value in document.values()) >= len(
                document
            )
            assert all(len(row) == len(grid.columns) for grid in grids for row in grid.rows)
        for listing in record.lists:
            (row,) = writing.grid(
                listing.code, listing.columns, [sample(item(listing))], listing.read_as, listing.opens
            ).rows
            linked = {name for name, cell in zip(listing.columns, row, strict=True) if cell.link}
            assert set(listing.opens) <= linked


def test_amounts_are_written_to_their_last_digit() -> None:
    english = Language("en", ZoneInfo("Asia/Shanghai"))
    assert english.money(12_345, "BTC") == "BTC0.00012345"
    assert english.money(12_300, "BTC") == "BTC0.000123"
    assert english.money(12_345, "TOK") == "12,345 TOK"
    assert [english.money(1_200, currency) for currency in ("CNY", "JPY", "BHD")] == ["CN¥12.00", "¥1,200", "BHD1.200"]


def test_what_opens_a_page_is_nothing_else() -> None:
    assert described("coin:BTC") == (NAMED["coin"], "BTC")
    for id in (
        "coin:",
        "coin:../x",
        "coin:B/x",
        "coin:BTC?x",
        "nothing:BTC",
        "mer:BTC",
        "coin_01jdf3q8e7f5bt2m0xk5s8yq4c",
    ):
        assert described(id) is None


def test_everything_has_a_name_in_both_languages() -> None:
    """Also what a record has that no list shows: its page shows all of it."""
    shown = [member for record in PAGES for member in members(page(record))]
    shown += [member for part in PARTS for member in members(shown_of(part))]
    shown += [
        (name, value) for listing in LISTINGS for name, value in members(item(listing)) if name in listing.columns
    ]
    wanted = {f"field_{name}" for name, _ in shown}
    wanted |= {f"word_{word}" for name, value in shown if name in WORDS for word in words(value)}
    wanted |= {f"field_{field.name}" for action in ACTIONS for field in action.fields}
    wanted |= {f"{kind}_{action.code}" for action in ACTIONS for kind in ("action", "about")}
    wanted |= {f"list_{listing.code}" for listing in LISTINGS} | {f"file_{file.code}" for file in FILES}
    wanted |= {f"noun_{record.noun}" for record in PAGES} | {f"matter_{matter}" for matter in MATTERS}
    wanted |= {f"part_{part.code}" for part in PARTS} | {f"lists_{group}" for group in GROUPS}
    wanted |= {f"word_{state}" for listing in LISTINGS for state in listing.states}
    wanted |= {f"field_{name}" for listing in LISTINGS for name in listing.read_as.values()}
    wanted |= {f"field_{name}" for record in PAGES for name in record.read_as.values()}
    assert wanted - set(catalogue("en")) == set()
    assert wanted - set(catalogue("zh")) == set()
