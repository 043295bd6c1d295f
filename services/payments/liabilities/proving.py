"""What proves to a party that its balances are counted: a chunk's leaves are hashed again, and the nodes above the chunks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from clients.payments.liabilities import root
from services.payments.liabilities import queries, rules
from services.payments.liabilities.model import Node, OwnLeaf, OwnProof, Publication


class TreeDiffers(Exception):
    """What is kept of a tree does not come to its root: a damaged row."""


async def prove(
    connection: AsyncConnection, publication: Publication, secret: bytes, accounts: Sequence[UUID]
) -> OwnProof:
    """Of accounts, those that are leaves: whoever had nothing, or less, is none. Raises TreeDiffers."""
    tops = await queries.tops_of(connection, publication.number)
    if root(tops) != (publication.root, publication.total_minor):
        raise TreeDiffers(f"publication {publication.number}")
    found = [await _leaf(connection, publication, secret, account, tops) for account in accounts]
    return OwnProof(publication, tuple(one for one in found if one is not None))


async def _leaf(
    connection: AsyncConnection, publication: Publication, secret: bytes, account: UUID, tops: Sequence[Node]
) -> OwnLeaf | None:
    held = await queries.chunk_at(connection, publication.number, rules.place_of(rules.place_key(secret), account))
    if held is None:
        return None
    number, leaves = held[0], rules.unpacked(held[1])
    place = next((at for at, (one, _) in enumerate(leaves) if one == account), None)
    if place is None:
        return None
    within = rules.hashed(secret, leaves, publication.day, publication.currency)
    if root(within) != tops[number]:
        raise TreeDiffers(f"publication {publication.number}, chunk {number}")
    way = rules.whole_path(within, place, tops, number)
    return OwnLeaf(account, leaves[place][1], rules.salt_of(secret, account), way)
