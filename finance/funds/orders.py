"""Orders for shares of a publicly offered fund (公募基金): subscription and purchase.

During the offer period money subscribes (认购) at face value, and the interest it earned until the fund came about becomes
shares too. Later orders purchase (申购) at the net value of their day, which nobody knows while orders are taken; which day
that is says `finance.funds.days`. Leaving is `finance.funds.redemptions`, from one fund into another
`finance.funds.conversions`, distributions `finance.funds.dividends`, a change of the share itself `finance.funds.splits`.

Nothing is lost on the way: amount = net + fee to the minor unit, and net = shares × net value + refund + remainder
exactly. Fees are rounded to the minor unit as `EntryFee` says, shares as `ShareRule` says.

Source: CSRC, 公开募集证券投资基金运作管理办法, and the formulas of prospectuses (申购份额 = 净申购金额 ÷ 申购当日基金份额净值; 认购份额 =
(净认购金额 + 认购利息) ÷ 基金份额面值).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from finance.errors import CannotBeMet, MissingArgument
from finance.exact import Rounding, integer, known_rounding, minor_amount, of_kind, plain_day, rounded
from finance.funds.fees import NO_DISCOUNT, BackEndFee, Charge, Discount, EntryFee, HoldingTable
from finance.funds.lots import Lot
from finance.funds.shares import ShareRule, net_value_of

FACE_VALUE = Decimal("1.0000")
USUAL_SHARES = ShareRule()
"""Two places, half up, remainders to the fund, in yuan."""


@dataclass(frozen=True, slots=True)
class ShareClass:
    """The terms of one class of a fund's shares (份额类别).

    `purchase` and `subscription` are its front-end fees, None where there is none; `back_end` the fee of lots that chose to
    pay on leaving; `rounding` that of money paid out and of the fees taken from it.
    """

    redemption: HoldingTable
    purchase: EntryFee | None = None
    subscription: EntryFee | None = None
    back_end: BackEndFee | None = None
    shares: ShareRule = USUAL_SHARES
    rounding: Rounding = "half_up"

    def __post_init__(self) -> None:
        of_kind(self.redemption, HoldingTable, "redemption")
        for fee, field in ((self.purchase, "purchase"), (self.subscription, "subscription")):
            of_kind(fee, EntryFee | None, field)
        of_kind(self.back_end, BackEndFee | None, "back_end")
        of_kind(self.shares, ShareRule, "shares")
        known_rounding(self.rounding)


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that became shares. `amount_minor` + `interest_minor` = net + fee + interest, all in minor units.

    net + interest = value of the lot's shares + `refund_minor` + `remainder`, exactly; see `finance.funds.shares.Issue`.
    """

    amount_minor: int
    net_minor: int
    fee_minor: int
    interest_minor: int
    refund_minor: int
    remainder: Fraction
    lot: Lot


def purchase(
    terms: ShareClass,
    amount_minor: int,
    net_value: Decimal | str,
    *,
    confirmed_on: date,
    number: int,
    discount: Discount = NO_DISCOUNT,
    back_end: bool = False,
) -> Entry:
    """A purchase at the net value of its day; `number` becomes the lot's.

    With `back_end` the entry fee is left until redemption. An amount that buys no share raises `CannotBeMet`.
    """
    price = net_value_of(net_value)
    of_kind(terms, ShareClass, "terms")
    net, fee = entry_charge(terms, terms.purchase, amount_minor, discount, back_end=back_end)
    issue = terms.shares.issue(net, price)
    lot = new_lot(number, confirmed_on, issue.shares, price, back_end=back_end)
    return Entry(amount_minor, net, fee, 0, issue.refund_minor, issue.remainder, lot)


def subscribe(
    terms: ShareClass,
    amount_minor: int,
    interest_minor: int,
    *,
    confirmed_on: date,
    number: int,
    discount: Discount = NO_DISCOUNT,
    back_end: bool = False,
    face_value: Decimal | str = FACE_VALUE,
) -> Entry:
    """A subscription at face value, confirmed on the day the fund comes about.

    Interest bears no fee; it becomes shares of its own, truncated to the smallest part of a share.
    """
    price = net_value_of(face_value, "face_value")
    of_kind(terms, ShareClass, "terms")
    minor_amount(interest_minor, "interest_minor", least=0)
    net, fee = entry_charge(terms, terms.subscription, amount_minor, discount, back_end=back_end)
    issue = terms.shares.issue(net, price)
    extra = rounded(terms.shares.shares_of(interest_minor, price), "down")
    left = issue.remainder + interest_minor - terms.shares.value(extra, price)
    lot = new_lot(number, confirmed_on, issue.shares + extra, price, back_end=back_end)
    return Entry(amount_minor, net, fee, interest_minor, issue.refund_minor, left, lot)


def entry_charge(
    terms: ShareClass, fee: EntryFee | None, amount_minor: int, discount: Discount, *, back_end: bool
) -> Charge:
    """Net and fee of an order by its own fee, or without one now."""
    minor_amount(amount_minor, "amount_minor", least=1)
    if of_kind(back_end, bool, "back_end") and terms.back_end is None:
        raise MissingArgument("the share class has no back-end fee to choose", field="back_end")
    if back_end or fee is None:
        return Charge(amount_minor, 0)
    return fee.charge(amount_minor, discount)


def new_lot(number: int, confirmed_on: date, shares: int, price: Decimal, *, back_end: bool) -> Lot:
    if shares == 0:
        raise CannotBeMet("the amount buys no share", field="amount_minor")
    integer(number, "number", least=0)
    return Lot(number, plain_day(confirmed_on, "confirmed_on"), shares, Fraction(price), back_end)
