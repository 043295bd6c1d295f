"""Room for the payments of many customers at once, past SQLAlchemy: the same rules as one by one (`actions.take_room`).

All that decides is read, and what each person used is locked, before the ledger's accounts are. Then payments are tried in their order, and
those that were made are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from chassis.direct import Direct
from services.payments.limits import rules
from services.payments.limits.errors import LimitExceeded, NotVerified, RateNotStated
from services.payments.limits.model import Figure, Payer, Standing, Taking, Usage

_STANDINGS = """SELECT who.customer_id, who.holder_id, who.checks, who.face_to_face_at IS NOT NULL, who.certificate_until, who.agreed_daily,
    usage.holder_id, usage.counted_on, usage.life, usage.year, usage.under_two_factors, usage.two_factors, usage.certificate
FROM holder_identities AS who JOIN limit_usages AS usage ON usage.holder_id = who.holder_id
WHERE who.customer_id = ANY($1::uuid[]) ORDER BY usage.holder_id FOR UPDATE OF usage"""
_FIGURES = """SELECT json_agg(figure)::text FROM (
    SELECT DISTINCT ON (subject) subject, period, amount, checks, face_to_face, wealth_products, valid_from, source
    FROM limit_figures WHERE valid_from <= $1 ORDER BY subject, valid_from DESC, stated_at DESC, id DESC) AS figure"""
_RATES = """SELECT DISTINCT ON (currency) currency, rate FROM limit_rates WHERE rate_on = $1
    ORDER BY currency, stated_at DESC, id DESC"""
_SAVE = """UPDATE limit_usages AS usage SET counted_on = used.counted_on, life = used.life, year = used.year,
    under_two_factors = used.under_two_factors, two_factors = used.two_factors, certificate = used.certificate
FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS used(holder_id, counted_on, life, year, under_two_factors, two_factors, certificate)
WHERE usage.holder_id = used.holder_id"""
_TAKE = """INSERT INTO limit_takings (source, round, holder_id, customer_id, amount, currency, counted, confirmation, taken_on, taken_at,
    reference, given_back, counted_back)
SELECT source, 1, holder_id, customer_id, amount, currency, counted, confirmation, taken_on, $10, reference, 0, 0
FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::date[], $9::text[])
    AS made(source, holder_id, customer_id, amount, currency, counted, confirmation, taken_on, reference)"""
_figures = msgspec.json.Decoder(tuple[Figure, ...])
SECOND_FACTORS = 2


@dataclass(frozen=True)
class Wish:
    """A payment out of a customer's balance. source: new, so that it counts nothing yet; reference: what its transfer carries."""

    customer_id: UUID
    amount: int
    currency: str
    source: str
    reference: str


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
        """As they were before the first wish."""
        return replace(self, usages=dict(self.usages), takings=[])

    def takes(self, wish: Wish, now: datetime) -> bool:
        """Whether there is room for it after all that was taken before; then it is taken."""
        payer = self.payers.get(wish.customer_id)
        if payer is None:
            return not self.required
        try:
            self._take(payer, wish, now)
        except (LimitExceeded, NotVerified, RateNotStated):
            return False
        return True

    def _take(self, payer: Payer, wish: Wish, now: datetime) -> None:
        usage = self.usages[payer.holder_id]
        day = rules.day_of_counting(self.today, usage)
        rate = self.rates.get(wish.currency)
        counted = rules.counted_amount(wish.amount, wish.currency, rate)
        confirmation = rules.confirmation_of(payer, SECOND_FACTORS, day)
        standing = Standing(payer, usage, self.figures, rate, None)
        self.usages[payer.holder_id] = rules.room_taken(standing, counted, confirmation, day)
        self.takings.append(
            Taking(
                source=wish.source,
                round=1,
                holder_id=payer.holder_id,
                customer_id=wish.customer_id,
                amount=wish.amount,
                currency=wish.currency,
                counted=counted,
                confirmation=confirmation,
                taken_on=day,
                taken_at=now,
                reference=wish.reference,
            )
        )


async def lock_rooms(direct: Direct, customer_ids: Sequence[UUID], today: date, *, required: bool) -> Rooms:
    found = await direct.fetch(_STANDINGS, list(customer_ids))
    payers = {row[0]: Payer(*row[:6]) for row in found}
    usages = {row[6]: Usage(*row[6:]) for row in found}
    if not payers:
        return Rooms({}, {}, (), {}, today, required)
    ((figures,),) = await direct.fetch(_FIGURES, today)
    rates = {row[0]: row[1] for row in await direct.fetch(_RATES, today)}
    return Rooms(payers, usages, () if figures is None else _figures.decode(figures), rates, today, required)


async def save_rooms(direct: Direct, rooms: Rooms) -> None:
    """What was taken, and what each person has then used."""
    if not rooms.takings:
        return
    touched = [rooms.usages[holder_id] for holder_id in {taking.holder_id for taking in rooms.takings}]
    columns: list[list[Any]] = [
        [usage.holder_id for usage in touched],
        [usage.counted_on for usage in touched],
        [usage.life for usage in touched],
        [usage.year for usage in touched],
        [usage.under_two_factors for usage in touched],
        [usage.two_factors for usage in touched],
        [usage.certificate for usage in touched],
    ]
    await direct.fetch(_SAVE, *columns)
    taken = rooms.takings
    rows: list[list[Any]] = [
        [taking.source for taking in taken],
        [taking.holder_id for taking in taken],
        [taking.customer_id for taking in taken],
        [taking.amount for taking in taken],
        [taking.currency for taking in taken],
        [taking.counted for taking in taken],
        [taking.confirmation.value for taking in taken],
        [taking.taken_on for taking in taken],
        [taking.reference for taking in taken],
    ]
    await direct.fetch(_TAKE, *rows, taken[0].taken_at)
