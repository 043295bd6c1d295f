"""Orders created and paid by the lane: the same answers as one by one, each key once, refusals left to the route that explains."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from chassis.idempotency import Claim, claim
from chassis.ids import decode
from services.payments.orders.queries import order_with
from tests.payments.customer import Person, World
from tests.payments.orders.test_orders import FUNDS, market, ordered, paid
from tests.payments.refunds.test_refunds import holds

LANE = 'sifang_lane_batch_size_sum{lane="orders"}'


async def through_the_lane(world: World) -> float:
    """Commands that the lane has decided."""
    metrics = (await world.payments.client().get("/metrics")).text
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(LANE))


async def test_the_lane_answers_as_the_route_does(world: World) -> None:
    """A body of unknown length, and one that says that it is no part, are the route's."""
    seller, buyer, merchant = await market(world)
    before = await through_the_lane(world)
    quick = (await ordered(seller, merchant["id"], "Q")).json()
    quickly_paid = (await paid(buyer, quick["id"])).json()
    assert await through_the_lane(world) == before + 2
    chunks = json.dumps(quick_body(merchant["id"], "S")).encode()
    slow = (await in_chunks(seller, "/v1/orders", chunks)).json()
    body = {"method": "wallet", "amount": 30_000, "currency": "CNY", "partial": False}
    slowly_paid = (await buyer.post(f"/v1/orders/{slow['id']}/payments", body)).json()
    assert await through_the_lane(world) == before + 2
    own = {"id", "merchant_order_number", "transfer_id", "created_at", "due_at", "paid_at", "refund_until"}
    for one, other in ((quick, slow), (quickly_paid, slowly_paid)):
        assert list(one) == list(other)
        assert {key: one[key] for key in one.keys() - own} == {key: other[key] for key in other.keys() - own}
    assert quickly_paid["paid_at"] is not None
    parts = [(await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"][0] for order in (quick, slow)]
    assert [(part["method"], part["amount"], part["state"], part["position"]) for part in parts] == [
        ("wallet", 30_000, "paid", 0)
    ] * 2
    await holds(world)


async def in_chunks(person: Person, path: str, body: bytes) -> httpx.Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    headers = {"idempotency-key": "in chunks", "content-type": "application/json"}
    return await person.http.post(path, content=pieces(), headers=headers)


def quick_body(merchant_id: str, number: str) -> dict[str, object]:
    return {
        "merchant_id": merchant_id, "merchant_order_number": number, "subject": "tea", "amount": 30_000, "currency": "CNY",
    }  # fmt: skip


async def test_many_at_once_each_under_its_key(world: World) -> None:
    seller, _, merchant = await market(world)
    asked = [
        seller.post("/v1/orders", quick_body(merchant["id"], f"N-{n % 40}"), key=f"K-{n % 40}") for n in range(120)
    ]
    answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == {201: 120}
    by_key = {answer.json()["merchant_order_number"]: answer.json()["id"] for answer in answers}
    assert len(set(by_key.values())) == 40
    assert {answer.json()["id"] for answer in answers} == set(by_key.values())
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers) == 80
    other_body = await seller.post("/v1/orders", quick_body(merchant["id"], "N-X"), key="K-1")
    assert (other_body.status_code, other_body.json()["code"]) == (422, "idempotency_key_reused")
    same_number = await seller.post("/v1/orders", quick_body(merchant["id"], "N-1"), key="K-new")
    assert (same_number.status_code, same_number.json()["code"]) == (409, "order_number_used")


async def test_payments_at_once_take_what_the_wallet_has(world: World) -> None:
    """Of ten orders of 300.00 the buyer's 1,000.00 pays three, however they arrive; each is asked for twice."""
    seller, buyer, merchant = await market(world)
    orders = [(await ordered(seller, merchant["id"], f"N-{number}")).json() for number in range(10)]
    answers = await asyncio.gather(*[paid(buyer, order["id"]) for order in orders for _ in range(2)])
    told = Counter(answer.json().get("code", answer.json().get("state")) for answer in answers)
    assert told["TRADE_SUCCESS"] == 3
    assert told["order_already_paid"] + told["insufficient_funds"] == 17
    assert await buyer.balance() == (FUNDS - 90_000, FUNDS - 90_000)
    await holds(world)


async def test_a_refused_payment_can_be_made_later_under_another_key(world: World) -> None:
    seller, _, merchant = await market(world)
    poor: Person = world.person()
    await poor.open_wallet()
    order = (await ordered(seller, merchant["id"])).json()
    first = await paid(poor, order["id"], key="K")
    assert (first.status_code, first.json()["code"]) == (409, "insufficient_funds")
    again = await paid(poor, order["id"], key="K")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_number_that_cannot_be_stored_disturbs_nobody(world: World) -> None:
    seller, _, merchant = await market(world)
    bad = [seller.post("/v1/orders", quick_body(merchant["id"], f"\x00{n}")) for n in range(5)]
    good = [seller.post("/v1/orders", quick_body(merchant["id"], f"G-{n}")) for n in range(5)]
    answers = await asyncio.gather(*bad, *good)
    assert [answer.status_code // 100 for answer in answers] == [4] * 5 + [2] * 5


@pytest.mark.usefixtures("ordinary_locks")
async def test_what_others_hold_keeps_nobody_else_waiting(world: World) -> None:
    """An order that somebody has locked, and a key whose first use has not ended, are left to the route, which waits for them alone."""
    seller, buyer, merchant = await market(world)
    held, free = [(await ordered(seller, merchant["id"], number)).json() for number in ("held", "free")]
    body = quick_body(merchant["id"], "N-1")
    async with world.payments.runtime.database.engine.connect() as connection:
        assert await order_with(connection, decode("ord", held["id"]), lock=True) is not None
        assert await claim(connection, Claim(f"suite/{seller.id}/", "POST /v1/orders", "in use", b"")) is None
        asked = [
            paid(buyer, held["id"], key="K-1"),
            paid(buyer, free["id"], key="K-2"),
            seller.post("/v1/orders", body, key="in use"),
            seller.post("/v1/orders", quick_body(merchant["id"], "N-2"), key="K-3"),
        ]
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [503, 201, 409, 201], [one.text for one in answers]
        assert answers[2].json()["code"] == "in_progress"
    assert (await paid(buyer, held["id"], key="K-1")).status_code == 201
    await holds(world)
