"""The schedule of a coin, block by block and against its closed form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.money_supply.errors import BeyondSchedule
from services.payments.money_supply.model import BITCOIN, Schedule
from services.payments.money_supply.rules import released_by, released_ever, require_scheduled, subsidy_at

BITCOIN_TOTAL = 2_099_999_997_690_000


def test_bitcoin_s_total_to_the_base_unit() -> None:
    assert released_ever(BITCOIN) == BITCOIN_TOTAL
    last = 33 * 210_000 - 1
    assert [subsidy_at(BITCOIN, last), subsidy_at(BITCOIN, last + 1)] == [1, 0]
    assert [released_by(BITCOIN, height) for height in (last - 1, last, last + 1, 10**9)] == [
        BITCOIN_TOTAL - 1, BITCOIN_TOTAL, BITCOIN_TOTAL, BITCOIN_TOTAL,
    ]  # fmt: skip


def test_around_a_halving() -> None:
    assert [subsidy_at(BITCOIN, height) for height in (0, 209_999, 210_000, 420_000, 840_000)] == [
        5_000_000_000, 5_000_000_000, 2_500_000_000, 1_250_000_000, 312_500_000,
    ]  # fmt: skip
    assert [released_by(BITCOIN, height) for height in (-1, 0, 1, 209_999, 210_000)] == [
        0, 5 * 10**9, 10**10, 1_050_000_000_000_000, 1_050_002_500_000_000,
    ]  # fmt: skip


@given(st.integers(1, 300), st.integers(1, 20), st.integers(-1, 250))
def test_what_is_released_is_the_sum_of_its_blocks(subsidy: int, halving_blocks: int, height: int) -> None:
    schedule = Schedule(subsidy, halving_blocks)
    assert released_by(schedule, height) == sum(subsidy_at(schedule, block) for block in range(height + 1))
    assert released_ever(schedule) == sum(subsidy_at(schedule, block) for block in range(20 * halving_blocks))


@given(st.integers(0, 100), st.integers(1, 100), st.integers(0, 30))
def test_never_more_than_was_released(issued: int, amount: int, height: int) -> None:
    schedule = Schedule(8, 3)
    if issued + amount <= released_by(schedule, height):
        require_scheduled(schedule, issued, amount, height)
        return
    with pytest.raises(BeyondSchedule) as told:
        require_scheduled(schedule, issued, amount, height)
    assert told.value.facts["left"] == max(0, released_by(schedule, height) - issued)
