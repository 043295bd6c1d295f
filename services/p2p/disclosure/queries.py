"""The SQL of reports: of everything as it was at the end of a month, whenever it is asked."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.disclosure.model import BUCKETS, Indicators, OperatingReport, Overdue, RelatedParty, Relation
from services.p2p.disclosure.tables import operating_reports, related_parties

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('operating_reports'), hashtext(:month))")
# `standing` is what the close of the month's last day saw; `paid_after`: what was paid since of what was due by then.
_INDICATORS = text("""
    WITH made AS MATERIALIZED (
        SELECT * FROM loans WHERE currency = :currency AND disbursed_at < :until
    ), standing AS MATERIALIZED (
        SELECT accrual.loan_id, accrual.outstanding_minor, accrual.days_past_due, made.borrower FROM loan_accruals AS accrual
        JOIN made ON made.id = accrual.loan_id WHERE accrual.on_day = :last_day AND accrual.outstanding_minor > 0
    ), owing AS (
        SELECT borrower, sum(outstanding_minor) AS owed FROM standing GROUP BY borrower
    ), held AS (
        SELECT DISTINCT ON (version.claim_id) claims.holder, version.outstanding_minor FROM claim_versions AS version
        JOIN claims ON claims.id = version.claim_id WHERE claims.currency = :currency AND version.changed_at < :until
            AND claims.holder LIKE 'cus!_%' ESCAPE '!'
        ORDER BY version.claim_id, version.version DESC
    ), covered AS (
        SELECT loan_id, principal_minor, interest_minor FROM compensations
        WHERE currency = :currency AND state = 'paid' AND changed_at < :until
    ), repaid AS (
        SELECT sum(principal_minor) AS principal, sum(interest_minor) AS interest FROM repayments
        WHERE currency = :currency AND state = 'shared' AND changed_at >= :since AND changed_at < :until
    ), related AS (
        SELECT sum(outstanding_minor) AS owed, count(*) AS loans FROM standing WHERE borrower IN (
            SELECT party FROM related_parties WHERE from_on <= :last_day AND (until_on IS NULL OR until_on > :last_day))
    ), lost AS (
        SELECT outstanding_minor FROM standing WHERE loan_id IN (
            SELECT loan_id FROM write_offs WHERE state = 'approved' AND changed_at < :until)
    ), unpaid AS (
        SELECT sum(interest_minor - interest_paid_minor) AS interest FROM loan_rows JOIN standing USING (loan_id)
    )
    SELECT
        (SELECT coalesce(sum(principal_minor), 0) FROM made WHERE disbursed_at >= :since) AS lent_minor,
        (SELECT count(*) FROM made WHERE disbursed_at >= :since) AS loans,
        (SELECT coalesce(sum(principal_minor), 0) FROM made) AS lent_ever_minor,
        (SELECT count(*) FROM made) AS loans_ever,
        (SELECT coalesce(round(avg(principal_minor)), 0) FROM made) AS average_loan_minor,
        (SELECT coalesce(round(sum(annual_rate * principal_minor) / sum(principal_minor), 6), 0) FROM made) AS average_annual_rate,
        (SELECT coalesce(round(avg(term_months), 2), 0) FROM made) AS average_term_months,
        (SELECT coalesce(principal, 0) FROM repaid) AS repaid_principal_minor,
        (SELECT coalesce(interest, 0) FROM repaid) AS repaid_interest_minor,
        (SELECT coalesce(sum(outstanding_minor), 0) FROM standing) AS outstanding_minor,
        (SELECT count(*) FROM standing) AS outstanding_loans,
        (SELECT coalesce(interest, 0) FROM unpaid) AS interest_due_minor,
        (SELECT count(*) FROM owing) AS borrowers_now,
        (SELECT count(DISTINCT borrower) FROM made) AS borrowers_ever,
        (SELECT count(DISTINCT holder) FROM held WHERE outstanding_minor > 0) AS lenders_now,
        (SELECT count(DISTINCT holder) FROM held) AS lenders_ever,
        (SELECT coalesce(round(max(owed) / sum(owed), 6), 0) FROM owing) AS largest_borrower_share,
        (SELECT coalesce(round(sum(owed) FILTER (WHERE place <= 10) / sum(owed), 6), 0)
            FROM (SELECT owed, row_number() OVER (ORDER BY owed DESC) AS place FROM owing) AS ranked) AS ten_largest_borrowers_share,
        (SELECT coalesce(owed, 0) FROM related) AS related_minor,
        (SELECT loans FROM related) AS related_loans,
        (SELECT coalesce(sum(outstanding_minor), 0) FROM lost) AS written_off_minor,
        (SELECT count(*) FROM lost) AS written_off_loans,
        (SELECT coalesce(sum(principal_minor + interest_minor), 0) FROM covered) AS compensated_ever_minor,
        (SELECT count(DISTINCT loan_id) FROM covered) AS compensated_loans_ever,
        (SELECT coalesce(sum(origination_fee_minor), 0) FROM made WHERE disbursed_at >= :since) AS origination_fees_minor,
        (SELECT coalesce(sum(origination_fee_minor), 0) FROM made) AS origination_fees_ever_minor,
        (SELECT coalesce(sum(reserve_contribution_minor), 0) FROM made WHERE disbursed_at >= :since) AS reserve_contributions_minor
