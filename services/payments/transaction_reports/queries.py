from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from finance.currencies import SCALES
from services.payments.holders.tables import holder_identities
from services.payments.ledger.model import book_of
from services.payments.merchants.tables import merchants
from services.payments.transaction_reports.model import (
    Act,
    DayScanned,
    Figure,
    ReportedKind,
    ReportedSide,
    ReportRule,
    ReportSource,
    Subject,
    Sum,
    TransactionReport,
    TransactionReportKind,
    TransactionReportState,
)
from services.payments.transaction_reports.tables import (
    report_days,
    transaction_reports,
)
from services.payments.wallets.tables import wallets

_report = transaction_reports.c
# Whose accounts they are: a person's as all her customers, a customer's who has not proved who she is, an owner's of merchants. What is
# more than a bigint holds counts as that much. Of a unit the newest rate
# up to the day counts, and where there was none the first after it.
_MOVING = """WITH parties AS (
        SELECT wallet.account_id, CASE WHEN identity.holder_id IS NULL THEN 'customer' ELSE 'person' END AS subject_kind,
            coalesce(identity.holder_id, wallet.customer_id)::text AS subject
        FROM wallets AS wallet LEFT JOIN holder_identities AS identity ON identity.customer_id = wallet.customer_id
        UNION ALL SELECT account_id, 'organisation', owner FROM merchants
        UNION ALL SELECT proceeds_account_id, 'organisation', owner FROM merchants WHERE proceeds_account_id IS NOT NULL
    ), scaled AS (
        SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:scales AS integer[])) AS scaled (currency, scale)
    ), rates AS ({rates}), moved AS (
        SELECT transfer.id, transfer.posted_at, transfer.amount, transfer.currency,
            CASE WHEN rates.fen IS NOT NULL THEN least(ceil(transfer.amount * rates.fen), 9000000000000000000)::bigint END AS counted,
            transfer.code, transfer.metadata ->> 'country' AS country, seen.own AS own_account_id, seen.other AS other_account_id,
            seen.side, own.subject_kind, own.subject
        FROM ledger_transfers AS transfer {named} CROSS JOIN LATERAL (
            VALUES ('out', debit_account_id, credit_account_id), ('in', credit_account_id, debit_account_id)
        ) AS seen (side, own, other)
        JOIN parties AS own ON own.account_id = seen.own LEFT JOIN parties AS other ON other.account_id = seen.other
        LEFT JOIN rates ON rates.currency = transfer.currency {of_day}
        WHERE transfer.kind IN (0, 2) {within}
            AND (other.subject_kind, other.subject) IS DISTINCT FROM (own.subject_kind, own.subject)
    )"""
