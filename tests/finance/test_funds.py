from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, FinanceError, InexactNumber, MissingArgument, OutOfRange, UnknownChoice
from finance.funds.days import confirmation_day, pricing_day
from finance.funds.fees import AmountTable, AmountTier, BackEndFee, Discount, EntryFee, HoldingTable, HoldingTier
from finance.funds.lots import Lot
from finance.funds.orders import Entry, ShareClass, purchase, subscribe
from finance.funds.shares import ShareRule

DAY = date(2024, 3, 5)
FREE = HoldingTable((HoldingTier(0, None, Decimal(0)),))


def at_rate(rate: str) -> EntryFee:
    return EntryFee(AmountTable((AmountTier(0, None, Decimal(rate)),)))


def fund(rate: str = "0.015", **terms: Any) -> ShareClass:
    return ShareClass(FREE, purchase=at_rate(rate), subscription=at_rate(rate), **terms)


def bought(amount: int, net_value: str, terms: ShareClass) -> Entry:
    return purchase(terms, amount, net_value, confirmed_on=DAY, number=0)


@pytest.mark.parametrize(
    ("amount", "rate", "net_value", "shares"),
    [
        # Prospectuses as lawinsider.com collects them.
        (10_000_000, "0.012", "1.1800", 8_374_087),
        (10_000_000, "0.015", "1.0170", 9_687_529),
        (10_000_000, "0.015", "1.0168", 9_689_435),
        (500_000, "0.012", "1.1280", 438_006),
        # 98,522.17 ÷ 1.0500 = 93,830.638
        (10_000_000, "0.015", "1.0500", 9_383_064),
    ],
)
def test_purchases_as_prospectuses_reckon_them(amount: int, rate: str, net_value: str, shares: int) -> None:
    entry = bought(amount, net_value, fund(rate))
    assert entry.lot == Lot(0, DAY, shares, Fraction(net_value), False)
    assert entry.net_minor + entry.fee_minor == amount


def test_a_subscription_turns_its_interest_into_shares() -> None:
    entry = subscribe(fund("0.01"), 10_000_000, 5_000, confirmed_on=DAY, number=1)
    assert (entry.net_minor, entry.fee_minor, entry.interest_minor) == (9_900_990, 99_010, 5_000)
    assert entry.lot == Lot(1, DAY, 9_905_990, Fraction(1), False)
    assert entry.remainder == 0


def test_subscription_and_purchase_have_their_own_fees() -> None:
    terms = ShareClass(FREE, purchase=at_rate("0.015"), subscription=at_rate("0.012"))
    assert subscribe(terms, 10_000_000, 0, confirmed_on=DAY, number=1).fee_minor == 118_577
    assert bought(10_000_000, "1", terms).fee_minor == 147_783
    assert bought(10_000_000, "1", ShareClass(FREE)).fee_minor == 0


def test_interest_of_a_fund_of_whole_shares_is_truncated() -> None:
    """Whole shares (an ETF): 5,000.50 buys 5,001 shares half up, 3.99 of interest three."""
    entry = subscribe(ShareClass(FREE, shares=ShareRule(places=0)), 500_050, 399, confirmed_on=DAY, number=1)
    assert entry.lot.shares == 5_001 + 3
    assert entry.remainder == -50 + 99


def test_shares_are_rounded_or_truncated_and_the_rest_has_an_owner() -> None:
    half_up = bought(10_000_000, "1.0500", fund("0.015"))
    assert (half_up.lot.shares, half_up.refund_minor, half_up.remainder) == (9_383_064, 0, Fraction("-0.2"))
    down = bought(10_000_000, "1.0500", fund("0.015", shares=ShareRule(rounding="down")))
    assert (down.lot.shares, down.refund_minor, down.remainder) == (9_383_063, 0, Fraction("0.85"))
    whole = bought(
        10_000_000, "1.0500", fund("0.015", shares=ShareRule(places=0, rounding="down", remainder="investor"))
    )
    # 98,522.17 buys 93,830 shares of 1.05 for 98,521.50.
    assert (whole.lot.shares, whole.refund_minor, whole.remainder) == (93_830, 67, 0)
    assert bought(10**10, "1000000", fund("0")).lot.shares == 10_000
    assert bought(100, "0.00000001", fund("0")).lot.shares == 10**10
    fine = bought(10_000_000, "1.0500", fund("0.015", shares=ShareRule(places=4)))
    assert fine.lot.shares == 938_306_381


def test_a_currency_without_minor_unit() -> None:
    entry = bought(10_150, "105.5", fund("0.015", shares=ShareRule(currency="JPY")))
    assert (entry.net_minor, entry.lot.shares) == (10_000, 9_479)  # 10,000 ÷ 105.5 = 94.787 shares


def test_back_end_lots_pay_nothing_now() -> None:
    terms = fund(back_end=BackEndFee(HoldingTable((HoldingTier(0, None, Decimal("0.01")),))))
    entry = purchase(terms, 10_000_000, "1.25", confirmed_on=DAY, number=3, back_end=True)
    assert (entry.fee_minor, entry.net_minor) == (0, 10_000_000)
    assert entry.lot == Lot(3, DAY, 8_000_000, Fraction("1.25"), True)
    assert subscribe(terms, 10_000_000, 0, confirmed_on=DAY, number=3, back_end=True).lot.back_end
    with pytest.raises(MissingArgument):
        purchase(fund(), 10_000_000, "1.25", confirmed_on=DAY, number=3, back_end=True)


