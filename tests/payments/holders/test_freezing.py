"""A person frozen and released over HTTP: all her wallets, as whichever customer, and what still goes on meanwhile."""

import asyncio
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.customer import World
from tests.payments.holders.persons import Applicant, identity_number
from tests.payments.holders.shop import FEN, customer, give, move, open_shop


async def step(world: World, holder_id: str, step: str, reason: str = "court order 17") -> httpx.Response:
    return await world.payments.client().post(
        f"/v1/holders/{holder_id}/{step}", json={"reason": reason}, headers={"idempotency-key": new_id().hex}
    )


async def account_step(world: World, account_id: str, step: str, **body: Any) -> None:
    answer = await world.payments.client().post(
        f"/v1/accounts/{account_id}/{step}",
        json={"reason": "by itself"} | body,
        headers={"idempotency-key": new_id().hex},
    )
    assert answer.status_code == 200, answer.text


async def holder_of(one: Applicant) -> str:
    return str((await one.standing())["holder_id"])


async def test_nothing_leaves_the_wallets_of_a_frozen_person_and_money_still_comes_in(world: World) -> None:
    shop = await open_shop(world)
    anna, also_anna = await customer(world, 500), await customer(world, 500)
    holder = await holder_of(anna)
    frozen = await step(world, holder, "freeze")
    assert (frozen.status_code, frozen.json()["reason"]) == (200, "court order 17")
    for one in (anna, also_anna):
        refused = await shop.sell(one.person, 10)
        assert (refused.status_code, refused.json()["code"]) == (409, "account_frozen")
        assert (await one.standing())["frozen"] is True
        await give(world, one.person, 100)
        assert (await one.person.wallet())["balance"] == 600 * FEN
        assert (await one.standing())["limit"]["used"] == 0
    released = await step(world, holder, "release", "paid")
    assert (released.json()["release_reason"], released.json()["released_by"]) == ("paid", "stf_tests")
    for one in (anna, also_anna):
        assert (await shop.sell(one.person, 10)).status_code == 201
    person = (await world.payments.client().get(f"/v1/holders/{holder}")).json()
    assert (len(person["customers"]), len(person["freezes"]), person["usage"]["year"]) == (2, 1, 20 * FEN)


async def test_frozen_twice_is_frozen_and_released_twice_is_refused(world: World) -> None:
    anna = await customer(world, 0, 1)
    holder = await holder_of(anna)
    first, second = await step(world, holder, "freeze", "a"), await step(world, holder, "freeze", "b")
    assert first.json() == second.json()
    assert (await step(world, holder, "release")).status_code == 200
    again = await step(world, holder, "release")
    assert (again.status_code, again.json()["code"]) == (409, "holder_not_frozen")
    nobody = await step(world, "hld_" + holder[4:-4] + "0000", "freeze")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_holder")
    assert (await step(world, holder, "freeze", "")).json()["code"] == "invalid_value"


async def test_wallets_opened_and_customers_proved_meanwhile_are_frozen_too(world: World) -> None:
    anna = await customer(world, 0, 1)
    holder = await holder_of(anna)
    late = Applicant(world.person(), identity_number())
    await late.person.open_wallet()
    await step(world, holder, "freeze")
    dollars = await anna.person.open_wallet("USD")
    await late.proved(1)
    operator = world.payments.client()

    async def is_frozen(account_id: str) -> bool:
        return bool((await operator.get(f"/v1/accounts/{account_id}")).json()["frozen"])

    accounts = [dollars["account_id"], (await late.person.wallet())["account_id"]]
    assert [await is_frozen(account) for account in accounts] == [True, True]
    assert (await operator.get("/v1/verification")).json()["holds"] is True
    await step(world, holder, "release")
    assert [await is_frozen(account) for account in accounts] == [False, False]


async def test_what_was_frozen_by_itself_stays_frozen(world: World) -> None:
    """Wholly, or an amount of it, which catches money that comes later."""
    anna, also_anna = await customer(world, 100), await customer(world, 100)
    wholly, partly = (await anna.person.wallet())["account_id"], (await also_anna.person.wallet())["account_id"]
    await account_step(world, wholly, "freeze")
    await account_step(world, partly, "freeze", amount=150 * FEN)
    holder = await holder_of(anna)
    await step(world, holder, "freeze")
    await step(world, holder, "release")
    shop = await open_shop(world)
    assert (await shop.sell(anna.person, 10)).json()["code"] == "account_frozen"
    assert (await shop.sell(also_anna.person, 10)).json()["code"] == "insufficient_funds"
    await give(world, also_anna.person, 60)
    assert (await shop.sell(also_anna.person, 10)).status_code == 201
    assert (await shop.sell(also_anna.person, 1)).json()["code"] == "insufficient_funds"


async def test_earlier_holds_are_voided_and_posted_for_escrow_and_clearing_alone(world: World) -> None:
    anna = await customer(world, 100)
    account, operator = (await anna.person.wallet())["account_id"], world.payments.client()
    shop = (
        await operator.post(
            "/v1/accounts",
            json={"currency": "CNY", "kind": "tests", "rule": "none"},
            headers={"idempotency-key": "shop"},
        )
    ).json()["id"]
    holds = [(await move(operator, account, shop, 10 * FEN, kind="pending")).json() for _ in range(3)]
    await step(world, await holder_of(anna), "freeze")

    async def settle(hold: dict[str, Any], kind: str, code: str) -> tuple[int, str | None]:
        body = {"id": encode("trf", new_id()), "kind": kind, "pending_id": hold["id"], "code": code}
        answer = await operator.post("/v1/transfers", json=body)
        return answer.status_code, answer.json().get("code") if answer.status_code >= 400 else None

    assert await settle(holds[0], "post", "tests.gift") == (409, "account_frozen")
    assert await settle(holds[0], "void", "tests.gift") == (201, None)
    assert await settle(holds[1], "post", "escrow.release") == (201, None)
    assert await settle(holds[2], "post", "clearing.settle") == (201, None)
    new = await move(operator, account, shop, 1, kind="pending")
    assert (new.status_code, new.json()["code"]) == (409, "account_frozen")


async def test_freeze_against_payment_has_no_third_way(world: World) -> None:
    """Each payment is before the freeze, and counted, or after it, and refused."""
    shop, anna = await open_shop(world), await customer(world, 500)
    holder = await holder_of(anna)
    orders = [await shop.order(10) for _ in range(8)]
    *answers, _ = await asyncio.gather(
        *(shop.pay(anna.person, order, 10) for order in orders), step(world, holder, "freeze")
    )
    paid = sum(answer.status_code == 201 for answer in answers)
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"account_frozen"}
    assert (await anna.standing())["limit"]["used"] == paid * 10 * FEN
    assert (await anna.person.wallet())["balance"] == (500 - paid * 10) * FEN
    assert (await world.payments.client().get("/v1/verification")).json()["holds"] is True
