"""Until when a report is due, which step it may take, and what is wanted of a figure. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import start_of_day
from finance.calendars import add_business_days
from finance.errors import CalendarUnknown
from services.payments.transaction_reports.errors import FigureUnclear, NotReported, ReportEnded
from services.payments.transaction_reports.model import Act, Figure, ReportState, Rule, TransactionReport

ONE_DAY = timedelta(days=1)
AT_REST_AFTER = timedelta(minutes=10)
"""After the end of a day everything that was posted on it is committed: no transaction lives so long."""


def due_on(day: date, working_days: int) -> date:
    """The last day to report what happened on `day`. Of a year whose holidays are not announced every day counts: never too late."""
    try:
        return add_business_days(day, working_days)
    except CalendarUnknown:
        return add_business_days(day, working_days, "none")


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    return start_of_day(day + ONE_DAY, zone)


def last_day_at_rest(now: datetime, zone: ZoneInfo) -> date:
    """The newest business day that is over and committed."""
    return (now - AT_REST_AFTER).astimezone(zone).date() - ONE_DAY


def checked_figure(figure: Figure) -> Figure:
    """Raises FigureUnclear."""
    structuring = (figure.share_percent, figure.times, figure.days)
    if (figure.rule is Rule.FILED) != (figure.threshold is None):
        raise FigureUnclear("a rule has a threshold, what operators file has none", field="threshold")
    if figure.rule is Rule.STRUCTURING and None in structuring:
        raise FigureUnclear("a share, a number of times and days are expected", field="share_percent")
    if figure.rule is not Rule.STRUCTURING and structuring != (None, None, None):
        raise FigureUnclear("of structuring alone", field="share_percent")
    return figure


def excluded(report: TransactionReport, operator: str, reason: str, now: datetime) -> TransactionReport:
    """Raises ReportEnded."""
    _require_found(report)
    return replace(report, state=ReportState.EXCLUDED, reason=reason, ended_by=operator, ended_at=now, due_at=None)


def reported(report: TransactionReport, file_id: UUID, operator: str, now: datetime) -> TransactionReport:
    """Raises ReportEnded."""
    _require_found(report)
    return replace(report, state=ReportState.REPORTED, file_id=file_id, ended_by=operator, ended_at=now, due_at=None)


def found_again(report: TransactionReport, due_on: date, zone: ZoneInfo) -> TransactionReport:
    """There is more to it than was known, also where that little was left out with a reason."""
    if report.state is ReportState.FOUND:
        return report
    reopened = replace(report, state=ReportState.FOUND, reason=None, ended_by=None, ended_at=None, overdue_at=None)
    return replace(reopened, due_on=due_on, due_at=end_of_day(due_on, zone))


def overdue(report: TransactionReport, now: datetime) -> TransactionReport:
    return replace(report, overdue_at=now, due_at=None)


def fitting(reports: Sequence[TransactionReport], most_transfers: int) -> list[TransactionReport]:
    """As many as one file may hold by their transfers, in order; the first whatever it has, but then it goes alone.

    A transfer within one subject's accounts would stand there twice, as what came in and what went out.
    """
    fit: list[TransactionReport] = []
    transfers = 0
    for report in reports:
        transfers += report.transfers
        if fit and 2 * transfers > most_transfers:
            break
        fit.append(report)
    return fit


def require_correctable(report: TransactionReport) -> None:
    """Raises NotReported."""
    if report.state is not ReportState.REPORTED or report.act is Act.DELETION:
        raise NotReported("only what was reported, and not deleted, can be corrected", field="report_id")


def _require_found(report: TransactionReport) -> None:
    if report.state is not ReportState.FOUND:
        raise ReportEnded(f"the report is {report.state}", field="report_id")
