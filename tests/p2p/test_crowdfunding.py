"""Projects from their draft to their end, with the real payments beside, each journey audited."""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import business_day
from clients.payments.client import PaymentsClient
from services.p2p.project_refunds import rules as refund_rules
from tests.p2p.crowd import drafted, gift, live, now_of
from tests.p2p.people import World


async def test_a_project_is_funded_paid_out_by_milestone_and_fulfilled(world: World) -> None:
    crowd = await live(world)
    lamp = await crowd.rich(10_000, tier=0)
    pair = await crowd.rich(18_001, has=20_000, tier=1)
    await crowd.rich(90_000)
    page = await crowd.page()
    assert page["terms"] == {
        "goal": "all_or_nothing",
        "charged": "at_the_end_if_the_goal_is_met",
        "retry_days": 7,
        "remind_hours": 48,
        "shortfall": "stays_funded",
        "refund_below": None,
        "fee_rate": "0.03",
        "public_benefit": False,
    }
    assert (page["project"]["progress"], page["tiers"][0]["left"], page["tiers"][1]["left"]) == ("1.1800", 9, None)
    assert await lamp.balance() == (10_000, 10_000)
    await crowd.end("funded")
    assert (await lamp.balance(), await pair.balance()) == ((0, 0), (1_999, 1_999))
    fee = 3_540
    paid = [await crowd.pay(number) for number in range(3)]
    assert [one["state"] for one in paid] == ["paid"] * 3
    assert [(one["net"], one["fee"]) for one in paid] == [(38_154, 1_180), (38_153, 1_180), (38_154, 1_180)]
    assert (await crowd.creator.balance())[0] == 118_001 - fee
    assert (await crowd.read())["state"] == "delivering"
    ids = [(await crowd.pledged(person))["id"] for person in (lamp, pair)]
    await crowd.later(timedelta(days=100))
    assert (await crowd.page())["late_deliveries"] == 2
    items = [{"pledge_id": one, "tracking": "SF123"} for one in ids]
    shipped = await crowd.creator.lending.made(f"{crowd.path}/shipments", {"items": items}, 200)
    assert sorted(shipped["shipped"]) == sorted(ids)
    again = await crowd.creator.lending.made(f"{crowd.path}/shipments", {"items": items}, 200)
    assert (again["shipped"], sorted(again["skipped"])) == ([], sorted(ids))
    received = await lamp.lending.made(f"/v1/pledges/{ids[0]}/delivery/reception", status=200)
    assert (received["state"], received["days_late"] > 20) == ("received", True)
    await crowd.later(timedelta(days=16))
    await crowd.until("fulfilled")
    assert (await pair.lending.get(f"/v1/pledges/{ids[1]}/delivery"))["state"] == "received"
    steps = (await crowd.creator.lending.get(f"{crowd.path}/steps"))["items"]
    states = ["draft", "submitted", "recommended", "opening", "live", "collecting", "funded", "delivering", "fulfilled"]
    assert [step["state"] for step in steps] == states
    await crowd.audit()


async def test_charges_that_fail_are_tried_again_and_then_dropped(world: World) -> None:
    """One backer pays at the second try, one never: the page's total stays, the creator gets what was collected."""
    crowd = await live(world, milestones=[{"title": "all", "share": "1", "due_on": "2029-01-01"}])
    await crowd.rich(80_000)
    late, never = await crowd.rich(15_000, has=5_000), await crowd.rich(10_000, has=0, tier=0)
    await crowd.end("collecting")
    await crowd.work()
    waits = await world.until(late.lending, f"/v1/pledges/{(await crowd.pledged(late))['id']}", "retrying", seconds=60)
    assert (waits["reason"], waits["attempts"]) == ("insufficient_funds", 1)
    told = [one["data"] for one in await world.events("p2p.pledge.state_changed.v1")]
    assert {one["backer"] for one in told if one["state"] == "retrying"} == {late.id, never.id}
    await world.give(late, 10_000)
    await crowd.later(timedelta(hours=48))
    await world.until(late.lending, f"/v1/pledges/{waits['id']}", "collected", seconds=60)
    assert await late.balance() == (0, 0)
    await crowd.later(timedelta(days=5))
    await crowd.until("funded")
    dropped = await crowd.pledged(never)
    assert (dropped["state"], dropped["reason"]) == ("dropped", "insufficient_funds")
    project = await crowd.read()
    assert (project["pledged"], project["collected"], project["backers"]) == (105_000, 95_000, 3)
    assert (await crowd.pay(0))["net"] == 95_000 - 2_850
    assert (await crowd.until("fulfilled"))["state"] == "fulfilled"
    await crowd.audit()


