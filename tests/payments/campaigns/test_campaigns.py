"""Campaigns and vouchers: stock and budget are exact whoever asks at once, costs come back pro rata, nothing is stranded."""

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.identity import Caller, service_caller
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.campaigns import actions
from services.payments.campaigns.errors import RefundExceedsAmount
from tests.databases import Databases
from tests.payments.campaigns.shop import OFF, RAISE, TRIAL, Shop
from tests.payments.market import Market, Party


async def work(market: Market) -> None:
    await market.run_periodic("payments.work_due_campaigns")


@pytest.mark.parametrize(
    ("budget", "stock", "winners", "loser"),
    [(200_000, 50, 50, "vouchers_gone"), (60_000, 50, 30, "budget_exhausted")],
)
async def test_two_hundred_claims_at_once_win_exactly_what_there_is(
    market: Market, budget: int, stock: int, winners: int, loser: str
) -> None:
    shop = await Shop.open(market, budget)
    kind_id = await shop.kind(stock=stock)
    callers = [Caller(encode("cus", new_id()), "suite") for _ in range(200)]
    said = await asyncio.gather(*(market.tried(actions.claim_voucher, caller, kind_id=kind_id) for caller in callers))
    assert Counter(said) == {"made": winners, loser: 200 - winners}
    assert await shop.state() == ("open", budget, winners * 2_000)
    report = await shop.report()
    assert (report["issued"], report["claimed"], report["outstanding"]) == (stock, winners, winners)
    assert await market.failed_checks() == []


async def test_one_person_claims_no_more_than_her_share_however_often_at_once(market: Market) -> None:
    shop, buyer = await Shop.open(market, 100_000), await market.customer()
    kind_id = await shop.kind(per_person=3)
    said = await asyncio.gather(
        *(market.tried(actions.claim_voucher, buyer.caller, kind_id=kind_id) for _ in range(40))
    )
    assert Counter(said) == {"made": 3, "voucher_limit_reached": 37}


async def test_two_hundred_uses_of_one_voucher_have_one_winner(market: Market) -> None:
    shop, buyer = await Shop.open(market, 10_000), await market.customer()
    voucher = await shop.claim(buyer, await shop.kind())
    said = await asyncio.gather(*(shop.use(buyer, [voucher], f"ord_{number}") for number in range(200)))
    assert Counter(said) == {"made": 1, "voucher_already_used": 199}
    assert (await shop.proceeds(), await shop.state()) == (2_000, ("open", 8_000, 0))
    assert await market.failed_checks() == []


