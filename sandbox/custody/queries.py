"""The SQL of custody books: each statement is about the one bank that is named."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.model import schema_of
from sandbox.custody.model import (
    Authorisation,
    AuthorisationState,
    Closing,
    Executed,
    FaultKind,
    HolderKind,
    Line,
    LineKind,
    Result,
    Scope,
    SilenceKind,
    StatementFault,
    SubAccount,
)
from sandbox.custody.tables import CUSTODY

_CLOSINGS = """
    WITH booked AS (
        SELECT line.debit, line.credit, coalesce(was.kind, line.kind) AS kind,
            line.amount * CASE WHEN was.kind IS NULL THEN 1 ELSE -1 END AS amount
        FROM {schema}.custody_lines AS line
        LEFT JOIN {schema}.custody_lines AS was ON line.kind = 'undo' AND was.reference = line.of
        WHERE line.value_on <= :day
    ), moved AS (
        SELECT debit AS number, CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END AS available,
            CASE kind WHEN 'freeze' THEN amount WHEN 'release' THEN -amount WHEN 'settle' THEN -amount ELSE 0 END AS frozen
        FROM booked WHERE debit IS NOT NULL
        UNION ALL
        SELECT credit, amount, 0 FROM booked WHERE credit IS NOT NULL AND kind NOT IN ('freeze', 'release')
    )
    SELECT account.number, account.holder, coalesce(sum(available), 0)::bigint AS available,
        coalesce(sum(frozen), 0)::bigint AS frozen
    FROM {schema}.custody_accounts AS account LEFT JOIN moved ON moved.number = account.number
    WHERE account.opened_at < :ended GROUP BY account.number, account.holder ORDER BY account.number
