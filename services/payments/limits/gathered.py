"""Many payments weighed and counted in one transaction: by one statement that locks, and one that writes, however many there are.

A story counts its own (`actions.take_room`); a lane weighs before the ledger decides, and counts what the ledger has made.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.clock import business_day
from chassis.direct import Direct
from chassis.errors import Refusal
from chassis.settings import Settings
from services.payments.limits import queries, rules
from services.payments.limits.errors import NotVerified
from services.payments.limits.model import Payment, Standing, Taking, Usage
from services.payments.settings import verification_required


@dataclass(frozen=True)
class Weighed:
    """refusal: why it may not be made; taking: what counts if it is, None if nothing does."""

    refusal: Refusal | None = None
    taking: Taking | None = None


@dataclass(frozen=True)
class Weighing:
    """By the payments' places. usages: what persons used before any of them."""

    usages: dict[UUID, Usage]
    payments: list[Weighed]


async def weigh(direct: Direct, settings: Settings, payments: Sequence[Payment], now: datetime) -> Weighing:
    """Whether each payment may be made after those before it, as if all that may were. What persons used is locked until the end."""
    today = business_day(now, settings.zone)
    standings = await queries.lock_standings(direct, payments, today) if payments else {}
    locked = {standing.usage.holder_id: standing.usage for standing in standings.values()}
    usages, weighed = dict(locked), []
    unproved = _unproved(settings)
    for place, payment in enumerate(payments):
        standing = standings.get(place)
        one = unproved if standing is None else _weighed(payment, standing, usages, now, settings)
        if one.taking is not None:
            usages[one.taking.holder_id] = rules.used_after(usages[one.taking.holder_id], one.taking)
        weighed.append(one)
    return Weighing(locked, weighed)


async def count(direct: Direct, weighing: Weighing, made: Collection[int]) -> None:
    """Of the payments weighed, those that were made."""
    takings = [taking for place in sorted(made) if (taking := weighing.payments[place].taking) is not None]
    used: dict[UUID, Usage] = {}
    for taking in takings:
        before = used.get(taking.holder_id, weighing.usages[taking.holder_id])
        used[taking.holder_id] = rules.used_after(before, taking)
    if takings:
        await queries.add_takings(direct, list(used.values()), takings)


def _weighed(
    payment: Payment, standing: Standing, usages: dict[UUID, Usage], now: datetime, settings: Settings
) -> Weighed:
    usage, today = usages[standing.usage.holder_id], business_day(now, settings.zone)
    try:
        return Weighed(taking=rules.taking_of(payment, standing, usage, today, now))
    except Refusal as refusal:
        return Weighed(refusal)


def _unproved(settings: Settings) -> Weighed:
    return Weighed(NotVerified("the customer has not proved who she is") if verification_required(settings) else None)
