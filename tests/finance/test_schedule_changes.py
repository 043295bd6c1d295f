from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import FinanceError
from finance.returns import nominal_rate
from finance.schedules import Schedule, build

START = date(2024, 1, 15)
METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")


def payments(schedule: Schedule) -> list[int]:
    return [row.payment_minor for row in schedule.rows]


def test_principal_grace_pays_interest_only() -> None:
    rows = build(1_200_000, "0.12", 6, start_on=START, principal_grace=2).rows
    assert [row.payment_minor for row in rows[:2]] == [12_000, 12_000]
    assert [row.principal_minor for row in rows[:2]] == [0, 0]
    plain = build(1_200_000, "0.12", 4, start_on=START)
    assert [row.payment_minor for row in rows[2:]] == payments(plain)
    rows = build(1_200_000, "0.12", 6, start_on=START, principal_grace=2, method="equal_principal").rows
    assert [row.principal_minor for row in rows] == [0, 0, 300_000, 300_000, 300_000, 300_000]


def test_interest_grace_asks_later_and_takes_nothing_on_it() -> None:
    schedule = build(1_200_000, "0.12", 6, start_on=START, principal_grace=3, interest_grace=2)
    assert [row.interest_minor for row in schedule.rows[:3]] == [0, 0, 36_000]
    without = build(1_200_000, "0.12", 6, start_on=START, principal_grace=3)
    assert schedule.interest_minor == without.interest_minor


def test_an_agreed_instalment_ends_sooner_or_leaves_more_for_the_last() -> None:
    sooner = build(100_000, "0.12", 12, start_on=START, instalment_minor=30_000)
    assert payments(sooner) == [30_000, 30_000, 30_000, 12_248]
    later = build(100_000, "0.12", 4, start_on=START, instalment_minor=20_000)
    assert payments(later)[:3] == [20_000] * 3
    assert later.rows[-1].balance_minor == 0
    assert later.rows[-1].payment_minor > 20_000


def test_instalments_by_hand() -> None:
    schedule = build(100_000, "0.12", 4, start_on=START, instalments_minor=[50_000, 1_000, 20_000])
    assert payments(schedule)[:3] == [50_000, 1_000, 20_000]
    assert schedule.rows[-1].balance_minor == 0
    again = build(100_000, "0.12", 4, start_on=START, instalments_minor=payments(schedule))
    assert again.rows == schedule.rows


def test_a_down_payment_is_row_nought() -> None:
    schedule = build(100_000, "0.12", 4, start_on=START, down_payment_minor=20_000)
    assert schedule.rows[0][:8] == (0, START, START, 0, 20_000, 0, 0, 20_000)
    assert sum(row.principal_minor for row in schedule.rows) == 100_000
    assert payments(schedule)[1:] == payments(build(80_000, "0.12", 4, start_on=START))
    assert nominal_rate(schedule) == pytest.approx(0.12, abs=1e-3)
    assert len(schedule.years) == len(schedule.rows) == 5


def test_a_rate_change_on_a_due_day_levels_the_rest_again() -> None:
    changed = build(1_000_000, "0.06", 12, start_on=START, rate_changes=[(date(2024, 7, 15), "0.12")])
    plain = build(1_000_000, "0.06", 12, start_on=START)
    assert changed.rows[:6] == plain.rows[:6]
    rest = build(plain.rows[5].balance_minor, "0.12", 6, start_on=date(2024, 7, 15))
    assert payments(changed)[6:] == payments(rest)


def test_a_rate_change_midway_keeps_that_rows_payment() -> None:
    changed = build(
        1_000_000, "0.073", 12, start_on=START, day_count="ACT/365", rate_changes=[(date(2024, 2, 1), "0.146")]
    )
    plain = build(1_000_000, "0.073", 12, start_on=START, day_count="ACT/365")
    # 17 days at 0.02 % a day and 14 at 0.04 %
    assert changed.rows[0].interest_minor == 17 * 200 + 14 * 400
    assert changed.rows[0].payment_minor == plain.rows[0].payment_minor
    assert changed.rows[1].payment_minor > plain.rows[1].payment_minor
    assert len(set(payments(changed)[1:-1])) == 1


def test_money_drawn_later_raises_the_rest() -> None:
    drawn = build(600_000, "0.12", 6, start_on=START, method="equal_principal", drawings=[(date(2024, 4, 15), 300_000)])
    assert [row.principal_minor for row in drawn.rows] == [100_000] * 3 + [200_000] * 3
    assert [row.balance_minor for row in drawn.rows] == [500_000, 400_000, 300_000, 400_000, 200_000, 0]
    assert (date(2024, 4, 15), -300_000) in drawn.flows()


def test_money_drawn_in_the_last_period_is_repaid_with_the_last_row() -> None:
    for method in METHODS:
        drawn = build(600_000, "0.12", 3, start_on=START, method=method, drawings=[(date(2024, 4, 5), 7_000)])
        assert drawn.rows[-1].balance_minor == 0
        assert sum(row.principal_minor for row in drawn.rows) == 607_000


def test_money_drawn_after_the_last_day_of_a_short_count_earns_nothing_and_costs_nothing() -> None:
    facts: dict[str, object] = {"start_on": date(2023, 1, 31), "method": "interest_first"}
    drawn = build(600_000, "0.12", 3, drawings=[(date(2023, 3, 30), 10**9)], **facts)  # type: ignore[arg-type]
    assert drawn.rows[1].interest_minor == 6_000
    changed = build(600_000, "0.12", 3, rate_changes=[(date(2023, 3, 30), "0.24")], **facts)  # type: ignore[arg-type]
    assert changed.rows[1].interest_minor == 6_000
    assert changed.rows[2].interest_minor == 12_000


