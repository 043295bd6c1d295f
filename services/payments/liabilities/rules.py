"""How leaves are salted, ordered, packed and added up. Pure."""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from clients.payments.liabilities import leaf, path, root
from services.payments.liabilities.model import Chunk, Node
from services.payments.reserve.model import Owed

COUNTED = (Owed.CUSTOMERS, Owed.MERCHANTS, Owed.INSTITUTIONS)
"""Whose accounts are leaves: those that a party knows and can check."""
CHUNK_LEAVES = 1_024
"""Kept together: a proof hashes so many leaves again, and not the whole tree."""
FEWEST_LEAVES = 16
"""A tree is filled up with leaves of nobody to a power of two, so that it does not tell how many accounts there are."""
_LEAF = struct.Struct(">16sq")

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


def whole_path(within: Sequence[Node], place: int, tops: Sequence[Node], number: int) -> tuple[tuple[str, Node], ...]:
    """From a leaf to the top of its chunk, and on to the root."""
    return (*path(within, place), *path(tops, number))
