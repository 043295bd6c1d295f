"""Shops, claims to them, and limits over HTTP, with payments away: only money needs it."""

from datetime import timedelta
from typing import Any

from chassis.ids import encode
from clients.ids import new_id
from tests.conftest import Serve
from tests.ecommerce_credit.marketplace import LAST_DAY, Sales, key
from tests.ecommerce_credit.people import NOON, Door, customer_of, operator_of, owned_shop, take
from tests.serving import Served


async def test_a_shop_is_claimed_approved_and_seen_by_its_owner_alone(lender: Served, operator: Door) -> None:
    sales = Sales()
    sales.seller("one")
    await take(operator, sales)
    shop = (await operator.get("/v1/shops"))["items"][0]
    hers, other = customer_of(lender), customer_of(lender)
    wanted = {"marketplace": "market", "seller_id": key("seller", "one")}
    claim = await hers.made("/v1/shop-claims", wanted)
    assert (claim["state"], claim["shop_id"]) == ("pending", shop["id"])
    assert await hers.refused("/v1/shop-claims", wanted) == (409, "shop_claim_under_way", None)
    rival = await other.made("/v1/shop-claims", wanted)
    path = f"/v1/shop-claims/{claim['id']}"
    assert await other.refused(f"{path}/withdrawal") == (404, "unknown_shop_claim", "claim_id")
    assert (await other.get(path, 404))["code"] == "unknown_shop_claim"
    assert (await hers.get(f"/v1/shops/{shop['id']}", 404))["code"] == "unknown_shop"
    approved = await operator.made(f"{path}/decision", {"decision": "approve", "note": "licence seen"}, status=200)
    assert approved["state"] == "approved"
    yielded = await other.get(f"/v1/shop-claims/{rival['id']}")
    assert (yielded["state"], yielded["reason"]) == ("declined", "owned_by_another")
    assert (await hers.get(f"/v1/shops/{shop['id']}"))["owner"] == hers.party
    assert [one["id"] for one in (await hers.get("/v1/shops"))["items"]] == [shop["id"]]
    assert (await other.get("/v1/shops"))["items"] == []
    assert (await other.get(f"/v1/shops/{shop['id']}/months", 404))["code"] == "unknown_shop"
    assert await other.refused("/v1/limits", {"shop_id": shop["id"]}) == (404, "unknown_shop", "shop_id")
    assert await other.refused("/v1/shop-claims", wanted) == (409, "shop_owned", None)
    assert await operator.refused(f"{path}/decision", {"decision": "decline"}) == (409, "not_allowed_in_state", None)
    steps = (await operator.get(f"{path}/steps"))["items"]
    assert [(one["event"], one["note"]) for one in steps] == [(None, None), ("approve", "licence seen")]
    told = (await operator.get("/v1/events", types="ecommerce_credit.shop.linked.v1"))["items"]
    assert [one["data"]["owner"] for one in told] == [hers.party]
    unlinked = await operator.made(f"/v1/shops/{shop['id']}/owner-removal", {}, status=200)
    assert unlinked["owner"] is None
    again = await operator.refused(f"/v1/shops/{shop['id']}/owner-removal", {})
    assert again == (409, "shop_not_owned", None)
    assert await operator.refused("/v1/limits", {"shop_id": shop["id"]}) == (409, "shop_not_owned", None)
    unknown = await hers.refused("/v1/shop-claims", wanted | {"seller_id": "nobody"})
    assert unknown == (404, "unknown_shop", "seller_id")
    assert await operator.refused("/v1/shop-claims", wanted) == (403, "customers_only", None)
    assert (await operator.get("/v1/verification"))["holds"]


async def test_a_claim_that_nobody_decides_ends_by_itself(lender: Served, operator: Door) -> None:
    sales = Sales()
    sales.seller("one")
    await take(operator, sales)
    hers = customer_of(lender)
    wanted = {"marketplace": "market", "seller_id": key("seller", "one")}
    claim = await hers.made("/v1/shop-claims", wanted)
    await operator.set_clock(NOON + timedelta(days=14))
    await _periodic(lender, "ecommerce_credit.expire_shop_claims")
    ended = await hers.get(f"/v1/shop-claims/{claim['id']}")
    assert (ended["state"], ended["reason"]) == ("expired", "not_decided_in_time")
    second = await hers.made("/v1/shop-claims", wanted)
    withdrawn = await hers.made(f"/v1/shop-claims/{second['id']}/withdrawal", status=200)
    assert withdrawn["state"] == "withdrawn"
    assert (await operator.get("/v1/verification"))["holds"]


