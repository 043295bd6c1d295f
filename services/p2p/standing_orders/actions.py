"""Stories of a standing order. The book is shared first, then the lender's row: a run sees each change wholly or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.bids.model import Bid
from services.p2p.errors import CustomersOnly
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.standing_orders import queries, rules
from services.p2p.standing_orders.errors import ManagedByPlan, TooManyStandingOrders, UnknownStandingOrder
from services.p2p.standing_orders.events import ORDER_ACTIVE, ORDER_ENDED, ORDER_PAUSED, told
from services.p2p.standing_orders.model import (
    Bounds,
    Change,
    Criteria,
    OrderEvent,
    OrderState,
    ResaleWish,
    StandingOrder,
)
from services.p2p.wire_ids import standing_order_text

ACTIVATE_JOB = "p2p.activate_standing_order"
JOB_GRACE_SECONDS = 10
_EVENTS = {OrderState.ACTIVE: ORDER_ACTIVE, OrderState.PAUSED: ORDER_PAUSED, OrderState.ENDED: ORDER_ENDED}


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """expires_at: None for the usual."""

    criteria: Criteria
    bounds: Bounds
    expires_at: datetime | None = None
    resale: ResaleWish | None = None


async def request(tx: Tx, caller: Caller, *, terms: OrderTerms) -> StandingOrder:
    """Raises CustomersOnly, TooManyStandingOrders, ContradictoryBounds, ExpiryNotAllowed."""
    if caller.customer is None:
        raise CustomersOnly("a customer lends for herself")
    expires_at = await _possible(tx, terms)
    if await queries.alive(tx.connection, caller.party) >= rules.MOST_ORDERS:
        raise TooManyStandingOrders(f"a lender has at most {rules.MOST_ORDERS}")
    return await _make(tx, caller.party, terms, expires_at, managed=False)


async def request_managed(tx: Tx, lender: str, terms: OrderTerms) -> StandingOrder:
    """A plan's order: it stands and ends with what a lender put into the plan. Raises ContradictoryBounds, ExpiryNotAllowed."""
    return await _make(tx, lender, terms, await _possible(tx, terms), managed=True)


async def _possible(tx: Tx, terms: OrderTerms) -> datetime:
    """When it expires. Raises ContradictoryBounds, ExpiryNotAllowed."""
    programmes = {one.code: one for one in await programme_queries.current(tx.connection, tx.today)}
    lending = {code: one for code, one in programmes.items() if isinstance(one, Programme)}
    rules.require_possible(terms.criteria, terms.bounds, lending, terms.resale)
    return rules.expiry_of(tx.now, terms.expires_at)


async def _make(tx: Tx, lender: str, terms: OrderTerms, expires_at: datetime, *, managed: bool) -> StandingOrder:
    order = StandingOrder(
        id=tx.ids.new(),
        lender=lender,
        account_id=None,
        criteria=terms.criteria,
        bounds=terms.bounds,
        committed_minor=0,
        state=OrderState.OPENING,
        reason=None,
        refusals=0,
        place=None,
        queued_at=None,
        version=1,
        requested_at=tx.now,
        changed_at=tx.now,
        expires_at=expires_at,
        resale=terms.resale,
        managed=managed,
    )
    await queries.share_book(tx.connection)
    await queries.add(tx.connection, order)
    (moment,) = await queries.moments(tx.connection)
    await queries.add_version(tx.connection, order, "make", moment)
    # The request for an order of one's own runs the job itself; a plan's is left to the queue.
    tx.jobs.add(ACTIVATE_JOB, {"id": str(order.id)}, delay_seconds=0 if managed else JOB_GRACE_SECONDS)
    return order


async def record_wallet(tx: Tx, caller: Caller, *, order_id: UUID, account_id: UUID) -> StandingOrder:
    """Payments told her wallet: the order stands in the queue from now on."""
    order = await locked(tx, order_id)
    if order.state is not OrderState.OPENING:
        return order
    return await _step(tx, replace(order, account_id=account_id), OrderEvent.ACTIVATE)


async def record_no_wallet(tx: Tx, caller: Caller, *, order_id: UUID, reason: str) -> StandingOrder:
    """Payments finally refused her a wallet."""
    order = await locked(tx, order_id)
    if order.state is not OrderState.OPENING:
        return order
    return await _step(tx, order, OrderEvent.END, reason=reason)


