"""Terms, plans and deductions over HTTP: who may, what is refused, and one story from the first sale to the bank's word."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from chassis.ids import encode
from chassis.provision import in_database
from clients.ids import new_id
from services.payments.verification import queries
from tests.conftest import DatabaseUrls, Serve
from tests.databases import Databases
from tests.payments.settlement.market import Market, post
from tests.payments.settlement.test_payouts import banked, line_ids, payout, report, reserve

PLAN: dict[str, Any] = {
    "code": "gold", "name": "金", "currency": "CNY",
    "tiers": [{"from_minor": 0, "rate": "0.006"}, {"from_minor": 100_000, "rate": "0.0038"}],
    "minimum_minor": 10, "cap_minor": 5_000, "free_quota_minor": 1_000,
}  # fmt: skip


@pytest.fixture
async def market(serve: Serve) -> Market:
    return await Market.open(await serve("payments"))


async def test_plans_have_versions_and_contracts_keep_theirs(market: Market) -> None:
    first = (await post(market.http, "/v1/fee-plans", PLAN)).json()
    second = (await post(market.http, "/v1/fee-plans", PLAN | {"rounding": "up"})).json()
    assert (first["version"], second["version"]) == (1, 2)
    assert [tier["rate"] for tier in first["tiers"]] == ["0.006000", "0.003800"]
    assert await market.book.get(f"/v1/fee-plans/{first['id']}") == first
    listed = (await market.book.get("/v1/fee-plans"))["items"]
    assert {one["id"] for one in listed} == {first["id"], second["id"], market.plan["id"]}
    shop = await market.shop(fee_plan_id=first["id"], cut_off="22:30", reserve_rate="0.05", reserve_days=7)
    (terms,) = (await shop.get(f"/v1/merchants/{shop.merchant_id}/contracts"))["items"]
    assert (terms["fee_plan_id"], terms["cut_off"], terms["reserve_rate"]) == (first["id"], "22:30", "0.050000")
    assert (terms["effective_on"], terms["share_limit"], terms["cycle_days"]) == ("2026-12-02", "0.300000", 1)


async def test_plans_and_terms_are_refused(market: Market) -> None:
    shop, dollars = await market.shop(), await market.seller()
    abroad = (await post(dollars.http, "/v1/merchants", {"name": "x", "currency": "USD"})).json()["id"]
    terms = {"fee_plan_id": market.plan["id"]}
    path = f"/v1/merchants/{shop.merchant_id}/contracts"
    fresh = await market.seller()
    new = f"/v1/merchants/{fresh.merchant_id}/contracts"
    nobody = encode("mer", new_id())
    unknown_account = {"payout": "bank", "payout_account_id": encode("pac", new_id())}
    cases = [
        (await post(market.http, "/v1/fee-plans", PLAN | {"tiers": [{"from_minor": 5, "rate": "0.1"}]}), 422, "tiers_unclear"),
        (await post(market.http, "/v1/fee-plans", PLAN | {"cap_minor": 1}), 422, "cap_below_minimum"),
        (await post(market.http, "/v1/fee-plans", PLAN | {"code": "standard", "currency": "USD"}), 422, "fee_plan_currency_mismatch"),
        (await post(market.http, "/v1/fee-plans", PLAN | {"tiers": [{"from_minor": 0, "rate": "0.0000001"}]}), 422, "invalid_value"),
        (await post(shop.http, "/v1/fee-plans", PLAN), 403, "missing_scope"),
        (await market.http.get(f"/v1/fee-plans/{encode('fpl', new_id())}"), 404, "unknown_fee_plan"),
        (await post(market.http, f"/v1/merchants/{nobody}/contracts", terms), 404, "unknown_merchant"),
        (await post(market.http, path, {"fee_plan_id": encode("fpl", new_id())}), 404, "unknown_fee_plan"),
        (await post(market.http, f"/v1/merchants/{abroad}/contracts", terms), 422, "fee_plan_currency_mismatch"),
        (await post(market.http, path, terms | {"effective_on": "2026-12-02"}), 422, "effective_too_early"),
        (await post(market.http, new, terms | {"effective_on": "2026-12-01"}), 422, "effective_too_early"),
        (await post(market.http, new, terms | {"payout": "bank"}), 422, "payout_unclear"),
        (await post(market.http, new, terms | unknown_account), 404, "unknown_payout_account"),
        (await post(market.http, new, terms | {"cut_off": "24:01"}), 422, "invalid_value"),
        (await shop.post(path, terms), 403, "missing_scope"),
        (await fresh.http.get(path), 404, "unknown_merchant"),
        (await fresh.http.get(f"/v1/settlements/{encode('stl', new_id())}"), 404, "unknown_settlement"),
    ]  # fmt: skip
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await post(market.http, path, terms)).status_code == 201
    twice = await post(market.http, path, terms)
    assert (twice.status_code, twice.json()["code"]) == (409, "contract_for_that_day")
    # The merchant cannot move what waits to be settled.
    await market.sold(shop, 100)
    proceeds = (await market.book.get("/v1/accounts", kind="merchant_proceeds"))["items"]
    for account in proceeds:
        assert (await shop.http.get(f"/v1/accounts/{account['id']}")).status_code == 404


async def test_a_deduction_s_way(market: Market) -> None:
    shop, stranger = await market.shop(), await market.seller()
    lender = market.payments.client("ecommerce_credit")
    account = (await post(lender, "/v1/accounts", {"currency": "CNY", "kind": "capital"})).json()["id"]
    body = {"merchant_id": shop.merchant_id, "account_id": account, "reference": "loan-1", "cap_minor": 3_000}
    cases = [
        (await post(lender, "/v1/deductions", body | {"share": "0.500001"}), 422, "deduction_share_too_large"),
        (await post(lender, "/v1/deductions", body | {"ends_on": "2026-12-01"}), 422, "deduction_ends_in_past"),
        (await post(lender, "/v1/deductions", body | {"account_id": shop.account_id}), 422, "account_not_lenders"),
        (
            await post(lender, "/v1/deductions", body | {"merchant_id": encode("mer", new_id())}),
            404,
            "unknown_merchant",
        ),
    ]
    proposed = (await post(lender, "/v1/deductions", body)).json()
    path = f"/v1/deductions/{proposed['id']}"
    cases += [
        (await stranger.post(f"{path}/agreement"), 404, "unknown_deduction"),
        (await post(lender, f"{path}/agreement"), 404, "unknown_deduction"),
        (await stranger.post(f"{path}/revocation"), 404, "unknown_deduction"),
        (await stranger.http.get(path), 404, "unknown_deduction"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await market.sold(shop, 1_000)
    await market.next_day()
    assert (await shop.get(path))["taken_minor"] == 0
    for _ in range(2):
        assert (await shop.post(f"{path}/agreement")).json()["state"] == "active"
    await market.sold(shop, 10_000)
    await market.next_day()
    told = await shop.get(path)
    assert (told["state"], told["taken_minor"], told["end_code"]) == ("completed", 3_000, "cap_reached")
    (taking,) = (await shop.get(f"{path}/takings"))["items"]
    assert taking["amount"] == 3_000
    ended = await shop.post(f"{path}/revocation")
    assert (ended.status_code, ended.json()["code"]) == (409, "deduction_ended")
    feed = (await market.book.get("/v1/events", types="payments.deduction.taken.v1"))["items"]
    assert [(one["data"]["lender"], one["data"]["left_minor"]) for one in feed] == [("ecommerce_credit", 0)]
    assert [one["id"] for one in (await shop.get("/v1/deductions"))["items"]] == [proposed["id"]]
    await market.audit()


async def test_deductions_end_by_themselves_or_by_either_side(market: Market) -> None:
    shop = await market.shop()
    _, by_time = await market.lender(shop, cap_minor=10**6, ends_on="2026-12-03")
    _, by_merchant = await market.lender(shop, cap_minor=10**6)
    lender, by_lender = await market.lender(shop, cap_minor=10**6)
    account = by_lender["account_id"]
    body = {"merchant_id": shop.merchant_id, "account_id": account, "reference": "x", "cap_minor": 5}
    lapsing = (await post(lender, "/v1/deductions", body)).json()
    for _ in range(2):
        assert (await shop.post(f"/v1/deductions/{by_merchant['id']}/revocation")).json()["end_code"] == "merchant"
    assert (await post(lender, f"/v1/deductions/{by_lender['id']}/revocation")).json()["end_code"] == "lender"
    await market.ahead(timedelta(days=31))
    await market.run("payments.end_deductions")
    found = {one["id"]: (one["state"], one["end_code"]) for one in (await shop.get("/v1/deductions"))["items"]}
    assert found[by_time["id"]] == ("completed", "end_reached")
    assert found[lapsing["id"]] == ("revoked", "lapsed")
    await market.run("payments.settle_due")
    await market.audit()


async def test_the_journey_of_a_sale_to_the_bank(market: Market) -> None:
    """Sold under a tiered plan, shared, lent against, kept back, refunded in part; paid out, confirmed, billed; the audit holds."""
    await reserve(market, 500_000)
    plan = (await post(market.http, "/v1/fee-plans", PLAN)).json()
    shop = await banked(market, fee_plan_id=plan["id"], reserve_rate="0.1", reserve_days=7)
    lender, deduction = await market.lender(shop, share="0.3", cap_minor=50_000)
    partner, account_id = await market.partner()
    orders = [await market.sold(shop, 60_000)]
    await market.ahead(timedelta(minutes=1))
    orders.append(await market.sold(shop, 80_000))
    receiver = await shop.post(
        f"/v1/merchants/{shop.merchant_id}/share-receivers", {"account_id": account_id, "relation": "supplier"}
    )
    share = {"receiver_id": receiver.json()["id"], "amount": 10_000}
    assert (await shop.post(f"/v1/orders/{orders[0]}/shares", {"shares": [share]})).status_code == 201
    await market.refunded(shop, orders[1], 20_000)
    await market.next_day()
    (one,) = await market.settlements(shop)
    # 60,000 of which 1,000 are free: 354. 80,000, half of it beyond 100,000: 240 + 152 = 392, a quarter of it back: 98.
    assert (one["gross_minor"], one["refunded_minor"], one["fee_minor"]) == (140_000, 20_000, 354 + 392 - 98)
    base = 120_000 - 648 - 10_000
    assert (one["shares_minor"], one["deductions_minor"]) == (10_000, base * 3 // 10)
    assert (one["reserve_minor"], one["net_minor"]) == (12_000, base - base * 3 // 10 - 12_000)
    assert await market.held(lender, deduction["account_id"]) == one["deductions_minor"]
    assert await market.held(partner, account_id) == 10_000
    await market.run("payments.close_payout_batches")
    (batch,) = (await market.book.get("/v1/payout-batches"))["items"]
    statuses = dict.fromkeys(await line_ids(market, batch), "ACSC")
    path = f"/v1/payout-batches/{batch['id']}/confirmations"
    assert (await post(market.http, path, report(batch["message_id"], statuses))).json()["state"] == "completed"
    assert (await payout(market, shop))["state"] == "paid"
    # After the payout: the share first, onto the balance, then the reserve.
    await market.refunded(shop, orders[0], 15_000)
    assert await market.held(partner, account_id) == 0
    await market.audit()
    await market.ahead(timedelta(days=8))
    for name in ("payments.settle_due", "payments.release_reserves", "payments.close_payout_batches"):
        await market.run(name)
    assert await market.balance(shop) == 12_000 - (15_000 - 10_000 - 354 * 15_000 // 60_000)
    bill = await shop.http.get(f"/v1/merchants/{shop.merchant_id}/bills/2026-12-02/trades")
    assert "#交易合计：2笔，金额共1400.00元，服务费共7.46元" in bill.content.decode("utf-8-sig")
    await market.audit()


BREAKS = {
    "settlements_agree_with_their_transfers": "UPDATE settlements SET net_minor = net_minor + 1, fee_minor = fee_minor - 1",
    "settlement_transfers_are_of_settlements": "DELETE FROM settlement_transfers",
    "settlements_are_of_their_orders": "UPDATE settlement_lines SET refunded_minor = refunded_minor + 1",
    "proceeds_are_those_of_unsettled_orders": "DELETE FROM settlement_lines",
    "paid_orders_are_settled_in_their_turn": "DELETE FROM settlement_lines",
    "fees_come_back_pro_rata": "UPDATE settlement_lines SET refunded_minor = 60000",
    "fees_earned_are_those_of_orders": "UPDATE settlement_lines SET fee_minor = fee_minor + 1",
    "volumes_are_those_of_settled_orders": "UPDATE merchant_volumes SET volume_minor = volume_minor + 1",
    "reserves_are_what_is_kept_back": "UPDATE reserve_holdings SET drawn = 1",
    "advances_are_what_merchants_owe": """INSERT INTO settlement_receivables
        SELECT id, merchant_id, id, currency, 1, 0, paid_at FROM orders""",
    "deductions_are_what_settlements_took": "UPDATE standing_deductions SET taken_minor = taken_minor + 1",
    "settlements_took_what_they_say": "DELETE FROM deduction_takings",
    "shares_agree_with_their_settlements": "UPDATE order_shares SET amount = amount + 1, paid_minor = paid_minor + 1",
    "shares_are_paid_with_their_order": """UPDATE order_shares SET state = 'declared', paid_minor = 0, settlement_id = NULL""",
    "shares_returned_are_in_the_ledger": "UPDATE order_shares SET returned = 1",
    "payout_lines_agree_with_their_holds": "UPDATE payout_batch_lines SET state = 'rejected'",
    "payouts_agree_with_their_lines": "UPDATE merchant_payouts SET state = 'waiting', due_at = now()",
    "batches_are_their_lines": "UPDATE payout_batches SET total_minor = total_minor + 1",
    "settlement_past_cut_off": "UPDATE settlement_positions SET due_at = '2020-01-01'",
    "reserve_past_release": "UPDATE reserve_holdings SET due_at = '2020-01-01'",
    "payout_batch_past_answer": "UPDATE payout_batches SET due_at = '2020-01-01'",
    "payout_past_batching": "UPDATE merchant_payouts SET state = 'waiting', due_at = '2020-01-01'",
    "deduction_past_consent": """UPDATE standing_deductions SET state = 'proposed', due_at = '2020-01-01'""",
}


async def test_the_audit_sees_what_is_broken(market: Market, database_urls: DatabaseUrls, databases: Databases) -> None:
    """Each row broken by the administrator makes its own check fail, and mended all hold again."""
    await reserve(market, 500_000)
    shop = await banked(market, reserve_rate="0.1", reserve_days=7)
    await market.lender(shop, share="0.3", cap_minor=50_000)
    order = await market.sold(shop, 60_000)
    _, account_id = await market.partner()
    receivers = f"/v1/merchants/{shop.merchant_id}/share-receivers"
    receiver = (await shop.post(receivers, {"account_id": account_id, "relation": "supplier"})).json()
    await shop.post(f"/v1/orders/{order}/shares", {"shares": [{"receiver_id": receiver["id"], "amount": 10_000}]})
    await market.next_day()
    await market.run("payments.close_payout_batches")
    await market.audit()
    url, _ = await database_urls("payments")
    admin = await asyncpg.connect(in_database(databases.admin_url, url.rpartition("/")[2]))
    try:
        for name, statement in BREAKS.items():
            async with admin.transaction():
                await admin.execute("SET CONSTRAINTS ALL DEFERRED; SAVEPOINT before")
                await admin.execute(statement)
                assert name in await _failing(admin), name
                await admin.execute("ROLLBACK TO before")
    finally:
        await admin.close()
    await market.audit()


async def _failing(admin: "asyncpg.Connection[asyncpg.Record]") -> set[str]:
    """What the audit says within the administrator's own transaction."""
    found = {name for name, (_, _, looking) in queries._CHECKS.items() if await admin.fetch(looking)}
    for name, (_, table, key, waiting, due) in queries._STUCK.items():
        looking = f"SELECT {key} FROM {table} WHERE {waiting} AND {due} < '2026-01-01'"  # noqa: S608
        if await admin.fetch(looking):
            found.add(name)
    return found


APPEND_ONLY = (
    "fee_plans",
    "fee_plan_tiers",
    "settlement_contracts",
    "settlements",
    "settlement_transfers",
    "deduction_takings",
    "payout_accounts",
)
FORBIDDEN = [
    *("DELETE FROM " + table for table in APPEND_ONLY),  # noqa: S608
    *("TRUNCATE " + table for table in APPEND_ONLY),
    "UPDATE settlements SET net_minor = 1",
    "UPDATE settlement_contracts SET cycle_days = 0",
    "DELETE FROM payout_batch_lines",
]


async def test_the_service_may_not_edit_terms_and_settlements(database_urls: DatabaseUrls) -> None:
    url, _ = await database_urls("payments")
    connection = await asyncpg.connect(url)
    try:
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
