from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, FinanceError, InexactNumber, OutOfRange, UnknownChoice, WrongShape
from finance.funds.fees import (
    AmountTable,
    AmountTier,
    BackEndFee,
    Discount,
    EntryFee,
    HoldingTable,
    HoldingTier,
)
from finance.funds.rules_cn import CHINA_FLOORS, floor_of, shortfalls

YUAN = 100
SUBSCRIPTION = AmountTable(
    (
        AmountTier(0, 500_000 * YUAN, Decimal("0.012")),
        AmountTier(500_000 * YUAN, 1_000_000 * YUAN, Decimal("0.010")),
        AmountTier(1_000_000 * YUAN, 5_000_000 * YUAN, Decimal("0.006")),
        AmountTier(5_000_000 * YUAN, None, flat_minor=1_000 * YUAN),
    )
)
"""The subscription fees of a fund of 金鹰 as its site answers them (gefund.com.cn, 2012-01-05)."""


def flat_rate(rate: str) -> AmountTable:
    return AmountTable((AmountTier(0, None, Decimal(rate)),))


def held(*rows: tuple[int, int | None, str, str]) -> HoldingTable:
    return HoldingTable(tuple(HoldingTier(start, end, Decimal(rate), Decimal(part)) for start, end, rate, part in rows))


@pytest.mark.parametrize(
    ("amount", "rate", "net", "fee"),
    [
        # Prospectuses as lawinsider.com collects them: 申购费用 = 申购金额 - 净申购金额.
        (10_000_000, "0.012", 9_881_423, 118_577),
        (10_000_000, "0.015", 9_852_217, 147_783),
        (500_000, "0.012", 494_071, 5_929),
        (10_000_000, "0.01", 9_900_990, 99_010),
    ],
)
def test_external_deduction_as_prospectuses_do_it(amount: int, rate: str, net: int, fee: int) -> None:
    assert EntryFee(flat_rate(rate)).charge(amount) == (net, fee)


def test_internal_deduction_takes_more() -> None:
    assert EntryFee(flat_rate("0.015"), deduction="internal").charge(10_000_000) == (9_850_000, 150_000)


@pytest.mark.parametrize(
    ("amount", "net"),
    [
        (49_999_999, 49_407_114),  # 499,999.99 at 1.2 %: 494,071.1363
        (50_000_000, 49_504_950),  # 500,000.00 at 1.0 %: 495,049.5050
        (99_999_999, 99_009_900),
        (100_000_000, 99_403_579),
        (499_999_999, 497_017_892),
        (500_000_000, 499_900_000),
        (900_000_000, 899_900_000),
    ],
)
def test_a_tier_begins_with_its_amount(amount: int, net: int) -> None:
    assert EntryFee(SUBSCRIPTION).charge(amount).net_minor == net


def test_which_part_is_rounded_is_named() -> None:
    """At 20 % 0.03 ÷ 1.2 is 0.025, a tie: the net amount goes up to 0.03, or the fee from 0.005 to 0.01."""
    table = flat_rate("0.2")
    assert EntryFee(table).charge(3) == (3, 0)
    assert EntryFee(table, rounded_part="fee").charge(3) == (2, 1)
    assert EntryFee(table, rounding="down").charge(3) == (2, 1)
    assert EntryFee(table, rounded_part="fee", rounding="half_even").charge(3) == (3, 0)
    assert EntryFee(table, rounding="half_even").charge(3) == (2, 1)


def test_discounts_and_their_floor() -> None:
    fee = EntryFee(SUBSCRIPTION)
    assert fee.charge(10_000_000, Discount(Decimal("0.1"))).fee_minor == 11_986  # 0.12 %: 100,000 - 99,880.14
    assert fee.charge(10_000_000, Discount(Decimal("0.1"), Decimal("0.006"))).fee_minor == 59_642  # 0.6 %
    assert fee.charge(10_000_000, Discount(Decimal("0.8"), Decimal("0.006"))).fee_minor == 95_087  # 0.96 %
    assert Discount(Decimal("0.1"), Decimal("0.006")).applied("0.005") == Fraction("0.005")
    assert fee.charge(600_000_000, Discount(Decimal(0))).fee_minor == 100_000, "a flat sum has no discount"
    assert fee.charge(10_000_000, Discount(Decimal(0))).fee_minor == 0


