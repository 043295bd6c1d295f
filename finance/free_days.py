"""Days on which interest is forgiven: windows, counted once however they overlap.

A window is a pair (first free day, first day that counts again).
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from finance.errors import DatesOutOfOrder
from finance.exact import pairs, plain_day

LARGEST_WINDOWS = 10_000


def charged_days(from_on: date, to_on: date, free: Iterable[tuple[date, date]] = ()) -> int:
    """Days from one to the other, without the last, on which interest counts. Raises `DatesOutOfOrder`."""
    if plain_day(to_on, "to_on") < plain_day(from_on, "from_on"):
        raise DatesOutOfOrder(f"{to_on} is before {from_on}", field="to_on")
    return FreeDays.of(free).charged(from_on.toordinal(), to_on.toordinal())


class FreeDays(NamedTuple):
    """Windows that neither touch nor overlap, in order, as ordinals of days, and how many free days lie before each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    @classmethod
    def of(cls, windows: Iterable[tuple[date, date]]) -> "FreeDays":
        merged: list[list[int]] = []
        for start, end in sorted(pairs(windows, "free", most=LARGEST_WINDOWS)):
            if plain_day(end, "free") < start:
                raise DatesOutOfOrder(f"a free window ends on {end}, before {start}", field="free")
            if merged and start.toordinal() <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end.toordinal())
            else:
                merged.append([start.toordinal(), end.toordinal()])
        before, total = [], 0
        for first, last in merged:
            before.append(total)
            total += last - first
        return cls(tuple(start for start, _ in merged), tuple(end for _, end in merged), tuple(before))

    def charged(self, first: int, last: int) -> int:
        """Days that count from one ordinal up to, and without, another."""
        return last - first - self._free_until(last) + self._free_until(first)

    def _free_until(self, day: int) -> int:
        at = bisect_right(self.starts, day) - 1
        return 0 if at < 0 else self.before[at] + min(day, self.ends[at]) - self.starts[at]
