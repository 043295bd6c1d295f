from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from finance.currencies import SCALES
from services.payments.holders.tables import holder_identities
from services.payments.merchants.tables import merchants
from services.payments.transaction_reports.model import (
    Act,
    DayScanned,
    Figure,
    Movement,
    ReportFile,
    ReportKind,
    ReportState,
    Rule,
    Side,
    Source,
    StatedFigure,
    Subject,
    SubjectKind,
    Sum,
    TransactionReport,
)
from services.payments.transaction_reports.tables import (
    report_days,
    report_figures,
    report_files,
    report_transfers,
    transaction_reports,
)
from services.payments.wallets.tables import wallets

_report = transaction_reports.c
# Whose accounts they are: a person's as all her customers, a customer's who has not proved who she is, an owner's of merchants.
_MOVED = """WITH parties AS (
        SELECT wallet.account_id, CASE WHEN identity.holder_id IS NULL THEN 'customer' ELSE 'person' END AS subject_kind,
            coalesce(identity.holder_id, wallet.customer_id)::text AS subject
        FROM wallets AS wallet LEFT JOIN holder_identities AS identity ON identity.customer_id = wallet.customer_id
        UNION ALL SELECT account_id, 'organisation', owner FROM merchants
        UNION ALL SELECT proceeds_account_id, 'organisation', owner FROM merchants WHERE proceeds_account_id IS NOT NULL
    ), rates AS (
        SELECT stated.currency, rate * power(10::numeric, 2 - scale) AS fen FROM (
            SELECT DISTINCT ON (currency) currency, rate FROM limit_rates WHERE rate_on = :day ORDER BY currency, position DESC
        ) AS stated JOIN unnest(CAST(:currencies AS text[]), CAST(:scales AS integer[])) AS scaled (currency, scale) USING (currency)
        UNION ALL SELECT 'CNY', 1
    ), moved AS (
        SELECT transfer.id, transfer.posted_at, transfer.amount, transfer.currency, ceil(transfer.amount * rates.fen)::bigint AS counted,
            transfer.code, transfer.metadata ->> 'country' AS country, seen.own AS own_account_id, seen.other AS other_account_id,
            seen.side, own.subject_kind, own.subject
        FROM ledger_transfers AS transfer CROSS JOIN LATERAL (
            VALUES ('out', debit_account_id, credit_account_id), ('in', credit_account_id, debit_account_id)
        ) AS seen (side, own, other)
        JOIN parties AS own ON own.account_id = seen.own LEFT JOIN parties AS other ON other.account_id = seen.other
        LEFT JOIN rates ON rates.currency = transfer.currency
        WHERE transfer.kind IN (0, 2) AND transfer.posted_at >= :since AND transfer.posted_at < :until
            AND (other.subject_kind, other.subject) IS DISTINCT FROM (own.subject_kind, own.subject)
    )"""
_ABROAD = "country IS NOT NULL AND country <> 'CN'"
_SUMS = text(f"""{_MOVED} SELECT rule, subject_kind, subject, side, sum(counted)::bigint AS amount, count(*) AS transfers FROM (
        SELECT CASE subject_kind WHEN 'organisation' THEN 'large_organisation' ELSE 'large_person' END AS rule, moved.* FROM moved
        UNION ALL SELECT 'large_cross_border', moved.* FROM moved WHERE subject_kind <> 'organisation' AND {_ABROAD}
    ) AS counted WHERE counted IS NOT NULL GROUP BY rule, subject_kind, subject, side
    HAVING sum(counted) >= CASE rule WHEN 'large_person' THEN CAST(:person AS bigint) WHEN 'large_organisation'
        THEN CAST(:organisation AS bigint) ELSE CAST(:cross_border AS bigint) END
    ORDER BY rule, subject_kind, subject, side""")  # noqa: S608
# Near the threshold, often, and not reported as such within the same days.
_STRUCTURED = text(f"""{_MOVED} SELECT subject_kind, subject, side, sum(counted)::bigint AS amount, count(*) AS transfers FROM moved
    WHERE subject_kind <> 'organisation' AND counted >= CAST(:least AS bigint) AND counted < CAST(:threshold AS bigint)
        AND NOT EXISTS (SELECT FROM transaction_reports AS before WHERE before.rule = 'structuring'
            AND (before.subject_kind, before.subject, before.side) = (moved.subject_kind, moved.subject, moved.side)
            AND before.business_on >= :first_day)
    GROUP BY subject_kind, subject, side HAVING count(*) >= CAST(:times AS bigint) AND max(posted_at) >= :day_began
    ORDER BY subject_kind, subject, side""")  # noqa: S608
