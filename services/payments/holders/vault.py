"""Which facts of an identity are sealed, bound to their customer, and that the number is found again by an index."""

import json
from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys
from services.payments.holders.model import Facts, Identity, Sealed
from services.payments.holders.rules import masked


@dataclass(frozen=True)
class IdentityVault:
    keys: SealingKeys

    def seal(self, customer_id: UUID, facts: Facts) -> Sealed:
        sealed = self.keys.seal(customer_id, json.dumps([facts.name, facts.number]))
        return Sealed(sealed, self.keys.index(facts.number), masked(facts.number))

    def open(self, identity: Identity) -> Facts:
        """Raises CannotOpen."""
        return Facts(*json.loads(self.keys.open(identity.customer_id, identity.details)))
