"""The audit sees what is wrong with a trade, and names it; time goes on whatever is wrong with one of them."""

import asyncio

import asyncpg
import pytest
from fastapi import FastAPI

from chassis.ids import decode, encode
from chassis.settings import Settings
from clients.ids import new_id
from services.payments.app import create_app
from services.payments.trades.jobs import end_due_trades
from tests.conftest import Serve
from tests.payments.trades.shop import TOTAL, Shop


@pytest.fixture
async def shop(serve: Serve) -> Shop:
    """Nothing happens by itself: what is broken stays so until it is looked at."""
    return await Shop.open(await serve(_without_periodic_work, service="payments"))


def _without_periodic_work(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.state.runtime.jobs.periodic.clear()
    return app


async def _failed(shop: Shop) -> dict[str, list[str]]:
    report = await shop.operator.get("/v1/verification")
    return {check["name"]: check["offending"] for check in report["checks"] if check["failed"]}


async def _broken(shop: Shop, statement: str, *facts: object) -> None:
    connection = await asyncpg.connect(shop.served.runtime.settings.database_url)
    try:
        await connection.execute(statement, *facts)
    finally:
        await connection.close()


async def test_it_names_the_trade_whose_rows_do_not_follow_from_its_transfers(shop: Shop) -> None:
    trade = await shop.shipped()
    await shop.buyer.done(f"/v1/trades/{trade['id']}/confirmation", {"items": [2]})
    await shop.ask_refund(trade, items=[{"number": 1}])
    assert await _failed(shop) == {}
    trade_id, mine = decode("trd", trade["id"]), [trade["id"]]
    for breaking, mending, expected in (
        (
            "UPDATE trades SET released = released + 1 WHERE id = $1",
            "UPDATE trades SET released = released - 1 WHERE id = $1",
            {"trades_agree_with_their_transfers": mine, "trade_lines_add_up": mine},
        ),
        (
            "UPDATE trades SET payment_transfer_id = escrow_account_id WHERE id = $1",
            "UPDATE trades SET payment_transfer_id = (SELECT id FROM ledger_transfers WHERE code = 'order.payment') WHERE id = $1",
            {"trades_follow_their_orders": mine},
        ),
        (
            "UPDATE orders SET trade_id = NULL WHERE trade_id = $1",
            "UPDATE orders SET trade_id = $1",
            {"trades_follow_their_orders": mine},
        ),
        (
            "UPDATE trade_lines SET refunded = refunded + 1 WHERE trade_id = $1 AND number = 1",
            "UPDATE trade_lines SET refunded = refunded - 1 WHERE trade_id = $1 AND number = 1",
            {"trade_lines_add_up": mine, "trade_refunds_agree_with_their_trade": mine},
        ),
        (
            "UPDATE trades SET rest = NULL WHERE id = $1",
            "UPDATE trades SET rest = '1 day' WHERE id = $1",
            {"trade_refunds_agree_with_their_trade": mine},
        ),
        (
            "UPDATE trades SET refunds = 0 WHERE id = $1",
            "UPDATE trades SET refunds = 1 WHERE id = $1",
            {"trade_refunds_agree_with_their_trade": mine},
        ),
        (
            """UPDATE trades SET state = 'TRADE_FINISHED', released = amount, ended_at = due_at, due_at = NULL, rest = NULL
                WHERE id = $1""",
            """UPDATE trades SET state = 'WAIT_BUYER_CONFIRM_GOODS', released = 5000, ended_at = NULL, due_at = ended_at,
                rest = '1 day' WHERE id = $1""",
            {
                "ended_trades_hold_nothing": mine,
                "trades_agree_with_their_transfers": mine,
                "trade_lines_add_up": mine,
                "trade_refunds_agree_with_their_trade": mine,
            },
        ),
        (
            "UPDATE trades SET due_at = due_at - interval '30 days' WHERE id = $1",
            "UPDATE trades SET due_at = due_at + interval '30 days' WHERE id = $1",
            {"trade_past_deadline": mine},
        ),
    ):
        await _broken(shop, breaking, trade_id)
        assert await _failed(shop) == expected, breaking
        await _broken(shop, mending, trade_id)
        assert await _failed(shop) == {}, mending


async def test_an_escrow_account_without_its_trade_is_named(shop: Shop) -> None:
    trade = await shop.shipped()
    escrow = (await shop.operator.get("/v1/accounts", kind="trade_escrow"))["items"][0]["id"]
    await _broken(
        shop, "UPDATE trades SET escrow_account_id = payment_transfer_id WHERE id = $1", decode("trd", trade["id"])
    )
    failed = await _failed(shop)
    assert escrow in failed["escrow_accounts_have_their_trade"]
    assert failed["trades_agree_with_their_transfers"] == failed["ended_trades_hold_nothing"] == [trade["id"]]


async def test_nobody_moves_an_escrow_account_but_its_trade(shop: Shop) -> None:
    """Operators neither; nor is anything reversed out of it, nor any code of escrow used by others."""
    trade = await shop.shipped()
    escrow = (await shop.operator.get("/v1/accounts", reference=trade["id"]))["items"][0]
    assert (escrow["kind"], escrow["balance"], escrow["owner"]) == ("trade_escrow", TOTAL, "payments")
    for debit, credit in ((escrow["id"], shop.book.source), (shop.book.source, escrow["id"])):
        answer = await shop.book.move(debit, credit, 1, code="escrow.release")
        assert answer.json()["code"] == "account_controlled"
    back = await shop.operator.post(f"/v1/transfers/{trade['payment_transfer_id']}/reversal", {"id": _transfer_id()})
    assert back.json()["code"] == "account_controlled"
    own = {"id": _transfer_id(), "code": "escrow.release", "amount": 1, "currency": "CNY"}
    ids = {"debit_account_id": escrow["id"], "credit_account_id": shop.book.source}
    assert (await shop.seller.http.post("/v1/transfers", json=own | ids)).status_code in (403, 404)


async def test_one_that_cannot_be_ended_holds_up_no_other(shop: Shop) -> None:
    """Its escrow account is frozen; it is found by the audit, and ends once that is over."""
    stopped, other = await shop.shipped("N-1"), await shop.shipped("N-2")
    escrow = (await shop.operator.get("/v1/accounts", reference=stopped["id"]))["items"][0]["id"]
    await shop.operator.done(f"/v1/accounts/{escrow}/freeze", {"reason": "court"})
    await _due(shop)
    assert [(await shop.read(one))["held"] for one in (stopped, other)] == [TOTAL, 0]
    assert await _failed(shop) == {"trade_past_deadline": [stopped["id"]]}
    await shop.operator.done(f"/v1/accounts/{escrow}/release", {"reason": "over"})
    await _end_due(shop)
    assert (await shop.read(stopped))["state"] == "TRADE_FINISHED"
    assert await _failed(shop) == {}


async def test_two_processes_looking_at_once_end_each_trade_once(shop: Shop) -> None:
    for number in range(3):
        await shop.shipped(f"N-{number}")
    assert await shop.balances() == (3 * TOTAL, 0)
    await _due(shop, times=4)
    assert await shop.balances() == (3 * TOTAL, 3 * TOTAL)
    assert await _failed(shop) == {}


async def _due(shop: Shop, times: int = 1) -> None:
    await _broken(
        shop,
        "INSERT INTO chassis.clock (singleton, business_at, real_at, frozen) VALUES (true, now() + interval '11 days', now(), true)"
        " ON CONFLICT (singleton) DO UPDATE SET business_at = excluded.business_at, frozen = true",
    )
    await asyncio.gather(*(_end_due(shop) for _ in range(times)))


async def _end_due(shop: Shop) -> None:
    await end_due_trades(shop.served.runtime)


def _transfer_id() -> str:
    return encode("trf", new_id(1))
