from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, DatesOutOfOrder, FinanceError, MissingArgument, OutOfRange
from finance.funds.fees import BackEndFee, HoldingTable, HoldingTier
from finance.funds.lots import Lot
from finance.funds.orders import ShareClass
from finance.funds.redemptions import redeem

DAY = date(2024, 1, 2)


def held(*rows: tuple[int, int | None, str, str]) -> HoldingTable:
    return HoldingTable(tuple(HoldingTier(start, end, Decimal(rate), Decimal(part)) for start, end, rate, part in rows))


HALF_PERCENT = ShareClass(held((0, None, "0.005", "0.25")))
USUAL = ShareClass(
    held(
        (0, 7, "0.015", "1"),
        (7, 30, "0.0075", "1"),
        (30, 365, "0.005", "0.25"),
        (365, 730, "0.0025", "0.25"),
        (730, None, "0", "0"),
    )
)


def lot(number: int, days_before: int, shares: int, cost: str = "1", *, back_end: bool = False) -> Lot:
    return Lot(number, DAY - timedelta(days=days_before), shares, Fraction(cost), back_end)


def test_a_redemption_as_a_prospectus_reckons_it() -> None:
    """9,677.41 shares at 1.1168, 0.5 %: fee 54.04, paid 10,753.69 (example 1 of 1mt.cn/366058)."""
    leaving = redeem(HALF_PERCENT, [lot(1, 100, 967_741)], 967_741, "1.1168", confirmed_on=DAY)
    assert leaving.gross_minor == 1_080_773
    assert leaving.redemption_fee_minor == 5_404
    assert leaving.paid_minor == 1_075_369
    assert leaving.fund_minor == 1_351, "a quarter of 54.04, whole"
    assert leaving.remainder == Fraction("0.1488")


@pytest.mark.parametrize(
    ("days", "fee", "fund"),
    [
        (0, 15_750, 15_750),
        (6, 15_750, 15_750),
        (7, 7_875, 7_875),
        (29, 7_875, 7_875),
        (30, 5_250, 1_313),  # a quarter of 52.50 is 13.125: at least that
        (364, 5_250, 1_313),
        (365, 2_625, 657),
        (729, 2_625, 657),
        (730, 0, 0),
    ],
)
def test_fees_by_days_held(days: int, fee: int, fund: int) -> None:
    leaving = redeem(USUAL, [lot(1, days, 1_000_000)], 1_000_000, "1.0500", confirmed_on=DAY)
    assert (leaving.gross_minor, leaving.redemption_fee_minor, leaving.fund_minor) == (1_050_000, fee, fund)
    assert leaving.parts[0].days == days


def test_each_lot_has_the_fee_of_its_own_days() -> None:
    leaving = redeem(
        USUAL, [lot(1, 800, 100_000), lot(2, 400, 100_000), lot(3, 5, 100_000)], 250_000, "2", confirmed_on=DAY
    )
    assert [(part.lot.number, part.gross_minor, part.redemption_fee_minor) for part in leaving.parts] == [
        (1, 200_000, 0),
        (2, 200_000, 500),
        (3, 100_000, 1_500),
    ]
    assert leaving.left == (lot(3, 5, 50_000),)
    assert (leaving.shares, leaving.paid_minor, leaving.fund_minor) == (250_000, 498_000, 1_625)


BACK_END = BackEndFee(held((0, 365, "0.012", "0"), (365, None, "0", "0")))


def test_a_back_end_fee_on_what_the_shares_cost() -> None:
    """796 shares of 1.500 redeemed at 1.300 within the year: 1,034.80 - 14.16 (a fund company's table of 2010-03-15)."""
    terms = ShareClass(held((0, None, "0", "0")), back_end=BACK_END)
    leaving = redeem(terms, [lot(1, 300, 79_600, "1.500", back_end=True)], 79_600, "1.300", confirmed_on=DAY)
    assert (leaving.gross_minor, leaving.redemption_fee_minor) == (103_480, 0)
    assert (leaving.back_end_fee_minor, leaving.paid_minor) == (1_416, 102_064)


def test_both_fees_together() -> None:
    """1,000 shares of 1.100 at 1.300, 0.5 % and 1.0 %: 6.50 and 10.89, left 1,282.61 (the same table)."""
    terms = ShareClass(held((0, None, "0.005", "0.25")), back_end=BackEndFee(held((0, None, "0.01", "0"))))
    leaving = redeem(terms, [lot(1, 300, 100_000, "1.100", back_end=True)], 100_000, "1.300", confirmed_on=DAY)
    assert (leaving.redemption_fee_minor, leaving.back_end_fee_minor, leaving.paid_minor) == (650, 1_089, 128_261)


