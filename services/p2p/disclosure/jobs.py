"""Reports are made outside any transaction first: how much the reserve fund had, payments knows."""

from datetime import datetime, timedelta
from typing import Any

from chassis import commands
from chassis.clock import business_day
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import OWNER
from services.p2p.accounts.model import HousePurpose
from services.p2p.disclosure import actions, queries
from services.p2p.disclosure.actions import bounds, last_day
from services.p2p.disclosure.model import Month

P2P = service_caller("p2p")
MOST_MONTHS = 24
"""That are looked back for, and published one after another."""


async def publish_ended(runtime: Runtime) -> None:
    """Every month that has ended, is closed and is not published yet, from the first day closed on."""
    async with runtime.reading() as connection:
        began, known = await queries.first_closed(connection), await queries.published_months(connection)
    if began is None:
        return
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    month = max(Month.of(began), Month.of(today - timedelta(days=31 * MOST_MONTHS)))
    while month < Month.of(today):
        if str(month) not in known:
            await _publish(runtime, month)
        month = month.following


async def _publish(runtime: Runtime, month: Month) -> None:
    _, until = bounds(month, runtime.settings.zone)
    async with runtime.reading() as connection:
        if not await queries.closed(connection, last_day(month)):
            return
        lent_in = await queries.currencies(connection, until)
    reserves = {currency: await _reserve(runtime, currency, until) for currency in lent_in}
    await commands.perform(runtime, actions.publish, P2P, seed=f"p2p.report\0{month}", month=month, reserves=reserves)


async def publish_correction(runtime: Runtime, payload: dict[str, Any]) -> None:
    month, currency = Month.read(payload["month"]), payload["currency"]
    _, until = bounds(month, runtime.settings.zone)
    await commands.perform(
        runtime,
        actions.correct,
        P2P,
        seed=f"p2p.report\0{month}\0{currency}\0{payload['follows']}",
        month=month,
        currency=currency,
        follows=payload["follows"],
        reason=payload["reason"],
        by=payload["by"],
        reserve_minor=await _reserve(runtime, currency, until),
    )


async def _reserve(runtime: Runtime, currency: str, until: datetime) -> int:
    """Minor units that the reserve fund had when the month ended."""
    reference = f"p2p.{HousePurpose.RESERVE_FUND}"
    found = await runtime.get(PaymentsClient).balances(
        owner=OWNER, currency=currency, reference=reference, at=until - timedelta(microseconds=1)
    )
    return sum(one.balance for one in found.items)
