from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.postings.model import Leg, MadePosting, PostedLeg
from services.payments.postings.tables import posting_legs, postings

_FACTS = [
    postings.c[name]
    for name in (
        "id",
        "made_by",
        "currency",
        "amount",
        "kept",
        "code",
        "reference",
        "value_on",
        "posted_at",
        "instruction",
    )
]


async def add_posting(connection: AsyncConnection, posting: MadePosting, book_id: int) -> None:
    facts = {column.name: getattr(posting, column.name) for column in _FACTS}
    await connection.execute(insert(postings).values(facts | {"book_id": book_id}))
    legs = [
        {"posting_id": posting.id, "number": number, "transfer_id": posted.transfer_id, **asdict(posted.leg)}
        for number, posted in enumerate(posting.legs)
    ]
    await connection.execute(insert(posting_legs), legs)


async def posting_with(connection: AsyncConnection, posting_id: UUID) -> MadePosting | None:
    row = (await connection.execute(select(*_FACTS).where(postings.c.id == posting_id))).one_or_none()
    if row is None:
        return None
    return _posting(row, (await _legs(connection, [posting_id]))[posting_id])


async def postings_of(
    connection: AsyncConnection, made_by: str | None, before: UUID | None, limit: int
) -> list[MadePosting]:
    """A party's postings, or everybody's; newest first."""
    statement = select(*_FACTS)
    if made_by is not None:
        statement = statement.where(postings.c.made_by == made_by)
    if before is not None:
        statement = statement.where(postings.c.id < before)
    rows = (await connection.execute(statement.order_by(postings.c.id.desc()).limit(limit))).all()
    legs = await _legs(connection, [row.id for row in rows])
    return [_posting(row, legs[row.id]) for row in rows]


async def _legs(connection: AsyncConnection, posting_ids: Collection[UUID]) -> dict[UUID, list[PostedLeg]]:
    table = posting_legs
    statement = select(table).where(table.c.posting_id.in_(posting_ids)).order_by(table.c.posting_id, table.c.number)
    found: dict[UUID, list[PostedLeg]] = defaultdict(list)
    for row in await connection.execute(statement):
        leg = Leg(row.source, row.destination, row.debit_account_id, row.credit_account_id, row.amount)
        found[row.posting_id].append(PostedLeg(row.transfer_id, leg))
    return found


def _posting(row: Row[Any], legs: list[PostedLeg]) -> MadePosting:
    return MadePosting(**row._mapping, legs=tuple(legs))
