"""What participants owe each other: within the cap at this very moment, once, in a queue, or at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from chassis.ids import encode
from clients.ids import new_id
from services.payments.clearing import obligation_actions as actions
from services.payments.clearing import obligation_queries as queries
from services.payments.clearing.obligation_actions import Asked
from services.payments.clearing.participant_queries import model_with
from tests.payments.clearing.clearing_house import ClearingHouse, bank, owed


async def test_of_200_at_once_exactly_as_many_are_recorded_as_the_cap_allows(house: ClearingHouse) -> None:
    await house.open("ABC", caps=1_000)
    asked = [Asked(new_id(), "BANK_A", bank("BC"[number % 2]), 10, "") for number in range(200)]
    codes: Counter[str] = Counter()
    while asked:
        told = await asyncio.gather(*(_record(house, one) for one in asked))
        # On a slow machine some are told to come again.
        asked = [one for one, code in zip(asked, told, strict=True) if code == "busy"]
        codes.update(code for code in told if code != "busy")
    assert codes == {"made": 100, "net_debit_cap_exceeded": 100}
    assert (await house.position("A"))[0] == 1_000
    # What comes in makes room for as much again.
    await house.owe("B", "A", 10)
    await house.owe("A", "C", 10)
    assert await house.refused("obligations", house.obligation("A", "C", 1)) == (
        409,
        "net_debit_cap_exceeded",
        "amount",
    )
    assert await house.market.failed_checks() == []


async def _record(house: ClearingHouse, asked: Asked) -> str:
    caller, facts = house.market.operator.caller, {"queue": False, "wait_seconds": None}
    return await house.market.tried(actions.record_one, caller, model="cny_net", asked=asked, **facts)


async def test_obligations_one_by_one_and_many(house: ClearingHouse) -> None:
    await house.open("ABC", caps=100)
    first = house.obligation("A", "B", 60)
    made = await house.post("obligations", first)
    assert (made["state"], made["source"], made["settlement_model"]) == ("OPEN", "api", "cny_net")
    assert made["window_id"] == await house.open_window()
    assert await house.post("obligations", first) == made
    assert await house.get(f"obligations/{made['id']}") == made
    await _refusals(house, first)
    many = [
        owed("A", "B", 40),
        owed("A", "C", 1),
        owed("C", "A", 5),
        owed("A", "C", 5),
        owed("A", "A", 1),
        owed("A", "X", 1),
    ]
    told = await house.owe_many(
        [*many, many[0], {key: first[key] for key in many[0]}, many[1] | {"id": first["id"]}, many[1]]
    )
    assert [(one["outcome"], one["code"]) for one in told["items"]] == [
        ("recorded", None), ("refused", "net_debit_cap_exceeded"), ("recorded", None), ("recorded", None),
        ("refused", "same_participant"), ("refused", "unknown_participant"), ("recorded", "exists"), ("recorded", "exists"),
        ("refused", "exists_with_different_obligation"), ("refused", "net_debit_cap_exceeded"),
    ]  # fmt: skip
    assert await house.positions() == [(100, 0), (-100, 0), (0, 0)]
    listed = await house.get(f"windows/{made['window_id']}/obligations", limit=3)
    rest = await house.get(f"windows/{made['window_id']}/obligations", after=listed["next"])
    assert [one["amount"] for one in listed["items"] + rest["items"]] == [60, 40, 5, 5]
    # A participant that may not act any more.
    await house.post(f"participants/{bank('B')}/suspension")
    assert await house.refused("obligations", house.obligation("B", "A", 1)) == (409, "participant_not_active", "payer")
    assert await house.refused("obligations", house.obligation("A", "B", 1)) == (409, "participant_not_active", "payee")
    ended = {"kind": "banking", "number": "SBX-T", "valid_from_on": "2004-01-02", "valid_until_on": "2020-01-01"}
    await house.post(f"participants/{bank('C')}/licences", ended)
    assert await house.refused("obligations", house.obligation("C", "A", 1)) == (409, "licence_not_valid", "payer")
    await house.post(f"participants/{bank('C')}/licences", ended | {"kind": "guarantee", "valid_until_on": None})
    assert await house.refused("obligations", house.obligation("C", "A", 1)) == (409, "licence_not_for_this", "payer")
    assert await house.market.failed_checks() == []


async def _refusals(house: ClearingHouse, first: dict[str, Any]) -> None:
    before = await house.positions()
    unknown = encode("clo", new_id())
    for change, told in [
        ({"amount": 61}, (409, "exists_with_different_obligation", "id")),
        ({"id": unknown, "settlement_model": "nobody"}, (404, "unknown_settlement_model", "model")),
        ({"id": unknown, "payee": "BANK_A"}, (422, "same_participant", "payee")),
        ({"id": unknown, "payer": "BANK_X"}, (404, "unknown_participant", "payer")),
        ({"id": unknown, "amount": 41}, (409, "net_debit_cap_exceeded", "amount")),
    ]:
        assert await house.refused("obligations", first | change) == told
    for change in (
        {"amount": 0},
        {"amount": 1.0},
        {"payer": ""},
        {"end_to_end": "<" * 3},
        {"end_to_end": "x" * 36},
        {"more": 1},
    ):
        assert (await house.refused("obligations", first | {"id": unknown} | change))[0] == 422
    assert await house.not_got(f"obligations/{unknown}") == (404, "unknown_obligation", "obligation_id")
    assert await house.positions() == before


async def test_a_queue_is_released_by_passes_ended_by_time_and_by_hand(house: ClearingHouse) -> None:
    await house.open("ABC", caps=0)
    circle = [await house.owe(payer, payee, 70, queue=True) for payer, payee in ("AB", "BC")]
    assert [one["state"] for one in circle] == ["QUEUED", "QUEUED"]
    assert (await house.post("models/cny_net/passes"))["released"] == 0
    await house.owe("C", "A", 70, queue=True)
    # A circle with nothing at all: all of it goes, nobody owes anything, net.
    made = await house.post("models/cny_net/passes")
    assert (made["examined"], made["released"], made["released_minor"], made["moved_minor"]) == (3, 3, 210, 0)
    assert await house.positions() == [(0, 0)] * 3
    assert (await house.get(f"obligations/{circle[0]['id']}"))["state"] == "OPEN"
    assert [one["id"] for one in (await house.get("models/cny_net/passes"))["items"]] == [made["id"]]
    assert await house.refused(f"obligations/{circle[0]['id']}/cancellation") == (
        409,
        "obligation_not_queued",
        "obligation_id",
    )
    unknown = encode("clo", new_id())
    assert await house.refused(f"obligations/{unknown}/cancellation") == (404, "unknown_obligation", "obligation_id")
    # One is cancelled, one expires, one waits for somebody who may not take part, and goes once it may.
    one, two, three = [await house.owe("A", "B", 5, queue=True, wait_seconds=seconds) for seconds in (60, 60, 7_200)]
    assert (await house.post(f"obligations/{one['id']}/cancellation"))["state"] == "CANCELLED"
    again = {key: one[key] for key in ("id", "payer", "payee", "amount", "settlement_model")}
    assert await house.refused("obligations", again) == (409, "obligation_ended", "id")
    others = [await house.owe(payer, "B", 5, queue=True, wait_seconds=7_200) for payer in "AC"]
    await house.post(f"participants/{bank('B')}/suspension")
    await house.cap("A", 100)
    await house.market.stop_clock(timedelta(minutes=10))
    await _of_each_the_first(house, [three, *others])
    for other in others:
        await house.post(f"obligations/{other['id']}/cancellation")
    await house.market.run_periodic("payments.work_clearing_queues")
    assert (await house.get(f"obligations/{two['id']}"))["state"] == "EXPIRED"
    assert [waiting["id"] for waiting in (await house.get("queue", settlement_model="cny_net"))["items"]] == [
        three["id"]
    ]
    await house.post(f"participants/{bank('B')}/reinstatement")
    await house.market.run_periodic("payments.work_clearing_queues")
    assert (await house.get(f"obligations/{three['id']}"))["state"] == "OPEN"
    assert await house.positions() == [(5, 0), (-5, 0), (0, 0)]
    assert await house.market.failed_checks() == []


async def _of_each_the_first(house: ClearingHouse, waiting: list[dict[str, Any]]) -> None:
    """A long queue of one payer hides nobody else's; what has waited its time does not go, whether it has been ended or not."""
    now = await house.market.now()
    async with house.market.served.runtime.reading() as connection:
        model = await model_with(connection, house.model)
        assert model is not None
        for limit, expected in ((9, [0, 1, 2]), (2, [0, 2])):
            found = [one.number for one in await queries.first_waiting(connection, model.number, [], now, limit)]
            listed = await queries.queue_of(connection, model.number, 0, 9)
            places = {number: encode("clo", one.id) for number, one in listed}
            assert [places[number] for number in found] == [waiting[place]["id"] for place in expected]


