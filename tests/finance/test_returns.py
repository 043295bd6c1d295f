import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import InexactNumber, NoRoot, NoUsableRate, OutOfRange, SeveralRoots
from finance.returns import effective_rate, irr, mirr, nominal_rate, npv, xirr, xnpv
from finance.schedules import build

START = date(2024, 1, 1)


def yearly(amounts: list[int]) -> list[tuple[date, int]]:
    """Flows exactly 365 days apart, so that their XIRR is their IRR."""
    return [(START + timedelta(days=365 * at), amount) for at, amount in enumerate(amounts)]


def test_the_example_of_the_spreadsheet() -> None:
    # Microsoft's documentation of XIRR: 0.373362535.
    days = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
    flows = list(zip(days, [-10_000, 2_750, 4_250, 3_250, 2_750], strict=True))
    assert xirr(flows) == pytest.approx(0.373362535, abs=1e-8)
    assert xirr(flows[::-1]) == pytest.approx(0.373362535, abs=1e-8)


def test_plain_rates() -> None:
    assert xirr(yearly([-100, 110])) == pytest.approx(0.1)
    assert xirr(yearly([100, -110])) == pytest.approx(0.1)
    assert xirr(yearly([-100, 100])) == pytest.approx(0, abs=1e-12)
    assert xirr(yearly([-1000, 1])) == pytest.approx(-0.999)
    assert irr([-100, 0, 121]) == pytest.approx(0.1)
    assert irr([Decimal("-100.00"), Decimal("60.5"), Decimal("60.5")]) == pytest.approx(0.1370695)


def test_flows_of_one_day_are_added() -> None:
    doubled = [(START, -60), (START, -40), (START + timedelta(days=365), 55), (START + timedelta(days=365), 55)]
    assert xirr(doubled) == pytest.approx(0.1)


@pytest.mark.parametrize("amounts", [[], [-100], [100, 50], [-1, -2, -3], [0, 0], [-100, 200, -105]])
def test_flows_without_a_rate_say_so(amounts: list[int]) -> None:
    for find in (lambda: xirr(yearly(amounts)), lambda: irr(amounts)):
        with pytest.raises(NoRoot) as refused:
            find()  # type: ignore[no-untyped-call]
        assert refused.value.code == "no_root"
        assert isinstance(refused.value, ValueError)


def test_flows_on_one_day_have_no_rate() -> None:
    with pytest.raises(NoRoot):
        xirr([(START, -100), (START, 110)])


@pytest.mark.parametrize("later", [10, Decimal("0.1")])
def test_a_rate_no_number_can_hold_is_none(later: int | Decimal) -> None:
    with pytest.raises(NoRoot):
        xirr([(START, -1), (START + timedelta(days=1), later)])


def test_several_rates_are_all_told() -> None:
    with pytest.raises(SeveralRoots) as refused:
        irr([-100, 230, -132])
    assert refused.value.facts["rates"] == pytest.approx((0.1, 0.2))
    with pytest.raises(SeveralRoots) as refused:
        xirr(yearly([-1_000, 3_600, -4_310, 1_716]))
    assert refused.value.facts["rates"] == pytest.approx((0.1, 0.2, 0.3))
    assert refused.value.code == "several_roots"


def test_a_rate_that_only_touches_is_one_rate() -> None:
    assert irr([-100, 220, -121]) == pytest.approx(0.1, abs=1e-6)


def polynomial(rates: list[Decimal]) -> list[Decimal]:
    """Amounts whose periodic rates are exactly the given ones: Π ((1 + r) − x·…) multiplied out."""
    amounts = [Decimal(-1)]
    for rate in rates:
        raised = [*amounts, Decimal(0)]
        for at, amount in enumerate(amounts):
            raised[at + 1] -= amount * (1 + rate)
        amounts = raised
    return amounts


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_a_thousand_constructed_sets_are_told_apart(count: int) -> None:
    source = random.Random(count)
    for _ in range(200):
        rates = [Decimal(rate) / 100 for rate in source.sample(range(-40, 100, 8), count)]
        amounts = polynomial(rates)
        if source.random() < 0.5:
            # (x² + b·x + c) without a real root adds changes of sign but no rate.
            factor = [Decimal(1), Decimal(source.randint(-15, 15)) / 10, Decimal("0.6")]
            amounts = [
                sum((amounts[i] * factor[at - i] for i in range(len(amounts)) if 0 <= at - i < 3), Decimal(0))
                for at in range(len(amounts) + 2)
            ]
        expected = sorted(float(rate) for rate in rates)
        if count == 1:
            assert irr(amounts) == pytest.approx(expected[0], abs=1e-7)
        else:
            with pytest.raises(SeveralRoots if count else NoRoot) as refused:
                irr(amounts)
            if count:
                assert refused.value.facts["rates"] == pytest.approx(expected, abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(-(10**9), 10**9)), min_size=1, max_size=20),
    st.integers(1, 10**9),
)
def test_a_rate_given_back_is_a_rate(later: list[tuple[int, int]], first: int) -> None:
    flows = [(START, -first), *((START + timedelta(days=days), amount) for days, amount in later)]
    try:
        rate = xirr(flows)
    except NoUsableRate:
        return
    if not 1e-6 < 1 + rate < 1e6:
        # Here the check itself would lose its digits.
        return
    sizes = sum(abs(amount) / (1 + rate) ** ((day - START).days / 365) for day, amount in flows)
    worth = sum(amount / (1 + rate) ** ((day - START).days / 365) for day, amount in flows)
    assert rate > -1
    assert abs(worth) <= 1e-6 * sizes


