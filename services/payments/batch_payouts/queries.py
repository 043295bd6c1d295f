from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.payments.batch_payouts.model import OPEN, Batch, BatchState, Line, LineState, Payees, Tally
from services.payments.batch_payouts.tables import batch_line_reissues, batch_payout_lines, batch_payouts
from services.payments.cards.model import CardState
from services.payments.cards.tables import cards
from services.payments.wallets.tables import wallets

_PAID = text("""UPDATE batch_payout_lines AS line
    SET state = 'paid', transfer_id = done.transfer_id, ended_at = :now
    FROM unnest(CAST(:lines AS uuid[]), CAST(:transfers AS uuid[])) AS done (id, transfer_id) WHERE line.id = done.id""")
_REFUSED = text("""UPDATE batch_payout_lines AS line
    SET state = 'refused', refusal_code = done.code, ended_at = :now
    FROM unnest(CAST(:lines AS uuid[]), CAST(:codes AS text[])) AS done (id, code) WHERE line.id = done.id""")


async def payees_of(
    connection: AsyncConnection,
    currency: str,
    wallet_ids: Collection[UUID],
    customer_ids: Collection[UUID],
    card_ids: Collection[UUID],
) -> Payees:
    """Those of the named who can be paid, three questions for all of them."""
    held = wallets.c.currency == currency
    by_wallet = select(wallets.c.id, wallets.c.account_id).where(held, wallets.c.id == func.any(list(wallet_ids)))
    by_customer = select(wallets.c.customer_id, wallets.c.account_id).where(
        held, wallets.c.customer_id == func.any(list(customer_ids))
    )
    bound = select(cards.c.id).where(cards.c.state == CardState.BOUND, cards.c.id == func.any(list(card_ids)))
    return Payees(
        {row[0]: row[1] for row in await connection.execute(by_wallet)},
        {row[0]: row[1] for row in await connection.execute(by_customer)},
        frozenset((await connection.execute(bound)).scalars()),
    )


async def names_of_payees(connection: AsyncConnection, batch_id: UUID, line_id: UUID | None) -> tuple[str, ...]:
    """Of a batch or one of its lines: as they were named, and the customers whose wallets and cards they are."""
    line = batch_payout_lines.c
    statement = (
        select(line.payee, wallets.c.customer_id, cards.c.customer_id)
        .outerjoin(wallets, wallets.c.account_id == line.account_id)
        .outerjoin(cards, cards.c.id == line.card_id)
        .where(line.batch_id == batch_id)
    )
    if line_id is not None:
        statement = statement.where(line.id == line_id)
    names: set[str] = set()
    for payee, *customers in await connection.execute(statement):
        names.update((payee, *(encode("cus", customer) for customer in customers if customer is not None)))
    return tuple(sorted(names))


async def add_batch(connection: AsyncConnection, batch: Batch) -> bool:
    """False if the merchant has one of this number."""
    result = await connection.execute(insert(batch_payouts).values(asdict(batch)).on_conflict_do_nothing())
    return result.rowcount == 1


async def add_lines(connection: AsyncConnection, lines: Sequence[Line]) -> None:
    await connection.execute(insert(batch_payout_lines), [asdict(line) for line in lines])


