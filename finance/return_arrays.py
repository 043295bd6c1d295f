"""Effective yearly rates (XIRR) of many sets of flows at once, each told apart: one rate, none, or several.

With y = ln(1 + rate) the worth of a set is g(y) = Σ a·exp(−t·y), t in years of 365 days. Amounts that change sign once, in
the order of their days, have exactly one root (Descartes' rule, and the signs of g at both ends). There
h(y) = ln|Σ later block| − ln|Σ first block| falls strictly and is nearly straight, so that Newton's method from the
weighted mean days of the blocks is there in three or four steps; all sets take them together. Amounts that change sign
more often go through `finance.rate_roots.only_rate` one by one, as does any set whose steps did not settle.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from finance.errors import DatesOutOfOrder, InexactNumber, NoRoot, OutOfRange, SeveralRoots
from finance.exact import integer
from finance.rate_roots import only_rate

Floats = NDArray[numpy.float64]
Integers = NDArray[numpy.int64]

LARGEST_FLOWS = 100_000_000
"""Flows of one call, over all sets."""
_LARGEST_AMOUNT = 2**53
_BLOCK_FLOWS = 32_768
"""Flows worked on together: what the processor's second nearest memory holds."""
_MOST_STEPS = 12
_SETTLED = 1e-9
"""A step below this leaves an error of about its square, below the last bit of a float."""
_NEARLY_NOTHING = 1e-7
"""Share of a set's discounted amounts below which a balance is not told from 0."""
_STEEPEST, _FARTHEST = 650.0, 20.0
"""Exponents that floats still hold with room for a sum, and ln(1 + rate) that no rate of a real set comes near."""
_LAST_DAY = 10_000_000
DAYS_A_YEAR = 365


class Outcome(IntEnum):
    """What a set of flows says about its rate."""

    ONE_RATE = 0
    NO_ROOT = 1
    SEVERAL_ROOTS = 2


class RatesOfSets(NamedTuple):
    """By set: `outcomes` of `Outcome`, and `rates` (0.0969 is 9.69 %) masked where there is not exactly one."""

    rates: "numpy.ma.MaskedArray[tuple[int], numpy.dtype[numpy.float64]]"
    outcomes: NDArray[numpy.uint8]


def xirr_many(days: Integers, amounts_minor: Integers, starts: Integers) -> RatesOfSets:
    """XIRR of many sets, equal to `finance.returns.xirr` of each.

    Set k is the flows from `starts[k]` up to, and without, `starts[k + 1]` (the last one to the end): `days` are day numbers
    (`date.toordinal`, or any other origin) that do not fall within a set, `amounts_minor` whole minor units below 2^53, outgoing
    money negative. Sets whose amounts change sign more than once are slower, some ten thousand a second; more than 200 changes
    are refused. Raises `InexactNumber`, `OutOfRange`, `DatesOutOfOrder`; a set without a rate is an outcome, no error.
    """
    _checked(days, amounts_minor, starts)
    rates, outcomes = numpy.zeros(len(starts)), numpy.zeros(len(starts), dtype=numpy.uint8)
    for first, last in _blocks(starts, len(days)):
        begin = starts[first]
        end = starts[last] if last < len(starts) else len(days)
        block = _Block(days[begin:end], amounts_minor[begin:end], starts[first:last] - begin)
        rates[first:last], outcomes[first:last] = block.rates()
    return RatesOfSets(numpy.ma.MaskedArray(rates, mask=outcomes != Outcome.ONE_RATE), outcomes)


