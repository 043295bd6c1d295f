"""What the load itself costs: requests for transfers against a server that only answers.

Its processor time a request is taken away from the two cores that the service and PostgreSQL have. value: requests a second that
one core could send if it did nothing else; floor: the 20,000 that the other benchmarks need it to be able to send.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from benchmarks.closed_loop import drive
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.transfers import new_ids, random_tails, singles
from benchmarks.wire import Address
from suite.children import end_with_parent
from suite.folder import ROOT

FLOOR = 20_000.0
TOKEN = "x" * 400


def run(plan: Plan) -> Result:
    value = Series("requests of one core of the load", "requests/s")
    rate = Series("requests answered by the echo", "requests/s")
    wallets = [UUID(int=number << 16 | 1) for number in range(1000)]
    tails = random_tails(wallets, "CNY", plan.seed, 1000)
    with _echo() as address:
        for _ in range(plan.rounds):
            used = time.process_time()
            tally = drive(
                [address],
                [singles(address, tails, new_ids())],
                connections=plan.connections,
                seconds=min(plan.seconds, 2),
            )
            value.values.append(sum(tally.every.values()) / (time.process_time() - used))
            rate.values.append(tally.rate)
    floor = Series("needed", "requests/s", [FLOOR] * plan.rounds)
    return Result("load_generator", value, floor, 1.0, [rate])


@contextmanager
def _echo() -> Iterator[Address]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.echo"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Address("127.0.0.1", int(process.stdout.readline()), TOKEN)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
