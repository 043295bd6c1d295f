from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, CurrencyMismatch, FinanceError, MissingArgument, UnknownChoice
from finance.funds.conversions import Conversion, convert
from finance.funds.fees import AmountTable, AmountTier, BackEndFee, EntryFee, HoldingTable, HoldingTier
from finance.funds.lots import Lot
from finance.funds.orders import ShareClass
from finance.funds.redemptions import redeem
from finance.funds.shares import ShareRule

DAY = date(2010, 3, 16)
BOUGHT = date(2009, 9, 1)


def fund(purchase: str | None, redemption: str = "0.005", **terms: Any) -> ShareClass:
    entry = None if purchase is None else EntryFee(AmountTable((AmountTier(0, None, Decimal(purchase)),)))
    return ShareClass(HoldingTable((HoldingTier(0, None, Decimal(redemption)),)), purchase=entry, **terms)


def back_end(rate: str) -> BackEndFee:
    return BackEndFee(HoldingTable((HoldingTier(0, None, Decimal(rate)),)))


def converted(old: ShareClass, new: ShareClass, old_net_value: str, new_net_value: str, **facts: Any) -> Conversion:
    terms: dict[str, Any] = {"lots": [Lot(1, BOUGHT, 100_000, Fraction(1))], "shares": 100_000}
    terms |= {"confirmed_on": DAY, "number": 9} | facts
    return convert(old, new, terms.pop("lots"), terms.pop("shares"), old_net_value, new_net_value, **terms)


def test_from_back_end_with_a_difference_of_entry_fees() -> None:
    """A fund company's table (orders of 2010-03-15, as lawinsider.com has it): 1,000 shares at 1.200, bought at 1.100."""
    lots = [Lot(1, BOUGHT, 100_000, Fraction("1.100"), True)]
    both = converted(fund("0.015", back_end=back_end("0.018")), fund("0.02"), "1.200", "1.300", lots=lots)
    assert both.redemption.gross_minor == 120_000
    assert both.redemption.redemption_fee_minor == 600
    assert both.redemption.back_end_fee_minor == 1_945
    assert both.redemption.paid_minor == 117_455
    assert (both.net_minor, both.difference_fee_minor) == (116_871, 584)
    assert both.lot == Lot(9, DAY, 89_901, Fraction("1.3"), False)


def test_into_a_fund_that_charges_on_leaving() -> None:
    """The same table: 1,000 shares at 1.200 less 0.5 % are 1,194.00, at 1.500 796.00 shares; redeemed at 1.300: 1,020.64."""
    new = fund("0.02", "0", back_end=back_end("0.012"))
    into = converted(fund("0.015"), new, "1.200", "1.500", back_end=True)
    assert (into.net_minor, into.difference_fee_minor) == (119_400, 0)
    assert into.lot == Lot(9, DAY, 79_600, Fraction("1.5"), True)
    assert into.ratio == Fraction("0.796")
    later = redeem(new, [into.lot], 79_600, "1.300", confirmed_on=date(2011, 1, 1))
    assert (later.gross_minor, later.back_end_fee_minor, later.paid_minor) == (103_480, 1_416, 102_064)


def test_a_question_answered_with_numbers() -> None:
    """100 shares at 1.2, redemption 1.5 %, difference 0.5 %: 1.80 and 0.59 (lvdouya.com.cn/ask; it drops the 0.588 to 0.58)."""
    both = converted(
        fund("0.01", "0.015"), fund("0.015"), "1.2", "1", lots=[Lot(1, BOUGHT, 10_000, Fraction(1))], shares=10_000
    )
    assert (both.redemption.redemption_fee_minor, both.difference_fee_minor) == (180, 59)


def test_no_difference_downwards_and_from_funds_without_a_fee() -> None:
    assert converted(fund("0.015"), fund("0.01"), "1", "1").difference_fee_minor == 0
    assert converted(fund("0.015"), fund(None), "1", "1").difference_fee_minor == 0
    whole = converted(fund(None, "0"), fund("0.015"), "1", "1")
    assert (whole.net_minor, whole.difference_fee_minor) == (98_522, 1_478)


