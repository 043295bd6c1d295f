"""Payment codes over HTTP: shown by a customer, charged once by the merchant who scanned one."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.clock import real_now
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.payment_codes.rules import new_token
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.ledger.test_audit import as_superuser
from tests.payments.payment_codes.shop import Shop, refused, shown_code

FUNDS = 500_000


@pytest.fixture
async def buyer(world: World) -> Person:
    buyer = world.person()
    await buyer.funded(FUNDS)
    return buyer


@pytest.fixture
async def shop(world: World) -> Shop:
    return await Shop.open(world)


async def over(world: World, code_id: str) -> None:
    """The code's minute has passed."""
    async with world.payments.runtime.database.engine.begin() as connection:
        statement = text("UPDATE payment_codes SET expires_at = :past WHERE id = :id")
        await connection.execute(statement, {"past": real_now() - timedelta(seconds=1), "id": decode("pcd", code_id)})


async def audit(world: World) -> dict[str, Any]:
    report = (await world.payments.client().get("/v1/verification")).json()
    assert report["holds"], [check for check in report["checks"] if check["failed"]]
    return {check["name"]: check["examined"] for check in report["checks"]}


async def test_a_merchant_scans_and_charges_once(world: World, buyer: Person, shop: Shop) -> None:
    shown = await shown_code(buyer)
    token = shown["token"]
    assert (len(token), token[:2], token.isdigit()) == (18, "28", True)
    # The cashier's scanner read the EMV code: what it says is the token.
    parsed = await shop.seller.post("/v1/qr-codes/parse", {"payload": shown["payload"]})
    assert (parsed.json()["kind"], parsed.json()["token"]) == ("consumer_presented", token)
    order = await shop.order(30_000)
    charged = await shop.charge(token, order["id"], key="charge-1")
    assert charged.status_code == 201, charged.text
    told = charged.json()
    assert (told["state"], told["order_id"], told["amount"], told["currency"]) == ("used", order["id"], 30_000, "CNY")
    assert (await shop.charge(token, order["id"], key="charge-1")).json() == told
    assert refused(await shop.charge(token, order["id"])) == (409, "payment_code_used", "token")
    assert refused(await shop.charge(token, (await shop.order())["id"])) == (409, "payment_code_used", "token")
    paid = await shop.seller.get(f"/v1/orders/{order['id']}")
    assert (paid["state"], paid["buyer_id"]) == ("TRADE_SUCCESS", buyer.id)
    assert await buyer.balance() == (FUNDS - 30_000, FUNDS - 30_000)
    (kept,) = (await buyer.get("/v1/payment-codes"))["items"]
    assert (kept["id"], kept["state"], kept["order_id"]) == (shown["payment_code"]["id"], "used", order["id"])
    assert (await audit(world))["used_payment_codes_have_their_transfer"] == 1


async def test_of_many_charges_at_once_one_wins(world: World, buyer: Person, shop: Shop) -> None:
    other = await Shop.open(world, "书店")
    token = (await shown_code(buyer))["token"]
    orders = [(place, (await place.order(1_000))["id"]) for place in (shop, other) for _ in range(10)]
    answers = await asyncio.gather(*(place.charge(token, order_id) for place, order_id in orders))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"payment_code_used"}
    assert await buyer.balance() == (FUNDS - 1_000, FUNDS - 1_000)
    # Two codes for one order: it is paid once, and the other code is good for another.
    first, second = (await shown_code(buyer))["token"], (await shown_code(buyer))["token"]
    order = await shop.order(1_000)
    both = await asyncio.gather(shop.charge(first, order["id"]), shop.charge(second, order["id"]))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    left = first if both[0].status_code == 409 else second
    assert (await shop.charge(left, (await shop.order(1_000))["id"])).status_code == 201
    await audit(world)


async def test_more_than_the_cap_is_for_the_buyer_to_confirm(world: World, buyer: Person, shop: Shop) -> None:
    shown = await shown_code(buyer)
    order = await shop.order(100_001)
    answer = await shop.charge(shown["token"], order["id"])
    assert refused(answer) == (409, "confirmation_needed", "order_id")
    assert answer.json()["without_confirmation"] == 100_000
    assert await buyer.balance() == (FUNDS, FUNDS)
    # The code is as it was; the order is paid by her own hand, and just the cap needs no hand.
    at_the_cap = await shop.order(100_000)
    assert (await shop.charge(shown["token"], at_the_cap["id"])).status_code == 201
    body = {"method": "wallet", "amount": 100_001, "currency": "CNY"}
    assert (await buyer.post(f"/v1/orders/{order['id']}/payments", body)).status_code == 201


