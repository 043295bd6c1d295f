"""Money funds against the published figures of the largest one, and by the formulas themselves."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import DatesOutOfOrder, FinanceError, InexactNumber, OutOfRange, UnknownChoice, UnknownCurrency
from finance.money_funds import holder_income, income_per_10k, seven_day_yields
from finance.returns import seven_day_yield

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "money_fund_yuebao" / "mfd_day_share_interest.csv"
START = date(2013, 7, 1)
# Yu'e Bao's incomes of 1 to 8 July 2013; it published 5.425 on the 7th and 5.279 on the 8th.
JULY = ["1.5787", "1.5461", "1.467", "1.4223", "1.3845", "1.3674", "1.3671", "1.3129"]


def published() -> list[tuple[date, Decimal, Decimal]]:
    if not PUBLISHED.exists():
        pytest.skip("the published figures lie outside the project, in ../shared/data, and are not here")
    with PUBLISHED.open(encoding="utf-8") as file:
        return [
            (date.fromisoformat(row["mfd_date"]), Decimal(row["mfd_daily_yield"]), Decimal(row["mfd_7daily_yield"]))
            for row in csv.DictReader(file)
        ]


def test_every_published_yield_follows_from_the_incomes() -> None:
    rows = published()
    computed = seven_day_yields([(day, income) for day, income, _ in rows])
    assert len(computed) == 294
    assert computed == [(day, annual) for day, _, annual in rows[6:]]


def test_no_other_convention_gives_the_published_yields() -> None:
    rows = published()
    simple = seven_day_yields([(day, income) for day, income, _ in rows], compounding=False)
    assert not {day for (day, annual), (_, _, told) in zip(simple, rows[6:], strict=True) if annual == told}


def test_a_week_of_real_incomes() -> None:
    assert seven_day_yield(JULY[:7]) == Decimal("5.425")
    assert seven_day_yield([Decimal(income) for income in JULY[1:]]) == Decimal("5.279")
    assert str(seven_day_yield(["1.2345"] * 7)) == str(round(Decimal((1.00012345**365 - 1) * 100), 3))
    assert seven_day_yield(["1"] * 7, compounding=False) == Decimal("3.650")
    # (Σ R)/7 × 365/10000: 10.1331/7 × 3.65 = 5.28369…
    assert seven_day_yield(JULY[:7], compounding=False) == Decimal("5.284")
    assert str(seven_day_yield([0] * 7)) == "0.000"
    assert seven_day_yield(["-0.5", *["0"] * 6]) == Decimal("-0.260")


def test_a_simple_yield_halfway_goes_up() -> None:
    # 0.01 × 3.65 = 0.0365, and 0.03 × 3.65 = 0.1095: to even, the first would go down.
    assert seven_day_yield(["0.01"] * 7, compounding=False) == Decimal("0.037")
    assert seven_day_yield(["0.03"] * 7, compounding=False) == Decimal("0.110")


@given(st.lists(st.integers(0, 50_000), min_size=7, max_size=7))
def test_the_rounded_yield_is_the_nearest(ten_thousandths: list[int]) -> None:
    """((1 + y)^7 = growth^365) tells exactly on which side of the neighbours' middle a yield lies."""
    incomes = [Decimal(value) / 10_000 for value in ten_thousandths]
    growth = Fraction(1)
    for income in incomes:
        growth *= 1 + Fraction(income) / 10_000
    percent = Fraction(seven_day_yield(incomes))
    half = Fraction(1, 2_000)
    assert (1 + (percent - half) / 100) ** 7 <= growth**365 < (1 + (percent + half) / 100) ** 7


def test_a_series_of_days() -> None:
    days = [(START + timedelta(days=at), income) for at, income in enumerate(JULY)]
    assert seven_day_yields(days) == [(date(2013, 7, 7), Decimal("5.425")), (date(2013, 7, 8), Decimal("5.279"))]
    assert seven_day_yields(days[:6]) == []
    for wrong in (days[:3] + days[4:], days[::-1], [days[0], *days]):
        with pytest.raises(DatesOutOfOrder):
            seven_day_yields(wrong)
    with pytest.raises(OutOfRange):
        seven_day_yields([days[0]] * 20_001)
    with pytest.raises(InexactNumber):
        seven_day_yields([(datetime(2013, 7, 1), "1")])  # noqa: DTZ001


