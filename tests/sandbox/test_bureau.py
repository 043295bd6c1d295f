"""The sandbox's credit bureau: lenders tell, and who asks is told the sum of all others."""

from typing import Any

import httpx
import pytest

from tests.sandbox.door import Door

PERSON = "ab" * 32


async def tell(door: Door, lender: str, owed: int = 100, past_due: int = 0, **more: Any) -> httpx.Response:
    body = {"lender": lender, "reference": "1", "person": PERSON, "currency": "CNY", "owed": owed, "past_due": past_due}
    return await door.http.post("/bureau/v1/borrowings", json=body | more)


async def ask(door: Door, reference: str, **more: Any) -> httpx.Response:
    body = {"reference": reference, "person": PERSON, "currency": "CNY"}
    return await door.http.post("/bureau/v1/reports", json=body | more)


async def test_what_is_owed_to_all_others_is_told(door: Door) -> None:
    for lender, owed, past_due in (("a", 100, 0), ("a", 70, 10), ("b", 30, 0), ("stf_tests", 5, 0), ("c", 0, 0)):
        assert (await tell(door, lender, owed, past_due)).status_code == 200
    await tell(door, "d", 9, currency="USD")
    report = (await ask(door, "first")).json()
    assert (report["lenders"], report["owed"], report["past_due"]) == (2, 100, 10)
    nobody = (await ask(door, "nobody", person="cd" * 32)).json()
    assert (nobody["lenders"], nobody["owed"]) == (0, 0)


async def test_a_report_stays_what_it_was(door: Door) -> None:
    first = (await ask(door, "first")).json()
    await tell(door, "a", 100)
    assert (await ask(door, "first")).json() == first
    assert (await door.http.get("/bureau/v1/reports", params={"reference": "first"})).json() == first
    assert (await ask(door, "second")).json()["owed"] == 100
    reused = await ask(door, "first", currency="USD")
    assert (reused.status_code, reused.json()["code"]) == (409, "reference_reused")
    unknown = await door.http.get("/bureau/v1/reports", params={"reference": "nothing"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_report")


@pytest.mark.parametrize("changes", [{"past_due": 101}, {"person": "110105199003078510"}, {"owed": -1}])
async def test_malformed_borrowings_are_refused(door: Door, changes: dict[str, Any]) -> None:
    assert (await tell(door, "a", **changes)).status_code == 422