_KEEP = """INSERT INTO report_transfers (report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id,
        other_account_id, side)
    SELECT :report_id, id, posted_at, amount, currency, counted, code, country, own_account_id, other_account_id, side FROM moved
    WHERE subject_kind = :subject_kind AND subject = :subject AND side = :side AND counted IS NOT NULL"""
_KEEP_SUM = text(f"{_MOVED} {_KEEP} AND (NOT CAST(:abroad AS boolean) OR {_ABROAD})")
_KEEP_STRUCTURED = text(
    f"{_MOVED} {_KEEP} AND counted >= CAST(:least AS bigint) AND counted < CAST(:threshold AS bigint)"
)
_KEEP_NAMED = text(f"""{_MOVED}, kept AS (
        INSERT INTO report_transfers (report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id,
            other_account_id, side)
        SELECT :report_id, id, posted_at, amount, currency, counted, code, country, own_account_id, other_account_id, side FROM moved
        WHERE subject_kind = :subject_kind AND subject = :subject AND id = ANY(CAST(:ids AS uuid[])) AND counted IS NOT NULL
        RETURNING transfer_id, counted
    ) SELECT count(DISTINCT transfer_id) AS transfers, coalesce(sum(counted), 0)::bigint AS amount FROM kept""")  # noqa: S608
_UNCOUNTED = text(f"{_MOVED} SELECT count(DISTINCT id) FROM moved WHERE counted IS NULL")  # noqa: S608
_NEXT_POSTED = text("SELECT min(posted_at) FROM ledger_transfers WHERE posted_at >= :since AND posted_at < :until")
_FIRST_OPENED = text("SELECT min(opened_at) FROM ledger_accounts")
_POSTED_AT = text("""SELECT min(posted_at) AS since, max(posted_at) AS until, count(*) AS found
    FROM ledger_transfer_keys WHERE id = ANY(CAST(:ids AS uuid[]))""")
_COPIED = text("""INSERT INTO report_transfers (report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id,
        other_account_id, side)
    SELECT :report_id, transfer_id, posted_at, amount, currency, counted, code, country, own_account_id, other_account_id, side
    FROM report_transfers WHERE report_id = :original_id""")
_CURRENCIES = {"currencies": list(SCALES), "scales": list(SCALES.values())}


async def figures_on(connection: AsyncConnection, day: date) -> dict[Rule, Figure]:
    """Of each rule the one in force."""
    of = report_figures.c
    statement = select(report_figures).where(of.valid_from <= day).order_by(of.valid_from, of.position)
    return {Rule(row.rule): _read_figure(row) for row in await connection.execute(statement)}


async def stated_figures(connection: AsyncConnection, before: UUID | None, limit: int) -> list[StatedFigure]:
    """Newest first."""
    statement = select(report_figures)
    if before is not None:
        statement = statement.where(report_figures.c.id < before)
    rows = await connection.execute(statement.order_by(report_figures.c.id.desc()).limit(limit))
    return [StatedFigure(row.id, _read_figure(row), row.stated_by, row.stated_at) for row in rows]


async def add_figure(connection: AsyncConnection, stated: StatedFigure) -> None:
    values = asdict(stated.figure) | {"id": stated.id, "stated_by": stated.stated_by, "stated_at": stated.stated_at}
    await connection.execute(insert(report_figures).values(values))


async def newest_day(connection: AsyncConnection) -> date | None:
    statement = select(report_days.c.business_on).order_by(report_days.c.business_on.desc()).limit(1)
    return (await connection.execute(statement)).scalar_one_or_none()


async def first_opened(connection: AsyncConnection) -> datetime | None:
    """No transfer is older than the oldest account."""
    return (await connection.execute(_FIRST_OPENED)).scalar_one()  # type: ignore[no-any-return]


async def next_posted(connection: AsyncConnection, since: datetime, until: datetime) -> datetime | None:
    """When the first transfer of a span was posted."""
    return (await connection.execute(_NEXT_POSTED, {"since": since, "until": until})).scalar_one()  # type: ignore[no-any-return]


