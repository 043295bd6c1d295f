"""Payments confirmed by a payment password: what each way to pay counts as, and what is refused."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx

from chassis.clock import business_day
from chassis.database import Tx
from chassis.direct import direct_of
from chassis.gathering import Gathering, Keyed
from chassis.idempotency import Claim
from chassis.identity import Caller
from chassis.ids import decode
from services.payments.confirmations import actions
from services.payments.confirmations.model import MOST_LIVE, MOST_TRIES, PaymentPassword
from services.payments.confirmations.queries import lock_confirmations, lock_password
from services.payments.orders.gathered import WantedPayment, create_and_pay
from tests.databases import Databases
from tests.payments.confirmations.payer import PASSWORD, confirmed, set_password
from tests.payments.market import Market, Party, refusal

CNY = {"currency": "CNY"}


async def proved(market: Market, amount: int = 2_000_000) -> Party:
    """A customer of class III with money and a payment password."""
    party = await market.customer(amount)
    await set_password(party.http)
    await market.prove(party, "王小明")
    return party


async def ordered(market: Market, owner: Party, merchant: dict[str, Any], amount: int) -> str:
    body = {"merchant_id": merchant["id"], "merchant_order_number": uuid4().hex[:20], "subject": "tea"}
    return str((await owner.post("/v1/orders", body | CNY | {"amount": amount}))["id"])


async def counted(party: Party) -> dict[str, int]:
    """What was paid, by how it was confirmed."""
    items = (await party.get("/v1/limits/payments"))["items"]
    sums: Counter[str] = Counter()
    for one in items:
        sums[one["confirmation"]] += one["counted"]
    return dict(sums)


async def held(market: Market, party: Party) -> PaymentPassword:
    """Her payment password as it stands."""

    async def story(tx: Tx, caller: Caller) -> PaymentPassword | None:
        return await lock_password(tx.connection, party.uuid)

    found = await market.perform(story, party.caller)
    assert found is not None
    return found


def wallet(amount: int, **more: Any) -> dict[str, Any]:
    return {"method": "wallet", "amount": amount} | CNY | more


async def test_by_her_token_a_thousand_a_day_by_her_password_five_thousand(market: Market) -> None:
    """To the fen, through the lane and past it, each day's sums apart; what comes back gives back its own."""
    await market.stop_clock()
    owner, anna = await market.customer(0), await proved(market)
    merchant = await market.merchant(owner)

    async def pay(amount: int, *, confirm: bool, **more: Any) -> httpx.Response:
        order = await ordered(market, owner, merchant, amount)
        said = await confirmed(anna.http, order, amount) if confirm else {}
        return await anna.ask(f"/v1/orders/{order}/payments", wallet(amount, **said, **more))

    assert refusal(await pay(100_001, confirm=False))[1] == "daily_limit_exceeded"
    first = await pay(60_000, confirm=False)
    assert (await pay(40_000, confirm=False, partial=False)).status_code == 201
    assert refusal(await pay(1, confirm=False))[1] == "daily_limit_exceeded"
    assert (await pay(300_000, confirm=True)).status_code == 201
    assert (await pay(200_000, confirm=True, partial=False)).status_code == 201
    assert refusal(await pay(1, confirm=True))[1] == "daily_limit_exceeded"
    assert await counted(anna) == {"under_two_factors": 100_000, "two_factors": 500_000}
    refund = {"merchant_refund_number": "R1", "amount": 60_000, "reason": "sent back"} | CNY
    await owner.post(f"/v1/orders/{first.json()['id']}/refunds", refund)
    assert (await pay(60_000, confirm=False)).status_code == 201
    assert await market.failed_checks() == []


async def test_every_way_to_pay_from_a_wallet_takes_a_confirmation(market: Market) -> None:
    owner, anna, boris = await market.customer(0), await proved(market), await market.customer(0)
    merchant = await market.merchant(owner)
    asked = {"merchant_id": merchant["id"], "merchant_number": "P1", "subject": "room", "amount": 120_000} | CNY
    deposit = (await owner.post("/v1/preauthorisations", asked))["id"]
    goods = {
        "merchant_id": merchant["id"], "merchant_trade_number": "T1", "subject": "tea",
        "items": [{"name": "tea", "quantity": 1, "unit_price": 110_000}],
    }  # fmt: skip
    trade = (await owner.post("/v1/trades", goods | CNY))["id"]
    ways: list[tuple[str, str, dict[str, Any], int]] = [
        (f"/v1/preauthorisations/{deposit}/agreement", deposit, {}, 120_000),
        (f"/v1/trades/{trade}/payments", trade, {"method": "wallet"}, 110_000),
        ("/v1/person-transfers", boris.id, {"payee_id": boris.id}, 101_000),
        ("/v1/person-transfers", boris.wallet["id"], {"payee_wallet_id": boris.wallet["id"]}, 102_000),
    ]
    for path, subject, body, amount in ways:
        asking = body | CNY | {"amount": amount}
        assert (await anna.refused(path, asking))[1] == "daily_limit_exceeded"
        await anna.post(path, asking | await confirmed(anna.http, subject, amount))
    assert await counted(anna) == {"two_factors": 433_000}
    code = (await owner.post("/v1/payee-codes", {"merchant_id": merchant["id"], "label": ""} | CNY))["id"]
    paying = {"amount": 10_000} | CNY
    await anna.post(f"/v1/payee-codes/{code}/payments", paying | await confirmed(anna.http, code, 10_000))
    assert await counted(anna) == {"two_factors": 443_000}
    assert await market.failed_checks() == []


