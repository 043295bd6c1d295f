"""What a report file says is sealed, bound to the file: names and numbers of persons stand in it."""

from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys


@dataclass(frozen=True)
class ReportVault:
    keys: SealingKeys

    def seal(self, file_id: UUID, content: bytes) -> bytes:
        return self.keys.seal(file_id, content.decode())

    def open(self, file_id: UUID, sealed: bytes) -> bytes:
        """Raises CannotOpen."""
        return self.keys.open(file_id, sealed).encode()
