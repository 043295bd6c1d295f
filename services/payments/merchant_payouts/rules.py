"""Who pays a batch, when its bank is asked, and what the bank's word makes of its lines."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import business_day, start_of_day
from finance.calendars import roll
from finance.errors import CalendarUnknown
from services.payments.channels.contract_model import Reason
from services.payments.channels.model import PaymentFiles
from services.payments.channels.rules import wait_before_query
from services.payments.merchant_payouts.errors import (
    BatchCarried,
    BatchEnded,
    BeingSent,
    MessageDiffers,
    PayoutNotOver,
    StatusContradicts,
    UnknownLine,
)
from services.payments.merchant_payouts.model import (
    Batch,
    BatchState,
    Carrier,
    Format,
    Line,
    LineState,
    Payout,
    PayoutState,
    StatusReport,
)

FINAL = {"ACSC": LineState.PAID, "ACCC": LineState.PAID, "RJCT": LineState.REJECTED}
"""Status codes of ISO 20022 that end a line; all others (received, accepted, pending, …) leave it as it is."""
CANCELLED = "CANC"
BANK_ANSWERS_WITHIN = timedelta(days=3)
"""From the closing, or from the day on which it executes."""


def execution_day(now: datetime, zone: ZoneInfo, files: PaymentFiles | None) -> date:
    """The first day that banks are open, from today on; after the cut-off of a channel that carries it, from tomorrow on."""
    local = now.astimezone(zone)
    late = files is not None and local.time() >= files.cut_off
    first = business_day(now, zone) + timedelta(days=int(late))
    try:
        return roll(first, "following", "CN")
    except CalendarUnknown:
        return roll(first, "following", "weekends")


def chosen(waiting: Sequence[Payout], carriers: Iterable[Carrier]) -> tuple[Carrier | None, list[Payout]]:
    """Whose reserve pays, and which of the payouts it bears.

    Of those that bear them all the payee's own bank, then one that a channel reaches, then the largest reserve; else whoever bears most.
    """
    bears = [(carrier, borne(waiting, carrier)) for carrier in carriers]
    bank = waiting[0].bank

    def worth(one: tuple[Carrier, list[Payout]]) -> tuple[bool, bool, bool, int, int, str]:
        carrier, payouts = one
        whole = len(payouts) == len(waiting)
        total = sum(payout.amount for payout in payouts)
        return (
            whole,
            whole and carrier.bank == bank,
            whole and carrier.files is not None,
            total,
            carrier.available,
            carrier.bank,
        )

    carrier, payouts = max(bears, key=worth, default=(None, []))
    return (carrier, payouts) if payouts else (None, [])


def borne(waiting: Sequence[Payout], carrier: Carrier) -> list[Payout]:
    """Those that a reserve has the money for, the first ones first. One that is too large for it holds up no other."""
    left, payouts = carrier.available, []
    for payout in waiting:
        if carrier.least <= payout.amount <= min(carrier.most, left):
            left -= payout.amount
            payouts.append(payout)
    return payouts


def held_up(payout: Payout, carriers: Sequence[Carrier], refused: Sequence[Reason]) -> str:
    """Why nobody pays it just now: short of money, if anybody would pay it otherwise."""
    if any(carrier.least <= payout.amount <= carrier.most for carrier in carriers):
        return Reason.RESERVE_SHORT.value
    if carriers:
        return (
            Reason.BELOW_LEAST if all(payout.amount < carrier.least for carrier in carriers) else Reason.ABOVE_MOST
        ).value
    return (refused[0] if refused else Reason.RESERVE_SHORT).value


def next_query(batch: Batch, now: datetime, zone: ZoneInfo, *, heard: bool) -> tuple[int, datetime]:
    """How often a batch has been asked about, and when again: by the two schedules, which begin with its day once the bank has it."""
    executes_at = start_of_day(batch.execute_on, zone)
    if heard and now < executes_at:
        return 0, executes_at
    return batch.asked + 1, now + wait_before_query(batch.asked)


def is_gone(batch: Batch, now: datetime, finality: timedelta) -> bool:
    """Whether a batch that its bank does not find cannot appear there any more: it is to be cancelled, and was not sent for so long."""
    last = max(one for one in (batch.sent_at, batch.submitted_at, batch.closed_at) if one is not None)
    return batch.state is BatchState.CANCELLING and not batch.sending and now >= last + finality


def answered_by(execute_on: date, now: datetime, zone: ZoneInfo) -> datetime:
    """After which the audit names a batch that has not ended."""
    return max(now, start_of_day(execute_on, zone)) + BANK_ANSWERS_WITHIN


def require_by_hand(batch: Batch) -> None:
    """Raises BatchCarried."""
    if batch.sent_as is not None:
        raise BatchCarried("a channel carries this batch to its bank")


def form_of(batch: Batch, wished: Format | None) -> Format:
    """In which an operator gets its file. Raises BatchCarried."""
    if batch.sent_as is not None and wished not in (None, batch.sent_as):
        raise BatchCarried(f"a channel carries this batch as {batch.sent_as}", field="form", sent_as=batch.sent_as)
    return wished or batch.sent_as or "pain.001.001.09"


def require_running(batch: Batch) -> None:
    """Raises BatchEnded."""
    if batch.ended_at is not None:
        raise BatchEnded("the batch has ended", state=batch.state.value)


def decided(batch: Batch, lines: Sequence[Line], report: StatusReport) -> list[tuple[Line, LineState, str]]:
    """The lines that the report ends, each with how and the bank's code; those it says nothing final of are left out.

    A whole batch is ended by the group's status where no lines are named. A cancellation counts only once it was asked for.
    Raises MessageDiffers, UnknownLine, StatusContradicts, BeingSent.
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
        came_back = line.state is LineState.RETURNED and state is LineState.PAID
        if state is None or state is line.state or came_back:
            continue
        if line.state is not LineState.HELD:
            raise StatusContradicts("a line has ended otherwise", field="document", end_to_end_id=line.end_to_end_id)
        if state is LineState.CANCELLED and batch.sending:
            raise BeingSent("the file may be on its way to the bank just now: tell again in a minute")
        reason = one.reason if one else report.group_reason
        found.append((line, state, reason or code))
    return found


def require_paid_no_more(payout: Payout) -> None:
    """Only what failed or came back is paid out anew. Raises PayoutNotOver."""
    if payout.state not in (PayoutState.FAILED, PayoutState.RETURNED):
        raise PayoutNotOver(f"the payout is {payout.state}", state=payout.state.value)


def batch_state(lines: Sequence[LineState]) -> BatchState | None:
    """How a batch has ended, if it has."""
    if LineState.HELD in lines:
        return None
    return BatchState.CANCELLED if set(lines) == {LineState.CANCELLED} else BatchState.COMPLETED
