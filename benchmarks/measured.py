"""What a benchmark found, as a table for people and one line of JSON for programs."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass
class Series:
    """One figure, measured in several rounds."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)


@dataclass(frozen=True)
class Result:
    """value and floor were measured in turn, in one run; their medians' quotient is what counts. others: shown beside them.

    less_is_better: value and floor are times or the like, and the target is the most that the ratio may be.
    """

    name: str
    value: Series
    floor: Series
    target: float
    others: Sequence[Series] = ()
    notes: Sequence[str] = ()
    less_is_better: bool = False

    @property
    def ratio(self) -> float:
        return self.value.median / self.floor.median

    @property
    def reached(self) -> bool:
        return self.ratio <= self.target if self.less_is_better else self.ratio >= self.target

    def line(self) -> str:
        found = {
            "name": self.name,
            "value": _rounded(self.value.median),
            "unit": self.value.unit,
            "floor": _rounded(self.floor.median),
            "ratio": round(self.ratio, 3),
        }
        return json.dumps(found)

    def show(self, console: Console) -> None:
        bound = "≤" if self.less_is_better else "≥"
        told = "reached" if self.reached else "not reached"
        table = Table(title=f"{self.name}: ratio {self.ratio:.2f}, target {bound} {self.target:.3g}, {told}")
        table.add_column("figure")
        table.add_column("unit")
        for name in ("rounds", "min", "median", "max"):
            table.add_column(name, justify="right")
        for series in (self.value, self.floor, *self.others):
            shown = (_figure(figure) for figure in (min(series.values), series.median, max(series.values)))
            table.add_row(series.name, series.unit, str(len(series.values)), *shown)
        console.print(table)
        for note in self.notes:
            console.print(note)
        # Not through rich, which would wrap it: the last line is read by programs.
        print(self.line(), flush=True)


def _rounded(value: float) -> float:
    """One digit of a rate, three of a time in milliseconds."""
    return round(value, 1 if abs(value) >= 100 else 3)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
