"""A change of the share itself (份额折算, 拆分): every holding times one ratio, the net value divided by it.

A holding is scaled as a whole and rounded by the fund's rule; its lots share the result by largest remainder, so that each
is within the smallest part of a share of its own, and the holding is their sum. Days held go on; a lot's cost per share is
divided by the ratio, to 24 decimals.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, cast

from finance.errors import CannotBeMet, OutOfRange
from finance.exact import LARGEST_AMOUNT, Rounding, decimal, integer, minor_amount, of_kind, rounded
from finance.funds.lots import Lot, holding, in_order
from finance.funds.shares import MOST_PLACES, ShareRule, net_value_of
from finance.splitting import split_largest_remainder

HIGHEST_RATIO = 1_000_000
MOST_RATIO_PLACES = 12
_COST_PLACES = 24
"""Enough that no fee on a holding turns on them; without a bound each split would lengthen the cost."""


class Split(NamedTuple):
    """The lots after it. `rounded_off` is the exact part of the smallest share that rounding took from the holding
    (negative if it added); lots that came to nothing are gone."""

    lots: tuple[Lot, ...]
    rounded_off: Fraction


def split(rule: ShareRule, lots: Iterable[Lot], ratio: Decimal | str) -> Split:
    """One holding's lots times the ratio (2 turns one share into two). Raises `CannotBeMet` if nothing would be left."""
    of_kind(rule, ShareRule, "rule")
    factor = Fraction(_ratio(ratio))
    before = in_order(lots)
    exact = holding(before) * factor
    total = integer(rounded(exact, rule.rounding), "ratio", most=LARGEST_AMOUNT)
    if total == 0:
        raise CannotBeMet("the holding is too small for this ratio", field="ratio")
    parts = split_largest_remainder(total, [lot.shares for lot in before])
    after = (
        lot._replace(shares=part, unit_cost=_cost(lot.unit_cost / factor))
        for lot, part in zip(before, parts, strict=True)
        if part
    )
    return Split(tuple(after), exact - total)


def split_net_value(net_value: Decimal | str, ratio: Decimal | str, *, places: int = 4) -> Decimal:
    """The net value after a split, half up to as many decimals as the fund publishes."""
    integer(places, "places", least=0, most=MOST_PLACES)
    return _at_places(Fraction(net_value_of(net_value)) / Fraction(_ratio(ratio)), places, "half_up")


def index_ratio(
    net_assets_minor: int,
    shares: int,
    index_points: Decimal | str,
    *,
    rule: ShareRule,
    points_per_unit: int = 1_000,
    places: int = 8,
) -> Decimal:
    """The ratio that makes one share of an ETF worth a stated part of its index, half up to 8 decimals.

    (net assets ÷ shares) ÷ (index ÷ 1000): the formula of the prospectus of 华夏上证50ETF (2004).
    """
    of_kind(rule, ShareRule, "rule")
    minor_amount(net_assets_minor, "net_assets_minor", least=1)
    integer(shares, "shares", least=1, most=LARGEST_AMOUNT)
    integer(points_per_unit, "points_per_unit", least=1, most=1_000_000)
    integer(places, "places", least=0, most=MOST_PLACES)
    points = Fraction(decimal(index_points, "index_points"))
    if points <= 0:
        raise OutOfRange("index_points must be positive", field="index_points")
    per_share = net_assets_minor / rule.value(shares, 1)
    return _ratio(_at_places(per_share / (points / points_per_unit), places, "half_up"))


def _cost(exact: Fraction) -> Fraction:
    return Fraction(rounded(exact * 10**_COST_PLACES, "half_even"), 10**_COST_PLACES)


def _ratio(value: Decimal | str) -> Decimal:
    ratio = decimal(value, "ratio")
    if -cast(int, ratio.as_tuple().exponent) > MOST_RATIO_PLACES:
        raise OutOfRange(f"ratio has more than {MOST_RATIO_PLACES} decimals: {ratio}", field="ratio")
    if not 0 < ratio <= HIGHEST_RATIO:
        raise OutOfRange(f"ratio must be positive and at most {HIGHEST_RATIO}, not {ratio}", field="ratio")
    return ratio


def _at_places(value: Fraction, places: int, rounding: Rounding) -> Decimal:
    return Decimal(rounded(value * 10**places, rounding)).scaleb(-places)
