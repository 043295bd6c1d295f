"""A shop's week over HTTP: a campaign, a printed code, a deposit, money among friends; in the end everything is accounted for."""

from datetime import timedelta

from services.payments.campaigns import actions
from tests.payments.campaigns.shop import OFF, RAISE, Shop
from tests.payments.market import Market, Party

BUDGET = 20_000


async def test_a_shop_s_week(market: Market) -> None:
    await market.stop_clock()
    shop = await Shop.open(market, BUDGET, days=5)
    anna, boris = await market.customer(100_000), await market.customer(100_000)
    # The campaign: an amount off for the shop's orders, a raised rate for an investment elsewhere.
    off, raised = await shop.kind(), await shop.kind(**RAISE)
    await shop.claim(boris, off)
    voucher = await shop.claim(anna, off)
    investment = await shop.claim(anna, raised)
    assert await shop.use(anna, [voucher], "ord_week", 10_000) == "made"
    lending = Party("p2p", market.served.client("p2p", acting_for=anna.id), anna.caller)
    redeemed = await lending.post(
        f"{Shop.voucher_path(investment)}/redemption", {"subject": "bid_1", "amount": 10**6, "days": 30}
    )
    assert redeemed["cost"] == 821
    assert await shop.refund("ord_week", 2_500) == 500
    # The counter's printed code, and a deposit for a rented coat.
    code = await shop.seller.post("/v1/payee-codes", {"merchant_id": shop.merchant["id"]})
    await boris.post(f"/v1/payee-codes/{code['id']}/payments", {"amount": 4_000, "currency": "CNY"})
    asked = {
        "merchant_id": shop.merchant["id"],
        "merchant_number": "coat",
        "subject": "coat",
        "amount": 30_000,
        "currency": "CNY",
    }
    deposit = f"/v1/preauthorisations/{(await shop.seller.post('/v1/preauthorisations', asked))['id']}"
    await boris.post(f"{deposit}/agreement", {"amount": 30_000, "currency": "CNY"})
    for day in range(2):
        await shop.seller.post(f"{deposit}/captures", {"amount": 1_500 + day})
    await boris.post(f"{deposit}/release-request")
    assert (await shop.seller.post(f"{deposit}/release"))["end_reason"] == "consented"
    # Anna pays her half, once to a wrong amount that she takes back in time.
    half = {"payee_id": boris.id, "amount": 2_000, "currency": "CNY", "arrival": "after_2_hours"}
    wrong = await anna.post("/v1/person-transfers", half | {"amount": 20_000})
    await anna.post(f"/v1/person-transfers/{wrong['id']}/revocation")
    await anna.post("/v1/person-transfers", half)
    await market.stop_clock(timedelta(hours=2))
    await market.run_periodic("payments.arrive_transfers")
    # The end: Boris's voucher has expired unused, and the rest of the budget is the shop's again.
    await market.stop_clock(timedelta(days=6))
    await market.run_periodic("payments.work_due_campaigns")
    assert await shop.state() == ("ended", 0, 0)
    report = await shop.report()
    figures = ("issued", "claimed", "used", "expired", "outstanding", "cost", "returned")
    assert [report[name] for name in figures] == [OFF["stock"] + RAISE["stock"], 3, 2, 1, 0, 2_821, 500]
    assert await anna.balance() == (100_000 - 2_000 + 821,) * 2
    assert await boris.balance() == (100_000 - 4_000 - 3_001 + 2_000,) * 2
    # What it had, less what its campaign paid others, and what it took.
    assert await shop.proceeds() == BUDGET - 821 + 4_000 + 3_001
    assert await market.tried(actions.claim_voucher, anna.caller, kind_id=off) == "campaign_not_open"
    assert await market.failed_checks() == []
    assert (await market.book.get("/v1/verification"))["holds"] is True