def test_a_change_within_the_grace_leaves_the_rest_of_it() -> None:
    changed = build(600_000, "0.12", 6, start_on=START, principal_grace=3, rate_changes=[(date(2024, 2, 15), "0.24")])
    assert [row.principal_minor == 0 for row in changed.rows] == [True] * 3 + [False] * 3
    assert [row.interest_minor for row in changed.rows[:3]] == [6_000, 12_000, 12_000]


changing = st.fixed_dictionaries(
    {
        "principal": st.integers(1, 10**10),
        "rate": st.decimals(0, 1, places=3),
        "periods": st.integers(2, 24),
        "rates": st.lists(st.tuples(st.integers(1, 700), st.decimals(0, 1, places=3)), max_size=3),
        "drawings": st.lists(st.tuples(st.integers(1, 700), st.integers(1, 10**9)), max_size=3),
    }
)


@given(changing, st.sampled_from(METHODS))
def test_changing_terms_agree_with_a_ledger_kept_day_by_day(facts: dict[str, object], method: str) -> None:
    """Every row's interest against Σ over its days of balance × that day's rate / 365, the balance kept by hand."""
    periods: int = facts["periods"]  # type: ignore[assignment]
    term = (build(1, "0", periods, start_on=START, method="interest_first").rows[-1].due_on - START).days

    def dated(pairs: object) -> list[tuple[date, object]]:
        kept = sorted((at, value) for at, value in pairs if at < term)  # type: ignore[attr-defined]
        return [(START + timedelta(days=at), value) for at, value in kept]

    rates, drawings = dated(facts["rates"]), dated(facts["drawings"])
    schedule = build(
        facts["principal"],  # type: ignore[arg-type]
        facts["rate"],  # type: ignore[arg-type]
        periods,
        start_on=START,
        method=method,
        day_count="ACT/365",
        rate_changes=rates,  # type: ignore[arg-type]
        drawings=drawings,  # type: ignore[arg-type]
    )
    balance, rate = schedule.principal_minor, Fraction(schedule.annual_rate)
    for row in schedule.rows:
        interest = Fraction(0)
        for at in range(row.days):
            day = row.from_on + timedelta(days=at)
            balance += sum(amount for drawn_on, amount in drawings if drawn_on == day)  # type: ignore[misc]
            rate = next((Fraction(new) for since, new in reversed(rates) if since == day), rate)  # type: ignore[call-overload]
            interest += balance * rate / 365
        assert abs(row.interest_minor - interest) <= Fraction(1, 2)
        assert row.principal_minor >= 0
        balance -= row.principal_minor
        assert row.balance_minor == balance >= 0
    assert balance == 0


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"principal_grace": 6}, "out_of_range", "principal_grace"),
        ({"principal_grace": 1, "interest_grace": 2}, "out_of_range", "interest_grace"),
        ({"principal_grace": 1, "method": "bullet"}, "cannot_be_met", "principal_grace"),
        ({"instalment_minor": 1_000}, "cannot_be_met", "instalment_minor"),
        ({"instalment_minor": 0}, "out_of_range", "instalment_minor"),
        ({"instalment_minor": 50_000, "method": "flat"}, "cannot_be_met", "instalment_minor"),
        ({"instalment_minor": 50_000, "drawings": [(date(2024, 2, 1), 1)]}, "cannot_be_met", "instalment_minor"),
        ({"instalments_minor": [20_000] * 4}, "out_of_range", "instalments_minor"),
        ({"instalments_minor": [20_000] * 6}, "cannot_be_met", "instalments_minor"),
        ({"instalments_minor": [20_000, 500, 1, 1, 1]}, "cannot_be_met", "instalments_minor"),
        ({"instalments_minor": [200_000, 0, 0, 0, 0]}, "cannot_be_met", "instalments_minor"),
        ({"instalments_minor": [-1, 0, 0, 0, 0]}, "out_of_range", "instalments_minor"),
        ({"down_payment_minor": 100_000}, "out_of_range", "down_payment_minor"),
        ({"down_payment_minor": -1}, "out_of_range", "down_payment_minor"),
        ({"rate_changes": [(START, "0.1")]}, "dates_out_of_order", "rate_changes"),
        ({"rate_changes": [(date(2024, 7, 15), "0.1")]}, "dates_out_of_order", "rate_changes"),
        (
            {"rate_changes": [(date(2024, 2, 2), "0.1"), (date(2024, 2, 1), "0.1")]},
            "dates_out_of_order",
            "rate_changes",
        ),
        ({"rate_changes": [(date(2024, 2, 2), "-2")]}, "out_of_range", "rate_changes"),
        ({"rate_changes": [(date(2024, 2, 2), "0.1")], "method": "flat"}, "cannot_be_met", "method"),
        ({"drawings": [(date(2024, 2, 2), 0)]}, "out_of_range", "drawings"),
        ({"drawings": [(date(2025, 2, 2), 5)]}, "dates_out_of_order", "drawings"),
        ({"drawings": [(date(2024, 2, 2), 1)] * 1_001}, "out_of_range", "drawings"),
    ],
)
def test_what_no_schedule_can_meet_is_refused(changed: dict[str, object], code: str, field: str) -> None:
    facts: dict[str, object] = {"principal_minor": 100_000, "annual_rate": "0.12", "periods": 6, "start_on": START}
    with pytest.raises(FinanceError) as refused:
        build(**(facts | changed))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)