async def test_a_confirmation_is_good_once_for_its_payment_and_her_alone(market: Market) -> None:
    """The lane leaves what it cannot take to the route, which explains; a refusal uses nothing up."""
    owner, anna, boris = await market.customer(0), await proved(market), await proved(market)
    merchant = await market.merchant(owner)
    one, other = [await ordered(market, owner, merchant, 5_000) for _ in range(2)]
    said = await confirmed(anna.http, one, 5_000)
    unknown = {"confirmation_id": said["confirmation_id"][:-3] + "zzz"}
    for party, order, amount, given, expected in (
        (anna, other, 5_000, said, (409, "confirmation_differs", "confirmation_id")),
        (boris, one, 5_000, said, (404, "unknown_confirmation", "confirmation_id")),
        (anna, one, 5_000, unknown, (404, "unknown_confirmation", "confirmation_id")),
        (anna, one, 4_999, said | {"partial": True}, (409, "confirmation_differs", "confirmation_id")),
    ):
        assert await party.refused(f"/v1/orders/{order}/payments", wallet(amount, **given)) == expected
    await anna.post(f"/v1/orders/{one}/payments", wallet(5_000, **said))
    again = await anna.refused(f"/v1/orders/{other}/payments", wallet(5_000, **said))
    assert again == (409, "confirmation_used", "confirmation_id")
    account = {"account_id": merchant["account_id"]}
    body = {"method": "consumer_credit", "amount": 5_000} | CNY | said | account
    assert (await anna.ask(f"/v1/orders/{other}/payments", body)).status_code == 422
    assert await market.failed_checks() == []


async def test_many_payments_at_once_by_one_confirmation_make_one(market: Market) -> None:
    anna, boris = await proved(market), await market.customer(0)
    said = await confirmed(anna.http, boris.id, 100)
    body = {"payee_id": boris.id, "amount": 100} | CNY | said
    answers = await asyncio.gather(*(anna.ask("/v1/person-transfers", body) for _ in range(20)))
    assert Counter(answer.json().get("code") for answer in answers) == {None: 1, "confirmation_used": 19}
    assert await counted(anna) == {"two_factors": 100}


async def test_the_password_is_set_once_changed_by_who_knows_it_and_cleared_by_an_operator(market: Market) -> None:
    anna = await market.customer(0)
    path, confirming = "/v1/payment-password", "/v1/payment-confirmations"
    asking = {"password": PASSWORD, "subject": anna.id, "amount": 1} | CNY

    async def put(**body: str) -> str:
        answer = await anna.http.put(path, json=body)
        return "done" if answer.status_code == 204 else str(answer.json()["code"])

    assert (await anna.http.post(confirming, json=asking)).json()["code"] == "no_payment_password"
    assert await put(password="246801", current="111222") == "no_payment_password"
    assert await put(password="123456") == "payment_password_weak"
    assert await put(password="246801") == "done"
    assert await put(password="135791") == "payment_password_stands"
    assert await put(password="135791", current="000001") == "payment_password_wrong"
    assert await put(password="135791", current="246801") == "done"
    wrong = (await anna.http.post(confirming, json=asking)).json()
    assert (wrong["code"], wrong["field"], wrong["tries_left"]) == ("payment_password_wrong", "password", 4)
    clearance = f"/v1/payment-passwords/{anna.id}/clearance"
    assert (await anna.http.post(clearance, json={"reason": "mine"})).status_code == 403
    for expected in (204, 409):
        answer = await market.operator.http.post(clearance, json={"reason": "seen at the counter"})
        assert answer.status_code == expected
    assert await put(password="246801") == "done"
    await anna.http.post(confirming, json=asking)
    for short in ("24680", "2468011", "24680a"):
        assert (await anna.http.put(path, json={"password": short})).status_code == 422