""")
_OVERDUE = text("""
    WITH late AS MATERIALIZED (
        SELECT accrual.loan_id, accrual.outstanding_minor, accrual.days_past_due FROM loan_accruals AS accrual
        JOIN loans ON loans.id = accrual.loan_id
        WHERE accrual.on_day = :last_day AND accrual.days_past_due > 0 AND accrual.outstanding_minor > 0 AND loans.currency = :currency
    ), paid_after AS (
        SELECT repayments.loan_id, part.row_number, sum(part.amount_minor) AS amount FROM repayments
        JOIN late ON late.loan_id = repayments.loan_id JOIN repayment_parts AS part ON part.repayment_id = repayments.id
        WHERE repayments.state = 'shared' AND repayments.changed_at >= :until AND part.kind IN ('principal', 'interest')
        GROUP BY repayments.loan_id, part.row_number
    ), due AS (
        SELECT late.loan_id, sum(loan_rows.principal_minor - principal_paid_minor + interest_minor - interest_paid_minor
            + coalesce(paid_after.amount, 0)) AS overdue
        FROM late JOIN loan_rows ON loan_rows.loan_id = late.loan_id AND loan_rows.due_on <= :last_day
        LEFT JOIN paid_after ON paid_after.loan_id = late.loan_id AND paid_after.row_number = loan_rows.number
        GROUP BY late.loan_id
    )
    SELECT (ARRAY['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+'])
            [width_bucket(late.days_past_due, ARRAY[1, 31, 61, 91, 121, 151, 181])] AS bucket,
        count(*) AS loans, sum(late.outstanding_minor)::bigint AS outstanding_minor, coalesce(sum(due.overdue), 0)::bigint AS overdue_minor,
        count(*) FILTER (WHERE late.days_past_due > 90) AS loans_90,
        coalesce(sum(due.overdue) FILTER (WHERE late.days_past_due > 90), 0)::bigint AS overdue_90
    FROM late LEFT JOIN due USING (loan_id) GROUP BY 1
""")
# A number by month and not an id: two months' books cannot be joined, and nobody is found again in them.
_BOOK = text("""
    SELECT row_number() OVER (ORDER BY md5(loans.id::text || :salt)) AS number, programme_code, programme_version, grade, loans.currency,
        principal_minor, annual_rate, term_months, method, to_char(starts_on, 'YYYY-MM') AS started, accrual.outstanding_minor,
        accrual.days_past_due
    FROM loan_accruals AS accrual JOIN loans ON loans.id = accrual.loan_id
    WHERE accrual.on_day = :last_day ORDER BY number