_MOVED = _MOVING.format(
    rates="""SELECT stated.currency, rate * power(10::numeric, 2 - scale) AS fen FROM (
            SELECT DISTINCT ON (currency) currency, rate FROM limit_rates
            ORDER BY currency, rate_on > :day, abs(rate_on - :day), position DESC
        ) AS stated JOIN scaled USING (currency)
        UNION ALL SELECT 'CNY', 1""",
    named="",
    of_day="",
    within="AND transfer.posted_at >= :since AND transfer.posted_at < :until",
)
# Some transfers by their ids, each at the rate of its own day.
_NAMED = _MOVING.format(
    rates="""SELECT day.posted_on, scaled.currency, stated.rate * power(10::numeric, 2 - scale) AS fen
        FROM (SELECT DISTINCT CAST(timezone(:zone, posted_at) AS date) AS posted_on FROM unnest(CAST(:books AS smallint[]),
                CAST(:ids AS uuid[])) AS wanted (book_id, id) JOIN ledger_transfer_keys USING (book_id, id)) AS day
        CROSS JOIN scaled CROSS JOIN LATERAL (SELECT rate FROM limit_rates WHERE limit_rates.currency = scaled.currency
            ORDER BY rate_on > day.posted_on, abs(rate_on - day.posted_on), position DESC LIMIT 1) AS stated
        UNION ALL SELECT NULL, 'CNY', 1""",
    named="""JOIN (SELECT * FROM unnest(CAST(:books AS smallint[]), CAST(:ids AS uuid[])) AS wanted (book_id, id)
            JOIN ledger_transfer_keys USING (book_id, id)) AS key
            ON key.book_id = transfer.book_id AND key.id = transfer.id AND key.posted_at = transfer.posted_at""",
    of_day="AND (rates.posted_on IS NULL OR rates.posted_on = CAST(timezone(:zone, transfer.posted_at) AS date))",
    within="",
)
# What is no code of a country tells of none.
_ABROAD = "country ~ '^[A-Z]{2}$' AND country <> 'CN'"
_SUM = "least(sum(counted), 9000000000000000000)::bigint AS amount, count(*) AS transfers"
_SUMS = text(f"""{_MOVED} SELECT rule, subject_kind, subject, side, {_SUM} FROM (
        SELECT CASE subject_kind WHEN 'organisation' THEN 'large_organisation' ELSE 'large_person' END AS rule, moved.* FROM moved
        UNION ALL SELECT 'large_cross_border', moved.* FROM moved WHERE subject_kind <> 'organisation' AND {_ABROAD}
    ) AS counted WHERE counted IS NOT NULL GROUP BY rule, subject_kind, subject, side
    HAVING sum(counted) >= CASE rule WHEN 'large_person' THEN CAST(:person AS bigint) WHEN 'large_organisation'
        THEN CAST(:organisation AS bigint) ELSE CAST(:cross_border AS bigint) END
    ORDER BY rule, subject_kind, subject, side""")  # noqa: S608
# Near the threshold, often, and not reported as such within the same days.
_STRUCTURED = text(f"""{_MOVED} SELECT subject_kind, subject, side, {_SUM} FROM moved
    WHERE subject_kind <> 'organisation' AND counted >= CAST(:least AS bigint) AND counted < CAST(:threshold AS bigint)
        AND NOT EXISTS (SELECT FROM transaction_reports AS before WHERE before.rule = 'structuring'
            AND (before.subject_kind, before.subject, before.side) = (moved.subject_kind, moved.subject, moved.side)
            AND before.business_on >= :first_day)
    GROUP BY subject_kind, subject, side HAVING count(*) >= CAST(:times AS bigint) AND max(posted_at) >= :day_began
    ORDER BY subject_kind, subject, side""")  # noqa: S608
_COLUMNS = """(report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id, other_account_id, side)
    SELECT report.id, moved.id, moved.posted_at, moved.amount, moved.currency, moved.counted, moved.code, moved.country,
        moved.own_account_id, moved.other_account_id, moved.side
    FROM moved JOIN transaction_reports AS report ON (report.subject_kind, report.subject) = (moved.subject_kind, moved.subject)
    WHERE report.id = ANY(CAST(:report_ids AS uuid[])) AND counted > 0"""
_OF_SIDE = "AND report.side = moved.side"
_ONCE = "ON CONFLICT DO NOTHING"
_KEEP_SUMS = text(f"""{_MOVED} INSERT INTO report_transfers {_COLUMNS} {_OF_SIDE}
    AND (report.rule <> 'large_cross_border' OR {_ABROAD}) {_ONCE}""")
_KEEP_STRUCTURED = text(f"""{_MOVED} INSERT INTO report_transfers {_COLUMNS} {_OF_SIDE}
    AND counted >= CAST(:least AS bigint) AND counted < CAST(:threshold AS bigint) {_ONCE}""")
_KEEP_NAMED = text(f"{_NAMED} INSERT INTO report_transfers {_COLUMNS} {_ONCE}")
_SUMMED = text("""UPDATE transaction_reports AS report SET amount = listed.amount, transfers = listed.transfers FROM (
        SELECT wanted.id, least(coalesce(sum(counted), 0), 9000000000000000000)::bigint AS amount,
            count(DISTINCT transfer_id)::integer AS transfers
        FROM unnest(CAST(:report_ids AS uuid[])) AS wanted (id) LEFT JOIN report_transfers AS listed ON listed.report_id = wanted.id
        GROUP BY wanted.id
    ) AS listed WHERE report.id = listed.id""")
