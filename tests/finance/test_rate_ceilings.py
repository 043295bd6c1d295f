from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from finance.calendars import roll
from finance.errors import CannotBeMet, DatesOutOfOrder, FinanceError
from finance.lateness import LateRule, late_interest_minor
from finance.rate_ceilings import CeilingCheck, CeilingTable, check_offer
from finance.rate_ceilings_cn import BENCHMARK, CHINA, LPR_ONE_YEAR
from finance.repayment import dues_of
from finance.schedules import build

METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")
LAST_OLD, FIRST_NEW = date(2020, 8, 19), date(2020, 8, 20)


def offer(rate: str, contract_on: date, **facts: object) -> CeilingCheck:
    terms: dict[str, object] = {"principal_minor": 10_000_000, "periods": 12, "start_on": contract_on}
    further = {key: facts.pop(key) for key in ("late_daily_rate", "further_costs", "lender") if key in facts}
    schedule = build(annual_rate=rate, **(terms | facts))  # type: ignore[arg-type]
    return check_offer(schedule, contract_on, table=CHINA, **further)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("day_count", ["30/360", "ACT/365"])
def test_both_sides_of_the_date_and_of_the_rate(method: str, day_count: str) -> None:
    facts = {"method": method, "day_count": day_count}
    assert offer("0.1540", FIRST_NEW, **facts).verdict == "allowed"
    assert offer("0.1541", FIRST_NEW, **facts).verdict == "void"
    assert offer("0.1541", LAST_OLD, **facts).verdict == "allowed"
    assert offer("0.24", LAST_OLD, **facts).verdict == "allowed"
    assert offer("0.2401", LAST_OLD, **facts).verdict == "kept_if_paid"
    assert offer("0.36", LAST_OLD, **facts).verdict == "kept_if_paid"
    assert offer("0.3601", LAST_OLD, **facts).verdict == "void"


def test_what_a_check_tells() -> None:
    check = offer("0.1540", FIRST_NEW)
    assert check.enforceable == check.kept == Decimal("0.154")
    assert check.all_in_rate == pytest.approx(0.154, abs=1e-6)
    assert "LPR" in check.source
    assert check.reference_as_of == CHINA.reference(LPR_ONE_YEAR).as_of
    assert offer("0.1", LAST_OLD).reference_as_of is None


@pytest.mark.parametrize(
    ("contract_on", "enforceable"),
    [
        (date(2015, 8, 31), "0.184"),  # four times 4.60 %
        (date(2007, 6, 18), "0.2628"),  # four times 6.57 %
        (date(2008, 12, 22), "0.2232"),
        (date(2014, 11, 21), "0.24"),  # four times 6.00 %
        (date(2015, 9, 1), "0.24"),
        (date(2021, 12, 19), "0.154"),
        (date(2021, 12, 20), "0.152"),
        (date(2022, 8, 22), "0.146"),
        (date(2024, 10, 21), "0.124"),
        (date(2025, 5, 19), "0.124"),
        (date(2025, 5, 20), "0.12"),
    ],
)
def test_ceilings_by_contract_date(contract_on: date, enforceable: str) -> None:
    assert offer("0.1", contract_on).enforceable == Decimal(enforceable)


def test_the_benchmark_depends_on_the_term() -> None:
    day = date(2013, 5, 1)
    rates = [CHINA.reference(BENCHMARK).at(day, months) for months in (6, 7, 12, 13, 36, 60, 61)]
    assert rates == [Decimal(rate) / 100 for rate in ("5.60", "6.00", "6.00", "6.15", "6.15", "6.40", "6.55")]
    assert offer("0.1", day, periods=6).enforceable == Decimal("0.224")
    # A day more than twelve months is in the next band.
    assert offer("0.1", day, periods=12).enforceable == Decimal("0.24")
    assert offer("0.1", day, periods=12, first_due_on=date(2013, 6, 2)).enforceable == Decimal("0.246")


def test_fees_insurance_and_lateness_count_in() -> None:
    assert offer("0.14", FIRST_NEW, upfront_fee_minor=50_000).verdict == "allowed"
    assert offer("0.14", FIRST_NEW, upfront_fee_minor=100_000).verdict == "void"
    assert offer("0.14", FIRST_NEW, fee_minor=10_000).verdict == "void"
    guarantee = [(FIRST_NEW, 100_000)]
    assert offer("0.14", FIRST_NEW, further_costs=guarantee).verdict == "void"
    assert offer("0.14", FIRST_NEW, further_costs=[(date(2021, 3, 1), 10_000)]).verdict == "allowed"
    assert offer("0.14", FIRST_NEW, further_costs=[(date(2021, 9, 1), 1_000_000)]).verdict == "void"
    assert offer("0.1", FIRST_NEW, late_daily_rate="0.0004").verdict == "allowed"
    assert offer("0.1", FIRST_NEW, late_daily_rate="0.0005").verdict == "void"
    assert offer("0.1", LAST_OLD, late_daily_rate="0.0007").verdict == "kept_if_paid"


def test_a_small_loan_hides_nothing_behind_its_rounding() -> None:
    for principal in (5_000, 100_000, 10**13):
        for periods in (1, 12, 36):
            facts = {"principal_minor": principal, "periods": periods}
            for rounding in ("half_up", "up", "down"):
                assert offer("0.1540", FIRST_NEW, rounding=rounding, **facts).verdict == "allowed"
                assert offer("0.1541", FIRST_NEW, rounding=rounding, **facts).verdict == "void"