""")


async def currencies(connection: AsyncConnection, until: datetime) -> list[str]:
    found = await connection.execute(
        text("SELECT DISTINCT currency FROM loans WHERE disbursed_at < :until ORDER BY 1"), {"until": until}
    )
    return list(found.scalars())


async def closed(connection: AsyncConnection, day: date) -> bool:
    """Whether that day is closed: until then nobody knows how late loans were at its end."""
    found = await connection.execute(text("SELECT state = 'closed' FROM day_closes WHERE day = :day"), {"day": day})
    return bool(found.scalar_one_or_none())


async def first_closed(connection: AsyncConnection) -> date | None:
    found: date | None = (await connection.execute(text("SELECT min(day) FROM day_closes"))).scalar_one()
    return found


async def indicators(
    connection: AsyncConnection, currency: str, *, since: datetime, until: datetime, last_day: date, reserve_minor: int
) -> Indicators:
    facts = {"currency": currency, "since": since, "until": until, "last_day": last_day}
    row = (await connection.execute(_INDICATORS, facts)).one()
    late = (await connection.execute(_OVERDUE, facts)).all()
    by_bucket = {one.bucket: one for one in late}
    found: dict[str, Any] = {name: str(value) for name, value in row._mapping.items()}
    found |= {
        "overdue_minor": sum(one.overdue_minor for one in late),
        "overdue_loans": sum(one.loans for one in late),
        "overdue_90_minor": sum(one.overdue_90 for one in late),
        "overdue_90_loans": sum(one.loans_90 for one in late),
        "reserve_fund_minor": reserve_minor,
        "overdue": [
            Overdue(name, one.loans, one.outstanding_minor, one.overdue_minor)
            for name in BUCKETS
            if (one := by_bucket.get(name)) is not None
        ],
    }
    # Sums come as decimals whatever they sum up: each becomes what its field says.
    return msgspec.convert(msgspec.to_builtins(found), Indicators, strict=False)


async def newest_version(connection: AsyncConnection, month: str, currency: str) -> int:
    """0 where there is none; whoever else publishes that month waits."""
    await connection.execute(_LOCK, {"month": month})
    wanted = (
        select(operating_reports.c.version)
        .where(operating_reports.c.month == month, operating_reports.c.currency == currency)
        .order_by(operating_reports.c.version.desc())
        .limit(1)
    )
    return (await connection.execute(wanted)).scalar_one_or_none() or 0


async def add(connection: AsyncConnection, report: OperatingReport) -> None:
    row = asdict(report) | {"indicators": msgspec.to_builtins(report.indicators)}
    await connection.execute(insert(operating_reports), row)


async def load(connection: AsyncConnection, month: str, currency: str, version: int | None) -> OperatingReport | None:
    """version: the newest unless told."""
    table = operating_reports.c
    wanted = select(operating_reports).where(table.month == month, table.currency == currency)
    if version is not None:
        wanted = wanted.where(table.version == version)
    row = (await connection.execute(wanted.order_by(table.version.desc()).limit(1))).one_or_none()
    return None if row is None else _report(row)


async def find(
    connection: AsyncConnection, *, before: tuple[str, str, int] | None, limit: int
) -> list[OperatingReport]:
    """Every version, newest months first, at most limit + 1."""
    key = text("(month, currency, version) < (:month, :currency, :version)")
    wanted = select(operating_reports).order_by(
        operating_reports.c.month.desc(), operating_reports.c.currency.desc(), operating_reports.c.version.desc()
    )
    facts: dict[str, Any] = {}
    if before is not None:
        wanted = wanted.where(key)
        facts = dict(zip(("month", "currency", "version"), before, strict=True))
    return [_report(row) for row in await connection.execute(wanted.limit(limit + 1), facts)]


async def published_months(connection: AsyncConnection) -> set[str]:
    return set((await connection.execute(select(operating_reports.c.month).distinct())).scalars())


async def loan_book(
    connection: AsyncConnection, last_day: date, salt: str, *, size: int
) -> AsyncIterator[Sequence[Any]]:
    """Loans as the close of the day saw them, in an order that says nothing, in pieces."""
    stream = await connection.stream(_BOOK, {"last_day": last_day, "salt": salt})
    async for rows in stream.partitions(size):
        yield rows


async def add_related(connection: AsyncConnection, found: RelatedParty) -> bool:
    """Whether it was not known from that day on."""
    statement = pg_insert(related_parties).values(asdict(found)).on_conflict_do_nothing()
    return bool((await connection.execute(statement)).rowcount)


async def related(connection: AsyncConnection) -> list[RelatedParty]:
    wanted = select(related_parties).order_by(related_parties.c.party, related_parties.c.from_on)
    return [
        RelatedParty(**dict(row._mapping) | {"relation": Relation(row.relation)})
        for row in await connection.execute(wanted)
    ]


async def end_related(connection: AsyncConnection, party: str, day: date) -> int:
    table = related_parties.c
    statement = update(related_parties).where(table.party == party, table.until_on.is_(None), table.from_on < day)
    return (await connection.execute(statement.values(until_on=day))).rowcount


def _report(row: Any) -> OperatingReport:
    return OperatingReport(**dict(row._mapping) | {"indicators": msgspec.convert(row.indicators, Indicators)})
