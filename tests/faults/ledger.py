"""kill -9 under load: `python -m tests.faults.ledger [--times N] [--seed N]`.

Two processes of payments and a durable PostgreSQL, started as the suite starts them. While callers send single transfers and
batches, N times one of the processes of payments, PostgreSQL with all its backends, or everything at once is killed at a random moment
and started again. At the end, when every caller has an answer to everything it asked: no acknowledged transfer is lost, none is
doubled, none that was refused is there, each account's history goes on from transfer to transfer and ends at its sums, and the
audit holds. Exit code 1 if not.

The run ends after at most BASE_SECONDS + N × KILL_SECONDS, or fails.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.stage import HOST, Stage, free_port, raised
from benchmarks.wallets import open_wallets
from benchmarks.wire import Address, call
from chassis.ids import decode
from suite import postgres
from tests.faults.judging import Fault, faults_of
from tests.faults.load import Accounts, Callers

TIMES = 100
REPLICAS = 2
SINGLY, IN_BULK = 6, 2
RICH = 200
VICTIMS = ("payments", "postgres", "both")
EARLIEST_SECONDS, LATEST_SECONDS = 0.05, 1.5
"""After everything answers again, the next kill."""
BASE_SECONDS, KILL_SECONDS = 240.0, 20.0
ANSWER_SECONDS = 120.0
SHOWN = 10


class Kill(NamedTuple):
    """down: seconds from the kill until every process answered and something was committed; acknowledged: transfers, from the kill before
    to then."""

    victim: str
    down: float
    acknowledged: int


@dataclass
class Outcome:
    faults: list[Fault] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    made: int = 0
    refused: int = 0
    made_unheard: int = 0
    again: "Counter[str]" = field(default_factory=Counter)
    seconds: float = 0.0

    def words(self) -> list[str]:
        return [
            *self._table(),
            f"{self.made:,} transfers acknowledged, {self.made_unheard:,} of them only when asked again (made before, answer lost);"
            f" {self.refused:,} refused; {self.seconds:.0f} s in all",
            f"requests without an answer, sent again: {dict(self.again.most_common())}",
            *(fault.words for fault in self.faults[:SHOWN]),
            f"{len(self.faults)} faults",
        ]

    def _table(self) -> list[str]:
        """A row a victim, and all of them: what is lost, doubled or does not add up is seen at the end, and nobody's in particular."""
        rows: list[tuple[str, ...]] = [
            ("killed", "times", "acknowledged", "down, median", "longest", "lost", "doubled", "invariants")
        ]
        for victim in VICTIMS:
            mine = [kill for kill in self.kills if kill.victim == victim]
            if mine:
                rows.append((victim, *_figures(mine), "", "", ""))
        faults = Counter(fault.kind for fault in self.faults)
        ends = [str(faults[kind] or "none") for kind in ("lost", "doubled")]
        hold = f"{faults['invariant']} broken" if faults["invariant"] else "hold"
        rows.append(("all", *_figures(self.kills), *ends, hold))
        return [" ".join(f"{cell:>13}" for cell in row) for row in rows]


def _figures(kills: Sequence[Kill]) -> tuple[str, str, str, str]:
    down = [kill.down for kill in kills]
    acknowledged = sum(kill.acknowledged for kill in kills)
    return str(len(kills)), f"{acknowledged:,}", f"{statistics.median(down):.1f} s", f"{max(down):.1f} s"