async def test_caps_are_dated(world: World, buyer: Person, shop: Shop) -> None:
    operator = world.payments.client()
    today = date.fromisoformat((await operator.get("/v1/clock")).json()["business_on"])

    async def set_cap(from_on: date, amount: int, key: str) -> Any:
        body = {"currency": "CNY", "from_on": from_on.isoformat(), "amount": amount, "source": "tests"}
        return await operator.post("/v1/payment-code-caps", json=body, headers={"idempotency-key": key})

    assert refused(await set_cap(today - timedelta(days=1), 5, "a")) == (409, "cap_stands", "from_on")
    assert (await set_cap(today + timedelta(days=1), 0, "b")).status_code == 201
    assert refused(await set_cap(today + timedelta(days=1), 7, "c")) == (409, "cap_stands", "from_on")
    listed = (await operator.get("/v1/payment-code-caps", params={"limit": 1})).json()
    assert [(cap["from_on"], cap["amount"]) for cap in listed["items"]] == [("2018-04-01", 100_000)]
    rest = (await operator.get("/v1/payment-code-caps", params={"limit": 1, "after": listed["next"]})).json()
    assert [(cap["amount"], cap["set_by"]) for cap in rest["items"]] == [(0, "stf_tests")]
    token = (await shown_code(buyer))["token"]
    assert (await shop.charge(token, (await shop.order(1))["id"])).status_code == 201
    token = (await shown_code(buyer))["token"]
    await world.move_clock(timedelta(days=1))
    assert refused(await shop.charge(token, (await shop.order(1))["id"]))[1] == "confirmation_needed"
    customer = await buyer.post(
        "/v1/payment-code-caps", {"currency": "CNY", "from_on": "2030-01-01", "amount": 1, "source": "x"}
    )
    assert refused(customer)[:2] == (403, "missing_scope")


async def test_a_code_is_good_for_a_minute(world: World, buyer: Person, shop: Shop) -> None:
    shown, order = await shown_code(buyer), await shop.order()
    code = shown["payment_code"]
    lifetime = real_now().fromisoformat(code["expires_at"]) - real_now().fromisoformat(code["made_at"])
    assert lifetime == timedelta(seconds=60)
    # Business time has nothing to do with it.
    await world.move_clock(timedelta(minutes=20))
    await over(world, code["id"])
    assert refused(await shop.charge(shown["token"], order["id"])) == (409, "payment_code_expired", "token")
    await world.run_periodic("payments.expire_payment_codes")
    assert [one["state"] for one in (await buyer.get("/v1/payment-codes"))["items"]] == ["expired"]
    assert refused(await shop.charge(shown["token"], order["id"])) == (409, "payment_code_expired", "token")
    assert await buyer.balance() == (FUNDS, FUNDS)


