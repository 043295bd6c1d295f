"""The console's pages of clearing, risk and the reserve before real payments: seen, decided, and found by codes that are no ids."""

import re
from datetime import timedelta

from chassis.clock import business_day
from tests.gateway.console_pages import PAGES, Console, gateway, market, signed_in
from tests.payments.clearing.clearing_house import ClearingHouse
from tests.payments.conftest import at_rest
from tests.payments.market import Market
from tests.payments.reserve.proofs import came_in, proved
from tests.payments.risk.ruling import above, code_of, drafted, live, rule
from tests.serving import Served

__all__ = ["at_rest", "gateway", "market"]


async def done(console: Console, record: str, action: str, **typed: str) -> None:
    answer = await console.act(record, action, sure="yes", **typed)
    assert answer.status_code == 303, answer.text


async def test_a_window_is_closed_and_settled(market: Market, gateway: Served) -> None:
    house = await ClearingHouse(market).open("AB", caps=30_000, money=50_000)
    owed = await house.owe("A", "B", 10_050)
    window = await house.open_window()
    async with signed_in(gateway) as console:
        page = await console.page(f"/records/{window}?lang=en")
        for shown in (
            owed["id"],
            "Netting",
            "CN¥100.50",
            f"{PAGES}/records/clearing_participant:BANK_A",
            "Customer payments (pacs.008)",
        ):
            assert shown in page
        assert "/actions/window_settlement" not in page
        await done(console, window, "window_closure")
        await done(console, window, "window_settlement")
        settlement = re.findall(r"records/(cls_\w+)", await console.page("/lists/clearing_settlements"))[0]
        assert (await house.carried_on(settlement))["state"] == "SETTLED"
        page = await console.page(f"/records/{settlement}?lang=zh")
        for shown in (
            "已结算",
            "多边轧差净额",
            "¥100.50",
            f'href="{PAGES}/records/{window}"',
            "clearing_participant:BANK_B",
        ):
            assert shown in page
        assert "/actions/" not in page
        answer = await console.client.get(f"{PAGES}/records/{settlement}/files/pacs009")
        assert (answer.status_code, b"pacs.009.001.08" in answer.content) == (200, True)
        page = await console.page("/records/clearing_model:cny_net?lang=en")
        assert settlement in page
        await done(console, "clearing_model:cny_net", "queue_pass")
        await done(console, "clearing_participant:BANK_B", "suspension")
        page = await console.page("/records/clearing_participant:BANK_B?lang=en")
        assert "CN¥600.50" in page
        assert "/actions/reinstatement" in page
        for gone in ("clearing_model:nothing", "clearing_participant:BANK_Z", "clearing_model:..", "nonsense:BANK_A"):
            await console.page(f"/records/{gone}", 404)


async def test_a_parked_payment_is_approved_and_another_denied(market: Market, gateway: Served) -> None:
    payer, payee = await market.customer(10_000), await market.customer()
    await live(market, rule("large_one", "review", above(1_000)))
    draft = await drafted(market, rule("huge_one", "refuse", above(5_000)))
    assert [await code_of(payer, payee, amount) for amount in (2_000, 3_000)] == ["review_required"] * 2
    async with signed_in(gateway) as console:
        first, second = dict.fromkeys(re.findall(r"records/(rdc_\w+)", await console.page("/matters/risk_reviews")))
        assert first in await console.page("/lists/parked_payments?state=waiting_review")
        page = await console.page(f"/records/{first}?lang=en")
        for shown in ("because of large_one", "waiting for review", "CN¥20.00", "person transfer"):
            assert shown in page
        await done(console, first, "approval", reason="she called us")
        await done(console, second, "denial", reason="nobody answers")
        assert "/actions/" not in await console.page(f"/records/{first}")
        assert "nobody answers" in await console.page(f"/records/{second}")
        assert first not in await console.page("/matters/risk_reviews")
        await done(console, draft, "shadowing", reason="to see")
        page = await console.page(f"/records/{draft}?lang=en")
        for shown in ("huge_one", "Shadow report", "in shadow", "&#34;op&#34;: &#34;&gt;&#34;"):
            assert shown in page
        await market.operator.post("/v1/risk/lists", {"name": "watched", "holds": "person"})
        await done(console, "risk_list:watched", "list_change", add=f"{payer.id}\n{payee.id}", reason="court order")
        await done(console, "risk_list:watched", "list_change", remove=payee.id, reason="order lifted")
        assert [one["entries"] for one in (await market.operator.get("/v1/risk/lists"))["items"]] == [1]


async def test_a_proof_of_the_reserve_with_its_banks_and_items(market: Market, gateway: Served) -> None:
    day = business_day(await market.stop_clock())
    person = await market.customer()
    await came_in(market, person.wallet["account_id"], 12_300)
    await market.stop_clock(timedelta(days=1))
    proof = await proved(market.operator.http, day)
    async with signed_in(gateway) as console:
        assert proof["id"] in await console.page("/matters/unproved_days")
        page = await console.page(f"/records/{proof['id']}?lang=zh")
        for shown in ("备付金核对", "未完整", day.isoformat(), "各银行", "ICBC", "¥123.00", "按权益人"):
            assert shown in page
        answer = await console.client.get(f"{PAGES}/records/{proof['id']}/files/reserve_items")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
