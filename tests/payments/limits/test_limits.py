"""Limits over HTTP: what is in force and who states it, what counts, and what the audit finds."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.database import async_url
from chassis.provision import in_database
from clients.ids import new_id
from services.payments.verification import queries as verification
from tests.databases import Databases
from tests.payments.confirmations.payer import set_password
from tests.payments.customer import World
from tests.payments.holders.persons import Applicant
from tests.payments.holders.shop import FEN, customer, open_shop

FIGURE = {
    "subject": "two_factors", "period": "day", "amount": 300_00, "valid_from": "2099-01-01", "source": "a draft",
}  # fmt: skip


async def state(world: World, body: dict[str, Any]) -> httpx.Response:
    return await world.payments.client().post(
        "/v1/limits/figures", json=body, headers={"idempotency-key": new_id().hex}
    )


async def rate(world: World, currency: str, on: str, text: str) -> httpx.Response:
    return await world.payments.client().put(
        f"/v1/limits/rates/{currency}/{on}",
        json={"rate": text, "source": "PBOC central parity"},
        headers={"idempotency-key": new_id().hex},
    )


async def certificate(world: World, customer_id: str, agreed: int) -> None:
    answer = await world.payments.client().put(
        f"/v1/holders/customers/{customer_id}/certificate",
        json={"valid_until": "2999-12-31", "agreed_daily": agreed},
        headers={"idempotency-key": new_id().hex},
    )
    assert answer.status_code == 200, answer.text


async def counted(one: Applicant) -> list[dict[str, Any]]:
    """What counts of a customer's payments, read page by page."""
    items: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = await one.person.get("/v1/limits/payments", limit=7, **more)
        items += page["items"]
        if page["next"] is None:
            return items
        more = {"after": page["next"]}


async def set_clock(world: World, text: str) -> None:
    body = {"business_at": f"{text}+08:00", "frozen": True}
    for http in (world.payments.client(), world.sandbox.client()):
        assert (await http.put("/v1/clock", json=body)).status_code == 200


async def test_figures_are_dated_data_with_their_source(world: World) -> None:
    anna = await customer(world, 0, 0)
    shown = await anna.person.get("/v1/limits")
    assert {one["subject"]: (one["period"], one["amount"], one["checks"]) for one in shown["figures"]} == {
        "class_i": ("life", 1_000_00, 1),
        "class_ii": ("year", 100_000_00, 3),
        "class_iii": ("year", 200_000_00, 5),
        "under_two_factors": ("day", 1_000_00, None),
        "two_factors": ("day", 5_000_00, None),
    }
    assert all("2015 No. 43" in one["source"] for one in shown["figures"])
    assert (await anna.person.get("/v1/limits", on="2016-06-30"))["figures"] == []
    for amount in (400_00, 300_00):
        stated = await state(world, FIGURE | {"amount": amount})
        assert (stated.status_code, stated.json()["stated_by"]) == (201, "stf_tests"), stated.text
    of_day = {
        one["subject"]: one["amount"] for one in (await anna.person.get("/v1/limits", on="2099-01-01"))["figures"]
    }
    assert (of_day["two_factors"], of_day["class_i"]) == (300_00, 1_000_00)
    before = {
        one["subject"]: one["amount"] for one in (await anna.person.get("/v1/limits", on="2098-12-31"))["figures"]
    }
    assert before["two_factors"] == 5_000_00
    page = (await world.payments.client().get("/v1/limits/figures", params={"limit": 1})).json()
    after = (await world.payments.client().get("/v1/limits/figures", params={"after": page["next"]})).json()
    assert (page["items"][0]["amount"], len(after["items"])) == (300_00, 6)


async def test_rates_are_stated_for_a_day(world: World) -> None:
    for text in ("7.1", "7.0801"):
        assert (await rate(world, "USD", "2099-01-01", text)).status_code == 200
    shown = (await world.payments.client().get("/v1/limits", params={"on": "2099-01-01"})).json()["rates"]
    assert [(one["currency"], one["rate"], one["source"]) for one in shown] == [
        ("USD", "7.080100000000", "PBOC central parity")
    ]
    assert (await world.payments.client().get("/v1/limits")).json()["rates"] == []


