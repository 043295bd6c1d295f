"""Lists of names that nobody may do business with, whose names were compared with them, and what was found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ListForm(StrEnum):
    """How a list comes: OFAC's own files (sdn.csv, alt.csv, add.csv, sdn_comments.csv), or one table with a header."""

    OFAC = "ofac"
    TABLE = "table"


class EntryKind(StrEnum):
    INDIVIDUAL = "individual"
    ENTITY = "entity"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"


class ScreenedKind(StrEnum):
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    PAYEE = "payee"
    """Whom money is sent to and who is no customer, under whatever id the caller knows her by."""


class ScreeningOutcome(StrEnum):
    CLEAR = "clear"
    HIT = "hit"
    """Somebody has to look at it."""
    CLEARED = "cleared_by_operator"
    CONFIRMED = "confirmed"


class HitState(StrEnum):
    WAITING = "waiting"
    CLEARANCE_PROPOSED = "clearance_proposed"
    """One operator says it is somebody else; another has to say so, too."""
    CLEARED = "cleared"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    """The entry has left the list, or the subject has another name now."""


OPEN = (HitState.WAITING, HitState.CLEARANCE_PROPOSED)


@dataclass(frozen=True)
class DraftEntry:
    """One entry as a file tells it. key: its number there. names: as they stand, the first is the main one."""

    key: str
    kind: EntryKind
    names: tuple[str, ...]
    programme: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class RefusedRow:
    file: str
    line: int
    code: str
    detail: str


@dataclass(frozen=True)
class ListVersion:
    """generation: counts the versions of all lists; what was compared at an earlier one is compared again.

    added, removed: entries, against the version before; an entry that changed is removed and added. refused: rows that were not taken.
    """

    id: UUID
    list_name: str
    number: int
    generation: int
    form: ListForm
    hash: str
    entries: int
    names: int
    added: int
    removed: int
    refused: int
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True)
class Entry:
    id: UUID
    list_name: str
    key: str
    kind: EntryKind
    names: tuple[str, ...]
    programme: str
    facts: dict[str, Any]
    hash: str
    generation: int


@dataclass(frozen=True)
class Screening:
    """What is remembered of a subject. details: the name, sealed; fingerprint: of what it was taken from, to see that it changed.

    score: of the best hit that still counts, in thousandths; 0 without one. Good until expires_at and the next generation.
    """

    subject_id: UUID
    subject_kind: ScreenedKind
    person: bool
    details: bytes
    name_index: bytes
    fingerprint: bytes
    generation: int
    outcome: ScreeningOutcome
    score: int
    screened_at: datetime
    expires_at: datetime

    @property
    def id(self) -> UUID:
        return self.subject_id


@dataclass(frozen=True)
class Remembered:
    outcome: ScreeningOutcome
    expires_at: datetime


@dataclass(frozen=True)
class Hit:
    """A name that may be an entry's. score: thousandths. due_at: when somebody should have decided; overdue_at: when that was told."""

    id: UUID
    subject_id: UUID
    subject_kind: ScreenedKind
    entry_id: UUID
    name_index: bytes
    score: int
    state: HitState
    found_at: datetime
    due_at: datetime | None
    overdue_at: datetime | None = None
    proposed_by: str | None = None
    proposed_reason: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    decided_at: datetime | None = None
