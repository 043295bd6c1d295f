"""A posting: one amount, drawn from several sources and split over many destinations, moved at once or not at all.

Amounts are integers in minor units. What an instruction says is written as the trees below; what it comes to is a `Plan`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.payments.ledger.model import Metadata

LARGEST_SOURCES = 100
LARGEST_DESTINATIONS = 1000
"""Lines of a posting, those of nested splits included."""
DEEPEST_SPLIT = 3


class Leftover(StrEnum):
    """Who gets the units that whole portions leave over: each line in its order one, or the largest remainders first."""

    FROM_THE_FIRST = "from_the_first"
    LARGEST_REMAINDER = "largest_remainder"


@dataclass(frozen=True, slots=True)
class Source:
    """at_most: more is not drawn from it; overdraft_limit: how far below zero it may go, where the account's rule lets it."""

    account_id: UUID
    at_most: int | None = None
    overdraft_limit: int = 0


@dataclass(frozen=True, slots=True)
class Destination:
    """A line of a split. Where: an account, a split of its own, or neither: the part is kept by the sources.

    How much: a fixed `amount`; a `portion`, perhaps `at_most` so much; `at_most` alone, as much as there is up to it; or, where none of
    the three is said, the remainder.
    """

    account_id: UUID | None = None
    split: "Split | None" = None
    amount: int | None = None
    portion: Fraction | None = None
    at_most: int | None = None

    @property
    def fills(self) -> bool:
        return self.at_most is not None and self.portion is None

    @property
    def remains(self) -> bool:
        return self.amount is None and self.portion is None and self.at_most is None


@dataclass(frozen=True, slots=True)
class Split:
    destinations: tuple[Destination, ...]
    leftover: Leftover = Leftover.FROM_THE_FIRST


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a caller wants posted. amount: None for all that the sources have."""

    currency: str
    amount: int | None
    sources: tuple[Source, ...]
    split: Split
    code: str
    reference: str = ""
    value_on: date | None = None
    metadata: Metadata | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Part:
    """What a line comes to. place: where the line stands in the request; account_id: None for what the sources keep."""

    place: str
    account_id: UUID | None
    amount: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer of a posting. source: its number; destination: the place of its line in the request."""

    source: int
    destination: str
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an instruction comes to. amount: of the instruction; kept: of it by the sources, never drawn."""

    amount: int
    kept: int
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class PostedLeg:
    transfer_id: UUID
    leg: Leg


@dataclass(frozen=True, slots=True)
class MadePosting:
    """A posting as it was made: never changed afterwards. made_by: the party that asked; instruction: as it was asked for."""

    id: UUID
    made_by: str
    currency: str
    amount: int
    kept: int
    code: str
    reference: str
    value_on: date
    posted_at: datetime
    instruction: dict[str, Any]
    legs: tuple[PostedLeg, ...]
