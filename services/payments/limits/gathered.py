"""Room for the payments of many customers at once, for lanes: the same rules as one by one (`actions.take_room`).

All that decides is read, and what each person used is locked, before the ledger's accounts are. Then payments are tried in their order, and
those that were made are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.direct import Direct
from services.payments.limits import queries, rules
from services.payments.limits.errors import LimitExceeded, NotVerified, RateNotStated
from services.payments.limits.model import Figure, Payer, Payment, Standing, Taking, Usage


@dataclass
class Rooms:
    """What some customers may still pay. required: who has not proved who she is pays nothing; else what she likes, uncounted."""

    payers: Mapping[UUID, Payer]
    usages: dict[UUID, Usage]
    figures: tuple[Figure, ...]
    rates: Mapping[str, Decimal]
    today: date
    required: bool
    takings: list[Taking] = field(default_factory=list)

    def again(self) -> "Rooms":
        """As they were before the first payment."""
        return replace(self, usages=dict(self.usages), takings=[])

    def takes(self, payment: Payment, now: datetime) -> bool:
        """Whether there is room for it after all that was taken before; then it is taken. Its source is new: it counts nothing yet."""
        payer = self.payers.get(payment.customer_id)
        if payer is None:
            return not self.required
        usage = self.usages[payer.holder_id]
        standing = Standing(payer, usage, self.figures, self.rates.get(payment.currency), None)
        try:
            taking = rules.taking_of(payment, standing, usage, self.today, now)
        except (LimitExceeded, NotVerified, RateNotStated):
            return False
        assert taking is not None
        self.usages[payer.holder_id] = rules.used_after(usage, taking)
        self.takings.append(taking)
        return True


async def lock_rooms(direct: Direct, customer_ids: Sequence[UUID], today: date, *, required: bool) -> Rooms:
    payers, usages = await queries.lock_payers(direct, customer_ids)
    if not payers:
        return Rooms({}, {}, (), {}, today, required)
    figures, rates = await queries.in_force(direct, today)
    return Rooms(payers, usages, figures, rates, today, required)


async def save_rooms(direct: Direct, rooms: Rooms) -> None:
    """What was taken, and what each person has then used."""
    if rooms.takings:
        touched = {taking.holder_id: rooms.usages[taking.holder_id] for taking in rooms.takings}
        await queries.add_takings(direct, list(touched.values()), rooms.takings)
