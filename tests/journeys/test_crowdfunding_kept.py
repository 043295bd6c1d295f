"""What comes is kept, paid out in part, refunded in batches that are stopped, disputed after that; `sifang verify` finds nothing."""

from datetime import timedelta

import pytest

from services.p2p.project_refunds import rules as refund_rules
from tests.conftest import Serve
from tests.journeys.crowd_story import debt_of, proved, retrying, stopped_at
from tests.p2p.carded import SHORT, backed, lending, loses_dispute, pass_time
from tests.p2p.crowd import live
from tests.payments.customer import World

pytestmark = pytest.mark.by_itself
"""As outside of tests: mandates expire and banks are asked while weeks pass."""


async def test_what_comes_is_kept_until_staff_refunds_it_in_batches(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a payout the rest goes back, stopped in the middle and gone on with. A bank then gives one backer her money once more."""
    monkeypatch.setattr(refund_rules, "BATCH", 2)
    crowd = await live(await lending(serve, outside), programme="crowdfunding_flexible")
    backers = [await crowd.rich(amount) for amount in (10_001, 9_999, 7_000)]
    card, card_id = await backed(crowd, outside.person(), 23_000)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    await crowd.pay(0)
    left = (await crowd.read())["held"]
    assert left == 50_000 - (await crowd.read())["paid"] - (await crowd.read())["fee"]
    async with stopped_at(crowd, monkeypatch, 1):
        await crowd.world.operator.made(f"{crowd.path}/refund")
    await crowd.until("refunded")
    assert sum([(await one.balance())[0] for one in (*backers, card)]) == left
    hers = (await card.balance())[0]
    assert abs(hers - left * 23_000 / 50_000) < 1
    await proved(crowd, outside)
    taken = await loses_dispute(crowd, outside, card_id)
    assert (taken["kind"], taken["amount"], taken["fee"], taken["borne"]) == ("dispute_lost", 23_000, 2_000, 0)
    owed = await debt_of(card, state="settled")
    assert (owed["role"], owed["repaid"]) == ("backer", hers)
    owed = await debt_of(crowd.creator, state="settled")
    assert (owed["role"], owed["repaid"]) == ("creator", 23_000 + 2_000 - hers)
    assert (await card.balance())[0] == 0
    await proved(crowd, outside)