async def test_below_a_share_everything_is_refunded_and_what_comes_is_kept_at_once(world: World) -> None:
    day = business_day(await now_of(world)).isoformat()
    terms = {
        "names": {"en": "Refund below 80 %", "zh": "低于八成退款"},
        "currency": "CNY",
        "goal": "all_or_nothing",
        "fee_rate": "0.03",
        "least_goal_minor": 1_000,
        "largest_goal_minor": 1_000_000,
        "longest_open_days": 30,
        "shortfall": "refund_below_share",
        "refund_below_share": "0.8",
        "retry_days": 2,
        "remind_hours": 24,
        "valid_from": day,
    }
    await world.operator.made("/v1/funding-programmes/strict/versions", terms)
    kept = {
        "names": {"en": "At once", "zh": "一次付清"},
        "currency": "CNY",
        "goal": "keep_it_all",
        "fee_rate": "0.05",
        "least_goal_minor": 1_000,
        "largest_goal_minor": 1_000_000,
        "longest_open_days": 30,
        "milestones_required": False,
        "valid_from": day,
    }
    await world.operator.made("/v1/funding-programmes/at_once/versions", kept)
    at_once = await live(world, programme="at_once", milestones=[])
    await at_once.rich(333)
    crowd = await live(world, programme="strict")
    assert (await crowd.page())["terms"]["refund_below"] == 80_000
    paid = await crowd.rich(79_999)
    short = await crowd.rich(30_000, has=1, tier=1)
    await crowd.end("collecting")
    await world.until(short.lending, f"/v1/pledges/{(await crowd.pledged(short))['id']}", "retrying", seconds=60)
    await at_once.until("fulfilled")
    assert (await at_once.creator.balance())[0] == 316
    await crowd.later(timedelta(days=2))
    await crowd.until("refunded")
    assert await paid.balance() == (79_999, 79_999)
    assert (await crowd.pledged(paid))["refunded"] == 79_999
    refund = await world.operator.get(f"{crowd.path}/refund")
    assert (refund["refund"]["cause"], refund["refund"]["state"]) == ("shortfall", "done")
    await crowd.audit()


