"""Payment passwords at rest. Whoever has the hashes soon tries all of six digits: they are hashed together with a key of the service's."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from services.payments.cards.vault import derived

SALT_BYTES = 16
COST, BLOCK = 2**14, 8


@dataclass(frozen=True)
class PasswordVault:
    """The key is derived from the card key. Hashing takes tens of milliseconds: to be called in a thread."""

    key: bytes

    @classmethod
    def of(cls, key: bytes) -> "PasswordVault":
        return cls(derived(key, b"sifang payment password"))

    def sealed(self, customer_id: UUID, password: str) -> bytes:
        salt = secrets.token_bytes(SALT_BYTES)
        return salt + self._hash(customer_id, password, salt)

    def proves(self, customer_id: UUID, password: str, sealed: bytes) -> bool:
        salt, kept = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
        return hmac.compare_digest(self._hash(customer_id, password, salt), kept)

    def _hash(self, customer_id: UUID, password: str, salt: bytes) -> bytes:
        peppered = hmac.digest(self.key, customer_id.bytes + password.encode(), "sha256")
        return hashlib.scrypt(peppered, salt=salt, n=COST, r=BLOCK, p=1, dklen=32)
