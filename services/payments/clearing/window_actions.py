"""Stories of windows: they close at their cut-off or by an operator, and the next one opens in the same transaction."""

from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import participant_queries, rules
from services.payments.clearing import window_queries as queries
from services.payments.clearing.errors import UnknownWindow, WindowEmpty, WindowNotOpen
from services.payments.clearing.model import SettlementModel, Window, WindowState


async def close(tx: Tx, caller: Caller, *, window_id: UUID) -> Window:
    """Raises UnknownWindow, WindowNotOpen, WindowEmpty."""
    window = await _locked(tx, window_id)
    if window.state is not WindowState.OPEN:
        raise WindowNotOpen("the window is closed", field="window_id")
    if not await queries.holds_any(tx.connection, window.number):
        raise WindowEmpty("there is nothing in it", field="window_id")
    return await _close(tx, window)


async def close_due(tx: Tx, caller: Caller, *, window_id: UUID) -> Window:
    """At its cut-off. An empty one goes on to the next cut-off; one that is not due any more is left as it is."""
    window = await _locked(tx, window_id)
    if window.state is not WindowState.OPEN or window.due_at is None or window.due_at > tx.now:
        return window
    if await queries.holds_any(tx.connection, window.number):
        return await _close(tx, window)
    model = await _model(tx, window)
    await queries.put_off(tx.connection, window.number, rules.next_cut_off(model.cut_offs, tx.now))
    return window


async def _close(tx: Tx, window: Window) -> Window:
    model = await _model(tx, window)
    due_at = tx.now + timedelta(minutes=model.patience_minutes)
    await queries.close_window(tx.connection, window.number, tx.now, due_at)
    following = await queries.open_window(tx.connection, model, tx.ids.new(), tx.now)
    told = {
        "window_id": encode("clw", window.id),
        "settlement_model": window.model,
        "currency": window.currency,
        "next_window_id": encode("clw", following.id),
    }
    tx.events.add("payments.clearing.window_closed.v1", encode("clw", window.id), told)
    closed = await queries.window_with(tx.connection, window.id)
    assert closed is not None
    return closed


async def _locked(tx: Tx, window_id: UUID) -> Window:
    """Once all who record in it just now have ended."""
    window = await queries.window_with(tx.connection, window_id)
    if window is None:
        raise UnknownWindow("no such window", field="window_id")
    await queries.keep_others_out(tx.connection, window.model_number)
    locked = await queries.window_with(tx.connection, window_id, lock=True)
    assert locked is not None
    return locked


async def _model(tx: Tx, window: Window) -> SettlementModel:
    return (await participant_queries.all_models(tx.connection))[window.model_number]
