"""Events of the books."""

from collections.abc import Sequence

from chassis.wire import Answer, Day
from services.p2p.accounting.model import BookDay, Entry
from services.p2p.claims.model import is_customer

DAY_BOOKED = "p2p.books.day_booked.v1"


class EntityTold(Answer):
    """What moved on the day in the books of an entity, which is as much on either side; minor units."""

    entity: str
    currency: str
    debit_minor: int
    credit_minor: int


class DayBooked(Answer):
    """A day is in the books: its trial balances can be read. Single lenders are not named."""

    day: Day
    transfers: int
    entities: list[EntityTold]


EVENT_TYPES: dict[str, type[Answer]] = {DAY_BOOKED: DayBooked}


def told(booked: BookDay, entries: Sequence[Entry]) -> dict[str, object]:
    totals: dict[tuple[str, str], list[int]] = {}
    for one in entries:
        if not is_customer(one.entity):
            total = totals.setdefault((one.entity, one.currency), [0, 0])
            total[0] += one.debit_minor
            total[1] += one.credit_minor
    entities = [
        EntityTold(entity=entity, currency=currency, debit_minor=debit, credit_minor=credit)
        for (entity, currency), (debit, credit) in sorted(totals.items())
    ]
    return DayBooked(day=booked.day, transfers=booked.transfers, entities=entities).model_dump(mode="json")
