"""Secrets and personal data at rest: sealed, bound to the id of their record, under keys that can be rotated; found again unopened.

Sealed: 4 bytes naming the key, 12 of nonce, AES-256-GCM's ciphertext with tag; the record's id is authenticated with it, so that a sealed
value moved to another row does not open. A blind index (HMAC-SHA-256) finds the same text again without opening anything.

Keys are a variable of the service (base64 of 32 bytes each, the newest first, comma between) or a file beside its other keys; in test mode
the file is made when it is missing. Neither seals itself: for each purpose keys of their own follow from them (HKDF-SHA-256).
"""

import base64
import binascii
import hmac
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.settings import MissingSetting, Settings

KEY_BYTES = 32
_NAME_BYTES = 4
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value that no key here opens: a lost key, a damaged row, or another record's."""


@dataclass(frozen=True)
class SealingKeys:
    """masters: 32 bytes each, the newest first: it seals; the others still open. What is found again stands on the oldest."""

    masters: tuple[bytes, ...] = field(repr=False)
    purpose: str

    def of(self, purpose: str) -> "SealingKeys":
        """For other records of the same masters: neither opens or finds what the other sealed."""
        return SealingKeys(self.masters, purpose)

    def seal(self, record_id: UUID, plain: str) -> bytes:
        name, cipher = next(iter(self._ciphers.items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return name + nonce + cipher.encrypt(nonce, plain.encode(), record_id.bytes)

    def open(self, record_id: UUID, sealed: bytes) -> str:
        """Raises CannotOpen."""
        name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotOpen("sealed under a key that is not here")
        try:
            return cipher.decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], record_id.bytes).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("damaged, or sealed for another record") from None

    def index(self, text: str) -> bytes:
        """The same for the same text, and says nothing about it to whoever lacks the key."""
        return hmac.digest(self._index_key, text.encode(), "sha256")

    @cached_property
    def request_secret(self) -> bytes:
        """Keys the stored hash of a request that holds such a text, which a plain hash would lay open to guessing."""
        return self._derived(self.masters[-1], "requests")

    @cached_property
    def _ciphers(self) -> dict[bytes, AESGCM]:
        """By the name of the key, the newest first."""
        return {
            self._derived(master, "names")[:_NAME_BYTES]: AESGCM(self._derived(master, "sealing"))
            for master in self.masters
        }

    @cached_property
    def _index_key(self) -> bytes:
        return self._derived(self.masters[-1], "index")

    def _derived(self, master: bytes, use: str) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, None, f"sifang {self.purpose} {use}".encode()).derive(master)


def read_keys(settings: Settings, name: str) -> SealingKeys:
    """The keys of SIFANG_<SERVICE>_<NAME>_KEYS, else of the file `<service>.<name>.key`. Raises MissingSetting."""
    variable = f"{name.upper()}_KEYS"
    given = settings.variable(variable, "")
    if given:
        return SealingKeys(decoded(given, f"SIFANG_{settings.service.upper()}_{variable}"), name)
    file = settings.keys / f"{settings.service}.{name}.key"
    if not file.exists():
        if not settings.test_mode:
            raise MissingSetting(f"SIFANG_{settings.service.upper()}_{variable} is not set")
        _make(file)
    return SealingKeys(decoded(file.read_text(), file.name), name)


def decoded(text: str, told_by: str) -> tuple[bytes, ...]:
    """Keys in base64, comma between. Raises MissingSetting where one is not of 32 bytes."""
    return tuple(_key(each.strip(), told_by) for each in text.split(","))


def _key(text: str, told_by: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise MissingSetting(f"{told_by} must hold keys of {KEY_BYTES} bytes in base64")
    return key


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
