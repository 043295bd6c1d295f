from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.money_supply.model import Movement, MovementKind, Schedule, Supply, Unit, UnitKind
from services.payments.money_supply.tables import unit_movements, units

_UNFIT = text("""SELECT EXISTS (SELECT FROM ledger_accounts
    WHERE currency = :code AND (rule <> 'debits_must_not_exceed_credits' OR book_id <> :book_id))""")
_BACKED = text("""SELECT issuance.debits_posted - issuance.credits_posted = backing.credits_posted - backing.debits_posted
    FROM units AS unit JOIN ledger_accounts AS issuance ON issuance.id = unit.issuance_account_id
    JOIN ledger_accounts AS backing ON backing.id = unit.backing_account_id WHERE unit.code = :code""")
# One statement, one snapshot. An account of kind issuance or reserve is where its unit comes from and goes to. An id tells when its account
# was made here: one that says it was opened before that was taken over from elsewhere, with the money it had there.
_SUPPLY = text("""SELECT account.currency AS unit, unit.kind, unit.backed_by, unit.subsidy, unit.halving_blocks,
        coalesce(sum(account.debits_posted) FILTER (WHERE account.kind IN ('issuance', 'reserve')), 0)::bigint AS issued,
        coalesce(sum(account.credits_posted) FILTER (WHERE account.kind IN ('issuance', 'reserve')), 0)::bigint AS burned,
        coalesce(sum(account.credits_posted - account.debits_posted)
            FILTER (WHERE account.rule = 'debits_must_not_exceed_credits'), 0)::bigint AS circulating,
        coalesce(sum(account.credits_posted - account.debits_posted)
            FILTER (WHERE account.rule = 'debits_must_not_exceed_credits'
                AND account.opened_at < uuid_extract_timestamp(account.id)), 0)::bigint AS imported,
        coalesce((SELECT backing.credits_posted - backing.debits_posted FROM ledger_accounts AS backing
            WHERE backing.id = unit.backing_account_id), 0)::bigint AS backing,
        (SELECT max(height) FROM unit_movements WHERE unit_movements.unit = unit.code) AS height,
        coalesce(sum(account.debits_posted - account.credits_posted) FILTER (WHERE account.kind = 'coin_loss'), 0)::bigint AS lost,
        rail.height AS chain_height, rail.outputs AS on_chain
    FROM ledger_accounts AS account LEFT JOIN units AS unit ON unit.code = account.currency
    LEFT JOIN coin_rails AS rail ON rail.unit = unit.code
    GROUP BY account.currency, unit.code, rail.id ORDER BY account.currency""")


async def unit_with(connection: AsyncConnection, code: str) -> Unit | None:
    row = (await connection.execute(select(units).where(units.c.code == code))).one_or_none()
    return None if row is None else _unit(row)


async def all_units(connection: AsyncConnection, after: str | None, limit: int) -> list[Unit]:
    """By code."""
    statement = select(units).order_by(units.c.code).limit(limit)
    if after is not None:
        statement = statement.where(units.c.code > after)
    return [_unit(row) for row in await connection.execute(statement)]


async def add_unit(connection: AsyncConnection, unit: Unit) -> bool:
    """False if there is one of this code; waits for whoever is making it."""
    facts = asdict(unit)
    facts |= facts.pop("schedule") or {}
    statement = insert_or_leave(units).values(facts).on_conflict_do_nothing().returning(units.c.code)
    return (await connection.execute(statement)).one_or_none() is not None


async def is_unfit(connection: AsyncConnection, code: str, book_id: int) -> bool:
    """Whether accounts are kept in it that may go below zero, or stand in another book."""
    return bool((await connection.execute(_UNFIT, {"code": code, "book_id": book_id})).scalar_one())


async def add_movement(connection: AsyncConnection, movement: Movement) -> None:
    await connection.execute(insert(unit_movements).values(asdict(movement)))


async def is_backed(connection: AsyncConnection, code: str) -> bool:
    """Whether as much money is held for a token as was issued and not burned; of coins there is nothing to ask."""
    return (await connection.execute(_BACKED, {"code": code})).scalar_one_or_none() is not False


async def movements_of(
    connection: AsyncConnection, code: str, made_by: str | None, before: UUID | None, limit: int
) -> list[Movement]:
    """Of a unit, a party's or everybody's; newest first."""
    table = unit_movements
    statement = select(table).where(table.c.unit == code)
    if made_by is not None:
        statement = statement.where(table.c.made_by == made_by)
    if before is not None:
        statement = statement.where(table.c.id < before)
    rows = await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
    return [Movement(**dict(row._mapping) | {"kind": MovementKind(row.kind)}) for row in rows]


async def supplies(connection: AsyncConnection) -> list[Supply]:
    """Of every unit that an account is kept in, by code."""
    return [_supply(row) for row in await connection.execute(_SUPPLY)]


def _supply(row: Row[Any]) -> Supply:
    kind = UnitKind(row.kind) if row.kind else UnitKind.MONEY
    held = {UnitKind.MONEY: row.issued - row.burned, UnitKind.TOKEN: row.backing, UnitKind.COIN: None}[kind]
    return Supply(
        row.unit,
        kind,
        row.issued,
        row.burned,
        row.circulating,
        row.backed_by,
        held,
        row.height if row.chain_height is None else max(row.chain_height, 0),
        _schedule(row),
        row.imported if kind is UnitKind.MONEY else None,
        row.lost,
        row.on_chain,
    )


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        row.code, UnitKind(row.kind), row.issuance_account_id, row.backed_by, row.backing_account_id, _schedule(row), row.made_at
    )  # fmt: skip


def _schedule(row: Row[Any]) -> Schedule | None:
    return None if row.subsidy is None else Schedule(row.subsidy, row.halving_blocks)
