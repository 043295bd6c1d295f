"""The SQL of the institutions' books: each statement is about the one institution that is named."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, func, insert, or_, select, update
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
from sandbox.bank.tables import BOOKS


async def open_account(connection: AsyncConnection, account: Account) -> None:
    """Nothing happens if the bank already has an account of that number."""
    statement = upsert(BOOKS[account.bank].accounts).values(_values(account))
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["number"]))


async def account_numbered(connection: AsyncConnection, bank: str, number: str) -> Account | None:
    accounts = BOOKS[bank].accounts
    row = (await connection.execute(select(accounts).where(accounts.c.number == number))).one_or_none()
    return None if row is None else _account(bank, row)


async def lock_accounts(connection: AsyncConnection, bank: str, ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Locked in order of id, as every writer does."""
    accounts = BOOKS[bank].accounts
    statement = select(accounts).where(accounts.c.id.in_(list(ids))).order_by(accounts.c.id).with_for_update()
    return {row.id: _account(bank, row) for row in await connection.execute(statement)}


async def book(connection: AsyncConnection, entries: Sequence[Entry], booked_at: datetime, value_on: date) -> None:
    """Write entries, each into the books it names, and move both balances; the accounts are locked by the caller."""
    for entry in entries:
        books = BOOKS[entry.bank]
        values = _values(entry) | {"booked_at": booked_at, "value_on": value_on}
        await connection.execute(insert(books.entries).values(values))
        for account_id, change in ((entry.debit_account_id, -entry.amount), (entry.credit_account_id, entry.amount)):
            await connection.execute(
                update(books.accounts)
                .where(books.accounts.c.id == account_id)
                .values(balance_minor=books.accounts.c.balance_minor + change)
            )


async def entries_of(
    connection: AsyncConnection, bank: str, account_id: UUID, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Bookings of an account in the order they were made, after a position."""
    entries = BOOKS[bank].entries
    statement = (
        select(entries)
        .where(
            or_(entries.c.debit_account_id == account_id, entries.c.credit_account_id == account_id),
            entries.c.position > after,
        )
        .order_by(entries.c.position)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def add_card(connection: AsyncConnection, card: Card) -> None:
    await connection.execute(upsert(BOOKS[card.bank].cards).values(_values(card)).on_conflict_do_nothing())


async def card_numbered(connection: AsyncConnection, bank: str, number: str) -> Card | None:
    cards = BOOKS[bank].cards
    row = (await connection.execute(select(cards).where(cards.c.number == number))).one_or_none()
    return None if row is None else Card(bank=bank, **row._mapping)


async def add_agreement(connection: AsyncConnection, agreement: Agreement) -> bool:
    """False if the bank has one under that reference."""
    statement = upsert(BOOKS[agreement.bank].agreements).values(_values(agreement)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def agreement_referenced(
    connection: AsyncConnection, bank: str, reference: str, *, lock: bool = False
) -> Agreement | None:
    agreements = BOOKS[bank].agreements
    statement = select(agreements).where(agreements.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Agreement(bank=bank, **dict(row._mapping) | {"state": AgreementState(row.state)})


async def change_agreement(connection: AsyncConnection, agreement: Agreement, **values: Any) -> None:
    agreements = BOOKS[agreement.bank].agreements
    await connection.execute(update(agreements).where(agreements.c.reference == agreement.reference).values(values))


async def add_instruction(connection: AsyncConnection, instruction: Instruction) -> bool:
    """False if the reference is taken; a simultaneous duplicate waits here for the first to commit."""
    statement = upsert(BOOKS[instruction.bank].instructions).values(_values(instruction)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def instruction_referenced(
    connection: AsyncConnection, bank: str, kind: InstructionKind, reference: str, *, lock: bool = False
) -> Instruction | None:
    table = BOOKS[bank].instructions
    statement = select(table).where(table.c.kind == kind, table.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _instruction(bank, row)


async def change_instruction(connection: AsyncConnection, instruction: Instruction, **values: Any) -> None:
    table = BOOKS[instruction.bank].instructions
    await connection.execute(update(table).where(table.c.id == instruction.id).values(values))


async def due_instructions(connection: AsyncConnection, bank: str, now: datetime, limit: int) -> list[Instruction]:
    table = BOOKS[bank].instructions
    statement = (
        select(table)
        .where(table.c.state == InstructionState.PROCESSING, table.c.settles_at <= now)
        .order_by(table.c.settles_at)
        .limit(limit)
    )
    return [_instruction(bank, row) for row in await connection.execute(statement)]


async def fees_of_months(connection: AsyncConnection, bank: str, before: date) -> dict[str, int]:
    """By month (2026-11) that ended before a day, the fees of its instructions; months that are booked already are left out."""
    table, entries = BOOKS[bank].instructions, BOOKS[bank].entries
    month = func.to_char(table.c.value_on, "YYYY-MM")
    booked = select(entries.c.reference).where(entries.c.code == "fee", entries.c.reference.like("fees-%"))
    statement = (
        select(month.label("month"), func.sum(table.c.fee_minor).cast(BigInteger).label("fees"))
        .where(table.c.value_on < before, ("fees-" + month).not_in(booked))
        .group_by(month)
        .order_by(month)
    )
    return {row.month: row.fees for row in await connection.execute(statement)}


async def unnotified_instructions(connection: AsyncConnection, bank: str, limit: int) -> list[Instruction]:
    table = BOOKS[bank].instructions
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
    return [_instruction(bank, row) for row in await connection.execute(statement)]


def _values(record: Account | Agreement | Card | Entry | Instruction) -> dict[str, Any]:
    """A row of its bank's own books, which need not say whose they are."""
    values = asdict(record)
    del values["bank"]
    return values


def _account(bank: str, row: Row[Any]) -> Account:
    return Account(bank=bank, **dict(row._mapping) | {"kind": AccountKind(row.kind)})


def _instruction(bank: str, row: Row[Any]) -> Instruction:
    kinds = {"kind": InstructionKind(row.kind), "state": InstructionState(row.state)}
    return Instruction(bank=bank, **dict(row._mapping) | kinds)