def test_a_late_rate_within_the_ceiling_takes_no_row_above_it() -> None:
    """Every row paid so many days late, with late interest on all of it, is worth no more than it was on its due day."""
    ceiling = Fraction("0.154")
    rule = LateRule(Decimal("0.154") / 365, base="everything", rounding="down")
    for due in dues_of(build(10_000_000, "0.1540", 12, start_on=FIRST_NEW)):
        for days in (1, 30, 365):
            late = late_interest_minor(due, due.due_on + timedelta(days=days), rule)
            assert (due.owed_minor + late) / (1 + ceiling * days / 365) <= due.owed_minor


def test_lateness_at_the_bounds() -> None:
    assert offer("0.1", FIRST_NEW, late_daily_rate=Decimal("0.154") / 365).verdict == "allowed"
    assert offer("0.1", FIRST_NEW, late_daily_rate=Decimal("0.1541") / 365).verdict == "void"
    assert offer("0.1", LAST_OLD, late_daily_rate=Decimal("0.24") / 365).verdict == "allowed"
    assert offer("0.1", LAST_OLD, late_daily_rate=Decimal("0.36") / 365).verdict == "kept_if_paid"
    assert offer("0.1", LAST_OLD, late_daily_rate=Decimal("0.3601") / 365).verdict == "void"
    # The dearer of the two decides.
    assert offer("0.37", LAST_OLD, late_daily_rate="0.0001").verdict == "void"


def test_loan_prime_rates_began_on_the_days_of_their_publication() -> None:
    """The 20th of a month, or the next business day."""
    for step in CHINA.reference(LPR_ONE_YEAR).steps:
        assert step.from_on == roll(step.from_on.replace(day=20), "following", "CN")


def test_the_table_says_to_which_day_it_was_kept() -> None:
    lpr, benchmark = CHINA.reference(LPR_ONE_YEAR), CHINA.reference(BENCHMARK)
    assert lpr.steps[-1].from_on <= lpr.as_of
    # The day before the loan prime rate took the benchmark's place; and its last step came after the ceilings that use it.
    assert benchmark.as_of == date(2019, 8, 19)
    assert benchmark.at(date(2019, 8, 19), 12) == Decimal("0.0435")


def test_flat_interest_is_seen_through() -> None:
    check = offer("0.12", FIRST_NEW, method="flat")
    assert check.verdict == "void"
    assert check.all_in_rate > 0.21


def test_a_year_of_360_days_does_not_hide_interest() -> None:
    assert offer("0.1540", FIRST_NEW, day_count="ACT/360").verdict == "void"
    assert offer("0.1518", FIRST_NEW, day_count="ACT/360").verdict == "allowed"


def test_licensed_lenders_have_their_own_row() -> None:
    assert offer("0.24", FIRST_NEW, lender="licensed").verdict == "allowed"
    assert offer("0.2401", FIRST_NEW, lender="licensed").verdict == "void"
    assert offer("0.24", LAST_OLD, lender="licensed").verdict == "allowed"
    assert offer("0.2401", LAST_OLD, lender="licensed").verdict == "void"


def test_series_are_in_order_and_rows_do_not_overlap() -> None:
    for reference in CHINA.references:
        days = [step.from_on for step in reference.steps]
        assert days == sorted(set(days))
        assert days[-1] <= reference.as_of
    private = [row for row in CHINA.rows if row.lender == "private"]
    for before, after in pairwise(private):
        assert before.contracts_before == after.contracts_from


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"lender": "pawnbroker"}, "lender"),
        ({"contract_on": date(2000, 1, 1)}, "contract_on"),
        ({"late_daily_rate": "-0.1"}, "late_daily_rate"),
        ({"late_daily_rate": 0.1}, "late_daily_rate"),
        ({"further_costs": [(date(2019, 1, 1), 5)]}, "further_costs"),
        ({"further_costs": [(FIRST_NEW, -5)]}, "further_costs"),
        ({"further_costs": [(FIRST_NEW, 10_000_000)]}, "further_costs"),
    ],
)
def test_what_cannot_be_checked_is_refused(facts: dict[str, object], field: str) -> None:
    schedule = build(10_000_000, "0.1", 12, start_on=FIRST_NEW)
    with pytest.raises(FinanceError) as refused:
        check_offer(schedule, **({"contract_on": FIRST_NEW, "table": CHINA} | facts))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_tables_that_lack_something() -> None:
    bare = CeilingTable(CHINA.rows, ())
    schedule = build(10_000_000, "0.1", 12, start_on=FIRST_NEW)
    with pytest.raises(FinanceError):
        check_offer(schedule, FIRST_NEW, table=bare)
    silent = CeilingTable((replace(CHINA.rows[0], reference=None),), CHINA.references)
    with pytest.raises(CannotBeMet):
        check_offer(schedule, date(2010, 1, 1), table=silent)
    with pytest.raises(DatesOutOfOrder):
        check_offer(schedule, FIRST_NEW, table=CHINA, further_costs=[(date(2020, 1, 1), 5)])