async def test_a_mass_refund_survives_its_process_and_is_stopped_and_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten backers, three to a batch, after one milestone was paid: what is left goes back, to the minor unit, to each once."""
    monkeypatch.setattr(refund_rules, "BATCH", 3)
    crowd = await live(world)
    backers = await asyncio.gather(*(crowd.rich(10_007 + 3 * at) for at in range(10)))
    await crowd.end("funded")
    await crowd.pay(0)
    left = (await crowd.read())["held"]
    sent, waiting, stopped = 0, asyncio.Event(), asyncio.Event()
    real = PaymentsClient.transfers

    async def dies_once_then_waits(self: Any, orders: Any, **how: Any) -> Any:
        nonlocal sent
        sent += 1
        answer = await real(self, orders, **how)
        if sent == 1:
            raise ConnectionError("the process ended here")
        if sent == 3:
            waiting.set()
            await stopped.wait()
        return answer

    monkeypatch.setattr(PaymentsClient, "transfers", dies_once_then_waits)
    refund = await world.operator.made(f"{crowd.path}/refund")
    assert (refund["amount"], refund["shares"], refund["batches"]) == (left, 10, 4)
    path = f"/v1/project-refunds/{refund['id']}"
    await waiting.wait()
    assert (await world.operator.made(f"{path}/stop", status=200))["state"] == "stopped"
    assert await world.operator.refused(f"{path}/stop") == (409, "not_allowed_in_state", None)
    stopped.set()

    async def paid() -> list[bool]:
        return [one["paid_at"] is not None for one in (await world.operator.get(f"{crowd.path}/refund"))["batches"]]

    while sum(await paid()) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await world.run_job("p2p.refund_project", refund["id"])
    assert await paid() == [True, True, False, False]
    await crowd.audit()
    assert (await world.operator.made(f"{path}/resumption", status=200))["state"] == "running"
    await crowd.until("refunded")
    balances = [(await person.balance())[0] for person in backers]
    assert sum(balances) == left
    whole = sum(10_007 + 3 * at for at in range(10))
    for at, amount in enumerate(balances):
        assert abs(amount - left * (10_007 + 3 * at) / whole) < 1
    assert len({t["id"] for t in await world.transfers(crowd.project["id"]) if t["code"].endswith("refund")}) == 10
    await crowd.audit()


async def test_a_milestone_that_is_missed_waits_for_staff_and_then_goes_back(world: World) -> None:
    crowd = await live(world)
    backer = await crowd.rich(100_000)
    await crowd.end("funded")
    milestones = (await crowd.page())["milestones"]
    path = f"/v1/milestones/{milestones[0]['id']}"
    await crowd.later(timedelta(days=20))
    missed = (await crowd.page())["milestones"][0]
    assert (missed["state"], missed["reason"]) == ("overdue", "not_reported_in_time")
    later = {"due_on": (await now_of(world) + timedelta(days=9)).date().isoformat()}
    assert await crowd.creator.lending.refused(f"{path}/extension", later) == (403, "missing_scope", None)
    too_early = {"due_on": milestones[0]["due_on"]}
    assert await world.operator.refused(f"{path}/extension", too_early) == (422, "day_not_allowed", "due_on")
    assert (await world.operator.made(f"{path}/extension", later, 200))["state"] == "planned"
    put_off = (await crowd.page())["milestones"][1]["due_on"]
    assert put_off > milestones[1]["due_on"]
    await crowd.later(timedelta(days=10))
    assert (await crowd.page())["milestones"][0]["state"] == "overdue"
    await crowd.later(timedelta(days=31))
    await crowd.until("refunded")
    assert await backer.balance() == (100_000, 100_000)
    assert {one["state"] for one in (await crowd.page())["milestones"]} == {"closed"}
    await crowd.audit()


async def test_gifts_have_receipts_and_what_is_beyond_the_goal_goes_back(world: World) -> None:
    crowd = await live(
        world,
        programme="public_benefit",
        tiers=[],
        surplus="return",
        milestones=[{"title": "built", "share": "1", "due_on": "2029-01-01"}],
    )
    first, second = await crowd.rich(100_000), await crowd.rich(50_001)
    await crowd.end("funded")
    pledge = await crowd.pledged(first)
    receipt = await first.lending.get(f"/v1/pledges/{pledge['id']}/receipt")
    assert hashlib.sha256(receipt["document"].encode()).hexdigest() == receipt["sha256"]
    assert json.loads(receipt["document"])["amount_minor"] == 100_000
    path = f"/v1/milestones/{(await crowd.page())['milestones'][0]['id']}"
    report = {"evidence": "a school", "used": 1}
    assert await crowd.creator.lending.refused(f"{path}/report", report) == (422, "use_not_told", "used")
    assert (await crowd.pay(0, used=0))["net"] == 100_000
    await crowd.until("delivering")
    assert (await first.balance(), await second.balance()) == ((33_334, 33_334), (16_667, 16_667))
    use: dict[str, Any] = {"used": 100_001, "report": "a school"}
    assert await crowd.creator.lending.refused(f"{crowd.path}/use-of-funds", use) == (422, "use_not_told", "used")
    told = await crowd.creator.lending.made(f"{crowd.path}/use-of-funds", use | {"used": 99_000}, 200)
    assert (told["state"], told["used"], told["paid"], told["refunded"]) == ("fulfilled", 99_000, 100_000, 50_001)
    await crowd.audit()


async def test_two_hundred_at_once_for_the_last_ten(world: World) -> None:
    crowd = await live(world)
    tier = (await crowd.page())["tiers"][0]["id"]
    people = [world.person() for _ in range(200)]
    body = {"amount": 10_000, "currency": "CNY", "agrees": True, "tier_id": tier}
    answers = await asyncio.gather(*(one.lending.post(f"{crowd.path}/pledges", body) for one in people))
    for at, person in enumerate(people):
        while answers[at].status_code == 503:
            answers[at] = await person.lending.post(f"{crowd.path}/pledges", body)
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 190
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"tier_sold_out"}
    progress = await people[0].lending.get(f"{crowd.path}/progress")
    assert (progress["left"][tier], progress["pledged"], progress["backers"]) == (0, 100_000, 10)
    await crowd.audit()


async def test_drafts_are_their_creators_alone_and_reviewed_by_two(world: World) -> None:
    crowd = await drafted(world)
    stranger = world.person()
    unknown = (404, "unknown_project", "project_id")
    assert (await stranger.lending.get(crowd.path, 404))["code"] == "unknown_project"
    for story in ("submission", "cancellation"):
        assert await stranger.lending.refused(f"{crowd.path}/{story}") == unknown
    assert await world.operator.refused(f"{crowd.path}/recommendation") == (409, "not_allowed_in_state", None)
    await crowd.creator.lending.made(f"{crowd.path}/submission", status=200)
    await world.operator.made(f"{crowd.path}/recommendation", status=200)
    assert await world.operator.refused(f"{crowd.path}/approval") == (403, "same_reviewer", None)
    returned = await crowd.other.made(f"{crowd.path}/return", {"reason": "story_unclear"}, 200)
    assert (returned["state"], returned["reason"]) == ("draft", "story_unclear")
    assert (await stranger.lending.get("/v1/projects"))["items"] == []
    assert len((await crowd.creator.lending.get("/v1/projects", mine=True))["items"]) == 1
    await crowd.creator.lending.made(f"{crowd.path}/cancellation", status=200)
    await crowd.audit()


async def test_a_goal_that_is_missed_and_a_cancelled_project_charge_nobody(world: World) -> None:
    crowd = await gift(world)
    backer, other = await crowd.rich(500), await crowd.rich(700)
    pledge = await crowd.pledged(backer)
    path = f"/v1/pledges/{pledge['id']}"
    assert await other.lending.refused(f"{path}/withdrawal") == (404, "unknown_pledge", "pledge_id")
    changed = await backer.lending.made(f"{path}/change", {"amount": 900, "currency": "CNY"}, 200)
    assert changed["amount"] == 900
    assert (await crowd.read())["pledged"] == 1_600
    assert (await backer.lending.made(f"{path}/withdrawal", status=200))["state"] == "withdrawn"
    assert await backer.lending.refused(f"{path}/withdrawal") == (409, "not_allowed_in_state", None)
    assert ((await crowd.read())["pledged"], (await crowd.read())["backers"]) == (700, 1)
    await world.operator.made(f"{crowd.path}/cancellation", status=200)
    assert (await crowd.pledged(other))["state"] == "released"
    assert (await crowd.pledged(other))["reason"] == "cancelled"
    missed = await live(world)
    backer = await missed.rich(99_999)
    assert (await missed.end("failed"))["pledged"] == 99_999
    assert await backer.balance() == (99_999, 99_999)
    assert (await missed.pledged(backer))["state"] == "released"
    assert await world.transfers(missed.project["id"]) == []
    await missed.audit()