async def test_guesses_at_one_instant_are_five(market: Market) -> None:
    anna = await market.customer(0)
    await set_password(anna.http)
    asking = {"password": "999998", "subject": anna.id, "amount": 1} | CNY
    answers = await asyncio.gather(*(anna.http.post("/v1/payment-confirmations", json=asking) for _ in range(12)))
    codes = Counter(answer.json()["code"] for answer in answers)
    assert codes == {"payment_password_wrong": 5, "payment_password_locked": 7}
    right = await anna.http.post("/v1/payment-confirmations", json=asking | {"password": PASSWORD})
    assert (right.status_code, right.json()["code"]) == (429, "payment_password_locked")


async def test_who_has_proved_who_she_is_says_it_again_to_set_her_first(market: Market) -> None:
    """Five wrong numbers, also at one instant, are all that may be tried, as of a password. To say none is no try."""
    anna = await market.customer(0)
    number = await market.prove(anna, "王小明")

    async def put(**more: str) -> tuple[int, str]:
        answer = await anna.http.put("/v1/payment-password", json={"password": PASSWORD} | more)
        return (204, "") if answer.status_code == 204 else refusal(answer)[:2]

    for _ in range(MOST_TRIES + 1):
        assert await put() == (422, "identity_differs")
    guesses = await asyncio.gather(*(put(identity_number=f"1101011990030700{last}") for last in range(10, 22)))
    locked = (429, "payment_password_locked")
    assert Counter(guesses) == {(422, "identity_differs"): MOST_TRIES, locked: 7}
    assert await put(identity_number=number) == locked
    clearance = {"reason": "seen at the counter"}
    answer = await market.operator.http.post(f"/v1/payment-passwords/{anna.id}/clearance", json=clearance)
    assert answer.status_code == 204
    assert await put(identity_number="110101199003070000") == (422, "identity_differs")
    asking = {"password": PASSWORD, "subject": anna.id, "amount": 1} | CNY
    assert refusal(await anna.http.post("/v1/payment-confirmations", json=asking))[1] == "no_payment_password"
    assert await put(identity_number=number) == (204, "")
    assert await put(identity_number=number) == (409, "payment_password_stands")
    assert (await held(market, anna)).tries == 0


async def test_confirmations_that_wait_are_few_and_end_by_themselves(market: Market) -> None:
    anna = await market.customer(0)
    await set_password(anna.http)
    facts = {"proved": await held(market, anna), "subject": anna.id, "amount": 1, "currency": "CNY"}
    for _ in range(MOST_LIVE):
        await market.perform(actions.confirm, anna.caller, **facts)
    assert await market.tried(actions.confirm, anna.caller, **facts) == "too_many_confirmations"
    await market.run_periodic("payments.expire_confirmations")
    # Nor does the right password, said again and again for nothing, lock her out.
    asking = {"password": PASSWORD, "subject": anna.id, "amount": 1} | CNY
    for _ in range(MOST_TRIES + 1):
        answer = await anna.http.post("/v1/payment-confirmations", json=asking)
        assert refusal(answer)[:2] == (409, "too_many_confirmations")
    assert (await held(market, anna)).tries == 0


async def test_what_was_confirmed_ends_with_the_password(market: Market) -> None:
    """Also what is proved at that moment, and not confirmed yet."""
    anna, boris = await proved(market), await market.customer(0)
    path, other = "/v1/payment-password", "135791"
    body = {"payee_id": boris.id, "amount": 100} | CNY
    confirming = {"subject": boris.id, "amount": 100, "currency": "CNY"}

    async def change() -> None:
        changed = await anna.http.put(path, json={"password": other, "current": PASSWORD})
        assert changed.status_code == 204, changed.text

    async def clear() -> None:
        reason = {"reason": "seen at the counter"}
        cleared = await market.operator.http.post(f"/v1/payment-passwords/{anna.id}/clearance", json=reason)
        assert cleared.status_code == 204, cleared.text

    for ending in (change, clear):
        known, said = await held(market, anna), await confirmed(anna.http, boris.id, 100)
        await ending()
        expired = await anna.refused("/v1/person-transfers", body | said)
        assert expired == (409, "confirmation_expired", "confirmation_id")
        late = [
            await market.tried(action, anna.caller, proved=known, **facts)
            for action, facts in (
                (actions.confirm, confirming),
                (actions.change_password, {"sealed": b"another"}),
                (actions.forget_tries, {}),
            )
        ]
        assert late == ["payment_password_wrong" if ending is change else "no_payment_password"] * 3
        if ending is change:
            back = await anna.http.put(path, json={"password": PASSWORD, "current": other})
            assert back.status_code == 204, back.text
    assert await market.failed_checks() == []