async def test_refusals(world: World) -> None:
    anna = await customer(world, 0, 0)
    not_allowed = await anna.person.post("/v1/limits/figures", FIGURE)
    cases = [
        (not_allowed, 403, "missing_scope", None),
        (await state(world, FIGURE | {"valid_from": "2020-01-01"}), 422, "figure_in_past", "valid_from"),
        (await state(world, FIGURE | {"period": "year"}), 422, "figure_malformed", "period"),
        (await state(world, FIGURE | {"subject": "class_i"}), 422, "figure_malformed", "period"),
        (await state(world, FIGURE | {"amount": -1}), 422, "invalid_value", "amount"),
        (await rate(world, "USD", "2020-01-01", "7"), 422, "rate_in_past", "rate_on"),
        (await rate(world, "CNY", "2099-01-01", "1"), 404, "unknown_currency", "currency"),
        (await rate(world, "XYZ", "2099-01-01", "1"), 404, "unknown_currency", "currency"),
        (await rate(world, "USD", "2099-01-01", "0"), 422, "invalid_value", "rate"),
        (await rate(world, "USD", "2099-01-01", "1000001"), 422, "invalid_value", "rate"),
        (await rate(world, "USD", "2099-01-01", "1.0000000000001"), 422, "invalid_value", "rate"),
    ]
    for answer, status, code, field in cases:
        assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field), (
            answer.text
        )


async def test_who_has_proved_nothing_pays_nothing_and_is_told_so(world: World) -> None:
    shop, anna = await open_shop(world), await customer(world, 100, 0)
    refused = await shop.sell(anna.person, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "identity_not_verified")
    assert await anna.person.balance() == (100 * FEN, 100 * FEN)


async def test_withdrawals_to_her_own_card_do_not_count(world: World) -> None:
    anna = await customer(world, 0, 0)
    card = await anna.person.bind(await anna.person.open_card())
    top_up = (await anna.person.top_up(card, 300_000 * FEN)).json()
    await anna.person.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    await anna.proved(1)
    out = (await anna.person.withdraw(card, 250_000 * FEN)).json()
    await anna.person.until(f"/v1/withdrawals/{out['id']}", "succeeded")
    assert (await anna.standing())["limit"] == {"period": "life", "limit": 1_000_00, "used": 0, "left": 1_000_00}


async def test_a_payment_refused_for_want_of_money_takes_no_room(world: World) -> None:
    shop, anna = await open_shop(world), await customer(world, 10)
    assert (await shop.sell(anna.person, 11)).json()["code"] == "insufficient_funds"
    assert (await anna.standing())["limit"]["used"] == 0
    assert await anna.person.get("/v1/limits/payments") == {"items": [], "next": None}


async def test_many_orders_at_once_of_one_person_as_two_customers(world: World) -> None:
    """Each of 50.00 of 1,000.00 for life: exactly twenty are paid."""
    shop = await open_shop(world)
    both = [await customer(world, 2_000, 1), await customer(world, 2_000, 1)]
    orders = [await shop.order(50) for _ in range(40)]
    answers = await asyncio.gather(
        *(shop.pay(both[number % 2].person, order, 50) for number, order in enumerate(orders))
    )
    assert (
        sorted(answer.json().get("code", "paid") for answer in answers)
        == ["lifetime_limit_exceeded"] * 20 + ["paid"] * 20
    )
    assert sum([(await one.person.wallet())["balance"] for one in both]) == 3_000 * FEN
    assert (await both[0].standing())["limit"] == (await both[1].standing())["limit"]
    own = [[item["customer_id"] for item in await counted(one)] for one in both]
    assert (len(own[0]) + len(own[1]), set(own[0]) <= {both[0].person.id}) == (20, True)


async def test_the_limit_s_day_and_year_end_at_midnight_over_http(world: World) -> None:
    shop, anna = await open_shop(world), await customer(world, 20_000)
    await set_password(anna.person.http, anna.number)
    await set_clock(world, "2027-12-31T23:59:59")
    assert (await shop.sell_confirmed(anna.person, 5_000)).status_code == 201
    refused = (await shop.sell_confirmed(anna.person, 1)).json()
    assert (refused["code"], refused["limit"], refused["used"], refused["left"]) == (
        "daily_limit_exceeded", 5_000_00, 5_000_00, 0,
    )  # fmt: skip
    await set_clock(world, "2028-01-01T00:00:00")
    assert (await anna.standing())["limit"] == {
        "period": "year", "limit": 200_000_00, "used": 0, "left": 200_000_00,
    }  # fmt: skip
    assert (await shop.sell_confirmed(anna.person, 5_000)).status_code == 201
    items = (await anna.person.get("/v1/limits/payments", limit=1))["items"]
    assert [(one["taken_on"], one["counted"]) for one in items] == [("2028-01-01", 5_000_00)]


