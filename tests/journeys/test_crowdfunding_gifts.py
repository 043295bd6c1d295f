"""For the public benefit: gifts with receipts, the use of funds, a surplus that goes back; `sifang verify` finds nothing."""

from datetime import timedelta

import pytest

from services.p2p.project_refunds import rules as refund_rules
from tests.conftest import Serve
from tests.journeys.crowd_story import proved, retrying, stopped_at
from tests.p2p.carded import SHORT, backed, lending, pass_time, takes_back
from tests.p2p.crowd import live
from tests.payments.customer import World

pytestmark = pytest.mark.by_itself
"""As outside of tests: mandates expire and banks are asked while weeks pass."""


async def test_gifts_reach_their_purpose_and_what_is_beyond_the_goal_goes_back(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts, the use of funds by milestone, a surplus returned in batches that were stopped, and a gift that its bank took back."""
    monkeypatch.setattr(refund_rules, "BATCH", 2)
    crowd = await live(await lending(serve, outside), programme="public_benefit", tiers=[], surplus="return")
    givers = [await crowd.rich(amount) for amount in (60_000, 30_000, 20_001)]
    card, card_id = await backed(crowd, outside.person(), 40_000)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    assert (await card.lending.get(f"/v1/pledges/{card_id}/receipt"))["stands"] == 40_000
    assert (await short.lending.get(f"/v1/pledges/{short_id}/receipt", 404))["code"] == "unknown_pledge"
    await takes_back(crowd, outside, card_id, 40_000)
    assert (await card.lending.get(f"/v1/pledges/{card_id}/receipt"))["stands"] == 0
    for number, used in enumerate((0, 30_000)):
        await crowd.pay(number, used=used)
    async with stopped_at(crowd, monkeypatch, 1):
        await crowd.pay(2, used=60_000)
    await crowd.until("delivering")
    project = await crowd.read()
    assert (project["paid"], project["fee"], project["refunded"], project["held"]) == (100_000, 0, 10_001, 0)
    assert sum([(await one.balance())[0] for one in givers]) == 10_001
    first = await crowd.pledged(givers[0])
    receipt = await givers[0].lending.get(f"/v1/pledges/{first['id']}/receipt")
    assert receipt["stands"] == 60_000 - first["refunded"]
    use = {"used": 100_000, "report": "a school"}
    assert (await crowd.creator.lending.made(f"{crowd.path}/use-of-funds", use, 200))["state"] == "fulfilled"
    await proved(crowd, outside)
