"""Wallets over HTTP: one for each customer and currency."""

import asyncio

from tests.payments.customer import World


async def test_a_wallet_is_opened_once_for_each_currency(world: World) -> None:
    anna = world.person()
    first, again, other = await anna.open_wallet(), await anna.open_wallet(), await anna.open_wallet("USD")
    assert first["id"] == again["id"] != other["id"]
    assert (first["customer_id"], first["balance"], first["available"]) == (anna.id, 0, 0)
    assert [wallet["currency"] for wallet in (await anna.get("/v1/wallets"))["items"]] == ["CNY", "USD"]
    assert len((await anna.get("/v1/wallets", currency="USD"))["items"]) == 1


async def test_simultaneous_openings_give_one_wallet(world: World) -> None:
    anna = world.person()
    opened = await asyncio.gather(*(anna.open_wallet() for _ in range(6)))
    assert len({wallet["id"] for wallet in opened}) == 1


async def test_pages(world: World) -> None:
    anna = world.person()
    for currency in ("CNY", "USD", "EUR"):
        await anna.open_wallet(currency)
    first = await anna.get("/v1/wallets", limit=2)
    rest = await anna.get("/v1/wallets", limit=2, after=first["next"])
    assert [wallet["currency"] for wallet in first["items"] + rest["items"]] == ["CNY", "USD", "EUR"]
    assert rest["next"] is None


async def test_refusals(world: World) -> None:
    anna, boris = world.person(), world.person()
    wallet = await anna.open_wallet()
    other = await boris.http.get(f"/v1/wallets/{wallet['id']}")
    assert (other.status_code, other.json()["code"]) == (404, "unknown_wallet")
    unknown = await anna.post("/v1/wallets", {"currency": "XXX"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "currency_not_offered")
    keyless = await anna.http.post("/v1/wallets", json={"currency": "CNY"})
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    service = await world.payments.client("p2p").post(
        "/v1/wallets", json={"currency": "CNY"}, headers={"idempotency-key": "k"}
    )
    assert (service.status_code, service.json()["code"]) == (403, "customers_only")
