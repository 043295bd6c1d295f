"""Days proved as soon as their statements are there, and again until they are proved; withdrawals of fees that wait too long."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.reserve import actions, fee_actions, queries, rules
from services.payments.reserve.model import ProofState

PAYMENTS = service_caller("payments")
LOOK_BACK_DAYS = 31
"""Days that are not proved are looked at again for so long; after that operators ask for it."""
ONE_DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


async def prove_days(runtime: Runtime) -> None:
    """Every day that is over and not proved, of each currency; one that says nothing new leaves no trace."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        wanted = [
            (day, currency)
            for currency, began_at in await queries.currencies(connection)
            for day in days_to_prove(
                now,
                began_at,
                await queries.days_with(connection, currency, _first(runtime, now)),
                runtime,
            )
        ]
    for day, currency in wanted:
        try:
            await commands.perform(
                runtime,
                actions.prove_day,
                PAYMENTS,
                seed=f"proof {day} {currency} {uuid4()}",
                day=day,
                currency=currency,
            )
        except Refusal as refusal:
            log.warning("day_not_proved", day=str(day), currency=currency, code=refusal.code)


async def remind_of_withdrawals(runtime: Runtime) -> None:
    while await commands.perform(runtime, fee_actions.remind_of_due, PAYMENTS, seed=f"fees {uuid4()}"):
        pass


def days_to_prove(now: datetime, began_at: datetime, known: dict[date, ProofState], runtime: Runtime) -> list[date]:
    zone = runtime.settings.zone
    day = max(business_day(began_at, zone), _first(runtime, now))
    # Whatever began before midnight has committed by then.
    last = business_day(now - rules.GRACE, zone) - ONE_DAY
    found = []
    while day <= last:
        if known.get(day) is not ProofState.PROVED:
            found.append(day)
        day += ONE_DAY
    return found


def _first(runtime: Runtime, now: datetime) -> date:
    return business_day(now, runtime.settings.zone) - timedelta(days=LOOK_BACK_DAYS)
