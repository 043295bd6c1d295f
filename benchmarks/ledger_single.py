"""Single transfers a second over HTTP ÷ transactions a second of pgbench on the same server, the two in turn."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from benchmarks.closed_loop import CREATED, NextRequest, drive
from benchmarks.measured import Result, Series
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.stage import Serving, Stage, raised
from benchmarks.transfers import new_ids, random_tails, singles
from benchmarks.wallets import CURRENCY, open_wallets, transfers_written

TARGET = 1.0
PROCESSES = 2
"""Of the service: each has a lane, and while one waits for its commit the other decides."""


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        wallets = open_wallets(stage, serving.addresses[0], plan.accounts)
        pgbench = Pgbench(stage.server)
        pgbench.prepare(plan.pgbench_scale)
        singly = Singly(plan, stage, serving, _requests(plan, serving, wallets))
        floor = Series("pgbench, TPC-B-like", "transactions/s")
        for _ in range(plan.rounds):
            singly.round()
            floor.values.append(pgbench.rate(max(1, round(plan.seconds))))
        return Result("ledger_single", singly.rate, floor, TARGET, singly.others, singly.notes())


def _requests(plan: Plan, serving: Serving, wallets: list[UUID]) -> list[NextRequest]:
    tails, ids = random_tails(wallets, CURRENCY, plan.seed), new_ids()
    return [singles(address, tails, ids) for address in serving.addresses]


@dataclass
class Singly:
    """Rounds of single transfers, and what was seen beside their rate."""

    plan: Plan
    stage: Stage
    serving: Serving
    requests: list[NextRequest]
    rate: Series = field(default_factory=lambda: Series("single transfers over HTTP", "transfers/s"))
    middle: Series = field(default_factory=lambda: Series("half are answered within", "ms"))
    slow: Series = field(default_factory=lambda: Series("99 of 100 are answered within", "ms"))
    answers: "Counter[int]" = field(default_factory=Counter)
    refusal: bytes | None = None

    def __post_init__(self) -> None:
        self._cores = Cores(self.serving.pids, self.stage.server.process.pid)
        self._written_before = transfers_written(self.stage)

    def round(self) -> None:
        plan = self.plan
        self._cores.start()
        tally = drive(
            self.serving.addresses,
            self.requests,
            connections=plan.connections,
            seconds=plan.seconds,
            warm_up=plan.warm_up,
        )
        self._cores.stop()
        self.rate.values.append(tally.rate)
        self.middle.values.append(tally.wait_at(0.5) * 1000)
        self.slow.values.append(tally.wait_at(0.99) * 1000)
        self.answers += tally.every
        self.refusal = self.refusal or tally.refusal

    @property
    def others(self) -> list[Series]:
        return [self.middle, self.slow, *self._cores.series]

    def notes(self) -> list[str]:
        """What was answered, and whether the ledger holds as many transfers. Raises AssertionError when it does not."""
        written = transfers_written(self.stage) - self._written_before
        acknowledged = self.answers[CREATED]
        if written != acknowledged:
            raise AssertionError(f"{acknowledged} transfers were acknowledged, {written} are in the ledger")
        notes = [f"{acknowledged:,} transfers acknowledged, as many in the ledger"]
        others = {status: count for status, count in self.answers.items() if status != CREATED}
        return notes + ([f"other answers: {others}, such as {self.refusal!r}"] if others else [])
