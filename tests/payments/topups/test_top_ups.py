"""Top-ups against a real sandbox bank over HTTP: each outcome, and what stands on the wallet after it."""

import asyncio
from datetime import timedelta

import pytest

from services.payments.channels.directory import Channels
from services.payments.channels.sandbox_bank import SandboxBank
from services.payments.topups import actions
from tests.payments.customer import World
from tests.sandbox.door import magic

BASE = 990_000


async def test_a_top_up_credits_the_wallet(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    answer = await anna.top_up(card, 25_000)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["state"], answer.json()["amount"]) == ("succeeded", 25_000)
    assert await anna.balance() == (25_000, 25_000)
    assert await world.door.reserve() == 25_000


@pytest.mark.parametrize(("cents", "code"), [(1, "card_restricted"), (2, "insufficient_funds")])
async def test_a_decline_is_final_and_credits_nothing(world: World, cents: int, code: str) -> None:
    anna = world.person()
    answer = await anna.top_up(await anna.ready(), BASE + cents)
    assert (answer.json()["state"], answer.json()["failure_code"]) == ("failed", code)
    assert await anna.balance() == (0, 0)


@pytest.mark.parametrize(
    ("cents", "state", "balance"), [(4, "succeeded", BASE + 4), (10, "succeeded", BASE + 10), (11, "failed", 0)]
)
async def test_no_answer_is_resolved_by_query(world: World, cents: int, state: str, balance: int) -> None:
    anna = world.person()
    answer = await anna.top_up(await anna.ready(), BASE + cents)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert await anna.balance() == (0, 0)
    await world.run("payments.collect_top_up", answer.json()["id"])
    assert (await anna.get(f"/v1/top-ups/{answer.json()['id']}"))["state"] == state
    assert await anna.balance() == (balance, balance)


async def test_a_bank_that_says_nothing_is_waited_for_so_long_and_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 3600)
    anna = world.person()
    card = await anna.ready()
    bank = world.payments.runtime.get(Channels).of("ICBC")
    assert isinstance(bank, SandboxBank)
    bank.call_seconds = 1
    answer = await anna.top_up(card, BASE + 4)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert await anna.balance() == (0, 0)


@pytest.mark.by_itself("payments.resolve_top_ups")
async def test_the_schedule_asks_by_itself(world: World) -> None:
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 4)).json()
    await world.move_clock(timedelta(seconds=6))
    await anna.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    assert await anna.balance() == (BASE + 4, BASE + 4)


async def test_not_found_is_unknown_until_finality_and_then_failure(world: World) -> None:
    """Of each channel that would carry it, one after another."""
    await world.thursday_noon()
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 5)).json()
    for channel, finality in (("ICBC", 30), ("NETSLINK", 45), ("UNIONLINK", 120)):
        pending = await anna.get(f"/v1/top-ups/{top_up['id']}")
        assert (pending["state"], pending["bank"]) == ("pending", channel)
        await world.run("payments.collect_top_up", top_up["id"])
        await world.move_clock(timedelta(minutes=finality))
        await world.run("payments.collect_top_up", top_up["id"])
    ended = await anna.get(f"/v1/top-ups/{top_up['id']}")
    assert (ended["state"], ended["failure_code"]) == ("failed", "never_arrived")
    assert await anna.balance() == (0, 0)


async def test_not_found_for_ten_minutes_and_then_success(world: World) -> None:
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 6)).json()
    await world.run("payments.collect_top_up", top_up["id"])
    assert (await anna.get(f"/v1/top-ups/{top_up['id']}"))["state"] == "pending"
    await world.move_clock(timedelta(minutes=11))
    await world.run("payments.collect_top_up", top_up["id"])
    assert (await anna.get(f"/v1/top-ups/{top_up['id']}"))["state"] == "succeeded"
    assert await anna.balance() == (BASE + 6, BASE + 6)


async def test_a_success_after_it_was_given_up_is_booked_late(world: World) -> None:
    """More than any other channel carries: there was nobody to fail over to."""
    anna = world.person()
    await anna.open_wallet()
    number, much = magic("ICBC", "breaks_its_finality"), 2_000_000_001
    opened = {"holder_name": anna.holder_name, "mobile": anna.mobile, "number": number, "balance_minor": 2 * much}
    await world.door.post("cards", opened, "ICBC")
    top_up = (await anna.top_up(await anna.bind(number), much)).json()
    await world.move_clock(timedelta(minutes=30))
    await world.run("payments.collect_top_up", top_up["id"])
    assert (await anna.get(f"/v1/top-ups/{top_up['id']}"))["state"] == "failed"
    await world.move_clock(timedelta(hours=7))
    await world.run("payments.collect_top_up", top_up["id"])
    booked = await anna.get(f"/v1/top-ups/{top_up['id']}")
    assert (booked["state"], booked["late"], booked["failure_code"]) == ("succeeded", True, None)
    assert await anna.balance() == (much, much)


