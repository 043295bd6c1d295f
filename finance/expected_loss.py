"""Expected credit loss by stage: probability of default × loss given default × exposure at default.

Stage 1 is provided for the defaults of the next twelve months, stage 2 for those of the whole life, stage 3 has defaulted.
A loan is in stage 2 when its risk has risen much since it was made, at the latest when it is more than 30 days past due, and
in stage 3 when it is credit-impaired, at the latest when it is more than 90 days past due. Losses of later periods are
discounted at the effective rate of the loan. Everything is exact until the one named rounding.

Source: IFRS 9, 5.5.3-5.5.11, 5.5.17, B5.5.37 and B5.5.44; 企业会计准则第 22 号.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple, cast, get_args

import numpy

from finance.errors import OutOfRange, UnknownChoice, WrongShape
from finance.exact import (
    Rounding,
    decimal,
    divide,
    integer,
    known_rounding,
    listed,
    minor_amount,
    of_kind,
    rounded,
    shown,
)
from finance.loan_arrays import Integers, require_alike, whole_numbers

Stage = Literal[1, 2, 3]

MILLION = 1_000_000
LARGEST_PERIODS = 1_200
MOST_RATE_PLACES = 12
LARGEST_EXPOSURE = 2**43 - 1
"""Of one loan in an array: 88 billion yuan. What the exact 64-bit division below is made for."""


@dataclass(frozen=True, slots=True)
class StageRule:
    """More than so many days past due is stage 2, or stage 3, at the latest. The standard's presumptions by default."""

    lifetime_over_days: int = 30
    impaired_over_days: int = 90

    def __post_init__(self) -> None:
        integer(self.lifetime_over_days, "lifetime_over_days", least=0)
        integer(self.impaired_over_days, "impaired_over_days", least=self.lifetime_over_days)

    def stage(self, days: int, *, risk_risen: bool = False, impaired: bool = False) -> Stage:
        """The stage of a loan so many days past due; `risk_risen` and `impaired` are what else is known of it."""
        integer(days, "days", least=0)
        of_kind(risk_risen, bool, "risk_risen")
        if of_kind(impaired, bool, "impaired") or days > self.impaired_over_days:
            return 3
        return 2 if risk_risen or days > self.lifetime_over_days else 1

    def stages(self, days: Integers) -> Integers:
        """The stages of many loans by their days past due alone."""
        bounds = numpy.array([self.lifetime_over_days, self.impaired_over_days], dtype=numpy.int64)
        found: Integers = numpy.searchsorted(bounds, whole_numbers(days, "days"), side="left") + 1
        return found


PRESUMED = StageRule()

_WORKING_DIGITS = 60
_SMALLEST_CHANCE = Decimal("1e-30")


class Period(NamedTuple):
    """A period of the remaining life: the chance of defaulting in it seen from today, what would be lost, and owed then."""

    default_probability: Decimal | str
    loss_given_default: Decimal | str
    exposure_minor: int


def expected_loss_minor(
    exposure_minor: int,
    default_probability: Decimal | str,
    loss_given_default: Decimal | str,
    *,
    rounding: Rounding = "half_up",
) -> int:
    """PD × LGD × EAD without discounting: twelve months in one period, or stage 3 with a PD of 1."""
    minor_amount(exposure_minor, "exposure_minor", least=0)
    probability = Fraction(_part(default_probability, "default_probability"))
    lost = Fraction(_part(loss_given_default, "loss_given_default"))
    return rounded(exposure_minor * probability * lost, rounding)


