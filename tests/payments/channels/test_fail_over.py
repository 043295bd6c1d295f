"""One order on several channels, over HTTP against the sandbox: never a second one before the first is known to have failed."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.payments.customer import Person, World

OWN_BANK = 990_050
"""Magic amounts of which only the card's own bank makes trouble."""


@pytest.fixture
async def noon(world: World) -> World:
    """A Thursday, when no channel is closed."""
    await world.thursday_noon()
    return world


async def attempts_of(anna: Person, path: str) -> list[tuple[str, str, bool]]:
    items = (await anna.get(f"{path}/attempts"))["items"]
    return [(item["channel"], item["state"], item["counts"]) for item in items]


async def test_a_decline_of_the_channel_itself_fails_over_in_the_same_request(noon: World) -> None:
    anna = noon.person()
    answer = await anna.top_up(await anna.ready(), OWN_BANK + 13)
    assert (answer.status_code, answer.json()["state"], answer.json()["bank"]) == (201, "succeeded", "NETSLINK")
    path = f"/v1/top-ups/{answer.json()['id']}"
    assert await attempts_of(anna, path) == [("ICBC", "declined", False), ("NETSLINK", "succeeded", True)]
    assert await anna.balance() == (OWN_BANK + 13, OWN_BANK + 13)
    assert (await noon.door.reserve("ICBC"), await noon.door.reserve("NETSLINK")) == (0, OWN_BANK + 13)
    await noon.audit()


@pytest.mark.parametrize("cents", [1, 2])
async def test_a_decline_of_the_card_is_final_everywhere(noon: World, cents: int) -> None:
    anna = noon.person()
    top_up = (await anna.top_up(await anna.ready(), OWN_BANK + cents)).json()
    assert top_up["state"] == "failed"
    assert len(await attempts_of(anna, f"/v1/top-ups/{top_up['id']}")) == 1


async def test_an_unknown_result_never_fails_over_before_finality(noon: World) -> None:
    anna = noon.person()
    top_up = (await anna.top_up(await anna.ready(), OWN_BANK + 5)).json()
    path = f"/v1/top-ups/{top_up['id']}"
    for minutes in (0, 10, 19):
        await noon.move_clock(timedelta(minutes=minutes))
        await noon.run("payments.collect_top_up", top_up["id"])
        assert await attempts_of(anna, path) == [("ICBC", "unknown", False)]
    await noon.move_clock(timedelta(minutes=1))
    await noon.run("payments.collect_top_up", top_up["id"])
    assert await attempts_of(anna, path) == [("ICBC", "absent", False), ("NETSLINK", "succeeded", True)]
    assert await anna.balance() == (OWN_BANK + 5, OWN_BANK + 5)


async def test_a_late_success_after_the_fail_over_goes_back_to_the_card(noon: World) -> None:
    """The whole road: unknown, absent, failed over, booked; then the first bank has it after all, and returns it."""
    amount = OWN_BANK + 12
    anna = noon.person()
    card = await anna.ready()
    top_up = (await anna.top_up(card, amount)).json()
    path = f"/v1/top-ups/{top_up['id']}"
    await noon.move_clock(timedelta(minutes=30))
    await noon.run("payments.collect_top_up", top_up["id"])
    assert (await anna.get(path))["bank"] == "NETSLINK"
    await noon.move_clock(timedelta(hours=7))
    await noon.run("payments.collect_top_up", top_up["id"])
    ended = await anna.get(path)
    assert (ended["state"], ended["bank"], ended["late"]) == ("succeeded", "NETSLINK", False)
    assert await attempts_of(anna, path) == [("ICBC", "succeeded", False), ("NETSLINK", "succeeded", True)]
    back = (await noon.payments.client().get("/v1/card-returns")).json()["items"]
    assert [(one["channel"], one["amount"]) for one in back] == [("ICBC", amount)]
    # The way back is as silent as the way there was: sent, not found, and there in the end.
    await noon.run("payments.return_to_card", back[0]["id"])
    await noon.move_clock(timedelta(hours=2))
    await noon.run("payments.return_to_card", back[0]["id"])
    returned = (await noon.payments.client().get(f"/v1/card-returns/{back[0]['id']}")).json()
    assert (returned["state"], returned["late"]) == ("returned", False)
    assert await anna.balance() == (amount, amount)
    assert (await noon.door.reserve("ICBC"), await noon.door.reserve("NETSLINK")) == (0, amount)
    told = (await noon.payments.client().get("/v1/events", params={"limit": 200})).json()["items"]
    types = [event["type"] for event in told if "card_return" in event["type"]]
    assert types == ["payments.card_return.started.v1", "payments.card_return.returned.v1"]
    await noon.audit()


