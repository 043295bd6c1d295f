"""When a difference between what two sides say at one instant is explained by what was under way then."""

from collections.abc import Sequence

MOST_SUMS = 100_000
"""Beyond that many different sums, only that the difference lies between the least and the greatest is known."""


def explains(changes: Sequence[Sequence[int]], difference: int) -> bool:
    """Whether the difference is what some movements under way come to: of each record none, the first, the first two and so on, as one
    begins when the one before has ended.
    """
    sums = {0}
    for own in changes:
        sums = {done + more for done in sums for more in _so_far(own)}
        if len(sums) > MOST_SUMS:
            least, most = (sum(choose(_so_far(each)) for each in changes) for choose in (min, max))
            return least <= difference <= most
    return difference in sums


def _so_far(changes: Sequence[int]) -> set[int]:
    return {sum(changes[:count]) for count in range(len(changes) + 1)}
