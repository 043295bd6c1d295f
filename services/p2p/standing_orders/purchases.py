"""What purchases of claims do to the standing order that makes them: as fills do, it goes to the tail, and refusals pause it."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from services.p2p.sale_matching import queries as sale_queries
from services.p2p.standing_orders import actions, queries
from services.p2p.standing_orders.events import ORDER_PAUSED, told
from services.p2p.standing_orders.model import Change, OrderState, StandingOrder
from services.p2p.standing_orders.rules import REFUSALS_ALLOWED
from services.p2p.wire_ids import standing_order_text


class Place(NamedTuple):
    """Where an order stood before it bought, and where it went."""

    before: int
    queued_at: datetime
    after: int


async def lock(tx: Tx, order_id: UUID) -> None:
    """Before the loan, as everywhere."""
    await actions.locked(tx, order_id)


async def take(tx: Tx, order_id: UUID, price_minor: int, place: int) -> StandingOrder:
    """The order buys for so much, and stands at the tail: place. The book is locked."""
    order = await actions.locked(tx, order_id)
    moved = replace(order, committed_minor=order.committed_minor + price_minor, place=place, queued_at=tx.now)
    return await _changed(tx, moved, Change.BOUGHT, place)


async def held(tx: Tx, order_id: UUID) -> None:
    """The ledger moved the money: refusals before are forgotten."""
    order = await actions.locked(tx, order_id)
    if order.refusals and order.state is OrderState.ACTIVE:
        await _changed(tx, replace(order, refusals=0), Change.HELD)


async def refuse(tx: Tx, order_id: UUID, price_minor: int, place: Place) -> None:
    """The ledger moved nothing: the order stands where it stood, unless it was queued again meanwhile; the third in a row pauses it."""
    order = await actions.locked(tx, order_id)
    refusals = min(order.refusals + 1, REFUSALS_ALLOWED)
    moved = replace(order, committed_minor=order.committed_minor - price_minor, refusals=refusals)
    if moved.place == place.after:
        moved = replace(moved, place=place.before, queued_at=place.queued_at)
    pauses = order.state is OrderState.ACTIVE and refusals == REFUSALS_ALLOWED
    if pauses:
        moved = replace(moved, state=OrderState.PAUSED, reason="three_refusals")
    changed = await _changed(tx, moved, Change.REFUSED)
    if pauses:
        tx.events.add(ORDER_PAUSED, standing_order_text(order_id), told(changed))


async def place_before(tx: Tx, purchase_id: UUID) -> Place:
    """Of the order that a purchase is of."""
    decision = await sale_queries.decision_of(tx.connection, purchase_id)
    assert decision.place_after is not None
    return Place(decision.place, decision.queued_at, decision.place_after)


async def _changed(tx: Tx, order: StandingOrder, change: Change, moment: int | None = None) -> StandingOrder:
    moved = replace(order, version=order.version + 1, changed_at=tx.now)
    await queries.save(tx.connection, moved)
    if moment is None:
        (moment,) = await queries.moments(tx.connection)
    await queries.add_version(tx.connection, moved, change.value, moment)
    return moved
