"""Days proved as soon as their statements are there, and again until they are proved; withdrawals of fees that wait too long."""

from datetime import timedelta
from uuid import uuid4

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.reserve import actions, fee_actions, queries, rules

PAYMENTS = service_caller("payments")
LOOK_BACK_DAYS = 31
"""Days that are not proved are looked at again for so long; after that operators ask for it."""
ONE_DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


async def prove_days(runtime: Runtime) -> None:
    """Every day that is over and not proved at every bank, of each currency; one that says nothing new leaves no trace."""
    zone = runtime.settings.zone
    now = await runtime.database.now()
    # Whatever began before midnight has committed by then.
    last = business_day(now - rules.GRACE, zone) - ONE_DAY
    oldest = last - timedelta(days=LOOK_BACK_DAYS)
    wanted = []
    async with runtime.reading() as connection:
        for currency, began_at in await queries.currencies(connection):
            settled = await queries.settled_days(connection, currency, oldest)
            first = max(business_day(began_at, zone), oldest)
            wanted += [(day, currency) for day in rules.days_from(first, last) if day not in settled]
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
