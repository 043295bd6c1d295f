"""Leaving a fund: shares redeemed first in, first out, each lot with the fees of its own days held.

The whole redemption is worth shares × net value, rounded once; a lot's part of that is the difference of the running
totals, so that the parts add up to it. On each lot: redemption fee = its value × rate; for a lot that owes it, the
back-end fee, which never takes more than the redemption fee leaves. The investor is paid what is left; of the redemption
fee at least the stated share stays with the fund (归入基金财产).

Source: prospectuses, 赎回总额 = 赎回份额 × T日基金份额净值; 赎回费用 = 赎回总额 × 赎回费率;
后端申购费 = 赎回份额 × 申购日基金份额净值 × 后端申购费率 ÷ (1 + 后端申购费率).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from finance.errors import MissingArgument
from finance.exact import fraction, minor_amount, of_kind, rounded
from finance.funds.lots import Lot, holding_days, running_totals, take
from finance.funds.orders import ShareClass
from finance.funds.shares import net_value_of


class RedeemedLot(NamedTuple):
    """A lot, or the part of it, that leaves. Amounts in minor units; `fund_minor` is the fund's part of the redemption
    fee, the rest of the fee the seller's and registrar's."""

    lot: Lot
    days: int
    gross_minor: int
    redemption_fee_minor: int
    fund_minor: int
    back_end_fee_minor: int

    @property
    def paid_minor(self) -> int:
        return self.gross_minor - self.redemption_fee_minor - self.back_end_fee_minor


@dataclass(frozen=True, slots=True)
class Redemption:
    """What leaves, oldest lot first, and the lots that stay. gross = paid + redemption fee + back-end fee.

    `remainder` is the exact value of the shares less `gross_minor`: what the rounding left with the fund.
    """

    parts: tuple[RedeemedLot, ...]
    left: tuple[Lot, ...]
    remainder: Fraction

    @property
    def shares(self) -> int:
        return sum(part.lot.shares for part in self.parts)

    @property
    def gross_minor(self) -> int:
        return sum(part.gross_minor for part in self.parts)

    @property
    def redemption_fee_minor(self) -> int:
        return sum(part.redemption_fee_minor for part in self.parts)

    @property
    def fund_minor(self) -> int:
        return sum(part.fund_minor for part in self.parts)

    @property
    def back_end_fee_minor(self) -> int:
        return sum(part.back_end_fee_minor for part in self.parts)

    @property
    def paid_minor(self) -> int:
        return sum(part.paid_minor for part in self.parts)


def redeem(
    terms: ShareClass, lots: Iterable[Lot], shares: int, net_value: Decimal | str, *, confirmed_on: date
) -> Redemption:
    """Redeems shares at the net value of the order's day; `confirmed_on` is when leaving is confirmed.

    Raises `CannotBeMet` for more shares than are held, `DatesOutOfOrder` for lots confirmed later than that day.
    """
    price = net_value_of(net_value)
    of_kind(terms, ShareClass, "terms")
    taken, left = take(lots, shares)
    worth = terms.shares.value(shares, price)
    minor_amount(rounded(worth, terms.rounding), "shares")
    parts, before = [], 0
    for lot, total in zip(taken, running_totals(taken), strict=True):
        upto = rounded(terms.shares.value(total, price), terms.rounding)
        parts.append(_redeemed(terms, lot, upto - before, holding_days(lot, confirmed_on)))
        before = upto
    return Redemption(tuple(parts), left, worth - before)


def _redeemed(terms: ShareClass, lot: Lot, gross_minor: int, days: int) -> RedeemedLot:
    tier = terms.redemption.tier(days)
    fee = rounded(gross_minor * fraction(tier.rate, "rate"), terms.rounding)
    # Rounded up: the law says how much the fund gets at least.
    fund = rounded(fee * fraction(tier.fund_share, "fund_share"), "ceiling")
    return RedeemedLot(lot, days, gross_minor, fee, fund, _back_end_fee(terms, lot, days, gross_minor, fee))


def _back_end_fee(terms: ShareClass, lot: Lot, days: int, gross_minor: int, fee_minor: int) -> int:
    if not lot.back_end:
        return 0
    if terms.back_end is None:
        raise MissingArgument(f"lot {lot.number} owes a back-end fee that the class does not have", field="back_end")
    cost = terms.shares.value(lot.shares, lot.unit_cost)
    return min(terms.back_end.fee_minor(days, cost, gross_minor), gross_minor - fee_minor)
