"""Money that covers what is owed in prefunded models goes nowhere else, and covers nothing twice."""

import asyncio

import pytest

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode
from services.payments.clearing import (
    obligation_queries,
    participant_queries,
    queue_actions,
    settlement_actions,
)
from services.payments.clearing.model import QueuePass
from tests.payments.clearing.clearing_house import ClearingHouse, bank

COMMITTED = (409, "liquidity_committed", "amount")
BEYOND = (409, "net_debit_cap_exceeded", "amount")


async def test_money_covers_what_is_owed_once_and_stays(house: ClearingHouse) -> None:
    await house.open("AB", caps=100, money=100, prefunded=True)
    gross = await house.gross()
    await house.owe("A", "B", 100)
    # Neither by a payment at once, also one that waits, nor out of clearing, also when the cap is lowered below what is owed.
    assert await gross.refused("obligations", gross.obligation("A", "B", 1)) == (
        409,
        "settlement_funds_short",
        "amount",
    )
    assert (await gross.owe("A", "B", 1, queue=True, wait_seconds=60))["state"] == "QUEUED"
    assert (await gross.post("models/cny_gross/passes"))["released"] == 0
    await _not_worked_out_again(house)
    await house.cap("A", 0)
    out = {"direction": "out", "bank": "ICBC", "currency": "CNY", "amount": 1}
    assert await house.refused(f"participants/{bank('A')}/liquidity", out) == COMMITTED
    await _covered_once(house)
    await _moved_and_not_cleared(house)
    assert await house.market.failed_checks() == []


async def _not_worked_out_again(house: ClearingHouse) -> None:
    """A pass is made by time only where something has changed since the last one that released nothing."""
    mine, passes = asyncio.current_task(), 0
    own = queue_actions.save_liquidity

    async def counted(tx: Tx, caller: Caller, *, model: str) -> QueuePass:
        nonlocal passes
        # The service's own periodic work may be at it too.
        passes += asyncio.current_task() is mine
        return await own(tx, caller, model=model)

    before = await _bearings(house)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue_actions, "save_liquidity", counted)
        await house.market.run_periodic("payments.work_clearing_queues")
        passes = 0
        await house.market.run_periodic("payments.work_clearing_queues")
        assert passes == 0
    assert await _bearings(house) == before
    await house.liquidity("B", 1)
    assert await _bearings(house) != before


async def _bearings(house: ClearingHouse) -> str:
    async with house.market.served.runtime.reading() as connection:
        model = await participant_queries.model_with(connection, "cny_gross")
        assert model is not None
        return await obligation_queries.bearings(connection, model.number)


async def _covered_once(house: ClearingHouse) -> None:
    """A second prefunded model has the same money, and none of it that the first one needs; one that is not gets none of it."""
    other = ClearingHouse(house.market, "cny_other", house.joined)
    await other.make_model(prefunded=True)
    told = (409, "cap_not_covered", "cap_minor")
    assert await other.refused("models/cny_other/caps", {"participant": bank("A"), "cap_minor": 1}) == told
    loose = ClearingHouse(house.market, "cny_loose", house.joined)
    await loose.make_model()
    await loose.cap("A", 10)
    await loose.owe("A", "B", 10)
    begun = await loose.settle(await loose.close())
    assert begun["state"] == "PS_TRANSFERS_RECORDED"
    await loose.liquidity("A", 10)
    assert (await loose.carried_on(begun["id"]))["state"] == "SETTLED"
    # 50 more, and a cap for them in the other model: with the 100 owed in the first one, all is claimed.
    await house.liquidity("A", 50)
    await other.cap("A", 50)
    await house.cap("A", 100)
    await other.owe("A", "B", 50)
    await other.owe("B", "A", 50, queue=True, wait_seconds=60)
    assert await house.refused("obligations", house.obligation("A", "B", 1)) == BEYOND


async def _moved_and_not_cleared(house: ClearingHouse) -> None:
    """What a settlement has moved covers nothing yet while positions are as before."""
    caller, perform = house.market.operator.caller, house.market.perform
    window = decode("clw", await house.close())
    begun = await perform(settlement_actions.begin, caller, window_ids=[window])
    for step in (settlement_actions.record, settlement_actions.reserve, settlement_actions.commit):
        await perform(step, caller, settlement_id=begun.id)
    # B: 101 of its own, 10 by the loose model, 100 that have just come; −100 in this model, of which a cap of 100 is covered.
    out = {"direction": "out", "bank": "ICBC", "currency": "CNY", "amount": 12}
    assert await house.refused(f"participants/{bank('B')}/liquidity", out) == COMMITTED
    await perform(settlement_actions.settle_some, caller, settlement_id=begun.id)
    await house.liquidity("B", 12, "out")
