"""What a statement shows of the books."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sandbox.statements.model import Fault, FaultKind, Line

NEXT_DAY = timedelta(days=1)


def shown(lines: Iterable[Line], faults: Iterable[Fault], day: date) -> tuple[Line, ...]:
    """The lines of a day, spoilt where they are to be. lines: of this day and the one before, in the order of the books."""
    wrong = {fault.position: fault for fault in faults}
    return tuple(one for line in lines for one in _shown(line, wrong.get(line.position)) if one.value_on == day)


def chosen(lines: Sequence[Line], taken: frozenset[int], seed: int) -> Line | None:
    """The line that a seed stands for, of those without a fault yet."""
    free = [line for line in lines if line.position not in taken]
    return free[seed % len(free)] if free else None


def _shown(line: Line, fault: Fault | None) -> tuple[Line, ...]:
    if fault is None:
        return (line,)
    if fault.kind is FaultKind.MISSING:
        return ()
    if fault.kind is FaultKind.DUPLICATED:
        return (line, line)
    if fault.kind is FaultKind.OTHER_DATE:
        return (replace(line, value_on=line.value_on + NEXT_DAY),)
    sign = 1 if line.amount > 0 else -1
    return (replace(line, amount=line.amount + sign * fault.amount_by),)
