"""The SQL of the banks' books."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.model import (
    Account,
    AccountKind,
    Agreement,
    AgreementState,
    Card,
    Entry,
    Instruction,
    InstructionKind,
    InstructionState,
)
from sandbox.bank.tables import bank_accounts, bank_agreements, bank_cards, bank_entries, bank_instructions


async def open_account(connection: AsyncConnection, account: Account) -> None:
    """Nothing happens if the bank already has an account of that number."""
    await connection.execute(
        upsert(bank_accounts).values(asdict(account)).on_conflict_do_nothing(index_elements=["bank", "number"])
    )


async def account_numbered(connection: AsyncConnection, bank: str, number: str) -> Account | None:
    statement = select(bank_accounts).where(bank_accounts.c.bank == bank, bank_accounts.c.number == number)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _account(row)


async def lock_accounts(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Locked in order of id, as every writer does."""
    statement = (
        select(bank_accounts).where(bank_accounts.c.id.in_(list(ids))).order_by(bank_accounts.c.id).with_for_update()
    )
    return {row.id: _account(row) for row in await connection.execute(statement)}


async def book(connection: AsyncConnection, entries: Sequence[Entry], booked_at: datetime, value_on: date) -> None:
    """Write entries and move both balances of each; the accounts are locked by the caller."""
    for entry in entries:
        await connection.execute(
            insert(bank_entries).values(asdict(entry) | {"booked_at": booked_at, "value_on": value_on})
        )
        for account_id, change in ((entry.debit_account_id, -entry.amount), (entry.credit_account_id, entry.amount)):
            await connection.execute(
                update(bank_accounts)
                .where(bank_accounts.c.id == account_id)
                .values(balance_minor=bank_accounts.c.balance_minor + change)
            )


async def entries_of(connection: AsyncConnection, account_id: UUID, after: int, limit: int) -> Sequence[Row[Any]]:
    """Bookings of an account in the order they were made, after a position."""
    statement = (
        select(bank_entries)
        .where(
            or_(bank_entries.c.debit_account_id == account_id, bank_entries.c.credit_account_id == account_id),
            bank_entries.c.position > after,
        )
        .order_by(bank_entries.c.position)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def add_card(connection: AsyncConnection, card: Card) -> None:
    await connection.execute(upsert(bank_cards).values(asdict(card)).on_conflict_do_nothing())


async def card_numbered(connection: AsyncConnection, number: str) -> Card | None:
    row = (await connection.execute(select(bank_cards).where(bank_cards.c.number == number))).one_or_none()
    return None if row is None else Card(**row._mapping)


async def add_agreement(connection: AsyncConnection, agreement: Agreement) -> bool:
    """False if the bank has one under that reference."""
    result = await connection.execute(upsert(bank_agreements).values(asdict(agreement)).on_conflict_do_nothing())
    return result.rowcount == 1


async def agreement_referenced(
    connection: AsyncConnection, bank: str, reference: str, *, lock: bool = False
) -> Agreement | None:
    statement = select(bank_agreements).where(bank_agreements.c.bank == bank, bank_agreements.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Agreement(**dict(row._mapping) | {"state": AgreementState(row.state)})


async def change_agreement(connection: AsyncConnection, agreement: Agreement, **values: Any) -> None:
    await connection.execute(
        update(bank_agreements)
        .where(bank_agreements.c.bank == agreement.bank, bank_agreements.c.reference == agreement.reference)
        .values(values)
    )


async def add_instruction(connection: AsyncConnection, instruction: Instruction) -> bool:
    """False if the reference is taken; a simultaneous duplicate waits here for the first to commit."""
    result = await connection.execute(upsert(bank_instructions).values(asdict(instruction)).on_conflict_do_nothing())
    return result.rowcount == 1


async def instruction_referenced(
    connection: AsyncConnection, bank: str, kind: InstructionKind, reference: str, *, lock: bool = False
) -> Instruction | None:
    table = bank_instructions
    statement = select(table).where(table.c.bank == bank, table.c.kind == kind, table.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _instruction(row)


async def change_instruction(connection: AsyncConnection, instruction: Instruction, **values: Any) -> None:
    await connection.execute(update(bank_instructions).where(bank_instructions.c.id == instruction.id).values(values))


async def due_instructions(connection: AsyncConnection, now: datetime, limit: int) -> list[Instruction]:
    table = bank_instructions
    statement = (
        select(table)
        .where(table.c.state == InstructionState.PROCESSING, table.c.settles_at <= now)
        .order_by(table.c.settles_at)
        .limit(limit)
    )
    return [_instruction(row) for row in await connection.execute(statement)]


async def unnotified_instructions(connection: AsyncConnection, limit: int) -> list[Instruction]:
    table = bank_instructions
    statement = (
        select(table)
        .where(
            table.c.notify_url.is_not(None),
            table.c.notifications_left > 0,
            table.c.state != InstructionState.PROCESSING,
        )
        .order_by(table.c.created_at)
        .limit(limit)
    )
    return [_instruction(row) for row in await connection.execute(statement)]


def _account(row: Row[Any]) -> Account:
    return Account(**dict(row._mapping) | {"kind": AccountKind(row.kind)})


def _instruction(row: Row[Any]) -> Instruction:
    kinds = {"kind": InstructionKind(row.kind), "state": InstructionState(row.state)}
    return Instruction(**dict(row._mapping) | kinds)
