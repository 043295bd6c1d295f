"""Transfers a second in batches over HTTP ÷ rows a second of COPY into a table with the ledger's columns and indexes, in turn."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from uuid import UUID

from benchmarks.copying import Copying
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.stage import Serving, Stage, raised
from benchmarks.transfers import bulk, new_ids, random_tails
from benchmarks.wallets import CURRENCY, open_wallets, transfers_written
from benchmarks.wire import Address, ask, body_of, status_of

TARGET = 0.12
PROCESSES = 1
"""Of the service: two batches of this size always share accounts, so a second process would wait for the first one's locks."""
CONNECTIONS = 2
"""While one batch is decided, the next is on its way."""

PATIENCE_SECONDS = 120.0
_CREATED = b'"result":"created"'


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        wallets = open_wallets(stage, serving.addresses[0], plan.accounts)
        copying = Copying(stage.admin_url, plan.batch)
        copying.prepare()
        copying.skip()
        in_bulk = InBulk(plan, stage, serving, wallets)
        floor = Series(f"COPY of {plan.batch:,}, commit", "rows/s")
        for _ in range(plan.rounds):
            in_bulk.round()
            floor.values.append(copying.rate())
        return Result("ledger_bulk", in_bulk.rate, floor, TARGET, in_bulk.others, in_bulk.notes())


@dataclass(frozen=True)
class _Line:
    """One connection's transfers, endless."""

    address: Address
    transfers: Iterator[tuple[bytes, bytes]]


@dataclass
class InBulk:
    """Rounds of batches on CONNECTIONS, each with one batch under way."""

    plan: Plan
    stage: Stage
    serving: Serving
    wallets: Sequence[UUID]
    rate: Series = field(default_factory=lambda: Series("transfers in batches over HTTP", "transfers/s"))
    answers: "Counter[str]" = field(default_factory=Counter)
    refusal: bytes | None = None

    def __post_init__(self) -> None:
        self._cores = Cores(self.serving.pids, self.stage.server.process.pid)
        self._written_before = transfers_written(self.stage)
        self._lines = [
            _Line(
                address,
                zip(new_ids(), cycle(random_tails(self.wallets, CURRENCY, self.plan.seed + which)), strict=False),
            )
            for which, address in enumerate(islice(cycle(self.serving.addresses), CONNECTIONS))
        ]

    def round(self) -> None:
        """Batches begun within the time are counted, and the time until the last of them was answered."""
        self._cores.start()
        began = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            created = sum(threads.map(lambda line: self._drive(line, began + self.plan.seconds), self._lines))
        self.rate.values.append(created / (time.perf_counter() - began))
        self._cores.stop()

    def _drive(self, line: "_Line", until: float) -> int:
        created = 0
        with line.address.connect(PATIENCE_SECONDS) as connection:
            while time.perf_counter() < until:
                batch = list(islice(line.transfers, self.plan.batch))
                created += self._note(ask(connection, bulk(line.address, batch)))
        return created

    def _note(self, answer: bytes) -> int:
        body = body_of(answer)
        created = body.count(_CREATED)
        self.answers["created"] += created
        if created < self.plan.batch:
            self.answers[f"not created ({status_of(answer)})"] += self.plan.batch - created
            self.refusal = self.refusal or body[:500]
        return created

    @property
    def others(self) -> list[Series]:
        return self._cores.series

    def notes(self) -> list[str]:
        """As for single transfers: what was acknowledged must be in the ledger. Raises AssertionError."""
        written = transfers_written(self.stage) - self._written_before
        acknowledged = self.answers["created"]
        if written != acknowledged:
            raise AssertionError(f"{acknowledged} transfers were acknowledged, {written} are in the ledger")
        notes = [f"{acknowledged:,} transfers acknowledged, as many in the ledger"]
        others = {name: count for name, count in self.answers.items() if name != "created"}
        return notes + ([f"others: {others}, such as {self.refusal!r}"] if others else [])