async def test_a_payout_fails_over_with_its_hold(noon: World) -> None:
    """The reserve that is to pay changes, and the hold with it; the customer's money is held once throughout."""
    amount = OWN_BANK + 13
    anna = noon.person()
    await anna.funded(2_000_000, bank="CCB")
    boris = noon.person()
    await boris.funded(2_000_000, bank="ICBC")
    card = await anna.bind(await anna.open_card("ICBC", balance_minor=0))
    answer = (await anna.withdraw(card, amount)).json()
    assert (answer["state"], answer["bank"]) == ("succeeded", "CCB")
    path = f"/v1/withdrawals/{answer['id']}"
    assert await attempts_of(anna, path) == [("ICBC", "declined", False), ("CCB", "succeeded", True)]
    assert await anna.balance() == (2_000_000 - amount, 2_000_000 - amount)
    assert (await noon.door.reserve("ICBC"), await noon.door.reserve("CCB")) == (2_000_000, 2_000_000 - amount)
    await noon.audit()


async def test_a_payout_that_succeeds_twice_is_a_receivable(noon: World) -> None:
    amount = OWN_BANK + 12
    anna, boris = noon.person(), noon.person()
    await anna.funded(2_000_000, bank="CCB")
    await boris.funded(2_000_000, bank="ICBC")
    card = await anna.bind(await anna.open_card("ICBC", balance_minor=0))
    withdrawal = (await anna.withdraw(card, amount)).json()
    await noon.move_clock(timedelta(minutes=30))
    await noon.run("payments.pay_out", withdrawal["id"])
    paid = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (paid["state"], paid["bank"]) == ("succeeded", "CCB")
    await noon.move_clock(timedelta(hours=7))
    await noon.run("payments.pay_out", withdrawal["id"])
    late = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (late["state"], late["bank"], late["late"]) == ("succeeded", "CCB", True)
    assert await anna.balance() == (2_000_000 - amount, 2_000_000 - amount)
    assert await noon.door.reserve("ICBC") == 2_000_000 - amount
    await noon.audit()


async def test_a_wallet_frozen_meanwhile_gives_nothing_and_what_was_paid_is_a_receivable(noon: World) -> None:
    anna = noon.person()
    card = await anna.funded(2_000_000)
    withdrawal = (await anna.withdraw(card, 990_004)).json()
    assert withdrawal["state"] == "pending"
    account = (await anna.wallet())["account_id"]
    frozen = await noon.payments.client().post(
        f"/v1/accounts/{account}/freeze", json={"reason": "court order"}, headers={"idempotency-key": "freeze-1"}
    )
    assert frozen.status_code < 300, frozen.text
    await noon.run("payments.pay_out", withdrawal["id"])
    ended = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (ended["state"], ended["failure_code"], ended["late"]) == ("failed", "wallet_not_debited", True)
    assert (await anna.balance())[0] == 2_000_000
    assert await noon.door.reserve() == 2_000_000 - 990_004
    await noon.audit()


async def test_nobody_there_is_sent_again_and_then_given_up(noon: World) -> None:
    """Nothing can have arrived anywhere: each channel is tried, the last one for five minutes."""
    anna = noon.person()
    card = await anna.ready()
    await noon.sandbox_away()
    top_up = (await anna.top_up(card, 100)).json()
    path = f"/v1/top-ups/{top_up['id']}"
    assert top_up["state"] == "pending"
    found = await attempts_of(anna, path)
    assert [state for _, state, _ in found] == ["unsent", "unsent", "requested"]
    payments = noon.payments.client()
    now = datetime.fromisoformat((await payments.get("/v1/clock")).json()["business_at"])
    await payments.put("/v1/clock", json={"business_at": (now + timedelta(minutes=5)).isoformat()})
    await noon.run("payments.collect_top_up", top_up["id"])
    ended = await anna.get(path)
    assert (ended["state"], ended["failure_code"]) == ("failed", "never_sent")
    await noon.audit()


async def test_simultaneous_runs_fail_over_once(noon: World) -> None:
    anna = noon.person()
    top_up = (await anna.top_up(await anna.ready(), OWN_BANK + 9)).json()
    await noon.move_clock(timedelta(minutes=6))
    await asyncio.gather(*(noon.run("payments.collect_top_up", top_up["id"]) for _ in range(5)))
    path = f"/v1/top-ups/{top_up['id']}"
    assert await attempts_of(anna, path) == [("ICBC", "declined", False)]
    other = (await anna.top_up(await anna.bind(await anna.open_card("CCB")), OWN_BANK + 5)).json()
    await noon.move_clock(timedelta(minutes=60))
    await asyncio.gather(*(noon.run("payments.collect_top_up", other["id"]) for _ in range(5)))
    path = f"/v1/top-ups/{other['id']}"
    assert await attempts_of(anna, path) == [("CCB", "absent", False), ("NETSLINK", "succeeded", True)]
    assert (await anna.balance())[0] == OWN_BANK + 5
    await noon.audit()
