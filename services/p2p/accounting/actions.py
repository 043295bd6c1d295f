"""The story of a day's books: what moved, what accrued, what is provided for, booked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.accounting import provision_queries, queries, rules
from services.p2p.accounting.events import DAY_BOOKED, told
from services.p2p.accounting.model import LENDERS, Account, BookDay, Entry
from services.p2p.accounting.provision_rates import table_on
from services.p2p.claims.model import is_customer


@dataclass(frozen=True, slots=True)
class DayRead:
    """What the ledger moved on a day, and what is booked beside it, as entries; sureties: their names as entities, by id."""

    day: date
    transfers: int
    entries: Sequence[Entry]
    sureties: dict[UUID, str]


async def book(tx: Tx, caller: Caller, *, read: DayRead) -> BookDay:
    """Once: a day that stands is answered as it is."""
    booked = BookDay(read.day, read.transfers, tx.now)
    if not await queries.begin(tx.connection, booked):
        known = await queries.load(tx.connection, read.day)
        assert known is not None
        return known
    until = start_of_day(read.day + timedelta(days=1), tx.settings.zone)
    own = rules.summed(read.entries)
    own += [one._replace(entity=LENDERS) for one in own if is_customer(one.entity)]
    own += await _accrued(tx, read.day, until)
    own += await _provided(tx, read, until)
    moved = rules.summed(own)
    await queries.add(tx.connection, read.day, moved)
    tx.events.add(DAY_BOOKED, f"day_{read.day.isoformat()}", told(booked, moved))
    return booked


async def _accrued(tx: Tx, day: date, ended: datetime) -> list[Entry]:
    """Lenders together: what is owed to them of interest now, less what was yesterday."""
    now = await provision_queries.accrued(tx.connection, day, ended)
    found = []
    for currency in sorted(set(now) | await queries.currencies(tx.connection, LENDERS)):
        before = await queries.balance_of(tx.connection, currency, LENDERS, Account.ACCRUED_INTEREST)
        change = now.get(currency, 0) - before
        found += rules.adjusted(currency, LENDERS, Account.ACCRUED_INTEREST, Account.INTEREST_INCOME, change)
    return found


async def _provided(tx: Tx, read: DayRead, ended: datetime) -> list[Entry]:
    changes = await provision_queries.provide(tx.connection, read.day, ended, table_on(read.day), read.sureties)
    found = []
    for one in changes:
        expense = Account.LOAN_LOSSES if one.given_up else Account.PROVISION_EXPENSE
        for amount in (one.raised_minor, -one.released_minor):
            found += rules.adjusted(one.currency, one.entity, expense, Account.PROVISIONS, amount)
    return found