async def test_gross_is_settled_at_once_or_waits_for_money(house: ClearingHouse) -> None:
    await house.open("ABC")
    gross = await house.gross()
    await house.liquidity("A", 100)
    made = await gross.owe("A", "B", 60)
    assert (made["state"], made["window_id"]) == ("SETTLED", None)
    assert await gross.refused("obligations", gross.obligation("A", "B", 41)) == (
        409,
        "settlement_funds_short",
        "amount",
    )
    told = await gross.owe_many([owed("A", "C", 40), owed("A", "C", 1), owed("C", "B", 10)])
    assert [(one["outcome"], one["code"]) for one in told["items"]] == [
        ("recorded", None), ("refused", "settlement_funds_short"), ("recorded", None),
    ]  # fmt: skip
    # B 70, C 30: of the queue only the differences move.
    for payer, payee, amount in (("A", "B", 500), ("B", "C", 560), ("C", "A", 495)):
        assert (await gross.owe(payer, payee, amount, queue=True))["state"] == "QUEUED"
    passed = await gross.post("models/cny_gross/passes")
    assert (passed["released"], passed["moved_minor"]) == (0, 0)  # A has nothing, and gets 495 for its 500
    await house.liquidity("A", 5)
    passed = await gross.post("models/cny_gross/passes")
    assert (passed["released"], passed["released_minor"], passed["moved_minor"]) == (3, 1_555, 65)
    accounts = await house.get(f"participants/{bank('B')}/positions")
    assert accounts["items"][0]["liquidity_minor"] == 10
    assert await house.market.failed_checks() == []
