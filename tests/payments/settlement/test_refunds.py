"""Refunds of settled orders over HTTP, and shares: who pays, in which order, and what comes back of the fee."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from tests.conftest import Serve
from tests.payments.settlement.market import Keeper, Market, post


@pytest.fixture
async def market(serve: Serve) -> Market:
    return await Market.open(await serve("payments"))


async def test_before_settlement_the_proceeds_pay_and_the_fee_follows(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    await market.refunded(shop, order, 2_500)
    await market.next_day()
    (one,) = await market.settlements(shop)
    # 0.6 % of 100.00 is 60; a quarter came back with the refund.
    assert (one["gross_minor"], one["refunded_minor"], one["fee_minor"], one["net_minor"]) == (10_000, 2_500, 45, 7_455)
    await market.audit()


async def test_a_full_refund_in_parts_returns_exactly_the_fee(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 9_999)
    other = await market.sold(shop, 10_000)
    await market.next_day()
    assert await market.balance(shop) == 19_999 - 60 - 60
    fees = [(await market.refunded(shop, order, amount))["fee_returned"] for amount in (1, 3_333, 3_333, 3_332)]
    assert sum(fees) == 60
    assert min(fees) >= 0
    assert await market.balance(shop) == 10_000 - 60
    assert (await market.order(shop, other))["refunded"] == 0
    await market.audit()


async def test_the_balance_then_the_reserve_then_it_waits(market: Market) -> None:
    shop = await market.shop(reserve_rate="0.1", reserve_days=30)
    orders = [await market.sold(shop, 10_000) for _ in range(2)]
    await market.next_day()
    assert await market.balance(shop) == 20_000 - 120 - 2_000
    await market.spend(shop, 17_000)
    # 880 on the balance, 30 of the fee, 2,000 in the reserve.
    first = await market.refunded(shop, orders[0], 1_000)
    assert first["state"] == "succeeded"
    assert await market.balance(shop) == 0
    waiting = await market.refunded(shop, orders[1], 5_000)
    assert (waiting["state"], waiting["fee_returned"]) == ("refund_pending_funds", 0)
    assert await market.fees() == 120 - 6
    await market.earn(shop, 3_100)
    await market.ahead(timedelta(minutes=11))
    await market.run("payments.work_due_refunds")
    assert (await market.refund(shop, waiting))["state"] == "succeeded"
    assert (await market.refund(shop, waiting))["fee_returned"] == 30
    await market.audit()


async def test_the_platform_advances_and_the_next_settlement_repays(market: Market) -> None:
    shop = await market.shop(refund_policy="advance")
    order = await market.sold(shop, 10_000)
    await market.next_day()
    await market.spend(shop, 9_940)
    assert (await market.refunded(shop, order, 10_000))["state"] == "succeeded"
    assert await market.balance(shop) == 0
    await market.audit()
    await market.sold(shop, 4_000)
    await market.next_day()
    await market.sold(shop, 30_000)
    await market.ahead(timedelta(days=3))
    await market.run("payments.settle_due")
    found = await market.settlements(shop)
    assert [(one["receivable_minor"], one["net_minor"]) for one in found] == [(0, 9_940), (3_976, 0), (5_964, 23_856)]
    await market.audit()


async def test_a_deduction_taken_stays_taken(market: Market) -> None:
    shop = await market.shop(refund_policy="advance")
    lender, deduction = await market.lender(shop, share="0.5", cap_minor=100_000)
    order = await market.sold(shop, 10_000)
    await market.next_day()
    assert await market.held(lender, deduction["account_id"]) == 4_970
    await market.refunded(shop, order, 10_000)
    assert await market.held(lender, deduction["account_id"]) == 4_970
    assert await market.balance(shop) == 0
    await market.audit()


Shared = tuple[list[str], list[dict[str, Any]], list[AsyncClient]]
"""Receivers' accounts, shares, receivers."""


async def _shared(market: Market, shop: Keeper, order: str, *amounts: int) -> Shared:
    receivers, people = [], []
    for _ in amounts:
        person, account_id = await market.partner()
        answer = await shop.post(
            f"/v1/merchants/{shop.merchant_id}/share-receivers", {"account_id": account_id, "relation": "supplier"}
        )
        assert answer.status_code == 201, answer.text
        receivers.append(answer.json())
        people.append(person)
    shares = [{"receiver_id": one["id"], "amount": amount} for one, amount in zip(receivers, amounts, strict=True)]
    answer = await shop.post(f"/v1/orders/{order}/shares", {"shares": shares})
    assert answer.status_code == 201, answer.text
    return [one["account_id"] for one in receivers], answer.json()["items"], people


