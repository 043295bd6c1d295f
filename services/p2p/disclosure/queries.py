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

_LOCK_RELATED = text("SELECT pg_advisory_xact_lock(hashtext('related_parties'))")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('operating_reports'), hashtext(:month))")
# What each loan that was outstanding at the end of the last day asked for then. Of loans to which nothing happened since, that is what
# they ask for now; of the others it is worked out of the schedule that was in force then and what had been paid and not taken back.
_AS_IT_WAS = """
    made AS MATERIALIZED (
        SELECT * FROM loans WHERE currency = :currency AND disbursed_at < :until
    ), standing AS MATERIALIZED (
        SELECT accrual.loan_id, accrual.outstanding_minor, accrual.days_past_due, made.borrower FROM loan_accruals AS accrual
        JOIN made ON made.id = accrual.loan_id WHERE accrual.on_day = :last_day AND accrual.outstanding_minor > 0
    ), received AS MATERIALIZED (
        SELECT repayments.*, coalesce(shared_at, changed_at) AS received_at, finished_at AS returned_at
        FROM repayments LEFT JOIN repayment_reversals ON repayment_id = id
        WHERE currency = :currency AND state IN ('shared', 'reversing', 'reversed')
    ), since_changed AS MATERIALIZED (
        SELECT loan_id FROM received WHERE received_at >= :until OR returned_at >= :until
        UNION SELECT loan_id FROM past_loan_rows WHERE superseded_at >= :until
    ), planned AS (
        SELECT loan_rows.loan_id, number, due_on, principal_minor, interest_minor FROM loan_rows JOIN since_changed USING (loan_id)
        WHERE NOT EXISTS (SELECT FROM past_loan_rows WHERE past_loan_rows.loan_id = loan_rows.loan_id AND superseded_at >= :until)
        UNION ALL
        SELECT past.loan_id, number, due_on, principal_minor, interest_minor FROM past_loan_rows AS past JOIN since_changed USING (loan_id)
        WHERE version = (SELECT min(version) FROM past_loan_rows WHERE past_loan_rows.loan_id = past.loan_id AND superseded_at >= :until)
    ), paid AS (
        SELECT received.loan_id, part.row_number, coalesce(sum(part.amount_minor) FILTER (WHERE kind = 'principal'), 0) AS principal,
            coalesce(sum(part.amount_minor) FILTER (WHERE kind = 'interest'), 0) AS interest
        FROM received JOIN since_changed USING (loan_id) JOIN repayment_parts AS part ON part.repayment_id = received.id
        WHERE received_at < :until AND (returned_at IS NULL OR returned_at >= :until) GROUP BY received.loan_id, part.row_number
    ), asked AS (
        SELECT loan_id, due_on, principal_minor - principal_paid_minor AS principal, interest_minor - interest_paid_minor AS interest
        FROM loan_rows JOIN standing USING (loan_id) WHERE loan_id NOT IN (SELECT loan_id FROM since_changed)
        UNION ALL
        SELECT planned.loan_id, due_on, principal_minor - coalesce(paid.principal, 0), interest_minor - coalesce(paid.interest, 0)
        FROM planned JOIN standing ON standing.loan_id = planned.loan_id
        LEFT JOIN paid ON paid.loan_id = planned.loan_id AND paid.row_number = planned.number
    )"""