async def test_a_confirmation_that_is_held_holds_up_nobody_in_the_lane(market: Market) -> None:
    """Its own payment is left to the ordinary way, which waits for it alone."""
    owner, asked = await market.customer(0), []
    merchant = await market.merchant(owner)
    for number in range(2):
        payer = await proved(market)
        order = await ordered(market, owner, merchant, 5_000)
        said = (await confirmed(payer.http, order, 5_000))["confirmation_id"]
        wanted = WantedPayment(decode("ord", order), 5_000, "CNY", decode("cfm", said))
        claim = Claim(f"suite/{payer.id}/", "POST /v1/orders/{order_id}/payments", f"K-{number}", b"")
        asked.append(Keyed(payer.caller, claim, wanted))
    runtime = market.served.runtime
    async with runtime.database.engine.connect() as holding, runtime.database.engine.connect() as lane:
        assert asked[0].wanted.confirmation_id is not None
        await lock_confirmations(await direct_of(holding), [asked[0].wanted.confirmation_id])
        batch = Gathering(await direct_of(lane), runtime.settings, None)
        made = await create_and_pay(batch, asked)
        await lane.rollback()
    assert [one is not None for one in made] == [False, True]


async def test_a_day_stays_within_the_figures_that_were_in_force_in_it(market: Market) -> None:
    """A figure that is lowered during the day, and room given back, are no breach of it."""
    await market.stop_clock()
    anna, boris = await proved(market), await market.customer(0)
    body = {"payee_id": boris.id, "arrival": "after_2_hours"} | CNY
    sent = [await anna.post("/v1/person-transfers", body | {"amount": 50_000}) for _ in range(2)]
    await anna.post(f"/v1/person-transfers/{sent[0]['id']}/revocation")
    await anna.post("/v1/person-transfers", body | {"amount": 50_000})
    today = business_day(await market.now(), market.served.runtime.settings.zone)
    lower = {
        "subject": "under_two_factors", "period": "day", "amount": 60_000, "valid_from": today.isoformat(), "source": "a draft",
    }  # fmt: skip
    await market.operator.post("/v1/limits/figures", lower)
    assert (await anna.refused("/v1/person-transfers", body | {"amount": 1}))[1] == "daily_limit_exceeded"
    assert await market.failed_checks() == []


async def test_the_audit_sees_what_was_never_confirmed(market: Market, databases: Databases) -> None:
    anna, boris = await proved(market), await market.customer(0)
    body = {"payee_id": boris.id, "amount": 100} | CNY
    await anna.post("/v1/person-transfers", body | await confirmed(anna.http, boris.id, 100))
    assert await market.failed_checks() == []
    for statement in (
        "UPDATE payment_confirmations SET used_for = 'ptr_another'",
        "UPDATE payment_confirmations SET amount = 99",
    ):
        failed = await market.failed_when(databases.admin_url, statement)
        assert {"confirmed_payments_have_their_confirmation", "used_confirmations_are_of_one_payment"} <= set(failed)
    weak = "UPDATE limit_takings SET confirmation = 'under_two_factors'"
    assert "used_confirmations_are_of_one_payment" in await market.failed_when(databases.admin_url, weak)


async def test_the_audit_knows_what_was_confirmed_of_whom_counts_nothing(market: Market, admin_url: str) -> None:
    """Who has not proved who she is takes no room; her confirmations are of payments all the same."""
    owner, anna, boris = await market.customer(0), await market.customer(10_000), await market.customer(0)
    await set_password(anna.http)
    merchant = await market.merchant(owner)
    order = await ordered(market, owner, merchant, 1_000)
    asked = {"merchant_id": merchant["id"], "merchant_number": "P1", "subject": "room", "amount": 1_000} | CNY
    deposit = (await owner.post("/v1/preauthorisations", asked))["id"]
    for path, subject, body in (
        (f"/v1/orders/{order}/payments", order, wallet(1_000)),
        ("/v1/person-transfers", boris.id, {"payee_id": boris.id, "amount": 1_000} | CNY),
        (f"/v1/preauthorisations/{deposit}/agreement", deposit, {"amount": 1_000} | CNY),
    ):
        await anna.post(path, body | await confirmed(anna.http, subject, 1_000))
    assert await market.failed_checks() == []
    for kind in ("opy", "ptr", "pre"):
        for change in (
            "amount = amount + 1",
            "currency = 'USD'",
            "customer_id = id",
            "used_for = left(used_for, 4) || reverse(substr(used_for, 5))",
            "used_for = 'x' || used_for",
        ):
            statement = f"UPDATE payment_confirmations SET {change} WHERE used_for LIKE '{kind}%'"  # noqa: S608
            failed = await market.failed_when(admin_url, statement)
            assert failed == ["used_confirmations_are_of_one_payment"], statement