async def begin_day(connection: AsyncConnection, day: date, now: datetime) -> bool:
    """False where the day has been gone through, or just is by another."""
    row = {"business_on": day, "scanned_at": now, "reports": 0, "uncounted": 0}
    result = await connection.execute(insert_or_leave(report_days).values(row).on_conflict_do_nothing())
    return result.rowcount == 1


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
    connection: AsyncConnection, day: date, span: tuple[datetime, datetime], figures: Mapping[Rule, Figure]
) -> list[Sum]:
    """Of each subject and side what reaches a threshold."""
    facts = _span(day, span) | {
        "person": figures[Rule.LARGE_PERSON].threshold,
        "organisation": figures[Rule.LARGE_ORGANISATION].threshold,
        "cross_border": figures[Rule.LARGE_CROSS_BORDER].threshold,
    }
    return [_read_sum(Rule(row.rule), row) for row in await connection.execute(_SUMS, facts)]


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
    return [_read_sum(Rule.STRUCTURING, row) for row in await connection.execute(_STRUCTURED, facts)]


async def uncounted(connection: AsyncConnection, day: date, span: tuple[datetime, datetime]) -> int:
    """Transfers in units without a rate that day."""
    return int((await connection.execute(_UNCOUNTED, _span(day, span))).scalar_one())


async def keep_transfers(
    connection: AsyncConnection, report: TransactionReport, span: tuple[datetime, datetime], figure: Figure
) -> None:
    """Those that its sum is made of."""
    facts = _span(report.business_on, span) | _of(report) | {"side": report.side}
    if report.rule is Rule.STRUCTURING:
        await connection.execute(_KEEP_STRUCTURED, facts | _near(figure))
    else:
        await connection.execute(_KEEP_SUM, facts | {"abroad": report.rule is Rule.LARGE_CROSS_BORDER})


async def posted_between(
    connection: AsyncConnection, transfer_ids: Collection[UUID]
) -> tuple[datetime, datetime, int] | None:
    """The first and last instant of some transfers and how many there are; None of none."""
    row = (await connection.execute(_POSTED_AT, {"ids": list(transfer_ids)})).one()
    return None if row.since is None else (row.since, row.until, row.found)


async def keep_named(
    connection: AsyncConnection,
    report: TransactionReport,
    span: tuple[datetime, datetime],
    transfer_ids: Collection[UUID],
) -> tuple[int, int]:
    """Transfers that an operator named, those of the subject alone: how many they are, and what they count together."""
    facts = _span(report.business_on, span) | _of(report) | {"ids": list(transfer_ids)}
    row = (await connection.execute(_KEEP_NAMED, facts)).one()
    return row.transfers, row.amount


async def copy_transfers(connection: AsyncConnection, report_id: UUID, original_id: UUID) -> None:
    await connection.execute(_COPIED, {"report_id": report_id, "original_id": original_id})


