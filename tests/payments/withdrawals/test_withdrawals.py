"""Withdrawals against a real sandbox bank over HTTP: the hold stands until the bank's final word."""

import asyncio
from datetime import timedelta

import pytest

from services.payments.channels.queries import list_reserves
from services.payments.ledger import queries as ledger
from services.payments.withdrawals import actions
from tests.payments.customer import Person, World

BASE = 990_000
FUNDS = 2_000_000


async def funded(world: World, bank: str = "ICBC") -> tuple[Person, str]:
    """A customer with 20,000.00 in her wallet, and her card."""
    anna = world.person()
    return anna, await anna.funded(FUNDS, bank)


async def test_a_withdrawal_pays_out(world: World) -> None:
    anna, card = await funded(world)
    answer = await anna.withdraw(card, 500_000)
    assert (answer.status_code, answer.json()["state"], answer.json()["bank"]) == (201, "succeeded", "ICBC")
    assert await anna.balance() == (FUNDS - 500_000, FUNDS - 500_000)
    assert await world.door.reserve() == FUNDS - 500_000


@pytest.mark.parametrize("cents", [1, 2])
async def test_a_decline_gives_the_money_back(world: World, cents: int) -> None:
    anna, card = await funded(world)
    answer = await anna.withdraw(card, BASE + cents)
    assert answer.json()["state"] == "failed"
    assert answer.json()["failure_code"] in ("card_restricted", "insufficient_funds")
    assert await anna.balance() == (FUNDS, FUNDS)


@pytest.mark.parametrize(("cents", "state"), [(4, "succeeded"), (10, "succeeded"), (11, "failed")])
async def test_an_unknown_result_keeps_the_hold(world: World, cents: int, state: str) -> None:
    anna, card = await funded(world)
    amount = BASE + cents
    answer = await anna.withdraw(card, amount)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert await anna.balance() == (FUNDS, FUNDS - amount)
    await world.run("payments.pay_out", answer.json()["id"])
    assert (await anna.get(f"/v1/withdrawals/{answer.json()['id']}"))["state"] == state
    left = FUNDS - amount if state == "succeeded" else FUNDS
    assert await anna.balance() == (left, left)


async def test_absence_at_finality_gives_the_money_back(world: World) -> None:
    anna, card = await funded(world)
    withdrawal = (await anna.withdraw(card, BASE + 5)).json()
    await world.run("payments.pay_out", withdrawal["id"])
    assert await anna.balance() == (FUNDS, FUNDS - BASE - 5)
    await world.move_clock(timedelta(minutes=30))
    await world.run("payments.pay_out", withdrawal["id"])
    ended = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (ended["state"], ended["failure_code"]) == ("failed", "never_arrived")
    assert await anna.balance() == (FUNDS, FUNDS)


async def test_not_found_for_ten_minutes_and_then_paid(world: World) -> None:
    anna, card = await funded(world)
    withdrawal = (await anna.withdraw(card, BASE + 6)).json()
    await world.run("payments.pay_out", withdrawal["id"])
    assert (await anna.get(f"/v1/withdrawals/{withdrawal['id']}"))["state"] == "pending"
    await world.move_clock(timedelta(minutes=11))
    await world.run("payments.pay_out", withdrawal["id"])
    assert (await anna.get(f"/v1/withdrawals/{withdrawal['id']}"))["state"] == "succeeded"
    assert await anna.balance() == (FUNDS - BASE - 6, FUNDS - BASE - 6)


async def test_a_payout_after_it_was_given_up_becomes_a_receivable_in_suspense(world: World) -> None:
    """The customer has her money twice; the ledger's reserve still follows the bank's, once however often we ask."""
    anna, card = await funded(world)
    withdrawal = (await anna.withdraw(card, BASE + 12)).json()
    await world.move_clock(timedelta(minutes=30))
    await world.run("payments.pay_out", withdrawal["id"])
    assert await anna.balance() == (FUNDS, FUNDS)
    await world.move_clock(timedelta(hours=7))
    for _ in range(2):
        await world.run("payments.pay_out", withdrawal["id"])
    ended = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (ended["state"], ended["late"]) == ("failed", True)
    assert await anna.balance() == (FUNDS, FUNDS)
    async with world.payments.runtime.reading() as connection:
        held = {row.bank: row.account_id for row in await list_reserves(connection)}
        accounts = await ledger.accounts_with(connection, held.values())
    assert accounts[held["SUSPENSE"]].settled == -(BASE + 12)
    assert accounts[held["ICBC"]].settled == await world.door.reserve() == FUNDS - BASE - 12


@pytest.mark.parametrize(("cents", "state"), [(8, "succeeded"), (9, "failed")])
async def test_processing_keeps_the_hold(world: World, cents: int, state: str) -> None:
    anna, card = await funded(world)
    withdrawal = (await anna.withdraw(card, BASE + cents)).json()
    assert withdrawal["state"] == "pending"
    await world.move_clock(timedelta(minutes=6))
    await world.run("payments.pay_out", withdrawal["id"])
    assert (await anna.get(f"/v1/withdrawals/{withdrawal['id']}"))["state"] == state


async def test_a_crash_between_call_and_recording_pays_once(world: World) -> None:
    anna, card = await funded(world)

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed between call and recording")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "record_withdrawal_answer", die)
        withdrawal = (await anna.withdraw(card, 300_000)).json()
    assert withdrawal["state"] == "pending"
    assert await anna.balance() == (FUNDS, FUNDS - 300_000)
    await world.run("payments.pay_out", withdrawal["id"])
    await world.run("payments.pay_out", withdrawal["id"])
    assert await anna.balance() == (FUNDS - 300_000, FUNDS - 300_000)
    assert await world.door.reserve() == FUNDS - 300_000


async def test_no_more_than_is_available_is_paid_however_many_ask(world: World) -> None:
    anna, card = await funded(world)
    answers = await asyncio.gather(*(anna.withdraw(card, 800_000) for _ in range(6)))
    codes = sorted(answer.json().get("state") or answer.json()["code"] for answer in answers)
    assert codes == ["insufficient_funds"] * 4 + ["succeeded"] * 2
    assert await anna.balance() == (400_000, 400_000)


async def test_another_bank_pays_when_the_card_s_own_reserve_is_short(world: World) -> None:
    anna, _ = await funded(world)
    number = await anna.open_card("CMB", balance_minor=0)
    answer = await anna.withdraw(await anna.bind(number), 100_000)
    assert (answer.json()["state"], answer.json()["bank"]) == ("succeeded", "ICBC")


async def test_what_no_single_reserve_holds_is_refused_and_nothing_held(world: World) -> None:
    anna, _ = await funded(world)
    other = await anna.bind(await anna.open_card("CMB"))
    await anna.top_up(other, 1_000)
    answer = await anna.withdraw(other, FUNDS + 500)
    assert (answer.status_code, answer.json()["code"]) == (409, "reserve_short")
    assert await anna.balance() == (FUNDS + 1_000, FUNDS + 1_000)


async def test_refusals(world: World) -> None:
    anna, card = await funded(world)
    boris = world.person()
    await boris.open_wallet()
    over = await anna.withdraw(card, FUNDS + 1)
    assert (over.status_code, over.json()["code"]) == (409, "insufficient_funds")
    stolen = await boris.withdraw(card, 100)
    assert (stolen.status_code, stolen.json()["code"]) == (404, "unknown_card")
    withdrawal = (await anna.withdraw(card, 100)).json()
    answer = await boris.http.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_withdrawal")
    assert [item["id"] for item in (await anna.get("/v1/withdrawals"))["items"]] == [withdrawal["id"]]
