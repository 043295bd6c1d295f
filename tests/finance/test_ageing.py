from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.ageing import (
    MONTHS,
    Aged,
    Bucket,
    BucketTable,
    accrues_to,
    age,
    days_past_due,
    days_past_due_many,
    oldest_unpaid_on,
)
from finance.errors import CannotBeMet, FinanceError, InexactNumber, OutOfRange, WrongShape
from finance.lateness import LateRule, late_days
from finance.loan_arrays import sums_by
from finance.repayment import Due, Payment, allocate, dues_of, replay
from finance.schedules import build

DUE = date(2024, 3, 15)


def whole(*values: int) -> Any:
    return numpy.array(values, dtype=numpy.int64)


def on_days(*values: date | None) -> Any:
    return numpy.array(["NaT" if day is None else day.isoformat() for day in values], dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (0, "M0"),
        (1, "M1"),
        (30, "M1"),
        (31, "M2"),
        (60, "M2"),
        (61, "M3"),
        (90, "M3"),
        (91, "M4"),
        (120, "M4"),
        (121, "M5"),
        (150, "M5"),
        (151, "M6"),
        (180, "M6"),
        (181, "M6+"),
        (5_000, "M6+"),
    ],
)
def test_buckets_by_days(late: int, name: str) -> None:
    days = days_past_due(DUE, DUE + timedelta(days=late))
    assert days == late
    assert MONTHS.bucket(days).name == name
    assert MONTHS.names[MONTHS.numbers(whole(days))[0]] == name


def test_a_loan_is_as_late_as_its_oldest_unpaid_row() -> None:
    dues = dues_of(build(1_200_000, "0.12", 12, start_on=date(2024, 1, 15)))
    assert oldest_unpaid_on(dues) == date(2024, 2, 15)
    assert days_past_due(oldest_unpaid_on(dues), date(2024, 4, 20)) == 65
    # A row and a half are paid: the second, from March, is still open, and so is what counts.
    paid = allocate(160_000, dues, date(2024, 4, 20)).dues
    assert oldest_unpaid_on(paid) == date(2024, 3, 15)
    assert days_past_due(oldest_unpaid_on(paid), date(2024, 4, 20)) == 36
    # The payment bounces: the loan is as late as if it had never been.
    bounced = replay(dues, [Payment("p", date(2024, 4, 20), 160_000)], reversed_ids={"p"})
    assert bounced == {}
    assert days_past_due(oldest_unpaid_on(reversed(dues)), date(2024, 4, 20)) == 65


def test_what_keeps_a_row_open() -> None:
    assert oldest_unpaid_on([]) is None
    assert oldest_unpaid_on([Due(1, DUE, penalty_minor=500)]) is None
    for owed in ({"fee_minor": 1}, {"interest_minor": 1}, {"principal_minor": 1}):
        assert oldest_unpaid_on([Due(1, DUE, **owed), Due(2, DUE + timedelta(days=30), 0, 0, 1)]) == DUE


def test_days_are_counted_from_the_rolled_due_day() -> None:
    """Due on Saturday, 4 May 2024, rolled over the Labour Day holidays to Monday, 6 May."""
    saturday = date(2024, 5, 4)
    rolled: dict[str, Any] = {"calendar": "CN", "convention": "following"}
    assert [days_past_due(saturday, date(2024, 5, day), **rolled) for day in (4, 5, 6, 7)] == [0, 0, 0, 1]
    assert days_past_due(date(2024, 5, 6), date(2024, 5, 7), **rolled) == 1, "rolling again changes nothing"
    assert days_past_due(saturday, date(2024, 5, 7)) == 3
    assert days_past_due(None, saturday) == 0
    assert days_past_due(DUE, DUE - timedelta(days=5)) == 0


def test_grace_forgives_interest_and_not_lateness() -> None:
    rule = LateRule(daily_rate=Decimal("0.0005"), grace_days=3, grace_is_free=True)
    assert late_days(DUE, DUE + timedelta(days=3), rule) == 0
    assert MONTHS.bucket(days_past_due(DUE, DUE + timedelta(days=3))).name == "M1"


def test_accrual_stops_ninety_days_after_the_due_day() -> None:
    assert accrues_to(DUE, DUE + timedelta(days=90)) == DUE + timedelta(days=90)
    assert accrues_to(DUE, DUE + timedelta(days=91)) == DUE + timedelta(days=90)
    assert accrues_to(DUE, DUE + timedelta(days=900)) == DUE + timedelta(days=90)
    assert accrues_to(DUE, DUE - timedelta(days=10)) == DUE - timedelta(days=10)
    assert accrues_to(None, DUE) == DUE
    assert accrues_to(DUE, DUE + timedelta(days=91), stops_after_days=60) == DUE + timedelta(days=60)
    assert accrues_to(DUE, DUE + timedelta(days=5), stops_after_days=0) == DUE
    assert accrues_to(date(9999, 12, 1), date(9999, 12, 31)) == date(9999, 12, 31)


