"""The SQL of the books: days, what moved, and who is who."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.p2p.accounting.model import PLATFORM, RESERVE_FUND, Account, BookDay, Entry, Line
from services.p2p.accounting.tables import book_days, book_movements
from services.p2p.accounts.model import HousePurpose
from services.p2p.accounts.tables import house_accounts
from services.p2p.custody.model import CustodyKind
from services.p2p.custody.tables import custody_accounts
from services.p2p.servicing.tables import day_closes
from services.p2p.sureties.tables import sureties

_ADD = text("""
    INSERT INTO book_movements (day, currency, entity, account, debit_minor, credit_minor)
    SELECT :day, * FROM unnest(CAST(:currencies AS text[]), CAST(:entities AS text[]), CAST(:accounts AS text[]),
        CAST(:debits AS bigint[]), CAST(:credits AS bigint[]))
""")
_HOLDERS = text("""
    SELECT DISTINCT account_id, holder FROM claims
    WHERE loan_id = ANY(CAST(:loans AS uuid[])) AND account_id = ANY(CAST(:accounts AS uuid[]))
""")
_BALANCE = text("""
    SELECT entity, account, coalesce(sum(debit_minor - credit_minor) FILTER (WHERE day < :day), 0)::bigint AS opening_minor,
        coalesce(sum(debit_minor) FILTER (WHERE day = :day), 0)::bigint AS debit_minor,
        coalesce(sum(credit_minor) FILTER (WHERE day = :day), 0)::bigint AS credit_minor
    FROM book_movements WHERE currency = :currency AND day <= :day
        AND CASE WHEN CAST(:entity AS text) IS NULL THEN entity NOT LIKE 'cus\\_%' ELSE entity = :entity END
    GROUP BY entity, account
""")


async def newest_day(connection: AsyncConnection) -> date | None:
    found: date | None = (await connection.execute(select(func.max(book_days.c.day)))).scalar_one()
    return found


async def closed_day_after(connection: AsyncConnection, day: date | None) -> date | None:
    """The first day that is closed and comes after the one given: of all where none is."""
    wanted = select(func.min(day_closes.c.day)).where(day_closes.c.state == "closed")
    if day is not None:
        wanted = wanted.where(day_closes.c.day > day)
    found: date | None = (await connection.execute(wanted)).scalar_one()
    return found


async def begin(connection: AsyncConnection, booked: BookDay) -> bool:
    """Whether nobody else did; whoever books the same day at once waits here for the first of them."""
    values = {"day": booked.day, "transfers": booked.transfers, "booked_at": booked.booked_at}
    made = await connection.execute(insert(book_days).values(values).on_conflict_do_nothing())
    return bool(made.rowcount)


async def load(connection: AsyncConnection, day: date) -> BookDay | None:
    row = (await connection.execute(select(book_days).where(book_days.c.day == day))).one_or_none()
    return None if row is None else BookDay(**row._mapping)


async def find(connection: AsyncConnection, *, before: date | None, limit: int) -> list[BookDay]:
    """Newest first, at most limit + 1."""
    wanted = select(book_days).order_by(book_days.c.day.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(book_days.c.day < before)
    return [BookDay(**row._mapping) for row in await connection.execute(wanted)]


async def add(connection: AsyncConnection, day: date, entries: Sequence[Entry]) -> None:
    """entries: one for each currency, entity and account."""
    columns = {
        "currencies": [one.currency for one in entries],
        "entities": [one.entity for one in entries],
        "accounts": [one.account.value for one in entries],
        "debits": [one.debit_minor for one in entries],
        "credits": [one.credit_minor for one in entries],
    }
    await connection.execute(_ADD, {"day": day} | columns)


async def balance_of(connection: AsyncConnection, currency: str, entity: str, account: Account) -> int:
    """Debits less credits of all days."""
    table = book_movements.c
    wanted = select(func.coalesce(func.sum(table.debit_minor - table.credit_minor), 0)).where(
        table.currency == currency, table.entity == entity, table.account == account.value
    )
    return int((await connection.execute(wanted)).scalar_one())


async def currencies(connection: AsyncConnection, entity: str) -> set[str]:
    """In which an entity has a book."""
    wanted = select(book_movements.c.currency).where(book_movements.c.entity == entity).distinct()
    return set((await connection.execute(wanted)).scalars())


async def trial_balance(connection: AsyncConnection, day: date, currency: str, entity: str | None) -> list[Line]:
    """In the order of the chart. entity: all but single lenders unless told. Accounts that never moved by then are left out."""
    found = await connection.execute(_BALANCE, {"day": day, "currency": currency, "entity": entity})
    lines = [Line(**dict(row._mapping) | {"account": Account(row.account)}) for row in found]
    places = {account: place for place, account in enumerate(Account)}
    return sorted(lines, key=lambda line: (line.entity, places[line.account]))


async def entities(connection: AsyncConnection) -> dict[UUID, tuple[str, str]]:
    """Whose cash is in which account of payments, with its currency: the house's and every surety's."""
    found: dict[UUID, tuple[str, str]] = {}
    for row in await connection.execute(select(house_accounts)):
        fund = row.purpose == HousePurpose.RESERVE_FUND.value
        found[row.account_id] = (RESERVE_FUND if fund else PLATFORM, row.currency)
    houses = select(custody_accounts).where(custody_accounts.c.kind == CustodyKind.HOUSE.value)
    for row in await connection.execute(houses):
        found[row.account_id] = (PLATFORM, row.currency)
    wanted = select(sureties.c.id, sureties.c.account_id, sureties.c.currency).where(sureties.c.account_id.is_not(None))
    for row in await connection.execute(wanted):
        found[row.account_id] = (encode("sur", row.id), row.currency)
    return found


async def holders(
    connection: AsyncConnection, loan_ids: Collection[UUID], account_ids: Collection[UUID]
) -> dict[UUID, str]:
    """Who has claims on any of the loans, by the account to which her money goes."""
    facts = {"loans": list(loan_ids), "accounts": list(account_ids)}
    return {row.account_id: row.holder for row in await connection.execute(_HOLDERS, facts)}
