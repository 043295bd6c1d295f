"""Stories of repaying with the real payments beside: interest by day, in part, in full, over several drawings, refused and again."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from tests.ecommerce_credit.people import World

DAY = timedelta(days=1)


async def test_thirty_days_are_accrued_one_by_one_and_repaid_exactly(world: World) -> None:
    """Grade A bears 0.035 % a day: 100,000.01 yuan cents for thirty days, rounded once."""
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_001)
    await world.pass_time(30 * DAY)
    shown = await borrower.drawing(drawing["id"])
    assert Decimal(shown["interest_accrued"]) == Decimal("1050.0105")
    assert (shown["interest_owed_minor"], shown["owed_minor"]) == (1_050, 101_051)
    days = (await borrower.lending.get(f"/v1/drawings/{drawing['id']}/interest", limit=200))["items"]
    assert [one["accrued_on"] for one in days][:2] == ["2036-11-25", "2036-11-26"]
    assert len(days) == 30
    assert {Decimal(one["interest"]) for one in days} == {Decimal("35.00035")}
    path, door = f"/v1/drawings/{drawing['id']}/repayments", borrower.lending
    assert await door.refused(path, {"amount": 101_052, "currency": "CNY"}) == (422, "above_owed", "amount")
    await world.give(borrower.person, 2_000)
    repaid = (await borrower.repay(drawing["id"], 101_051)).json()
    assert (repaid["state"], repaid["principal_minor"], repaid["interest_minor"]) == ("received", 100_001, 1_050)
    ended = await borrower.drawing(drawing["id"])
    assert (ended["state"], ended["owed_minor"], ended["interest_repaid_minor"]) == ("repaid", 0, 1_050)
    assert (await world.capital(), await world.income()) == (1_000_000, 1_050)
    assert await borrower.person.balance() == 950
    assert (await borrower.line())["available_minor"] == 600_000
    assert await door.refused(path, {"amount": 1, "currency": "CNY"}) == (409, "nothing_owed", None)
    await world.audit()
    await world.pass_time(5 * DAY)
    assert (await borrower.drawing(drawing["id"]))["owed_minor"] == 0
    await world.audit()


async def test_part_repayments_pay_interest_first_and_lose_no_unit(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(99_999)
    same_day = (await borrower.repay(drawing["id"], 9_999)).json()
    assert (same_day["principal_minor"], same_day["interest_minor"]) == (9_999, 0)
    await world.pass_time(3 * DAY)
    first = (await borrower.repay(drawing["id"], 50)).json()
    assert (first["principal_minor"], first["interest_minor"]) == (0, 50)
    second = (await borrower.repay(drawing["id"], 10_045)).json()
    assert (second["principal_minor"], second["interest_minor"]) == (10_000, 45)
    await world.pass_time(timedelta(hours=12))
    await world.pass_time(6 * DAY)
    await world.audit()
    shown = await borrower.drawing(drawing["id"])
    exact = Decimal(90_000) * 3 * Decimal("0.00035") + Decimal(80_000) * 7 * Decimal("0.00035")
    assert Decimal(shown["interest_accrued"]) == exact == Decimal("290.5")
    assert shown["interest_owed_minor"] == 291 - 95
    await world.give(borrower.person, 1_000)
    await borrower.repay(drawing["id"], shown["owed_minor"])
    assert (await borrower.drawing(drawing["id"]))["state"] == "repaid"
    assert await world.income() == 291
    await world.audit()


async def test_a_line_is_repaid_the_drawing_due_first_before_the_others(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    older = await borrower.drawn(100_000)
    await world.pass_time(10 * DAY)
    newer = await borrower.drawn(200_000)
    await world.pass_time(10 * DAY)
    path, door = f"/v1/lines/{borrower.line_id}/repayments", borrower.lending
    repaid = await door.made(path, {"amount": 150_000, "currency": "CNY"})
    assert (repaid["state"], repaid["interest_minor"]) == ("received", 700 + 700)
    parts = (await door.get(f"/v1/repayments/{repaid['id']}"))["parts"]
    assert [(one["drawing_id"], one["kind"], one["amount_minor"]) for one in parts] == [
        (older["id"], "interest", 700),
        (older["id"], "principal", 100_000),
        (newer["id"], "interest", 700),
        (newer["id"], "principal", 48_600),
    ]
    assert (await borrower.drawing(older["id"]))["state"] == "repaid"
    assert (await borrower.line())["outstanding_minor"] == 151_400
    listed = (await door.get("/v1/repayments", drawing_id=newer["id"]))["items"]
    assert [one["id"] for one in listed] == [repaid["id"]]
    told = (await world.events("ecommerce_credit.repayment.received.v1"))[0]["data"]
    assert (told["amount"], told["outstanding_minor"]) == (150_000, 151_400)
    assert told["drawing_ids"] == [older["id"], newer["id"]]
    assert await door.refused(path, {"amount": 151_401, "currency": "CNY"}) == (422, "above_owed", "amount")
    assert await door.refused(path, {"amount": 1, "currency": "USD"}) == (422, "currency_differs", "currency")
    assert await world.person().lending.refused(path, {"amount": 1, "currency": "CNY"}) == (
        404,
        "unknown_line",
        "line_id",
    )
    await world.audit()


async def test_a_repayment_without_money_is_refused_and_may_be_tried_again(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_000)
    await world.take_away(borrower.person, 99_000)
    await world.pass_time(DAY)
    refused = (await borrower.repay(drawing["id"], 50_000)).json()
    assert (refused["state"], refused["reason"]) == ("refused", "insufficient_funds")
    assert (await borrower.drawing(drawing["id"]))["outstanding_minor"] == 100_000
    assert (await borrower.person.balance(), await world.capital()) == (1_000, 900_000)
    await world.audit()
    await world.give(borrower.person, 99_000)
    assert (await borrower.repay(drawing["id"], 50_000)).json()["state"] == "received"
    assert len(await world.events("ecommerce_credit.repayment.refused.v1")) == 1
    stranger = world.person().lending
    path = f"/v1/drawings/{drawing['id']}"
    assert (await stranger.get(path, 404))["code"] == "unknown_drawing"
    assert await stranger.refused(f"{path}/repayments", {"amount": 1, "currency": "CNY"}) == (
        404,
        "unknown_drawing",
        "drawing_id",
    )
    await world.audit()


async def test_twenty_at_once_never_repay_more_than_is_owed(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_000)
    answers = await asyncio.gather(*(borrower.repay(drawing["id"], 30_000) for _ in range(20)))
    states = [answer.json().get("state") or answer.json()["code"] for answer in answers]
    assert 1 <= states.count("received") <= 3
    assert set(states) <= {"received", "repayment_under_way", "above_owed", "busy"}
    left = 100_000 - 30_000 * states.count("received")
    assert (await borrower.drawing(drawing["id"]))["outstanding_minor"] == left == await borrower.person.balance()
    await world.audit()
