"""Evidence: a chain of committed batches for each book, and a root of each value date's content. Hashes are SHA-256, 32 bytes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """A committed batch as its event tells of it. position: of the event in the feed; transfers: how many were committed together.

    root: over them, None where it was not told, empty where something else was.
    """

    position: int
    id: UUID
    book_id: int
    transfers: int
    root: bytes | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A batch in its book's chain. number: from 1, without a gap; skip_hash: of an earlier link, so that ways through it are short."""

    book_id: int
    number: int
    position: int
    batch_id: UUID
    transfers: int
    root: bytes
    linked_at: datetime
    previous_hash: bytes
    skip_hash: bytes
    hash: bytes
    encoding: int


@dataclass(frozen=True, slots=True)
class Written:
    """What the ledger says now of a linked batch: how many transfers it has, and the root over them. event: what was told of it."""

    transfers: int
    root: bytes
    event: Batch | None


class Fault(StrEnum):
    """What is wrong with a link; the first that applies."""

    LINK_MISSING = "link_missing"
    HASH_DIFFERS = "hash_differs"
    PREVIOUS_DIFFERS = "previous_differs"
    SKIP_DIFFERS = "skip_differs"
    EVENT_DIFFERS = "event_differs"
    TRANSFERS_MISSING = "transfers_missing"
    TRANSFERS_ADDED = "transfers_added"
    TRANSFERS_DIFFER = "transfers_differ"
    BATCH_NOT_LINKED = "batch_not_linked"


@dataclass(frozen=True, slots=True)
class Break:
    """The first link of a chain that does not hold. batch_id: None where there is no link to say which batch it was."""

    number: int
    fault: Fault
    batch_id: UUID | None


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A stretch of a chain worked out again. until: number of the last link that holds, to go on after; complete: it is the last."""

    book_id: int
    links: int
    transfers: int
    until: int
    complete: bool
    broken: Break | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the feed has been linked. position: up to there; complete: there was no more, or another process is at it."""

    position: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A chain's last link, None before the first. waiting: events of the feed in which no batch has been looked for yet."""

    book_id: int
    link: Link | None
    waiting: int


@dataclass(frozen=True, slots=True)
class DayRoot:
    """Root over the content of a book's transfers of one value date."""

    book_id: int
    value_on: date
    transfers: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Pin:
    """A day's root as it was kept, never changed. version: from 1; there is a later one if transfers were added to the day since."""

    book_id: int
    value_on: date
    version: int
    transfers: int
    root: bytes
    encoding: int
    pinned_at: datetime
    pinned_by: str