"""


async def add_account(connection: AsyncConnection, bank: str, account: SubAccount) -> bool:
    """False if its holder has one."""
    statement = upsert(CUSTODY[bank].accounts).values(asdict(account)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def account_of(connection: AsyncConnection, bank: str, holder: str) -> SubAccount | None:
    accounts = CUSTODY[bank].accounts
    row = (await connection.execute(select(accounts).where(accounts.c.holder == holder))).one_or_none()
    return None if row is None else _account(row)


async def has_account(connection: AsyncConnection, bank: str, identity_number: str, *, other_than: str) -> bool:
    """Whether a person has one as some other holder."""
    accounts = CUSTODY[bank].accounts
    wanted = select(accounts.c.number).where(
        accounts.c.identity_number == identity_number, accounts.c.holder != other_than
    )
    return (await connection.execute(wanted.limit(1))).first() is not None


async def account_numbered(connection: AsyncConnection, bank: str, number: str) -> SubAccount | None:
    accounts = CUSTODY[bank].accounts
    row = (await connection.execute(select(accounts).where(accounts.c.number == number))).one_or_none()
    return None if row is None else _account(row)


async def lock_accounts(connection: AsyncConnection, bank: str, numbers: Collection[str]) -> dict[str, SubAccount]:
    """And whoever stands behind projects among them, in order of their numbers, as every writer does."""
    accounts = CUSTODY[bank].accounts
    behind = select(accounts.c.behind).where(accounts.c.number.in_(numbers), accounts.c.behind.is_not(None))
    wanted = select(accounts).where(or_(accounts.c.number.in_(numbers), accounts.c.holder.in_(behind)))
    found = await connection.execute(wanted.order_by(accounts.c.number).with_for_update())
    return {row.number: _account(row) for row in found}


async def save_balances(connection: AsyncConnection, bank: str, changed: Iterable[SubAccount]) -> None:
    accounts = CUSTODY[bank].accounts
    rows = [{"its": one.number, "free": one.available_minor, "held": one.frozen_minor} for one in changed]
    if rows:
        statement = update(accounts).where(accounts.c.number == bindparam("its"))
        statement = statement.values(available_minor=bindparam("free"), frozen_minor=bindparam("held"))
        await connection.execute(statement, rows)


async def add_authorisation(connection: AsyncConnection, bank: str, authorisation: Authorisation) -> bool:
    statement = upsert(CUSTODY[bank].authorisations).values(asdict(authorisation)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def authorisation(connection: AsyncConnection, bank: str, reference: str, *, lock: bool) -> Authorisation | None:
    return (await authorisations(connection, bank, [reference], lock=lock)).get(reference)


async def authorisations(
    connection: AsyncConnection, bank: str, references: Collection[str], *, lock: bool = True
) -> dict[str, Authorisation]:
    table = CUSTODY[bank].authorisations
    wanted = select(table).where(table.c.reference.in_(references)).order_by(table.c.reference)
    found = await connection.execute(wanted.with_for_update() if lock else wanted)
    return {row.reference: _authorisation(row) for row in found}


async def save_authorisations(connection: AsyncConnection, bank: str, changed: Iterable[Authorisation]) -> None:
    table = CUSTODY[bank].authorisations
    names = ("used_minor", "state", "tries", "confirmed_at", "revoked_at")
    rows = [{"its": one.reference} | {f"new_{name}": getattr(one, name) for name in names} for one in changed]
    if rows:
        statement = update(table).where(table.c.reference == bindparam("its"))
        statement = statement.values({name: bindparam(f"new_{name}") for name in names})
        await connection.execute(statement, rows)


async def instruction(connection: AsyncConnection, bank: str, reference: str) -> Executed | None:
    table = CUSTODY[bank].instructions
    row = (await connection.execute(select(table).where(table.c.reference == reference))).one_or_none()
    if row is None:
        return None
    results = tuple(Result(*one) for one in row.results)
    return Executed(**dict(row._mapping) | {"results": results})


async def lock_books(connection: AsyncConnection, bank: str) -> None:
    """One instruction after another: two of one reference never run side by side."""
    name = {"name": f"custody {bank}"}
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('custody'), hashtext(:name))"), name)


async def add_instruction(connection: AsyncConnection, bank: str, executed: Executed) -> None:
    results = [[one.reference, one.result] for one in executed.results]
    await connection.execute(insert(CUSTODY[bank].instructions).values(asdict(executed) | {"results": results}))


async def lines(connection: AsyncConnection, bank: str, references: Collection[str]) -> dict[str, Line]:
    table = CUSTODY[bank].lines
    found = await connection.execute(select(table).where(table.c.reference.in_(references)))
    return {row.reference: _line(row) for row in found}


async def add_lines(
    connection: AsyncConnection, bank: str, executed: Executed, booked: Sequence[Line], changed: Sequence[Line]
) -> None:
    """booked: what is new; changed: what those ended or undid."""
    table = CUSTODY[bank].lines
    common = {"instruction": executed.reference, "booked_at": executed.booked_at, "value_on": executed.value_on}
    if booked:
        await connection.execute(insert(table), [asdict(line) | common for line in booked])
    if changed:
        statement = update(table).where(table.c.reference == bindparam("its"))
        rows = [{"its": one.reference, "end": one.ended_by, "back": one.undone} for one in changed]
        await connection.execute(statement.values(ended_by=bindparam("end"), undone=bindparam("back")), rows)


async def closings(connection: AsyncConnection, bank: str, day: date, ended: datetime) -> list[Closing]:
    """Every sub-account at the end of a day, by its bookings up to then."""
    statement = text(_CLOSINGS.format(schema=schema_of(bank)))
    found = await connection.execute(statement, {"day": day, "ended": ended})
    return [Closing(row.number, row.holder, row.available, row.frozen) for row in found]


async def add_fault(connection: AsyncConnection, bank: str, fault: StatementFault) -> None:
    statement = upsert(CUSTODY[bank].faults).values(asdict(fault))
    newer = {"kind": statement.excluded.kind, "amount_by": statement.excluded.amount_by}
    await connection.execute(statement.on_conflict_do_update(index_elements=["on", "number"], set_=newer))


async def faults(connection: AsyncConnection, bank: str, day: date) -> dict[str, StatementFault]:
    table = CUSTODY[bank].faults
    found = await connection.execute(select(table).where(table.c.on == day))
    return {row.number: StatementFault(row.on, row.number, FaultKind(row.kind), row.amount_by) for row in found}


async def set_silence(connection: AsyncConnection, bank: str, kind: SilenceKind, times: int) -> None:
    statement = upsert(CUSTODY[bank].silences).values(kind=kind, left=times)
    await connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_={"left": times}))


async def take_silence(connection: AsyncConnection, bank: str) -> SilenceKind | None:
    """How the next instruction is left without an answer; counted."""
    table = CUSTODY[bank].silences
    wanted = select(table.c.kind).where(table.c.left > 0).order_by(table.c.kind).limit(1).with_for_update()
    kind = (await connection.execute(wanted)).scalar_one_or_none()
    if kind is None:
        return None
    await connection.execute(update(table).where(table.c.kind == kind).values(left=table.c.left - 1))
    return SilenceKind(kind)


def _account(row: Any) -> SubAccount:
    return SubAccount(**dict(row._mapping) | {"kind": HolderKind(row.kind)})


def _authorisation(row: Any) -> Authorisation:
    return Authorisation(**dict(row._mapping) | {"scope": Scope(row.scope), "state": AuthorisationState(row.state)})


def _line(row: Any) -> Line:
    return Line(**{name: getattr(row, name) for name in Line.__slots__} | {"kind": LineKind(row.kind)})
