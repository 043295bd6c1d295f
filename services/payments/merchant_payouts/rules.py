"""What a bank's word makes of the lines of a batch."""

from collections.abc import Mapping, Sequence
from datetime import date

from finance.calendars import roll
from finance.errors import CalendarUnknown
from services.payments.merchant_payouts.errors import BatchEnded, MessageDiffers, StatusContradicts, UnknownLine
from services.payments.merchant_payouts.model import Batch, BatchState, Line, LineState, Payout, StatusReport

FINAL = {"ACSC": LineState.PAID, "ACCC": LineState.PAID, "RJCT": LineState.REJECTED}
"""Status codes of ISO 20022 that end a line; all others (received, accepted, pending, …) leave it as it is."""
CANCELLED = "CANC"


def execution_day(today: date) -> date:
    """The first day from today on that banks are open."""
    try:
        return roll(today, "following", "CN")
    except CalendarUnknown:
        return roll(today, "following", "weekends")


def payable(waiting: Sequence[Payout], available: Mapping[str, int]) -> tuple[str | None, list[Payout]]:
    """Whose reserve pays, and the first payouts that it bears: the payee's own bank if it bears all, else the bank with most in it."""
    total, own = sum(payout.amount for payout in waiting), waiting[0].bank
    enough = available.get(own, 0) >= total
    bank = own if enough else max(available, key=lambda one: (available[one], one), default=None)
    left = 0 if bank is None else available[bank]
    fitting = []
    for payout in waiting:
        left -= payout.amount
        if left < 0:
            break
        fitting.append(payout)
    return bank, fitting


def require_running(batch: Batch) -> None:
    """Raises BatchEnded."""
    if batch.ended_at is not None:
        raise BatchEnded("the batch has ended", state=batch.state.value)


def decided(batch: Batch, lines: Sequence[Line], report: StatusReport) -> list[tuple[Line, LineState, str]]:
    """The lines that the report ends, each with how and the bank's code; those it says nothing final of are left out.

    A whole batch is ended by the group's status where no lines are named. A cancellation counts only once it was asked for.
    Raises MessageDiffers, UnknownLine, StatusContradicts.
    """
    if report.message_id != batch.message_id:
        raise MessageDiffers("the report is on another message", field="document", message_id=batch.message_id)
    told = {one.end_to_end_id: one for one in report.lines}
    unknown = sorted(told.keys() - {line.end_to_end_id for line in lines})
    if unknown:
        raise UnknownLine("the batch has no such line", field="document", end_to_end_ids=unknown[:10])
    found = []
    for line in lines:
        one = told.get(line.end_to_end_id)
        code = (one.code if one else None) or ("" if told else report.group_code or "")
        state = FINAL.get(code)
        if code == CANCELLED and batch.state is BatchState.CANCELLING:
            state = LineState.CANCELLED
        if state is None or state is line.state:
            continue
        if line.state is not LineState.HELD:
            raise StatusContradicts("a line has ended otherwise", field="document", end_to_end_id=line.end_to_end_id)
        found.append((line, state, (one.reason if one else None) or code))
    return found


def batch_state(lines: Sequence[LineState]) -> BatchState | None:
    """How a batch has ended, if it has."""
    if LineState.HELD in lines:
        return None
    return BatchState.CANCELLED if set(lines) == {LineState.CANCELLED} else BatchState.COMPLETED
