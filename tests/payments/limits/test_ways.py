"""Every way by which money leaves a wallet for somebody else counts, comes back, and is missed by the audit where it does not."""

from typing import Any
from uuid import uuid4

from tests.payments.ledger.book import transfer_id
from tests.payments.market import Market, Party

CNY = {"currency": "CNY"}


async def proved(market: Market) -> Party:
    party = await market.customer(100_000)
    await market.prove(party, "王小明")
    return party


async def year_used(party: Party) -> int:
    items = (await party.get("/v1/limits/payments"))["items"]
    return sum(one["counted"] - one["counted_back"] for one in items)


async def paid_in_every_way(market: Market, payer: Party) -> list[str]:
    """100 each by order, trade, pre-authorisation, transfer and both kinds of payees' codes; the transfers' codes."""
    owner, friend = await market.customer(0), await market.customer(0)
    merchant = await market.merchant(owner)
    its = {"merchant_id": merchant["id"], "subject": "tea"} | CNY
    hundred: dict[str, Any] = {"amount": 100} | CNY
    order = await owner.post("/v1/orders", its | hundred | {"merchant_order_number": uuid4().hex[:20]})
    await payer.post(f"/v1/orders/{order['id']}/payments", hundred | {"method": "wallet"})
    items = [{"name": "tea", "quantity": 1, "unit_price": 100}]
    trade = await owner.post("/v1/trades", its | {"merchant_trade_number": "T1", "items": items})
    await payer.post(f"/v1/trades/{trade['id']}/payments", hundred | {"method": "wallet"})
    deposit = await owner.post("/v1/preauthorisations", its | hundred | {"merchant_number": "P1"})
    await payer.post(f"/v1/preauthorisations/{deposit['id']}/agreement", hundred)
    await payer.post("/v1/person-transfers", hundred | {"payee_id": friend.id})
    for party, of in ((owner, {"merchant_id": merchant["id"]}), (friend, {})):
        code = await party.post("/v1/payee-codes", of | CNY | {"label": ""})
        await payer.post(f"/v1/payee-codes/{code['id']}/payments", hundred)
    return ["order.payment", "preauthorisation.hold", "person_transfer.payment"]


async def test_every_way_counts_and_the_audit_misses_each_that_does_not(market: Market, admin_url: str) -> None:
    payer = await proved(market)
    await market.stop_clock()
    codes = await paid_in_every_way(market, payer)
    assert (await payer.balance(), await year_used(payer)) == ((99_500, 99_400), 600)
    assert await market.failed_checks() == []
    for code in codes:
        uncounted = (
            "DELETE FROM limit_takings WHERE reference IN"  # noqa: S608
            f" (SELECT reference FROM ledger_transfers WHERE code = '{code}' AND kind IN (0, 1))"
        )
        assert "payments_are_counted" in await market.failed_when(admin_url, uncounted)
    # A debit under a mandate is such a payment too.
    debited = (
        "WITH gone AS (DELETE FROM limit_takings WHERE source LIKE 'ptr%')"
        " UPDATE ledger_transfers SET code = 'mandate.debit' WHERE code = 'person_transfer.payment'"
    )
    assert "payments_are_counted" in await market.failed_when(admin_url, debited)


async def test_a_payment_that_is_reversed_is_room_again(market: Market, admin_url: str) -> None:
    payer, friend = await proved(market), await market.customer(0)
    await market.stop_clock()
    sent = await payer.post("/v1/person-transfers", {"amount": 500, "payee_id": friend.id} | CNY)
    path = f"/v1/transfers/{sent['transfer_id']}/reversal"
    for amount, left in ((200, 300), (300, 0)):
        answer = await market.book.http.post(path, json={"id": transfer_id(), "amount": amount})
        assert (answer.status_code, await year_used(payer)) == (201, left), answer.text
    assert (await market.book.http.post(path, json={"id": transfer_id()})).status_code == 409
    assert await year_used(payer) == 0
    assert await market.failed_checks() == []
    kept = "UPDATE limit_takings SET given_back = 499, counted_back = 499"
    assert "room_comes_back_with_reversals" in await market.failed_when(admin_url, kept)
