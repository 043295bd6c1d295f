"""SQL of rails, addresses, accounts and deposits."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.coins.model import CONFIRMATIONS, CoinAccount, CoinAddress, CoinDepositState, Deposit, Rail
from services.payments.coins.tables import coin_accounts, coin_addresses, coin_deposits, coin_rails

# Of what our addresses should have: what the ledger counts, what it has not let go yet, what has come and does not count yet.
_BOOKS = text("""SELECT (SELECT debits_posted - credits_posted FROM ledger_accounts WHERE id = rail.issuance_account_id) AS issued,
        (SELECT coalesce(sum(amount + network_fee), 0)::bigint FROM coin_withdrawals AS sent
            WHERE sent.unit = rail.unit AND sent.state = 'sent' AND NOT sent.posted) AS sent,
        (SELECT coalesce(sum(amount), 0)::bigint FROM coin_deposits AS deposit
            WHERE deposit.unit = rail.unit AND (deposit.state IN ('confirming', 'held')
                OR deposit.state = 'reversed' AND deposit.confirmations >= 0)) AS waiting,
        EXISTS (SELECT FROM coin_withdrawals AS asked WHERE asked.unit = rail.unit AND (asked.state = 'held' AND asked.tries > 0
            OR asked.state = 'sent' AND asked.sent_at <= :stuck)) AS unresolved
    FROM coin_rails AS rail WHERE rail.unit = :unit""")


# However many: an array is one parameter.
_CONCERNED = text("""SELECT * FROM coin_deposits WHERE unit = :unit AND (
        (txid, position) IN (SELECT * FROM unnest(cast(:txids AS text[]), cast(:positions AS int[])))
        OR txid = ANY (cast(:removed AS text[])) OR confirmations < :enough AND state <> 'dropped')
    ORDER BY id FOR UPDATE""")
_OWNERS = text("""SELECT address.address, account.customer_id, account.account_id FROM coin_addresses AS address
    JOIN coin_accounts AS account ON account.unit = address.unit AND account.customer_id = address.customer_id
    WHERE address.unit = :unit AND address.address = ANY (cast(:addresses AS text[]))""")


async def rail_of(connection: AsyncConnection, unit: str, *, lock: bool = False) -> Rail | None:
    """lock: whatever comes and goes of a coin takes turns."""
    statement = select(coin_rails).where(coin_rails.c.unit == unit)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Rail(**row._mapping)


async def rails(connection: AsyncConnection, due: datetime | None = None) -> list[Rail]:
    """By unit. due: those that are to be asked by then."""
    statement = select(coin_rails).order_by(coin_rails.c.unit)
    if due is not None:
        statement = statement.where(coin_rails.c.due_at <= due)
    return [Rail(**row._mapping) for row in await connection.execute(statement)]


async def add_rail(connection: AsyncConnection, rail: Rail) -> bool:
    statement = insert_or_leave(coin_rails).values(asdict(rail)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def save_rail(connection: AsyncConnection, rail: Rail) -> None:
    values = asdict(rail)
    await connection.execute(update(coin_rails).where(coin_rails.c.id == values.pop("id")).values(values))


async def books_of(connection: AsyncConnection, unit: str, stuck: datetime) -> tuple[int, int, int, bool]:
    """Issued, sent, waiting, and whether it is not known of some withdrawal if it was sent, or since `stuck` sent anew."""
    row = (await connection.execute(_BOOKS, {"unit": unit, "stuck": stuck})).one()
    return row.issued, row.sent, row.waiting, row.unresolved


async def numbers_of(connection: AsyncConnection, unit: str) -> tuple[int, int]:
    """The next number of an address, and how many are nobody's."""
    table = coin_addresses.c
    statement = select(func.coalesce(func.max(table.number) + 1, 0), func.count().filter(table.customer_id.is_(None)))
    row = (await connection.execute(statement.where(table.unit == unit))).one()
    return int(row[0]), int(row[1])


async def add_addresses(connection: AsyncConnection, made: Sequence[CoinAddress]) -> None:
    statement = insert_or_leave(coin_addresses).on_conflict_do_nothing()
    await connection.execute(statement, [asdict(one) for one in made])


async def free_address(connection: AsyncConnection, unit: str) -> CoinAddress | None:
    """Locked; one that another takes just now is passed over."""
    table = coin_addresses
    statement = (
        select(table).where(table.c.unit == unit, table.c.customer_id.is_(None)).order_by(table.c.number).limit(1)
    )
    row = (await connection.execute(statement.with_for_update(skip_locked=True))).one_or_none()
    return None if row is None else CoinAddress(**row._mapping)


async def save_address(connection: AsyncConnection, taken: CoinAddress) -> None:
    changed = update(coin_addresses).where(coin_addresses.c.address == taken.address)
    await connection.execute(changed.values(customer_id=taken.customer_id, taken_at=taken.taken_at))