@given(
    st.integers(1, 10**12),
    st.decimals("0", "0.3", places=5),
    st.sampled_from(["external", "internal"]),
    st.sampled_from(["net", "fee"]),
    st.sampled_from(["half_up", "half_even", "down", "up", "floor", "ceiling", "half_down"]),
    st.decimals("0", "1", places=2),
)
def test_an_amount_is_its_net_and_its_fee(
    amount: int, rate: Decimal, deduction: Any, part: Any, rounding: Any, factor: Decimal
) -> None:
    net, fee = EntryFee(flat_rate(str(rate)), deduction, part, rounding).charge(amount, Discount(factor))
    assert net + fee == amount
    assert net >= 0
    assert fee >= 0
    due = Fraction(rate) * Fraction(factor)
    exact = amount * due / (1 + due) if deduction == "external" else amount * due
    assert abs(fee - exact) < 1


def test_back_end_fees_by_base_and_deduction() -> None:
    table = held((0, 365, "0.018", "0"), (365, 730, "0.012", "0"), (730, None, "0", "0"))
    # 1,000 shares bought at 1.100, 1.8 %: 19.45 (a fund company's table of conversions, 2010-03-15).
    assert BackEndFee(table).fee_minor(364, 110_000, 120_000) == 1_945
    assert BackEndFee(table).fee_minor(365, 110_000, 120_000) == 1_304
    assert BackEndFee(table).fee_minor(730, 110_000, 120_000) == 0
    assert BackEndFee(table, deduction="internal").fee_minor(0, 110_000, 120_000) == 1_980
    assert BackEndFee(table, base="lower", deduction="internal").fee_minor(0, 110_000, 120_000) == 1_980
    assert BackEndFee(table, base="lower", deduction="internal").fee_minor(0, 110_000, 100_000) == 1_800
    assert BackEndFee(table, base="cost", deduction="internal").fee_minor(0, 110_000, 100_000) == 1_980


@pytest.mark.parametrize(
    ("tiers", "error"),
    [
        ((), OutOfRange),
        (((0, 10, "0.01"), (11, None, "0.01")), CannotBeMet),  # a gap
        (((0, 10, "0.01"), (9, None, "0.01")), CannotBeMet),  # an overlap
        (((0, None, "0.01"), (9, None, "0.01")), CannotBeMet),
        (((1, None, "0.01"),), CannotBeMet),
        (((0, 10, "0.01"),), CannotBeMet),
        (((0, 10, "0.01"), (10, 5, "0.01"), (5, None, "0")), OutOfRange),
        (((0, 10, "0.01"), (10, 10, "0.01"), (10, None, "0")), OutOfRange),
        (((0, 10, "0.01"), (10, None, "0.02")), CannotBeMet),  # rising
        (((0, None, "-0.01"),), OutOfRange),
        (((0, None, "1"),), OutOfRange),
        (((0, None, "NaN"),), InexactNumber),
        (((-1, None, "0.01"),), OutOfRange),
        (tuple((at, at + 1 if at < 100 else None, "0.01") for at in range(101)), OutOfRange),
    ],
)
def test_tables_are_refused_whole(tiers: tuple[Any, ...], error: type[FinanceError]) -> None:
    for make in (
        lambda: AmountTable(tuple(AmountTier(start, end, Decimal(rate)) for start, end, rate in tiers)),
        lambda: held(*((start, end, rate, "0") for start, end, rate in tiers)),
    ):
        with pytest.raises(error) as refused:
            make()
        assert refused.value.field == "tiers"


@pytest.mark.parametrize(
    "tier",
    [
        AmountTier(0, None),
        AmountTier(0, None, Decimal("0.01"), 5),
        AmountTier(0, None, flat_minor=1),  # more than the smallest amounts it is charged on
        AmountTier(0, None, flat_minor=-1),
        AmountTier(0, None, 0.01),  # type: ignore[arg-type]
        AmountTier(0, None, flat_minor=True),
    ],
)
def test_a_tier_has_one_fee_that_leaves_something(tier: AmountTier) -> None:
    with pytest.raises(FinanceError):
        AmountTable((tier,))


