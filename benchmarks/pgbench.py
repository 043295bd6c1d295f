"""The floor of single transfers: PostgreSQL's own pgbench on the same server, in a database of its own.

TPC-B-like: three updates, a select and an insert into a history in one transaction: what a ledger does for one transfer, without
HTTP, tokens, rules, double entry or a key of the client's.
"""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sql import execute
from suite.postgres import Server

DATABASE = "pgbench"
CLIENTS = 8
THREADS = 2
SCALE = 20
PATIENCE_SECONDS = 300
_RATE = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)


@dataclass(frozen=True)
class Pgbench:
    server: Server

    def prepare(self, scale: int = SCALE) -> None:
        """Its database and tables, filled and vacuumed."""
        execute(self.server.url(), f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}")
        self._run("--initialize", "--scale", str(scale), "--quiet")

    def rate(self, seconds: int) -> float:
        """Transactions a second over `seconds`, connecting not counted."""
        told = self._play(seconds)
        found = _RATE.search(told)
        if found is None:
            raise RuntimeError(f"pgbench did not tell its rate: {told[-500:]}")
        return float(found.group(1))

    def waits(self, seconds: int, *, rate: float | None = None) -> list[float]:
        """Seconds that each transaction took, from pgbench's log; at `rate` a second, counted from when each was due."""
        with tempfile.TemporaryDirectory(prefix="sifang-pgbench-") as folder:
            paced = [] if rate is None else ["--rate", f"{max(rate, 1.0):.1f}"]
            self._play(seconds, "--log", "--log-prefix", f"{folder}/waits", *paced)
            lines = [line for file in Path(folder).iterdir() for line in file.read_text().splitlines()]
        # client, number, microseconds, script, seconds and microseconds of the end (, lag)
        found = [int(line.split()[2]) / 1_000_000 for line in lines if line.split()[2].isdigit()]
        if not found:
            raise RuntimeError("pgbench logged no transaction")
        return found

    def _play(self, seconds: int, *more: str) -> str:
        return self._run(
            "--no-vacuum",
            "--protocol",
            "prepared",
            "--client",
            str(CLIENTS),
            "--jobs",
            str(THREADS),
            "--time",
            str(seconds),
            *more,
        )

    def _run(self, *arguments: str) -> str:
        where = ["--host", "127.0.0.1", "--port", str(self.server.port), "--username", "postgres", DATABASE]
        done = subprocess.run(
            [str(self.server.programs / "pgbench"), *arguments, *where],
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PGPASSWORD": self.server.password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"pgbench failed: {done.stderr[-500:]}")
        return done.stdout