async def addresses_of(
    connection: AsyncConnection, customer_id: UUID, unit: str | None, after: str | None, limit: int
) -> list[CoinAddress]:
    """By address."""
    table = coin_addresses
    statement = select(table).where(table.c.customer_id == customer_id)
    if unit is not None:
        statement = statement.where(table.c.unit == unit)
    if after is not None:
        statement = statement.where(table.c.address > after)
    rows = await connection.execute(statement.order_by(table.c.address).limit(limit))
    return [CoinAddress(**row._mapping) for row in rows]


async def is_ours(connection: AsyncConnection, address: str) -> bool:
    found = select(coin_addresses.c.address).where(coin_addresses.c.address == address)
    return (await connection.execute(found)).first() is not None


async def owners_of(connection: AsyncConnection, unit: str, addresses: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Of addresses that are somebody's: the customer and her account."""
    rows = await connection.execute(_OWNERS, {"unit": unit, "addresses": list(addresses)})
    return {row.address: (row.customer_id, row.account_id) for row in rows}


async def account_of(connection: AsyncConnection, unit: str, customer_id: UUID) -> CoinAccount | None:
    table = coin_accounts
    statement = select(table).where(table.c.unit == unit, table.c.customer_id == customer_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else CoinAccount(**row._mapping)


async def accounts_of(connection: AsyncConnection, customer_id: UUID) -> list[CoinAccount]:
    """By unit."""
    statement = select(coin_accounts).where(coin_accounts.c.customer_id == customer_id).order_by(coin_accounts.c.unit)
    return [CoinAccount(**row._mapping) for row in await connection.execute(statement)]


async def add_account(connection: AsyncConnection, account: CoinAccount) -> bool:
    statement = insert_or_leave(coin_accounts).values(asdict(account)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def deposits_concerned(
    connection: AsyncConnection, unit: str, keys: Collection[tuple[str, int]], removed: Collection[str]
) -> dict[tuple[str, int], Deposit]:
    """Those that are told of, those of blocks that count no more, and those that could still vanish: locked, by output."""
    told = {"txids": [txid for txid, _ in keys], "positions": [position for _, position in keys]}
    rows = await connection.execute(
        _CONCERNED, {"unit": unit, "removed": list(removed), "enough": CONFIRMATIONS} | told
    )
    return {(one.txid, one.position): one for one in map(_deposit, rows)}


async def add_deposits(connection: AsyncConnection, deposits: Sequence[Deposit]) -> None:
    await connection.execute(insert(coin_deposits), [asdict(one) for one in deposits])


_SAVE = text("""UPDATE coin_deposits AS deposit SET state = told.state, confirmations = told.confirmations, lost = told.lost,
        due_at = told.due_at, ended_at = told.ended_at
    FROM unnest(cast(:ids AS uuid[]), cast(:states AS text[]), cast(:confirmations AS int[]), cast(:losts AS bigint[]),
        cast(:dues AS timestamptz[]), cast(:ends AS timestamptz[])) AS told (id, state, confirmations, lost, due_at, ended_at)
    WHERE deposit.id = told.id""")


async def save_deposits(connection: AsyncConnection, deposits: Sequence[Deposit]) -> None:
    facts = {
        "ids": [one.id for one in deposits],
        "states": [str(one.state) for one in deposits],
        "confirmations": [one.confirmations for one in deposits],
        "losts": [one.lost for one in deposits],
        "dues": [one.due_at for one in deposits],
        "ends": [one.ended_at for one in deposits],
    }
    await connection.execute(_SAVE, facts)


async def deposit_with(connection: AsyncConnection, deposit_id: UUID, *, lock: bool = False) -> Deposit | None:
    statement = select(coin_deposits).where(coin_deposits.c.id == deposit_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _deposit(row)


async def deposits_of(
    connection: AsyncConnection,
    customer_id: UUID | None,
    state: CoinDepositState | None,
    before: UUID | None,
    limit: int,
) -> list[Deposit]:
    """A customer's or everybody's, newest first."""
    table = coin_deposits
    statement = select(table)
    if customer_id is not None:
        statement = statement.where(table.c.customer_id == customer_id)
    if state is not None:
        statement = statement.where(table.c.state == state)
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [_deposit(row) for row in await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))]


async def lost_deposits(connection: AsyncConnection, unit: str, customer_id: UUID) -> list[Deposit]:
    """Of a customer, those of which the platform bears something; locked, the first of them first."""
    table = coin_deposits
    statement = select(table).where(table.c.customer_id == customer_id, table.c.unit == unit, table.c.lost > 0)
    return [_deposit(row) for row in await connection.execute(statement.order_by(table.c.id).with_for_update())]


async def held_deposits(connection: AsyncConnection, unit: str, due: datetime | None, limit: int) -> list[Deposit]:
    """Locked, the earliest first. due: those that have waited until then, None for all."""
    table = coin_deposits
    statement = select(table).where(table.c.unit == unit, table.c.due_at.is_not(None))
    if due is not None:
        statement = statement.where(table.c.due_at <= due)
    rows = await connection.execute(statement.order_by(table.c.due_at, table.c.id).limit(limit).with_for_update())
    return [_deposit(row) for row in rows]


def _deposit(row: Row[Any]) -> Deposit:
    return Deposit(**dict(row._mapping) | {"state": CoinDepositState(row.state)})
