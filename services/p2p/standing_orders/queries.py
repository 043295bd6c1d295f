"""The SQL of standing orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.standing_orders.model import Bounds, Change, Criteria, OrderState, ResaleWish, StandingOrder
from services.p2p.standing_orders.tables import standing_order_criteria, standing_order_versions, standing_orders

_CRITERIA = [standing_order_criteria.c[name] for name in Criteria.__slots__]
_BOUNDS = tuple(Bounds.__slots__)
_OWN = tuple(name for name in StandingOrder.__slots__ if name not in ("criteria", "bounds", "resale"))
_RESALE = {name: f"resale_{name}" for name in ResaleWish.__slots__}
_COLUMNS = [*(standing_orders.c[name] for name in (*_OWN, *_BOUNDS, *_RESALE.values())), *_CRITERIA]

_BOOK = text("SELECT pg_advisory_xact_lock(hashtext('standing_order_book'))")
_BOOK_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('standing_order_book'))")
_LENDER = text("SELECT pg_advisory_xact_lock(hashtext('standing_orders'), hashtext(:lender))")
_MOMENTS = text("SELECT nextval('book_moments') FROM generate_series(1, :count)")
_BLOCK = text(
    "SELECT min(moment), max(moment) FROM (SELECT nextval('book_moments') AS moment FROM generate_series(1, :count)) AS taken"
)

_GIVE_BACK = text("""
    WITH given AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[]), CAST(:moments AS bigint[])) AS g (id, amount, moment)
    ), held AS (
        SELECT o.id FROM standing_orders o JOIN given USING (id) ORDER BY o.id FOR UPDATE OF o
    ), changed AS (
        UPDATE standing_orders o SET committed_minor = o.committed_minor - given.amount, version = o.version + 1, changed_at = :now
        FROM given WHERE o.id = given.id AND o.id IN (SELECT id FROM held)
        RETURNING o.*, given.moment
    )
    INSERT INTO standing_order_versions
        (order_id, version, moment, event, state, reason, refusals, place, committed_minor, changed_at)
    SELECT id, version, moment, :event, state, reason, refusals, place, committed_minor, changed_at FROM changed
""")


async def lock_book(connection: AsyncConnection) -> None:
    """Nobody changes an order, and no other run looks at the queue, until the transaction ends."""
    await connection.execute(_BOOK)


async def share_book(connection: AsyncConnection) -> None:
    """No run looks at the queue until the transaction ends: what changes an order stands wholly before or after each."""
    await connection.execute(_BOOK_SHARED)


async def moments(connection: AsyncConnection, count: int = 1) -> list[int]:
    """The next of the book's moments, ascending; under its lock."""
    return sorted((await connection.execute(_MOMENTS, {"count": count})).scalars())


async def block(connection: AsyncConnection, count: int) -> range:
    """So many of the book's moments, one next to the other: nobody else takes any under its own lock."""
    first, last = (await connection.execute(_BLOCK, {"count": count})).one()
    assert last - first + 1 == count, "somebody took a moment without the book's lock"
    return range(first, last + 1)


async def alive(connection: AsyncConnection, lender: str) -> int:
    """How many orders of hers, plans' apart, have not ended; nobody else makes one for her until the transaction ends."""
    await connection.execute(_LENDER, {"lender": lender})
    orders = standing_orders.c
    wanted = select(func.count()).where(
        orders.lender == lender, orders.state != OrderState.ENDED.value, orders.managed.is_(False)
    )
    return (await connection.execute(wanted)).scalar_one()


async def add(connection: AsyncConnection, order: StandingOrder) -> None:
    criteria_id = await _criteria_id(connection, order.criteria)
    await connection.execute(insert(standing_orders).values(_values(order) | {"criteria_id": criteria_id}))


async def load(connection: AsyncConnection, order_id: UUID, *, lock: bool = False) -> StandingOrder | None:
    wanted = _orders().where(standing_orders.c.id == order_id)
    found = wanted.with_for_update(of=standing_orders) if lock else wanted
    row = (await connection.execute(found)).one_or_none()
    return None if row is None else order_of(row)


