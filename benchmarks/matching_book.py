"""A million standing orders, of which one in a hundred is eligible and every second of those is out of budget, beside a payments service
with the wallets of the eligible; and a program that runs with the surroundings of a process of p2p.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from benchmarks.plan import Plan
from benchmarks.sql import connected, execute
from benchmarks.stage import HOST, Serving, Stage, raised
from benchmarks.wallets import open_wallets
from chassis.ids import encode
from suite import databases
from suite.children import end_with_parent
from suite.folder import ROOT
from suite.parts import PARTS

ELIGIBLE_OF = 100
"""One order in so many."""
LOT, BUDGET = 5_000, 10**9
SCHEMA = "benchmark"
P2P = PARTS["p2p"]
Figures = Mapping[str, Sequence[float]]
"""Milliseconds, by what they were measured of."""
_FITTING = """
    INSERT INTO standing_order_criteria (currency, lowest_rate, programmes, grades, terms_months)
    SELECT 'CNY', 0.05 + n * 0.005, ARRAY['open_auction'], ARRAY['A', 'B'], ARRAY[6, 12] FROM generate_series(0, 9) AS n
"""
# Others want another grade, term or programme, or a rate above the listings'.
_OTHERS = """
    INSERT INTO standing_order_criteria (currency, lowest_rate, programmes, grades, terms_months)
    SELECT 'CNY', CASE WHEN n % 4 = 0 THEN 0.101 ELSE 0.05 END + n * 0.0001,
        ARRAY[CASE WHEN n % 4 = 1 THEN 'guaranteed' ELSE 'open_auction' END],
        ARRAY[CASE WHEN n % 4 = 2 THEN 'C' ELSE 'A' END], ARRAY[CASE WHEN n % 4 = 3 THEN 36 ELSE 12 END]
    FROM generate_series(0, 99) AS n
"""
_COLUMNS = (
    "id", "lender", "account_id", "criteria_id", "least_minor", "most_minor", "share_cap", "budget_minor", "reserve_minor",
    "committed_minor", "state", "refusals", "place", "queued_at", "version", "requested_at", "changed_at", "expires_at",
)  # fmt: skip
_NOT_ELIGIBLE = f"""
    INSERT INTO standing_orders ({", ".join(_COLUMNS)})
    SELECT gen_random_uuid(), 'cus_' || lpad(place::text, 26, '0'), gen_random_uuid(), 11 + place % 100, {LOT}, {LOT}, 1, {BUDGET}, 0,
        0, 'active', 0, place, now(), 1, now(), now(), now() + interval '1 year'
    FROM generate_series(1, {{orders}}) AS place WHERE place % {ELIGIBLE_OF} <> 0
"""  # noqa: S608
# Every lender may lend to every grade: whoever is looked at is looked up.
_LEVELS = """
    INSERT INTO risk_assessments (id, lender, number, version, answers, points, level, taken_on, valid_until_on, taken_at)
    SELECT gen_random_uuid(), lender, 1, 1, '{}', 30, 5, current_date - 1, current_date + 300, now() FROM standing_orders
"""
_AFTERWARDS = (
    _LEVELS,
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"CREATE TABLE {SCHEMA}.standing_orders (LIKE standing_orders INCLUDING ALL)",
    f"INSERT INTO {SCHEMA}.standing_orders SELECT * FROM standing_orders",  # noqa: S608
    f"CREATE TABLE {SCHEMA}.bids (LIKE bids INCLUDING ALL)",
    f"VACUUM (ANALYZE) standing_orders, standing_order_criteria, risk_assessments, {SCHEMA}.standing_orders",
    "CHECKPOINT",
)


@dataclass
class Book:
    """payments is served; a process of p2p may be run."""

    stage: Stage
    serving: Serving
    addresses: databases.Addresses

    @property
    def admin_url(self) -> str:
        return self.stage.server.url(f"sifang_{P2P.name}")

    def run(self, *arguments: str) -> Figures:
        """`benchmarks.matching_house` to its end; what it printed. Raises RuntimeError if it fails."""
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.matching_house", self.admin_url, *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        if ended.returncode:
            raise RuntimeError(f"matching failed:\n{ended.stderr[-2000:]}")
        return dict(json.loads(ended.stdout.splitlines()[-1]))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIFANG_")}
        told = {f"{part.prefix}URL": f"http://{HOST}:9" for part in PARTS.values()}
        told |= {PARTS["payments"].prefix + "URL": f"http://{HOST}:{self.serving.addresses[0].port}"}
        own = {"SIFANG_MODE": "test", "SIFANG_KEYS": str(self.stage.folder.keys)}
        return kept | told | own | self.addresses.variables(P2P)


@contextmanager
def kept(plan: Plan) -> Iterator[Book]:
    """Everything up to the first listing; gone afterwards."""
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or 1) as serving:
        passwords = stage.folder.passwords([P2P.name])[P2P.name]
        addresses = databases.embedded(P2P, stage.server, passwords)
        databases.prepare(stage.folder, {P2P.name: addresses}, stage.server.url())
        book = Book(stage, serving, addresses)
        wallets = open_wallets(stage, serving.addresses[0], plan.standing_orders // ELIGIBLE_OF)
        _write(book, wallets, plan.standing_orders)
        yield book


def _write(book: Book, wallets: Sequence[UUID], orders: int) -> None:
    """The eligible at every hundredth place; of each two of them the first is out of budget."""
    now = datetime.now(UTC)
    rows = [
        (
            wallet, encode("cus", wallet), wallet, 1 + number // 2 % 10, LOT, LOT, 1, BUDGET, 0,
            BUDGET if number % 2 else 0, "active", 0, number * ELIGIBLE_OF, now, 1, now, now, now.replace(year=now.year + 1),
        )
        for number, wallet in enumerate(wallets, 1)
    ]  # fmt: skip

    async def copy(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.copy_records_to_table("standing_orders", records=rows, columns=_COLUMNS)

    execute(book.admin_url, _FITTING, _OTHERS)
    connected(book.admin_url, copy)
    execute(
        book.admin_url,
        _NOT_ELIGIBLE.format(orders=orders),
        f"SELECT setval('book_moments', {10 * orders})",
        *_AFTERWARDS,
    )
