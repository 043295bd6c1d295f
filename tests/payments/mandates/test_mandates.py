"""Mandates over HTTP against a real sandbox bank."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from chassis.ids import encode
from chassis.provision import in_database
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.mandates.signing import (
    asked,
    debit,
    declare,
    payee,
    signature,
    signed,
)
from tests.payments.returned_money.reporting import audited, reported, reserves_agree


async def proceeds(gym: Person) -> int:
    return int((await gym.get("/v1/merchants"))["items"][0]["balance"])


async def test_a_journey_of_a_mandate(world: World) -> None:
    """Asked for, signed, debited, a debit short of funds tried again by plan, revoked: from the wallet and from the card."""
    anna = world.person()
    card = await anna.funded(40_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    first = await debit(gym, mandate, "N-1", 30_000)
    assert (first.status_code, first.json()["state"]) == (201, "succeeded")
    second = (await debit(gym, mandate, "N-2", 20_000)).json()
    assert (second["state"], second["failure_code"]) == ("retrying", "insufficient_funds")
    await anna.top_up(card, 20_000)
    # Its other day may fall into the next month; the plan says tomorrow.
    await world.move_clock(timedelta(days=1))
    await world.run_periodic("payments.work_due_mandates")
    (again, _) = (await gym.get(f"/v1/mandates/{mandate}/debits"))["items"]
    assert (again["state"], again["attempts"]) == ("succeeded", 2)
    assert (await anna.balance(), await proceeds(gym)) == ((10_000, 10_000), 50_000)
    other, by_card = await signed(world, anna, card, "card")
    paid = await debit(other, by_card, "C-1", 25_000)
    assert (paid.status_code, paid.json()["state"]) == (201, "succeeded"), paid.text
    assert (await anna.balance(), await proceeds(other)) == ((10_000, 10_000), 25_000)
    await anna.post(f"/v1/mandates/{mandate}/revocation")
    refused = await debit(gym, mandate, "N-3", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "mandate_revoked")
    await reserves_agree(world)
    await audited(world)


async def test_a_card_debit_that_is_reversed_is_owed_by_its_payee(world: World) -> None:
    anna = world.person()
    card = await anna.funded(500_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card, "card")
    paid = (await debit(gym, mandate, "C-1", 25_000)).json()
    await reported(world, "charge_reversed", paid["id"], amount=10_000)
    assert await proceeds(gym) == 15_000
    await reported(world, "dispute_opened", paid["id"], amount=15_000)
    (dispute,) = (await gym.get("/v1/card-disputes"))["items"]
    assert (dispute["original"], dispute["held"]) == (paid["id"], 15_000)
    assert (await anna.get("/v1/card-disputes"))["items"] == []
    await audited(world)


async def test_a_bank_that_hesitates_is_asked_and_one_that_refuses_is_tried_again_or_not(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await declare(anna)
    wide = {"max_per_debit": 2_000_000, "max_per_period": 9_000_000}
    gym, mandate = await signed(world, anna, card, "card", **wide)
    hesitates = (await debit(gym, mandate, "slow", 990_004)).json()
    assert hesitates["state"] == "sent"
    short = (await debit(gym, mandate, "short", 990_002)).json()
    assert (short["state"], short["failure_code"]) == ("retrying", "insufficient_funds")
    restricted = (await debit(gym, mandate, "restricted", 990_001)).json()
    assert (restricted["state"], restricted["failure_code"]) == ("failed", "card_restricted")
    refused = await gym.post(f"/v1/mandates/{mandate}/debits/{hesitates['id']}/cancellation")
    assert (refused.status_code, refused.json()["code"]) == (409, "debit_not_waiting")
    await anna.post(f"/v1/mandates/{mandate}/revocation")
    assert (await gym.get(f"/v1/mandates/{mandate}/debits/{short['id']}"))["state"] == "cancelled"
    # What went to the bank before the revocation has its result.
    await world.run("payments.collect_debit", hesitates["id"])
    assert (await gym.get(f"/v1/mandates/{mandate}/debits/{hesitates['id']}"))["state"] == "succeeded"
    assert await proceeds(gym) == 990_004
    await audited(world)


async def test_two_hundred_debits_at_once_stay_within_the_cap(world: World) -> None:
    anna = world.person()
    card = await anna.funded(1_000_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card, max_per_debit=1_000, max_per_period=37_000)

    async def insisting(number: str) -> httpx.Response:
        """Under one key, until it is not told to come back later."""
        body = {"number": number, "amount": 1_000, "currency": "CNY"}
        while True:
            answer = await gym.post(f"/v1/mandates/{mandate}/debits", body, key=number)
            if answer.status_code != 503:
                return answer

    answers = await asyncio.gather(*(insisting(f"N-{number}") for number in range(200)))
    told = [answer.json().get("state") or answer.json()["code"] for answer in answers]
    assert (told.count("succeeded"), told.count("period_cap_reached")) == (37, 163)
    assert await proceeds(gym) == 37_000
    assert await anna.balance() == (963_000, 963_000)
    await audited(world)


async def test_it_is_signed_with_four_factors_and_five_tries(world: World) -> None:
    anna, boris = world.person(), world.person()
    card = await anna.ready()
    gym, merchant = await payee(world)
    mandate = (await gym.post("/v1/mandates", asked(anna.id, merchant))).json()
    path = f"/v1/mandates/{mandate['id']}/signature"
    undeclared = await anna.post(path, signature(anna, card))
    assert (undeclared.status_code, undeclared.json()["code"]) == (409, "identity_not_declared")
    await declare(anna)
    stolen = await boris.post(path, signature(anna, card))
    assert (stolen.status_code, stolen.json()["code"]) == (404, "unknown_mandate")
    wrong: list[dict[str, Any]] = [
        {"name": "李四"},
        {"identity_number": "110101199003070038"},
        {"mobile": "13900000000"},
    ]
    for left, differs in zip((4, 3, 2), wrong, strict=True):
        tried = (await anna.post(path, signature(anna, card, **differs))).json()
        assert (tried["state"], tried["refusal_code"], tried["tries_left"]) == ("requested", "factors_differ", left)
    for state in ("requested", "refused"):
        assert (await anna.post(path, signature(anna, card, **wrong[0]))).json()["state"] == state
    ended = await anna.post(path, signature(anna, card))
    assert (ended.status_code, ended.json()["code"]) == (409, "mandate_not_open")
    refused = await debit(gym, mandate["id"], "N-1", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "mandate_refused")


async def test_refusals_of_asking_and_debiting(world: World) -> None:
    anna = world.person()
    card = await anna.funded(100_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    _, merchant = await payee(world)
    own = (await gym.get("/v1/merchants"))["items"][0]
    account = (await anna.wallet())["account_id"]
    await debit(gym, mandate, "TWICE", 100)
    first = (await gym.get(f"/v1/mandates/{mandate}/debits"))["items"][0]["id"]
    cases = [
        (await gym.post("/v1/mandates", asked(anna.id, merchant)), 404, "unknown_merchant"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], account_id=account)), 422, "payee_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"]) | {"merchant_id": None, "account_id": account}), 422, "payee_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], currency="USD")), 422, "currency_mismatch"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], max_per_debit=60_000)), 422, "caps_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], valid_until="2020-01-01")), 422, "beyond_validity"),
        (await debit(gym, mandate, "TWICE", 100), 409, "debit_number_used"),
        (await debit(gym, mandate, "ABOVE", 30_001), 422, "amount_above_mandate"),
        (await debit(gym, mandate, "USD", 100, currency="USD"), 422, "currency_mismatch"),
        (await debit(gym, mandate, "LATER", 100, due_on="2028-01-01"), 422, "beyond_validity"),
        (await debit(gym, mandate, "ZERO", 0), 422, "invalid_value"),
        (await debit(anna, mandate, "MINE", 100), 404, "unknown_mandate"),
        (await world.person().http.get(f"/v1/mandates/{mandate}"), 404, "unknown_mandate"),
        (await gym.post(f"/v1/mandates/{mandate}/debits/{first}/cancellation"), 409, "debit_not_waiting"),
        (await anna.post(f"/v1/mandates/{mandate}/debits/{first}/cancellation"), 404, "unknown_debit"),
        (await gym.http.get(f"/v1/mandates/{mandate}/debits/{encode('mdb', UUID(int=7))}"), 404, "unknown_debit"),
        (await gym.post(f"/v1/mandates/{mandate}/suspension"), 404, "unknown_mandate"),
        (await anna.post(f"/v1/mandates/{mandate}/resumption"), 200, None),
    ]  # fmt: skip
    for answer, status, code in cases:
        assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert await anna.balance() == (99_900, 99_900)
    assert [one["id"] for one in (await gym.get("/v1/mandates", as_payee=True))["items"]] == [mandate]
    assert [one["id"] for one in (await anna.get("/v1/mandates"))["items"]] == [mandate]


async def test_the_audit_finds_a_debit_that_was_changed(world: World, databases: Databases) -> None:
    anna = world.person()
    card = await anna.funded(100_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    paid = (await debit(gym, mandate, "N-1", 30_000)).json()
    database = world.payments.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        await connection.execute("UPDATE mandate_debits SET amount = 60000")
    finally:
        await connection.close()
    report = (await world.payments.client().get("/v1/verification")).json()
    failed = {one["name"]: one["offending"] for one in report["checks"] if one["failed"]}
    assert failed["debits_have_their_transfers"] == [paid["id"]]
    assert failed["debits_stay_within_their_mandates"] == [mandate]
