"""The lots of one investor in one fund, served first in, first out (先进先出).

Every order that brings shares makes a lot with its own day of confirmation, from which holding is counted in calendar
days: that day counts, the day on which leaving is confirmed does not. Bought Monday, confirmed Tuesday, redeemed the
next Monday, confirmed Tuesday: 7 days. Lots are values: what changes them returns new ones.

Source for the count: the registrars' practice under the redemption fee chapters of prospectuses, 持有期自份额确认日至赎回确认日
前一日.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange, WrongShape
from finance.exact import LARGEST_AMOUNT, fraction, integer, listed, of_kind, plain_day, shown

LARGEST_LOTS = 100_000


class Lot(NamedTuple):
    """Shares of one order, in the fund's smallest part of a share.

    `number` tells lots apart and orders those of one day; `unit_cost` is the price of one whole share on the day it was
    bought, in major units; `back_end` says that its entry fee is still owed and taken on leaving.
    """

    number: int
    confirmed_on: date
    shares: int
    unit_cost: Fraction
    back_end: bool = False


class Taken(NamedTuple):
    """Lots, or parts of lots, that an order takes out, and what is left."""

    taken: tuple[Lot, ...]
    left: tuple[Lot, ...]


def in_order(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """Lots by day of confirmation, then number. A number twice, no shares or a bad figure raises a `FinanceError`."""
    entries = listed(lots, "lots", most=LARGEST_LOTS)
    found = sorted(map(_checked, entries), key=lambda lot: (lot.confirmed_on, lot.number))
    if len({lot.number for lot in found}) != len(found):
        raise OutOfRange("two lots have one number", field="lots")
    return tuple(found)


def holding(lots: Iterable[Lot]) -> int:
    """All shares together."""
    return sum(lot.shares for lot in lots)


def with_lot(lots: Iterable[Lot], lot: Lot | None) -> tuple[Lot, ...]:
    """The lots with one more, in order; an order that brought no shares brings no lot."""
    return in_order(lots) if lot is None else in_order([*in_order(lots), lot])


def take(lots: Iterable[Lot], shares: int) -> Taken:
    """The oldest lots up to so many shares, the last one in part. More than are held raise `CannotBeMet`."""
    ordered = in_order(lots)
    integer(shares, "shares", least=1)
    if shares > (held := holding(ordered)):
        raise CannotBeMet(f"{shown(shares)} shares of a holding of {held}", field="shares", held=held)
    taken: list[Lot] = []
    open_shares = shares
    for at, lot in enumerate(ordered):
        if lot.shares > open_shares:
            rest = (lot._replace(shares=lot.shares - open_shares), *ordered[at + 1 :])
            part = (lot._replace(shares=open_shares),) if open_shares else ()
            return Taken((*taken, *part), rest)
        taken.append(lot)
        open_shares -= lot.shares
    return Taken(tuple(taken), ())


def holding_days(lot: Lot, leaving_confirmed_on: date) -> int:
    """Calendar days from a lot's confirmation to the confirmation of leaving, the last one not counted."""
    days = (plain_day(leaving_confirmed_on, "confirmed_on") - of_kind(lot, Lot, "lot").confirmed_on).days
    if days < 0:
        raise DatesOutOfOrder(
            f"lot {lot.number} is confirmed on {lot.confirmed_on}, after {leaving_confirmed_on}", field="confirmed_on"
        )
    return days


def running_totals(lots: Sequence[Lot]) -> list[int]:
    """Shares of the first lot, of the first two, and so on."""
    totals, total = [], 0
    for lot in lots:
        total += lot.shares
        totals.append(total)
    return totals


def _checked(lot: Lot) -> Lot:
    if not isinstance(lot, Lot):
        raise WrongShape(f"lots must be of Lot, not {shown(lot)}", field="lots")
    integer(lot.number, "lots", least=0)
    plain_day(lot.confirmed_on, "lots")
    integer(lot.shares, "lots", least=1, most=LARGEST_AMOUNT)
    cost = fraction(lot.unit_cost, "lots")
    if cost < 0:
        raise OutOfRange("a lot cannot have cost less than nothing", field="lots")
    return lot if lot.unit_cost is cost else lot._replace(unit_cost=cost)