def test_a_portfolio_by_amount_and_number() -> None:
    days, balances = whole(0, 0, 1, 30, 31, 200), whole(100, 0, 20, 30, 7, 2**62)
    aged = age(days, balances)
    assert aged[:3] == [Aged("M0", 2, 100), Aged("M1", 2, 50), Aged("M2", 1, 7)]
    assert aged[-1] == Aged("M6+", 1, 2**62)
    assert aged[3:7] == [Aged(name, 0, 0) for name in ("M3", "M4", "M5", "M6")]
    assert age(whole(), whole()) == [Aged(name, 0, 0) for name in MONTHS.names]
    quarters = BucketTable((Bucket("current", 0, 0), Bucket("to 90", 1, 90), Bucket("over 90", 91, None)))
    assert age(days, balances, quarters)[1] == Aged("to 90", 3, 57)


@given(st.lists(st.tuples(st.none() | st.integers(-400, 400), st.integers(0, 2**63 - 1)), max_size=40))
def test_many_loans_are_each_of_them(loans: list[tuple[int | None, int]]) -> None:
    on = date(2024, 6, 30)
    unpaid = [None if late is None else on - timedelta(days=late) for late, _ in loans]
    days = days_past_due_many(on_days(*unpaid), on)
    assert days.tolist() == [days_past_due(day, on) for day in unpaid]
    expected: dict[str, list[int]] = {name: [0, 0] for name in MONTHS.names}
    for day, (_, balance) in zip(unpaid, loans, strict=True):
        of_bucket = expected[MONTHS.bucket(days_past_due(day, on)).name]
        of_bucket[0] += 1
        of_bucket[1] += balance
    aged = age(days, whole(*(balance for _, balance in loans)))
    assert {bucket.name: [bucket.loans, bucket.amount_minor] for bucket in aged} == expected


def test_sums_beyond_a_bigint_are_exact() -> None:
    amounts = numpy.full(100_000, 2**63 - 1, dtype=numpy.int64)
    assert sums_by(numpy.zeros(100_000, dtype=numpy.int64), amounts, 2) == [100_000 * (2**63 - 1), 0]


@pytest.mark.parametrize(
    ("buckets", "error"),
    [
        ((), OutOfRange),
        ((Bucket("a", 1, None),), CannotBeMet),
        ((Bucket("a", 0, 5),), CannotBeMet),
        ((Bucket("a", 0, 5), Bucket("b", 7, None)), CannotBeMet),
        ((Bucket("a", 0, 5), Bucket("b", 5, None)), CannotBeMet),
        ((Bucket("a", 0, None), Bucket("b", 5, None)), CannotBeMet),
        ((Bucket("a", 0, 5), Bucket("a", 6, None)), CannotBeMet),
        ((Bucket("a", 0, 5), Bucket("b", 6, 5), Bucket("c", 6, None)), OutOfRange),
        ((Bucket("a", -1, 5), Bucket("b", 6, None)), OutOfRange),
        ((Bucket("a", 0, 1.5), Bucket("b", 6, None)), InexactNumber),  # type: ignore[arg-type]
        ((("a", 0, None),), WrongShape),
        ((Bucket(None, 0, None),), WrongShape),  # type: ignore[arg-type]
        ([Bucket("a", 0, None)], WrongShape),
        (tuple(Bucket(str(at), at, at if at < 100 else None) for at in range(101)), OutOfRange),
    ],
)
def test_tables_that_are_refused(buckets: Any, error: type[FinanceError]) -> None:
    with pytest.raises(error) as refused:
        BucketTable(buckets)
    assert refused.value.field == "buckets"


@pytest.mark.parametrize(
    ("days", "balances", "error"),
    [
        (whole(-1), whole(1), OutOfRange),
        (whole(1), whole(-1), OutOfRange),
        (whole(1), whole(1, 2), OutOfRange),
        (numpy.array([1.0]), whole(1), InexactNumber),
        (whole(1), numpy.array([1.5]), InexactNumber),
        (whole(1).reshape(1, 1), whole(1), InexactNumber),
        ([1], whole(1), InexactNumber),
    ],
)
def test_arrays_that_are_refused(days: Any, balances: Any, error: type[FinanceError]) -> None:
    with pytest.raises(error):
        age(days, balances)


def test_the_first_day_and_the_last() -> None:
    assert days_past_due_many(on_days(date.min, date.max), date.max).tolist() == [(date.max - date.min).days, 0]


def test_days_that_are_refused() -> None:
    for wrong in (numpy.array(["2024-01-01"], dtype="datetime64[s]"), whole(5), "2024-01-01"):
        with pytest.raises(InexactNumber):
            days_past_due_many(wrong, DUE)
    with pytest.raises(OutOfRange):
        days_past_due_many(numpy.array([2**40], dtype="datetime64[D]"), DUE)
    with pytest.raises(InexactNumber):
        days_past_due_many(on_days(DUE), "2024-01-01")  # type: ignore[arg-type]
    with pytest.raises(InexactNumber):
        days_past_due(DUE, "2024-01-01")  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        MONTHS.bucket(-1)
    with pytest.raises(OutOfRange):
        accrues_to(DUE, DUE, stops_after_days=-1)
    with pytest.raises(FinanceError):
        days_past_due(DUE, DUE, calendar="Mars", convention="following")