async def save(connection: AsyncConnection, order: StandingOrder) -> None:
    """All of it but what never changes."""
    values = {name: value for name, value in _values(order).items() if name not in _BOUNDS}
    await connection.execute(update(standing_orders).where(standing_orders.c.id == order.id).values(values))


async def add_version(connection: AsyncConnection, order: StandingOrder, event: str, moment: int) -> None:
    values = {
        "order_id": order.id,
        "version": order.version,
        "moment": moment,
        "event": event,
        "state": order.state.value,
        "reason": order.reason,
        "refusals": order.refusals,
        "place": order.place,
        "committed_minor": order.committed_minor,
        "changed_at": order.changed_at,
    }
    await connection.execute(insert(standing_order_versions).values(values))


async def give_back(
    connection: AsyncConnection, amounts: Mapping[UUID, int], now: datetime, change: Change = Change.GIVEN_BACK
) -> None:
    """These orders commit so much less of their budgets, each order's amount in minor units."""
    ids = sorted(amounts)
    numbers = await moments(connection, len(ids))
    values = {
        "ids": ids,
        "amounts": [amounts[one] for one in ids],
        "moments": numbers,
        "now": now,
        "event": change.value,
    }
    await connection.execute(_GIVE_BACK, values)


async def find(
    connection: AsyncConnection, *, lender: str | None, state: str | None, before: UUID | None, limit: int
) -> list[StandingOrder]:
    """Newest first, at most limit + 1."""
    wanted = _orders().order_by(standing_orders.c.id.desc()).limit(limit + 1)
    for column, value in (("lender", lender), ("state", state)):
        if value is not None:
            wanted = wanted.where(standing_orders.c[column] == value)
    if before is not None:
        wanted = wanted.where(standing_orders.c.id < before)
    return [order_of(row) for row in await connection.execute(wanted)]


async def past_expiry(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    orders = standing_orders.c
    wanted = select(orders.id).where(orders.state != OrderState.ENDED.value, orders.expires_at <= now)
    return list((await connection.execute(wanted.order_by(orders.expires_at).limit(limit))).scalars())


async def _criteria_id(connection: AsyncConnection, criteria: Criteria) -> int:
    """Of the one row with these criteria, made if it is the first."""
    values = {
        "currency": criteria.currency,
        "lowest_rate": criteria.lowest_rate,
        "programmes": list(criteria.programmes),
        "grades": list(criteria.grades),
        "terms_months": list(criteria.terms_months),
    }
    await connection.execute(upsert(standing_order_criteria).values(values).on_conflict_do_nothing())
    wanted = select(standing_order_criteria.c.id)
    for name, value in values.items():
        wanted = wanted.where(standing_order_criteria.c[name] == value)
    return int((await connection.execute(wanted)).scalar_one())


def _orders() -> Select[Any]:
    joined = standing_orders.join(
        standing_order_criteria, standing_orders.c.criteria_id == standing_order_criteria.c.id
    )
    return select(*_COLUMNS).select_from(joined)


def _values(order: StandingOrder) -> dict[str, Any]:
    own = {name: getattr(order, name) for name in _OWN}
    bounds: Sequence[str] = _BOUNDS
    wish = {column: getattr(order.resale, name, None) for name, column in _RESALE.items()}
    return own | {name: getattr(order.bounds, name) for name in bounds} | wish | {"state": order.state.value}


def order_of(row: Any) -> StandingOrder:
    found = row._mapping
    criteria = Criteria(
        found["currency"],
        found["lowest_rate"],
        tuple(found["programmes"]),
        tuple(found["grades"]),
        tuple(found["terms_months"]),
    )
    bounds = Bounds(*(found[name] for name in _BOUNDS))
    own = {name: found[name] for name in _OWN} | {"state": OrderState(found["state"])}
    wish = None
    if found["resale_least_yield"] is not None:
        wish = ResaleWish(**{name: found[column] for name, column in _RESALE.items()})
    return StandingOrder(**own, criteria=criteria, bounds=bounds, resale=wish)