def test_the_income_of_ten_thousand_units() -> None:
    # 1,234,567.89 yuan on 9,876,543,120 units.
    assert income_per_10k(123_456_789, "9876543120.00") == Decimal("1.2500")
    assert str(income_per_10k(1, 10_000)) == "0.0100"
    assert income_per_10k(5, 10_000_000) == Decimal("0.0001")
    assert income_per_10k(5, 10_000_000, rounding="half_even") == Decimal("0.0000")
    assert income_per_10k(5, 10_000_000, rounding="down") == Decimal("0.0000")
    assert income_per_10k(-7, 10_000) == Decimal("-0.0700")
    assert income_per_10k(15, 10_000, currency="JPY") == Decimal("15.0000")


def test_the_income_of_a_holder() -> None:
    # 12,345.67 units at 1.5787: 1.94901… yuan.
    first = holder_income("12345.67", "1.5787")
    assert first == (194, Fraction(1234567 * 15787, 10**8) - 194)
    second = holder_income("12347.61", "1.5461", carried_minor=first.carried_minor)
    exact = Fraction(1234567 * 15787 + 1234761 * 15461, 10**8)
    assert first.income_minor + second.income_minor == int(exact)
    assert first.income_minor + second.income_minor + second.carried_minor == exact
    assert holder_income("12345.67", "1.5787", rounding="up").income_minor == 195
    assert holder_income(100, "0.5") == (0, Fraction(1, 2))
    assert holder_income(100, "0.5", rounding="half_up") == (1, Fraction(-1, 2))
    assert holder_income(100, "-3.7") == (-3, Fraction(-7, 10))
    assert holder_income(20_000, "3", currency="JPY") == (6, Fraction(0))


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 99_999)), min_size=1, max_size=30))
def test_nothing_carried_is_lost(days: list[tuple[int, int]]) -> None:
    carried, paid, exact = Fraction(0), 0, Fraction(0)
    for units, ten_thousandths in days:
        income = holder_income(units, Decimal(ten_thousandths) / 10_000, carried_minor=carried)
        carried, paid = income.carried_minor, paid + income.income_minor
        exact += Fraction(units * ten_thousandths, 10**6)
        assert 0 <= carried < 1
    assert paid + carried == exact
    assert paid == exact // 1


def test_what_is_no_income_is_refused() -> None:
    good = ["1"] * 7
    cases: list[tuple[object, type[FinanceError]]] = [
        (good[:6], OutOfRange),
        ([*good, "1"], OutOfRange),
        ([], OutOfRange),
        ([*good[:6], "1000"], OutOfRange),
        ([*good[:6], "-1000"], OutOfRange),
        ([*good[:6], 1.5], InexactNumber),
        ([*good[:6], True], InexactNumber),
        ([*good[:6], "NaN"], InexactNumber),
        ([*good[:6], ""], InexactNumber),
    ]
    for incomes, error in cases:
        with pytest.raises(error) as refused:
            seven_day_yield(incomes)  # type: ignore[arg-type]
        assert refused.value.field == "incomes_per_10k"
    assert seven_day_yield(["999.9999"] * 7) > 10**17
    assert seven_day_yield(["-999.9999"] * 7) == -100


@pytest.mark.parametrize("units", [0, -1, "0"])
def test_units_are_above_nothing(units: int | str) -> None:
    with pytest.raises(OutOfRange) as refused:
        income_per_10k(100, units)
    assert refused.value.field == "units"
    with pytest.raises(OutOfRange):
        holder_income(units, "1")


def test_other_refusals() -> None:
    with pytest.raises(InexactNumber):
        income_per_10k(100, Fraction(1, 3 * 10**12))
    with pytest.raises(InexactNumber):
        income_per_10k(1.5, 100)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        income_per_10k(2**63, 100)
    with pytest.raises(UnknownCurrency):
        income_per_10k(1, 100, currency="RMB")
    with pytest.raises(UnknownChoice):
        income_per_10k(1, 100, rounding="truncate")  # type: ignore[arg-type]
    for carried in (Fraction(1), Fraction(-1)):
        with pytest.raises(OutOfRange) as refused:
            holder_income(100, "1", carried_minor=carried)
        assert refused.value.field == "carried_minor"
    with pytest.raises(OutOfRange):
        holder_income(10**25, "1")
