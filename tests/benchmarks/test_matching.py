"""The benchmarks of matching on a small scale, for their pieces: nothing is said here about speed."""

from benchmarks import matching_fill, matching_rate
from benchmarks.matching_book import kept
from benchmarks.plan import Plan

SMALL = Plan(rounds=1, standing_orders=10_000, listings=1, lots=20, durable=False)


def test_on_a_small_scale() -> None:
    with kept(SMALL) as book:
        told = book.run(str(SMALL.listings), str(SMALL.lots))
    fill, rate = matching_fill.result([told], SMALL), matching_rate.result([told], SMALL)
    assert fill.less_is_better
    assert [len(series.values) for series in (fill.value, fill.floor, rate.value, rate.floor)] == [1] * 4
    assert "10,000 standing orders" in fill.notes[0]


def test_percentiles_are_by_nearest_rank() -> None:
    assert matching_fill.percentile([3, 1, 2], 0.5) == 2
    assert matching_fill.percentile(list(range(1, 101)), 0.99) == 99
