"""What was answered to the load, beside what the ledger holds afterwards."""

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.lines import CREATED, Tally
from benchmarks.stage import Stage
from benchmarks.wallets import transfers_written


@dataclass
class Acknowledged:
    """Made before the first transfer of a benchmark. created: transfers acknowledged since; others: any other answer, by name."""

    stage: Stage
    created: int = 0
    others: "Counter[str]" = field(default_factory=Counter)
    refusal: bytes | None = None

    def __post_init__(self) -> None:
        self._before = transfers_written(self.stage)

    def add(self, tally: Tally) -> None:
        """The answers to single transfers."""
        self.created += tally.every[CREATED]
        self.others.update({str(status): count for status, count in tally.every.items() if status != CREATED})
        self.refusal = self.refusal or tally.refusal

    def note(self) -> list[str]:
        """Raises AssertionError unless the ledger holds as many more transfers as were acknowledged."""
        written = transfers_written(self.stage) - self._before
        if written != self.created:
            raise AssertionError(f"{self.created} transfers were acknowledged, {written} are in the ledger")
        notes = [f"{self.created:,} transfers acknowledged, as many in the ledger"]
        return notes + ([f"other answers: {dict(self.others)}, such as {self.refusal!r}"] if self.others else [])