@pytest.mark.parametrize(("cents", "state"), [(8, "succeeded"), (9, "failed")])
async def test_processing_is_unknown_until_the_bank_is_done(world: World, cents: int, state: str) -> None:
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + cents)).json()
    assert top_up["state"] == "pending"
    await world.move_clock(timedelta(minutes=6))
    await world.run("payments.collect_top_up", top_up["id"])
    assert (await anna.get(f"/v1/top-ups/{top_up['id']}"))["state"] == state


async def test_a_bank_that_reports_twice_is_booked_once(world: World) -> None:
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 4)).json()
    reference = await world.reference_of(top_up["id"])
    report = {"kind": "charge", "reference": reference, "amount": BASE + 4, "currency": "CNY", "state": "succeeded"}
    for _ in range(2):
        answer = await anna.http.post("/v1/channels/ICBC/notifications", json=report)
        assert answer.status_code == 202
    await anna.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    assert (await anna.http.post("/v1/channels/ICBC/notifications", json=report)).status_code == 202
    assert await anna.balance() == (BASE + 4, BASE + 4)


async def test_a_crash_between_call_and_recording_books_once(world: World) -> None:
    """The bank has charged, our process died before it wrote that down: the job runs again from the start."""
    anna = world.person()
    card = await anna.ready()

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed between call and recording")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "record_top_up_answer", die)
        top_up = (await anna.top_up(card, 30_000)).json()
    assert (top_up["state"], await world.door.reserve()) == ("pending", 30_000)
    assert await anna.balance() == (0, 0)
    await world.run("payments.collect_top_up", top_up["id"])
    await world.run("payments.collect_top_up", top_up["id"])
    assert await anna.balance() == (30_000, 30_000)
    assert await world.door.reserve() == 30_000


async def test_simultaneous_runs_of_the_job_book_once(world: World) -> None:
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 4)).json()
    await asyncio.gather(*(world.run("payments.collect_top_up", top_up["id"]) for _ in range(5)))
    assert await anna.balance() == (BASE + 4, BASE + 4)


async def test_the_same_key_charges_once(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    first = await anna.top_up(card, 1_000, "key-1")
    second = await anna.top_up(card, 1_000, "key-1")
    assert first.json()["id"] == second.json()["id"]
    assert await anna.balance() == (1_000, 1_000)
    reused = await anna.top_up(card, 2_000, "key-1")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def test_refusals(world: World) -> None:
    anna, boris = world.person(), world.person()
    card = await anna.ready()
    await boris.open_wallet()
    cases = [
        (await boris.top_up(card, 100), 404, "unknown_card"),
        (await anna.top_up(card, 0), 422, "invalid_value"),
        (await anna.post("/v1/top-ups", {"card_id": card, "amount": 100, "currency": "USD"}), 404, "unknown_wallet"),
        (await anna.post("/v1/top-ups", {"card_id": card, "amount": 100.0, "currency": "CNY"}), 422, "invalid_value"),
        (
            await anna.post("/v1/top-ups", {"card_id": card, "amount": 1, "currency": "CNY", "x": 1}),
            422,
            "unknown_field",
        ),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await anna.post(f"/v1/cards/{card}/removal")
    answer = await anna.top_up(card, 100)
    assert (answer.status_code, answer.json()["code"]) == (409, "card_not_bound")


async def test_another_s_top_up_is_unknown(world: World) -> None:
    anna, boris = world.person(), world.person()
    top_up = (await anna.top_up(await anna.ready(), 100)).json()
    answer = await boris.http.get(f"/v1/top-ups/{top_up['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_top_up")
    assert [item["id"] for item in (await anna.get("/v1/top-ups"))["items"]] == [top_up["id"]]


async def test_a_notification_is_only_a_hint(world: World) -> None:
    """A forged report of another amount is refused; one of the right amount only makes us ask the bank."""
    anna = world.person()
    top_up = (await anna.top_up(await anna.ready(), BASE + 5)).json()
    reference = await world.reference_of(top_up["id"])
    report = {"kind": "charge", "reference": reference, "amount": BASE + 5, "currency": "CNY", "state": "succeeded"}
    path = "/v1/channels/ICBC/notifications"
    differs = await anna.http.post(path, json=report | {"amount": 1})
    assert (differs.status_code, differs.json()["code"]) == (409, "notification_differs")
    assert (await anna.http.post("/v1/channels/CCB/notifications", json=report)).json()["code"] == "unknown_instruction"
    assert (await anna.http.post(path, json=report)).status_code == 202
    await asyncio.sleep(1.0)
    assert (await anna.get(f"/v1/top-ups/{top_up['id']}"))["state"] == "pending"
    assert await anna.balance() == (0, 0)


async def test_a_bank_that_is_away_leaves_the_top_up_pending(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await world.sandbox_away()
    top_up = await anna.top_up(card, 100)
    assert (top_up.status_code, top_up.json()["state"]) == (202, "pending")
    assert await anna.balance() == (0, 0)