async def test_a_limit_is_decided_read_back_accepted_once_and_a_newer_one_takes_its_place(
    lender: Served, operator: Door
) -> None:
    hers = customer_of(lender)
    shop = await owned_shop(operator, hers)
    first = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    assert (first["state"], first["grade"], first["limit_minor"]) == ("approved", "A", 600_000)
    assert (first["daily_rate"], first["all_in_rate"], first["ceiling_rate"]) == ("0.00035", "0.127750", "0.24")
    assert first["features"]["as_of_on"] == str(LAST_DAY + timedelta(days=1))
    assert first["features"]["average_monthly_sales_minor"] == 300_000
    assert first["score"] == 400 + sum(one["points"] for one in first["points"])
    second = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    assert (await hers.get(f"/v1/limits/{first['id']}"))["state"] == "superseded"
    refused = await hers.refused("/v1/lines", {"limit_id": first["id"]})
    assert refused == (409, "not_allowed_in_state", None)
    stranger = customer_of(lender)
    assert await stranger.refused("/v1/lines", {"limit_id": second["id"]}) == (404, "unknown_limit", "limit_id")
    assert (await stranger.get(f"/v1/limits/{second['id']}", 404))["code"] == "unknown_limit"
    line = await hers.made("/v1/lines", {"limit_id": second["id"]})
    assert (line["state"], line["available_minor"], line["daily_rate"]) == ("open", 600_000, "0.00035")
    third = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    assert await hers.refused("/v1/lines", {"limit_id": third["id"]}) == (409, "line_under_way", None)
    assert (await hers.get(f"/v1/limits/{third['id']}"))["state"] == "approved"
    assert await operator.refused(f"/v1/shops/{shop['id']}/owner-removal", {}) == (409, "shop_in_use", None)
    assert (await stranger.get(f"/v1/lines/{line['id']}", 404))["code"] == "unknown_line"
    closing = await stranger.refused(f"/v1/lines/{line['id']}/closing")
    assert closing == (404, "unknown_line", "line_id")
    states = [one["state"] for one in (await hers.get("/v1/limits", shop_id=shop["id"]))["items"]]
    assert sorted(states) == ["accepted", "approved", "superseded"]
    told = (await operator.get("/v1/events", types="ecommerce_credit.limit.decided.v1"))["items"]
    assert [one["data"]["amount"] for one in told] == [600_000] * 3
    draw = {"line_id": line["id"], "amount": 1_000, "currency": "CNY"}
    waiting = await hers.post("/v1/drawings", draw)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "pending")
    report = await operator.get("/v1/verification")
    assert report["holds"], report
    assert [one["kind"] for one in report["movements"]] == ["disbursement"]


async def test_limits_are_declined_with_their_reasons_and_offers_lapse(lender: Served, operator: Door) -> None:
    hers = customer_of(lender)
    shop = await owned_shop(operator, hers)
    early = await operator.made("/v1/limits", {"shop_id": shop["id"], "as_of_on": "2036-01-15"})
    assert (early["state"], early["limit_minor"], early["due_at"]) == ("declined", 0, None)
    assert early["reasons"][0] == "too_few_active_months"
    for body, door in (
        ({"shop_id": shop["id"], "as_of_on": "2036-11-22"}, operator),
        ({"shop_id": shop["id"], "as_of_on": "2036-11-01"}, hers),
    ):
        assert await door.refused("/v1/limits", body) == (422, "day_not_allowed", "as_of_on")
    offer = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    await operator.set_clock(NOON + timedelta(days=30))
    lapsed = await hers.refused("/v1/lines", {"limit_id": offer["id"]})
    assert lapsed == (409, "limit_lapsed", None)
    await _periodic(lender, "ecommerce_credit.lapse_limits")
    assert (await hers.get(f"/v1/limits/{offer['id']}"))["state"] == "lapsed"
    empty = Sales()
    silent = empty.seller("silent")
    await take(operator, empty)
    quiet = (await operator.get("/v1/shops", seller_id=silent))["items"][0]
    await operator.made(f"/v1/shops/{quiet['id']}/owner", {"customer": hers.party})
    declined = await hers.made("/v1/limits", {"shop_id": quiet["id"]})
    assert declined["state"] == "declined"
    assert declined["reasons"][:3] == ["no_sales", "too_few_active_months", "lowest_grade"]
    assert (await operator.get("/v1/verification"))["holds"]


async def test_what_the_environment_says_of_lender_and_data(serve: Serve) -> None:
    """A private lender may not ask 12.8 % of a year while four times the LPR is less; old data give no limit."""
    private = {"SIFANG_ECOMMERCE_CREDIT_LENDER_KIND": "private", "SIFANG_ECOMMERCE_CREDIT_STALE_DAYS": "10"}
    served = await serve("ecommerce_credit", environment=private)
    operator = operator_of(served)
    await operator.set_clock(NOON)
    hers = customer_of(served)
    shop = await owned_shop(operator, hers)
    dear = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    assert (dear["state"], dear["reasons"][0], dear["ceiling_rate"]) == ("declined", "above_rate_ceiling", "0.12")
    await operator.set_clock(NOON + timedelta(days=7))
    old = await hers.made("/v1/limits", {"shop_id": shop["id"]})
    assert (old["state"], old["reasons"][0]) == ("declined", "data_too_old")


