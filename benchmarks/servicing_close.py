"""Active loans closed for a day a second ÷ one SQL UPDATE of the same loans and one COPY of the same accruals.

Beside it the recipe that Apache Fineract publishes: 1,000 loans of 24 months at 12 %, closed day after day to day 700.
"""

import io
import json
import statistics
import time
from datetime import date, timedelta
from functools import partial

import asyncpg

from benchmarks.borrowed import KINDS, RATE, Kind, borrow, kinds
from benchmarks.lending_stage import LendingStage
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.sql import connected, execute, fetch, number
from benchmarks.stage import raised
from finance.accrual import simple_interest_minor

TARGET = 0.25
GROWTH = 1.3
"""The most that a day may cost after two years, as a multiple of one in the first weeks."""
MONTHS = 24
RECIPE_LOANS = 1_000
RECIPE_DAYS = 700
TOLD = (1, 7, 30, 100, 300, 700)
START = date(2026, 1, 15)
SCHEMA = "benchmark"


def run(plan: Plan) -> Result:
    rate, floor = (
        Series("loans closed for a day", "loans/s"),
        Series("UPDATE of the loans, COPY of the accruals", "loans/s"),
    )
    recipe, growth = Series("recipe: loans·days", "1/s"), Series("recipe: a day around 685 ÷ around 30", "")
    with raised(plan.data, durable=plan.durable) as stage:
        lending = LendingStage(stage)
        lending.prepare()
        found = kinds(START, MONTHS)
        borrow(lending.admin_url, RECIPE_LOANS, found, MONTHS)
        seconds = json.loads(lending.run("benchmarks.closing_days", START.isoformat(), str(RECIPE_DAYS)))
        recipe.values += [RECIPE_LOANS * days / sum(seconds[:days]) for days in TOLD]
        growth.values.append(statistics.median(seconds[670:700]) / statistics.median(seconds[15:45]))
        borrow(lending.admin_url, plan.loans, found, MONTHS)
        _measure(plan, lending, found, rate, floor)
    note = ", ".join(f"day {day}: {per_second:,.0f}" for day, per_second in zip(TOLD, recipe.values, strict=True))
    grown = "within" if growth.median <= GROWTH else "above"
    notes = [f"{plan.loans:,} loans; recipe, loans·days/s to {note}", f"a day's cost grew {grown} {GROWTH} times"]
    return Result("servicing_close", rate, floor, TARGET, [recipe, growth], notes)


def _measure(plan: Plan, lending: LendingStage, found: list[Kind], rate: Series, floor: Series) -> None:
    """A day within the fourth month, and the days after it: every loan has had due days, and none is paid."""
    for at in range(plan.rounds):
        day = START + timedelta(days=100 + at)
        (seconds,) = json.loads(lending.run("benchmarks.closing_days", day.isoformat(), "1"))
        rate.values.append(plan.loans / seconds)
        _require_exact(lending, found, day, plan.loans)
        execute(lending.admin_url, "CHECKPOINT")
        floor.values.append(plan.loans / connected(lending.admin_url, partial(_floor, day=day)))
        execute(lending.admin_url, "VACUUM loans", "CHECKPOINT")


async def _floor(connection: "asyncpg.Connection[asyncpg.Record]", *, day: date) -> float:
    """Seconds; what is copied was turned into COPY's form before."""
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    await connection.execute(f"DROP TABLE IF EXISTS {SCHEMA}.accruals")
    await connection.execute(f"CREATE TABLE {SCHEMA}.accruals (LIKE loan_accruals INCLUDING ALL)")
    encoded = io.BytesIO()
    query = "SELECT * FROM loan_accruals WHERE on_day = $1 ORDER BY loan_id"
    await connection.copy_from_query(query, day, output=encoded, format="binary")
    encoded.seek(0)
    began = time.perf_counter()
    await connection.execute("UPDATE loans SET changed_at = changed_at + interval '1 day' WHERE state = 'repaying'")
    await connection.copy_to_table("accruals", schema_name=SCHEMA, source=encoded, format="binary")
    return time.perf_counter() - began


def _require_exact(lending: LendingStage, found: list[Kind], day: date, loans: int) -> None:
    """Every accrual is that of `finance.accrual`, to the minor unit. Raises AssertionError."""
    rows = fetch(
        lending.admin_url,
        "SELECT principal_minor, array_agg(DISTINCT interest_minor) AS earned, count(*) AS loans"
        " FROM loan_accruals JOIN loans ON loans.id = loan_id WHERE on_day = $1 GROUP BY principal_minor",
        day,
    )
    expected = {kind.schedule.principal_minor: [_earned(kind, day)] for kind in found}
    told = {row["principal_minor"]: [int(one) for one in row["earned"]] for row in rows}
    if told != expected or sum(row["loans"] for row in rows) != loans or len(rows) != KINDS:
        raise AssertionError("what the close wrote is not what the mathematics says")
    if number(lending.admin_url, f"SELECT loans FROM day_closes WHERE day = '{day}'") != loans:  # noqa: S608
        raise AssertionError("a loan was left out")


def _earned(kind: Kind, day: date) -> int:
    row = next(one for one in kind.schedule.rows if one.from_on <= day < one.from_on + timedelta(days=one.days))
    after = day + timedelta(days=1)
    if after - row.from_on == timedelta(days=row.days):
        return row.interest_minor - _within(kind, row.from_on, day, row.principal_minor + row.balance_minor)
    owed = row.principal_minor + row.balance_minor
    return _within(kind, row.from_on, after, owed) - _within(kind, row.from_on, day, owed)


def _within(kind: Kind, from_on: date, to_on: date, owed: int) -> int:
    return simple_interest_minor(owed, RATE, from_on, to_on, day_count=kind.schedule.day_count, rounding="half_up")
