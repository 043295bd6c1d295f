"""Loans that are being repaid, with their schedules, written as the service would have written them: of a few kinds, many of each."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.sql import connected, execute
from finance.schedules import Schedule, build

RATE = Decimal("0.12")
KINDS = 24
"""Amounts and days of the start that differ."""
_LOANS = """
    INSERT INTO loans (id, listing_id, application_id, borrower, grade, programme_code, programme_version, principal_minor,
        currency, annual_rate, term_months, method, day_count, origination_fee_minor, reserve_contribution_minor, all_in_rate,
        ceiling_rate, account_id, borrower_account_id, starts_on, state, outstanding_minor, contracted_at, disbursed_at, changed_at)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-7001-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-7002-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        'cus_' || n, 'A', 'open_auction', 1, kind.principal_minor, 'CNY', {rate}, {months}, 'equal_instalment', kind.day_count, 0, 0,
        0.12, 0.15, '00000000-0000-7003-8000-000000000001', '00000000-0000-7003-8000-000000000002', kind.starts_on, 'repaying',
        kind.principal_minor, kind.starts_on, kind.starts_on + interval '12 hours', kind.starts_on
    FROM generate_series({first}, {last}) AS n JOIN benchmark_kinds AS kind ON kind.number = n % {kinds} ORDER BY n
"""
_ROWS = """
    INSERT INTO loan_rows (loan_id, number, from_on, due_on, days, principal_minor, interest_minor, balance_minor)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        row.number, from_on, due_on, days, principal_minor, interest_minor, balance_minor
    FROM generate_series({first}, {last}) AS n JOIN benchmark_rows AS row ON row.kind = n % {kinds} ORDER BY n, row.number
"""
AT_ONCE = 100_000


@dataclass(frozen=True)
class Kind:
    """One of the kinds: what every loan of it has."""

    number: int
    schedule: Schedule


def kinds(start_on: date, months: int) -> list[Kind]:
    """Amounts from 10,000.00 on, starting on twelve days in a row, by each of two day counts."""
    found = []
    for number in range(KINDS):
        day_count = ("30/360", "ACT/365")[number % 2]
        schedule = build(
            1_000_000 + 12_345 * number,
            RATE,
            months,
            start_on=start_on + timedelta(days=number // 2),
            day_count=day_count,
        )
        found.append(Kind(number, schedule))
    return found


def borrow(admin_url: str, loans: int, found: list[Kind], months: int) -> None:
    """So many loans, evenly of each kind. Listings and applications are left out: nothing that is measured reads them."""
    rows = [(kind.number, *row[:6], row.balance_minor) for kind in found for row in kind.schedule.rows]
    heads = [
        (kind.number, kind.schedule.principal_minor, kind.schedule.day_count, kind.schedule.start_on) for kind in found
    ]

    async def copied(connection: "object") -> None:
        await connection.copy_records_to_table("benchmark_kinds", records=heads)  # type: ignore[attr-defined]
        await connection.copy_records_to_table("benchmark_rows", records=rows)  # type: ignore[attr-defined]

    execute(
        admin_url,
        "DROP TABLE IF EXISTS benchmark_kinds, benchmark_rows",
        "CREATE TABLE benchmark_kinds (number int, principal_minor bigint, day_count text, starts_on date)",
        "CREATE TABLE benchmark_rows (kind int, number int, from_on date, due_on date, days int, principal_minor bigint,"
        " interest_minor bigint, balance_minor bigint)",
        "TRUNCATE loans, loan_rows, loan_accruals, aged_loans, day_closes CASCADE",
    )
    connected(admin_url, copied)
    for first in range(0, loans, AT_ONCE):
        span = {
            "first": first,
            "last": min(loans, first + AT_ONCE) - 1,
            "kinds": len(found),
            "rate": RATE,
            "months": months,
        }
        execute(
            admin_url, "SET session_replication_role = replica;" + _LOANS.format(**span) + ";" + _ROWS.format(**span)
        )
    execute(admin_url, "DROP TABLE benchmark_kinds, benchmark_rows")
    for table in ("loans", "loan_rows"):
        execute(admin_url, f"VACUUM (ANALYZE) {table}")
    execute(admin_url, "CHECKPOINT")