def test_the_narrowest_tiers_and_the_largest_flat_sum() -> None:
    table = AmountTable(
        (AmountTier(0, 1, flat_minor=0), AmountTier(1, 2, flat_minor=0), AmountTier(2, None, flat_minor=1))
    )
    assert [EntryFee(table).charge(amount) for amount in (1, 2, 3)] == [(1, 0), (1, 1), (2, 1)]
    assert table.tier(0) == table.tiers[0]
    days = held((0, 1, "0.5", "0"), (1, None, "0", "0"))
    assert [days.tier(day).rate for day in (0, 1)] == [Decimal("0.5"), 0]
    assert HoldingTier(0, None, Decimal(0)).fund_share == 0


def test_tiers_are_tuples_of_tiers() -> None:
    for tiers in ([AmountTier(0, None, Decimal(0))], ((0, None, Decimal(0), None),), "tiers", None):
        with pytest.raises(WrongShape):
            AmountTable(tiers)  # type: ignore[arg-type]
    with pytest.raises(WrongShape):
        HoldingTable((AmountTier(0, None, Decimal(0)),))  # type: ignore[arg-type]


def test_other_refusals() -> None:
    with pytest.raises(CannotBeMet, match="gap"):
        held((0, 10, "0.01", "0"), (11, None, "0.01", "0"))
    with pytest.raises(CannotBeMet, match="overlap"):
        held((0, 10, "0.01", "0"), (9, None, "0.01", "0"))
    with pytest.raises(OutOfRange):
        held((0, None, "0.01", "1.01"))
    for fault in ({"deduction": "sideways"}, {"rounded_part": "both"}, {"rounding": "nearest"}):
        with pytest.raises(UnknownChoice):
            EntryFee(SUBSCRIPTION, **fault)  # type: ignore[arg-type]
    for wrong in ({"base": "higher"}, {"deduction": "sideways"}, {"rounding": "nearest"}):
        with pytest.raises(UnknownChoice):
            BackEndFee(held((0, None, "0.01", "0")), **wrong)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        Discount(Decimal("1.1"))
    with pytest.raises(OutOfRange):
        Discount(lowest_rate=Decimal("-0.1"))
    with pytest.raises(OutOfRange):
        EntryFee(SUBSCRIPTION).charge(0)
    with pytest.raises(InexactNumber):
        EntryFee(SUBSCRIPTION).charge(100.0)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        held((0, None, "0.01", "0")).tier(-1)
    with pytest.raises(OutOfRange):
        SUBSCRIPTION.tier(-1)


def test_what_a_table_falls_short_of_the_law() -> None:
    usual = held((0, 7, "0.015", "1"), (7, 365, "0.005", "0.25"), (365, None, "0", "0"))
    before = shortfalls(usual, floor_of("equity", date(2025, 12, 31)))
    assert [(short.from_days, short.least_rate, short.least_fund_share) for short in before] == [
        (7, Decimal("0.0075"), Decimal(1)),
        (30, Decimal("0.005"), Decimal("0.75")),
        (90, Decimal("0.005"), Decimal("0.5")),
    ]
    after = shortfalls(usual, floor_of("equity", date(2026, 1, 1)))
    assert [(short.from_days, short.least_rate) for short in after] == [
        (7, Decimal("0.01")),
        (30, Decimal("0.005")),
        (180, Decimal(0)),  # a fee of 0.5 % of which only a quarter goes to the fund
    ]
    bond = held((0, 7, "0.015", "1"), (7, None, "0", "0"))
    assert shortfalls(bond, floor_of("index_or_bond_of_persons", date(2026, 1, 1))) == []
    assert [short.from_days for short in shortfalls(bond, floor_of("bond_of_organisations", date(2026, 1, 1)))] == [7]
    charging = held((0, 30, "0.005", "1"), (30, None, "0", "0"))
    assert shortfalls(charging, floor_of("equity_with_service_fee", date(2017, 9, 30))) == []
    for on, short_from in ((date(2017, 10, 1), [0]), (date(2026, 1, 1), [0, 7, 30])):
        found = shortfalls(charging, floor_of("equity_with_service_fee", on))
        assert [short.from_days for short in found] == short_from
    for floor in CHINA_FLOORS:
        assert shortfalls(floor.table, floor) == []
    with pytest.raises(UnknownChoice):
        floor_of("closed_end", date(2026, 1, 1))
    with pytest.raises(OutOfRange):
        floor_of("equity", date(2013, 7, 31))
    assert floor_of("equity", date(2013, 8, 1)).before_on == date(2026, 1, 1)