# Days that are over, were counted, and hold something that was not: of a unit that has a rate by now, or brought in afterwards. Nothing
# is told from what another transaction may still be writing.
_AGAIN = text("""SELECT min(business_on) FROM (
        SELECT day.business_on FROM report_days AS day WHERE day.uncounted > 0 AND EXISTS (
            SELECT FROM limit_rates AS stated WHERE stated.stated_at <= :at_rest
                AND stated.stated_at + CAST(:rest AS interval) > day.scanned_at)
        UNION ALL SELECT imported.posted_on FROM ledger_imports AS imported
            LEFT JOIN report_days AS day ON day.business_on = imported.posted_on
        WHERE imported.posted_on BETWEEN :first AND :newest AND imported.imported_at <= :at_rest
            AND (day.scanned_at IS NULL OR imported.imported_at + CAST(:rest AS interval) > day.scanned_at)
    ) AS again""")
# What stands for a subject's day now: not corrected by another that stands.
_STANDING = text("""SELECT report.* FROM transaction_reports AS report
    WHERE (rule, subject_kind, subject, business_on) = (:rule, :subject_kind, :subject, :business_on) AND side = :side
        AND (act = 'new' OR state <> 'excluded')
        AND NOT EXISTS (SELECT FROM transaction_reports AS later WHERE later.corrects_id = report.id AND later.state <> 'excluded')
    FOR UPDATE""")
_UNCOUNTED = text(f"{_MOVED} SELECT count(DISTINCT id) FROM moved WHERE counted IS NULL")  # noqa: S608
_NEXT_POSTED = text("SELECT min(posted_at) FROM ledger_transfers WHERE posted_at >= :since AND posted_at < :until")
_FIRST_OPENED = text("SELECT min(opened_at) FROM ledger_accounts")
_COPIED = text("""INSERT INTO report_transfers (report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id,
        other_account_id, side)
    SELECT :report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id, other_account_id, side
    FROM report_transfers WHERE report_id = :original_id""")
_CURRENCIES = {"currencies": list(SCALES), "scales": list(SCALES.values())}


async def day_again(
    connection: AsyncConnection, first: date, newest: date, at_rest: datetime, rest: timedelta
) -> date | None:
    """A day between these that has to be gone through once more. at_rest: what was written until then is committed."""
    facts = {"first": first, "newest": newest, "at_rest": at_rest, "rest": rest}
    return (await connection.execute(_AGAIN, facts)).scalar_one()  # type: ignore[no-any-return]


async def newest_day(connection: AsyncConnection) -> date | None:
    statement = select(report_days.c.business_on).order_by(report_days.c.business_on.desc()).limit(1)
    return (await connection.execute(statement)).scalar_one_or_none()


async def first_opened(connection: AsyncConnection) -> datetime | None:
    """No transfer is older than the oldest account."""
    return (await connection.execute(_FIRST_OPENED)).scalar_one()  # type: ignore[no-any-return]


async def next_posted(connection: AsyncConnection, since: datetime, until: datetime) -> datetime | None:
    """When the first transfer of a span was posted."""
    return (await connection.execute(_NEXT_POSTED, {"since": since, "until": until})).scalar_one()  # type: ignore[no-any-return]


async def begin_day(connection: AsyncConnection, day_id: UUID, day: date, now: datetime) -> bool:
    """False where the day has been gone through, or just is by another."""
    row = {"id": day_id, "business_on": day, "scanned_at": now, "reports": 0, "uncounted": 0}
    result = await connection.execute(insert_or_leave(report_days).values(row).on_conflict_do_nothing())
    return result.rowcount == 1


async def begin_again(connection: AsyncConnection, day_id: UUID, day: date, now: datetime) -> int | None:
    """Reports of the day so far; None where another has just gone through it."""
    of = report_days.c
    row = {"id": day_id, "business_on": day, "scanned_at": now, "reports": 0, "uncounted": 0}
    statement = insert_or_leave(report_days).values(row)
    changed = {"scanned_at": now}
    statement = statement.on_conflict_do_update(index_elements=["business_on"], set_=changed, where=of.scanned_at < now)
    return (await connection.execute(statement.returning(of.reports))).scalar_one_or_none()  # type: ignore[no-any-return]


