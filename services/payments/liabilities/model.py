"""What is owed to parties at the end of a day, as one root that all of them see. Amounts in minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

Node = tuple[bytes, int]
"""Hash and sum."""


@dataclass(frozen=True)
class Publication:
    """A root with its total. accounts: leaves that are somebody's; excluded: accounts below zero, which no leaf may be.

    closed_at: the instant before which everything posted counts. secret: sealed; salts and the order of leaves follow from it.
    """

    id: UUID
    number: int
    day: date
    currency: str
    root: bytes
    total_minor: int
    depth: int
    accounts: int
    excluded_accounts: int
    excluded_minor: int
    closed_at: datetime
    secret: bytes
    published_at: datetime
    previous_hash: bytes
    hash: bytes

    def told(self) -> dict[str, Any]:
        """As it is hashed and shown to everybody."""
        return {
            "number": self.number,
            "day": self.day.isoformat(),
            "currency": self.currency,
            "root": self.root.hex(),
            "total_minor": self.total_minor,
            "depth": self.depth,
            "excluded_accounts": self.excluded_accounts,
            "excluded_minor": self.excluded_minor,
            "published_at": self.published_at.isoformat(),
            "previous_hash": self.previous_hash.hex(),
        }


@dataclass(frozen=True)
class Chunk:
    """Neighbouring leaves: where they begin in the order, who they are and what they have, and the node above them."""

    number: int
    first_place: bytes
    leaves: bytes
    top: Node


@dataclass(frozen=True)
class OwnLeaf:
    """path: what stands beside the way up, from the leaf."""

    account_id: UUID
    amount_minor: int
    salt: bytes
    path: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class OwnProof:
    publication: Publication
    leaves: tuple[OwnLeaf, ...]