class Running:
    """PostgreSQL and the processes of payments, each of which can be killed and started again on its own port."""

    def __init__(self, stage: Stage, replicas: int) -> None:
        self.stage = stage
        token = stage.token()
        self.addresses = [Address(HOST, free_port(), token) for _ in range(replicas)]
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * replicas

    def start(self) -> None:
        """Whatever does not run. Waits until all of it answers."""
        if not self.stage.server.alive:
            before = self.stage.server.port
            self.stage.server = postgres.start(self.stage.folder.postgres)
            if self.stage.server.port != before:
                raise RuntimeError("somebody took PostgreSQL's port")
        for number, address in enumerate(self.addresses):
            if self._processes[number] is None:
                self._processes[number] = self.stage.start(address.port)
        for address, process in zip(self.addresses, self._processes, strict=True):
            assert process is not None
            self.stage.wait(address, process)

    def kill(self, victim: str, chance: random.Random) -> None:
        if victim in ("postgres", "both"):
            self._kill_postgres()
        if victim == "payments":
            self._kill_process(chance.randrange(len(self.addresses)))
        if victim == "both":
            for number in range(len(self.addresses)):
                self._kill_process(number)

    def stop(self) -> None:
        for number in range(len(self.addresses)):
            self._kill_process(number)

    def _kill_process(self, number: int) -> None:
        process = self._processes[number]
        if process is not None:
            process.kill()
            process.wait()
            self._processes[number] = None

    def _kill_postgres(self) -> None:
        """The first process first, so that it cannot put its house in order when a backend dies."""
        process = self.stage.server.process
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in (process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def run(times: int, seed: int) -> Outcome:
    """Raises TimeoutError when the time is over, or something asked is never answered."""
    began = time.monotonic()
    outcome = Outcome()
    chance = random.Random(seed)
    with _running() as running:
        accounts = _accounts(running)
        callers = Callers(running.addresses, accounts, singly=SINGLY, in_bulk=IN_BULK, seed=seed)
        callers.start()
        before = 0
        for number in range(times):
            _require_time(began, times)
            victim = VICTIMS[number % len(VICTIMS)]
            time.sleep(chance.uniform(EARLIEST_SECONDS, LATEST_SECONDS))
            killed_at = time.monotonic()
            running.kill(victim, chance)
            running.start()
            _wait_for_more(callers)
            made = len(callers.told.made)
            outcome.kills.append(Kill(victim, time.monotonic() - killed_at, made - before))
            before = made
        callers.finish(ANSWER_SECONDS)
        told = callers.told
        outcome.faults = faults_of(running.stage.admin_url, told) + _audited(running.addresses[0])
    outcome.made, outcome.refused, outcome.again = len(told.made), len(told.refused), told.again
    outcome.made_unheard = told.results["exists"]
    outcome.seconds = time.monotonic() - began
    return outcome


@contextmanager
def _running() -> Iterator[Running]:
    with raised() as stage:
        running = Running(stage, REPLICAS)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def _accounts(running: Running) -> Accounts:
    address = running.addresses[0]
    rich = open_wallets(running.stage, address, RICH)
    body = {"currency": "CNY", "kind": "tests_poor", "owner": "payments"}
    poor = call(address, "POST", "/v1/accounts", body, "idempotency-key: tests-poor")
    return Accounts(rich, decode("acc", poor["id"]))


def _wait_for_more(callers: Callers) -> None:
    """Until something was answered since. Raises TimeoutError."""
    before, deadline = callers.told.answered, time.monotonic() + ANSWER_SECONDS
    while callers.told.answered == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing was answered for {ANSWER_SECONDS:.0f} s after a kill")
        time.sleep(0.01)


def _require_time(began: float, times: int) -> None:
    most = BASE_SECONDS + times * KILL_SECONDS
    if time.monotonic() - began > most:
        raise TimeoutError(f"not done after {most:.0f} s")


def _audited(address: Address) -> list[Fault]:
    audit = call(address, "GET", "/v1/verification", seconds=120)
    return [Fault("invariant", f"the audit: {check}") for check in audit["checks"] if check["failed"]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.ledger", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help=f"kills (default {TIMES})")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="of the load and the moments of the kills"
    )
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.times} kills", flush=True)
    outcome = run(arguments.times, arguments.seed)
    print(*outcome.words(), sep="\n", flush=True)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
