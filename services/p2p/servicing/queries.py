"""The SQL of closed days. A slice of loans is one statement: no loan is read into this process."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.loans.tables import loans
from services.p2p.servicing.model import Accrual, Aged, CloseState, DayClose
from services.p2p.servicing.tables import aged_loans, day_closes, loan_accruals

_COLUMNS = [day_closes.c[name] for name in DayClose.__slots__]
_ACCRUAL = [loan_accruals.c[name] for name in Accrual.__slots__]
_AGED = [aged_loans.c[name] for name in Aged.__slots__]

_THIRTY = """360 * (extract(year FROM {to})::int - extract(year FROM began_on)::int)
             + 30 * (extract(month FROM {to})::int - extract(month FROM began_on)::int)
             + CASE WHEN extract(day FROM {to}) = 31 AND extract(day FROM began_on) >= 30 THEN 30
                    ELSE extract(day FROM {to})::int END - least(30, extract(day FROM began_on)::int)"""


def earned_by(to: str) -> str:
    """Interest from a row's beginning to a day within it, rounded half up once: balance × rate × days ÷ days of the year, exactly.

    At the row's end it is what the row asks for; so the last day of a row in which the rate changed brings what that makes.
    """
    days = f"CASE day_count WHEN '30/360' THEN {_THIRTY.format(to=to)} ELSE {to} - began_on END"
    return f"""CASE WHEN {to} >= ends_on THEN asked_minor
               ELSE div(2 * balance_minor * coalesce(row_rate, annual_rate) * ({days}) + year_days, 2 * year_days) END"""


# Of loans as they stood when the day ended: principal paid since is owed again, and so are the rows that it paid.
# Of every row of a loan the sums pick out the one that the day is in, and the oldest that is unpaid: one pass over them in their order.
_SLICE = text(f"""
    WITH terms AS MATERIALIZED (
        SELECT code, version, coalesce((terms ->> 'accrual_stop_days')::int, 90) AS stops FROM programmes
    ), owing AS MATERIALIZED (
        SELECT id, currency, annual_rate, day_count, outstanding_minor, programme_code, programme_version FROM loans
        WHERE (state IN ('repaying', 'written_off') OR changed_at >= :ended) AND disbursed_at < :ended AND id > :after
            AND starts_on <= :day ORDER BY id LIMIT :slice
    ), later AS (
        SELECT loan_id, sum(principal_minor) AS principal_minor FROM repayments
        WHERE loan_id IN (SELECT id FROM owing) AND state = 'shared' AND changed_at >= :ended GROUP BY loan_id
    ), taken AS MATERIALIZED (
        SELECT id, currency, annual_rate, day_count, outstanding_minor + coalesce(later.principal_minor, 0)::bigint AS outstanding_minor,
            programme_code, programme_version
        FROM owing LEFT JOIN later ON later.loan_id = owing.id
    ), looked AS (
        SELECT taken.id,
            max(from_on) FILTER (WHERE from_on <= :day AND from_on + days > :day) AS began_on,
            max(from_on + days) FILTER (WHERE from_on <= :day AND from_on + days > :day) AS ends_on,
            max(principal_minor + balance_minor) FILTER (WHERE from_on <= :day AND from_on + days > :day) AS balance_minor,
            max(interest_minor) FILTER (WHERE from_on <= :day AND from_on + days > :day) AS asked_minor,
            max(loan_rows.annual_rate) FILTER (WHERE from_on <= :day AND from_on + days > :day) AS row_rate,
            min(due_on) FILTER (WHERE coalesce(paid_at >= :ended, true) AND principal_minor + interest_minor > 0) AS unpaid_on
        FROM taken JOIN loan_rows ON loan_rows.loan_id = taken.id GROUP BY taken.id
    ), reckoned AS (
        SELECT taken.*, looked.began_on, ends_on, balance_minor, asked_minor, row_rate,
            greatest(0, CAST(:day AS date) - unpaid_on) AS days_past_due,
            coalesce(CAST(:day AS date) + 1 - unpaid_on <= stops, true) AS accrues,
            CASE day_count WHEN 'ACT/365' THEN 365 ELSE 360 END AS year_days
        FROM taken JOIN looked USING (id)
        JOIN terms ON terms.code = programme_code AND terms.version = programme_version
    ), made AS (
        INSERT INTO loan_accruals (on_day, loan_id, currency, outstanding_minor, interest_minor, days_past_due, accrues)
        SELECT :day, id, currency, outstanding_minor,
            CASE WHEN accrues AND began_on IS NOT NULL
                THEN ({earned_by("(CAST(:day AS date) + 1)")}) - ({earned_by("CAST(:day AS date)")}) ELSE 0 END,
            days_past_due, accrues
        FROM reckoned ORDER BY id RETURNING 1
    )
    SELECT (SELECT count(*) FROM made) AS loans, (SELECT id FROM taken ORDER BY id DESC LIMIT 1) AS last_loan
