"""Business time and real time; the day they fall on; setting the one, in test mode alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import business_day, real_now, start_of_day
from tests.chassis import probe
from tests.chassis.conftest import ServeProbe
from tests.conftest import MakeSettings
from tests.serving import start

LATER = datetime(2031, 3, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-12-31T23:59:59+08:00", date(2026, 12, 31)),
        ("2026-12-31T23:59:59.999999+08:00", date(2026, 12, 31)),
        ("2027-01-01T00:00:00+08:00", date(2027, 1, 1)),
        ("2026-12-31T15:59:59Z", date(2026, 12, 31)),
        ("2026-12-31T16:00:00Z", date(2027, 1, 1)),
        ("2026-12-31T11:00:00-05:00", date(2027, 1, 1)),
    ],
)
def test_a_day_ends_at_midnight_in_shanghai(instant: str, day: date) -> None:
    assert business_day(datetime.fromisoformat(instant)) == day


def test_another_zone_has_other_days() -> None:
    instant = datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert business_day(instant, ZoneInfo("UTC")) == date(2026, 12, 31)
    assert start_of_day(date(2027, 1, 1)) == instant
    assert start_of_day(date(2027, 1, 1), ZoneInfo("UTC")) == datetime(2027, 1, 1, tzinfo=UTC)


@given(st.dates(date(1992, 1, 1), date(2900, 1, 1)))
def test_a_day_begins_with_its_first_instant(day: date) -> None:
    first = start_of_day(day)
    assert business_day(first) == day
    assert business_day(first - timedelta(microseconds=1)) == day - timedelta(days=1)


async def test_without_a_setting_business_time_is_real_time(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    before = real_now()
    read = datetime.fromisoformat((await client.get("/v1/clock")).json()["business_at"])
    assert before <= read <= real_now()


async def test_a_frozen_clock_stands_and_a_running_one_runs(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    given = await client.put("/v1/clock", json={"business_at": LATER.isoformat()})
    assert (given.status_code, given.json()) == (
        200,
        {"business_at": "2031-03-01T04:00:00Z", "business_on": "2031-03-01"},
    )
    assert await served.runtime.database.now() == await served.runtime.database.now() == LATER
    async with served.runtime.transaction() as tx:
        assert (tx.now, tx.today) == (LATER, date(2031, 3, 1))
    await client.put("/v1/clock", json={"business_at": LATER.isoformat(), "frozen": False})
    earlier = await served.runtime.database.now()
    await asyncio.sleep(0.01)
    later = await served.runtime.database.now()
    assert LATER < earlier < later < LATER + timedelta(seconds=10)
    assert later - earlier >= timedelta(milliseconds=10)


async def test_time_does_not_run_backwards(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    for _ in range(2):
        assert (await client.put("/v1/clock", json={"business_at": LATER.isoformat()})).status_code == 200
    earlier = (LATER - timedelta(seconds=1)).isoformat()
    refused = await client.put("/v1/clock", json={"business_at": earlier})
    assert (refused.status_code, refused.json()["code"]) == (409, "clock_runs_forward")
    assert refused.json()["field"] == "business_at"
    assert await served.runtime.database.now() == LATER


async def test_of_many_settings_at_once_none_takes_another_back(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    days = [LATER + timedelta(days=days) for days in (3, 1, 9, 2, 8, 5, 4, 7, 6, 0)]
    answers = await asyncio.gather(*(client.put("/v1/clock", json={"business_at": day.isoformat()}) for day in days))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await served.runtime.database.now() == LATER + timedelta(days=9)


async def test_what_is_no_setting_is_refused_by_its_field(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    bodies: list[dict[str, Any]] = [
        {"business_at": "2031-03-01T04:00:00"},
        {"business_at": "9999-12-31T23:59:59Z"},
        {"business_at": "yesterday"},
        {"business_at": 1_900_000_000},
        {"business_at": "2031-03-01T04:00:00Z", "frozen": "no"},
    ]
    for body in bodies:
        refused = await client.put("/v1/clock", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value"), body
        assert refused.json()["field"] == list(body)[-1]


async def test_setting_needs_its_scope(serve_probe: ServeProbe) -> None:
    refused = (
        await (await serve_probe()).client(probe.CUSTOMER).put("/v1/clock", json={"business_at": LATER.isoformat()})
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")


async def test_live_mode_has_no_clock_to_set(serve_probe: ServeProbe, make_settings: MakeSettings) -> None:
    served = await serve_probe()
    await served.client().put("/v1/clock", json={"business_at": LATER.isoformat()})
    live = await start(replace(await make_settings("p2p"), mode="live"), probe.application())
    try:
        token = live.token("stf_1", issuer="gateway")
        answer = await live.client().put(
            "/v1/clock", json={"business_at": LATER.isoformat()}, headers={"Authorization": f"Bearer {token}"}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_route")
        assert await live.runtime.database.now() < LATER, "and what test mode has set is not looked at"
    finally:
        await live.stop()
