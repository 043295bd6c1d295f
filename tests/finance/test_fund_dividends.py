import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, InexactNumber, OutOfRange
from finance.funds.dividends import pay_in_cash, reinvest
from finance.funds.fees import HoldingTable, HoldingTier
from finance.funds.lots import Lot, holding, with_lot
from finance.funds.orders import ShareClass
from finance.funds.shares import ShareRule
from finance.funds.splits import index_ratio, split, split_net_value

DAY = date(2024, 6, 3)
LOTS = (Lot(1, date(2023, 1, 3), 1_000_000, Fraction("1.1")), Lot(2, date(2024, 1, 3), 500_033, Fraction("1.2")))
FREE = HoldingTable((HoldingTier(0, None, Decimal(0)),))
FUND = ShareClass(FREE)
FUND_000004 = Path(__file__).parents[3] / "shared" / "data" / "funds_eastmoney" / "fund_000004.js"


def test_cash_is_rounded_once_on_the_whole_holding() -> None:
    paid = pay_in_cash(FUND, LOTS, "0.0550")
    assert (paid.amount_minor, paid.cash_minor, paid.lot, paid.remainder) == (82_502, 82_502, None, 0)  # 825.01815
    assert pay_in_cash(ShareClass(FREE, rounding="down"), LOTS, "0.0550").amount_minor == 82_501
    assert pay_in_cash(FUND, (), "0.0550").amount_minor == 0


def test_reinvested_it_is_a_lot_of_its_own() -> None:
    paid = reinvest(FUND, LOTS, "0.0550", "1.2345", confirmed_on=DAY, number=3)
    assert (paid.amount_minor, paid.cash_minor) == (82_502, 0)
    assert paid.lot == Lot(3, DAY, 66_830, Fraction("1.2345"), False)  # 825.02 ÷ 1.2345 = 668.303
    assert paid.remainder == 82_502 - 66_830 * Fraction("1.2345")


def test_the_last_cents_stay_or_go_back() -> None:
    whole = ShareClass(FREE, shares=ShareRule(0, "down", "investor"))
    paid = reinvest(whole, [Lot(1, DAY, 10_000, Fraction(1))], "0.0550", "1.2345", confirmed_on=DAY, number=3)
    assert paid.lot is not None
    assert (paid.lot.shares, paid.cash_minor) == (445, 64)  # 445 × 1.2345 = 549.3525
    small = reinvest(whole, [Lot(1, DAY, 10, Fraction(1))], "0.0550", "1.2345", confirmed_on=DAY, number=3)
    assert (small.lot, small.cash_minor, small.remainder) == (None, 55, 0)
    kept = reinvest(FUND, [Lot(1, DAY, 10, Fraction(1))], "0.02", "9", confirmed_on=DAY, number=3)
    assert (kept.amount_minor, kept.lot, kept.remainder) == (0, None, 0)


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    st.decimals("0.0001", "3", places=4),
    st.decimals("0.1", "20", places=4),
    st.sampled_from([("half_up", "fund_assets"), ("down", "fund_assets"), ("down", "investor")]),
)
def test_a_dividend_is_conserved(
    sizes: list[int], per_share: Decimal, price: Decimal, keeping: tuple[Any, Any]
) -> None:
    terms = ShareClass(FREE, shares=ShareRule(2, *keeping))
    lots = [Lot(at, DAY, size, Fraction(1)) for at, size in enumerate(sizes)]
    paid = reinvest(terms, lots, str(per_share), str(price), confirmed_on=DAY, number=99)
    shares = 0 if paid.lot is None else paid.lot.shares
    assert paid.amount_minor == paid.cash_minor + shares * Fraction(price) + paid.remainder
    assert abs(paid.amount_minor - sum(sizes) * Fraction(per_share)) <= Fraction(1, 2)
    assert min(paid.cash_minor, shares) >= 0
    assert holding(with_lot(lots, paid.lot)) == sum(sizes) + shares


@pytest.mark.skipif(not FUND_000004.exists(), reason="the real fund data lie outside the project, in ../shared/data")
def test_a_reinvested_dividend_earns_the_published_return() -> None:
    """中海可转债C paid 0.21 a share: who reinvested has the day's published return, not the fall of the net value."""
    text = FUND_000004.read_text(encoding="utf-8")
    found = re.search(r"Data_netWorthTrend = (\[.*?\]);", text, re.DOTALL)
    assert found
    days = json.loads(found[1], parse_float=Decimal)
    (at,) = [at for at, day in enumerate(days) if day["unitMoney"]]
    before, after = days[at - 1]["y"], days[at]["y"]
    per_share = re.search(r"[\d.]+", days[at]["unitMoney"])
    assert per_share
    lots = [Lot(1, DAY, 10**9, Fraction(before))]
    paid = reinvest(FUND, lots, per_share[0], str(after), confirmed_on=DAY, number=2)
    worth = holding(with_lot(lots, paid.lot)) * Fraction(after)
    earned = (worth / (10**9 * Fraction(before)) - 1) * 100
    assert abs(earned - Fraction(days[at]["equityReturn"])) <= Fraction("0.00005")


