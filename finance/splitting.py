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

from finance.errors import CannotBeMet, OutOfRange
from finance.exact import Exact, fraction, minor_amount

LARGEST_SPLIT = 1_000_000
"""Parts in one split: a bound, not a target."""


def split_largest_remainder(
    amount_minor: int, weights: Sequence[Exact], *, tie_keys: Sequence[Any] | None = None
) -> list[int]:
    """Parts proportional to the weights, each within one unit of its exact share, adding up to the amount.

    Among equal remainders the unit goes to the smaller `tie_keys` entry when keys are given, then to the earlier
    position. A part whose weight is 0 is 0. Weights are exact and not negative, and not all 0 (`OutOfRange`).
    """
    minor_amount(amount_minor, "amount_minor")
    shares = _whole_weights(weights, "weights")
    if tie_keys is not None and len(tie_keys) != len(shares):
        raise OutOfRange("tie_keys must be as many as weights", field="tie_keys")
    total = sum(shares)
    parts, remainders = _floors(abs(amount_minor), shares, total)
    left = abs(amount_minor) - sum(parts)
    if left:
        if tie_keys is None:
            order = sorted(range(len(shares)), key=lambda at: -remainders[at])
        else:
            order = sorted(range(len(shares)), key=lambda at: (-remainders[at], tie_keys[at]))
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
    for wanted in fixed_minor:
        part = min(left, minor_amount(wanted, "fixed_minor", least=0))
        served.append(part)
        left -= part
    if not weights:
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
    if not 0 < len(weights) <= LARGEST_SPLIT:
        raise OutOfRange(f"{field} must have 1 to {LARGEST_SPLIT} entries, not {len(weights)}", field=field)
    if all(type(weight) is int for weight in weights):
        whole = [weight for weight in weights if isinstance(weight, int)]
    else:
        exact: list[Fraction] = [fraction(weight, field) for weight in weights]
        scale = lcm(*{weight.denominator for weight in exact})
        whole = [weight.numerator * (scale // weight.denominator) for weight in exact]
    if min(whole) < 0:
        raise OutOfRange(f"{field} must not be negative", field=field)
    if not any(whole):
        raise OutOfRange(f"{field} must not all be 0", field=field)
    return whole


def _signed(parts: list[int], amount_minor: int) -> list[int]:
    return [-part for part in parts] if amount_minor < 0 else parts