async def end_day(connection: AsyncConnection, day: date, reports: int, uncounted: int) -> None:
    statement = update(report_days).where(report_days.c.business_on == day)
    await connection.execute(statement.values(reports=reports, uncounted=uncounted))


async def list_days(connection: AsyncConnection, before: date | None, limit: int) -> list[DayScanned]:
    """Newest first."""
    statement = select(report_days)
    if before is not None:
        statement = statement.where(report_days.c.business_on < before)
    rows = await connection.execute(statement.order_by(report_days.c.business_on.desc()).limit(limit))
    return [DayScanned(**row._mapping) for row in rows]


async def large_sums(
    connection: AsyncConnection, day: date, span: tuple[datetime, datetime], figures: Mapping[ReportRule, Figure]
) -> list[Sum]:
    """Of each subject and side what reaches a threshold."""
    facts = _span(day, span) | {
        "person": figures[ReportRule.LARGE_PERSON].threshold,
        "organisation": figures[ReportRule.LARGE_ORGANISATION].threshold,
        "cross_border": figures[ReportRule.LARGE_CROSS_BORDER].threshold,
    }
    return [_read_sum(ReportRule(row.rule), row) for row in await connection.execute(_SUMS, facts)]


async def structured_sums(
    connection: AsyncConnection,
    day: date,
    span: tuple[datetime, datetime],
    day_began: datetime,
    figure: Figure,
    first: date,
) -> list[Sum]:
    """span: all the days that are looked at, the last of which is `day`, from `first` on."""
    facts = _span(day, span) | _near(figure) | {"times": figure.times, "day_began": day_began, "first_day": first}
    return [_read_sum(ReportRule.STRUCTURING, row) for row in await connection.execute(_STRUCTURED, facts)]


async def uncounted(connection: AsyncConnection, day: date, span: tuple[datetime, datetime]) -> int:
    """Transfers in units without a rate that day."""
    return int((await connection.execute(_UNCOUNTED, _span(day, span))).scalar_one())


async def keep_transfers(
    connection: AsyncConnection, report_ids: Sequence[UUID], day: date, span: tuple[datetime, datetime]
) -> None:
    """Those that some reports of a day are made of, whatever is not kept yet; their sums are set by them."""
    await connection.execute(_KEEP_SUMS, _span(day, span) | {"report_ids": list(report_ids)})
    await connection.execute(_SUMMED, {"report_ids": list(report_ids)})


async def keep_structured(
    connection: AsyncConnection, report_ids: Sequence[UUID], day: date, span: tuple[datetime, datetime], figure: Figure
) -> None:
    """As keep_transfers, of all the days that are looked at."""
    await connection.execute(_KEEP_STRUCTURED, _span(day, span) | _near(figure) | {"report_ids": list(report_ids)})
    await connection.execute(_SUMMED, {"report_ids": list(report_ids)})


async def keep_named(
    connection: AsyncConnection, report_id: UUID, transfer_ids: Collection[UUID], zone: ZoneInfo
) -> None:
    """Transfers that an operator named, those of the subject alone, each at the rate of its day."""
    ids = sorted(transfer_ids)
    facts = {"report_ids": [report_id], "ids": ids, "books": [book_of(one) for one in ids], "zone": str(zone)}
    await connection.execute(_KEEP_NAMED, facts | _CURRENCIES)
    await connection.execute(_SUMMED, {"report_ids": [report_id]})


async def standing_report(connection: AsyncConnection, like: TransactionReport) -> TransactionReport | None:
    """What is reported of the same subject, side, day and rule now, locked: the report, or the last that corrects it."""
    facts = {name: getattr(like, name) for name in ("rule", "subject_kind", "subject", "business_on", "side")}
    rows = (await connection.execute(_STANDING, facts)).all()
    return None if not rows else _read_report(rows[-1])


async def copy_transfers(connection: AsyncConnection, report_id: UUID, original_id: UUID) -> None:
    await connection.execute(_COPIED, {"report_id": report_id, "original_id": original_id})