def test_worth_of_flows() -> None:
    assert npv("0.1", [-100, 0, 121]) == pytest.approx(0)
    assert xnpv("0.1", yearly([-100, 0, 121])) == pytest.approx(0)
    assert xnpv("0.1", []) == 0
    with pytest.raises(OutOfRange):
        npv("-1", [1])


def test_a_worth_beyond_numbers_is_refused() -> None:
    for beyond in (
        lambda: npv("-0.9999999999", [1] * 100),
        lambda: npv("0.1", [10**400]),
        lambda: xnpv("-0.999999", [(START, 1), (date(9999, 1, 1), 1)]),
    ):
        with pytest.raises(OutOfRange):
            beyond()  # type: ignore[no-untyped-call]
    assert npv("1e12", [5] * 1_000) == pytest.approx(5)
    for rate in ("-1.5", "1e13", Fraction(-(10**400) + 1, 10**400)):
        with pytest.raises(OutOfRange) as refused:
            npv(rate, [1])
        assert refused.value.field == "rate"
    with pytest.raises(InexactNumber):
        xnpv("0.1", [(datetime(2024, 1, 1, tzinfo=UTC), 1)])


def test_the_modified_rate_of_the_spreadsheet() -> None:
    # Microsoft's documentation of MIRR: 12.61 %, after three years −4.80 %, reinvested at 14 % 13.48 %.
    amounts = [-120_000, 39_000, 30_000, 21_000, 37_000, 46_000]
    assert mirr(amounts, finance_rate="0.1", reinvest_rate="0.12") == pytest.approx(0.126094, abs=5e-7)
    assert mirr(amounts[:4], finance_rate="0.1", reinvest_rate="0.12") == pytest.approx(-0.048044655, abs=5e-9)
    assert mirr(amounts, finance_rate="0.1", reinvest_rate="0.14") == pytest.approx(0.134759, abs=5e-7)
    # Money out later is discounted at the financing rate: 100 + 55/1.1 = 150 out, 165·1.2 at the end.
    assert mirr([-100, -55, 165, 0], finance_rate="0.1", reinvest_rate="0.2") == pytest.approx(
        (198 / 150) ** (1 / 3) - 1
    )
    for one_way in ([100, 10], [-100, -10], [-100], []):
        with pytest.raises(NoRoot):
            mirr(one_way, finance_rate="0.1", reinvest_rate="0.1")
    with pytest.raises(OutOfRange) as refused:
        mirr(amounts, finance_rate="0.1", reinvest_rate="-1")
    assert refused.value.field == "reinvest_rate"
    with pytest.raises(OutOfRange):
        mirr([-1, 1] * 60_000, finance_rate="0.1", reinvest_rate="0.1")


def test_rates_of_schedules_with_fees() -> None:
    bare = build(1_000_000, "0.12", 12, start_on=START)
    with_fee = build(1_000_000, "0.12", 12, start_on=START, upfront_fee_minor=30_000)
    assert nominal_rate(bare) == pytest.approx(0.12, abs=1e-5)
    assert nominal_rate(with_fee) == pytest.approx(12 * irr([-970_000, *(row.payment_minor for row in with_fee.rows)]))
    assert effective_rate(with_fee) > effective_rate(bare) > 0.12
    with pytest.raises(NoRoot):
        nominal_rate(build(100, "0.1", 2, start_on=START, upfront_fee_minor=100))


def test_what_is_no_flow_is_refused() -> None:
    with pytest.raises(InexactNumber):
        xirr([(START, -100.0), (date(2025, 1, 1), 110)])  # type: ignore[list-item]
    with pytest.raises(InexactNumber):
        xirr([(START, Decimal("NaN")), (date(2025, 1, 1), 110)])
    with pytest.raises(InexactNumber):
        xirr([(datetime(2024, 1, 1, tzinfo=UTC), -100), (date(2025, 1, 1), 110)])
    with pytest.raises(OutOfRange):
        irr([1, -1] * 60_000)
    with pytest.raises(OutOfRange):
        irr([2, -1] * 150)


def test_an_amount_lost_beside_another_is_refused() -> None:
    for find in (lambda: xirr(yearly([-(10**400), 1])), lambda: irr([-(10**400), 1])):
        with pytest.raises(OutOfRange) as refused:
            find()  # type: ignore[no-untyped-call]
        assert refused.value.field in {"flows", "amounts"}


def test_a_balance_that_turns_may_hide_a_second_rate() -> None:
    """The investment pays back more than it is owed, and takes money again at the end: 10.7 % is not the only answer."""
    flows = yearly([-1_000, 1_200, 60, -180])
    with pytest.raises(SeveralRoots) as refused:
        xirr(flows)
    for rate in refused.value.facts["rates"]:  # type: ignore[attr-defined]
        assert xnpv(Decimal(rate), flows) == pytest.approx(0, abs=1e-6)