_INDICATORS = text(f"""
    WITH {_AS_IT_WAS}, owing AS (
        SELECT borrower, sum(outstanding_minor) AS owed FROM standing GROUP BY borrower
    ), held AS (
        SELECT DISTINCT ON (version.claim_id) claims.holder, version.outstanding_minor FROM claim_versions AS version
        JOIN claims ON claims.id = version.claim_id JOIN loans ON loans.id = claims.loan_id JOIN listings ON listings.id = listing_id
        WHERE claims.currency = :currency AND version.changed_at < :until
            AND claims.holder LIKE 'cus!_%' ESCAPE '!' AND claims.holder IS DISTINCT FROM retained_by
        ORDER BY version.claim_id, version.version DESC
    ), covered AS (
        SELECT loan_id, principal_minor, interest_minor FROM compensations
        WHERE currency = :currency AND state = 'paid' AND changed_at < :until
    ), related AS (
        SELECT sum(outstanding_minor) AS owed, count(*) AS loans FROM standing WHERE borrower IN (
            SELECT party FROM related_parties WHERE from_on <= :last_day AND (until_on IS NULL OR until_on > :last_day))
    ), lost AS (
        SELECT outstanding_minor FROM standing WHERE loan_id IN (
            SELECT loan_id FROM write_offs WHERE state = 'approved' AND changed_at < :until)
    ), fees AS (
        SELECT repayment_id, sum(collection_fee_minor) AS kept, sum(interest_fee_minor) AS taken FROM repayment_shares
        WHERE collection_fee_minor > 0 OR interest_fee_minor > 0 GROUP BY repayment_id
    ), repaid AS (
        SELECT received_at AS happened_at, principal_minor AS principal, interest_minor AS interest, fee_minor AS fee,
            share.kept, share.taken
        FROM received LEFT JOIN fees AS share ON share.repayment_id = received.id WHERE received_at < :until
        UNION ALL
        SELECT returned_at, -principal_minor, -interest_minor, -fee_minor,
            -share.kept, -share.taken
        FROM received LEFT JOIN fees AS share ON share.repayment_id = received.id WHERE returned_at < :until
    ), plan_charges AS (
        SELECT ended_at, fees_minor + CASE plans.terms ->> 'above_cap' WHEN 'to_platform' THEN excess_minor ELSE 0 END AS fee_minor
        FROM enrolments JOIN plans ON plans.code = plan_code AND plans.version = plan_version
        WHERE enrolments.currency = :currency AND enrolments.state = 'ended' AND NOT waived AND ended_at < :until
    ), resold AS (
        SELECT changed_at, fee_minor FROM claim_purchases WHERE currency = :currency AND state = 'settled' AND changed_at < :until
    )
    SELECT
        (SELECT coalesce(sum(principal_minor), 0) FROM made WHERE disbursed_at >= :since) AS lent_minor,
        (SELECT count(*) FROM made WHERE disbursed_at >= :since) AS loans,
        (SELECT coalesce(sum(principal_minor), 0) FROM made) AS lent_ever_minor,
        (SELECT count(*) FROM made) AS loans_ever,
        (SELECT coalesce(round(avg(principal_minor)), 0) FROM made) AS average_loan_minor,
        (SELECT coalesce(round(sum(annual_rate * principal_minor) / sum(principal_minor), 6), 0) FROM made) AS average_annual_rate,
        (SELECT coalesce(round(avg(term_months), 2), 0) FROM made) AS average_term_months,
        (SELECT coalesce(sum(principal), 0) FROM repaid WHERE happened_at >= :since) AS repaid_principal_minor,
        (SELECT coalesce(sum(interest), 0) FROM repaid WHERE happened_at >= :since) AS repaid_interest_minor,
        (SELECT coalesce(sum(outstanding_minor), 0) FROM standing) AS outstanding_minor,
        (SELECT count(*) FROM standing) AS outstanding_loans,
        (SELECT coalesce(sum(interest), 0) FROM asked) AS interest_due_minor,
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
        (SELECT coalesce(sum(fee), 0) FROM repaid WHERE happened_at >= :since) AS prepayment_fees_minor,
        (SELECT coalesce(sum(fee), 0) FROM repaid) AS prepayment_fees_ever_minor,
        (SELECT coalesce(sum(kept), 0) FROM repaid WHERE happened_at >= :since) AS collection_fees_minor,
        (SELECT coalesce(sum(kept), 0) FROM repaid) AS collection_fees_ever_minor,
        (SELECT coalesce(sum(taken), 0) FROM repaid WHERE happened_at >= :since) AS interest_fees_minor,
        (SELECT coalesce(sum(taken), 0) FROM repaid) AS interest_fees_ever_minor,
        (SELECT coalesce(sum(fee_minor), 0) FROM resold WHERE changed_at >= :since) AS resale_fees_minor,
        (SELECT coalesce(sum(fee_minor), 0) FROM resold) AS resale_fees_ever_minor,
        (SELECT coalesce(sum(fee_minor), 0) FROM plan_charges WHERE ended_at >= :since) AS plan_fees_minor,
        (SELECT coalesce(sum(fee_minor), 0) FROM plan_charges) AS plan_fees_ever_minor,
        (SELECT coalesce(sum(reserve_contribution_minor), 0) FROM made WHERE disbursed_at >= :since) AS reserve_contributions_minor
""")  # noqa: S608
_OVERDUE = text(f"""
    WITH {_AS_IT_WAS}, late AS (
        SELECT loan_id, outstanding_minor, days_past_due FROM standing WHERE days_past_due > 0
    ), due AS (
        SELECT loan_id, sum(principal + interest) AS overdue FROM asked WHERE due_on <= :last_day GROUP BY loan_id
    )
    SELECT (ARRAY['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+'])
            [width_bucket(late.days_past_due, ARRAY[1, 31, 61, 91, 121, 151, 181])] AS bucket,
        count(*) AS loans, sum(late.outstanding_minor)::bigint AS outstanding_minor, coalesce(sum(due.overdue), 0)::bigint AS overdue_minor,
        count(*) FILTER (WHERE late.days_past_due > 90) AS loans_90,
        coalesce(sum(due.overdue) FILTER (WHERE late.days_past_due > 90), 0)::bigint AS overdue_90
    FROM late LEFT JOIN due USING (loan_id) GROUP BY 1
""")  # noqa: S608
# A number by month and not an id, bands of 1, 2, 5 and their tens for amounts, half per cents, quarters, tenths and buckets: two months'
# books cannot be joined, and a listing that somebody saw is not found again. Rows like fewer than :alike tell programme, grade and age
# alone; where those are still fewer, nothing but their currency.
_BOOK = text("""
    WITH told AS (
        SELECT loans.id, programme_code, grade, loans.currency, term_months, method, banded.*,
            floor(annual_rate * 200) / 200 AS rate_from, to_char(starts_on, 'YYYY-"Q"Q') AS started,
            ceil(accrual.outstanding_minor * 10.0 / principal_minor)::int AS outstanding_tenths,
            (ARRAY['M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+'])
                [1 + width_bucket(days_past_due, ARRAY[1, 31, 61, 91, 121, 151, 181])] AS age
        FROM loan_accruals AS accrual JOIN loans ON loans.id = accrual.loan_id
        CROSS JOIN LATERAL (SELECT power(10::numeric, length(principal_minor::text) - 1)::bigint AS ten) AS tens
        CROSS JOIN LATERAL (
            SELECT ten * (ARRAY[1, 2, 5])[place] AS amount_from, ten * (ARRAY[2, 5, 10])[place] AS amount_below
            FROM width_bucket(principal_minor, ARRAY[ten, 2 * ten, 5 * ten]) AS place
        ) AS banded
        WHERE accrual.on_day = :last_day AND accrual.outstanding_minor > 0
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY programme_code, grade, currency, term_months, method, amount_from, rate_from, started,
            outstanding_tenths, age) >= :alike AS whole
        FROM told
    ), marked AS (
        SELECT *, whole OR count(*) FILTER (WHERE NOT whole) OVER (PARTITION BY programme_code, grade, currency, age) >= :alike AS partly
        FROM counted
    )
    SELECT row_number() OVER (ORDER BY md5(id::text || :salt)) AS number, CASE WHEN partly THEN programme_code END,
        CASE WHEN partly THEN grade END, currency, CASE WHEN whole THEN amount_from END, CASE WHEN whole THEN amount_below END,
        CASE WHEN whole THEN rate_from END, CASE WHEN whole THEN term_months END, CASE WHEN whole THEN method END,
        CASE WHEN whole THEN started END, CASE WHEN whole THEN outstanding_tenths END, CASE WHEN partly THEN age END
    FROM marked ORDER BY number
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
    connection: AsyncConnection, last_day: date, *, salt: str, least_alike: int, size: int
) -> AsyncIterator[Sequence[Any]]:
    """Loans as the close of the day saw them, in an order that says nothing, in pieces."""
    stream = await connection.stream(_BOOK, {"last_day": last_day, "salt": salt, "alike": least_alike})
    async for rows in stream.partitions(size):
        yield rows


async def add_related(connection: AsyncConnection, found: RelatedParty) -> bool:
    """Whether it was not known from that day on."""
    statement = pg_insert(related_parties).values(asdict(found)).on_conflict_do_nothing()
    return bool((await connection.execute(statement)).rowcount)


async def lock_related(connection: AsyncConnection) -> None:
    """Nobody else changes who is related until the transaction ends."""
    await connection.execute(_LOCK_RELATED)


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
