"""The floor of single transfers: PostgreSQL's own pgbench on the same server, in a database of its own.

TPC-B-like: three updates, a select and an insert into a history in one transaction: what a ledger does for one transfer, without
HTTP, tokens, rules, double entry or a key of the client's.
"""

import os
import re
import subprocess
from dataclasses import dataclass

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
        told = self._run(
            "--no-vacuum",
            "--protocol",
            "prepared",
            "--client",
            str(CLIENTS),
            "--jobs",
            str(THREADS),
            "--time",
            str(seconds),
        )
        found = _RATE.search(told)
        if found is None:
            raise RuntimeError(f"pgbench did not tell its rate: {told[-500:]}")
        return float(found.group(1))

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
