"""Terms by the calendar, every step in every state, figures that are unclear."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from chassis.clock import SUITE_ZONE
from chassis.errors import Refusal
from services.payments.transaction_reports import rules
from services.payments.transaction_reports.model import (
    Act,
    Figure,
    ReportedKind,
    ReportedSide,
    ReportRule,
    ReportSource,
    TransactionReport,
    TransactionReportKind,
    TransactionReportState,
)

NOW = datetime(2026, 3, 9, 4, tzinfo=UTC)
FOUND = TransactionReport(
    uuid4(), TransactionReportKind.LARGE, ReportRule.LARGE_PERSON, Act.NEW, ReportedKind.PERSON, str(uuid4()), ReportedSide.OUT,
    date(2026, 3, 2), 50_000_000, 1, TransactionReportState.FOUND, ReportSource.RULE, None, "", NOW, date(2026, 3, 9), NOW,
)  # fmt: skip
REPORTS = {
    TransactionReportState.FOUND: FOUND,
    TransactionReportState.REPORTED: rules.reported(FOUND, uuid4(), "one", NOW),
    TransactionReportState.EXCLUDED: rules.excluded(FOUND, "one", "own funds", NOW),
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("state", REPORTS)
def test_every_step_in_every_state(state: TransactionReportState, late: bool) -> None:
    report = REPORTS[state]
    if late and state is TransactionReportState.FOUND:
        report = rules.overdue(report, NOW)
        assert report.due_at is None
    for step in (
        lambda: rules.excluded(report, "two", "why", NOW),
        lambda: rules.reported(report, uuid4(), "two", NOW),
    ):
        if state is TransactionReportState.FOUND:
            assert step().due_at is None
        else:
            with pytest.raises(Refusal, match=str(state)):
                step()
    if state is TransactionReportState.REPORTED:
        rules.require_correctable(report)
    else:
        with pytest.raises(Refusal, match="only what was reported"):
            rules.require_correctable(report)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),
        (date(2026, 3, 6), date(2026, 3, 13)),
        # The spring festival is off from 15 to 23 February, the Saturday before is worked.
        (date(2026, 2, 13), date(2026, 2, 27)),
        (date(2031, 3, 2), date(2031, 3, 7)),
    ],
)
def test_five_working_days(day: date, due: date) -> None:
    assert rules.due_on(day, 5) == due


def test_a_day_is_over_ten_minutes_after_its_end() -> None:
    def local(*clock: int) -> datetime:
        return datetime(2026, 3, 3, *clock, tzinfo=SUITE_ZONE)

    assert rules.last_day_at_rest(local(0, 9, 59), SUITE_ZONE) == date(2026, 3, 1)
    assert rules.last_day_at_rest(local(0, 10, 0), SUITE_ZONE) == date(2026, 3, 2)
    assert rules.last_day_at_rest(local(23, 59, 59), SUITE_ZONE) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (ReportRule.FILED, (1, None, None, None)),
        (ReportRule.LARGE_PERSON, (None, None, None, None)),
        (ReportRule.LARGE_PERSON, (1, 80, 3, 10)),
        (ReportRule.STRUCTURING, (1, 80, 3, None)),
    ],
)
def test_an_unclear_figure_is_refused(rule: ReportRule, facts: tuple[int | None, ...]) -> None:
    with pytest.raises(Refusal):
        rules.checked_figure(Figure(rule, *facts, 5, date(2026, 1, 1), "tests"))  # type: ignore[arg-type]
