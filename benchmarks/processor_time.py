"""Processor seconds of the three who share the machine, from /proc; zero where there is no such folder."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measured import Series

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def _used_by(pids: list[int]) -> float:
    """User and system time of these processes and of their ended children, in seconds."""
    total = 0
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return total / _TICKS


def _with_children(pid: int) -> list[int]:
    """A process and its children that live now: of PostgreSQL's first process, its backends and writers."""
    children: list[int] = []
    with suppress(OSError):
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *children]


@dataclass
class Cores:
    """How many cores' worth of time each used between start() and stop(), as series of rounds."""

    service: list[int]
    postgres: int
    load_series: Series = field(default_factory=lambda: Series("processor time, load", "cores"))
    service_series: Series = field(default_factory=lambda: Series("processor time, service", "cores"))
    postgres_series: Series = field(default_factory=lambda: Series("processor time, PostgreSQL", "cores"))

    def start(self) -> None:
        self._before = self._now()

    def stop(self) -> None:
        began, *before = self._before
        ended, *after = self._now()
        for series, first, last in zip(self.series, before, after, strict=True):
            series.values.append((last - first) / (ended - began))

    @property
    def series(self) -> list[Series]:
        return [self.load_series, self.service_series, self.postgres_series]

    def _now(self) -> tuple[float, float, float, float]:
        used = time.process_time(), _used_by(self.service), _used_by(_with_children(self.postgres))
        return time.perf_counter(), *used
