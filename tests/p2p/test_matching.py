"""Standing orders over HTTP, with the real payments beside: matched, refused by a wallet, refilled, explained."""

from tests.p2p.orders import ordered, run_of, why
from tests.p2p.people import World


async def test_a_listing_is_filled_by_the_queue(world: World) -> None:
    lenders = [await world.rich(200_000) for _ in range(4)]
    orders = [await ordered(lender, most_amount=100_000) for lender in lenders]
    borrower = world.person()
    listing = await world.listed(borrower, amount=300_000)
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    run = await run_of(world, listing)
    assert (run["outcome"], run["rounds"], run["considered"]) == ("full", 1, 3)
    for lender, order in zip(lenders[:3], orders[:3], strict=True):
        assert await lender.balance() == (100_000, 100_000)
        (told,) = await why(lender, order, listing)
        assert (told["verdict"], told["amount"], told["bound_by"]) == ("filled", 100_000, "most_amount")
    (told,) = await why(lenders[3], orders[3], listing)
    assert (told["verdict"], told["reasons"]) == ("not_reached", ["full_before"])
    await world.audit()
