"""Secrets of second factors at rest, bound to whose they are.

The keys are those of `SIFANG_GATEWAY_FACTOR_KEYS`; without them, one follows from the signing key, and then a new signing key makes
everybody enrol again.
"""

from hashlib import sha256
from uuid import UUID

from chassis.runtime import Runtime
from chassis.sealing import SealingKeys, decoded

_PURPOSE = "second factors"


def sealing_keys(runtime: Runtime) -> SealingKeys:
    """Raises MissingSetting for a key of another length."""
    given = runtime.settings.variable("FACTOR_KEYS", "")
    if given:
        return SealingKeys(decoded(given, "SIFANG_GATEWAY_FACTOR_KEYS"), _PURPOSE)
    return SealingKeys((sha256(runtime.signer.key_file.read_bytes()).digest(),), _PURPOSE)


def seal(keys: SealingKeys, identity_id: UUID, secret: bytes) -> bytes:
    return keys.seal(identity_id, secret.hex())


def unseal(keys: SealingKeys, identity_id: UUID, sealed: bytes) -> bytes:
    """Raises CannotOpen."""
    return bytes.fromhex(keys.open(identity_id, sealed))