def test_an_etf_is_made_worth_a_thousandth_of_its_index() -> None:
    """The prospectus of 华夏上证50ETF (2004): 1.07384395, and 5,000 shares subscribed become 5,369 whole ones."""
    ratio = index_ratio(312_700_023_095, 3_013_057_000, "966.45", rule=ShareRule(places=0))
    assert ratio == Decimal("1.07384395")
    after = split(ShareRule(places=0, rounding="down"), [Lot(1, DAY, 5_000, Fraction(1))], ratio)
    assert after.lots[0][:3] == (1, DAY, 5_369)
    assert abs(after.lots[0].unit_cost - 1 / Fraction(ratio)) < Fraction(1, 10**24)
    assert after.rounded_off == Fraction("0.21975")
    # An examination question: 360 million yuan, 300 million shares, index 1000 (jikaoti.com).
    assert index_ratio(36_000_000_000, 30_000_000_000, "1000", rule=ShareRule()) == Decimal("1.2")


def test_a_split_keeps_days_and_costs() -> None:
    after = split(ShareRule(), LOTS, "1.5")
    assert [(lot.shares, lot.confirmed_on, lot.unit_cost) for lot in after.lots] == [
        (1_500_000, LOTS[0].confirmed_on, Fraction("0.733333333333333333333333")),
        (750_050, LOTS[1].confirmed_on, Fraction("0.8")),
    ]
    assert split_net_value("1.2345", "1.5") == Decimal("0.8230")
    assert split_net_value("1.2345", "1.5", places=3) == Decimal("0.823")
    assert split_net_value("2", "3") == Decimal("0.6667")
    assert split_net_value("2", "3", places=0) == 1
    (third,) = split(ShareRule(), [Lot(1, DAY, 5, Fraction(2))], "3").lots
    assert third.unit_cost == Fraction("0.666666666666666666666667")


def test_the_widest_figures_are_taken() -> None:
    assert holding(split(ShareRule(), LOTS, "1.000000000001").lots) == holding(LOTS)
    assert holding(split(ShareRule(), LOTS, "1000000").lots) == 1_000_000 * holding(LOTS)
    assert index_ratio(1, 1, "1", rule=ShareRule(), points_per_unit=1, places=0) == 1
    assert index_ratio(200, 300, "1000000", rule=ShareRule(), points_per_unit=1_000_000) == Decimal("0.66666667")


def test_a_merger_of_shares_gives_the_odd_ones_to_the_largest_remainders() -> None:
    lots = [Lot(at, DAY, size, Fraction(1)) for at, size in enumerate((15, 18, 3, 4))]
    after = split(ShareRule(rounding="down"), lots, "0.1")  # 1.5, 1.8, 0.3, 0.4: together 4
    assert [(lot.number, lot.shares) for lot in after.lots] == [(0, 2), (1, 2)]


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    st.decimals("0.001", "50", places=8),
    st.sampled_from(["half_up", "down"]),
)
def test_a_split_conserves_value(sizes: list[int], ratio: Decimal, rounding: Any) -> None:
    lots = [Lot(at, DAY, size, Fraction(1)) for at, size in enumerate(sizes)]
    total = sum(sizes)
    try:
        after = split(ShareRule(rounding=rounding), lots, ratio)
    except CannotBeMet:
        assert total * Fraction(ratio) < 1
        return
    assert holding(after.lots) + after.rounded_off == total * Fraction(ratio)
    assert abs(after.rounded_off) <= Fraction(1, 2) if rounding == "half_up" else 0 <= after.rounded_off < 1
    left = {lot.number: lot.shares for lot in after.lots}
    for lot in lots:
        assert abs(left.get(lot.number, 0) - Fraction(lot.shares * holding(after.lots), total)) < 1


def test_refusals() -> None:
    for wrong in ("0", "-1", "1000001", "1.0000000000001"):
        with pytest.raises(OutOfRange) as refused:
            split(ShareRule(), LOTS, wrong)
        assert refused.value.field == "ratio"
    with pytest.raises(InexactNumber):
        split(ShareRule(), LOTS, "NaN")
    with pytest.raises(CannotBeMet):
        split(ShareRule(), (), "2")
    with pytest.raises(CannotBeMet):
        split(ShareRule(), [Lot(1, DAY, 1, Fraction(1))], "0.4")
    with pytest.raises(OutOfRange):
        split(ShareRule(), [Lot(1, DAY, 2**62, Fraction(1))], "4")
    with pytest.raises(OutOfRange):
        split_net_value("1", "1", places=9)
    for faults in (
        {"net_assets_minor": 0},
        {"shares": 0},
        {"index_points": "0"},
        {"points_per_unit": 0},
        {"points_per_unit": 1_000_001},
        {"net_assets_minor": 1, "shares": 10**12},
        {"places": -1},
        {"index_points": "0.0001"},  # the ratio would be beyond all reason
    ):
        facts: dict[str, Any] = {"net_assets_minor": 10**9, "shares": 10**6, "index_points": "1000"}
        facts |= {"rule": ShareRule()} | faults
        with pytest.raises(OutOfRange):
            index_ratio(**facts)
    with pytest.raises(OutOfRange):
        pay_in_cash(FUND, LOTS, "0")
    with pytest.raises(OutOfRange):
        pay_in_cash(FUND, [Lot(1, DAY, 2**62, Fraction(1))], "3")
    with pytest.raises(CannotBeMet):
        reinvest(FUND, LOTS, "0.1", "1", confirmed_on=DAY, number=2)
    with pytest.raises(OutOfRange):
        reinvest(FUND, LOTS, "0.1", "0", confirmed_on=DAY, number=3)
