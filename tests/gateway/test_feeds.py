"""Figures fed over HTTP by a source that comes, goes and comes back."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from chassis import web
from chassis.settings import Settings
from chassis.web import Parts
from tests.conftest import Serve
from tests.gateway.conftest import ServeGateway
from tests.serving import Served

CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"
PATIENCE_SECONDS = 60


def bare_payments(settings: Settings) -> FastAPI:
    """The feed of payments on its own database, without its business."""
    return web.create_app(Parts("payments", "services.payments", "payments", routers=[]), settings)


async def tell(payments: Served, amount: int) -> None:
    facts = {"customer_id": CUSTOMER, "amount": amount, "currency": "CNY", "bank": "icbc"}
    async with payments.runtime.transaction() as tx:
        tx.events.add("payments.top_up.succeeded.v1", "top_1", facts)


async def summary(http: httpx.AsyncClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await http.get("/v1/operations/summary")).json()
    return answer


def source(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in document["sources"] if entry["name"] == name)


def figure(document: dict[str, Any], code: str) -> dict[str, Any]:
    return next(entry for group in document["groups"] for entry in group["figures"] if entry["code"] == code)


async def until(http: httpx.AsyncClient, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The first summary that is as wanted; it is asked over HTTP, so there is nothing to wait on but the clock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted(document := await summary(http)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return document


async def test_a_source_that_goes_is_marked_and_keeps_its_figures(serve: Serve, serve_gateway: ServeGateway) -> None:
    payments = await serve(bare_payments, service="payments")
    gateway = await serve_gateway(neighbours={"payments": payments.url, "p2p": "http://127.0.0.1:9"})
    http = gateway.client()
    await tell(payments, 500)
    fresh = await until(http, lambda document: figure(document, "topped_up")["values"])
    assert figure(fresh, "topped_up")["values"] == [{"currency": "CNY", "value": 500}]
    assert source(fresh, "payments")["status"] == "fresh"
    assert source(fresh, "payments")["last_success_at"] is not None
    assert source(fresh, "payments")["last_event_at"] is not None
    assert figure(fresh, "topped_up")["degraded"] is False
    # p2p never answered: its figures are marked, payments' are not.
    away = await until(http, lambda document: source(document, "p2p")["last_failure_at"])
    assert source(away, "p2p")["status"] == "degraded"
    assert "ConnectError" in source(away, "p2p")["last_failure"]
    assert figure(away, "bids")["degraded"] is True
    assert away["complete"] is False

    await payments.stop()
    gone = await until(http, lambda document: source(document, "payments")["status"] == "degraded")
    assert figure(gone, "topped_up") == figure(fresh, "topped_up") | {"degraded": True}
    assert source(gone, "payments")["last_failure_at"] is not None
    assert source(gone, "payments")["last_success_at"] >= source(fresh, "payments")["last_success_at"]


async def test_a_source_that_comes_back_is_caught_up_with_once(serve: Serve, serve_gateway: ServeGateway) -> None:
    """What happened while nobody read it is counted, what was counted before is not counted again."""
    payments = await serve(bare_payments, service="payments")
    gateway = await serve_gateway(neighbours={"payments": payments.url})
    http = gateway.client()
    await tell(payments, 500)
    await until(http, lambda document: figure(document, "topped_up")["values"])
    await payments.stop()
    await until(http, lambda document: source(document, "payments")["status"] == "degraded")
    assert isinstance(gateway.runtime.settings.neighbours, dict)

    back = await serve(bare_payments, service="payments")
    await tell(back, 25)
    gateway.runtime.settings.neighbours["payments"] = back.url  # what a supervisor does by keeping the port
    fresh = await until(http, lambda document: source(document, "payments")["status"] == "fresh")
    assert figure(fresh, "topped_up")["values"] == [{"currency": "CNY", "value": 525}]
    assert figure(fresh, "topped_up")["degraded"] is False
    assert figure(fresh, "first_money_customers")["values"] == [{"currency": None, "value": 1}]


async def test_a_quiet_source_is_fresh_at_once(serve: Serve, serve_gateway: ServeGateway) -> None:
    """Its first answer is not held back until there is news: nothing may ever happen there."""
    payments = await serve(bare_payments, service="payments")
    gateway = await serve_gateway(neighbours={"payments": payments.url})
    async with asyncio.timeout(5):
        await until(gateway.client(), lambda document: source(document, "payments")["status"] == "fresh")