async def test_the_journey_of_a_person_from_nothing_to_class_iii(world: World) -> None:
    """Row 1: classes by independent checks, limits shared by all she is and by how she confirms, the way up, freeze and release, audit."""
    shop, anna = await open_shop(world), await customer(world, 20_000, 0)
    operator = world.payments.client()
    assert (await shop.sell(anna.person, 1)).json()["code"] == "identity_not_verified"
    await anna.declare()
    await anna.check("police")
    await world.move_clock(timedelta(minutes=1))
    assert (await shop.sell(anna.person, 1_000)).status_code == 201
    refused = (await shop.sell(anna.person, 1)).json()
    assert (refused["code"], refused["left"]) == ("lifetime_limit_exceeded", 0)
    above = (await anna.standing())["next_class"]
    for channel in above["channels"][: above["checks_missing"]]:
        await anna.check(channel)
    assert (await anna.standing())["verification_class"] == "class_ii"
    by_token = (await shop.sell(anna.person, 1)).json()
    assert (by_token["code"], by_token["subject"]) == ("daily_limit_exceeded", "under_two_factors")
    await set_password(anna.person.http, anna.number)
    assert (await shop.sell_confirmed(anna.person, 5_000)).status_code == 201
    by_password = (await shop.sell_confirmed(anna.person, 1)).json()
    assert (by_password["code"], by_password["subject"]) == ("daily_limit_exceeded", "two_factors")
    await certificate(world, anna.person.id, 100_000_00)
    also_anna = await customer(world, 1_000, 1)
    assert (await shop.sell(also_anna.person, 1)).json()["code"] == "lifetime_limit_exceeded"
    assert (await shop.sell_confirmed(anna.person, 9_000)).status_code == 201
    await anna.check("tax")
    await anna.check("housing")
    standing = await anna.standing()
    assert (standing["verification_class"], standing["wealth_products"]) == ("class_iii", True)
    assert standing["limit"] == {
        "period": "year", "limit": 200_000_00, "used": 15_000_00, "left": 185_000_00,
    }  # fmt: skip
    reason = {"reason": "notice of the police"}
    holder = standing["holder_id"]
    for step, expected in (("freeze", 409), ("release", 201)):
        await operator.post(f"/v1/holders/{holder}/{step}", json=reason, headers={"idempotency-key": step})
        assert (await shop.sell_confirmed(anna.person, 10)).status_code == expected
    report = (await operator.get("/v1/verification")).json()
    assert report["holds"] is True, report
    looked = {one["name"]: one["examined"] for one in report["checks"]}
    assert (looked["counted_payments_have_their_transfers"], looked["payments_are_counted"]) == (4, 4)


BREAKING = {
    "usage_follows_from_payments": "UPDATE limit_usages SET life = life + 1 WHERE life > 0",
    "counted_payments_have_their_transfers": "UPDATE limit_takings SET reference = 'ord_other'",
    "payments_are_counted": "DELETE FROM limit_takings",
    "years_are_within_the_law": ("UPDATE limit_takings SET amount = 20000001, counted = 20000001 WHERE round = 1"),
    "days_are_within_the_law": "UPDATE limit_takings SET amount = 100001, counted = 100001",
    "classes_follow_from_checks": "UPDATE holder_identities SET checks = 5 WHERE checks = 1",
    "frozen_persons_hold_frozen_wallets": (
        "UPDATE ledger_accounts SET frozen = false WHERE kind = 'wallet' AND frozen"
    ),
    "identity_check_past_query": (
        "UPDATE holder_checks SET state = 'pending', ended_at = NULL, due_at = '2020-01-01' WHERE state = 'passed'"
    ),
}


async def failing(connection: AsyncConnection, now: datetime) -> set[str]:
    looked = await verification.checks(connection) | await verification.past_deadline(connection, now)
    return {name for name, (_, offending) in looked.items() if offending}


async def test_the_audit_finds_what_was_broken(world: World, databases: Databases) -> None:
    shop, anna, boris = await open_shop(world), await customer(world, 100, 1), await customer(world, 0, 1, "005")
    await world.move_clock(timedelta(seconds=5))
    assert (await shop.sell(anna.person, 10)).status_code == 201
    path = f"/v1/holders/{(await boris.standing())['holder_id']}/freeze"
    await world.payments.client().post(path, json={"reason": "x"}, headers={"idempotency-key": "x"})
    now = await world.payments.runtime.database.now()
    _, _, database = world.payments.runtime.settings.database_url.rpartition("/")
    engine = create_async_engine(async_url(in_database(databases.admin_url, database)))
    try:
        async with engine.connect() as connection:
            assert await failing(connection, now) == set()
            for name, breaking in BREAKING.items():
                await connection.exec_driver_sql(breaking)
                assert name in await failing(connection, now), name
                await connection.rollback()
    finally:
        await engine.dispose()
