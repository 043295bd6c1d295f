"""Secrets of second factors at rest: AES-256-GCM, bound to whose they are.

The key is `SIFANG_GATEWAY_FACTOR_KEY` (base64 of 32 bytes); without it, it follows from the signing key, and then a new signing key
makes everybody enrol again.
"""

import base64
import secrets
from binascii import Error as NotBase64
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.runtime import Runtime
from chassis.settings import MissingSetting

KEY_BYTES = 32
NONCE_BYTES = 12


def sealing_key(runtime: Runtime) -> bytes:
    """Raises MissingSetting for a key of another length."""
    given = runtime.settings.variable("FACTOR_KEY", "")
    if not given:
        return HKDF(SHA256(), KEY_BYTES, None, b"sifang second factors").derive(runtime.signer.key_file.read_bytes())
    try:
        key = base64.b64decode(given, validate=True)
    except NotBase64:
        key = b""
    if len(key) != KEY_BYTES:
        raise MissingSetting(f"SIFANG_GATEWAY_FACTOR_KEY must be the base64 of {KEY_BYTES} bytes")
    return key


def seal(key: bytes, identity_id: UUID, secret: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, identity_id.bytes)


def unseal(key: bytes, identity_id: UUID, sealed: bytes) -> bytes:
    """Raises cryptography's InvalidTag for a row that was tampered with or sealed under another key."""
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], identity_id.bytes)