def test_a_difference_of_fees_is_not_one_of_rates() -> None:
    """1,000.00 from 1.0 % to 1.5 %: 1,000 × 0.005 ÷ 1.005 = 4.98; but 14.78 - 9.90 = 4.88."""
    old, new = fund("0.01", "0"), fund("0.015")
    assert converted(old, new, "1", "1").difference_fee_minor == 498
    assert converted(old, new, "1", "1", difference="fees").difference_fee_minor == 488
    assert converted(new, old, "1", "1", difference="fees").difference_fee_minor == 0


def test_a_flat_sum_makes_it_a_difference_of_fees() -> None:
    tiers = (AmountTier(0, 50_000, Decimal("0.015")), AmountTier(50_000, None, flat_minor=1_000))
    flat = ShareClass(HoldingTable((HoldingTier(0, None, Decimal(0)),)), purchase=EntryFee(AmountTable(tiers)))
    assert converted(flat, fund("0.015"), "1", "1").difference_fee_minor == 478
    assert converted(fund(None, "0"), flat, "1", "1").difference_fee_minor == 1_000
    assert converted(fund("0.015", "0"), flat, "1", "1").difference_fee_minor == 0


def test_the_oldest_lots_are_converted_and_the_rest_stays() -> None:
    lots = [Lot(2, DAY, 100_000, Fraction(1)), Lot(1, BOUGHT, 100_000, Fraction(1))]
    both = converted(fund("0.015"), fund("0.015"), "1", "2", lots=lots, shares=150_000)
    assert [part.lot.number for part in both.redemption.parts] == [1, 2]
    assert both.redemption.left == (Lot(2, DAY, 50_000, Fraction(1)),)
    assert both.lot.shares == 74_625


def test_a_ratio_is_of_whole_shares_whatever_their_decimals() -> None:
    fine = fund(None, shares=ShareRule(places=4))
    both = converted(fund(None, "0"), fine, "1", "2")
    assert (both.lot.shares, both.ratio) == (5_000_000, Fraction(1, 2))


@given(
    st.integers(1_000, 10**9),
    st.decimals("0.1", "9", places=4),
    st.decimals("0.1", "9", places=4),
    st.sampled_from(["rates", "fees"]),
    st.sampled_from(["0", "0.006", "0.01", "0.015"]),
    st.sampled_from(["0", "0.006", "0.01", "0.015"]),
)
def test_nothing_is_lost_between_funds(
    shares: int, old_value: Decimal, new_value: Decimal, difference: str, old_rate: str, new_rate: str
) -> None:
    lots = [Lot(1, BOUGHT, shares, Fraction(1))]
    both = converted(
        fund(old_rate), fund(new_rate), str(old_value), str(new_value), lots=lots, shares=shares, difference=difference
    )
    leaving = both.redemption
    assert leaving.gross_minor == leaving.redemption_fee_minor + both.difference_fee_minor + both.net_minor
    assert both.net_minor == both.lot.shares * Fraction(new_value) + both.refund_minor + both.remainder
    assert both.difference_fee_minor >= 0
    assert (both.difference_fee_minor == 0) or Decimal(new_rate) > Decimal(old_rate)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"difference": "sums"}, UnknownChoice),
        ({"back_end": True}, MissingArgument),
        ({"shares": 100_001}, CannotBeMet),
        ({"shares": 1, "new_net_value": "100"}, CannotBeMet),
        ({"shares": 1, "old_net_value": "0.1"}, CannotBeMet),
        ({"old_net_value": "-1"}, FinanceError),
        ({"new_net_value": 1.0}, FinanceError),
    ],
)
def test_refusals(facts: dict[str, Any], error: type[FinanceError]) -> None:
    values = {"old_net_value": "1", "new_net_value": "1"}
    with pytest.raises(error):
        converted(fund("0.01"), fund("0.015"), **(values | facts))


def test_a_cent_is_enough_and_nothing_is_not() -> None:
    one = [Lot(1, BOUGHT, 1, Fraction(1))]
    assert converted(fund(None, "0"), fund(None), "1", "1", lots=one, shares=1).lot.shares == 1
    dear = fund(None, "0.9", rounding="up")
    new = fund(None, back_end=back_end("0.01"))
    with pytest.raises(CannotBeMet) as refused:
        converted(dear, new, "1", "1", lots=one, shares=1, back_end=True)
    assert refused.value.field == "shares"


def test_two_currencies_are_no_conversion() -> None:
    with pytest.raises(CurrencyMismatch):
        converted(fund("0.01"), fund("0.01", shares=ShareRule(currency="USD")), "1", "1")
