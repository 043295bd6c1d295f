"""How leaves are salted, ordered, packed and added up. Pure."""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from clients.payments.liabilities import leaf, node, root
from services.payments.liabilities.model import Chunk, Node
from services.payments.reserve.model import Owed

COUNTED = (Owed.CUSTOMERS, Owed.MERCHANTS, Owed.INSTITUTIONS)
"""Whose accounts are leaves: those that a party knows and can check."""
CHUNK_LEAVES = 1_024
"""Kept together: a proof hashes so many leaves again, and not the whole tree."""
FEWEST_LEAVES = 16
"""A tree is filled up with leaves of nobody to a power of two, so that it does not tell how many accounts there are."""
_LEAF = struct.Struct(">16sq")

MOST_PROVED = 20
"""Accounts in one answer: of each a chunk is hashed again, some 30 milliseconds of a core."""

Leaves = Sequence[tuple[UUID, int]]
"""Accounts with their balances, in the order of the tree."""


def place_key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"place", "sha256")


def place_of(key: bytes, account_id: UUID) -> bytes:
    """Where an account stands among all. The database works out the same."""
    return hashlib.sha256(key + account_id.bytes).digest()


def salt_of(secret: bytes, account_id: UUID) -> bytes:
    return hmac.digest(secret, b"salt" + account_id.bytes, "sha256")


def depth_of(leaves: int) -> int:
    """leaves: a power of two."""
    return leaves.bit_length() - 1


def hashed(secret: bytes, leaves: Leaves, day: date, currency: str) -> list[Node]:
    return [leaf(salt_of(secret, account), account.bytes, day, currency, amount) for account, amount in leaves]


def chunk(number: int, key: bytes, secret: bytes, leaves: Leaves, day: date, currency: str) -> Chunk:
    packed = b"".join(_LEAF.pack(account.bytes, amount) for account, amount in leaves)
    return Chunk(number, place_of(key, leaves[0][0]), packed, root(hashed(secret, leaves, day, currency)))


def unpacked(packed: bytes) -> list[tuple[UUID, int]]:
    return [(UUID(bytes=account), amount) for account, amount in _LEAF.iter_unpack(packed)]


def levels(nodes: Sequence[Node]) -> list[Sequence[Node]]:
    """Of as many nodes as a power of two, from themselves up to the root."""
    found = [nodes]
    while len(found[-1]) > 1:
        below = found[-1]
        found.append([node(below[at], below[at + 1]) for at in range(0, len(below), 2)])
    return found


def beside(above: Sequence[Sequence[Node]], place: int) -> list[tuple[str, Node]]:
    """What stands beside the way from a node up to the root. above: levels."""
    return [
        ("left" if place >> height & 1 else "right", level[place >> height ^ 1])
        for height, level in enumerate(above[:-1])
    ]
