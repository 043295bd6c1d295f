"""Identities at rest: AES-256-GCM, bound to the application they belong to, under keys that can be rotated.

Sealed: 4 bytes naming the key, 12 of nonce, ciphertext with tag; the application's id is authenticated with it, so that a sealed
value moved to another row does not open. A fingerprint (HMAC-SHA-256, on the oldest key) finds the same person again unopened.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.runtime import Runtime
from chassis.settings import MissingSetting
from services.p2p.borrowers.model import Identity

KEY_BYTES = 32
_NAME_BYTES = 4
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed identity that no key here opens: a lost key, or a damaged row."""


@dataclass(frozen=True)
class IdentityVault:
    """keys: 32 bytes each, the newest first: it seals; the others still open."""

    keys: Sequence[bytes] = field(repr=False)

    def seal(self, application_id: UUID, identity: Identity) -> bytes:
        key, nonce = self.keys[0], secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(asdict(identity), ensure_ascii=False).encode()
        return _name(key) + nonce + AESGCM(key).encrypt(nonce, plain, application_id.bytes)

    def open(self, application_id: UUID, sealed: bytes) -> Identity:
        """Raises CannotOpen."""
        named = {_name(key): key for key in self.keys}.get(sealed[:_NAME_BYTES])
        if named is None:
            raise CannotOpen("sealed under a key that is not here")
        nonce, rest = sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES], sealed[_NAME_BYTES + _NONCE_BYTES :]
        try:
            return Identity(**json.loads(AESGCM(named).decrypt(nonce, rest, application_id.bytes)))
        except InvalidTag:
            raise CannotOpen("the sealed identity was damaged, or belongs to another record") from None

    def fingerprint(self, identity_number: str) -> bytes:
        key = hashlib.sha256(b"fingerprint\0" + self.keys[-1]).digest()
        return hmac.digest(key, identity_number.encode(), "sha256")

    @property
    def request_secret(self) -> bytes:
        """Keys the stored hash of a request that holds an identity number, which a plain hash would lay open to guessing."""
        return hashlib.sha256(b"request\0" + self.keys[-1]).digest()


def read_vault(runtime: Runtime) -> IdentityVault:
    """From the environment; in test mode, without the variable, one derived from the service's own signing key."""
    given = runtime.settings.variable("IDENTITY_KEYS", "")
    if given:
        return IdentityVault([_read_key(text) for text in given.split(",")])
    if not runtime.settings.test_mode:
        raise MissingSetting("SIFANG_P2P_IDENTITY_KEYS is not set, and live mode makes no keys of its own")
    return IdentityVault([hashlib.sha256(b"identities\0" + runtime.signer.key_file.read_bytes()).digest()])


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise MissingSetting("each of SIFANG_P2P_IDENTITY_KEYS is 32 bytes in base64")
    return key


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"name\0" + key).digest()[:_NAME_BYTES]
