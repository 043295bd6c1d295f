"""How much of everything a benchmark takes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """rounds: times that value and floor are measured, in turn; seconds: of each measurement; warm_up: before it, not counted.

    processes: of the service, by default as many as the benchmark does best with; connections: of the load; data: a folder to keep,
    else one that goes afterwards; transfers: that `ledger_scale` finds stored; orders: that
    `settlement` settles, a hundred of each merchant; lines: that `reconcile` matches; obligations: that `clearing` settles, a tenth of
    which `clearing_pass` has in the queue; standing_orders: that `matching_fill` and `matching_rate` find; listings: that they match
    in a round, of so many lots; loans: that `servicing_close` closes a day of.
    """

    rounds: int = 5
    seconds: float = 8.0
    warm_up: float = 1.0
    processes: int | None = None
    connections: int = 256
    accounts: int = 100_000
    pgbench_scale: int = 20
    batch: int = 8190
    transfers: int = 5_000_000
    orders: int = 1_000_000
    lines: int = 1_000_000
    obligations: int = 1_000_000
    standing_orders: int = 1_000_000
    listings: int = 100
    lots: int = 500
    loans: int = 1_000_000
    seed: int = 1
    data: Path | None = None
    durable: bool = True
