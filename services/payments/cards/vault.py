"""Card details at rest: AES-256-GCM, bound to the card's id; and a blind index, so that a number is found without being readable.

The key is `SIFANG_PAYMENTS_CARD_KEY` (base64 of 32 bytes) or the file `payments.card.key` beside the other keys; in test mode the
file is made when it is missing.
"""

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.settings import MissingSetting, Settings
from services.payments.cards.model import Card, Sealed
from services.payments.cards.rules import masked
from services.payments.channels.model import CardDetails

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class CardVault:
    """Seals and opens card details. Two keys are derived from the one kept: for sealing and for the index."""

    sealing_key: bytes
    index_key: bytes

    @classmethod
    def of(cls, key: bytes) -> "CardVault":
        if len(key) != KEY_BYTES:
            raise MissingSetting(f"the card key must have {KEY_BYTES} bytes")
        return cls(derived(key, b"sifang card sealing"), derived(key, b"sifang card index"))

    def seal(self, card_id: UUID, details: CardDetails) -> Sealed:
        plain = json.dumps([details.number, details.holder_name, details.mobile]).encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(self.sealing_key).encrypt(nonce, plain, card_id.bytes)
        return Sealed(sealed, self.index_of(details.number), masked(details.number))

    def open(self, card: Card) -> CardDetails:
        """Raises cryptography's InvalidTag if the row was tampered with or sealed under another key."""
        nonce, sealed = card.details[:NONCE_BYTES], card.details[NONCE_BYTES:]
        plain = AESGCM(self.sealing_key).decrypt(nonce, sealed, card.id.bytes)
        return CardDetails(*json.loads(plain))

    def index_of(self, number: str) -> bytes:
        return hmac.new(self.index_key, number.encode(), sha256).digest()


def read_vault(settings: Settings) -> CardVault:
    """Raises MissingSetting when there is no key and none may be made."""
    return CardVault.of(read_key(settings))


def read_key(settings: Settings) -> bytes:
    """The one key from which those of every vault are derived. Raises MissingSetting when there is none and none may be made."""
    try:
        given = settings.variable("CARD_KEY")
    except MissingSetting:
        return _key_file(settings)
    return base64.b64decode(given)


def _key_file(settings: Settings) -> bytes:
    file = settings.keys / "payments.card.key"
    if not file.exists():
        if not settings.test_mode:
            raise MissingSetting("SIFANG_PAYMENTS_CARD_KEY is not set")
        _make(file)
    return base64.b64decode(file.read_text())


def _make(file: Path) -> None:
    """Readable by us alone; when two processes start at once the first one's key stands."""
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, purpose).derive(key)
