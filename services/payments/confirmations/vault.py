"""Payment passwords at rest: hashed, since nobody need ever read one, and sealed, since whoever has a hash soon tries all of six digits."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys

SALT_BYTES = 16
COST, BLOCK = 2**14, 8


@dataclass(frozen=True)
class PasswordVault:
    """Hashing takes tens of milliseconds: to be called in a thread."""

    keys: SealingKeys

    def sealed(self, customer_id: UUID, password: str) -> bytes:
        salt = secrets.token_bytes(SALT_BYTES)
        return self.keys.seal(customer_id, (salt + _hash(password, salt)).hex())

    def proves(self, customer_id: UUID, password: str, sealed: bytes) -> bool:
        """Raises CannotOpen."""
        kept = bytes.fromhex(self.keys.open(customer_id, sealed))
        salt = kept[:SALT_BYTES]
        return hmac.compare_digest(_hash(password, salt), kept[SALT_BYTES:])


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=1, dklen=32)
