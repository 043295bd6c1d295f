"""Dividing a whole amount into whole parts that add up to it again, by three rules.

* `split_portions`: the parts of one posting. Floor each, then hand the units left over out one by one from the first.
* `split_largest_remainder`: floor each, then one unit each to the largest remainders (Hamilton's method), ties in a
  stated order.
* `split_fixed_then_weights`: fixed amounts first, as far as the money goes, what remains by weights.

A negative amount is split like its absolute value, each part negated, so that a reversal mirrors its original.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from finance.errors import CannotBeMet, OutOfRange, WrongShape
from finance.exact import Exact, fraction, listed, minor_amount

LARGEST_SPLIT = 1_000_000
"""Parts in one split: a bound, not a target."""
_LARGEST_SCALE = 2**4_096


def split_largest_remainder(
    amount_minor: int, weights: Sequence[Exact], *, tie_keys: Sequence[Any] | None = None
) -> list[int]:
    """Parts proportional to the weights, each within one unit of its exact share, adding up to the amount.

    Among equal remainders the unit goes to the smaller `tie_keys` entry when keys are given, then to the earlier
    position. A part whose weight is 0 is 0. Weights are exact and not negative, and not all 0 (`OutOfRange`).
    """
    minor_amount(amount_minor, "amount_minor")
    shares = _whole_weights(weights, "weights")
    keys = None if tie_keys is None else listed(tie_keys, "tie_keys", most=LARGEST_SPLIT)
    if keys is not None and len(keys) != len(shares):
        raise OutOfRange("tie_keys must be as many as weights", field="tie_keys")
    total = sum(shares)
    parts, remainders = _floors(abs(amount_minor), shares, total)
    left = abs(amount_minor) - sum(parts)
    if left:
        if keys is None:
            order = sorted(range(len(shares)), key=lambda at: -remainders[at])
        else:
            order = _by_remainder_then_key(remainders, keys)
        for at in order[:left]:
            parts[at] += 1
    return _signed(parts, amount_minor)


def split_portions(amount_minor: int, portions: Sequence[Exact]) -> list[int]:
    """Floor each portion, then the units left over one by one from the first: 15 by 80/8/12 → 13, 1, 1.

    Portions are relative to their sum, so 80/8/12 and 0.80/0.08/0.12 are the same. A portion of 0 receives nothing.
    """
    minor_amount(amount_minor, "amount_minor")
    shares = _whole_weights(portions, "portions")
    parts, _ = _floors(abs(amount_minor), shares, sum(shares))
    left = abs(amount_minor) - sum(parts)
    # Fewer units are left than there are positive portions: each floor loses less than one.
    for at in [at for at, share in enumerate(shares) if share][:left]:
        parts[at] += 1
    return _signed(parts, amount_minor)


def split_fixed_then_weights(
    amount_minor: int, fixed_minor: Sequence[int], weights: Sequence[Exact], *, tie_keys: Sequence[Any] | None = None
) -> tuple[list[int], list[int]]:
    """Fixed amounts in their order, as far as the amount goes; what remains by largest remainder over `weights`.

    Returns (parts of the fixed, parts of the weighted). Without weights everything must fit into the fixed amounts,
    else `CannotBeMet`. The amount is not negative here: a debt has no order of service.
    """
    left = minor_amount(amount_minor, "amount_minor", least=0)
    served = []
    for wanted in listed(fixed_minor, "fixed_minor", most=LARGEST_SPLIT):
        part = min(left, minor_amount(wanted, "fixed_minor", least=0))
        served.append(part)
        left -= part
    if not listed(weights, "weights", most=LARGEST_SPLIT):
        if left:
            raise CannotBeMet(f"{left} minor units have no destination", field="weights", left=left)
        return served, []
    return served, split_largest_remainder(left, weights, tie_keys=tie_keys)


def _floors(amount: int, shares: list[int], total: int) -> tuple[list[int], list[int]]:
    parts, remainders = [], []
    for share in shares:
        part, remainder = divmod(amount * share, total)
        parts.append(part)
        remainders.append(remainder)
    return parts, remainders


def _whole_weights(weights: Sequence[Exact], field: str) -> list[int]:
    """The same proportions as integers, so that dividing them leaves exact remainders."""
    entries = listed(weights, field, most=LARGEST_SPLIT)
    if not entries:
        raise OutOfRange(f"{field} must not be empty", field=field)
    exact: list[Fraction] = []
    if all(type(weight) is int for weight in entries):
        whole = [weight for weight in entries if isinstance(weight, int)]
        if max(whole) >= _LARGEST_SCALE:
            raise OutOfRange(f"{field} have more digits than any weight needs", field=field)
    else:
        exact = [fraction(weight, field) for weight in entries]
        scale = _common_denominator({weight.denominator for weight in exact}, field)
        whole = [weight.numerator * (scale // weight.denominator) for weight in exact]
    if min(whole) < 0:
        raise OutOfRange(f"{field} must not be negative", field=field)
    if not any(whole):
        raise OutOfRange(f"{field} must not all be 0", field=field)
    return whole


def _common_denominator(denominators: set[int], field: str) -> int:
    scale = 1
    for denominator in denominators:
        scale = lcm(scale, denominator)
        if scale >= _LARGEST_SCALE:
            raise OutOfRange(f"{field} have no common denominator of a usable size", field=field)
    return scale


def _by_remainder_then_key(remainders: list[int], keys: list[Any]) -> list[int]:
    try:
        return sorted(range(len(keys)), key=lambda at: (-remainders[at], keys[at]))
    except TypeError:
        raise WrongShape("tie_keys must have an order among themselves", field="tie_keys") from None


def _signed(parts: list[int], amount_minor: int) -> list[int]:
    return [-part for part in parts] if amount_minor < 0 else parts
