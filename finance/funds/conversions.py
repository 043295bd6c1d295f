"""From one fund into another in one order (基金转换).

Shares leave the old fund first in, first out, with its redemption and back-end fees; what is left enters the new fund. If
entering the new one costs more than entering the old one did, the difference is charged (申购补差费), by one of two customs:

* `rates`: difference = amount × d ÷ (1 + d), with d the new rate less the old one at that amount;
* `fees`: difference = the new fund's fee on that amount less the old fund's, each by its own table.

Where a flat sum is in force in either table the difference is one of fees, as there is no rate. It is never negative. The
new lot is held from its own confirmation.

Source: fund companies' conversion announcements, 补差费 = (转出金额 − 赎回费) × 补差费率 ÷ (1 + 补差费率);
转入份额 = 转入金额 ÷ 转入基金当日基金份额净值.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from finance.errors import CannotBeMet, CurrencyMismatch
from finance.exact import fraction, of_kind
from finance.funds.fees import NO_DISCOUNT, Charge, EntryFee, require_known
from finance.funds.lots import Lot
from finance.funds.orders import ShareClass, entry_charge, new_lot
from finance.funds.redemptions import Redemption, redeem
from finance.funds.shares import net_value_of

Difference = Literal["rates", "fees"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Both halves. What the old fund paid = `net_minor` + `difference_fee_minor`; net = value of the new lot's shares +
    `refund_minor` + `remainder`, exactly. `redemption.left` are the old fund's lots that stay."""

    redemption: Redemption
    difference_fee_minor: int
    net_minor: int
    refund_minor: int
    remainder: Fraction
    lot: Lot
    ratio: Fraction
    """Whole shares received for one whole share given."""


def convert(
    old: ShareClass,
    new: ShareClass,
    lots: Iterable[Lot],
    shares: int,
    old_net_value: Decimal | str,
    new_net_value: Decimal | str,
    *,
    confirmed_on: date,
    number: int,
    difference: Difference = "rates",
    back_end: bool = False,
) -> Conversion:
    """Converts shares at the net values of the order's day; `number` becomes that of the lot in the new fund.

    With `back_end` the new fund's entry fee waits until that lot leaves, and no difference is charged now.
    """
    require_known(difference, get_args(Difference), "difference")
    of_kind(old, ShareClass, "old")
    of_kind(new, ShareClass, "new")
    of_kind(back_end, bool, "back_end")
    if old.shares.currency != new.shares.currency:
        raise CurrencyMismatch(f"from {old.shares.currency} into {new.shares.currency}", field="new")
    price = net_value_of(new_net_value, "new_net_value")
    leaving = redeem(old, lots, shares, old_net_value, confirmed_on=confirmed_on)
    if leaving.paid_minor <= 0:
        raise CannotBeMet("after its fees nothing is left to convert", field="shares")
    if back_end or new.purchase is None:
        net, fee = entry_charge(new, None, leaving.paid_minor, NO_DISCOUNT, back_end=back_end)
    else:
        net, fee = _difference(old.purchase, new.purchase, leaving.paid_minor, difference)
    issue = new.shares.issue(net, price)
    lot = new_lot(number, confirmed_on, issue.shares, price, back_end=back_end)
    ratio = Fraction(issue.shares, shares) * Fraction(10) ** (old.shares.places - new.shares.places)
    return Conversion(leaving, fee, net, issue.refund_minor, issue.remainder, lot, ratio)


def _difference(old: EntryFee | None, new: EntryFee, amount_minor: int, by: Difference) -> Charge:
    old_rate = Decimal(0) if old is None else old.table.tier(amount_minor).rate
    new_rate = new.table.tier(amount_minor).rate
    if by == "rates" and old_rate is not None and new_rate is not None:
        return new.charge_at(amount_minor, max(Fraction(0), fraction(new_rate, "rate") - fraction(old_rate, "rate")))
    old_fee = 0 if old is None else old.charge(amount_minor).fee_minor
    fee = max(0, new.charge(amount_minor).fee_minor - old_fee)
    return Charge(amount_minor - fee, fee)