def test_reinvested_lots_owe_no_back_end_fee() -> None:
    terms = ShareClass(held((0, None, "0", "0")), back_end=BACK_END)
    lots = [lot(1, 20, 1_000, back_end=True), lot(2, 10, 1_000)]
    leaving = redeem(terms, lots, 2_000, "1", confirmed_on=DAY)
    assert [part.back_end_fee_minor for part in leaving.parts] == [12, 0]


def test_a_back_end_fee_takes_no_more_than_there_is() -> None:
    terms = ShareClass(
        held((0, None, "0.005", "1")), back_end=BackEndFee(held((0, None, "0.5", "0")), deduction="internal")
    )
    leaving = redeem(terms, [lot(1, 20, 100_000, "1", back_end=True)], 100_000, "0.1", confirmed_on=DAY)
    assert (leaving.gross_minor, leaving.redemption_fee_minor) == (10_000, 50)
    assert (leaving.back_end_fee_minor, leaving.paid_minor) == (9_950, 0)


def test_lots_add_up_to_the_whole_however_small_they_are() -> None:
    """Three lots of 0.01 share at 0.5: each half a cent, together two cents, not three and not none."""
    lots = [lot(at, 0, 1) for at in range(3)]
    leaving = redeem(HALF_PERCENT, lots, 3, "0.5", confirmed_on=DAY)
    assert leaving.gross_minor == 2
    assert [part.gross_minor for part in leaving.parts] == [1, 0, 1]


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(1, 10**8), st.decimals("0.01", "9", places=4), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.decimals("0.0001", "20", places=4),
    st.sampled_from(["half_up", "half_even", "down", "up"]),
    st.sampled_from([("cost", "external"), ("lower", "internal")]),
    st.data(),
)
def test_nothing_is_lost_on_the_way_out(
    drawn: list[tuple[int, int, Decimal, bool]], net_value: Decimal, rounding: Any, kind: tuple[Any, Any], data: Any
) -> None:
    lots = [lot(at, days, shares, str(cost), back_end=owes) for at, (days, shares, cost, owes) in enumerate(drawn)]
    terms = ShareClass(USUAL.redemption, back_end=BackEndFee(BACK_END.table, *kind), rounding=rounding)
    total = sum(one.shares for one in lots)
    shares = data.draw(st.integers(1, total))
    leaving = redeem(terms, lots, shares, str(net_value), confirmed_on=DAY)
    assert leaving.shares == shares
    assert sum(one.shares for one in leaving.left) == total - shares
    assert leaving.gross_minor + leaving.remainder == shares * Fraction(net_value)
    assert abs(leaving.remainder) < 1
    assert leaving.gross_minor == leaving.paid_minor + leaving.redemption_fee_minor + leaving.back_end_fee_minor
    for part in leaving.parts:
        assert min(part[2:]) >= 0
        assert part.paid_minor >= 0
        assert abs(part.gross_minor - part.lot.shares * Fraction(net_value)) < 2
        tier = terms.redemption.tier(part.days)
        assert abs(part.redemption_fee_minor - part.gross_minor * Fraction(tier.rate)) < 1
        assert Fraction(tier.fund_share) * part.redemption_fee_minor <= part.fund_minor <= part.redemption_fee_minor
        if not part.lot.back_end or part.days >= 365:
            assert part.back_end_fee_minor == 0


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"shares": 101}, CannotBeMet),
        ({"shares": 0}, OutOfRange),
        ({"net_value": "0"}, OutOfRange),
        ({"confirmed_on": DAY - timedelta(days=1)}, DatesOutOfOrder),
        ({"lots": [lot(1, 0, 100, back_end=True)]}, MissingArgument),
        ({"lots": [lot(1, 0, 2**62)], "shares": 2**62, "net_value": "1000"}, OutOfRange),
    ],
)
def test_refusals(faults: dict[str, Any], error: type[FinanceError]) -> None:
    order = {"lots": [lot(1, 0, 100)], "shares": 100, "net_value": "1", "confirmed_on": DAY} | faults
    with pytest.raises(error):
        redeem(HALF_PERCENT, **order)
