"""Days published soon after they are over: the first from when this began, then every one."""

from datetime import date, timedelta

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.liabilities import actions, queries
from services.payments.liabilities.vault import LiabilityVault
from services.payments.reserve.queries import currencies
from services.payments.reserve.rules import GRACE, days_from

PAYMENTS = service_caller("payments")
ONE_DAY = timedelta(days=1)
DAYS_AT_ONCE = 31
"""The rest the next time."""
log = structlog.get_logger(__name__)


async def publish_days(runtime: Runtime) -> None:
    """Of every currency in which there is a reserve. A day that cannot be published keeps the later ones of its currency and no other.

    Raises what went wrong when all have had their turn.
    """
    now = await runtime.database.now()
    last = business_day(now - GRACE, runtime.settings.zone) - ONE_DAY
    async with runtime.reading() as connection:
        published = await queries.last_days(connection)
        kept = [(one, business_day(began_at, runtime.settings.zone)) for one, began_at in await currencies(connection)]
    wrong = []
    for currency, began_on in kept:
        first = published[currency] + ONE_DAY if currency in published else last
        try:
            for day in days_from(max(first, began_on), last)[:DAYS_AT_ONCE]:
                await _publish(runtime, day, currency)
        except Exception as fault:
            log.exception("day_not_published", currency=currency)
            wrong.append(fault)
    if wrong:
        raise ExceptionGroup("days that could not be published", wrong)


async def _publish(runtime: Runtime, day: date, currency: str) -> None:
    await commands.perform(
        runtime,
        actions.publish_day,
        PAYMENTS,
        seed=f"liabilities {day} {currency}",
        day=day,
        currency=currency,
        vault=runtime.get(LiabilityVault),
    )