async def test_malformed_input_writes_nothing(lender: Served, operator: Door) -> None:
    hers = customer_of(lender)
    line_id = encode("crl", new_id())
    amounts: list[tuple[Any, str]] = [
        (100.0, "amount"),
        ("100", "amount"),
        (True, "amount"),
        (0, "amount"),
        (-5, "amount"),
        (2**53, "amount"),
        (None, "amount"),
    ]
    for amount, field in amounts:
        for path in (
            "/v1/drawings",
            f"/v1/lines/{line_id}/repayments",
            f"/v1/drawings/{encode('drw', new_id())}/repayments",
            "/v1/capital-contributions",
            "/v1/capital-withdrawals",
        ):
            body = {"amount": amount, "currency": "CNY"} | ({"line_id": line_id} if path == "/v1/drawings" else {})
            status, _, named = await hers.refused(path, body)
            assert (status, named) == (422, field), (path, amount)
    drawing = {"line_id": line_id, "amount": 1, "currency": "CNY"}
    assert await hers.refused("/v1/drawings", drawing | {"more": 1}) == (422, "unknown_field", "more")
    assert (await hers.refused("/v1/drawings", drawing | {"line_id": "crl_1"}))[0::2] == (422, "line_id")
    assert await hers.refused("/v1/drawings", drawing) == (404, "unknown_line", "line_id")
    nothing = await hers.http.post("/v1/drawings", json=drawing)
    assert (nothing.status_code, nothing.json()["code"]) == (400, "idempotency_key_required")
    broken = await hers.http.post(
        "/v1/drawings", content=b"{", headers={"idempotency-key": "k", "content-type": "application/json"}
    )
    assert broken.status_code == 400
    for path, prefix, code in (
        ("/v1/limits", "lim", "unknown_limit"),
        ("/v1/lines", "crl", "unknown_line"),
        ("/v1/drawings", "drw", "unknown_drawing"),
        ("/v1/repayments", "crp", "unknown_repayment"),
        ("/v1/shops", "shp", "unknown_shop"),
        ("/v1/shop-claims", "shc", "unknown_shop_claim"),
        ("/v1/capital-movements", "cap", "unknown_capital_movement"),
    ):
        assert (await hers.get(f"{path}/{encode(prefix, new_id())}", 404))["code"] == code
        assert (await hers.get(f"{path}/{prefix}_1", 422))["title"]
        assert (await hers.get(path, 400, after="forged"))["code"] == "malformed_cursor"
    ending = await operator.refused(f"/v1/funding-parties/{encode('fnd', new_id())}/ending")
    assert ending == (404, "unknown_funding_party", "party_id")


async def test_scopes_are_asked_for(lender: Served) -> None:
    nobody, reader, plain = (
        customer_of(lender, scopes=[]),
        customer_of(lender, scopes=["ecommerce_credit:read"]),
        customer_of(lender),
    )
    ids = {prefix: encode(prefix, new_id()) for prefix in ("shp", "shc", "crl", "drw", "fnd")}
    for path in (
        "marketplaces",
        "shops",
        "shop-claims",
        "limits",
        "lines",
        "drawings",
        "repayments",
        "capital-movements",
    ):
        assert (await nobody.get(f"/v1/{path}", 403))["code"] == "missing_scope"
        await reader.get(f"/v1/{path}")
    for path in (
        "shop-claims",
        "shop-claims/{shc}/withdrawal",
        "limits",
        "lines",
        "lines/{crl}/renewal",
        "lines/{crl}/closing",
        "lines/{crl}/repayments",
        "drawings",
        "drawings/{drw}/repayments",
        "capital-contributions",
        "capital-withdrawals",
    ):
        assert await reader.refused(f"/v1/{path.format(**ids)}", {}) == (403, "missing_scope", None)
    for path in (
        "imports",
        "shops/{shp}/owner",
        "shops/{shp}/owner-removal",
        "shop-claims/{shc}/decision",
        "funding-parties",
        "funding-parties/{fnd}/ending",
    ):
        assert await plain.refused(f"/v1/{path.format(**ids)}", {}) == (403, "missing_scope", None)
    for path in ("verification", "verification/drawings", "verification/lines", "verification/capital", "imports"):
        assert (await plain.get(f"/v1/{path}", 403))["code"] == "missing_scope"


async def _periodic(served: Served, name: str) -> None:
    await served.runtime.jobs.periodic[name][1](served.runtime)