async def add_report(connection: AsyncConnection, report: TransactionReport) -> bool:
    """False where the day's report of this rule and subject is there, or another correction of the same."""
    statement = insert_or_leave(transaction_reports).values(asdict(report)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def save_report(connection: AsyncConnection, report: TransactionReport) -> None:
    values = asdict(report)
    await connection.execute(update(transaction_reports).where(_report.id == values.pop("id")).values(values))


async def save_reported(connection: AsyncConnection, reports: Sequence[TransactionReport]) -> None:
    """All of one file at once."""
    one = reports[0]
    statement = update(transaction_reports).where(_report.id.in_([report.id for report in reports]))
    await connection.execute(
        statement.values(
            state=one.state, file_id=one.file_id, ended_by=one.ended_by, ended_at=one.ended_at, due_at=None
        )
    )


async def report_with(connection: AsyncConnection, report_id: UUID, *, lock: bool = False) -> TransactionReport | None:
    statement = select(transaction_reports).where(_report.id == report_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_report(row)


async def list_reports(
    connection: AsyncConnection, kind: ReportKind | None, state: ReportState | None, before: UUID | None, limit: int
) -> list[TransactionReport]:
    """Newest first."""
    statement = select(transaction_reports)
    for column, wanted in ((_report.kind, kind), (_report.state, state)):
        statement = statement if wanted is None else statement.where(column == wanted)
    if before is not None:
        statement = statement.where(_report.id < before)
    rows = await connection.execute(statement.order_by(_report.id.desc()).limit(limit))
    return [_read_report(row) for row in rows]


async def found_reports(connection: AsyncConnection, kind: ReportKind, limit: int) -> list[TransactionReport]:
    """Those that wait to be reported, locked, by id."""
    statement = select(transaction_reports).where(_report.kind == kind, _report.state == ReportState.FOUND)
    rows = await connection.execute(statement.order_by(_report.id).limit(limit).with_for_update())
    return [_read_report(row) for row in rows]


async def due_reports(connection: AsyncConnection, now: datetime, limit: int) -> list[TransactionReport]:
    statement = select(transaction_reports).where(_report.due_at <= now).order_by(_report.due_at).limit(limit)
    return [_read_report(row) for row in await connection.execute(statement.with_for_update(skip_locked=True))]


async def transfers_of(
    connection: AsyncConnection, report_ids: Collection[UUID], limit_each: int
) -> dict[UUID, list[Movement]]:
    """Of each report the first of its transfers, by time."""
    of = report_transfers.c
    statement = select(report_transfers).where(of.report_id.in_(report_ids))
    found: dict[UUID, list[Movement]] = {report_id: [] for report_id in report_ids}
    for row in await connection.execute(statement.order_by(of.report_id, of.posted_at, of.transfer_id)):
        if len(found[row.report_id]) < limit_each:
            facts = dict(row._mapping) | {"id": row.transfer_id, "side": Side(row.side)}
            found[row.report_id].append(Movement(**{name: facts[name] for name in Movement.__dataclass_fields__}))
    return found


async def add_file(connection: AsyncConnection, file: ReportFile) -> None:
    await connection.execute(insert(report_files).values(asdict(file)))


async def file_with(connection: AsyncConnection, file_id: UUID) -> ReportFile | None:
    row = (await connection.execute(select(report_files).where(report_files.c.id == file_id))).one_or_none()
    return None if row is None else _read_file(row)


async def list_files(connection: AsyncConnection, before: UUID | None, limit: int) -> list[ReportFile]:
    """Newest first."""
    statement = select(report_files)
    if before is not None:
        statement = statement.where(report_files.c.id < before)
    rows = await connection.execute(statement.order_by(report_files.c.id.desc()).limit(limit))
    return [_read_file(row) for row in rows]


async def subject_of_customer(connection: AsyncConnection, customer_id: UUID) -> Subject | None:
    """The person she has proved to be, or herself; None of whom nothing is known."""
    of = holder_identities.c
    row = (await connection.execute(select(of.holder_id).where(of.customer_id == customer_id))).one_or_none()
    if row is not None and row.holder_id is not None:
        return Subject(SubjectKind.PERSON, str(row.holder_id))
    known = select(wallets.c.id).where(wallets.c.customer_id == customer_id).limit(1)
    if row is None and (await connection.execute(known)).one_or_none() is None:
        return None
    return Subject(SubjectKind.CUSTOMER, str(customer_id))


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


def _of(report: TransactionReport) -> dict[str, Any]:
    return {"report_id": report.id, "subject_kind": report.subject_kind, "subject": report.subject}


def _near(figure: Figure) -> dict[str, Any]:
    """Rounded up: a share of a threshold is not reached by less."""
    assert figure.threshold is not None
    assert figure.share_percent is not None
    return {"least": -(-figure.threshold * figure.share_percent // 100), "threshold": figure.threshold}


def _read_sum(rule: Rule, row: Row[Any]) -> Sum:
    return Sum(rule, Subject(SubjectKind(row.subject_kind), row.subject), Side(row.side), row.amount, row.transfers)


def _read_figure(row: Row[Any]) -> Figure:
    facts = {name: row._mapping[name] for name in Figure.__dataclass_fields__}
    return Figure(**facts | {"rule": Rule(row.rule)})


def _read_file(row: Row[Any]) -> ReportFile:
    return ReportFile(**dict(row._mapping) | {"kind": ReportKind(row.kind)})


def _read_report(row: Row[Any]) -> TransactionReport:
    kinds = {
        "kind": ReportKind(row.kind),
        "rule": Rule(row.rule),
        "act": Act(row.act),
        "subject_kind": SubjectKind(row.subject_kind),
        "side": None if row.side is None else Side(row.side),
        "state": ReportState(row.state),
        "source": Source(row.source),
    }
    return TransactionReport(**dict(row._mapping) | kinds)
