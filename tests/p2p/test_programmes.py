"""Programmes over HTTP: another version, a new kind of platform, and what is refused."""

from datetime import timedelta
from typing import Any

from chassis.clock import business_day, real_now
from tests.conftest import Serve
from tests.p2p.people import TERMS, Door, World, application
from tests.p2p.test_losses import register

TODAY = business_day(real_now())
HARBOUR: dict[str, Any] = {
    "names": {"en": "Harbour loans", "zh": "港口贷"},
    "currency": "CNY",
    "lender_kind": "private",
    "rate_formation": "fixed",
    "lowest_rate": "0.03",
    "highest_rate": "0.10",
    "loss_borne_by": "guarantor",
    "loss_waterfall": [{"bearer": "guarantor", "after_days": 60}],
    "grades": ["A", "B"],
    "methods": ["bullet"],
    "terms_months": [6],
    "day_count": "ACT/365",
    "least_amount_minor": 100_000,
    "largest_amount_minor": 1_000_000,
    "lot_minor": 100_000,
    "longest_open_days": 10,
    "late_daily_rate": "0.0002",
    "valid_from": TODAY.isoformat(),
}
REWARDS: dict[str, Any] = {
    "names": {"en": "Stage", "zh": "舞台"},
    "currency": "CNY",
    "goal": "keep_it_all",
    "fee_rate": "0.04",
    "least_goal_minor": 100_000,
    "largest_goal_minor": 10_000_000,
    "longest_open_days": 45,
    "shortfall": "refund_below_share",
    "refund_below_share": "0.8",
    "valid_from": TODAY.isoformat(),
}


async def test_a_new_kind_of_platform_is_lent_on_and_old_listings_keep_their_version(world: World) -> None:
    made = await world.operator.made("/v1/programmes/harbour/versions", HARBOUR)
    assert (made["version"], made["loss_waterfall"][0]["covers"], made["accrual_stop_days"]) == (1, "principal", 90)
    await register(world, programmes=["harbour"])
    borrower = world.person()
    await borrower.wallet()
    wish = await borrower.lending.made("/v1/applications", application(term_months=6))
    terms = TERMS | {"programme": "harbour", "term_months": 6, "method": "bullet", "annual_rate": "0.07"}
    listing = await borrower.lending.made(f"/v1/applications/{wish['id']}/listing", terms)
    later = await world.operator.made("/v1/programmes/harbour/versions", HARBOUR | {"highest_rate": "0.05"})
    assert later["version"] == 2
    assert (await borrower.lending.get(f"/v1/listings/{listing['id']}"))["programme_version"] == 1
    assert (await borrower.lending.get("/v1/programmes/harbour/versions/1")) == made
    refused = {"programme": "harbour", "grade": "A", "amount": 100_000, "currency": "CNY", "term_months": 6}
    answer = await borrower.lending.http.post(
        "/v1/schedules/preview", json=refused | {"method": "bullet", "annual_rate": "0.07"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "annual_rate")


async def test_every_contradiction_is_told_and_nothing_is_written(p2p: Door) -> None:
    wrong = HARBOUR | {"loss_borne_by": "reserve_fund", "plans": True, "highest_rate": "0.5"}
    answer = await p2p.post("/v1/programmes/harbour/versions", wrong)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "programme_contradicts_itself")
    assert {one["field"] for one in told["contradictions"]} == {"loss_waterfall", "plans", "highest_rate"}
    assert "harbour" not in {one["code"] for one in (await p2p.get("/v1/programmes"))["items"]}
    nobody = HARBOUR | {"loss_waterfall": [{"bearer": "the_moon", "after_days": 60}]}
    assert (await p2p.refused("/v1/programmes/harbour/versions", nobody))[0] == 422


async def test_a_version_follows_the_one_before(p2p: Door) -> None:
    path, tomorrow = "/v1/programmes/harbour/versions", TODAY + timedelta(days=2)
    await p2p.made(path, HARBOUR | {"valid_from": tomorrow.isoformat()})
    assert "harbour" not in {one["code"] for one in (await p2p.get("/v1/programmes"))["items"]}
    assert await p2p.refused(path, HARBOUR) == (422, "programme_not_newer", "valid_from")
    past = HARBOUR | {"valid_from": (TODAY - timedelta(days=2)).isoformat()}
    assert await p2p.refused("/v1/programmes/quay/versions", past) == (422, "programme_not_newer", "valid_from")
    late = REWARDS | {"valid_from": tomorrow.isoformat()}
    assert await p2p.refused("/v1/funding-programmes/harbour/versions", late) == (422, "programme_not_newer", "code")


async def test_a_kind_of_crowdfunding_is_data_too(p2p: Door) -> None:
    shipped = (await p2p.get("/v1/funding-programmes"))["items"]
    assert [(one["code"], one["goal"], one["public_benefit"]) for one in shipped] == [
        ("crowdfunding", "all_or_nothing", False),
        ("crowdfunding_flexible", "keep_it_all", False),
        ("public_benefit", "keep_it_all", True),
    ]
    made = await p2p.made("/v1/funding-programmes/stage/versions", REWARDS)
    assert made == await p2p.get("/v1/funding-programmes/stage/versions/1")
    wrong = {name: value for name, value in REWARDS.items() if name != "refund_below_share"}
    told = await p2p.refused("/v1/funding-programmes/stage/versions", wrong)
    assert told == (422, "programme_contradicts_itself", "refund_below_share")
    assert (await p2p.get("/v1/programmes/stage/versions/1", 404))["code"] == "unknown_programme"


async def test_only_who_operates_makes_programmes(serve: Serve) -> None:
    someone = Door((await serve("p2p")).client("cus_x"), "cus_x")
    assert (await someone.refused("/v1/programmes/harbour/versions", HARBOUR))[:2] == (403, "missing_scope")
