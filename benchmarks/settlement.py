"""Paid orders settled a second by the service's own run ÷ one SQL GROUP BY over them plus COPY of the rows that the run wrote.

The run happens once, the floor several times. Bills of the day are asked for over HTTP for some of the merchants, and shown beside.
"""

import io
import json
import time
import urllib.request
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import asyncpg

from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.sold import Sold, sell
from benchmarks.sql import connected, execute, number
from benchmarks.stage import Stage, raised
from benchmarks.wire import Address
from chassis.ids import encode

TARGET = 0.2
AUDITED_ORDERS = 50_000
"""Up to so many the whole audit is made before and after."""
MAY_GROW_MB = 64
"""By how much the process may outgrow what it held after the first chunk."""
BILLS = 200
SCHEMA = "benchmark"
_SUMMED = "SELECT merchant_id, count(*), sum(amount), sum(refunded) FROM orders GROUP BY merchant_id"
_LEFT = "SELECT count(*) FROM orders LEFT JOIN settlement_lines AS line ON line.order_id = orders.id WHERE line.order_id IS NULL"
_LOST = "SELECT count(*) - (SELECT coalesce(sum(orders), 0) FROM settlements) FROM orders"
# What a run leaves behind, and which rows of it.
_WRITTEN = {
    "settlements": "true",
    "settlement_lines": "true",
    "settlement_transfers": "true",
    "merchant_payouts": "true",
    "reserve_holdings": "true",
    "merchant_volumes": "true",
    "ledger_transfers": "code LIKE 'settlement.%'",
}


def run(plan: Plan) -> Result:
    rate, floor = Series("orders settled", "orders/s"), Series("GROUP BY, and COPY of what was written", "orders/s")
    without = Series("the same without a line for each order", "orders/s")
    with raised(plan.data, durable=plan.durable) as stage:
        if number(stage.admin_url, "SELECT count(*) FROM orders"):
            raise RuntimeError("the folder holds orders of before: settlement is measured in a new one")
        sold = sell(stage, plan.orders, plan.seed)
        audited = ["--audit"] if plan.orders <= AUDITED_ORDERS else []
        found = json.loads(stage.run("benchmarks.settling", *audited))
        rate.values.append(plan.orders / found["seconds"])
        _require_settled(stage)
        execute(stage.admin_url, "VACUUM (ANALYZE) orders", "CHECKPOINT")
        rows = connected(stage.admin_url, _written)
        fewer = {table: encoded for table, encoded in rows.items() if table != "settlement_lines"}
        for _ in range(plan.rounds):
            for series, copied in ((floor, rows), (without, fewer)):
                series.values.append(plan.orders / connected(stage.admin_url, partial(_floor, rows=copied)))
        with stage.serving(1) as serving:
            bills = _bills(serving.addresses[0], sold)
    others = [Series(name, unit, [found[key]]) for name, unit, key in _SHOWN]
    if found["peak_mb"] > found["first_chunk_mb"] + MAY_GROW_MB:
        raise AssertionError(f"the run's memory grows with the orders: {found}")
    note = f"{plan.orders:,} orders of {len(sold.merchants):,} merchants" + (", audited" if audited else "")
    return Result("settlement", rate, floor, TARGET, [without, bills, *others], [note])


_SHOWN = (
    ("processor time, settling process", "s", "processor_seconds"),
    ("memory of the settling process before", "MB", "began_mb"),
    ("at most in the first chunk", "MB", "first_chunk_mb"),
    ("at most at all", "MB", "peak_mb"),
)


def _require_settled(stage: Stage) -> None:
    """Each order is in one settlement."""
    left, lost = number(stage.admin_url, _LEFT), number(stage.admin_url, _LOST)
    if left or lost:
        raise AssertionError(f"{left} orders are not settled, {lost} not counted in a settlement")


async def _written(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, bytes]:
    """The run's rows by table, in COPY's binary form; and for each table an empty one like it, with the same indexes."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    rows = {}
    for table, which in _WRITTEN.items():
        await connection.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE public.{table} INCLUDING ALL)")
        target = io.BytesIO()
        await connection.copy_from_query(f"SELECT * FROM {table} WHERE {which}", output=target, format="binary")  # noqa: S608
        rows[table] = target.getvalue()
    return rows


async def _floor(connection: "asyncpg.Connection[asyncpg.Record]", rows: dict[str, bytes]) -> float:
    """Seconds of summing up all orders and of copying the rows into empty tables, with commit."""
    await connection.execute("TRUNCATE " + ", ".join(f"{SCHEMA}.{table}" for table in rows))
    began = time.perf_counter()
    async with connection.transaction():
        await connection.fetch(_SUMMED)
        for table, encoded in rows.items():
            await connection.copy_to_table(table, schema_name=SCHEMA, source=io.BytesIO(encoded), format="binary")
    return time.perf_counter() - began


def _bills(address: Address, sold: Sold) -> Series:
    """Bills of the day's trades, one after another, each with all orders of its merchant."""
    found = Series("bills of a merchant's day over HTTP", "bills/s")
    chosen: Sequence[UUID] = sold.merchants[:BILLS]
    began, lines = time.perf_counter(), 0
    for merchant_id in chosen:
        lines += _bill(address, f"/v1/merchants/{encode('mer', merchant_id)}/bills/{sold.day}/trades").count(b"ord_")
    found.values.append(len(chosen) / (time.perf_counter() - began))
    if lines < len(chosen):
        raise AssertionError("a bill is without its orders")
    return found


def _bill(address: Address, path: str) -> bytes:
    request = urllib.request.Request(f"http://{address.host}:{address.port}{path}")
    request.add_header("authorization", f"Bearer {address.token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        bill: bytes = answer.read()
    return bill
