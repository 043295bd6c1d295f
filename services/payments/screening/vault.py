"""The name of a subject: sealed, bound to the subject, and the same name is told by an index."""

from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys


@dataclass(frozen=True)
class ScreeningVault:
    keys: SealingKeys

    def seal(self, subject_id: UUID, name: str) -> bytes:
        return self.keys.seal(subject_id, name)

    def open(self, subject_id: UUID, details: bytes) -> str:
        """Raises CannotOpen."""
        return self.keys.open(subject_id, details)

    def index(self, person: bool, name: str) -> bytes:
        return self.keys.index(f"{'person' if person else 'organisation'} {name}")