async def test_shares_are_paid_with_the_settlement_and_called_back_first(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    accounts, _, people = await _shared(market, shop, order, 1_000, 2_000)
    assert [await market.held(*one) for one in zip(people, accounts, strict=True)] == [0, 0]
    await market.next_day()
    assert [await market.held(*one) for one in zip(people, accounts, strict=True)] == [1_000, 2_000]
    (one,) = await market.settlements(shop)
    assert (one["shares_minor"], one["net_minor"]) == (3_000, 6_940)
    await market.refunded(shop, order, 2_500)
    back = [await market.held(*one) for one in zip(people, accounts, strict=True)]
    assert sum(back) == 500
    assert await market.balance(shop) == 6_940 + 15
    await market.audit()


async def test_a_refund_before_settlement_takes_from_what_is_declared(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    await _shared(market, shop, order, 3_000)
    await market.refunded(shop, order, 1_000)
    await market.next_day()
    (share,) = (await shop.get(f"/v1/orders/{order}/shares"))["items"]
    assert (share["state"], share["called_back"], share["paid_minor"]) == ("paid", 1_000, 2_000)
    await market.audit()


async def test_a_share_is_returned_on_request_in_parts(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    _, (share,), _ = await _shared(market, shop, order, 3_000)
    early = await shop.post(f"/v1/order-shares/{share['id']}/returns", {"amount": 1})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_return")
    await market.next_day()
    for amount in (1_000, 2_000):
        answer = await shop.post(f"/v1/order-shares/{share['id']}/returns", {"amount": amount})
        assert answer.status_code == 201, answer.text
    over = await shop.post(f"/v1/order-shares/{share['id']}/returns", {"amount": 1})
    assert (over.status_code, over.json()["code"]) == (409, "nothing_to_return")
    assert await market.balance(shop) == 9_940
    await market.audit()


async def test_shares_are_refused(market: Market) -> None:
    shop, other = await market.shop(), await market.shop()
    order = await market.sold(shop, 10_000)
    _, account_id = await market.partner()
    path = f"/v1/merchants/{shop.merchant_id}/share-receivers"
    receiver = (await shop.post(path, {"account_id": account_id, "relation": "partner"})).json()
    share = {"receiver_id": receiver["id"], "amount": 3_000}
    stranger = share | {"receiver_id": other.some_receiver}
    cases = [
        (await shop.post(path, {"account_id": account_id, "relation": "partner"}), 409, "receiver_exists"),
        (await shop.post(path, {"account_id": shop.account_id, "relation": "partner"}), 422, "receiver_is_seller"),
        (await shop.post(path, {"account_id": await market.fee_account(), "relation": "partner"}), 422, "account_unfit"),
        (await other.post(path, {"account_id": account_id, "relation": "partner"}), 404, "unknown_merchant"),
        (await other.post(f"/v1/share-receivers/{receiver['id']}/removal"), 404, "unknown_receiver"),
        (await other.post(f"/v1/orders/{order}/shares", {"shares": [share]}), 404, "unknown_order"),
        (await shop.post(f"/v1/orders/{order}/shares", {"shares": [share | {"amount": 3_001}]}), 422, "share_above_limit"),
        (await shop.post(f"/v1/orders/{order}/shares", {"shares": [stranger]}), 404, "unknown_receiver"),
        (await shop.post(f"/v1/orders/{order}/shares", {"shares": [share, share]}), 422, "invalid_value"),
        (await shop.post(f"/v1/order-shares/{other.some_share}/returns", {"amount": 1}), 404, "unknown_share"),
    ]  # fmt: skip
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await shop.post(f"/v1/orders/{order}/shares", {"shares": [share | {"amount": 1}]})).status_code == 201
    again = await shop.post(f"/v1/orders/{order}/shares", {"shares": [share | {"amount": 1}]})
    assert (again.status_code, again.json()["code"]) == (409, "share_exists")
    assert (await shop.post(f"/v1/share-receivers/{receiver['id']}/removal")).json()["removed_at"] is not None
    await market.next_day()
    late = await shop.post(f"/v1/orders/{order}/shares", {"shares": [share]})
    assert (late.status_code, late.json()["code"]) == (409, "share_too_late")
    listed = (await shop.get(path))["items"]
    assert [one["id"] for one in listed] == [receiver["id"]]


_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


async def test_a_refund_waits_for_a_settlement_before_it_locks_accounts(market: Market) -> None:
    """A settlement holds the merchant's position and then accounts: whoever took these first would wait for it, and it for him."""
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    await _shared(market, shop, order, 2_000)
    await market.next_day()
    engine = market.payments.runtime.database.engine
    async with engine.connect() as settling, engine.connect() as accounts:
        await settling.execute(text("SELECT FROM settlement_positions FOR UPDATE"))
        refunding = asyncio.create_task(market.refunded(shop, order, 10_000))
        while not (await accounts.execute(_WAITING)).scalar_one():
            await accounts.rollback()
        await accounts.execute(text("SELECT FROM ledger_accounts FOR NO KEY UPDATE NOWAIT"))
        await accounts.rollback()
        await settling.rollback()
    assert (await refunding)["state"] == "succeeded"
    await market.audit()


@pytest.mark.usefixtures("ordinary_locks")
async def test_a_waiting_refund_is_not_paid_while_the_merchant_is_settled(market: Market) -> None:
    shop = await market.shop()
    order = await market.sold(shop, 10_000)
    found = (await market.http.get("/v1/accounts", params={"kind": "merchant_proceeds"})).json()["items"]
    freezing = f"/v1/accounts/{found[0]['id']}"
    assert (await post(market.http, f"{freezing}/freeze", {"reason": "court order"})).status_code == 200
    waiting = await market.refunded(shop, order, 4_000)
    assert waiting["state"] == "refund_pending_funds"
    assert (await post(market.http, f"{freezing}/release", {"reason": "lifted"})).status_code == 200
    await market.ahead(timedelta(minutes=11))
    async with market.payments.runtime.database.engine.connect() as settling:
        await settling.execute(text("SELECT FROM settlement_positions FOR UPDATE"))
        working = asyncio.create_task(market.run("payments.work_due_refunds"))
        while not (await settling.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))).scalar_one():
            assert not working.done()
        assert (await market.refund(shop, waiting))["state"] == "refund_pending_funds"
    await working
    assert (await market.refund(shop, waiting))["state"] == "succeeded"
    await market.next_day()
    (one,) = await market.settlements(shop)
    assert (one["gross_minor"], one["refunded_minor"], one["fee_minor"]) == (10_000, 4_000, 36)
    await market.audit()