def discounted_loss_minor(periods: Sequence[Period], rate: Decimal | str, *, rounding: Rounding = "half_up") -> int:
    """Σ PD_k × LGD_k × EAD_k ÷ (1 + rate)^k, `rate` being the effective rate of one period; losses at its end.

    Probabilities are marginal, of defaulting in that very period, and so add up to at most 1.
    """
    losses = _losses(periods)
    growth = 1 + _rate(rate)
    # By Horner in integers: exact, and without the reductions that make a sum of fractions slow.
    up, down = growth.numerator, growth.denominator
    scale = lcm(*(loss.denominator for loss in losses))
    worth, growths = 0, 1
    for loss in reversed(losses):
        worth = down * (worth + loss.numerator * (scale // loss.denominator) * growths)
        growths *= up
    return minor_amount(divide(worth, growths * scale, known_rounding(rounding)), "rate")


def allowance_minor(
    stage: Stage,
    periods: Sequence[Period],
    rate: Decimal | str,
    *,
    periods_a_year: int,
    rounding: Rounding = "half_up",
) -> int:
    """What a loan in a stage is provided with, from its remaining life in periods, the first being the one now begun.

    Stage 1: the first twelve months, discounted. Stage 2: all of them. Stage 3: what is owed now × what of it would be lost.
    """
    integer(periods_a_year, "periods_a_year", least=1, most=366)
    if type(stage) is not int or stage not in get_args(Stage):
        raise UnknownChoice(f"stage must be 1, 2 or 3, not {shown(stage)}", field="stage")
    entries = listed(periods, "periods", most=LARGEST_PERIODS)
    whole_life = discounted_loss_minor(entries, rate, rounding=rounding)
    if stage == 1:
        return discounted_loss_minor(entries[:periods_a_year], rate, rounding=rounding)
    if stage == 2:
        return whole_life
    return expected_loss_minor(entries[0].exposure_minor, "1", entries[0].loss_given_default, rounding=rounding)


def marginal_probabilities(conditional: Sequence[Decimal | str]) -> list[Decimal]:
    """Chances of defaulting in each period seen from today, from those of a loan that lived to see its beginning.

    q_k × Π (1 − q_i) over the periods before it, to 30 decimals. What is rounded are the running totals, so that the
    chances never add up to more than 1.
    """
    chances = [_part(chance, "conditional") for chance in listed(conditional, "conditional", most=LARGEST_PERIODS)]
    found, before = [], Decimal(0)
    with localcontext(prec=_WORKING_DIGITS):
        alive = Decimal(1)
        for chance in chances:
            alive *= 1 - chance
            defaulted = (1 - alive).quantize(_SMALLEST_CHANCE)
            found.append(defaulted - before)
            before = defaulted
    return found


def expected_losses_minor(
    exposures_minor: Integers, default_probabilities: Integers, losses_given_default: Integers
) -> Integers:
    """PD × LGD × EAD of many loans, each rounded half up; probabilities and losses in whole millionths (25_000 is 2.5 %)."""
    exposures = whole_numbers(exposures_minor, "exposures_minor", most=LARGEST_EXPOSURE)
    whole_numbers(default_probabilities, "default_probabilities", most=MILLION)
    whole_numbers(losses_given_default, "losses_given_default", most=MILLION)
    require_alike(exposures, default_probabilities, "default_probabilities")
    require_alike(exposures, losses_given_default, "losses_given_default")
    divisor, bits = MILLION * MILLION, 20
    parts = default_probabilities * losses_given_default
    # A product of 43 and 40 bits: the upper 23 bits are divided first, their remainder goes with the lower 20.
    quotient, remainder = numpy.divmod((exposures >> bits) * parts, divisor)
    lower = (remainder << bits) + (exposures & ((1 << bits) - 1)) * parts
    losses: Integers = (quotient << bits) + (lower + divisor // 2) // divisor
    return losses


def _losses(periods: Sequence[Period]) -> list[Fraction]:
    entries = listed(periods, "periods", most=LARGEST_PERIODS)
    if not entries:
        raise OutOfRange("a loan without a period has no expected loss", field="periods")
    losses, defaulted = [], Fraction(0)
    for period in entries:
        if not isinstance(period, Period):
            raise WrongShape(f"periods must be of Period, not {shown(period)}", field="periods")
        chance = Fraction(_part(period.default_probability, "periods"))
        defaulted += chance
        exposure = minor_amount(period.exposure_minor, "periods", least=0)
        losses.append(exposure * chance * Fraction(_part(period.loss_given_default, "periods")))
    if defaulted > 1:
        raise OutOfRange("the probabilities of default add up to more than 1", field="periods")
    return losses


def _part(value: Decimal | str, field: str) -> Decimal:
    part = decimal(value, field)
    if not 0 <= part <= 1:
        raise OutOfRange(f"{field} must be between 0 and 1, not {shown(value)}", field=field)
    return part


def _rate(value: Decimal | str) -> Fraction:
    """Of few decimals, as its powers are exact."""
    rate = decimal(value, "rate")
    if not -1 < rate <= 1_000 or -cast(int, rate.as_tuple().exponent) > MOST_RATE_PLACES:
        raise OutOfRange(
            f"rate must be above -1, at most 1000, of {MOST_RATE_PLACES} decimals, not {shown(value)}", field="rate"
        )
    return Fraction(rate)
