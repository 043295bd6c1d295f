"""The story of a repayment: days are closed up to it, its parts are fixed, then the ledger makes all of its transfers or none."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.drawings import actions as drawing_actions
from services.ecommerce_credit.drawings import queries as drawing_queries
from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.errors import (
    NothingOwed,
    RepaymentUnderWay,
    UnknownDrawing,
    UnknownLine,
    UnknownRepayment,
)
from services.ecommerce_credit.interest import queries as interest_queries
from services.ecommerce_credit.lines import actions as line_actions
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.repayments import queries, rules
from services.ecommerce_credit.repayments.events import REPAYMENT_RECEIVED, REPAYMENT_REFUSED, told
from services.ecommerce_credit.repayments.model import Part, PartKind, Repayment, RepaymentEvent, RepaymentState
from services.ecommerce_credit.wire_ids import repayment_text

RECEIVE_JOB = "ecommerce_credit.receive_repayment"
JOB_GRACE_SECONDS = 10


async def repay_drawing(tx: Tx, caller: Caller, *, drawing_id: UUID, amount_minor: int, currency: str) -> Repayment:
    """The borrower repays one drawing. Raises UnknownDrawing, NothingOwed, RepaymentUnderWay and what the rules refuse."""
    known = await drawing_queries.load(tx.connection, drawing_id)
    if known is None or known.borrower != caller.party:
        raise UnknownDrawing("no such drawing", field="drawing_id")
    line = await line_actions.locked(tx, known.line_id)
    return await _repay(tx, line, [drawing_id], amount_minor=amount_minor, currency=currency)


async def repay_line(tx: Tx, caller: Caller, *, line_id: UUID, amount_minor: int, currency: str) -> Repayment:
    """The borrower repays what her line owes, the drawing due first before the others. Raises UnknownLine and what above is raised."""
    line = await line_actions.locked(tx, line_id)
    if line.owner != caller.party:
        raise UnknownLine("no such line", field="line_id")
    drawing_ids = await drawing_queries.outstanding_of(tx.connection, line_id)
    return await _repay(tx, line, drawing_ids, amount_minor=amount_minor, currency=currency)


async def record_received(tx: Tx, caller: Caller, *, repayment_id: UUID) -> Repayment:
    """The ledger made every transfer: principal shrinks as of the day on which it was asked for."""
    line, drawings, repayment, parts = await _locked_with_all(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    for drawing in drawings:
        principal, interest = _of(parts, drawing.id)
        await drawing_actions.receive(tx, drawing, principal_minor=principal, interest_minor=interest)
    line = await line_actions.count(tx, line, outstanding_minor=-repayment.principal_minor)
    moved = await _step(tx, repayment, RepaymentEvent.RECEIVE)
    tx.events.add(REPAYMENT_RECEIVED, repayment_text(repayment_id), told(moved, line, parts))
    await line_actions.settle(tx, line)
    return moved


async def record_refused(tx: Tx, caller: Caller, *, repayment_id: UUID, reason: str) -> Repayment:
    """The ledger made none of the transfers."""
    line, drawings, repayment, parts = await _locked_with_all(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    await drawing_queries.set_repayment(tx.connection, [drawing.id for drawing in drawings], None)
    moved = await _step(tx, replace(repayment, reason=reason), RepaymentEvent.REFUSE)
    tx.events.add(REPAYMENT_REFUSED, repayment_text(repayment_id), told(moved, line, parts))
    return moved


async def _repay(tx: Tx, line: Line, drawing_ids: Sequence[UUID], *, amount_minor: int, currency: str) -> Repayment:
    drawings = await _caught_up(tx, drawing_ids)
    account_id = drawings[0].account_id
    assert account_id is not None
    paid = rules.allocation_of(drawings, amount_minor=amount_minor, currency=currency, today=tx.today)
    principal = sum(amount for _, kind, amount in paid if kind is PartKind.PRINCIPAL)
    repayment = Repayment(
        id=tx.ids.new(),
        line_id=line.id,
        borrower=line.owner,
        account_id=account_id,
        amount_minor=amount_minor,
        principal_minor=principal,
        interest_minor=amount_minor - principal,
        currency=currency,
        requested_on=tx.today,
        state=RepaymentState.PENDING,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    parts = rules.parts_of(repayment.id, tx.now, account_id, paid)
    await queries.add(tx.connection, repayment, parts)
    touched = list(dict.fromkeys(part.drawing_id for part in parts))
    await drawing_queries.set_repayment(tx.connection, touched, repayment.id)
    tx.jobs.add(RECEIVE_JOB, {"id": str(repayment.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return repayment


async def _caught_up(tx: Tx, drawing_ids: Sequence[UUID]) -> list[Drawing]:
    """The drawings, locked, with every day before today closed on what they owed so far."""
    drawings = await drawing_queries.load_many(tx.connection, drawing_ids, lock=True)
    if not drawings or any(drawing.state is not DrawingState.OUTSTANDING for drawing in drawings):
        raise NothingOwed("nothing is owed")
    if any(drawing.repayment_id is not None for drawing in drawings):
        raise RepaymentUnderWay("an earlier repayment is not settled yet")
    await interest_queries.catch_up(tx.connection, drawing_ids, tx.today)
    return await drawing_queries.load_many(tx.connection, drawing_ids)


async def _locked_with_all(tx: Tx, repayment_id: UUID) -> tuple[Line, list[Drawing], Repayment, list[Part]]:
    """The line first, as everywhere, then the drawings that the repayment touches."""
    known = await queries.load(tx.connection, repayment_id)
    if known is None:
        raise UnknownRepayment("no such repayment", field="repayment_id")
    line = await line_actions.locked(tx, known.line_id)
    parts = (await queries.parts(tx.connection, [repayment_id]))[repayment_id]
    drawings = await drawing_queries.load_many(tx.connection, [part.drawing_id for part in parts], lock=True)
    repayment = await queries.load(tx.connection, repayment_id, lock=True)
    assert repayment is not None
    return line, drawings, repayment, parts


def _of(parts: Sequence[Part], drawing_id: UUID) -> tuple[int, int]:
    """(principal, interest) that go to a drawing."""
    own = {part.kind: part.amount_minor for part in parts if part.drawing_id == drawing_id}
    return own.get(PartKind.PRINCIPAL, 0), own.get(PartKind.INTEREST, 0)


async def _step(tx: Tx, repayment: Repayment, event: RepaymentEvent) -> Repayment:
    moved = replace(repayment, state=rules.next_state(repayment, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved
