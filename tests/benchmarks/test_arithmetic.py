"""The benchmarks of the mathematics measure what they say, and notice a wrong answer."""

from random import Random

import numpy
import pytest

from benchmarks import schedules, xirr
from benchmarks.plan import Plan
from finance.schedule_arrays import ScheduleArrays, build_many

QUICK = Plan(rounds=1, seconds=0.0)


def test_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "CASES", 1_000)
    result = schedules.run(QUICK)
    assert result.ratio > 0
    assert [len(series.values) for series in (result.value, result.floor, *result.others)] == [1] * 4


def test_the_floor_of_schedules_has_the_same_numbers() -> None:
    principals, rates = (part[:200] for part in schedules.cases(3))
    rows = build_many(principals, rates, 36)
    for bare, exact in zip(schedules.bare(principals, rates, 36), rows, strict=True):
        assert numpy.abs(bare - exact).max() < 60


def test_schedules_notice_a_wrong_row() -> None:
    principals, rates = schedules.cases(1)
    rows = build_many(principals, rates, schedules.PERIODS)
    wrong = ScheduleArrays(rows.principal_minor, rows.interest_minor, rows.balance_minor + 1)
    with pytest.raises(AssertionError, match="differs from build"):
        schedules.compare(wrong, principals, rates)


def test_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xirr, "SETS", 500)
    result = xirr.run(QUICK)
    assert result.ratio > 0
    assert "500 sets" in result.notes[0]


def test_rates_notice_a_wrong_one() -> None:
    sets = [xirr.loan(Random(seed)) for seed in (4, 5)]
    days, amounts, starts = xirr.as_arrays(sets)
    with pytest.raises(AssertionError, match="is not"):
        xirr.compare(sets, (days, amounts * numpy.where(amounts > 0, 2, 1), starts))
