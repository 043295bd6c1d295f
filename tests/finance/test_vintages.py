from datetime import date, timedelta
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import DatesOutOfOrder, FinanceError, InexactNumber, OutOfRange
from finance.vintages import Vintage, vintages

Loan = tuple[date, int, date | None, int]
"""Made, principal, lost on, loss."""


def curves(loans: list[Loan], as_of: date, months: int = 6) -> list[Vintage]:
    def on_days(at: int) -> Any:
        return numpy.array([str(loan[at]) if loan[at] else "NaT" for loan in loans], dtype="datetime64[D]")

    def amounts(at: int) -> Any:
        return numpy.array([loan[at] for loan in loans], dtype=numpy.int64)

    return vintages(on_days(0), amounts(1), on_days(2), amounts(3), as_of=as_of, months=months)


LOANS: list[Loan] = [
    (date(2024, 1, 1), 1_000, None, 0),
    (date(2024, 1, 31), 3_000, date(2024, 3, 1), 2_000),
    (date(2024, 1, 15), 1_000, date(2024, 6, 30), 900),
    (date(2024, 1, 15), 5_000, date(2024, 1, 15), 100),
    (date(2024, 3, 10), 500, date(2024, 7, 1), 500),
]


def test_months_on_book_are_calendar_months() -> None:
    """Made on any day of January: lost in January is month 0, on 1 March month 2, on 30 June month 5."""
    january, march = curves(LOANS, date(2024, 6, 30))
    assert (january.month, january.loans, january.principal_minor) == (date(2024, 1, 1), 4, 10_000)
    assert january.lost_loans == (1, 1, 2, 2, 2, 3, None)
    assert january.lost_minor == (100, 100, 2_100, 2_100, 2_100, 3_000, None)
    assert january.rates_by_count == [0.25, 0.25, 0.5, 0.5, 0.5, 0.75, None]
    assert january.rates_by_amount == [0.01, 0.01, 0.21, 0.21, 0.21, 0.3, None]
    assert (march.month, march.loans) == (date(2024, 3, 1), 1)
    assert march.lost_loans == (0, 0, 0, 0, None, None, None)


def test_a_month_that_is_not_over_is_not_drawn() -> None:
    january, _ = curves(LOANS, date(2024, 6, 29))
    assert january.lost_loans == (1, 1, 2, 2, 2, None, None)
    (january,) = curves(LOANS, date(2024, 1, 30))
    assert (january.loans, january.lost_loans) == (3, (None,) * 7)
    _, march = curves(LOANS, date(2024, 7, 31))
    assert march.lost_loans == (0, 0, 0, 0, 1, None, None)


def test_a_short_curve_leaves_later_losses_out() -> None:
    january, march = curves(LOANS, date(2024, 12, 31), months=2)
    assert january.lost_loans == (1, 1, 2)
    assert march.lost_loans == (0, 0, 0)
    assert curves(LOANS, date(2024, 12, 31), months=0)[0].lost_loans == (1,)


def test_loans_of_later_days_are_not_known_yet() -> None:
    assert curves(LOANS, date(2023, 12, 31)) == []
    assert curves([], date(2024, 1, 1)) == []
    assert [curve.month for curve in curves(LOANS, date(2024, 3, 9))] == [date(2024, 1, 1)]
    before_the_epoch = curves([(date(1969, 11, 30), 5, date(1970, 1, 1), 5)], date(1970, 1, 31), months=3)
    assert (before_the_epoch[0].month, before_the_epoch[0].lost_loans) == (date(1969, 11, 1), (0, 0, 1, None))


days = st.dates(date(2022, 12, 1), date(2024, 3, 31))


@given(
    st.lists(
        st.tuples(days, st.integers(1, 10**12), st.none() | st.integers(0, 500), st.integers(0, 10**12)), max_size=30
    ),
    days,
    st.integers(0, 8),
)
def test_a_second_way_of_counting(drawn: list[tuple[date, int, int | None, int]], as_of: date, months: int) -> None:
    loans: list[Loan] = [
        (made, principal, None if after is None else made + timedelta(days=after), loss)
        for made, principal, after, loss in drawn
    ]
    found = {curve.month: curve for curve in curves(loans, as_of, months)}
    assert list(found) == sorted(found)
    assert set(found) == {made.replace(day=1) for made, *_ in loans if made <= as_of}
    for month, curve in found.items():
        cohort = [loan for loan in loans if loan[0] <= as_of and loan[0].replace(day=1) == month]
        assert (curve.loans, curve.principal_minor) == (len(cohort), sum(loan[1] for loan in cohort))
        for on_book in range(months + 1):
            ends = month_end(month, on_book)
            lost = [loan for loan in cohort if loan[2] is not None and loan[2] <= ends]
            known = ends <= as_of
            assert curve.lost_loans[on_book] == (len(lost) if known else None)
            assert curve.lost_minor[on_book] == (sum(loan[3] for loan in lost) if known else None)


def month_end(month: date, later: int) -> date:
    number = month.year * 12 + month.month - 1 + later + 1
    return date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


@pytest.mark.parametrize(
    ("loan", "error"),
    [
        ((date(2024, 1, 2), 5, date(2024, 1, 1), 5), DatesOutOfOrder),
        ((date(2024, 1, 2), 0, None, 0), OutOfRange),
        ((date(2024, 1, 2), 5, None, -1), OutOfRange),
        ((None, 5, None, 0), InexactNumber),
    ],
)
def test_loans_that_are_refused(loan: Any, error: type[FinanceError]) -> None:
    with pytest.raises(error):
        curves([*LOANS, loan], date(2024, 6, 30))


def test_other_refusals() -> None:
    with pytest.raises(OutOfRange):
        curves(LOANS, date(2024, 6, 30), months=-1)
    with pytest.raises(OutOfRange):
        curves(LOANS, date(2024, 6, 30), months=601)
    with pytest.raises(OutOfRange):
        curves([*LOANS, (date(1924, 3, 31), 5, None, 0)], date(2024, 6, 30))
    assert len(curves([*LOANS, (date(1924, 4, 1), 5, None, 0)], date(2024, 6, 30))) == 3
    with pytest.raises(InexactNumber):
        curves(LOANS, "2024-06-30")  # type: ignore[arg-type]
    one, day = numpy.array([1], dtype=numpy.int64), numpy.array(["2024-01-01"], dtype="datetime64[D]")
    for faults in ({"lost_on": day[:0]}, {"losses_minor": one[:0]}, {"principals_minor": one[:0]}):
        facts: dict[str, Any] = {"made_on": day, "principals_minor": one, "lost_on": day, "losses_minor": one}
        with pytest.raises(OutOfRange):
            vintages(**(facts | faults), as_of=date(2024, 6, 30), months=3)
    assert curves([(date(9999, 12, 1), 5, None, 0)], date(9999, 12, 31), months=1)[0].lost_loans == (0, None)
