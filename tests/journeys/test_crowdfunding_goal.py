"""All or nothing: a failing card is dropped, a bank takes money back before a payout, another after; `sifang verify` finds nothing."""

from datetime import timedelta

import pytest

from clients.payments.client import PaymentsClient
from services.p2p.chargebacks.jobs import REPAYMENT_CODE
from tests.conftest import Serve
from tests.journeys.crowd_story import debt_of, ends_after, proved, retrying
from tests.p2p.carded import SHORT, backed, lending, pass_time, takes_back
from tests.p2p.crowd import live
from tests.payments.customer import World

pytestmark = pytest.mark.by_itself
"""As outside of tests: mandates expire and banks are asked while weeks pass."""


async def test_all_or_nothing_with_a_card_dropped_and_two_taken_back(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bank takes its money back before the payouts, one after: the first lessens them, the second is owed by the creator."""
    crowd = await live(await lending(serve, outside))
    wallet = await crowd.rich(50_000, tier=1)
    early, early_id = await backed(crowd, outside.person(), 30_000, tier=0)
    late, late_id = await backed(crowd, outside.person(), 20_000, tier=1)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    total = 100_000 + SHORT
    assert (await crowd.read())["pledged"] == total
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await proved(crowd, outside)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    assert (await short.lending.get(f"/v1/pledges/{short_id}"))["state"] == "dropped"
    await crowd.pay(0)
    taken = await takes_back(crowd, outside, early_id, 30_000)
    assert (taken["borne"], taken["kind"]) == (30_000, "reversed")
    assert (await early.lending.get(f"/v1/pledges/{early_id}"))["state"] == "charged_back"
    assert (await early.lending.get(f"/v1/pledges/{early_id}/delivery"))["state"] == "closed"
    await proved(crowd, outside)
    await crowd.pay(1)
    await crowd.pay(2)
    project = await crowd.read()
    assert (project["pledged"], project["collected"], project["charged_back"]) == (total, 100_000, 30_000)
    assert (project["paid"], project["fee"], project["held"]) == (67_900, 2_100, 0)
    assert (await crowd.creator.balance())[0] == 67_900
    items = [{"pledge_id": one, "tracking": "SF1"} for one in (early_id, late_id, (await crowd.pledged(wallet))["id"])]
    shipped = await crowd.creator.lending.made(f"{crowd.path}/shipments", {"items": items}, 200)
    assert shipped["skipped"] == [early_id]
    await pass_time(crowd, outside, timedelta(days=16))
    await crowd.until("fulfilled")
    with monkeypatch.context() as patched:
        patched.setattr(PaymentsClient, "transfer", ends_after(REPAYMENT_CODE))
        taken = await takes_back(crowd, outside, late_id, 20_000)
        assert taken["borne"] == 0
        await crowd.work()
        debt = await debt_of(crowd.creator, state="settled")
    assert (debt["role"], debt["repaid"], debt["covered"]) == ("creator", 20_000, 0)
    assert (await crowd.creator.balance())[0] == 47_900
    assert (await late.lending.get(f"/v1/pledges/{late_id}/delivery"))["state"] == "received"
    await proved(crowd, outside)
