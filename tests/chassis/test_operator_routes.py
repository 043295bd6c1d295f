"""Operators see work that stands still, and set it going again."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis import feed_store
from chassis.clock import real_now
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.web import Parts, create_app
from tests.conftest import Serve
from tests.serving import Served


async def _fail(_: Runtime, payload: dict[str, Any]) -> None:
    raise ConnectionError("the neighbour is away")


def _application(settings: Settings) -> FastAPI:
    app = create_app(Parts("p2p", "services.p2p", "P2P", [], jobs={"test.work": _fail}), settings)
    app.state.runtime.jobs.starts_limit = 1
    return app


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve(_application, service="p2p")


async def _parked(operator: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The parked jobs, once there are some."""
    async with asyncio.timeout(10):
        while True:
            items: list[dict[str, Any]] = (await operator.get("/v1/jobs/parked")).json()["items"]
            if items:
                return items
            await asyncio.sleep(0.05)


async def test_a_parked_job_is_seen_and_given_back_once_for_a_key(served: Served) -> None:
    operator = served.client()
    async with served.runtime.transaction() as tx:
        tx.jobs.add("test.work", {"id": "lon_1"})
    (job,) = await _parked(operator)
    assert (job["name"], job["payload"], job["starts"]) == ("test.work", {"id": "lon_1"}, 1)
    assert job["failure"] == "ConnectionError: the neighbour is away"
    served.runtime.jobs.starts_limit = 20
    path = f"/v1/jobs/{job['id']}/retry"
    given = await operator.post(path, headers={"Idempotency-Key": "one"})
    assert (given.status_code, given.json()) == (200, {"job_id": job["id"], "status": "queued"})
    again = await operator.post(path, headers={"Idempotency-Key": "one"})
    assert again.json() == given.json()
    late = await operator.post(path, headers={"Idempotency-Key": "two"})
    assert (late.status_code, late.json()["code"]) == (404, "unknown_parked_job")
    assert (await operator.get("/v1/jobs/parked")).json() == {"items": []}


async def test_feeds_are_seen_and_an_event_is_passed_over_in_the_operator_s_name(served: Served) -> None:
    operator = served.client("stf_1")
    async with served.runtime.transaction() as tx:
        assert await feed_store.cursor(tx.connection, "payments") == 0
        await feed_store.fail(tx.connection, "payments", "EventFailed: poison", real_now())
    (feed,) = (await operator.get("/v1/feeds")).json()["items"]
    assert (feed["name"], feed["position"], feed["degraded"]) == ("payments", 0, True)
    assert feed["failure"] == "EventFailed: poison"
    skipped = await operator.post("/v1/feeds/payments/skip", headers={"Idempotency-Key": "one"})
    assert (skipped.status_code, skipped.json()) == (200, {"feed": "payments", "position": 1})
    unknown = await operator.post("/v1/feeds/unknown/skip", headers={"Idempotency-Key": "two"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_feed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/parked"),
        ("POST", "/v1/jobs/1/retry"),
        ("GET", "/v1/feeds"),
        ("POST", "/v1/feeds/payments/skip"),
    ],
)
async def test_only_operators_may(served: Served, method: str, path: str) -> None:
    customer = served.client("cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    refused = await customer.request(method, path, headers={"Idempotency-Key": "one"})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
