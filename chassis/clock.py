"""The two times. Business time decides what is due, accrued and dated; real time governs tokens, leases and retries.

In test mode business time is one row of the service's database, set by `PUT /v1/clock`: frozen at an instant, or running
from it. In live mode it is real time. `business_day` is the only function that maps an instant to a day.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SUITE_ZONE = ZoneInfo("Asia/Shanghai")

_READ = "SELECT business_at, real_at, frozen FROM chassis.clock WHERE singleton"
_SET = text(
    "INSERT INTO chassis.clock (singleton, business_at, real_at, frozen) VALUES (true, :business_at, :real_at, :frozen)"
    " ON CONFLICT (singleton) DO UPDATE SET business_at = :business_at, real_at = :real_at, frozen = :frozen"
)


def real_now() -> datetime:
    return datetime.now(UTC)


def business_day(instant: datetime, zone: ZoneInfo = SUITE_ZONE) -> date:
    """The day on which an instant falls in the suite's zone: 23:59:59 and 00:00:00 local are different days."""
    return instant.astimezone(zone).date()


def start_of_day(day: date, zone: ZoneInfo = SUITE_ZONE) -> datetime:
    """The first instant of a business day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


async def business_now(connection: AsyncConnection, *, settable: bool) -> datetime:
    """Business time, read when a transaction begins. Without a row the clock runs with real time."""
    if not settable:
        return real_now()
    row = (await connection.exec_driver_sql(_READ)).one_or_none()
    return real_now() if row is None else told_by(row.business_at, row.real_at, row.frozen)


def told_by(business_at: datetime, real_at: datetime, frozen: bool) -> datetime:
    """Business time now, by the row of chassis.clock."""
    return business_at if frozen else business_at + (real_now() - real_at)


async def lock_clock(connection: AsyncConnection) -> None:
    """Nobody else sets the clock until this transaction ends; reading it goes on."""
    await connection.execute(text("LOCK TABLE chassis.clock IN SHARE ROW EXCLUSIVE MODE"))


async def set_business_time(connection: AsyncConnection, instant: datetime, *, frozen: bool) -> None:
    await connection.execute(_SET, {"business_at": instant, "real_at": real_now(), "frozen": frozen})
