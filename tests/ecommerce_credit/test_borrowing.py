"""Stories of drawing with the real payments beside: paid from capital that was really put in, refused with the reason, released."""

import asyncio
from datetime import timedelta

from tests.ecommerce_credit.people import World


async def test_a_drawing_is_paid_from_capital_into_the_wallet(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    assert (borrower.limit["grade"], borrower.limit["limit_minor"]) == ("A", 600_000)
    drawing = await borrower.drawn(250_000)
    assert drawing["due_on"] == "2037-05-25"
    assert (drawing["drawn_on"], drawing["owed_minor"]) == ("2036-11-25", 250_000)
    assert await borrower.person.balance() == 250_000
    assert await world.capital() == 750_000
    line = await borrower.line()
    assert (line["outstanding_minor"], line["pending_minor"], line["available_minor"]) == (250_000, 0, 350_000)
    told = (await world.events("ecommerce_credit.drawing.disbursed.v1"))[0]["data"]
    assert (told["drawing_id"], told["amount"], told["currency"]) == (drawing["id"], 250_000, "CNY")
    await world.audit()


async def test_without_capital_a_drawing_is_refused_and_its_room_given_back(world: World) -> None:
    borrower = await world.borrower()
    refused = await borrower.draw(100_000)
    assert (refused.status_code, refused.json()["state"]) == (201, "refused")
    assert refused.json()["reason"] == "insufficient_funds"
    line = await borrower.line()
    assert (line["pending_minor"], line["available_minor"]) == (0, 600_000)
    assert await borrower.person.balance() == 0
    assert len(await world.events("ecommerce_credit.drawing.refused.v1")) == 1
    await world.audit()
    await world.funder(100_000)
    await borrower.drawn(100_000)
    await world.audit()


async def test_what_a_drawing_is_refused_for(world: World) -> None:
    await world.funder(2_000_000)
    borrower = await world.borrower()
    door, wanted = borrower.lending, {"line_id": borrower.line_id, "amount": 100_000, "currency": "CNY"}
    path = "/v1/drawings"
    assert await door.refused(path, wanted | {"amount": 600_001}) == (409, "above_available", "amount")
    assert await door.refused(path, wanted | {"amount": 999}) == (422, "below_least", "amount")
    assert await door.refused(path, wanted | {"currency": "USD"}) == (422, "currency_differs", "currency")
    other = world.person()
    assert await other.lending.refused(path, wanted) == (404, "unknown_line", "line_id")
    assert await world.operator.refused(path, wanted) == (404, "unknown_line", "line_id")
    first, again = await borrower.draw(50_000, "one"), await borrower.draw(50_000, "one")
    assert (first.json()["id"], again.headers["idempotency-replayed"]) == (again.json()["id"], "true")
    assert (await borrower.draw(60_000, "one")).json()["code"] == "idempotency_key_reused"
    assert await borrower.person.balance() == 50_000
    await borrower.drawn(550_000)
    assert await door.refused(path, wanted | {"amount": 1_000}) == (409, "above_available", "amount")
    await world.audit()


async def test_twenty_at_once_never_pass_the_limit(world: World) -> None:
    await world.funder(2_000_000)
    borrower = await world.borrower()
    answers = await asyncio.gather(*(borrower.draw(100_000) for _ in range(20)))
    states = [answer.json().get("state") or answer.json()["code"] for answer in answers]
    assert states.count("outstanding") <= 6
    assert set(states) <= {"outstanding", "above_available", "busy"}
    line = await borrower.line()
    assert line["outstanding_minor"] == 100_000 * states.count("outstanding") == await borrower.person.balance()
    await world.audit()


async def test_a_line_expires_is_renewed_and_closed(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_000)
    path = f"/v1/lines/{borrower.line_id}"
    assert await borrower.lending.refused(f"{path}/closing") == (409, "still_owed", None)
    await world.pass_time(timedelta(days=366))
    draw = {"line_id": borrower.line_id, "amount": 50_000, "currency": "CNY"}
    assert await borrower.lending.refused("/v1/drawings", draw) == (409, "not_allowed_in_state", None)
    await world.run_periodic("ecommerce_credit.expire_lines")
    assert (await borrower.line())["state"] == "expired"
    limit = await borrower.lending.made("/v1/limits", {"shop_id": borrower.shop["id"]})
    renewed = await borrower.lending.made(f"{path}/renewal", {"limit_id": limit["id"]}, status=200)
    assert (renewed["state"], renewed["outstanding_minor"]) == ("open", 100_000)
    await world.give(borrower.person, 50_000)
    owed = (await borrower.drawing(drawing["id"]))["owed_minor"]
    assert (await borrower.repay(drawing["id"], owed)).json()["state"] == "received"
    closed = await borrower.lending.made(f"{path}/closing", status=200)
    assert (closed["state"], closed["outstanding_minor"]) == ("closed", 0)
    steps = (await borrower.lending.get(f"{path}/steps"))["items"]
    assert [one["event"] for one in steps] == [None, "expire", "renew", "close"]
    assert await borrower.lending.refused("/v1/drawings", draw) == (409, "not_allowed_in_state", None)
    await world.audit()


async def test_an_expired_line_is_closed_by_its_last_repayment(world: World) -> None:
    await world.funder(1_000_000)
    borrower = await world.borrower()
    drawing = await borrower.drawn(100_000)
    await world.pass_time(timedelta(days=365))
    await world.run_periodic("ecommerce_credit.expire_lines")
    await world.give(borrower.person, 50_000)
    owed = (await borrower.drawing(drawing["id"]))["owed_minor"]
    await borrower.repay(drawing["id"], owed)
    assert (await borrower.line())["state"] == "closed"
    assert len(await world.events("ecommerce_credit.line.closed.v1")) == 1
    await world.audit()
