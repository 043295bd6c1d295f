"""An order paid with vouchers beside the wallet: each out of its campaign's budget, at once, and back pro rata with refunds."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.ids import encode
from tests.payments.campaigns.shop import Shop
from tests.payments.confirmations.payer import confirmed, set_password
from tests.payments.market import Market, Party
from tests.payments.risk.ruling import above, live, rule

PRICE = 30_000
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


async def ordered(shop: Shop, number: str = "N-1") -> dict[str, Any]:
    body = {"merchant_id": shop.merchant["id"], "merchant_order_number": number, "subject": "tea", "amount": PRICE}
    return await shop.seller.post("/v1/orders", body | {"currency": "CNY"})


def payment(amount: int, *vouchers: UUID, **more: Any) -> dict[str, Any]:
    named = [encode("vch", voucher) for voucher in vouchers]
    return {"method": "wallet", "amount": amount, "currency": "CNY", "voucher_ids": named} | more


async def refunded(shop: Shop, order: dict[str, Any], number: str, amount: int) -> dict[str, Any]:
    body = {"merchant_refund_number": number, "amount": amount, "currency": "CNY", "reason": "torn"}
    return await shop.seller.post(f"/v1/orders/{order['id']}/refunds", body)


async def test_vouchers_pay_their_part_and_come_back_pro_rata(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    kinds = [
        await shop.kind(comes_back=True, amount_off=1_999, stack_group="a"),
        await shop.kind(amount_off=1_000, stack_group="b"),
    ]
    vouchers = [await shop.claim(buyer, kind) for kind in kinds]
    before = await shop.proceeds()
    order = await ordered(shop)
    paid = await buyer.post(f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_999, *vouchers))
    assert paid["state"] == "TRADE_SUCCESS"
    assert await buyer.balance() == (100_000 - PRICE + 2_999,) * 2
    assert await shop.proceeds() - before == PRICE
    parts = (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert [(part["method"], part["amount"]) for part in parts] == [
        ("voucher", 1_999),
        ("voucher", 1_000),
        ("wallet", PRICE - 2_999),
    ]
    budget = (await shop.state())[1]
    back = 0
    for number, amount in enumerate((7, 9_999, 13_333, PRICE - 23_339)):
        assert (await refunded(shop, order, f"R-{number}", amount))["state"] == "succeeded"
        back += amount
        assert (await shop.state())[1] - budget == sum(cost * back // PRICE for cost in (1_999, 1_000))
        assert await market.failed_checks() == []
    assert await buyer.balance() == (100_000, 100_000)
    assert await shop.proceeds() == before
    states = {one["id"]: one["state"] for one in (await buyer.get("/v1/vouchers"))["items"]}
    assert states == {encode("vch", vouchers[0]): "claimed", encode("vch", vouchers[1]): "used"}


async def test_two_vouchers_of_one_campaign_beside_a_held_part(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    vouchers = [await shop.claim(buyer, await shop.kind(stack_group=group)) for group in ("a", "b")]
    order = await ordered(shop)
    held = payment(10_000, partial=True)
    assert (await buyer.post(f"/v1/orders/{order['id']}/payments", held))["state"] == "WAIT_BUYER_PAY"
    path = f"/v1/orders/{order['id']}/payments"
    assert (await buyer.post(path, payment(16_000, *vouchers)))["state"] == "TRADE_SUCCESS"
    assert (await refunded(shop, order, "R-1", PRICE))["state"] == "succeeded"
    assert await buyer.balance() == (100_000, 100_000)
    assert await market.failed_checks() == []


async def test_refusals_leave_vouchers_as_they_were(market: Market) -> None:
    shop, buyer, poor = await Shop.open(market, 50_000), await market.customer(100_000), await market.customer(10)
    voucher = await shop.claim(buyer, await shop.kind())
    other = await shop.claim(poor, await shop.kind())
    order = await ordered(shop)
    path = f"/v1/orders/{order['id']}/payments"
    cases: list[tuple[Party, dict[str, Any], int, str]] = [
        (buyer, payment(PRICE, voucher), 409, "amount_differs"),
        (buyer, payment(PRICE - 2_001, voucher), 409, "amount_differs"),
        (buyer, payment(PRICE - 2_000, other), 404, "unknown_voucher"),
        (poor, payment(PRICE - 2_000, other), 409, "insufficient_funds"),
        (buyer, payment(PRICE - 4_000, voucher, voucher), 422, "voucher_named_twice"),
        (buyer, payment(1_000, voucher, partial=True), 422, "invalid_value"),
        (buyer, payment(PRICE - 2_000, *[voucher] * 6), 422, "invalid_value"),
    ]
    for who, body, status, code in cases:
        assert (await who.refused(path, body))[:2] == (status, code)
    assert (await shop.state())[1:] == (50_000, 4_000)
    answers = await asyncio.gather(*(buyer.ask(path, payment(PRICE - 2_000, voucher)) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
    assert await buyer.balance() == (100_000 - PRICE + 2_000,) * 2
    assert await market.failed_checks() == []


async def test_campaigns_are_locked_before_accounts(market: Market) -> None:
    """A payment with a voucher locks the campaign and then the payee: were a refund to do it the other way round, both would wait."""
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    voucher = await shop.claim(buyer, await shop.kind())
    order = await ordered(shop)
    await buyer.post(f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_000, voucher))
    engine = market.served.runtime.database.engine
    async with engine.connect() as campaigns, engine.connect() as accounts:
        await campaigns.execute(text("SELECT FROM campaigns FOR UPDATE"))
        refunding = asyncio.create_task(refunded(shop, order, "R-1", PRICE))
        while not (await accounts.execute(_WAITING)).scalar_one():
            await accounts.rollback()
        # Nothing waits: the refund has locked none of them.
        await accounts.execute(text("SELECT FROM ledger_accounts FOR NO KEY UPDATE NOWAIT"))
        await accounts.rollback()
        await campaigns.rollback()
    assert (await refunding)["state"] == "succeeded"


async def test_what_a_buyer_may_pay_is_locked_before_accounts(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    await market.prove(buyer, "王小明")
    voucher = await shop.claim(buyer, await shop.kind())
    order = await ordered(shop)
    engine = market.served.runtime.database.engine
    async with engine.connect() as usages, engine.connect() as accounts:
        await usages.execute(text("SELECT FROM limit_usages FOR UPDATE"))
        paying = asyncio.create_task(buyer.post(f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_000, voucher)))
        while not (await accounts.execute(_WAITING)).scalar_one():
            await accounts.rollback()
        await accounts.execute(text("SELECT FROM ledger_accounts FOR NO KEY UPDATE NOWAIT"))
        await accounts.rollback()
        await usages.rollback()
    assert (await paying)["state"] == "TRADE_SUCCESS"


async def test_how_a_buyer_confirmed_is_locked_before_what_she_may_pay(market: Market) -> None:
    """As the lane has it: were a payment with a voucher to do it the other way round, both would wait."""
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    await set_password(buyer.http)
    await market.prove(buyer, "王小明")
    voucher = await shop.claim(buyer, await shop.kind())
    order = await ordered(shop)
    said = await confirmed(buyer.http, order["id"], PRICE - 2_000)
    path, body = f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_000, voucher, **said)
    engine = market.served.runtime.database.engine
    async with engine.connect() as confirmations, engine.connect() as others:
        await confirmations.execute(text("SELECT FROM payment_confirmations FOR UPDATE"))
        paying = asyncio.create_task(buyer.ask(path, body, key="K"))
        while not paying.done() and not (await others.execute(_WAITING)).scalar_one():
            await others.rollback()
        for table in ("limit_usages", "campaigns"):
            await others.execute(text(f"SELECT FROM {table} FOR UPDATE NOWAIT"))
        await others.execute(text("SELECT FROM ledger_accounts FOR NO KEY UPDATE NOWAIT"))
        await others.rollback()
        await confirmations.rollback()
    # Where it gave up waiting, it is asked again.
    await paying
    assert (await buyer.ask(path, body, key="K")).json()["state"] == "TRADE_SUCCESS"


async def test_the_audit_sees_parts_paid_to_another_account_stranded_or_refunded_wrongly(
    market: Market, admin_url: str
) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    voucher = await shop.claim(buyer, await shop.kind())
    order, other = await ordered(shop), await ordered(shop, "N-2")
    await buyer.post(f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_000, voucher))
    await buyer.post(f"/v1/orders/{other['id']}/payments", payment(1_000, partial=True))
    await refunded(shop, order, "R-1", PRICE // 2)
    elsewhere = "UPDATE orders SET payee_account_id = id WHERE paid_at IS NOT NULL"
    stranded = (
        "UPDATE orders SET state = 'TRADE_CLOSED', close_reason = 'timeout', ended_at = due_at WHERE paid_at IS NULL"
    )
    swapped = "UPDATE refund_legs SET amount = amount + CASE WHEN amount > 2000 THEN -1 ELSE 1 END"
    assert "paid_orders_have_their_payments" in await market.failed_when(admin_url, elsewhere)
    assert await market.failed_when(admin_url, stranded) == ["parts_wait_only_for_waiting_orders"]
    assert await market.failed_when(admin_url, swapped) == ["parts_are_refunded_what_their_legs_say"]


async def test_what_is_beside_vouchers_is_agreed_before_it_is_judged(market: Market) -> None:
    """Nothing is parked, and no money held, of a payment that could not be made anyhow."""
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    voucher = await shop.claim(buyer, await shop.kind(amount_off=1_000))
    order = await ordered(shop)
    await live(market, rule("any", "review", above(0)))
    path = f"/v1/orders/{order['id']}/payments"
    assert (await buyer.refused(path, payment(PRICE, voucher)))[1] == "amount_differs"
    unproved = payment(PRICE - 1_000, voucher, confirmation_id=encode("cfm", UUID(int=1)))
    assert (await buyer.refused(path, unproved))[0] == 404
    assert await buyer.balance() == (100_000, 100_000)
    parked = (await buyer.ask(path, payment(PRICE - 1_000, voucher))).json()
    assert parked["code"] == "review_required"
    await market.operator.post(f"/v1/risk/reviews/{parked['decision_id']}/approval", {"reason": "a test"})
    said = {"idempotency-key": "again", "sifang-decision": parked["decision_id"]}
    made = await buyer.http.post(path, json=payment(PRICE - 1_000, voucher), headers=said)
    assert (made.status_code, await buyer.balance()) == (201, (71_000, 71_000))
    assert await market.failed_checks() == []
