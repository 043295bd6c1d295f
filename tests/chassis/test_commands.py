"""The frame of a write: one transaction, committed before the answer; refusals stand, faults leave nothing."""

import asyncio
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Tx, flush
from chassis.errors import Conflict, Malformed, TooMany, Unavailable
from chassis.identity import Caller
from tests.chassis import probe
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import Thing, insert, left_behind

NOTHING = {"things": 0, "events": 0, "jobs": 0, "keys": 0}
KEY = {"Idempotency-Key": "one"}


class NotToday(Conflict):
    code = "not_today"


class NotNow(Unavailable):
    code = "not_now"


class NotThat(Malformed):
    code = "not_that"


class NotSoOften(TooMany):
    code = "not_so_often"


async def test_what_was_answered_is_committed(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    given = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (given.status_code, given.json()["name"], given.json()["state"]) == (201, "a", "done")
    assert "idempotency-replayed" not in given.headers
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


async def test_a_commit_that_fails_is_no_success(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    await client.post("/v1/things", json={"name": "taken"}, headers=KEY)
    failed = await client.post("/v1/things", json={"name": "taken"}, headers={"Idempotency-Key": "two"})
    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


async def test_a_refusal_stands_and_takes_back_what_the_story_wrote(serve_probe: ServeProbe) -> None:
    runs = count()

    async def refuse(tx: Tx, caller: Caller, *, name: str) -> Thing:
        next(runs)
        await insert(tx, "written at once")
        await flush(tx)
        await insert(tx, "told at the end")
        raise NotToday("come back tomorrow", field="name", opens_on="2026-12-01")

    served = await serve_probe(refuse)
    refused = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json() == {
        "type": "urn:sifang:problem:not_today",
        "title": "not today",
        "status": 409,
        "detail": "come back tomorrow",
        "code": "not_today",
        "field": "name",
        "opens_on": "2026-12-01",
    }
    assert await left_behind(served.runtime) == NOTHING | {"keys": 1}
    again = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (again.status_code, again.json()) == (409, refused.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/problem+json"
    assert next(runs) == 1, "the story ran once"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (NotNow("later"), 503, "not_now"),
        (NotSoOften("slower"), 429, "not_so_often"),
        (NotThat("unreadable"), 400, "not_that"),
        (ValueError("a fault of ours"), 500, "internal"),
    ],
    ids=["unavailable", "too many", "malformed", "fault"],
)
async def test_what_is_no_rule_s_refusal_leaves_nothing_under_the_key(
    serve_probe: ServeProbe, fault: Exception, status: int, code: str
) -> None:
    faults = [fault]

    async def fail_once(tx: Tx, caller: Caller, *, name: str) -> Thing:
        thing = await insert(tx, name)
        if faults:
            raise faults.pop()
        return thing

    served = await serve_probe(fail_once)
    failed = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (failed.status_code, failed.json()["code"]) == (status, code)
    assert await left_behind(served.runtime) == NOTHING
    again = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert again.status_code == 201
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


def _failing(sqlstate: str, times: int, runs: list[int]) -> probe.Story:
    """A story that the database stops with that SQLSTATE, so many times."""

    async def story(tx: Tx, caller: Caller, *, name: str) -> Thing:
        runs.append(len(runs))
        thing = await insert(tx, name)
        if len(runs) <= times:
            await tx.connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END $$"))
        return thing

    return story


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"], ids=["serialisation", "deadlock"])
async def test_a_passing_conflict_of_transactions_is_tried_three_times(serve_probe: ServeProbe, sqlstate: str) -> None:
    runs: list[int] = []
    served = await serve_probe(_failing(sqlstate, 2, runs))
    given = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (given.status_code, len(runs)) == (201, 3)
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


async def test_a_lasting_conflict_of_transactions_is_busy(serve_probe: ServeProbe) -> None:
    runs: list[int] = []
    served = await serve_probe(_failing("40001", 9, runs))
    given = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (given.status_code, given.json()["code"], len(runs)) == (503, "busy", 3)
    assert await left_behind(served.runtime) == NOTHING


async def test_two_stories_that_lock_in_opposite_order_both_end_well(serve_probe: ServeProbe) -> None:
    both_hold = asyncio.Barrier(2)
    crossed = False

    async def lock(tx: Tx, caller: Caller, *, name: str) -> Thing:
        nonlocal crossed
        first, second = ("x", "y") if name == "a" else ("y", "x")
        locking = text("SELECT * FROM things WHERE name = :name FOR UPDATE")
        await tx.connection.execute(locking, {"name": first})
        if not crossed:
            await both_hold.wait()
            crossed = True
        await tx.connection.execute(locking, {"name": second})
        return await insert(tx, name)

    served = await serve_probe(lock)
    async with served.runtime.transaction() as tx:
        await insert(tx, "x")
        await insert(tx, "y")
    client = served.client()
    answers = await asyncio.gather(
        *(client.post("/v1/things", json={"name": name}, headers={"Idempotency-Key": name}) for name in "ab")
    )
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_a_lock_that_another_keeps_is_busy(serve_probe: ServeProbe) -> None:
    async def lock(tx: Tx, caller: Caller, *, name: str) -> Thing:
        await tx.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await tx.connection.execute(text("SELECT * FROM things FOR UPDATE"))
        return await insert(tx, name)

    served = await serve_probe(lock)
    async with served.runtime.transaction() as tx:
        await insert(tx, "x")
    async with served.runtime.transaction() as other:
        await other.connection.execute(text("SELECT * FROM things FOR UPDATE"))
        given = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (given.status_code, given.json()["code"]) == (503, "busy")
    given = await served.client().post("/v1/things", json={"name": "a"}, headers=KEY)
    assert given.status_code == 201, "nothing stood under the key"


async def test_a_story_without_a_request_commits_or_leaves_nothing(runtime: Any, things: None) -> None:
    from chassis.commands import perform
    from chassis.identity import service_caller

    async def refuse(tx: Tx, caller: Caller, *, name: str) -> Thing:
        await insert(tx, name)
        raise NotToday("no")

    made = await perform(runtime, probe.make, service_caller("p2p"), seed="job 1", name="a")
    with pytest.raises(NotToday):
        await perform(runtime, refuse, service_caller("p2p"), seed="job 2", name="b")
    assert await left_behind(runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 0}
    async with runtime.reading() as connection:
        assert await probe.load(connection, made.id) == made