class _Block:
    """Some sets, as flat arrays in which every amount has a day of its own and none is 0."""

    def __init__(self, days: Integers, amounts: Integers, starts: Integers) -> None:
        self.sets = len(starts)
        counts = numpy.diff(starts, append=len(days))
        of_set = numpy.repeat(numpy.arange(self.sets), counts)
        if not amounts.all() or _share_a_day(days, of_set).any():
            days, amounts, of_set = _netted(days, amounts, of_set)
            counts = numpy.bincount(of_set, minlength=self.sets)
        self.days, self.amounts, self.of_set = days, amounts, of_set
        self.counts, self.starts = counts, numpy.cumsum(counts) - counts
        turns = numpy.flatnonzero((amounts[1:] > 0) != (amounts[:-1] > 0)) + 1
        self.turns = turns[of_set[turns] == of_set[turns - 1]]
        self.changes = numpy.bincount(of_set[self.turns], minlength=self.sets)

    def rates(self) -> tuple[Floats, NDArray[numpy.uint8]]:
        rates = numpy.zeros(self.sets)
        outcomes = numpy.full(self.sets, Outcome.NO_ROOT, dtype=numpy.uint8)
        turning = numpy.flatnonzero(self.changes)
        if not len(turning):
            return rates, outcomes
        newton = _Newton(self, turning)
        found = newton.sure
        rates[turning[found]] = numpy.expm1(newton.log_rate[found])
        outcomes[turning[found]] = Outcome.ONE_RATE
        for which in turning[~found].tolist():
            rates[which], outcomes[which] = self._alone(which)
        return rates, outcomes

    def _alone(self, which: int) -> tuple[float, Outcome]:
        part = slice(self.starts[which], self.starts[which] + self.counts[which])
        times = (self.days[part] - self.days[part][0]) / DAYS_A_YEAR
        amounts = self.amounts[part] / float(numpy.abs(self.amounts[part]).max())
        try:
            return only_rate(times.tolist(), amounts.tolist()), Outcome.ONE_RATE
        except NoRoot:
            return 0.0, Outcome.NO_ROOT
        except SeveralRoots:
            return 0.0, Outcome.SEVERAL_ROOTS
        except OutOfRange as refused:
            raise OutOfRange(refused.detail, field="amounts_minor") from refused


class _Newton:
    """All chosen sets of a block, step by step together. Each of them changes sign at least once.

    `sure` are those that settled on a root within sane bounds that is the only one.
    """

    def __init__(self, block: _Block, chosen: Integers) -> None:
        self.counts = block.counts[chosen]
        self.starts = numpy.cumsum(self.counts) - self.counts
        changes = block.changes[chosen]
        if len(chosen) == block.sets:
            days, amounts, turns = block.days, block.amounts, block.turns
        else:
            kept = (block.changes > 0)[block.of_set]
            days, amounts = block.days[kept], block.amounts[kept]
            turns = block.turns + numpy.repeat(self.starts - block.starts[chosen], changes)
        self.amounts: Floats = amounts.astype(numpy.float64)
        self.times: Floats = (days - numpy.repeat(days[self.starts], self.counts)) / DAYS_A_YEAR
        # A run is consecutive amounts of one sign: the first sums are over runs, the second over a set's runs.
        self.first_runs = numpy.cumsum(changes + 1) - changes - 1
        self.runs = numpy.sort(numpy.concatenate([self.starts, turns]))
        self.log_rate: Floats = numpy.zeros(len(chosen))
        self.sure = self._settle()
        several = numpy.flatnonzero(self.sure & (changes > 1))
        if len(several):
            self.sure[several] = self._one_sided(several)

    def _settle(self) -> NDArray[numpy.bool_]:
        self.discounted = self.amounts
        with numpy.errstate(all="ignore"):
            for _ in range(_MOST_STEPS):
                step = self._step()
                self.log_rate += step
                if not (numpy.abs(step) > _SETTLED).any():
                    break
                exponents = self.times * numpy.repeat(-self.log_rate, self.counts)
                self.discounted = self.amounts * numpy.exp(exponents)
            reach = numpy.abs(self.log_rate) * self.times[self.starts + self.counts - 1]
            settled = numpy.abs(step) <= _SETTLED
        sane: NDArray[numpy.bool_] = settled & (reach < _STEEPEST) & (numpy.abs(self.log_rate) < _FARTHEST)
        return sane

    def _step(self) -> Floats:
        """ln(received ÷ paid) over the distance of their mean times."""
        sums = numpy.add.reduceat(self.discounted, self.runs)
        moments = numpy.add.reduceat(self.discounted * self.times, self.runs)
        received = sums > 0
        gained, gained_at = self._of_sets(sums * received), self._of_sets(moments * received)
        paid, paid_at = gained - self._of_sets(sums), gained_at - self._of_sets(moments)
        step: Floats = numpy.log(gained / paid) / (gained_at / gained - paid_at / paid)
        return step

    def _one_sided(self, chosen: Integers) -> NDArray[numpy.bool_]:
        """Whether the balance, carried on at the root, has one sign until the last flow: then there is no other root.

        Σ a_k·d_k = Σ B_k·(d_k − d_{k+1}) for the balances B at the root and any other discounting d from there: all terms
        have one sign (C. S. Soper, "The marginal efficiency of capital: a further note", The Economic Journal 69, 1959).
        """
        counts = self.counts[chosen]
        starts = numpy.cumsum(counts) - counts
        flows = numpy.repeat(self.starts[chosen] - starts, counts) + numpy.arange(counts.sum())
        discounted = self.discounted[flows]
        sizes = numpy.add.reduceat(numpy.abs(discounted), starts)
        balances = numpy.cumsum(discounted / numpy.repeat(sizes, counts))
        # The last balance is 0 within rounding, of this set as of those before it.
        balances[starts + counts - 1] = balances[starts]
        lowest, highest = numpy.minimum.reduceat(balances, starts), numpy.maximum.reduceat(balances, starts)
        one_sided: NDArray[numpy.bool_] = (lowest > _NEARLY_NOTHING) | (highest < -_NEARLY_NOTHING)
        return one_sided

    def _of_sets(self, by_run: Floats) -> Floats:
        sums: Floats = numpy.add.reduceat(by_run, self.first_runs)
        return sums


