"""Every way in which customers and merchants move money asks risk; what fails afterwards is given back to windows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.queries import add_card
from services.payments.holders.queries import add_identity, identity_of
from services.payments.mandates.actions import revoke_mandate
from services.payments.mandates.debiting import cancel_debit
from services.payments.risk import activation
from services.payments.risk.actions import decide
from services.payments.risk.model import Intent, Kind
from tests.payments.funding import any_card
from tests.payments.mandates.signing import asked_for, stage
from tests.payments.market import Market, Party
from tests.payments.risk.ruling import above, activated, code_of, listed, live, rule, ruled, sent, shadowed, window

CNY = {"currency": "CNY"}
WALLET = {"method": "wallet", "amount": 1_000, **CNY}


async def card_of(market: Market, party: Party) -> str:
    """Bound, as far as we know: no bank knows it."""
    card_id = uuid4()

    async def story(tx: Tx, caller: Caller) -> None:
        card = Card(
            card_id, party.uuid, "ICBC", "工商银行", CardKind.DEBIT, "6222*", b"sealed", card_id.bytes, CardState.BOUND,
            None, None, tx.now, tx.now, None,
        )  # fmt: skip
        await add_card(tx.connection, card)

    await market.perform(story, market.operator.caller)
    return encode("crd", card_id)


async def test_every_call_that_moves_money_is_judged(market: Market) -> None:
    """Under a rule that refuses whatever is worth more than 900 each of them is refused, by its own kind."""
    buyer, seller, other = await market.customer(100_000), await market.customer(), await market.customer()
    merchant = await market.merchant(seller, 50_000)
    named = {"merchant_id": merchant["id"], "subject": "tea"} | CNY

    async def order() -> str:
        body = named | {"merchant_order_number": uuid4().hex[:20], "amount": 1_000}
        return str((await seller.post("/v1/orders", body))["id"])

    paid = await order()
    await buyer.post(f"/v1/orders/{paid}/payments", WALLET)
    trade = {"merchant_id": merchant["id"], "merchant_trade_number": "1", "subject": "tea"} | CNY
    items = [{"name": "tea", "quantity": 1, "unit_price": 1_000}]
    trade_id = (await seller.post("/v1/trades", trade | {"items": items}))["id"]
    code = (await seller.post("/v1/payee-codes", {"merchant_id": merchant["id"]}))["id"]
    token = (await buyer.http.post("/v1/payment-codes")).json()["token"]
    frozen = await seller.post("/v1/preauthorisations", named | {"merchant_number": "1", "amount": 1_000})
    card = await card_of(market, buyer)
    by_card = {"card_id": card, "amount": 1_000, **CNY}
    calls: list[tuple[str, Party, str, dict[str, Any]]] = [
        ("order_payment", buyer, f"/v1/orders/{await order()}/payments", WALLET),
        ("order_payment", buyer, f"/v1/orders/{await order()}/payments", WALLET | {"wallet_id": buyer.wallet["id"]}),
        ("card_payment", buyer, f"/v1/orders/{await order()}/card-payments", by_card),
        ("order_payment", buyer, f"/v1/trades/{trade_id}/payments", WALLET),
        ("order_payment", buyer, f"/v1/payee-codes/{code}/payments", {"amount": 1_000, **CNY}),
        ("order_payment", seller, f"/v1/payment-codes/{token}/charges", {"order_id": await order()}),
        ("preauthorisation", buyer, f"/v1/preauthorisations/{frozen['id']}/agreement", {"amount": 1_000, **CNY}),
        ("person_transfer", buyer, "/v1/person-transfers", {"payee_id": other.id, "amount": 1_000, **CNY}),
        ("top_up", buyer, "/v1/top-ups", by_card),
        ("withdrawal", buyer, "/v1/withdrawals", by_card),
        (
            "refund",
            seller,
            f"/v1/orders/{paid}/refunds",
            {"merchant_refund_number": "1", "amount": 1_000, "reason": "x", **CNY},
        ),
    ]
    upload = {
        "merchant_id": merchant["id"],
        "number": "1",
        "lines": [{"number": "1", "amount": 1_000, "customer_id": other.id}],
    }
    batch = (await seller.post("/v1/batch-payouts", upload | CNY))["id"]
    calls.append(("batch_payout", seller, f"/v1/batch-payouts/{batch}/approval", {"lines": 1, "total": 1_000}))
    ends_at = (await market.now() + timedelta(days=9)).isoformat()
    budget = {"name": "spring", "funding_account_id": merchant["account_id"], "ends_at": ends_at}
    campaign = (await seller.post("/v1/campaigns", budget))["id"]
    calls.append(("campaign_funding", seller, f"/v1/campaigns/{campaign}/funding", {"amount": 1_000}))
    before = await buyer.balance()
    await live(market, rule("all", "refuse", above(900)))
    for kind, who, path, body in calls:
        answer = (await who.ask(path, body)).json()
        assert answer["code"] == "risk_refused", (path, answer)
        decision = await market.operator.get(f"/v1/risk/decisions/{answer['decision_id']}")
        assert (decision["kind"], decision["counted"]) == (kind, 1_000), path
    assert await buyer.balance() == before
    assert await market.failed_checks() == []


async def test_one_person_has_one_window(market: Market) -> None:
    """Two customers who are one person count together, also what they paid before that was known; a list knows her by either name."""
    one, two, payee = await market.customer(10_000), await market.customer(10_000), await market.customer()
    await listed(market, "denied", "person", one.id)
    said = (
        rule("thrice", "refuse", window("count", ">", 3)),
        rule("denied", "refuse", {"in_list": "denied", "of": "person"}),
    )
    await live(market, said[0])
    assert [await code_of(payer, payee, 100) for payer in (one, two)] == ["made", "made"]
    await market.prove(one, "王小明")
    assert await code_of(two, payee, 100) == "made"

    async def same(tx: Tx, caller: Caller) -> None:
        found = await identity_of(tx.connection, one.uuid)
        assert found is not None
        await add_identity(tx.connection, replace(found, customer_id=two.uuid))

    await market.perform(same, market.operator.caller)
    assert [await code_of(payer, payee, 100) for payer in (two, one)] == ["risk_refused"] * 2
    await live(market, said[1])
    refused = (await sent(two, payee, 100)).json()
    assert [reason["code"] for reason in refused["reasons"]] == ["denied"]


async def test_what_no_rate_is_stated_of_is_refused_where_its_worth_is_asked(market: Market) -> None:
    """By live rules alone, and never where money finds its way back."""
    dollars, payee = await market.customer(0, "USD"), await market.customer()
    await payee.post("/v1/wallets", {"currency": "USD"})
    body = {"payee_id": payee.id, "amount": 100, "currency": "USD"}
    shadow = await shadowed(market, rule("much", "refuse", window("sum", ">", 2)))
    assert (await dollars.refused("/v1/person-transfers", body))[1] == "insufficient_funds"
    await live(market, rule("twice", "refuse", window("count", ">", 2)))
    assert (await dollars.refused("/v1/person-transfers", body))[1] == "insufficient_funds"
    await activated(market, shadow)
    assert await dollars.refused("/v1/person-transfers", body) == (409, "rate_not_stated", "currency")
    wish = Intent(Kind.REFUND, encode("rfd", uuid4()), payee.id, 100, "USD", dollars.id)

    async def refund(tx: Tx, caller: Caller) -> None:
        await decide(tx, caller, wish)

    refusals = []
    for kind in (Kind.REFUND, Kind.WITHDRAWAL):
        wish = replace(wish, kind=kind)
        try:
            await market.perform(refund, market.operator.caller)
        except Refusal as refusal:
            refusals.append((kind, refusal.code))
    assert refusals == [(Kind.REFUND, "risk_refused"), (Kind.WITHDRAWAL, "rate_not_stated")]


async def test_what_comes_back_is_counted_no_more(market: Market) -> None:
    """A transfer revoked, a part of a payment taken back: the window has room again."""
    payer, payee = await market.customer(100_000), await market.customer()
    merchant = await market.merchant(payee)
    await live(market, rule("twice", "refuse", window("count", ">", 2)))
    body = {"payee_id": payee.id, "amount": 100, "arrival": "after_2_hours", **CNY}
    first = await payer.ask("/v1/person-transfers", body)
    assert first.status_code == 201, first.text
    order = {
        "merchant_id": merchant["id"],
        "merchant_order_number": "1",
        "subject": "tea",
        "amount": 200,
        "timeout_seconds": 7200,
        **CNY,
    }
    order_id = (await payee.post("/v1/orders", order))["id"]
    part = WALLET | {"amount": 100, "partial": True}
    await payer.post(f"/v1/orders/{order_id}/payments", part)
    assert await code_of(payer, payee, 100) == "risk_refused"
    await payer.post(f"/v1/person-transfers/{first.json()['id']}/revocation")
    assert await code_of(payer, payee, 100) == "made"
    assert await code_of(payer, payee, 100) == "risk_refused"
    await payer.post(f"/v1/orders/{order_id}/payments/return")
    assert await code_of(payer, payee, 100) == "made"
    assert await code_of(payer, payee, 100) == "risk_refused"
    await market.stop_clock(timedelta(hours=1, seconds=1))
    assert await code_of(payer, payee, 100) == "made"


async def test_what_no_window_counted_gives_none_room(market: Market) -> None:
    """A transfer made while nobody watched persons' transfers, and revoked once somebody does."""
    payer, payee = await market.customer(100_000), await market.customer()
    await live(market, rule("cards", "refuse", window("count", ">", 9, subject="card")))
    body = {"payee_id": payee.id, "amount": 100, "arrival": "after_2_hours", **CNY}
    before = [(await payer.post("/v1/person-transfers", body))["id"] for _ in range(2)]
    await live(market, rule("twice", "refuse", window("count", ">", 2)))
    for transfer_id in before:
        await payer.post(f"/v1/person-transfers/{transfer_id}/revocation")
    assert [await code_of(payer, payee, 100) for _ in range(3)] == ["made", "made", "risk_refused"]
    assert await market.failed_checks() == []


async def test_a_mandates_debit_is_judged_when_it_is_asked_for(tx: Tx) -> None:
    """Nobody is there who could be challenged: it is reviewed. One that is cancelled counts no more."""
    scene = await stage(tx, 100_000, await any_card(tx))
    large, twice = rule("large", "step_up", above(5_000)), window("count", ">", 1, kind="mandate_debit")
    await ruled(tx, large, rule("twice", "refuse", twice))

    async def code(amount: int) -> str:
        try:
            async with tx.connection.begin_nested():
                await asked_for(tx, scene, amount, due_on=(tx.now + timedelta(days=3)).date())
        except Refusal as refusal:
            return refusal.code
        return "made"

    assert await code(6_000) == "review_required"
    first = await asked_for(tx, scene, 1_000, due_on=(tx.now + timedelta(days=3)).date())
    assert await code(1_000) == "risk_refused"
    await cancel_debit(tx, scene.gym, mandate_id=scene.mandate.id, debit_id=first.id)
    assert await code(1_000) == "made"
    await revoke_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
    taken_back = text("SELECT count(DISTINCT decision_id) FROM risk_take_backs")
    assert (await tx.connection.execute(taken_back)).scalar_one() == 2
    activation.forget(tx.settings.database_url)