async def add_report(connection: AsyncConnection, report: TransactionReport) -> bool:
    """False where the day's report of this rule and subject is there, or another correction of the same."""
    statement = insert_or_leave(transaction_reports).values(asdict(report)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def save_report(connection: AsyncConnection, report: TransactionReport) -> None:
    values = asdict(report)
    await connection.execute(update(transaction_reports).where(_report.id == values.pop("id")).values(values))


async def report_with(connection: AsyncConnection, report_id: UUID, *, lock: bool = False) -> TransactionReport | None:
    statement = select(transaction_reports).where(_report.id == report_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_report(row)


async def list_reports(
    connection: AsyncConnection,
    kind: TransactionReportKind | None,
    state: TransactionReportState | None,
    before: UUID | None,
    limit: int,
) -> list[TransactionReport]:
    """Newest first."""
    statement = select(transaction_reports)
    for column, wanted in ((_report.kind, kind), (_report.state, state)):
        statement = statement if wanted is None else statement.where(column == wanted)
    if before is not None:
        statement = statement.where(_report.id < before)
    rows = await connection.execute(statement.order_by(_report.id.desc()).limit(limit))
    return [_read_report(row) for row in rows]


async def found_reports(
    connection: AsyncConnection, kind: TransactionReportKind, limit: int
) -> list[TransactionReport]:
    """Those that wait to be reported, locked, by id."""
    statement = select(transaction_reports).where(_report.kind == kind, _report.state == TransactionReportState.FOUND)
    rows = await connection.execute(statement.order_by(_report.id).limit(limit).with_for_update())
    return [_read_report(row) for row in rows]


async def due_reports(connection: AsyncConnection, now: datetime, limit: int) -> list[TransactionReport]:
    statement = select(transaction_reports).where(_report.due_at <= now).order_by(_report.due_at).limit(limit)
    return [_read_report(row) for row in await connection.execute(statement.with_for_update(skip_locked=True))]


async def subject_of_customer(connection: AsyncConnection, customer_id: UUID) -> Subject | None:
    """The person she has proved to be, or herself; None of whom nothing is known."""
    of = holder_identities.c
    row = (await connection.execute(select(of.holder_id).where(of.customer_id == customer_id))).one_or_none()
    if row is not None and row.holder_id is not None:
        return Subject(ReportedKind.PERSON, str(row.holder_id))
    known = select(wallets.c.id).where(wallets.c.customer_id == customer_id).limit(1)
    if row is None and (await connection.execute(known)).one_or_none() is None:
        return None
    return Subject(ReportedKind.CUSTOMER, str(customer_id))


async def merchant_names(connection: AsyncConnection, owners: Collection[str]) -> dict[str, list[str]]:
    """Of each owner the names of her merchants, the oldest first."""
    of = merchants.c
    found: dict[str, list[str]] = {}
    for row in await connection.execute(
        select(of.owner, of.name).where(of.owner.in_(owners)).order_by(of.owner, of.id)
    ):
        found.setdefault(row.owner, []).append(row.name)
    return found


def _span(day: date, span: tuple[datetime, datetime]) -> dict[str, Any]:
    return {"day": day, "since": span[0], "until": span[1], **_CURRENCIES}


def _near(figure: Figure) -> dict[str, Any]:
    """Rounded up: a share of a threshold is not reached by less."""
    assert figure.threshold is not None
    assert figure.share_percent is not None
    return {"least": -(-figure.threshold * figure.share_percent // 100), "threshold": figure.threshold}


def _read_sum(rule: ReportRule, row: Row[Any]) -> Sum:
    return Sum(
        rule, Subject(ReportedKind(row.subject_kind), row.subject), ReportedSide(row.side), row.amount, row.transfers
    )


def _read_report(row: Row[Any]) -> TransactionReport:
    kinds = {
        "kind": TransactionReportKind(row.kind),
        "rule": ReportRule(row.rule),
        "act": Act(row.act),
        "subject_kind": ReportedKind(row.subject_kind),
        "side": None if row.side is None else ReportedSide(row.side),
        "state": TransactionReportState(row.state),
        "source": ReportSource(row.source),
    }
    return TransactionReport(**dict(row._mapping) | kinds)
