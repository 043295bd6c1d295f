"""Days proved as soon as their statements are there, and again until they are proved; withdrawals of fees that wait too long."""

from datetime import date, timedelta
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
    """Every day that is over and not proved at every bank, of each currency, where something happened since it was looked at last.

    One that cannot be proved does not keep the others. Raises what went wrong when all have had their turn.
    """
    wrong = []
    for day, currency in await _wanted(runtime):
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
        except Exception as fault:
            log.exception("day_not_proved", day=str(day), currency=currency)
            wrong.append(fault)
    if wrong:
        raise ExceptionGroup("days that could not be proved", wrong)


async def _wanted(runtime: Runtime) -> list[tuple[date, str]]:
    zone = runtime.settings.zone
    now = await runtime.database.now()
    # Whatever began before midnight has committed by then.
    last = business_day(now - rules.GRACE, zone) - ONE_DAY
    oldest = last - timedelta(days=LOOK_BACK_DAYS)
    wanted = []
    async with runtime.reading() as connection:
        for currency, began_at in await queries.currencies(connection):
            looks = await queries.looks(connection, currency, oldest)
            changed_at = await queries.changed_at(connection, currency)
            days = rules.days_from(max(business_day(began_at, zone), oldest), last)
            wanted += [(day, currency) for day in days if rules.to_look_at(looks.get(day), changed_at, now)]
    return wanted


async def remind_of_withdrawals(runtime: Runtime) -> None:
    while await commands.perform(runtime, fee_actions.remind_of_due, PAYMENTS, seed=f"fees {uuid4()}"):
        pass
