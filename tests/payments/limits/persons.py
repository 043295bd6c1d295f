"""Persons as tests of limits need them: proved, with so many checks, as one or several customers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from chassis.database import Tx
from clients.ids import new_id
from services.payments.holders import queries as holders
from services.payments.holders.model import Holder, Identity
from services.payments.limits import queries

YUAN = 100


@dataclass(frozen=True)
class Person:
    holder_id: UUID
    customers: tuple[UUID, ...]


async def person(
    tx: Tx, checks: int = 5, *, customers: int = 1, seen: bool = False, certificate: tuple[date, int] | None = None
) -> Person:
    """certificate: until when, and the agreed daily amount."""
    holder = Holder(new_id(), uuid4().bytes, tx.now)
    await holders.add_holder(tx.connection, holder)
    await queries.add_usage(tx.connection, holder.id)
    made = tuple(new_id() for _ in range(customers))
    for customer_id in made:
        until, agreed = certificate or (None, None)
        await holders.add_identity(
            tx.connection,
            Identity(
                customer_id, b"sealed", holder.number_index, "masked", tx.now, holder.id, tx.now, checks,
                tx.now if seen else None, "stf_clerk" if seen else None, until, agreed,
            ),
        )  # fmt: skip
    return Person(holder.id, made)


def at(text: str) -> datetime:
    """An instant told in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00")
