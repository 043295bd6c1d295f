"""Carriers: what a tracking number stands for, day by day."""

from datetime import date, datetime, timedelta

import pytest

from chassis.clock import SUITE_ZONE, start_of_day
from sandbox.carriers.rules import shipment
from tests.sandbox.door import Door

DAY = date(2026, 11, 26)
MORNING = start_of_day(DAY)


@pytest.mark.parametrize(
    ("suffix", "course"),
    [
        ("00", [(0, "in_transit"), (3.6, "in_transit"), (3.625, "delivered"), (400, "delivered")]),
        ("01", [(1.62, "in_transit"), (1.625, "delivered")]),
        ("60", [(60.62, "in_transit"), (60.625, "delivered")]),
        ("61", [(3.625, "delivered")]),
        ("91", [(19.9, "in_transit"), (20, "lost")]),
        ("92", [(4.9, "in_transit"), (5, "returning"), (9.9, "returning"), (10, "returned")]),
        ("93", [(2.9, "in_transit"), (3, "returning"), (10, "returned")]),
    ],
)
def test_each_suffix_goes_its_way(suffix: str, course: list[tuple[float, str]]) -> None:
    for days, state in course:
        found = shipment(f"SF202611260001{suffix}", MORNING + timedelta(days=days), SUITE_ZONE)
        assert found is not None
        assert found.state == state, (suffix, days)
        assert (found.ended_at is not None) == (state in ("delivered", "lost", "returned"))


@pytest.mark.parametrize(
    "number", ["", "SF", "XX20261126000100", "SF20261326000100", "SF2026112600010", "SF20261127000100"]
)
def test_numbers_nobody_gave_out_are_unknown(number: str) -> None:
    assert shipment(number, MORNING, SUITE_ZONE) is None


async def test_a_shipment_is_followed_over_http(door: Door) -> None:
    today = (await door.http.get("/v1/clock")).json()["business_on"]
    number = f"YT{today.replace('-', '')}004202"
    first = (await door.http.get(f"/carriers/v1/shipments/{number}")).json()
    assert (first["state"], first["carrier"], first["handed_over_on"]) == ("in_transit", "YT", today)
    await door.move_clock(timedelta(days=3))
    later = (await door.http.get(f"/carriers/v1/shipments/{number}")).json()
    assert later["state"] == "delivered"
    delivered = datetime.fromisoformat(later["ended_at"])
    assert delivered == start_of_day(date.fromisoformat(today)) + timedelta(days=2, hours=15)
    unknown = await door.http.get("/carriers/v1/shipments/none")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_shipment")
