"""Rounds of batches over HTTP: on a few connections, each with one batch under way."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from uuid import UUID

from benchmarks.acknowledged import Acknowledged
from benchmarks.measured import Series
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.transfers import bulk, new_ids, random_tails
from benchmarks.wallets import CURRENCY
from benchmarks.wire import Address, ask, body_of, status_of

CONNECTIONS = 2
"""While one batch is decided, the next is on its way."""

PATIENCE_SECONDS = 120.0
_CREATED = b'"result":"created"'


@dataclass(frozen=True)
class _Line:
    """One connection's transfers, endless."""

    address: Address
    transfers: Iterator[tuple[bytes, bytes]]


@dataclass
class InBulk:
    """Random pairs of `wallets`, round after round."""

    plan: Plan
    addresses: Sequence[Address]
    wallets: Sequence[UUID]
    acknowledged: Acknowledged
    cores: Cores
    rate: Series

    def __post_init__(self) -> None:
        self._lines = [
            _Line(
                address,
                zip(new_ids(), cycle(random_tails(self.wallets, CURRENCY, self.plan.seed + which)), strict=False),
            )
            for which, address in enumerate(islice(cycle(self.addresses), CONNECTIONS))
        ]

    def round(self) -> None:
        """Batches begun within the time are counted, and the time until the last of them was answered."""
        self.cores.start()
        began = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            created = sum(threads.map(lambda line: self._drive(line, began + self.plan.seconds), self._lines))
        self.rate.values.append(created / (time.perf_counter() - began))
        self.cores.stop()

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
        self.acknowledged.created += created
        if created < self.plan.batch:
            self.acknowledged.others[f"not created ({status_of(answer)})"] += self.plan.batch - created
            self.acknowledged.refusal = self.acknowledged.refusal or body[:500]
        return created
