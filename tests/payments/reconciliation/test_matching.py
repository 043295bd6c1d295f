"""The matcher: each rule, what it leaves alone, and small books of any kind against a naive second one."""

import asyncio
import random
from datetime import date, timedelta
from typing import Any

import pytest

from services.payments.reconciliation import queries
from services.payments.reconciliation.model import RecordState, Rule
from services.payments.reconciliation.run_actions import spans
from tests.conftest import MakeRuntime
from tests.payments.reconciliation.book import Shelf
from tests.payments.reconciliation.naive import Naive


@pytest.fixture
async def shelf(make_runtime: MakeRuntime) -> Shelf:
    return await Shelf.open(await make_runtime("payments"))


async def matched(shelf: Shelf) -> set[Any]:
    await shelf.put()
    await shelf.run()
    return await shelf.pairs()


async def test_one_for_one_by_reference_whatever_the_day_and_the_signs(shelf: Shelf) -> None:
    line, record = shelf.line(500, "CHI-01 a", day=20), shelf.record(500, "chi_01a")
    assert await matched(shelf) == {(line.id, record.id, Rule.REFERENCE)}
    assert await shelf.breaks() == [("date", "open", line.id, record.id, 0)]


async def test_one_line_for_a_batch(shelf: Shelf) -> None:
    line = shelf.line(600, "batch-1")
    records = [shelf.record(amount, f"r{amount}", group="batch_1") for amount in (100, 200, 300)]
    shelf.line(50, "batch-2")
    shelf.record(20, "x", group="batch_2")
    shelf.record(40, "y", group="batch_2")
    assert await matched(shelf) == {(line.id, one.id, Rule.GROUP) for one in records}


async def test_several_lines_for_one_record(shelf: Shelf) -> None:
    lines = [shelf.line(amount, "r1") for amount in (100, 200, -50)]
    record = shelf.record(250, "r1")
    assert await matched(shelf) == {(one.id, record.id, Rule.PARTS) for one in lines}


async def test_by_amount_day_and_words_the_nearer_day_wins(shelf: Shelf) -> None:
    near, far = shelf.record(100, "a", "tea shop hangzhou", day=1), shelf.record(100, "b", "tea shop hangzhou", day=3)
    line = shelf.line(100, "", "TEA SHOP 77", day=1)
    assert await matched(shelf) == {(line.id, near.id, Rule.TEXT)}
    assert ("short", "open", None, far.id, -100) in await shelf.breaks()


@pytest.mark.parametrize(
    ("said", "known", "day"),
    [("tea shop", "book store", 0), ("tea shop", "tea shop", 4), ("one two three four", "one five six seven eight", 0)],
)
async def test_what_looks_too_different_is_left_alone(shelf: Shelf, said: str, known: str, day: int) -> None:
    line, record = shelf.line(100, "", said, day=day), shelf.record(100, "a", known)
    assert await matched(shelf) == set()
    assert await shelf.breaks() == [
        ("long", "open", line.id, None, 100),
        ("short", "open", None, record.id, -100),
    ]


async def test_two_that_fit_as_well_are_left_to_people(shelf: Shelf) -> None:
    shelf.line(100, "", "tea shop")
    shelf.record(100, "a", "tea shop")
    shelf.record(100, "b", "tea shop")
    assert await matched(shelf) == set()


async def test_by_amount_and_day_where_one_side_says_nothing(shelf: Shelf) -> None:
    line, record = shelf.line(100), shelf.record(100, "a", "tea shop", day=2)
    assert await matched(shelf) == {(line.id, record.id, Rule.AMOUNT)}


async def test_what_names_another_that_has_its_pair_is_no_match_by_its_looks(shelf: Shelf) -> None:
    """The bank takes part of `a` back; a record of that amount, missing at the bank, is none of its business. Nor the other way round."""
    shelf.line(100, "a"), shelf.record(100, "a")
    back, missing = shelf.line(-40, "a"), shelf.record(-40, "b", "tea shop")
    shelf.line(70, "c"), shelf.record(70, "c")
    unknown, other = shelf.line(30, "x"), shelf.record(30, "c", "tea shop")
    assert {rule for _, _, rule in await matched(shelf)} == {Rule.REFERENCE}
    assert {one[2] or one[3] for one in await shelf.breaks()} == {back.id, missing.id, unknown.id, other.id}


async def test_within_the_tolerance_the_rest_is_a_break(make_runtime: MakeRuntime) -> None:
    shelf = await Shelf.open(await make_runtime("payments"), amount_tolerance_minor=5)
    line, record = shelf.line(95, "a"), shelf.record(100, "a")
    other, more = shelf.line(90, "b"), shelf.record(100, "b")
    assert await matched(shelf) == {(line.id, record.id, Rule.REFERENCE_TOLERANCE)}
    assert sorted(await shelf.breaks()) == sorted(
        [("amount", "open", line.id, record.id, -5), ("amount", "open", other.id, more.id, -10)]
    )


