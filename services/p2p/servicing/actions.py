"""The story of a day's close: days in their order, each in slices of loans, each slice a transaction."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.servicing import queries
from services.p2p.servicing.errors import NothingToClose
from services.p2p.servicing.events import DAY_CLOSED, told
from services.p2p.servicing.model import SLICE_LOANS, CloseState, DayClose

CLOSE_JOB = "p2p.close_days"
FIRST = UUID(int=0)


async def request_close(tx: Tx, caller: Caller) -> DayClose:
    """Staff wants the days closed that have ended, now. Raises NothingToClose."""
    close = await next_close(tx, caller)
    if close is None:
        raise NothingToClose("every day that has ended is closed")
    tx.jobs.add(CLOSE_JOB, {}, key=CLOSE_JOB)
    return close


async def next_close(tx: Tx, caller: Caller) -> DayClose | None:
    """The day that is to be worked on, begun if it was not: the oldest that has ended and is not closed. None if there is none."""
    newest = await queries.newest(tx.connection)
    if newest is not None and newest.state is CloseState.CLOSING:
        return newest
    day = await _following(tx, newest)
    if day is None or day >= tx.today:
        return None
    close = DayClose(day, CloseState.CLOSING, FIRST, 0, begun_at=tx.now, closed_at=None)
    await queries.begin(tx.connection, close)
    return await queries.load(tx.connection, day)


async def close_slice(tx: Tx, caller: Caller, *, day: date, slice_loans: int = SLICE_LOANS) -> DayClose:
    """The next loans of a day; with the last of them the day is closed. Two at once take different loans, one after another."""
    close = await queries.load(tx.connection, day, lock=True)
    assert close is not None
    if close.state is CloseState.CLOSED:
        return close
    ended = datetime.combine(day + timedelta(days=1), time(), tx.settings.zone)
    loans, last = await queries.take_slice(tx.connection, day, ended, after=close.after_loan, slice_loans=slice_loans)
    moved = replace(close, loans=close.loans + loans, after_loan=last or close.after_loan)
    if loans < slice_loans:
        moved = replace(moved, state=CloseState.CLOSED, closed_at=tx.now)
        await queries.add_up(tx.connection, day)
        found = (await queries.aged(tx.connection, [day]))[day]
        tx.events.add(DAY_CLOSED, f"day_{day.isoformat()}", told(moved, found))
    await queries.save(tx.connection, moved)
    return moved


async def _following(tx: Tx, newest: DayClose | None) -> date | None:
    if newest is not None:
        return newest.day + timedelta(days=1)
    return await queries.first_day(tx.connection, tx.settings.zone)
