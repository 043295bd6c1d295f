"""Routes that every service has: health, readiness, metrics and, in test mode, the clock."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse

from chassis import migrate, wire
from chassis.clock import business_day, business_now, lock_clock, set_business_time
from chassis.errors import Conflict
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of

READINESS_SECONDS = 5
ROUNDING = timedelta(milliseconds=1)
health = APIRouter(tags=["health"])
clock = APIRouter(prefix="/v1/clock", tags=["clock"])


class ClockRunsForward(Conflict):
    code = "clock_runs_forward"


class ClockSetting(wire.Request):
    """frozen: stand still at `business_at`, or run on from it."""

    business_at: wire.Instant
    frozen: bool = True


class ClockReading(wire.Answer):
    business_at: datetime
    business_on: wire.Day


@health.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    return {"status": "alive"}


@health.get("/readyz", include_in_schema=False)
async def readyz(request: Request) -> Response:
    """200 when the database answers on a schema that is not older than this code."""
    try:
        async with asyncio.timeout(READINESS_SECONDS):
            found = await migrate.found_in(runtime_of(request).database.engine)
    except (SQLAlchemyError, OSError, TimeoutError) as fault:
        return JSONResponse({"status": "no database", "fault": type(fault).__name__}, 503)
    older = migrate.behind(request.app.state.known_schema, found)
    if older:
        return JSONResponse({"status": "schema is older", "schemas": older, "found": found}, 503)
    return JSONResponse({"status": "ready"})


@clock.get("")
async def read_clock(request: Request, caller: Annotated[Caller, requires()]) -> ClockReading:
    runtime = runtime_of(request)
    now = await runtime.database.now()
    return ClockReading(business_at=now, business_on=business_day(now, runtime.settings.zone))


@clock.put("", openapi_extra=KEYLESS)
async def set_clock(
    request: Request, setting: ClockSetting, caller: Annotated[Caller, requires("clock:write")]
) -> ClockReading:
    """Set business time of this service (test mode). It never runs backwards. Setting the same instant twice is harmless."""
    runtime = runtime_of(request)
    async with runtime.transaction() as tx:
        await lock_clock(tx.connection)
        now = await business_now(tx.connection, settable=True)
        if setting.business_at < now - ROUNDING:
            raise ClockRunsForward(
                "business time does not run backwards", field="business_at", business_at=now.isoformat()
            )
        await set_business_time(tx.connection, setting.business_at, frozen=setting.frozen)
    return ClockReading(
        business_at=setting.business_at, business_on=business_day(setting.business_at, runtime.settings.zone)
    )