def test_a_discount_reaches_the_fee() -> None:
    entry = purchase(fund(), 10_000_000, "1", confirmed_on=DAY, number=1, discount=Discount(Decimal("0.1")))
    assert entry.fee_minor == 14_978  # 0.15 %: 100,000 - 99,850.22
    entry = subscribe(fund(), 10_000_000, 0, confirmed_on=DAY, number=1, discount=Discount(Decimal("0.1")))
    assert entry.fee_minor == 14_978


@given(
    amount=st.integers(20_000, 10**12),
    interest=st.integers(0, 10**6),
    net_value=st.decimals("0.0001", "99", places=4),
    places=st.integers(0, 4),
    keeping=st.sampled_from([("half_up", "fund_assets"), ("down", "fund_assets"), ("down", "investor")]),
)
def test_nothing_is_lost_on_the_way_in(
    amount: int, interest: int, net_value: Decimal, places: int, keeping: tuple[Any, Any]
) -> None:
    terms = fund(shares=ShareRule(places, *keeping))
    bought_one = bought(amount, str(net_value), terms)
    offered = subscribe(terms, amount, interest, confirmed_on=DAY, number=1, face_value=net_value)
    for entry, earned in ((bought_one, 0), (offered, interest)):
        assert entry.amount_minor == entry.net_minor + entry.fee_minor == amount
        assert entry.interest_minor == earned
        value = entry.lot.shares * Fraction(net_value) * 100 / 10**places
        assert entry.net_minor + earned == value + entry.refund_minor + entry.remainder
        assert entry.refund_minor >= 0
        smallest = Fraction(net_value) * 100 / 10**places
        if keeping == ("half_up", "fund_assets"):
            assert -smallest / 2 <= entry.remainder < smallest / 2 + (smallest if earned else 0)
        else:
            assert 0 <= entry.remainder < smallest * (2 if earned else 1)
        if keeping[1] == "investor" and not earned:
            assert entry.remainder < 1


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"amount_minor": 0}, OutOfRange),
        ({"amount_minor": -5}, OutOfRange),
        ({"amount_minor": 1.5}, InexactNumber),
        ({"amount_minor": True}, InexactNumber),
        ({"amount_minor": 1, "net_value": "1000"}, CannotBeMet),
        ({"net_value": "0"}, OutOfRange),
        ({"net_value": "-1"}, OutOfRange),
        ({"net_value": "NaN"}, InexactNumber),
        ({"net_value": 1.05}, InexactNumber),
        ({"net_value": "1.123456789"}, OutOfRange),
        ({"net_value": "1000001"}, OutOfRange),
        ({"amount_minor": 2**62, "net_value": "0.00000001"}, OutOfRange),
        ({"number": -1}, OutOfRange),
        ({"confirmed_on": "2024-03-05"}, InexactNumber),
    ],
)
def test_orders_that_are_refused(faults: dict[str, Any], error: type[FinanceError]) -> None:
    order = {"amount_minor": 10_000, "net_value": "1.05", "confirmed_on": DAY, "number": 1} | faults
    with pytest.raises(error):
        purchase(fund(), **order)


def test_other_refusals() -> None:
    with pytest.raises(OutOfRange):
        subscribe(fund(), 100, -1, confirmed_on=DAY, number=1)
    with pytest.raises(OutOfRange):
        ShareRule(places=9)
    with pytest.raises(UnknownChoice):
        ShareRule(rounding="up")  # type: ignore[arg-type]
    with pytest.raises(UnknownChoice):
        ShareRule(remainder="manager")  # type: ignore[arg-type]
    with pytest.raises(CannotBeMet):
        ShareRule(remainder="investor")
    with pytest.raises(FinanceError):
        ShareRule(currency="XXX")
    with pytest.raises(UnknownChoice):
        ShareClass(FREE, rounding="nearest")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "at", "priced"),
    [
        (date(2024, 3, 4), time(14, 59, 59), date(2024, 3, 4)),
        (date(2024, 3, 4), time(15), date(2024, 3, 5)),
        (date(2024, 3, 8), time(15), date(2024, 3, 11)),
        (date(2024, 3, 9), time(9), date(2024, 3, 11)),
        (date(2024, 9, 30), time(15, 0, 1), date(2024, 10, 8)),  # National Day
    ],
)
def test_orders_are_dealt_at_a_value_nobody_knows_yet(day: date, at: time, priced: date) -> None:
    assert pricing_day(day, at) == priced


def test_confirmation_follows_by_business_days() -> None:
    assert confirmation_day(date(2024, 3, 8)) == date(2024, 3, 11)
    assert confirmation_day(date(2024, 3, 8), after_days=2) == date(2024, 3, 12)
    assert confirmation_day(date(2024, 3, 8), after_days=0) == date(2024, 3, 8)
    assert confirmation_day(date(2024, 3, 8), calendar="none") == date(2024, 3, 9)
    assert pricing_day(DAY, time(13), cut_off=time(12)) == date(2024, 3, 6)
    assert pricing_day(date(2024, 3, 9), time(9), calendar="none") == date(2024, 3, 9)
    with pytest.raises(InexactNumber):
        pricing_day(DAY, "15:00")  # type: ignore[arg-type]
    with pytest.raises(InexactNumber):
        pricing_day(DAY, time(13), cut_off=None)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        confirmation_day(DAY, after_days=31)


def test_no_fund_is_dealt_on_a_weekend_of_make_up_work() -> None:
    assert pricing_day(date(2024, 9, 29), time(9)) == date(2024, 9, 30)
    assert confirmation_day(date(2024, 10, 11)) == date(2024, 10, 14)
