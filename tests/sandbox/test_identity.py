"""The sandbox's identity service, as payments asks it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.door import Door

NAME = "王小明"


def number(sequence: str) -> str:
    """The service itself looks at no check digit."""
    return f"11010119900307{sequence}0"


async def ask(door: Door, reference: str, sequence: str = "003", **more: str) -> httpx.Response:
    body = {"reference": reference, "channel": "police", "name": NAME, "number": number(sequence)}
    return await door.http.post("/identity/v1/checks", json=body | more)


async def found(door: Door, reference: str) -> dict[str, Any]:
    return dict((await door.http.get("/identity/v1/checks", params={"reference": reference})).json())


async def test_the_first_name_shown_is_the_registered_one(door: Door) -> None:
    assert (await ask(door, "a")).json()["state"] == "match"
    other = (await ask(door, "b", name="李强")).json()
    assert (other["state"], other["code"]) == ("mismatch", "name_differs")
    assert (await ask(door, "c", channel="tax")).json()["state"] == "match"


async def test_a_reference_is_answered_once(door: Door) -> None:
    first = (await ask(door, "a")).json()
    assert (await ask(door, "a")).json() == first == await found(door, "a")
    reused = await ask(door, "a", channel="tax")
    assert (reused.status_code, reused.json()["code"]) == (409, "reference_reused")
    assert (await found(door, "nothing"))["code"] == "unknown_check"


@pytest.mark.parametrize(
    ("sequence", "at_once", "later"),
    [
        ("991", ("mismatch", "no_record"), ("mismatch", "no_record")),
        ("992", ("match", None), ("match", None)),
        ("993", ("processing", None), ("match", None)),
        ("994", ("processing", None), ("mismatch", "document_cancelled")),
        ("995", ("processing", None), ("processing", None)),
    ],
)
async def test_magic_numbers(door: Door, sequence: str, at_once: tuple[str, str], later: tuple[str, str]) -> None:
    answer = (await ask(door, "a", sequence)).json()
    assert (answer["state"], answer["code"]) == at_once
    await door.move_clock(timedelta(minutes=5))
    answer = await found(door, "a")
    assert (answer["state"], answer["code"]) == later


@pytest.mark.parametrize(("sequence", "known"), [("996", "match"), ("997", None)])
async def test_an_answer_that_does_not_arrive(door: Door, sequence: str, known: str | None) -> None:
    assert (await ask(door, "a", sequence)).status_code == 500
    assert (await found(door, "a")).get("state") == known


async def test_what_no_source_could_know_is_refused(door: Door) -> None:
    for more in ({"channel": "palmistry"}, {"number": "12"}, {"name": ""}):
        assert (await ask(door, "a", **more)).status_code == 422