async def test_so_many_live_at_a_time_and_no_more_however_many_are_asked_for(world: World, buyer: Person) -> None:
    answers = await asyncio.gather(*(buyer.post("/v1/payment-codes") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_live_codes"}
    shown = [answer.json() for answer in answers if answer.status_code == 201]
    assert len({one["token"] for one in shown}) == 3
    # One that is over, or taken back, makes room at once.
    await over(world, shown[0]["payment_code"]["id"])
    await shown_code(buyer)
    taken_back = await buyer.post(f"/v1/payment-codes/{shown[1]['payment_code']['id']}/withdrawal")
    assert taken_back.json()["state"] == "withdrawn"
    await shown_code(buyer)
    assert refused(await buyer.post("/v1/payment-codes")) == (409, "too_many_live_codes", None)


STATES = ("live", "used", "expired", "withdrawn")


@pytest.mark.parametrize("state", STATES)
async def test_every_story_in_every_state(world: World, buyer: Person, shop: Shop, state: str) -> None:
    shown = await shown_code(buyer)
    code_id, token = shown["payment_code"]["id"], shown["token"]
    if state == "used":
        assert (await shop.charge(token, (await shop.order(1))["id"])).status_code == 201
    elif state == "expired":
        await over(world, code_id)
        await world.run_periodic("payments.expire_payment_codes")
    elif state == "withdrawn":
        await buyer.post(f"/v1/payment-codes/{code_id}/withdrawal")
    before = (await buyer.get("/v1/payment-codes"))["items"]
    assert [one["state"] for one in before] == [state]
    # The wrong party: a merchant charges another's order, a stranger withdraws another's code.
    other, stranger = await Shop.open(world, "书店"), world.person()
    order = await shop.order(1)
    assert refused(await other.charge(token, order["id"])) == (404, "unknown_order", "order_id")
    assert (
        refused(await buyer.post(f"/v1/payment-codes/{token}/charges", {"order_id": order["id"]}))[1] == "unknown_order"
    )
    assert refused(await stranger.post(f"/v1/payment-codes/{code_id}/withdrawal"))[:2] == (404, "unknown_payment_code")
    await world.run_periodic("payments.expire_payment_codes")
    assert (await buyer.get("/v1/payment-codes"))["items"] == before
    # The right party, twice.
    for again in range(2):
        withdrawn = await buyer.post(f"/v1/payment-codes/{code_id}/withdrawal")
        assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn" if state == "live" else state), (
            again
        )
    code = {"live": "payment_code_withdrawn"}.get(state, f"payment_code_{state}")
    assert refused(await shop.charge(token, order["id"])) == (409, code, "token")


async def test_what_a_charge_refuses_leaves_the_code_good(world: World, buyer: Person, shop: Shop) -> None:
    shown = await shown_code(buyer)
    token = shown["token"]
    closed, for_another = await shop.order(), await shop.order(buyer_id=encode("cus", new_id()))
    await shop.seller.post(f"/v1/orders/{closed['id']}/closure")
    unknown = encode("ord", new_id())
    assert refused(await shop.charge(token, closed["id"]))[:2] == (409, "order_closed")
    assert refused(await shop.charge(token, for_another["id"]))[:2] == (404, "unknown_order")
    assert refused(await shop.charge(token, unknown)) == (404, "unknown_order", "order_id")
    order = await shop.order()
    for guess in (new_token(), "28", "x", token[:-1], token + "0", "２８" + token[2:]):
        assert refused(await shop.charge(guess, order["id"])) == (404, "unknown_payment_code", "token")
    poor = world.person()
    await poor.open_wallet()
    hers = (await shown_code(poor))["token"]
    assert refused(await shop.charge(hers, order["id"]))[:2] == (409, "insufficient_funds")
    without = (await shown_code(world.person()))["token"]
    assert refused(await shop.charge(without, order["id"]))[:2] == (404, "unknown_wallet")
    assert refused(await world.payments.client("p2p").post("/v1/payment-codes"))[:2] == (403, "customers_only")
    assert (await shop.charge(token, order["id"])).status_code == 201
    await audit(world)


async def test_the_token_is_not_kept(world: World, buyer: Person) -> None:
    answer = await buyer.post("/v1/payment-codes")
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    async with world.payments.runtime.reading() as connection:
        for table in ("payment_codes", "chassis.idempotency_keys", "chassis.events"):
            rows = await connection.exec_driver_sql(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} AS t")  # noqa: S608
            assert token not in rows.scalar_one()


def test_tokens_are_drawn_by_chance() -> None:
    drawn = {new_token() for _ in range(10_000)}
    assert len(drawn) == 10_000
    assert {len(token) for token in drawn} == {18}
    assert {token[2] for token in drawn} == set("0123456789")


DAMAGE = {
    "another buyer": "UPDATE payment_codes SET customer_id = gen_random_uuid()",
    "another amount": "UPDATE payment_codes SET amount = amount + 1",
    "another reference": "UPDATE payment_codes SET reference = 'ord_other'",
}


async def test_the_audit_sees_a_damaged_code(world: World, databases: Databases, buyer: Person, shop: Shop) -> None:
    await shop.charge((await shown_code(buyer))["token"], (await shop.order())["id"])
    await audit(world)
    for damage in DAMAGE.values():
        async with as_superuser(world.payments, databases) as connection, connection.transaction():
            await connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM payment_codes")
            await connection.execute(damage)
        report = (await world.payments.client().get("/v1/verification")).json()
        failed = [check["name"] for check in report["checks"] if check["failed"]]
        assert failed == ["used_payment_codes_have_their_transfer"], damage
        async with as_superuser(world.payments, databases) as connection:
            await connection.execute("DELETE FROM payment_codes")
            await connection.execute("INSERT INTO payment_codes SELECT * FROM kept; DROP TABLE kept")
    await audit(world)
