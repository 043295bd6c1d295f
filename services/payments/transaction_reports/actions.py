"""Stories of reports: a day is gone through, a report is filed, left out, corrected, and goes out in a file."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.clock import business_day, start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.transaction_reports import figure_queries, queries, rules
from services.payments.transaction_reports.errors import (
    CorrectedBefore,
    TransferNotHers,
    UnknownReport,
    UnknownReported,
)
from services.payments.transaction_reports.model import (
    KINDS,
    Act,
    Figure,
    ReportedKind,
    ReportRule,
    ReportSource,
    StatedFigure,
    Subject,
    Sum,
    TransactionReport,
    TransactionReportState,
)

AT_ONCE = 100
DAYS_AT_ONCE = 30
LATE_REASON = "transfers of the day became known after it was reported"


async def state_figure(tx: Tx, caller: Caller, *, figure: Figure) -> StatedFigure:
    """From its day on, until a later one. Raises FigureUnclear."""
    stated = StatedFigure(tx.ids.new(), rules.checked_figure(figure), caller.subject, tx.now)
    await figure_queries.add_figure(tx.connection, stated)
    return stated


async def find_day(tx: Tx, caller: Caller) -> date | None:
    """Go through the next day that is over and was not counted, or not wholly: all its reports or none. None when there is none left."""
    zone, last = tx.settings.zone, rules.last_day_at_rest(tx.now, tx.settings.zone)
    newest, begun = await queries.newest_day(tx.connection), await figure_queries.figures_begin(tx.connection)
    if begun is None or begun > last:
        return None
    if newest is not None:
        at_rest = tx.now - rules.AT_REST_AFTER
        again = await queries.day_again(tx.connection, begun, newest, at_rest, rules.AT_REST_AFTER)
        if again is not None:
            return await _count_again(tx, again, last)
        if newest >= last:
            return None
    opened = await queries.first_opened(tx.connection) if newest is None else None
    first = last if newest is None else newest + rules.ONE_DAY
    first = max(begun, first if opened is None else min(last, business_day(opened, zone)))
    # A month of the log at a time. Days without a transfer need no row of their own, but for the last that was looked at.
    until = min(last, first + timedelta(days=DAYS_AT_ONCE))
    posted = await queries.next_posted(tx.connection, start_of_day(first, zone), rules.end_of_day(until, zone))
    day = until if posted is None else business_day(posted, zone)
    if not await queries.begin_day(tx.connection, tx.ids.new(), day, tx.now):
        return None
    reports = 0 if posted is None else await _found(tx, day) + await _structured(tx, day)
    left_out = 0 if posted is None else await queries.uncounted(tx.connection, day, _span(tx, day))
    await queries.end_day(tx.connection, day, reports, left_out)
    return day


async def _count_again(tx: Tx, day: date, last: date) -> date | None:
    """What came in late may complete what is structured on the days after it, too."""
    before = await queries.begin_again(tx.connection, tx.ids.new(), day, tx.now)
    if before is None:
        return None
    reports = before + await _found(tx, day)
    window = (await figure_queries.figures_on(tx.connection, day))[ReportRule.STRUCTURING].days
    assert window is not None
    for later in range(window):
        if day + timedelta(days=later) <= last:
            reports += await _structured(tx, day + timedelta(days=later))
    await queries.end_day(tx.connection, day, reports, await queries.uncounted(tx.connection, day, _span(tx, day)))
    return day


async def file_suspicious(
    tx: Tx,
    caller: Caller,
    *,
    customer_id: UUID | None,
    owner: str | None,
    source: ReportSource,
    source_id: str | None,
    narrative: str,
    transfer_ids: Sequence[UUID],
) -> TransactionReport:
    """An operator holds something for suspicious, with or without transfers of the subject. Raises UnknownReported, TransferNotHers."""
    subject = await _subject(tx, customer_id, owner)
    figure = (await figure_queries.figures_on(tx.connection, tx.today))[ReportRule.FILED]
    report = replace(
        _report(tx, Sum(ReportRule.FILED, subject, None, 0, 0), tx.today, figure),
        source=source,
        source_id=source_id,
        narrative=narrative,
        filed_by=caller.subject,
    )
    await queries.add_report(tx.connection, report)
    if transfer_ids:
        report = await _with_transfers(tx, report, set(transfer_ids))
    _tell(tx, "found", report)
    return report


async def exclude_report(tx: Tx, caller: Caller, *, report_id: UUID, reason: str) -> TransactionReport:
    """It need not be reported, and why. Raises UnknownReport, ReportEnded."""
    report = rules.excluded(await _locked(tx, report_id), caller.subject, reason, tx.now)
    await queries.save_report(tx.connection, report)
    _tell(tx, "excluded", report)
    return report


async def correct_report(
    tx: Tx,
    caller: Caller,
    *,
    report_id: UUID,
    act: Act,
    reason: str,
    narrative: str | None,
    transfer_ids: Sequence[UUID] | None,
) -> TransactionReport:
    """What went out is corrected or deleted by another report that names it and says why; it goes out with the next file.

    A correction of what a rule found is counted from the ledger again; of what an operator filed it has her transfer_ids, None for the
    same. Raises UnknownReport, NotReported, CorrectedBefore, TransferNotHers.
    """
    original = await _locked(tx, report_id)
    rules.require_correctable(original)
    if transfer_ids is not None and (original.rule is not ReportRule.FILED or act is Act.DELETION):
        raise TransferNotHers("transfers are named of what an operator filed alone", field="transfer_ids")
    figure = (await figure_queries.figures_on(tx.connection, tx.today))[original.rule]
    correction = _correction(tx, original, act, rules.due_on(tx.today, figure.working_days), reason, caller.subject)
    if narrative is not None:
        correction = replace(correction, narrative=narrative)
    if not await queries.add_report(tx.connection, correction):
        raise CorrectedBefore("another correction stands in its place", field="report_id")
    await _keep_again(tx, correction, original, transfer_ids)
    made = await _locked(tx, correction.id)
    _tell(tx, "found", made)
    return made


async def _keep_again(
    tx: Tx, correction: TransactionReport, original: TransactionReport, transfer_ids: Sequence[UUID] | None
) -> None:
    day, only = original.business_on, [correction.id]
    if transfer_ids is not None:
        await _with_transfers(tx, correction, set(transfer_ids))
    elif correction.act is Act.DELETION or original.rule is ReportRule.FILED:
        await queries.copy_transfers(tx.connection, correction.id, original.id)
    elif original.rule is ReportRule.STRUCTURING:
        figure = (await figure_queries.figures_on(tx.connection, day))[ReportRule.STRUCTURING]
        await queries.keep_structured(tx.connection, only, day, _wide(tx, day, figure)[0], figure)
    else:
        await queries.keep_transfers(tx.connection, only, day, _span(tx, day))


def _correction(
    tx: Tx, original: TransactionReport, act: Act, due_on: date, reason: str, operator: str | None
) -> TransactionReport:
    """operator: None where a rule sees that what it told was not all."""
    return replace(
        original,
        id=tx.ids.new(),
        act=act,
        state=TransactionReportState.FOUND,
        source=ReportSource.RULE if operator is None else ReportSource.OPERATOR,
        found_at=tx.now,
        due_on=due_on,
        due_at=rules.end_of_day(due_on, tx.settings.zone),
        filed_by=operator,
        corrects_id=original.id,
        file_id=None,
        reason=reason,
        ended_by=None,
        ended_at=None,
        overdue_at=None,
    )


async def tell_overdue(tx: Tx, caller: Caller) -> int:
    """Reports that were not made in time, told once; they can be made all the same. How many."""
    due = await queries.due_reports(tx.connection, tx.now, AT_ONCE)
    for report in due:
        await queries.save_report(tx.connection, rules.overdue(report, tx.now))
        _tell(tx, "overdue", report)
    return len(due)


async def _found(tx: Tx, day: date) -> int:
    """How many reports are new, or say more than they did."""
    figures, span = await figure_queries.figures_on(tx.connection, day), _span(tx, day)
    sums = await queries.large_sums(tx.connection, day, span, figures)
    kept = [
        report for one in sums if (report := await _place(tx, _report(tx, one, day, figures[one.rule]))) is not None
    ]
    await queries.keep_transfers(tx.connection, [report.id for report in kept], day, span)
    return len(kept)


async def _structured(tx: Tx, day: date) -> int:
    figure = (await figure_queries.figures_on(tx.connection, day))[ReportRule.STRUCTURING]
    span, first = _wide(tx, day, figure)
    sums = await queries.structured_sums(tx.connection, day, span, start_of_day(day, tx.settings.zone), figure, first)
    kept = [report for one in sums if (report := await _place(tx, _report(tx, one, day, figure))) is not None]
    await queries.keep_structured(tx.connection, [report.id for report in kept], day, span, figure)
    return len(kept)


async def _place(tx: Tx, report: TransactionReport) -> TransactionReport | None:
    """Whose transfers are to be kept: a new one, the one that still waits, or a correction of what went out. None: all is told."""
    if await queries.add_report(tx.connection, report):
        _tell(tx, "found", report)
        return report
    standing = await queries.standing_report(tx.connection, report)
    if standing is None or standing.amount >= report.amount or standing.act is Act.DELETION:
        return None
    if standing.state is TransactionReportState.REPORTED:
        placed = _correction(tx, standing, Act.CORRECTION, report.due_on, LATE_REASON, None)
        await queries.add_report(tx.connection, placed)
    else:
        placed = rules.found_again(standing, max(standing.due_on, rules.due_on(tx.today, 1)), tx.settings.zone)
        await queries.save_report(tx.connection, placed)
    _tell(tx, "found", replace(placed, amount=report.amount))
    return placed


def _span(tx: Tx, day: date) -> tuple[datetime, datetime]:
    return start_of_day(day, tx.settings.zone), rules.end_of_day(day, tx.settings.zone)


def _wide(tx: Tx, day: date, figure: Figure) -> tuple[tuple[datetime, datetime], date]:
    """The days that are looked at together, and the first of them."""
    assert figure.days is not None
    first = day - timedelta(days=figure.days - 1)
    return (start_of_day(first, tx.settings.zone), rules.end_of_day(day, tx.settings.zone)), first


def _report(tx: Tx, one: Sum, day: date, figure: Figure) -> TransactionReport:
    """What a rule found is due from the day it happened on, what a person sees from today, which is the same day then."""
    due_on = rules.due_on(day, figure.working_days)
    return TransactionReport(
        id=tx.ids.new(),
        kind=KINDS[one.rule],
        rule=one.rule,
        act=Act.NEW,
        subject_kind=one.subject.kind,
        subject=one.subject.key,
        side=one.side,
        business_on=day,
        amount=one.amount,
        transfers=one.transfers,
        state=TransactionReportState.FOUND,
        source=ReportSource.RULE,
        source_id=None,
        narrative="",
        found_at=tx.now,
        due_on=due_on,
        due_at=rules.end_of_day(due_on, tx.settings.zone),
    )


async def _subject(tx: Tx, customer_id: UUID | None, owner: str | None) -> Subject:
    """Raises UnknownReported."""
    if customer_id is not None:
        subject = await queries.subject_of_customer(tx.connection, customer_id)
        if subject is not None:
            return subject
        raise UnknownReported("nobody of this id is known here", field="customer_id")
    assert owner is not None
    if not await queries.merchant_names(tx.connection, [owner]):
        raise UnknownReported("nobody of this id has a merchant", field="owner")
    return Subject(ReportedKind.ORGANISATION, owner)


async def _with_transfers(tx: Tx, report: TransactionReport, transfer_ids: Collection[UUID]) -> TransactionReport:
    await queries.keep_named(tx.connection, report.id, transfer_ids, tx.settings.zone)
    kept = await _locked(tx, report.id)
    if kept.transfers != len(transfer_ids):
        raise TransferNotHers("every transfer must be one of the subject's, in money with a rate", field="transfer_ids")
    return kept


async def _locked(tx: Tx, report_id: UUID) -> TransactionReport:
    report = await queries.report_with(tx.connection, report_id, lock=True)
    if report is None:
        raise UnknownReport("no such report", field="report_id")
    return report


def _tell(tx: Tx, step: str, report: TransactionReport) -> None:
    told = {
        "report_id": encode("trp", report.id),
        "kind": report.kind,
        "rule": report.rule,
        "act": report.act,
        "amount": report.amount,
        "due_on": report.due_on.isoformat(),
    }
    tx.events.add(f"payments.transaction_report.{step}.v1", encode("trp", report.id), told)
