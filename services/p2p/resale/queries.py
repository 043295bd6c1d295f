"""The SQL of resale."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.loans.tables import loan_rows, loans
from services.p2p.resale.model import Purchase, PurchaseState, Sale, SaleState, SliceFault, SliceRefusal
from services.p2p.resale.tables import claim_purchases, claim_sales, slice_refusals

_SALE = [claim_sales.c[name] for name in Sale.__slots__]
_PURCHASE = [claim_purchases.c[name] for name in Purchase.__slots__]
_LIVE = [SaleState.OPEN.value, SaleState.BUYING.value]


async def add_sale(connection: AsyncConnection, sale: Sale) -> None:
    await connection.execute(insert(claim_sales).values(_values(sale)))


async def save_sale(connection: AsyncConnection, sale: Sale) -> None:
    await connection.execute(update(claim_sales).where(claim_sales.c.id == sale.id).values(_values(sale)))


async def sale(connection: AsyncConnection, sale_id: UUID, *, lock: bool = False) -> Sale | None:
    wanted = select(*_SALE).where(claim_sales.c.id == sale_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _sale(row)


async def live_of_claim(connection: AsyncConnection, claim_id: UUID) -> Sale | None:
    """Open or being bought, locked. The loan is locked before."""
    wanted = select(*_SALE).where(claim_sales.c.claim_id == claim_id, claim_sales.c.state.in_(_LIVE))
    row = (await connection.execute(wanted.with_for_update())).one_or_none()
    return None if row is None else _sale(row)


async def live_of_claims(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, Sale]:
    """Open or being bought, by claim."""
    wanted = select(*_SALE).where(claim_sales.c.claim_id.in_(claim_ids), claim_sales.c.state.in_(_LIVE))
    return {row.claim_id: _sale(row) for row in await connection.execute(wanted)}


async def void_open(connection: AsyncConnection, loan_id: UUID, now: datetime, *, reason: str) -> list[Sale]:
    """Every open sale of a loan ends at once. Answers them as they are then."""
    statement = (
        update(claim_sales)
        .where(claim_sales.c.loan_id == loan_id, claim_sales.c.state == SaleState.OPEN.value)
        .values(state=SaleState.VOIDED.value, reason=reason, changed_at=now, due_at=None)
        .returning(*_SALE)
    )
    return [_sale(row) for row in await connection.execute(statement)]


async def find_sales(
    connection: AsyncConnection,
    *,
    seller: str | None,
    state: str | None,
    loan_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Sale]:
    """Newest first, at most limit + 1."""
    wanted = select(*_SALE).order_by(claim_sales.c.id.desc()).limit(limit + 1)
    for column, value in (("seller", seller), ("state", state), ("loan_id", loan_id)):
        if value is not None:
            wanted = wanted.where(claim_sales.c[column] == value)
    if before is not None:
        wanted = wanted.where(claim_sales.c.id < before)
    return [_sale(row) for row in await connection.execute(wanted)]


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(claim_sales.c.id).where(claim_sales.c.due_at <= now, claim_sales.c.state == SaleState.OPEN.value)
    return list((await connection.execute(wanted.order_by(claim_sales.c.due_at).limit(limit))).scalars())


async def assets(
    connection: AsyncConnection, programme_code: str, currency: str, *, until_on: date, now: datetime, limit: int
) -> list[tuple[Sale, date, int]]:
    """Open sales of a programme's claims that are repaid by a day, each with the day of its last row and the version of the programme.

    The longest first; of one day, the oldest.
    """
    last = select(func.max(loan_rows.c.due_on)).where(loan_rows.c.loan_id == claim_sales.c.loan_id).scalar_subquery()
    wanted = (
        select(*_SALE, last.label("last_due_on"), loans.c.programme_version)
        .join(loans, loans.c.id == claim_sales.c.loan_id)
        .where(
            claim_sales.c.state == SaleState.OPEN.value,
            claim_sales.c.due_at > now,
            claim_sales.c.currency == currency,
            loans.c.programme_code == programme_code,
            last <= until_on,
        )
        .order_by(last.desc(), claim_sales.c.id)
        .limit(limit)
    )
    return [(_sale(row), row.last_due_on, row.programme_version) for row in await connection.execute(wanted)]


async def add_refusal(connection: AsyncConnection, refusal: SliceRefusal) -> None:
    await connection.execute(insert(slice_refusals).values(asdict(refusal) | {"fault": refusal.fault.value}))


async def find_refusals(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[SliceRefusal]:
    """Newest first, at most limit + 1."""
    columns = [slice_refusals.c[name] for name in SliceRefusal.__slots__]
    wanted = select(*columns).order_by(slice_refusals.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(slice_refusals.c.id < before)
    return [
        SliceRefusal(**dict(row._mapping) | {"fault": SliceFault(row.fault)})
        for row in await connection.execute(wanted)
    ]


async def add_purchase(connection: AsyncConnection, purchase: Purchase) -> None:
    await connection.execute(insert(claim_purchases).values(_values(purchase)))


async def save_purchase(connection: AsyncConnection, purchase: Purchase) -> None:
    await connection.execute(
        update(claim_purchases).where(claim_purchases.c.id == purchase.id).values(_values(purchase))
    )


async def purchase(connection: AsyncConnection, purchase_id: UUID, *, lock: bool = False) -> Purchase | None:
    wanted = select(*_PURCHASE).where(claim_purchases.c.id == purchase_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _purchase(row)


async def under_way(connection: AsyncConnection, loan_id: UUID) -> bool:
    """Whether the ledger has not answered a purchase of the loan."""
    wanted = select(claim_purchases.c.id).where(
        claim_purchases.c.loan_id == loan_id, claim_purchases.c.state == PurchaseState.PENDING.value
    )
    return (await connection.execute(wanted)).first() is not None


async def find_purchases(
    connection: AsyncConnection, *, party: str | None, sale_id: UUID | None, before: UUID | None, limit: int
) -> list[Purchase]:
    """Of whom somebody bought or sold; newest first, at most limit + 1."""
    wanted = select(*_PURCHASE).order_by(claim_purchases.c.id.desc()).limit(limit + 1)
    if party is not None:
        wanted = wanted.where((claim_purchases.c.buyer == party) | (claim_purchases.c.seller == party))
    if sale_id is not None:
        wanted = wanted.where(claim_purchases.c.sale_id == sale_id)
    if before is not None:
        wanted = wanted.where(claim_purchases.c.id < before)
    return [_purchase(row) for row in await connection.execute(wanted)]


async def settled_of_claims(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> list[Purchase]:
    """By which any of these claims was bought or sold, oldest first."""
    wanted = select(*_PURCHASE).where(
        claim_purchases.c.state == PurchaseState.SETTLED.value,
        claim_purchases.c.claim_id.in_(claim_ids) | claim_purchases.c.buyer_claim_id.in_(claim_ids),
    )
    return [_purchase(row) for row in await connection.execute(wanted.order_by(claim_purchases.c.id))]


def _values(record: Sale | Purchase) -> dict[str, Any]:
    return asdict(record) | {"state": record.state.value}


def _sale(row: Any) -> Sale:
    facts = {name: row._mapping[name] for name in Sale.__slots__}
    return Sale(**facts | {"state": SaleState(row.state)})


def _purchase(row: Any) -> Purchase:
    return Purchase(**dict(row._mapping) | {"state": PurchaseState(row.state)})
