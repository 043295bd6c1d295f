"""The secret of each publication, sealed: who has it knows which leaf is whose."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys

SECRET_BYTES = 32


@dataclass(frozen=True)
class LiabilityVault:
    keys: SealingKeys

    def new(self) -> bytes:
        return secrets.token_bytes(SECRET_BYTES)

    def seal(self, publication_id: UUID, secret: bytes) -> bytes:
        return self.keys.seal(publication_id, secret.hex())

    def open(self, publication_id: UUID, sealed: bytes) -> bytes:
        """Raises CannotOpen."""
        return bytes.fromhex(self.keys.open(publication_id, sealed))
