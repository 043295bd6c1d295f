"""Stories of capital with the real payments beside: put in by who is registered, taken out as far as it is hers and not lent."""

import asyncio

from tests.ecommerce_credit.people import World

CNY = {"currency": "CNY"}


async def test_capital_is_put_in_lent_and_taken_out_again(world: World) -> None:
    one, other = await world.funder(300_000), await world.funder(200_000)
    assert (await world.capital(), await one.balance()) == (500_000, 0)
    borrower = await world.borrower()
    drawing = await borrower.drawn(400_000)
    path = "/v1/capital-withdrawals"
    lent = await one.lending.made(path, {"amount": 150_000} | CNY)
    assert (lent["state"], lent["reason"]) == ("refused", "insufficient_funds")
    assert await one.lending.refused(path, {"amount": 300_001} | CNY) == (409, "above_contributed", "amount")
    back = await one.lending.made(path, {"amount": 100_000} | CNY)
    assert (back["state"], await one.balance(), await world.capital()) == ("done", 100_000, 0)
    await borrower.repay(drawing["id"], 400_000)
    assert (await other.lending.made(path, {"amount": 200_000} | CNY))["state"] == "done"
    position = (await one.lending.get("/v1/capital-positions"))["items"][0]
    assert (position["contributed_minor"], position["withdrawn_minor"], position["claim_minor"]) == (
        300_000,
        100_000,
        200_000,
    )
    assert len((await world.operator.get("/v1/capital-positions"))["items"]) == 2
    mine = (await one.lending.get("/v1/capital-movements"))["items"]
    assert sorted((movement["kind"], movement["state"]) for movement in mine) == [
        ("contribution", "done"),
        ("withdrawal", "done"),
        ("withdrawal", "refused"),
    ]
    assert (await other.lending.get(f"/v1/capital-movements/{mine[0]['id']}", 404))[
        "code"
    ] == "unknown_capital_movement"
    assert len(await world.events("ecommerce_credit.capital.contributed.v1")) == 2
    assert len(await world.events("ecommerce_credit.capital.withdrawn.v1")) == 2
    await world.audit()


async def test_who_may_fund_the_lender(world: World) -> None:
    stranger = world.person()
    for path in ("/v1/capital-contributions", "/v1/capital-withdrawals"):
        assert await stranger.lending.refused(path, {"amount": 1} | CNY) == (403, "funders_only", None)
    party = await world.operator.made("/v1/funding-parties", {"customer": stranger.id})
    again = await world.operator.refused("/v1/funding-parties", {"customer": stranger.id})
    assert again == (409, "already_funding", None)
    poor = await stranger.lending.made("/v1/capital-contributions", {"amount": 1} | CNY)
    assert (poor["state"], poor["reason"]) == ("refused", "insufficient_funds")
    unknown = await stranger.lending.refused("/v1/capital-contributions", {"amount": 1, "currency": "ZZZ"})
    assert unknown == (422, "unknown_currency", "currency")
    await world.give(stranger, 5_000)
    await stranger.lending.made("/v1/capital-contributions", {"amount": 5_000} | CNY)
    await world.operator.made(f"/v1/funding-parties/{party['id']}/ending", status=200)
    await world.give(stranger, 5_000)
    ended = await stranger.lending.refused("/v1/capital-contributions", {"amount": 5_000} | CNY)
    assert ended == (403, "funders_only", None)
    answers = await asyncio.gather(
        *(stranger.lending.post("/v1/capital-withdrawals", {"amount": 3_000} | CNY) for _ in range(5))
    )
    states = [answer.json().get("state") or answer.json()["code"] for answer in answers]
    assert states.count("done") == 1, states
    assert await stranger.balance() == 8_000
    await world.audit()