def _share_a_day(days: Integers, of_set: Integers) -> NDArray[numpy.bool_]:
    """By flow but the first: whether it falls on the day of the flow before it, in the same set."""
    same: NDArray[numpy.bool_] = (days[1:] == days[:-1]) & (of_set[1:] == of_set[:-1])
    return same


def _netted(days: Integers, amounts: Integers, of_set: Integers) -> tuple[Integers, Integers, Integers]:
    """Flows of one day added up, and those that come to 0 left out."""
    firsts = numpy.flatnonzero(numpy.concatenate([[True], ~_share_a_day(days, of_set)]))
    sums = numpy.add.reduceat(amounts, firsts)
    kept = sums != 0
    return days[firsts][kept], sums[kept], of_set[firsts][kept]


def _blocks(starts: Integers, flows: int) -> Iterator[tuple[int, int]]:
    """Ranges of sets with about `_BLOCK_FLOWS` flows each."""
    first = 0
    while first < len(starts):
        last = int(numpy.searchsorted(starts, starts[first] + _BLOCK_FLOWS, side="right"))
        last = min(max(last, first + 1), first + _BLOCK_FLOWS)
        yield first, last
        first = last


def _checked(days: Integers, amounts_minor: Integers, starts: Integers) -> None:
    for field, values in (("days", days), ("amounts_minor", amounts_minor), ("starts", starts)):
        if not isinstance(values, numpy.ndarray) or values.dtype != numpy.int64 or values.ndim != 1:
            raise InexactNumber(f"{field} must be a flat array of int64", field=field)
    integer(len(days), "days", least=0, most=LARGEST_FLOWS)
    integer(len(starts), "starts", least=0, most=LARGEST_FLOWS)
    if len(amounts_minor) != len(days):
        raise OutOfRange("as many amounts as days are needed", field="amounts_minor")
    if len(amounts_minor) and max(-int(amounts_minor.min()), int(amounts_minor.max())) >= _LARGEST_AMOUNT:
        raise OutOfRange("amounts_minor must lie below 2^53 on either side of 0", field="amounts_minor")
    if len(starts) and not (starts[0] == 0 and starts[-1] <= len(days) and (numpy.diff(starts) >= 0).all()):
        raise OutOfRange("starts must ascend from 0 to at most the number of flows", field="starts")
    if len(days) and not len(starts):
        raise OutOfRange("flows need a set to belong to", field="starts")
    if len(days) and not (days.min() >= 0 and days.max() <= _LAST_DAY):
        raise OutOfRange(f"days must be from 0 to {_LAST_DAY}", field="days")
    falls = numpy.flatnonzero(numpy.diff(days) < 0) + 1
    if not numpy.isin(falls, starts).all():
        raise DatesOutOfOrder("days must not fall within a set", field="days")
