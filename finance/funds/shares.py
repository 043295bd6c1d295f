"""Fund shares: whole numbers of a fund's smallest part of a share, what they are worth, and how many an amount buys.

With two places 93,830.64 shares are the int 9_383_064. Value in minor units = shares × net value (净值) of one share,
exactly; it is rounded by whoever pays it.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple, cast, get_args

from finance.currencies import scale_of
from finance.errors import CannotBeMet, OutOfRange
from finance.exact import LARGEST_AMOUNT, Exact, decimal, fraction, integer, minor_amount, rounded, shown
from finance.funds.fees import require_known

ShareRounding = Literal["half_up", "down"]
Remainder = Literal["fund_assets", "investor"]

MOST_PLACES = 8
HIGHEST_NET_VALUE = 1_000_000


class Issue(NamedTuple):
    """What an amount buys. amount = shares × net value + `refund_minor` + `remainder`, exactly.

    `remainder` is the exact part of a minor unit, or of a share's price, that the fund's assets keep; where shares were
    rounded up it is negative, and they bear it.
    """

    shares: int
    refund_minor: int
    remainder: Fraction


@dataclass(frozen=True, slots=True)
class ShareRule:
    """How a fund counts its shares: `places` decimals, rounded half up (四舍五入) or truncated (截位, "down").

    What the rounding leaves belongs to the fund's assets, or, only where shares are truncated, goes back to the investor
    in whole minor units.
    """

    places: int = 2
    rounding: ShareRounding = "half_up"
    remainder: Remainder = "fund_assets"
    currency: str = "CNY"

    def __post_init__(self) -> None:
        integer(self.places, "places", least=0, most=MOST_PLACES)
        require_known(self.rounding, get_args(ShareRounding), "rounding")
        require_known(self.remainder, get_args(Remainder), "remainder")
        if self.remainder == "investor" and self.rounding != "down":
            raise CannotBeMet("only truncated shares leave something to give back", field="remainder")
        scale_of(self.currency)

    def value(self, shares: int, price: Exact) -> Fraction:
        """What shares are worth in minor units, exactly, at a price of one whole share in major units."""
        return integer(shares, "shares") * fraction(price, "price") * self._minor_units

    def shares_of(self, value_minor: Exact, price: Exact) -> Fraction:
        """How many smallest parts of a share a value buys, exactly; the inverse of `value`."""
        exact = fraction(price, "price")
        if exact <= 0:
            raise OutOfRange(f"price must be positive, not {shown(price)}", field="price")
        return fraction(value_minor, "value_minor") / (exact * self._minor_units)

    def issue(self, amount_minor: int, net_value: Exact) -> Issue:
        """The shares an amount buys. Raises `OutOfRange` if they are more than a bigint holds."""
        minor_amount(amount_minor, "amount_minor", least=0)
        shares = rounded(self.shares_of(amount_minor, net_value), self.rounding)
        integer(shares, "shares", least=0, most=LARGEST_AMOUNT)
        left = amount_minor - self.value(shares, net_value)
        refund = rounded(left, "floor") if self.remainder == "investor" else 0
        return Issue(shares, refund, left - refund)

    @property
    def _minor_units(self) -> Fraction:
        """Minor units of money for the smallest part of a share, at a price of 1."""
        return Fraction(10) ** (scale_of(self.currency) - self.places)


def net_value_of(value: Decimal | str, field: str = "net_value") -> Decimal:
    """A published net value of one share: positive, at most 8 decimals. Funds publish 4, some 3."""
    number = decimal(value, field)
    if not 0 < number <= HIGHEST_NET_VALUE:
        raise OutOfRange(f"{field} must be positive and at most {HIGHEST_NET_VALUE}, not {number}", field=field)
    if -cast(int, number.as_tuple().exponent) > MOST_PLACES:
        raise OutOfRange(f"{field} has more than {MOST_PLACES} decimals: {number}", field=field)
    return number