async def batch_with(connection: AsyncConnection, batch_id: UUID, *, lock: bool = False) -> Batch | None:
    statement = select(batch_payouts).where(batch_payouts.c.id == batch_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _batch(row)


async def save_batch(connection: AsyncConnection, batch: Batch) -> None:
    values = asdict(batch)
    await connection.execute(update(batch_payouts).where(batch_payouts.c.id == values.pop("id")).values(values))


async def batches_of(connection: AsyncConnection, owner: str | None, before: UUID | None, limit: int) -> list[Batch]:
    """A party's, or everybody's; newest first."""
    statement = select(batch_payouts)
    if owner is not None:
        statement = statement.where(batch_payouts.c.owner == owner)
    if before is not None:
        statement = statement.where(batch_payouts.c.id < before)
    rows = await connection.execute(statement.order_by(batch_payouts.c.id.desc()).limit(limit))
    return [_batch(row) for row in rows]


async def due_batches(connection: AsyncConnection, now: datetime, limit: int) -> list[Batch]:
    statement = select(batch_payouts).where(batch_payouts.c.due_at <= now)
    rows = await connection.execute(statement.order_by(batch_payouts.c.due_at).limit(limit))
    return [_batch(row) for row in rows]


async def move_lines(
    connection: AsyncConnection, batch_id: UUID, before: LineState, after: LineState, ended_at: datetime | None
) -> None:
    """All lines of a batch that are in a state, in one statement."""
    table = batch_payout_lines
    statement = update(table).where(table.c.batch_id == batch_id, table.c.state == before)
    await connection.execute(statement.values(state=after, ended_at=ended_at))


async def waiting_lines(connection: AsyncConnection, batch_id: UUID, *, cards: bool, limit: int) -> list[Line]:
    """The next to be paid: to cards, or to wallets."""
    table = batch_payout_lines
    statement = (
        select(table)
        .where(
            table.c.batch_id == batch_id,
            table.c.state == LineState.WAITING,
            table.c.card_id.is_not(None) if cards else table.c.account_id.is_not(None),
        )
        .order_by(table.c.position)
        .limit(limit)
    )
    return [_line(row) for row in await connection.execute(statement)]


async def mark_paid(connection: AsyncConnection, paid: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Lines with the transfers that paid them, in one statement."""
    values = {"lines": [line for line, _ in paid], "transfers": [transfer for _, transfer in paid], "now": now}
    await connection.execute(_PAID, values)


async def mark_refused(connection: AsyncConnection, refused: Sequence[tuple[UUID, str]], now: datetime) -> None:
    """Lines with the codes they were refused with, in one statement."""
    values = {"lines": [line for line, _ in refused], "codes": [code for _, code in refused], "now": now}
    await connection.execute(_REFUSED, values)


async def count_open(connection: AsyncConnection, batch_id: UUID) -> int:
    """Lines whose result is not known."""
    table = batch_payout_lines
    statement = select(func.count()).where(table.c.batch_id == batch_id, table.c.state.in_(OPEN))
    return int((await connection.execute(statement)).scalar_one())


async def line_with(connection: AsyncConnection, line_id: UUID) -> Line | None:
    """Of a batch that is locked by whoever changes it."""
    row = (await connection.execute(select(batch_payout_lines).where(batch_payout_lines.c.id == line_id))).one_or_none()
    return None if row is None else _line(row)


async def line_paid_by(connection: AsyncConnection, payout_id: UUID) -> Line | None:
    """The line that an order to a bank is for: its own id, or that of one of its reissues."""
    reissued = select(batch_line_reissues.c.line_id).where(batch_line_reissues.c.id == payout_id)
    line_id = (await connection.execute(reissued)).scalar_one_or_none()
    return await line_with(connection, line_id or payout_id)


async def add_reissue(connection: AsyncConnection, reissue_id: UUID, line_id: UUID, at: datetime) -> None:
    values = {"id": reissue_id, "line_id": line_id, "reissued_at": at}
    await connection.execute(insert(batch_line_reissues).values(values))


async def line_numbered(connection: AsyncConnection, batch_id: UUID, number: str) -> Line | None:
    table = batch_payout_lines
    statement = select(table).where(table.c.batch_id == batch_id, table.c.number == number)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _line(row)


async def save_line(connection: AsyncConnection, line: Line) -> None:
    values = asdict(line)
    table = batch_payout_lines
    await connection.execute(update(table).where(table.c.id == values.pop("id")).values(values))


async def lines_of(
    connection: AsyncConnection, batch_id: UUID, state: LineState | None, after: int | None, limit: int
) -> list[Line]:
    """In the order of the upload."""
    table = batch_payout_lines
    statement = select(table).where(table.c.batch_id == batch_id)
    if state is not None:
        statement = statement.where(table.c.state == state)
    if after is not None:
        statement = statement.where(table.c.position > after)
    return [_line(row) for row in await connection.execute(statement.order_by(table.c.position).limit(limit))]


async def tallies_of(connection: AsyncConnection, batch_id: UUID) -> list[Tally]:
    table = batch_payout_lines
    statement = (
        select(table.c.state, func.count(), func.sum(table.c.amount))
        .where(table.c.batch_id == batch_id)
        .group_by(table.c.state)
        .order_by(table.c.state)
    )
    return [Tally(LineState(row[0]), row[1], int(row[2])) for row in await connection.execute(statement)]


async def returned_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Line]:
    """Lines that came back and that nobody has paid anew in time."""
    table = batch_payout_lines
    statement = select(table).where(table.c.due_at <= now).order_by(table.c.due_at).limit(limit)
    return [_line(row) for row in await connection.execute(statement)]


def _batch(row: Row[Any]) -> Batch:
    return Batch(**dict(row._mapping) | {"state": BatchState(row.state)})


def _line(row: Row[Any]) -> Line:
    return Line(**dict(row._mapping) | {"state": LineState(row.state)})
