"""Standing orders as tests make them."""

from typing import Any

from tests.p2p.people import Person, World

ORDER: dict[str, Any] = {
    "currency": "CNY",
    "lowest_rate": "0.05",
    "programmes": ["open_auction"],
    "grades": ["A", "B", "C", "D"],
    "terms_months": [12],
    "least_amount": 5_000,
    "most_amount": 100_000,
    "budget": 1_000_000,
}


async def ordered(lender: Person, **changes: Any) -> dict[str, Any]:
    """An active order of hers."""
    order = await lender.lending.made("/v1/standing-orders", ORDER | changes)
    assert order["state"] == "active", order
    return order


async def why(lender: Person, order: dict[str, Any], listing: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/v1/standing-orders/{order['id']}/why"
    return list((await lender.lending.get(path, listing_id=listing["id"]))["runs"])


async def run_of(world: World, listing: dict[str, Any]) -> dict[str, Any]:
    """The newest run of a listing, once it has ended."""
    found = (await world.operator.get("/v1/matching-runs", listing_id=listing["id"]))["items"]
    return await world.until(world.operator, f"/v1/matching-runs/{found[0]['id']}", "finished")
