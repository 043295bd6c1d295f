"""Rounds of single transfers over HTTP under one load: which processes, how many connections, which transfers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from benchmarks.acknowledged import Acknowledged
from benchmarks.closed_loop import drive
from benchmarks.lines import NextRequest
from benchmarks.measured import Series
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.stage import Serving, Stage
from benchmarks.transfers import new_ids, random_tails, singles
from benchmarks.wallets import CURRENCY
from benchmarks.wire import Address

PROCESSES = 2
"""Of the service: each has a lane, and while one waits for its commit the other decides."""


@dataclass
class Singly:
    """One load, round after round, and what was seen beside its rate. tails: what follows the id in each transfer, in turn."""

    plan: Plan
    addresses: Sequence[Address]
    tails: Sequence[bytes]
    acknowledged: Acknowledged
    cores: Cores
    rate: Series
    connections: int
    middle: Series = field(default_factory=lambda: Series("half are answered within", "ms"))
    slow: Series = field(default_factory=lambda: Series("99 of 100 are answered within", "ms"))

    def __post_init__(self) -> None:
        ids = new_ids()
        self.requests: list[NextRequest] = [singles(address, self.tails, ids) for address in self.addresses]

    def round(self) -> None:
        self.cores.start()
        tally = drive(
            self.addresses,
            self.requests,
            connections=self.connections,
            seconds=self.plan.seconds,
            warm_up=self.plan.warm_up,
        )
        self.cores.stop()
        self.rate.values.append(tally.rate)
        self.middle.values.append(tally.wait_at(0.5) * 1000)
        self.slow.values.append(tally.wait_at(0.99) * 1000)
        self.acknowledged.add(tally)

    @property
    def others(self) -> list[Series]:
        return [self.middle, self.slow, *self.cores.series]


@dataclass
class Scene:
    """What the loads of one benchmark share: where they are played, between which wallets, and one account of the answers."""

    plan: Plan
    stage: Stage
    serving: Serving
    wallets: Sequence[UUID]

    def __post_init__(self) -> None:
        self.acknowledged = Acknowledged(self.stage)

    def random_pairs(self) -> list[bytes]:
        return random_tails(self.wallets, CURRENCY, self.plan.seed)

    def singly(
        self,
        name: str,
        tails: Sequence[bytes],
        *,
        addresses: Sequence[Address] | None = None,
        connections: int | None = None,
    ) -> Singly:
        """A load of the plan's connections on all processes, where nothing else is said."""
        return Singly(
            self.plan,
            addresses or self.serving.addresses,
            tails,
            self.acknowledged,
            Cores(self.serving.pids, self.stage.server.process.pid),
            Series(name, "transfers/s"),
            connections or self.plan.connections,
        )


def in_turn(rounds: int, *measurements: Callable[[], None]) -> None:
    """Each of the measurements, again and again; those that begin a round take turns, so that none always has the quieter moment."""
    for number in range(rounds):
        first = number % len(measurements)
        for measure in (*measurements[first:], *measurements[:first]):
            measure()
