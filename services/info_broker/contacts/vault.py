"""Contact data at rest: sealed whole, bound to the record it belongs to."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from chassis.sealing import SealingKeys
from services.info_broker.contacts.model import ContactFacts


@dataclass(frozen=True)
class ContactVault:
    keys: SealingKeys

    def seal(self, contact_id: UUID, facts: ContactFacts) -> bytes:
        return self.keys.seal(contact_id, json.dumps(asdict(facts), ensure_ascii=False))

    def open(self, contact_id: UUID, sealed: bytes) -> ContactFacts:
        """Raises CannotOpen."""
        return ContactFacts(**json.loads(self.keys.open(contact_id, sealed)))
