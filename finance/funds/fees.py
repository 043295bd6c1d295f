"""What a fund charges: fee tables by amount and by holding period, and the fee they make of an amount.

A table is taken whole or refused whole: it begins at 0, has neither gap nor overlap, ends open, and no rate in it rises
with the amount or with the days held. Rates are Decimals, "0.015" is 1.5 %.

Sources: the fee chapters of prospectuses (招募说明书) under the CSRC's Provisions on the sales fees of open-ended funds
(开放式证券投资基金销售费用管理规定). The external deduction (外扣法), net = amount ÷ (1 + rate), has been the rule since the CSRC
announced it in 2007; before it fees were deducted internally (内扣法), fee = amount × rate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from finance.errors import CannotBeMet, OutOfRange, UnknownChoice, WrongShape
from finance.exact import (
    Exact,
    Rounding,
    fraction,
    integer,
    known_rounding,
    listed,
    minor_amount,
    of_kind,
    rounded,
    shown,
)

Deduction = Literal["external", "internal"]
RoundedPart = Literal["net", "fee"]
BackEndBase = Literal["cost", "lower"]

LARGEST_TIERS = 100


class AmountTier(NamedTuple):
    """The fee of orders from an amount on, up to and without another: a rate, or a flat sum per order."""

    from_minor: int
    below_minor: int | None
    rate: Decimal | None = None
    flat_minor: int | None = None


class HoldingTier(NamedTuple):
    """The fee on shares held from so many days on, up to and without others.

    `fund_share` is the part of the fee that stays with the fund (归入基金财产), at least: it is rounded up.
    """

    from_days: int
    below_days: int | None
    rate: Decimal
    fund_share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AmountTable:
    """Fees by the amount of the order. A flat sum is smaller than every amount it is charged on."""

    tiers: tuple[AmountTier, ...]

    def __post_init__(self) -> None:
        _require_tiers(self.tiers, AmountTier)
        _require_whole([(tier.from_minor, tier.below_minor) for tier in self.tiers])
        for tier in self.tiers:
            if (tier.rate is None) == (tier.flat_minor is None):
                raise OutOfRange("a tier has a rate or a flat sum, one of the two", field="tiers")
            if tier.flat_minor is not None:
                integer(tier.flat_minor, "tiers", least=0, most=max(0, tier.from_minor - 1))
        _require_falling(tier.rate for tier in self.tiers if tier.rate is not None)

    def tier(self, amount_minor: int) -> AmountTier:
        integer(amount_minor, "amount_minor", least=0)
        return next(tier for tier in reversed(self.tiers) if tier.from_minor <= amount_minor)


@dataclass(frozen=True, slots=True)
class HoldingTable:
    """Fees by the days a lot was held. A "year" of a prospectus is entered as the days it names, mostly 365."""

    tiers: tuple[HoldingTier, ...]

    def __post_init__(self) -> None:
        _require_tiers(self.tiers, HoldingTier)
        _require_whole([(tier.from_days, tier.below_days) for tier in self.tiers])
        _require_falling(tier.rate for tier in self.tiers)
        for tier in self.tiers:
            if not 0 <= fraction(tier.fund_share, "tiers") <= 1:
                raise OutOfRange(f"a share is between 0 and 1, not {tier.fund_share}", field="tiers")

    def tier(self, days: int) -> HoldingTier:
        integer(days, "days", least=0)
        return next(tier for tier in reversed(self.tiers) if tier.from_days <= days)


@dataclass(frozen=True, slots=True)
class Discount:
    """A seller's discount on a rate: factor Decimal("0.1") is 一折, a tenth of the listed rate.

    The rate does not fall below `lowest_rate`; a listed rate that is not above it stays as it is. Flat sums have none.
    """

    factor: Decimal = Decimal(1)
    lowest_rate: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for value, field in ((self.factor, "factor"), (self.lowest_rate, "lowest_rate")):
            if not 0 <= fraction(value, field) <= 1:
                raise OutOfRange(f"{field} must be between 0 and 1, not {value}", field=field)

    def applied(self, rate: Exact) -> Fraction:
        listed, lowest = fraction(rate, "rate"), fraction(self.lowest_rate, "lowest_rate")
        if listed <= lowest:
            return listed
        return max(lowest, listed * fraction(self.factor, "factor"))


NO_DISCOUNT = Discount()


class Charge(NamedTuple):
    """An amount in its two parts, in minor units: net + fee is the amount."""

    net_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class EntryFee:
    """A front-end fee (前端收费).

    By external deduction net = amount ÷ (1 + rate), by internal deduction fee = amount × rate. `rounded_part` is the one
    that is rounded to the minor unit, by `rounding`; the other is the difference to the amount.
    """

    table: AmountTable
    deduction: Deduction = "external"
    rounded_part: RoundedPart = "net"
    rounding: Rounding = "half_up"

    def __post_init__(self) -> None:
        of_kind(self.table, AmountTable, "table")
        require_known(self.deduction, get_args(Deduction), "deduction")
        require_known(self.rounded_part, get_args(RoundedPart), "rounded_part")
        known_rounding(self.rounding)

    def charge(self, amount_minor: int, discount: Discount = NO_DISCOUNT) -> Charge:
        """The order's net amount and its fee."""
        minor_amount(amount_minor, "amount_minor", least=1)
        tier = self.table.tier(amount_minor)
        if tier.rate is None:
            flat = tier.flat_minor or 0
            return Charge(amount_minor - flat, flat)
        return self.charge_at(amount_minor, of_kind(discount, Discount, "discount").applied(tier.rate))

    def charge_at(self, amount_minor: int, rate: Exact) -> Charge:
        """The same at a stated rate, whatever the table says."""
        minor_amount(amount_minor, "amount_minor", least=1)
        fee = deducted(amount_minor, rate, self.deduction)
        if self.rounded_part == "fee":
            fee_minor = rounded(fee, self.rounding)
            return Charge(amount_minor - fee_minor, fee_minor)
        net_minor = rounded(amount_minor - fee, self.rounding)
        return Charge(net_minor, amount_minor - net_minor)