async def test_different_vouchers_at_once_on_one_subject_keep_the_rules_of_stacking(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer()
    kind_id = await shop.kind(per_person=10)
    vouchers = [await shop.claim(buyer, kind_id) for _ in range(10)]
    said = await asyncio.gather(*(shop.use(buyer, [voucher], "ord_one") for voucher in vouchers))
    assert Counter(said) == {"made": 1, "vouchers_do_not_stack": 9}


async def test_vouchers_of_several_campaigns_are_used_together_or_not_at_all(market: Market) -> None:
    shop, other, buyer = await Shop.open(market, 9_000), await Shop.open(market, 9_000), await market.customer()
    mine = await shop.claim(buyer, await shop.kind(stack_group="shop"))
    theirs = await other.claim(buyer, await other.kind(stack_group="platform", amount_off=500))
    alone = await other.claim(buyer, await other.kind())
    assert await shop.use(buyer, [mine, theirs, alone], "ord_a") == "vouchers_do_not_stack"
    assert await shop.use(buyer, [mine, theirs], "ord_a") == "made"
    assert await shop.proceeds() == 2_500
    assert (await shop.state(), await other.state()) == (("open", 7_000, 0), ("open", 8_500, 2_000))
    # A budget that was frozen refuses them all, and nothing has moved.
    again = [await one.claim(buyer, await one.kind(stack_group=group)) for one, group in ((shop, "a"), (other, "b"))]
    await market.operator.post(f"/v1/accounts/{other.campaign['account_id']}/freeze", {"reason": "tests"})
    assert await shop.use(buyer, again, "ord_b") == "account_frozen"
    assert (await shop.proceeds(), (await shop.state())[1]) == (2_500, 7_000)


async def test_refunds_bring_back_the_cost_pro_rata_and_the_voucher_by_its_rule(market: Market) -> None:
    shop, buyer = await Shop.open(market, 10_000), await market.customer()
    comes, stays = await shop.kind(comes_back=True, amount_off=1_999, stack_group="a"), await shop.kind(stack_group="b")
    back, gone = await shop.claim(buyer, comes), await shop.claim(buyer, stays)
    assert await shop.use(buyer, [back, gone], "ord_x") == "made"
    assert [await shop.refund("ord_x", total) for total in (3_333, 3_333, 3_334, 9_999)] == [1_332, 0, 0, 2_665]
    assert [await shop.refund("ord_x", 10_000) for _ in range(2)] == [2, 0]
    assert (await shop.proceeds(), await shop.state()) == (0, ("open", 10_000, 1_999))
    states = {one["id"]: one["state"] for one in (await buyer.get("/v1/vouchers"))["items"]}
    assert states == {encode("vch", back): "claimed", encode("vch", gone): "used"}
    assert await shop.use(buyer, [back], "ord_y") == "made"
    uses = (await buyer.get(f"/v1/vouchers/{encode('vch', back)}"))["uses"]
    assert [(one["subject"], one["cost"], one["returned"]) for one in uses] == [
        ("ord_y", 1_999, 0),
        ("ord_x", 1_999, 1_999),
    ]
    report = await shop.report()
    assert (report["used"], report["cost"], report["returned"]) == (3, 5_998, 3_999)
    assert await market.failed_checks() == []


async def test_refunds_at_once_bring_back_no_more_than_the_cost(market: Market) -> None:
    shop, buyer = await Shop.open(market, 10_000), await market.customer()
    voucher = await shop.claim(buyer, await shop.kind())
    await shop.use(buyer, [voucher], "ord_x")
    came = await asyncio.gather(*(shop.refund("ord_x", total) for total in (10_000, 2_500, 5_000, 10_000, 7_500)))
    assert sum(came) == 2_000
    with pytest.raises(RefundExceedsAmount):
        await shop.refund("ord_x", 10_005)
    assert (await shop.proceeds(), await shop.state()) == (0, ("open", 10_000, 0))


async def test_a_service_redeems_a_rate_and_a_trial_principal_for_its_customer(market: Market) -> None:
    shop, buyer = await Shop.open(market, 100_000), await market.customer()
    p2p = Party("p2p", market.served.client("p2p", acting_for=buyer.id), service_caller("p2p"))
    raised, tried = (
        await shop.claim(buyer, await shop.kind(**RAISE)),
        await shop.claim(buyer, await shop.kind(**TRIAL)),
    )
    path, other = (f"/v1/vouchers/{encode('vch', one)}/redemption" for one in (raised, tried))
    wanted = {"subject": "bid_1", "amount": 500_000, "days": 30}
    assert (await buyer.refused(path, wanted))[:2] == (403, "missing_scope")
    assert await p2p.refused(path, wanted | {"amount": 1}) == (409, "voucher_pays_nothing", "amount")
    assert (await p2p.post(path, wanted))["cost"] == 410
    assert await p2p.refused(path, wanted) == (409, "voucher_already_used", None)
    assert await p2p.refused(other, wanted) == (409, "vouchers_do_not_stack", "voucher_ids")
    assert (await p2p.post(other, {"subject": "trial_1"}))["cost"] == 958
    assert await buyer.balance() == (1_368, 1_368)
    assert await shop.state() == ("open", 100_000 - 1_368, 0)
    off = await shop.claim(buyer, await shop.kind())
    assert await p2p.refused(f"/v1/vouchers/{encode('vch', off)}/redemption", wanted) == (
        422,
        "voucher_not_for_this",
        "voucher_id",
    )
    assert await shop.use(buyer, [await shop.claim(buyer, await shop.kind(**RAISE))], "ord_z") == "voucher_not_for_this"


async def test_expiry_releases_the_budget_and_the_end_pays_the_rest_back(market: Market) -> None:
    start = await market.stop_clock()
    shop, buyer, late = await Shop.open(market, 10_000, days=2), await market.customer(), await market.customer()
    kind_id = await shop.kind(per_person=5, valid_days=1)
    lasting = await shop.kind(valid_days=5)
    used, _ = await shop.claim(buyer, kind_id), await shop.claim(buyer, kind_id)
    kept = await shop.claim(late, lasting)
    assert await shop.use(buyer, [used], "ord_1") == "made"
    await market.stop_clock(timedelta(days=1))
    assert await shop.state() == ("open", 8_000, 4_000)
    await asyncio.gather(*(work(market) for _ in range(3)))
    assert await shop.state() == ("open", 8_000, 2_000)
    await market.stop_clock(timedelta(days=1))
    await asyncio.gather(*(work(market) for _ in range(3)))
    # What none of the claimed vouchers needs has gone back; the one that is claimed is honoured.
    assert await shop.state() == ("settling", 2_000, 2_000)
    assert await market.tried(actions.claim_voucher, buyer.caller, kind_id=lasting) == "campaign_not_open"
    assert await shop.use(late, [kept], "ord_2") == "made"
    await market.stop_clock(timedelta(days=3))
    await work(market)
    assert await shop.state() == ("ended", 0, 0)
    assert await shop.proceeds() == 10_000
    # A refund after the end goes through the budget and on to whoever paid for it.
    assert await shop.refund("ord_2", 5_000) == 1_000
    assert (await shop.state(), await shop.proceeds()) == (("ended", 1_000, 0), 9_000)
    await work(market)
    assert (await shop.state(), await shop.proceeds()) == (("ended", 0, 0), 10_000)
    days = (await shop.report())["days"]
    begun = start.astimezone(market.served.runtime.settings.zone).date()
    on = [(begun + timedelta(days=number)).isoformat() for number in (0, 1, 2, 5)]
    assert [tuple(day.values()) for day in days] == [
        (on[0], 3, 1, 0, 2_000, 0), (on[1], 0, 0, 1, 0, 0), (on[2], 0, 1, 0, 2_000, 0), (on[3], 0, 0, 0, 0, 1_000),
    ]  # fmt: skip
    assert await market.failed_checks() == []


async def test_every_event_in_every_state_of_a_campaign(market: Market) -> None:
    stranger = await market.customer()
    for state in ("open", "settling", "ended"):
        shop, buyer = await Shop.open(market, 10_000), await market.customer()
        kind_id = await shop.kind(per_person=9)
        await shop.claim(buyer, kind_id)
        if state == "ended":
            assert await shop.use(buyer, [await _first(buyer)], "ord_e") == "made"
        if state != "open":
            await shop.seller.post(f"{shop.path}/closure", {})
        assert (await shop.state())[0] == state
        await market.pay_in(shop.merchant["account_id"], 100)
        over = None if state == "open" else (409, "campaign_not_open", None)
        for path, body in (("/funding", {"amount": 100}), ("/voucher-kinds", OFF)):
            assert await stranger.refused(shop.path + path, body) == (404, "unknown_campaign", None)
            answer = await shop.seller.ask(shop.path + path, body)
            assert (answer.status_code == 201) if over is None else (answer.json()["code"] == over[1])
        claimed = await market.tried(actions.claim_voucher, buyer.caller, kind_id=kind_id)
        assert claimed == ("made" if state == "open" else "campaign_not_open")
        assert await stranger.refused(shop.path + "/closure", {}) == (404, "unknown_campaign", None)
        for _ in range(2):
            ended = await shop.seller.post(f"{shop.path}/closure", {})
            assert ended["state"] == ("ended" if state == "ended" else "settling")
    assert await market.failed_checks() == []


async def _first(buyer: Party) -> UUID:
    return decode("vch", (await buyer.get("/v1/vouchers"))["items"][0]["id"])


async def test_a_payback_account_that_takes_nothing_is_replaced(market: Market) -> None:
    spare = await market.book.account("collection", owner="suite")
    funding = await market.book.account("collection", owner="suite")
    await market.pay_in(funding["id"], 500)
    ends_at = (await market.now() + timedelta(days=1)).isoformat()
    campaign = await market.operator.post(
        "/v1/campaigns", {"name": "own", "funding_account_id": funding["id"], "ends_at": ends_at}
    )
    await market.operator.post(f"/v1/campaigns/{campaign['id']}/funding", {"amount": 500})
    await market.operator.post(f"/v1/accounts/{funding['id']}/closure", {"reason": "tests"})
    path = f"/v1/campaigns/{campaign['id']}/closure"
    assert (await market.operator.post(path, {}))["state"] == "settling"
    await market.stop_clock(timedelta(minutes=6))
    await work(market)
    assert await market.failed_checks() == ["campaign_past_end"]
    assert (await market.operator.post(path, {"payback_account_id": spare["id"]}))["state"] == "ended"
    assert await market.balance(spare["id"]) == 500
    assert await market.failed_checks() == []


async def test_refusals(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, buyer, stranger = await Shop.open(market, 10_000), await market.customer(50_000), await market.customer()
    now: datetime = await market.now()
    asked = {
        "name": "x",
        "funding_account_id": shop.merchant["account_id"],
        "ends_at": (now + timedelta(days=1)).isoformat(),
    }
    unfit = await market.book.account("collection", owner=shop.seller.id)
    nobody = encode("acc", new_id())
    reserve = {"funding_account_id": shop.campaign["account_id"]}
    own = {"funding_account_id": buyer.wallet["account_id"]}
    for party, facts, expected in (
        (buyer, {}, (404, "unknown_account", "funding_account_id")),
        (buyer, own, (422, "funding_account_unfit", "funding_account_id")),
        (shop.seller, {"funding_account_id": unfit["id"]}, (422, "funding_account_unfit", "funding_account_id")),
        (shop.seller, {"funding_account_id": nobody}, (404, "unknown_account", "funding_account_id")),
        (market.operator, reserve, (422, "funding_account_unfit", "funding_account_id")),
        (shop.seller, {"ends_at": now.isoformat()}, (422, "campaign_unclear", "ends_at")),
        (shop.seller, {"ends_at": (now + timedelta(days=400)).isoformat()}, (422, "campaign_unclear", "ends_at")),
    ):
        assert await party.refused("/v1/campaigns", asked | facts) == expected
    assert await shop.seller.refused(f"{shop.path}/funding", {"amount": 1}) == (409, "insufficient_funds", "amount")
    kinds = f"{shop.path}/voucher-kinds"
    assert await shop.seller.refused(kinds, OFF | {"rate": "0.1"}) == (422, "voucher_kind_unclear", "amount_off")
    assert await shop.seller.refused(kinds, OFF | {"stock": 0}) == (422, "invalid_value", "stock")
    assert await buyer.refused(f"/v1/voucher-kinds/{encode('vck', new_id())}/vouchers") == (
        404,
        "unknown_voucher_kind",
        None,
    )
    voucher = await shop.claim(buyer, await shop.kind())
    assert await shop.use(buyer, [voucher, voucher], "ord_1") == "voucher_named_twice"
    assert await shop.use(buyer, [new_id()], "ord_1") == "unknown_voucher"
    assert await shop.use(stranger, [voucher], "ord_1") == "unknown_voucher"
    assert await shop.use(buyer, [voucher], "ord_1", 9_999) == "below_threshold"
    near = await shop.claim(buyer, await shop.kind(amount_off=1_500, threshold=1_501))
    assert await shop.use(buyer, [near], "ord_1", 1_501) == "made"
    assert (await stranger.http.get(f"/v1/vouchers/{encode('vch', voucher)}")).json()["code"] == "unknown_voucher"
    for path in (shop.path, f"{shop.path}/report"):
        assert (await stranger.http.get(path)).json()["code"] == "unknown_campaign"
    report = await shop.seller.http.get(f"{shop.path}/report", params={"first": "2026-01-02", "last": "2026-01-01"})
    assert (report.status_code, report.json()["code"]) == (422, "range_reversed")
    account = shop.campaign["account_id"]
    body = {"currency": "CNY", "kind": "campaign_budget"}
    assert await market.operator.refused("/v1/accounts", body) == (422, "kind_reserved", "kind")
    assert await market.operator.refused(f"/v1/accounts/{account}/closure", {"reason": "x"}) == (
        422,
        "kind_reserved",
        "account_id",
    )
    theirs = {"payback_account_id": stranger.wallet["account_id"]}
    assert await shop.seller.refused(f"{shop.path}/closure", theirs) == (404, "unknown_account", "funding_account_id")
    monkeypatch.setattr("services.payments.campaigns.rules.MOST_KINDS", 2)
    assert await shop.seller.refused(kinds, OFF) == (409, "too_many_voucher_kinds", None)


async def test_random_lives_of_vouchers_agree_with_a_second_model(market: Market) -> None:
    """Claims, uses, partial refunds, expiry: budget, reserve and proceeds as a model in a few lines of integers says."""
    await market.stop_clock()
    shop, buyer = await Shop.open(market, 30_000, days=300), await market.customer()
    kind_id = await shop.kind(per_person=1000, stock=1000, comes_back=True, valid_days=2, amount_off=1_777)
    dice, budget, proceeds, today = random.Random(6), 30_000, 0, 0
    claimed: dict[UUID, int] = {}
    uses: dict[str, list[Any]] = {}
    for step in range(60):
        move = dice.choice(("claim", "claim", "use", "use", "refund", "refund", "day"))
        if move == "claim":
            if budget - 1_777 * len(claimed) >= 1_777:
                claimed[await shop.claim(buyer, kind_id)] = today + 2
            else:
                said = await market.tried(actions.claim_voucher, buyer.caller, kind_id=kind_id)
                assert said == "budget_exhausted"
        elif move == "use" and claimed:
            voucher = dice.choice(sorted(claimed))
            assert await shop.use(buyer, [voucher], f"ord_{step}") == "made"
            uses[f"ord_{step}"] = [voucher, 0, claimed.pop(voucher)]
            budget, proceeds = budget - 1_777, proceeds + 1_777
        elif move == "refund" and uses:
            subject = dice.choice(sorted(uses))
            total = dice.choice((10_000, dice.randint(uses[subject][1], 10_000)))
            came = await shop.refund(subject, total)
            assert came == 1_777 * total // 10_000 - 1_777 * uses[subject][1] // 10_000
            budget, proceeds, uses[subject][1] = budget + came, proceeds - came, total
            if total == 10_000:
                voucher, _, until = uses.pop(subject)
                if until > today and budget - 1_777 * len(claimed) >= 1_777:
                    claimed[voucher] = until
        elif move == "day":
            today += 1
            await market.stop_clock(timedelta(days=1))
            await work(market)
            claimed = {voucher: until for voucher, until in claimed.items() if until > today}
        assert await shop.state() == ("open", budget, 1_777 * len(claimed)), (step, move)
    assert await shop.proceeds() == proceeds
    assert await market.failed_checks() == []


DAMAGE = {
    "voucher_uses_have_their_transfer": "UPDATE voucher_uses SET cost = cost + 1",
    "voucher_returns_have_their_transfer": "UPDATE voucher_returns SET amount = amount + 1",
    "voucher_uses_follow_from_returns": "UPDATE voucher_uses SET returned = returned + 1",
    "vouchers_follow_from_uses": "UPDATE vouchers SET state = 'used' WHERE state = 'claimed'",
    "stocks_follow_from_vouchers": "UPDATE voucher_kinds SET claimed = claimed + 1",
    "budgets_cover_their_vouchers": "UPDATE campaigns SET reserved = reserved + 1",
    "campaign_past_end": "UPDATE campaigns SET due_at = '2020-01-01'",
    "voucher_past_expiry": "UPDATE vouchers SET expires_at = '2020-01-01'",
}


async def test_the_audit_finds_what_was_changed(market: Market, databases: Databases) -> None:
    shop, buyer = await Shop.open(market, 10_000), await market.customer()
    kind_id = await shop.kind(per_person=2)
    used, _ = await shop.claim(buyer, kind_id), await shop.claim(buyer, kind_id)
    await shop.use(buyer, [used], "ord_1")
    await shop.refund("ord_1", 5_000)
    assert await market.failed_checks() == []
    for check, statement in DAMAGE.items():
        assert check in await market.failed_when(databases.admin_url, statement)