""")  # noqa: S608

_AGE = text("""
    INSERT INTO aged_loans (day, currency, bucket, loans, outstanding_minor, interest_minor, stopped)
    SELECT on_day, currency, bucket, count(*), sum(outstanding_minor), sum(interest_minor), count(*) FILTER (WHERE NOT accrues)
    FROM (SELECT *, (ARRAY['M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+'])
              [1 + width_bucket(days_past_due, ARRAY[1, 31, 61, 91, 121, 151, 181])] AS bucket
          FROM loan_accruals WHERE on_day = :day) AS aged
    GROUP BY on_day, currency, bucket
""")


async def take_slice(
    connection: AsyncConnection, day: date, ended: datetime, *, after: UUID, slice_loans: int
) -> tuple[int, UUID | None]:
    """Write what the next loans by id earned on the day and how late they are; how many, and the last of them.

    As they stood when the day ended, whatever was paid since.
    """
    facts = {"day": day, "ended": ended, "after": after, "slice": slice_loans}
    row = (await connection.execute(_SLICE, facts)).one()
    return row.loans, row.last_loan


async def add_up(connection: AsyncConnection, day: date) -> None:
    await connection.execute(_AGE, {"day": day})


async def begin(connection: AsyncConnection, close: DayClose) -> bool:
    """Whether it was not begun before."""
    values = asdict(close) | {"state": close.state.value}
    made = await connection.execute(insert(day_closes).values(values).on_conflict_do_nothing())
    return bool(made.rowcount)


async def save(connection: AsyncConnection, close: DayClose) -> None:
    values = asdict(close) | {"state": close.state.value}
    await connection.execute(update(day_closes).where(day_closes.c.day == close.day).values(values))


async def load(connection: AsyncConnection, day: date, *, lock: bool = False) -> DayClose | None:
    wanted = select(*_COLUMNS).where(day_closes.c.day == day)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _close(row)


async def newest(connection: AsyncConnection) -> DayClose | None:
    wanted = select(*_COLUMNS).order_by(day_closes.c.day.desc()).limit(1)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _close(row)


async def find(connection: AsyncConnection, *, before: date | None, limit: int) -> list[DayClose]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(day_closes.c.day.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(day_closes.c.day < before)
    return [_close(row) for row in await connection.execute(wanted)]


async def first_day(connection: AsyncConnection, zone: ZoneInfo) -> date | None:
    """The day on which the first loan was paid out."""
    found = (await connection.execute(select(func.min(loans.c.disbursed_at)))).scalar_one()
    return None if found is None else business_day(found, zone)


async def aged(connection: AsyncConnection, days: Sequence[date]) -> dict[date, list[Aged]]:
    wanted = (
        select(*_AGED)
        .where(aged_loans.c.day.in_(days))
        .order_by(*(aged_loans.c[name] for name in ("currency", "bucket")))
    )
    found: dict[date, list[Aged]] = {day: [] for day in days}
    for row in await connection.execute(wanted):
        found[row.day].append(Aged(**row._mapping))
    return found


async def of_loan(
    connection: AsyncConnection, loan_id: UUID, *, before: date | None, since: date, limit: int
) -> list[Accrual]:
    """A loan's days, newest first, at most limit + 1: the key begins with the day, so each day is looked up by itself."""
    days = select(day_closes.c.day).where(day_closes.c.day >= since)
    if before is not None:
        days = days.where(day_closes.c.day < before)
    wanted = (
        select(*_ACCRUAL)
        .where(loan_accruals.c.on_day.in_(days), loan_accruals.c.loan_id == loan_id)
        .order_by(loan_accruals.c.on_day.desc())
        .limit(limit + 1)
    )
    return [Accrual(**row._mapping) for row in await connection.execute(wanted)]


def _close(row: Any) -> DayClose:
    return DayClose(**dict(row._mapping) | {"state": CloseState(row.state)})
