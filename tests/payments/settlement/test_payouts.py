"""Payouts over HTTP: batches with fixed identifiers, files with the same bytes, ended by the bank's word alone; bills of a day."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from chassis.ids import encode
from clients.ids import new_id
from services.payments.channels.reserves import reserve_at
from services.payments.merchant_payouts import actions
from tests.conftest import Serve
from tests.iso20022 import faults
from tests.payments.settlement.market import Keeper, Market, post

ACCOUNT = {"holder_name": "上海茶叶有限公司", "bank": "ICBC", "number": "6222021001116245702"}


@pytest.fixture
async def market(serve: Serve) -> Market:
    market = await Market.open(await serve("payments"))
    await reserve(market, 1_000_000)
    return market


async def reserve(market: Market, amount: int) -> None:
    """Money of ours at the bank, as top-ups would bring it."""
    async with market.payments.runtime.transaction() as tx:
        account_id = await reserve_at(tx, "ICBC", "CNY")
    await market.book.moved(encode("acc", account_id), market.book.source, amount)


async def banked(market: Market, **terms: Any) -> Keeper:
    """A shop that is paid out to its bank."""
    shop = await market.seller()
    answer = await shop.post(f"/v1/merchants/{shop.merchant_id}/payout-accounts", ACCOUNT)
    assert (answer.status_code, answer.json()["masked"]) == (201, "***************5702"), answer.text
    terms = {"payout": "bank", "payout_account_id": answer.json()["id"]} | terms
    signed = await market.contract(shop, **terms)
    assert signed.status_code == 201, signed.text
    return shop


async def _batched(market: Market, *amounts: int) -> tuple[list[Keeper], dict[str, Any]]:
    """Shops with a payout each, in one batch."""
    shops = [await banked(market) for _ in amounts]
    for shop, amount in zip(shops, amounts, strict=True):
        await market.sold(shop, amount)
    await market.next_day()
    await market.run("payments.close_payout_batches")
    (batch,) = (await market.book.get("/v1/payout-batches"))["items"]
    return shops, batch


async def payout(market: Market, shop: Keeper) -> dict[str, Any]:
    return dict((await shop.get(f"/v1/merchants/{shop.merchant_id}/payouts"))["items"][0])


async def _file(market: Market, batch: dict[str, Any], form: str) -> bytes:
    answer = await market.http.get(f"/v1/payout-batches/{batch['id']}/file", params={"form": form})
    assert answer.status_code == 200, answer.text
    return answer.content


async def line_ids(market: Market, batch: dict[str, Any]) -> list[str]:
    lines = await market.book.get(f"/v1/payout-batches/{batch['id']}/lines")
    return [line["end_to_end_id"] for line in lines["items"]]


def report(message_id: str, statuses: dict[str, str], group: str = "PART") -> dict[str, str]:
    lines = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{one}</OrgnlEndToEndId><TxSts>{code}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for one, code in statuses.items()
    )
    return {
        "document": '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">'
        "<CstmrPmtStsRpt><GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-12-03T10:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>{group}</GrpSts></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    }


async def test_a_batch_is_paid_refused_and_unknown_line_by_line(market: Market) -> None:
    shops, batch = await _batched(market, 10_000, 20_000, 30_000)
    assert (batch["state"], batch["lines"], batch["total_minor"]) == ("closed", 3, 9_940 + 19_880 + 29_820)
    path = f"/v1/payout-batches/{batch['id']}"
    assert (await post(market.http, f"{path}/submission")).json()["state"] == "submitted"
    ids = await line_ids(market, batch)
    first = report(batch["message_id"], {ids[0]: "ACSC", ids[1]: "RJCT", ids[2]: "ACSP"})
    for _ in range(2):
        answer = await post(market.http, f"{path}/confirmations", first)
        assert (answer.status_code, answer.json()["state"]) == (200, "submitted"), answer.text
    states = sorted([(await payout(market, shop))["state"] for shop in shops])
    assert states == ["batched", "failed", "paid"]
    assert sorted([await market.balance(shop) for shop in shops])[0] == 0
    await market.audit()
    contradiction = await post(market.http, f"{path}/confirmations", report(batch["message_id"], {ids[0]: "RJCT"}))
    assert (contradiction.status_code, contradiction.json()["code"]) == (409, "status_contradicts")
    done = await post(market.http, f"{path}/confirmations", report(batch["message_id"], {ids[2]: "ACSC"}))
    assert done.json()["state"] == "completed"
    await market.audit()


async def test_the_file_has_the_same_bytes_and_its_ids_stay(market: Market) -> None:
    _, batch = await _batched(market, 10_000, 20_000)
    for form in ("pain.001.001.03", "pain.001.001.09", "csv"):
        first = await _file(market, batch, form)
        await market.ahead(timedelta(hours=5))
        assert await _file(market, batch, form) == first
    text = (await _file(market, batch, "csv")).decode("gb18030")
    assert "上海茶叶有限公司" in text
    assert "6222021001116245702" in text
    assert all(one in text for one in await line_ids(market, batch))


@pytest.mark.parametrize("form", ["pain.001.001.03", "pain.001.001.09"])
async def test_the_file_is_valid_against_the_official_schema(market: Market, form: str) -> None:
    _, batch = await _batched(market, 10_000, 20_000)
    document = await _file(market, batch, form)
    assert faults(form, document) == []
    without_its_id = ElementTree.fromstring(document)
    without_its_id[0][0].remove(without_its_id[0][0][0])
    assert faults(form, ElementTree.tostring(without_its_id)) != []


async def test_a_batch_is_changed_only_after_the_bank_confirmed_its_cancellation(market: Market) -> None:
    (shop,), batch = await _batched(market, 10_000)
    path = f"/v1/payout-batches/{batch['id']}"
    unasked = await post(market.http, f"{path}/confirmations", report(batch["message_id"], {}, "CANC"))
    assert unasked.json()["state"] == "closed"
    assert (await post(market.http, f"{path}/cancellation")).json()["state"] == "cancelling"
    await market.run("payments.close_payout_batches")
    assert (await payout(market, shop))["state"] == "batched"
    confirmed = await post(market.http, f"{path}/confirmations", report(batch["message_id"], {}, "CANC"))
    assert confirmed.json()["state"] == "cancelled"
    over = await post(market.http, f"{path}/submission")
    assert (over.status_code, over.json()["code"]) == (409, "payout_batch_ended")
    before = await _file(market, batch, "csv")
    await market.run("payments.close_payout_batches")
    items = (await market.book.get("/v1/payout-batches"))["items"]
    old, new = sorted(items, key=lambda one: one["number"])
    assert (new["state"], old["id"], new["number"]) == ("closed", batch["id"], 2)
    assert set(await line_ids(market, new)).isdisjoint(await line_ids(market, old))
    assert await _file(market, batch, "csv") == before
    await market.audit()


async def test_a_cancelled_batch_may_have_been_executed_after_all(market: Market) -> None:
    (shop,), batch = await _batched(market, 10_000)
    path = f"/v1/payout-batches/{batch['id']}"
    await post(market.http, f"{path}/cancellation")
    answer = await post(market.http, f"{path}/confirmations", report(batch["message_id"], {}, "ACSC"))
    assert answer.json()["state"] == "completed"
    assert (await payout(market, shop))["state"] == "paid"
    await market.audit()


async def test_what_refunds_took_is_not_paid_out(market: Market) -> None:
    shops = [await banked(market) for _ in range(2)]
    sold = [await market.sold(shop, 10_000) for shop in shops]
    await market.next_day()
    await market.refunded(shops[0], sold[0], 4_000)
    await market.refunded(shops[1], sold[1], 9_940)
    await market.spend(shops[1], 59)
    await market.run("payments.close_payout_batches")
    (batch,) = (await market.book.get("/v1/payout-batches"))["items"]
    assert (batch["lines"], batch["total_minor"]) == (1, 5_964)
    assert (await payout(market, shops[1]))["failure_code"] == "balance_used"
    await market.audit()


async def test_payouts_wait_while_no_reserve_bears_them(market: Market) -> None:
    shop = await banked(market)
    await market.sold(shop, 1_100_000)
    await market.next_day()
    await market.run("payments.close_payout_batches")
    assert (await payout(market, shop))["state"] == "waiting"
    await reserve(market, 200_000)
    await market.ahead(actions.LOOK_AGAIN)
    await market.run("payments.close_payout_batches")
    assert (await payout(market, shop))["state"] == "batched"
    await market.audit()


async def test_refusals(market: Market) -> None:
    _, batch = await _batched(market, 10_000)
    path, nobody = f"/v1/payout-batches/{batch['id']}/confirmations", encode("pba", new_id())
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    cases = [
        (await post(market.http, path, {"document": "no xml"}), 422, "unreadable_report"),
        (await post(market.http, path, {"document": bomb}), 422, "unreadable_report"),
        (await post(market.http, path, {"document": "<Document/>"}), 422, "unreadable_report"),
        (await post(market.http, path, report("another", {})), 422, "message_differs"),
        (await post(market.http, path, report(batch["message_id"], {"nobody": "ACSC"})), 422, "unknown_payout_line"),
        (await post(market.http, f"/v1/payout-batches/{nobody}/cancellation"), 404, "unknown_payout_batch"),
        (await market.http.get(f"/v1/payout-batches/{nobody}/file"), 404, "unknown_payout_batch"),
        (await market.buyer.get("/v1/payout-batches"), 403, "missing_scope"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_day_s_bills(market: Market) -> None:
    """The same bytes whenever asked for, in both encodings, with totals that agree with the balance."""
    shop = await market.shop()
    path = f"/v1/merchants/{shop.merchant_id}/bills"
    order = await market.sold(shop, 10_000)
    early = await shop.http.get(f"{path}/2026-12-02/trades")
    assert (early.status_code, early.json()["code"]) == (409, "bill_not_ready")
    await market.ahead(timedelta(hours=16))
    unsettled = await shop.http.get(f"{path}/2026-12-02/trades")
    assert (unsettled.status_code, unsettled.json()["code"]) == (409, "bill_not_ready")
    await market.run("payments.settle_due")
    await market.refunded(shop, order, 5_001)
    day = await _bill(shop, f"{path}/2026-12-02/trades")
    assert "#交易合计：1笔，金额共100.00元，服务费共60.00元" not in day
    assert "#交易合计：1笔，金额共100.00元，服务费共0.60元" in day
    assert "#退款合计：0笔" in day
    await market.ahead(timedelta(days=2))
    assert await _bill(shop, f"{path}/2026-12-02/trades") == day
    second = await _bill(shop, f"{path}/2026-12-03/trades")
    assert "#退款合计：1笔，金额共-50.01元，服务费共-0.30元" in second
    funds = await _bill(shop, f"{path}/2026-12-03/funds")
    assert "#期初余额：0.00元" in funds
    assert "#期末余额：49.69元" in funds
    assert await market.balance(shop) == 4_969
    plain = (await shop.http.get(f"{path}/2026-12-03/funds")).content
    chinese = (await shop.http.get(f"{path}/2026-12-03/funds", params={"encoding": "gb18030"})).content
    assert plain.startswith(b"\xef\xbb\xbf")
    assert plain.decode("utf-8-sig") == chinese.decode("gb18030")
    stranger = await market.buyer.get(f"{path}/2026-12-03/funds")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_merchant")


async def _bill(shop: Keeper, path: str) -> str:
    answer = await shop.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content.decode("utf-8-sig")