@dataclass(frozen=True, slots=True)
class BackEndFee:
    """An entry fee paid on leaving (后端收费), by the days the lot was held.

    Its base is what the redeemed shares cost (`cost`: shares × net value of the purchase) or the lower of that and their
    value now (`lower`). The fee is base × rate ÷ (1 + rate) by external, base × rate by internal deduction.
    """

    table: HoldingTable
    base: BackEndBase = "cost"
    deduction: Deduction = "external"
    rounding: Rounding = "half_up"

    def __post_init__(self) -> None:
        of_kind(self.table, HoldingTable, "table")
        require_known(self.base, get_args(BackEndBase), "base")
        require_known(self.deduction, get_args(Deduction), "deduction")
        known_rounding(self.rounding)

    def fee_minor(self, days: int, cost_minor: Exact, value_minor: int) -> int:
        """The fee on a lot that cost and is worth so much, both in minor units."""
        cost = fraction(cost_minor, "cost_minor")
        base = min(cost, fraction(value_minor, "value_minor")) if self.base == "lower" else cost
        return rounded(deducted(base, self.table.tier(days).rate, self.deduction), self.rounding)


def deducted(amount_minor: Exact, rate: Exact, deduction: Deduction) -> Fraction:
    """The exact fee in an amount: amount × rate ÷ (1 + rate) externally, amount × rate internally.

    A rate is from 0 to below 1, as in the tables.
    """
    require_known(deduction, get_args(Deduction), "deduction")
    amount, share = fraction(amount_minor, "amount_minor"), fraction(rate, "rate")
    if not 0 <= share < 1:
        raise OutOfRange(f"a rate is from 0 to below 1, not {shown(rate)}", field="rate")
    return amount * share / (1 + share) if deduction == "external" else amount * share


def require_known(name: str, known: tuple[str, ...], field: str) -> None:
    if not isinstance(name, str) or name not in known:
        raise UnknownChoice(f"{field} must be one of {', '.join(known)}, not {shown(name)}", field=field)


def _require_tiers(tiers: tuple[object, ...], kind: type) -> None:
    entries = listed(tiers, "tiers", most=LARGEST_TIERS)
    if not entries:
        raise OutOfRange("a table has a tier at least", field="tiers")
    if not isinstance(tiers, tuple) or not all(isinstance(entry, kind) for entry in entries):
        raise WrongShape(f"tiers must be a tuple of {kind.__name__}", field="tiers")


def _require_whole(bounds: list[tuple[int, int | None]]) -> None:
    for start, end in bounds:
        integer(start, "tiers", least=0)
        if end is not None:
            integer(end, "tiers", least=start + 1)
    if bounds[0][0] != 0 or bounds[-1][1] is not None:
        raise CannotBeMet("a table begins at 0 and its last tier ends nowhere", field="tiers")
    for (_, end), (start, _) in pairwise(bounds):
        if end != start:
            kind = "a gap" if end is not None and end < start else "an overlap"
            raise CannotBeMet(f"{kind} between tiers: one ends at {end}, the next begins at {start}", field="tiers")


def _require_falling(rates: Iterable[Decimal]) -> None:
    exact = [fraction(rate, "tiers") for rate in rates]
    for rate in exact:
        if not 0 <= rate < 1:
            raise OutOfRange(f"a rate is from 0 to below 1, not {rate}", field="tiers")
    for before, after in pairwise(exact):
        if after > before:
            raise CannotBeMet("a rate rises where it should fall or stay", field="tiers")
