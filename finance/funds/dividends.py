"""Distributions of a fund (分红): in cash, or reinvested at the net value of the ex-date without a fee.

A holding receives shares × dividend per share, rounded once, on all shares of the day of record together. Reinvested it
becomes a lot of its own, held from its own confirmation; no entry fee was saved on it, so none is owed on leaving.

Source: prospectuses, 现金红利 by default; 红利再投资 at 除息日的基金份额净值, free of 申购费.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from finance.errors import CannotBeMet
from finance.exact import integer, minor_amount, of_kind, rounded
from finance.funds.lots import Lot, holding, in_order
from finance.funds.orders import ShareClass, new_lot
from finance.funds.shares import net_value_of


@dataclass(frozen=True, slots=True)
class Dividend:
    """What a holding receives. `amount_minor` = `cash_minor` + value of the new lot's shares + `remainder`, exactly.

    `lot` is None for cash, and where the amount buys no share: it then stays with the fund as `remainder`, or is paid in
    cash where the fund gives remainders back.
    """

    amount_minor: int
    cash_minor: int
    remainder: Fraction
    lot: Lot | None


def pay_in_cash(terms: ShareClass, lots: Iterable[Lot], per_share: Decimal | str) -> Dividend:
    """The dividend on the lots held on the day of record, `per_share` in major units."""
    amount = _amount(terms, lots, per_share)
    return Dividend(amount, amount, Fraction(0), None)


def reinvest(
    terms: ShareClass,
    lots: Iterable[Lot],
    per_share: Decimal | str,
    ex_net_value: Decimal | str,
    *,
    confirmed_on: date,
    number: int,
) -> Dividend:
    """The same as shares, at the net value after the dividend was taken out of it."""
    integer(number, "number", least=0)
    held = in_order(lots)
    if any(lot.number == number for lot in held):
        raise CannotBeMet(f"lot {number} is there already", field="number")
    amount = _amount(terms, held, per_share)
    price = net_value_of(ex_net_value, "ex_net_value")
    issue = terms.shares.issue(amount, price)
    lot = new_lot(number, confirmed_on, issue.shares, price, back_end=False) if issue.shares else None
    return Dividend(amount, issue.refund_minor, issue.remainder, lot)


def _amount(terms: ShareClass, lots: Iterable[Lot], per_share: Decimal | str) -> int:
    of_kind(terms, ShareClass, "terms")
    worth = terms.shares.value(holding(in_order(lots)), net_value_of(per_share, "per_share"))
    return minor_amount(rounded(worth, terms.rounding), "per_share")