async def pause(tx: Tx, caller: Caller, *, order_id: UUID) -> StandingOrder:
    """Raises UnknownStandingOrder, ManagedByPlan, NotAllowedInState."""
    return await _step(tx, await _unmanaged(tx, caller, order_id), OrderEvent.PAUSE, reason="by_lender")


async def resume(tx: Tx, caller: Caller, *, order_id: UUID) -> StandingOrder:
    """At the tail of the queue. Raises UnknownStandingOrder, NotAllowedInState."""
    return await _step(tx, await _own(tx, caller, order_id), OrderEvent.RESUME)


async def end(tx: Tx, caller: Caller, *, order_id: UUID) -> StandingOrder:
    """Bids of it stand as they are. Raises UnknownStandingOrder, ManagedByPlan, NotAllowedInState."""
    return await _step(tx, await _unmanaged(tx, caller, order_id), OrderEvent.END, reason="by_lender")


async def end_managed(tx: Tx, order_id: UUID, *, reason: str) -> StandingOrder:
    """The plan lends no more for her; nothing where the order ended before."""
    order = await locked(tx, order_id)
    if order.state is OrderState.ENDED:
        return order
    return await _step(tx, order, OrderEvent.END, reason=reason)


async def expire(tx: Tx, caller: Caller, *, order_id: UUID) -> StandingOrder:
    """Time ends an order; nothing happens if something else did before."""
    order = await locked(tx, order_id)
    if order.state is OrderState.ENDED or order.expires_at > tx.now:
        return order
    return await _step(tx, order, OrderEvent.END, reason="expired")


async def give_back(tx: Tx, bids: Iterable[Bid]) -> None:
    """Bids were released, their listing being locked: those of standing orders take no more of their budgets."""
    amounts: dict[UUID, int] = defaultdict(int)
    for bid in bids:
        if bid.standing_order_id is not None:
            amounts[bid.standing_order_id] += bid.amount_minor
    await free_budgets(tx, amounts)


async def free_budgets(tx: Tx, amounts: Mapping[UUID, int]) -> None:
    """So much less of each order's budget is taken, in minor units; the listing whose bids took it is locked."""
    if amounts:
        await queries.share_book(tx.connection)
        await queries.give_back(tx.connection, amounts, tx.now)


async def bring_back(tx: Tx, amounts: dict[UUID, int]) -> None:
    """What claims of plans' orders brought is theirs to lend again, by order, in minor units; below zero where it was taken back."""
    if amounts:
        await queries.share_book(tx.connection)
        await queries.give_back(tx.connection, amounts, tx.now, Change.RETURNED)


async def _unmanaged(tx: Tx, caller: Caller, order_id: UUID) -> StandingOrder:
    order = await _own(tx, caller, order_id)
    if order.managed:
        raise ManagedByPlan("it lends for a plan, and ends with it", field="standing_order_id")
    return order


async def _own(tx: Tx, caller: Caller, order_id: UUID) -> StandingOrder:
    order = await locked(tx, order_id)
    if order.lender != caller.party:
        raise UnknownStandingOrder("no such standing order", field="standing_order_id")
    return order


async def locked(tx: Tx, order_id: UUID) -> StandingOrder:
    await queries.share_book(tx.connection)
    order = await queries.load(tx.connection, order_id, lock=True)
    if order is None:
        raise UnknownStandingOrder("no such standing order", field="standing_order_id")
    return order


async def _step(tx: Tx, order: StandingOrder, event: OrderEvent, *, reason: str | None = None) -> StandingOrder:
    (moment,) = await queries.moments(tx.connection)
    state = rules.next_state(order, event)
    queued: dict[str, Any] = {}
    if state is OrderState.ACTIVE:
        queued = {"place": moment, "queued_at": tx.now, "refusals": 0}
    moved = replace(order, state=state, reason=reason, version=order.version + 1, changed_at=tx.now, **queued)
    await queries.save(tx.connection, moved)
    await queries.add_version(tx.connection, moved, event.value, moment)
    tx.events.add(_EVENTS[state], standing_order_text(moved.id), told(moved))
    return moved


def criteria_of(
    currency: str, lowest_rate: Decimal, programmes: Iterable[str], grades: Iterable[str], terms_months: Iterable[int]
) -> Criteria:
    """The same criteria however they were written: they share one row of the queue."""
    rate = Decimal(f"{lowest_rate:f}").quantize(Decimal("0.0001"))
    return Criteria(
        currency, rate, tuple(sorted(set(programmes))), tuple(sorted(set(grades))), tuple(sorted(set(terms_months)))
    )
