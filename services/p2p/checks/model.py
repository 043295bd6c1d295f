"""What others outside know of a borrower: whether she is who she says, and what she owes elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CheckKind(StrEnum):
    IDENTITY = "identity"
    """The register of residents: do name and number belong together."""
    BUREAU = "bureau"
    """The credit bureau (征信): what is owed to others, and what of it is past due."""


class CheckState(StrEnum):
    PENDING = "pending"
    """Asked, or about to be; asked again at `due_at`."""
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """code: why it failed; owed_minor, past_due_minor, lenders: of the bureau alone, in the application's currency."""

    application_id: UUID
    kind: CheckKind
    state: CheckState
    code: str | None
    lenders: int | None
    owed_minor: int | None
    past_due_minor: int | None
    tries: int
    asked_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said of one check. None instead of one: nothing yet, whatever the reason."""

    kind: CheckKind
    passed: bool
    code: str | None = None
    lenders: int | None = None
    owed_minor: int | None = None
    past_due_minor: int | None = None
