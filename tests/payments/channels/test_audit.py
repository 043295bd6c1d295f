"""The audit of orders to channels: it holds for what the stories do, and finds each thing that is broken by hand."""

import pytest
from sqlalchemy import text

from services.payments.verification import queries
from tests.conftest import MakeRuntime
from tests.payments.channels.carrying import carrying
from tests.payments.channels.test_attempts import PAID, twice_charged

OURS = [
    "one_success_counts",
    "surplus_charges_are_returned",
    "card_returns_agree_with_their_holds",
    "card_returns_are_what_is_on_its_way_back",
    "carried_movements_agree_with_their_attempts",
]
DAMAGE = {
    "one_success_counts": "UPDATE channel_instructions SET counts = false",
    "surplus_charges_are_returned": "UPDATE card_returns SET amount = amount + 1",
    "card_returns_agree_with_their_holds": "UPDATE card_returns SET state = 'credited', ended_at = started_at",
    "card_returns_are_what_is_on_its_way_back": "UPDATE card_returns SET amount = amount - 1",
    "carried_movements_agree_with_their_attempts": "UPDATE top_ups SET bank = 'CMB'",
}


@pytest.mark.parametrize("damaged", OURS)
async def test_a_broken_row_is_found(make_runtime: MakeRuntime, damaged: str) -> None:
    async with carrying(await make_runtime("payments")) as world:
        await twice_charged(world)
        sound = await queries.checks(world.tx.connection)
        assert [name for name in OURS if sound[name][1]] == []
        assert all(sound[name][0] for name in OURS)
        await world.tx.connection.execute(text(DAMAGE[damaged]))
        assert (await queries.checks(world.tx.connection))[damaged][1] != []


async def test_what_came_back_leaves_nothing_due(make_runtime: MakeRuntime) -> None:
    async with carrying(await make_runtime("payments")) as world:
        await twice_charged(world)
        (back,) = await world.card_returns()
        await world.return_answer(back.id, (await world.attempts(back.id))[0], PAID)
        sound = await queries.checks(world.tx.connection)
        assert [name for name in OURS if sound[name][1]] == []