async def test_each_type_of_break(shelf: Shelf) -> None:
    fine, known = shelf.line(100, "a"), shelf.record(100, "a")
    again = shelf.line(100, "a")
    shown = shelf.line(70, "q", identity="Sq", occurrence=2, repeated=True)
    long, short = shelf.line(7, "z"), shelf.record(9, "y")
    more, less = shelf.line(120, "b"), shelf.record(110, "b")
    failed, unknown = shelf.record(50, "c", state=RecordState.FAILED), shelf.record(60, "d", state=RecordState.OPEN)
    booked, early = shelf.line(50, "c"), shelf.line(60, "d")
    back = shelf.line(-100, "a")
    late, due = shelf.line(30, "e", day=1), shelf.record(30, "e")
    assert await matched(shelf) == {(fine.id, known.id, 1), (late.id, due.id, 1)}
    assert set(await shelf.breaks()) == {
        ("duplicate", "open", again.id, None, 100),
        ("duplicate", "open", shown.id, None, 70),
        ("long", "open", long.id, None, 7),
        ("short", "open", None, short.id, -9),
        ("amount", "open", more.id, less.id, 10),
        ("status", "open", booked.id, failed.id, 50),
        ("status", "open", early.id, unknown.id, 60),
        ("status", "open", back.id, known.id, -100),
        ("date", "open", late.id, due.id, 0),
    }


async def test_a_break_goes_when_what_was_missing_comes(shelf: Shelf) -> None:
    record = shelf.record(100, "a")
    assert await matched(shelf) == set()
    assert await shelf.breaks() == [("short", "open", None, record.id, -100)]
    shelf.records = []
    line = shelf.line(100, "a")
    await shelf.put()
    await shelf.run()
    assert await shelf.pairs() == {(line.id, record.id, 1)}
    assert await shelf.breaks() == [("short", "explained", None, record.id, -100)]


def scattered(shelf: Shelf, chance: random.Random) -> None:
    """Few references, amounts, days and words, so that everything meets everything."""
    texts = ("", "tea shop", "tea shop hangzhou", "book store", "book shop 1234")
    keys = ("", "", "a", "b", "c", "d", "g1", "g2")
    for _ in range(chance.randrange(12)):
        shelf.line(chance.choice((1, 2, 3, -1, 5)), chance.choice(keys), chance.choice(texts), chance.randrange(3))
    for _ in range(chance.randrange(12)):
        state = chance.choice((RecordState.EXPECTED,) * 6 + (RecordState.FAILED,))
        group = chance.choice(("", "", "g1", "g2"))
        amount, key = chance.choice((1, 2, 3, -1, 5)), chance.choice(keys[:6])
        shelf.record(amount, key, chance.choice(texts), chance.randrange(3), state=state, group=group)


@pytest.mark.parametrize("seed", range(4))
async def test_small_books_against_the_naive_matcher(make_runtime: MakeRuntime, seed: int) -> None:
    """Eight books each; a second run finds nothing new, and no record or line is in a pair and a break of what has none."""
    runtime, chance = await make_runtime("payments"), random.Random(seed)
    for place in range(8):
        tolerance = chance.randrange(2)
        shelf = await Shelf.open(
            runtime,
            bank=f"B{place}",
            number=f"B{place}",
            date_window_days=chance.choice((2, 3)),
            amount_tolerance_minor=tolerance,
        )
        scattered(shelf, chance)
        await shelf.put()
        first = await shelf.run()
        mine = {one.id for one in shelf.lines}
        pairs = {one for one in await shelf.pairs() if one[0] in mine}
        assert pairs == Naive(shelf.lines, shelf.records, shelf.account.date_window_days, tolerance).run(), (
            seed,
            place,
        )
        breaks = await shelf.breaks()
        again = await shelf.run()
        assert (again.pairs, again.breaks_raised, again.breaks_closed) == (0, 0, 0)
        assert await shelf.breaks() == breaks
        assert first.pairs == len(pairs)


async def test_runs_at_once_make_each_pair_once(shelf: Shelf) -> None:
    for number in range(40):
        shelf.line(100 + number, f"r{number}")
        shelf.record(100 + number, f"r{number}")
    await shelf.put()
    await asyncio.gather(*(shelf.run() for _ in range(5)))
    assert len(await shelf.pairs()) == 40
    assert await shelf.breaks() == []
    async with shelf.runtime.reading() as connection:
        runs = await queries.list_runs(connection, shelf.account.id, None, 9)
    assert len(runs) == 5
    assert all(one.ended_at is not None for one in runs)
    assert sum(one.pairs for one in runs) == 40


def test_days_are_taken_together_up_to_so_many_lines() -> None:
    first = date(2026, 1, 1)
    days = [(first + timedelta(days=place), count) for place, count in enumerate((5, 5, 11, 1, 9, 1))]
    found = [((one - first).days, (other - first).days) for one, other in spans(days, most=10)]
    assert found == [(0, 1), (2, 2), (3, 4), (5, 5)]
    assert spans([]) == []
