"""A stretch of a chain worked out again from the transfers, so that a whole chain is gone through in steps that each take little."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from clients.payments.evidence import skipped_to
from services.payments.evidence import queries, rules
from services.payments.evidence.model import Break, Fault, Link, Recomputation


async def recompute(connection: AsyncConnection, book_id: int, after: int, limit: int) -> Recomputation:
    """Work out again the links after one that was found to hold, at most `limit` and as many as hold a slice of transfers."""
    started = await queries.links_between(connection, book_id, after, after, 1) if after else []
    before = started[0] if started else None
    if after and before is None:
        return Recomputation(book_id, 0, 0, after, False, Break(after, Fault.LINK_MISSING, None))
    # Progress first: in a transaction of separate snapshots, links may be added after it was read, never the other way.
    done, _ = await queries.progress(connection)
    found = await queries.links_between(connection, book_id, after + 1, None, limit + 1)
    links = rules.slice_of(found[:limit], rules.LARGEST_SLICE)
    broken = await _first_break(connection, book_id, links, before)
    complete = len(links) == len(found)
    if broken is None:
        low = before.position if before else 0
        high = done if complete else links[-1].position
        unlinked = await queries.first_unlinked(connection, book_id, low, high)
        if unlinked is not None:
            broken = Break(after + len(links) + 1, Fault.BATCH_NOT_LINKED, unlinked.id)
    until = broken.number - 1 if broken else after + len(links)
    transfers = sum(link.transfers for link in links)
    return Recomputation(book_id, len(links), transfers, until, complete and broken is None, broken)


async def _first_break(
    connection: AsyncConnection, book_id: int, links: Sequence[Link], before: Link | None
) -> Break | None:
    if not links:
        return None
    written = await queries.written(connection, [link.batch_id for link in links])
    skips = {(book_id, skipped_to(link.number)) for link in links}
    hashes = {number: found for (_, number), found in (await queries.hashes_of(connection, skips)).items()}
    return rules.first_break(links, before, written, hashes)


async def recompute_all(
    connection: AsyncConnection, book_id: int, limit: int, *, most_transfers: int | None = None
) -> Recomputation:
    """The chain from its beginning, `limit` links at a time, up to its first break, its end, or where `most_transfers` have been read."""
    links = transfers = 0
    step = await recompute(connection, book_id, 0, limit)
    while not step.complete and step.broken is None:
        if most_transfers is not None and transfers + step.transfers >= most_transfers:
            break
        links, transfers = links + step.links, transfers + step.transfers
        step = await recompute(connection, book_id, step.until, limit)
    return replace(step, links=links + step.links, transfers=transfers + step.transfers)
