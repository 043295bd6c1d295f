"""Whether a report agrees with what we know, on plain data."""

from datetime import timedelta

from services.payments.returned_money.model import Original, Report, ReportKind

TRY_AFTER = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
ACT_WITHIN = timedelta(days=7)
"""What is still not final by then is taken for a report about nothing of ours."""
CLEAR_WITHIN = timedelta(days=30)


def disagreement(report: Report, original: Original | None, back_already: int) -> str | None:
    """Why nothing of ours agrees with a report, or None. back_already: of the original, what came back or is disputed by other reports."""
    if original is None or original.bank != report.bank:
        return "unknown_original"
    if original.currency != report.currency:
        return "currency_differs"
    if report.kind is ReportKind.PAYOUT_RETURNED and report.amount != original.amount:
        return "amount_differs"
    if report.kind is not ReportKind.PAYOUT_RETURNED and back_already + report.amount > original.amount:
        return "amount_exceeds_original"
    return "came_back_before" if report.kind is ReportKind.PAYOUT_RETURNED and back_already else None


def pause_before(tries: int) -> timedelta:
    """Doubled each time."""
    return min(TRY_AFTER * (1 << min(tries, 10)), LONGEST_PAUSE)
