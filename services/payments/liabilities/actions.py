"""Stories of liabilities: a day published, for good."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from clients.payments.liabilities import NO_HASH, publication_hash, root
from services.payments.liabilities import queries, rules
from services.payments.liabilities.errors import LiabilityDayNotOver
from services.payments.liabilities.model import Chunk, Node, Publication
from services.payments.liabilities.vault import LiabilityVault

ONE_DAY = timedelta(days=1)


async def publish_day(tx: Tx, caller: Caller, *, day: date, currency: str, vault: LiabilityVault) -> Publication:
    """The root over all balances at the end of a day: made once, and the same from then on. Raises LiabilityDayNotOver."""
    if day >= tx.today:
        raise LiabilityDayNotOver("a day is published when it is over", field="day")
    await queries.lock_log(tx.connection)
    known = await queries.publication_of(tx.connection, day, currency)
    if known is not None:
        return known
    before = await queries.last_publication(tx.connection)
    publication_id, secret = tx.ids.new(), vault.new()
    empty = Publication(
        id=publication_id,
        number=before.number + 1 if before else 1,
        day=day,
        currency=currency,
        root=b"",
        total_minor=0,
        depth=0,
        accounts=0,
        excluded_accounts=0,
        excluded_minor=0,
        closed_at=start_of_day(day + ONE_DAY, tx.settings.zone),
        secret=vault.seal(publication_id, secret),
        published_at=tx.now,
        previous_hash=before.hash if before else NO_HASH,
        hash=b"",
    )
    publication = await _built(tx, empty, secret)
    await queries.add_publication(tx.connection, publication)
    _tell(tx, publication)
    return publication


async def _built(tx: Tx, empty: Publication, secret: bytes) -> Publication:
    """Its tree, written chunk by chunk: no more than one is held at a time."""
    tops: list[Node] = []
    leaves = accounts = excluded = excluded_minor = 0
    async for found, below in _chunks(tx, empty.currency, empty.closed_at, rules.place_key(secret)):
        await queries.add_exclusions(tx.connection, empty.number, below)
        excluded, excluded_minor = excluded + len(below), excluded_minor + sum(amount for _, amount in below)
        if found:
            made = await asyncio.to_thread(_chunk, len(tops), secret, found, empty)
            await queries.add_chunk(tx.connection, empty.number, made)
            tops.append(made.top)
            leaves, accounts = leaves + len(found), accounts + sum(amount > 0 for _, amount in found)
    top, total = root(tops)
    counted = replace(
        empty,
        root=top,
        total_minor=total,
        depth=rules.depth_of(leaves),
        accounts=accounts,
        excluded_accounts=excluded,
        excluded_minor=excluded_minor,
    )
    return replace(counted, hash=publication_hash(counted.told()))


def _chunk(number: int, secret: bytes, leaves: rules.Leaves, publication: Publication) -> Chunk:
    key = rules.place_key(secret)
    return rules.chunk(number, key, secret, leaves, publication.day, publication.currency)


async def _chunks(
    tx: Tx, currency: str, closed_at: datetime, key: bytes
) -> AsyncIterator[tuple[rules.Leaves, Sequence[tuple[UUID, int]]]]:
    """Leaves as many as a chunk holds, and with them what is below zero. What is below zero comes first of all."""
    held: list[tuple[UUID, int]] = []
    found = queries.leaves(
        tx.connection,
        currency,
        closed_at,
        counted=rules.COUNTED,
        key=key,
        fewest=rules.FEWEST_LEAVES,
        at_once=rules.CHUNK_LEAVES,
    )
    async for rows in found:
        below = [(row.id, -row.balance) for row in rows if row.balance < 0]
        held += [(row.id, row.balance) for row in rows if row.balance >= 0]
        full = held[: rules.CHUNK_LEAVES] if len(held) >= rules.CHUNK_LEAVES else []
        held = held[len(full) :]
        yield full, below
    # A tree that is smaller than a chunk; of a larger one nothing is left.
    yield held, ()


def _tell(tx: Tx, one: Publication) -> None:
    told: dict[str, Any] = {
        "number": one.number,
        "day": one.day.isoformat(),
        "currency": one.currency,
        "total_minor": one.total_minor,
        "excluded_accounts": one.excluded_accounts,
        "excluded_minor": one.excluded_minor,
        "hash": one.hash.hex(),
    }
    tx.events.add("payments.liabilities.root_published.v1", str(one.number), told)
