"""Secrets at rest: AES-256-GCM under a key of the service's own, bound to the id of their record.

The key is a variable of the service (base64 of 32 bytes) or a file beside its other keys; in test mode the file is made when it is missing.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings import MissingSetting, Settings

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class SealingKey:
    key: bytes

    def seal(self, record_id: UUID, plain: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, plain.encode(), record_id.bytes)

    def open(self, record_id: UUID, sealed: bytes) -> str:
        """Raises cryptography's InvalidTag if the row was tampered with, is another's, or was sealed under another key."""
        return AESGCM(self.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], record_id.bytes).decode()


def read_key(settings: Settings, name: str) -> SealingKey:
    """The key of SIFANG_<SERVICE>_<NAME>_KEY, else of the file `<service>.<name>.key`. Raises MissingSetting."""
    variable = f"{name.upper()}_KEY"
    given = settings.variable(variable, "")
    if given:
        return _sealing_key(given, variable)
    file = settings.keys / f"{settings.service}.{name}.key"
    if not file.exists():
        if not settings.test_mode:
            raise MissingSetting(f"SIFANG_{settings.service.upper()}_{variable} is not set")
        _make(file)
    return _sealing_key(file.read_text(), file.name)


def _sealing_key(text: str, told_by: str) -> SealingKey:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise MissingSetting(f"{told_by} must hold {KEY_BYTES} bytes in base64")
    return SealingKey(key)


def _make(file: Path) -> None:
    """Readable by us alone; when two processes start at once the first one's key stands."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
