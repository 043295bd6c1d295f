"""The story of a drawing: it takes room on its line, the ledger pays it out or refuses, repayments bring it to nothing."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from finance.calendars import add_months
from services.ecommerce_credit.drawings import queries, rules
from services.ecommerce_credit.drawings.events import DRAWING_DISBURSED, DRAWING_REFUSED, DRAWING_REPAID, told
from services.ecommerce_credit.drawings.model import Drawing, DrawingEvent, DrawingState
from services.ecommerce_credit.errors import UnknownDrawing, UnknownLine
from services.ecommerce_credit.lines import actions as line_actions
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.settings import CreditSettings
from services.ecommerce_credit.wire_ids import drawing_text

DISBURSE_JOB = "ecommerce_credit.disburse"
JOB_GRACE_SECONDS = 10


async def draw(tx: Tx, caller: Caller, *, line_id: UUID, amount_minor: int, currency: str) -> Drawing:
    """The owner draws on her line; the money follows by a job. Raises UnknownLine and what the rules refuse."""
    line = await line_actions.locked(tx, line_id)
    if line.owner != caller.party:
        raise UnknownLine("no such line", field="line_id")
    alive = await queries.alive_of(tx.connection, line_id)
    past_deadline = line.due_at is not None and line.due_at <= tx.now
    rules.require_drawable(line, amount_minor=amount_minor, currency=currency, alive=alive, past_deadline=past_deadline)
    rules.require_allowed(line, amount_minor, tx.today, CreditSettings.read(tx.settings).lender_kind)
    line = await line_actions.count(tx, line, pending_minor=amount_minor)
    drawing = _drawing(tx, line, amount_minor)
    await queries.add(tx.connection, drawing)
    tx.jobs.add(DISBURSE_JOB, {"id": str(drawing.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return drawing


async def record_disbursed(
    tx: Tx, caller: Caller, *, drawing_id: UUID, account_id: UUID, capital_account_id: UUID
) -> Drawing:
    """The ledger paid it out: it bears interest from today, never from before the money was there."""
    line, drawing = await _locked_with_line(tx, drawing_id)
    if drawing.state is not DrawingState.PENDING:
        return drawing
    await line_actions.count(tx, line, pending_minor=-drawing.amount_minor, outstanding_minor=drawing.amount_minor)
    paid_out = replace(
        drawing,
        account_id=account_id,
        capital_account_id=capital_account_id,
        outstanding_minor=drawing.amount_minor,
        drawn_on=tx.today,
        accrued_to_on=tx.today,
        due_on=add_months(tx.today, drawing.term_months),
        disbursed_at=tx.now,
    )
    moved = await _step(tx, paid_out, DrawingEvent.DISBURSE)
    tx.events.add(DRAWING_DISBURSED, drawing_text(drawing.id), told(moved))
    return moved


async def record_refused(tx: Tx, caller: Caller, *, drawing_id: UUID, reason: str) -> Drawing:
    """The ledger would not pay it out: its room is given back."""
    line, drawing = await _locked_with_line(tx, drawing_id)
    if drawing.state is not DrawingState.PENDING:
        return drawing
    line = await line_actions.count(tx, line, pending_minor=-drawing.amount_minor)
    await line_actions.settle(tx, line)
    moved = await _step(tx, replace(drawing, reason=reason), DrawingEvent.REFUSE)
    tx.events.add(DRAWING_REFUSED, drawing_text(drawing.id), told(moved))
    return moved


async def receive(tx: Tx, drawing: Drawing, *, principal_minor: int, interest_minor: int) -> Drawing:
    """A repayment of a locked drawing came in."""
    left = drawing.outstanding_minor - principal_minor
    paid = replace(
        drawing,
        outstanding_minor=left,
        interest_repaid_minor=drawing.interest_repaid_minor + interest_minor,
        repayment_id=None,
    )
    moved = await _step(tx, paid, DrawingEvent.REPAY if left else DrawingEvent.REPAY_LAST)
    if not left:
        tx.events.add(DRAWING_REPAID, drawing_text(drawing.id), told(moved))
    return moved


def _drawing(tx: Tx, line: Line, amount_minor: int) -> Drawing:
    """line: with the drawing counted in."""
    return Drawing(
        id=tx.ids.new(),
        line_id=line.id,
        borrower=line.owner,
        amount_minor=amount_minor,
        currency=line.currency,
        daily_rate=line.daily_rate,
        term_months=line.term_months,
        limit_minor=line.limit_minor,
        used_minor=line.used_minor,
        state=DrawingState.PENDING,
        reason=None,
        account_id=None,
        capital_account_id=None,
        outstanding_minor=0,
        interest_accrued=Decimal(0),
        interest_repaid_minor=0,
        drawn_on=None,
        accrued_to_on=None,
        due_on=None,
        repayment_id=None,
        requested_at=tx.now,
        disbursed_at=None,
        changed_at=tx.now,
    )


async def _locked_with_line(tx: Tx, drawing_id: UUID) -> tuple[Line, Drawing]:
    """The line first, as everywhere."""
    known = await queries.load(tx.connection, drawing_id)
    if known is None:
        raise UnknownDrawing("no such drawing", field="drawing_id")
    line = await line_actions.locked(tx, known.line_id)
    drawing = await queries.load(tx.connection, drawing_id, lock=True)
    assert drawing is not None
    return line, drawing


async def _step(tx: Tx, drawing: Drawing, event: DrawingEvent) -> Drawing:
    moved = replace(drawing, state=rules.next_state(drawing, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved
