"""Identities at rest, as cards are (`cards/vault.py`): sealed with AES-256-GCM, bound to their customer, found again by a blind index.

Both keys are derived from the card key; the index of an identity number says nothing about one of a card.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.payments.cards.vault import NONCE_BYTES, derived
from services.payments.holders.model import Facts, Identity, Sealed
from services.payments.holders.rules import masked


@dataclass(frozen=True)
class IdentityVault:
    sealing_key: bytes
    index_key: bytes

    @classmethod
    def of(cls, key: bytes) -> "IdentityVault":
        return cls(derived(key, b"sifang identity sealing"), derived(key, b"sifang identity index"))

    def seal(self, customer_id: UUID, facts: Facts) -> Sealed:
        plain = json.dumps([facts.name, facts.number]).encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(self.sealing_key).encrypt(nonce, plain, customer_id.bytes)
        return Sealed(sealed, self.index_of(facts.number), masked(facts.number))

    def open(self, identity: Identity) -> Facts:
        """Raises cryptography's InvalidTag if the row was tampered with or sealed under another key."""
        nonce, sealed = identity.details[:NONCE_BYTES], identity.details[NONCE_BYTES:]
        return Facts(*json.loads(AESGCM(self.sealing_key).decrypt(nonce, sealed, identity.customer_id.bytes)))

    def index_of(self, number: str) -> bytes:
        return hmac.new(self.index_key, number.encode(), sha256).digest()
