"""What proves to a party that its balances are counted: a chunk's leaves are hashed again, and the nodes above the chunks."""

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.sealing import CannotOpen
from clients.payments.liabilities import Wrong, root
from services.payments.liabilities import queries, rules
from services.payments.liabilities.model import Node, OwnLeaf, OwnProof, Publication
from services.payments.liabilities.vault import LiabilityVault

MOST_CHUNKS = 30
"""Of one publication in one audit: a second of a core."""


class TreeDiffers(Exception):
    """What is kept of a tree does not come to its root: a damaged row."""


async def prove(
    connection: AsyncConnection, publication: Publication, secret: bytes, accounts: Sequence[UUID]
) -> OwnProof:
    """Of accounts, those that are leaves: whoever had nothing, or less, is none. Raises TreeDiffers.

    Hashing is done beside the event loop, which goes on meanwhile.
    """
    tops = await queries.tops_of(connection, publication.number)
    above = await asyncio.to_thread(rules.levels, tops)
    if tuple(above[-1][0]) != (publication.root, publication.total_minor):
        raise TreeDiffers(f"publication {publication.number}")
    key, found = rules.place_key(secret), []
    for account in accounts:
        held = await queries.chunk_at(connection, publication.number, rules.place_of(key, account))
        if held is not None:
            found.append(await asyncio.to_thread(_leaf, publication, secret, account, held, above))
    return OwnProof(publication, tuple(one for one in found if one is not None))


def _leaf(
    publication: Publication, secret: bytes, account: UUID, held: tuple[int, bytes], above: Sequence[Sequence[Node]]
) -> OwnLeaf | None:
    number, leaves = held[0], rules.unpacked(held[1])
    place = next((at for at, (one, _) in enumerate(leaves) if one == account), None)
    if place is None:
        return None
    within = rules.levels(rules.hashed(secret, leaves, publication.day, publication.currency))
    if within[-1][0] != above[0][number]:
        raise TreeDiffers(f"publication {publication.number}, chunk {number}")
    way = (*rules.beside(within, place), *rules.beside(above, number))
    return OwnLeaf(account, leaves[place][1], rules.salt_of(secret, account), way)


async def differing_leaves(
    connection: AsyncConnection, vault: LiabilityVault, most_chunks: int = MOST_CHUNKS
) -> tuple[int, list[str]]:
    """How many chunks were hashed again, and what does not come to its root, of the last publication of each currency.

    Of a large tree some chunks, others each time; their nodes come to the root all together.
    """
    examined, offending = 0, []
    for publication in await queries.last_publications(connection):
        tops = await queries.tops_of(connection, publication.number)
        if len(tops) == 0 or await asyncio.to_thread(root, tops) != (publication.root, publication.total_minor):
            offending.append(f"publication {publication.number}")
        try:
            secret = vault.open(publication.id, publication.secret)
        except CannotOpen:
            offending.append(f"publication {publication.number} secret")
            continue
        for number in random.sample(range(len(tops)), min(len(tops), most_chunks)):
            leaves = rules.unpacked(await queries.leaves_of(connection, publication.number, number))
            if await asyncio.to_thread(_top, publication, secret, leaves) != tops[number]:
                offending.append(f"publication {publication.number} chunk {number}")
            examined += 1
    return examined, offending


def _top(publication: Publication, secret: bytes, leaves: rules.Leaves) -> Node | None:
    """None where a sum is none that a leaf may have."""
    try:
        return root(rules.hashed(secret, leaves, publication.day, publication.currency))
    except Wrong:
        return None
