"""How a chain is made and what breaks it. No I/O; the hashes are those of the auditor's own verifier, `clients/payments/evidence.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from clients.payments.evidence import ENCODING, NO_LINK, link_digest, microseconds, skipped_to
from services.payments.evidence.model import Batch, Break, Fault, Link, Written

Counted = TypeVar("Counted", Batch, Link)
LARGEST_SLICE = 8_190
"""Transfers linked in one transaction, unless a single batch has more: so that the process answers others in between."""


def slice_of(batches: Sequence[Counted], largest: int) -> Sequence[Counted]:
    """As many of the first as hold together at most `largest` transfers, and always one."""
    total = 0
    for place, batch in enumerate(batches):
        total += batch.transfers
        if total > largest and place:
            return batches[:place]
    return batches


def sealed(link: Link) -> Link:
    """The link with the hash that follows from everything else in it."""
    return replace(link, hash=_hash_of(link))


def chained(
    batches: Sequence[Batch],
    roots: Mapping[UUID, bytes],
    heads: Mapping[int, Link],
    hashes: Mapping[tuple[int, int], bytes],
    linked_at: datetime,
) -> list[Link]:
    """Links of batches, in order of position, onto the chains of their books.

    heads: last link of each book; hashes: (book, number) → hash of earlier links that the new ones skip to.
    """
    last = {book_id: (link.number, link.hash) for book_id, link in heads.items()}
    known, made = dict(hashes), []
    for batch in batches:
        number, previous_hash = last.get(batch.book_id, (0, NO_LINK))
        skip = skipped_to(number + 1)
        link = sealed(
            Link(
                batch.book_id, number + 1, batch.position, batch.id, batch.transfers, roots[batch.id], linked_at,
                previous_hash, known[batch.book_id, skip] if skip else NO_LINK, b"", ENCODING,
            )
        )  # fmt: skip
        known[batch.book_id, link.number] = link.hash
        last[batch.book_id] = link.number, link.hash
        made.append(link)
    return made


def skips_of(batches: Sequence[Batch], heads: Mapping[int, Link]) -> set[tuple[int, int]]:
    """(book, number) of the stored links that `chained` will skip to."""
    wanted, number = set(), {book_id: link.number for book_id, link in heads.items()}
    for batch in batches:
        own = number[batch.book_id] = number.get(batch.book_id, 0) + 1
        skip = skipped_to(own)
        if 0 < skip <= (heads[batch.book_id].number if batch.book_id in heads else 0):
            wanted.add((batch.book_id, skip))
    return wanted


def first_break(
    links: Sequence[Link], before: Link | None, written: Mapping[UUID, Written], hashes: Mapping[int, bytes]
) -> Break | None:
    """The first of these links that does not hold, by what the ledger says now.

    before: the link before the first; hashes: number → hash of stored links, those that these skip to among them.
    """
    number, previous_hash = (before.number, before.hash) if before else (0, NO_LINK)
    for link in links:
        number += 1
        if link.number != number:
            return Break(number, Fault.LINK_MISSING, None)
        fault = _fault_of_link(link, previous_hash, hashes) or _fault_of_batch(link, written[link.batch_id])
        if fault is not None:
            return Break(number, fault, link.batch_id)
        previous_hash = link.hash
    return None


def _fault_of_link(link: Link, previous_hash: bytes, hashes: Mapping[int, bytes]) -> Fault | None:
    if link.hash != _hash_of(link):
        return Fault.HASH_DIFFERS
    if link.previous_hash != previous_hash:
        return Fault.PREVIOUS_DIFFERS
    skip = skipped_to(link.number)
    return None if link.skip_hash == (hashes.get(skip) if skip else NO_LINK) else Fault.SKIP_DIFFERS


def _fault_of_batch(link: Link, written: Written) -> Fault | None:
    event = written.event
    if event is None or event != Batch(link.position, link.batch_id, link.book_id, link.transfers):
        return Fault.EVENT_DIFFERS
    if event.root is not None and event.root != link.root:
        return Fault.EVENT_DIFFERS
    if written.transfers < link.transfers:
        return Fault.TRANSFERS_MISSING
    if written.transfers > link.transfers:
        return Fault.TRANSFERS_ADDED
    return None if written.root == link.root else Fault.TRANSFERS_DIFFER


def way_down(head: int, number: int) -> list[int]:
    """Numbers of the links from a later one down to an earlier one, each of them named by the one before: about 100 in a million."""
    way = [head]
    while way[-1] > number:
        skip = skipped_to(way[-1])
        way.append(skip if skip >= number else way[-1] - 1)
    return way


def _hash_of(link: Link) -> bytes:
    return link_digest(
        link.encoding, link.book_id, link.number, link.position, link.batch_id.bytes, link.transfers, link.root,
        microseconds(link.linked_at), link.previous_hash, link.skip_hash,
    )  # fmt: skip
