"""Which facts of a borrower are sealed, bound to their application, and that the same person is found again unopened."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from chassis.sealing import SealingKeys
from services.p2p.borrowers.model import Identity


@dataclass(frozen=True)
class IdentityVault:
    keys: SealingKeys

    def seal(self, application_id: UUID, identity: Identity) -> bytes:
        return self.keys.seal(application_id, json.dumps(asdict(identity), ensure_ascii=False))

    def open(self, application_id: UUID, sealed: bytes) -> Identity:
        """Raises CannotOpen."""
        return Identity(**json.loads(self.keys.open(application_id, sealed)))
