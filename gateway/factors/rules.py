"""Time-based one-time codes (RFC 6238 over RFC 4226): SHA-1, six digits, a new one every 30 seconds, as every app reads them."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

DIGITS = 6
STEP_SECONDS = 30
# Section 5.2: one step to either side for clocks that differ and people who type slowly.
STEPS_AROUND = (-1, 0, 1)
SECRET_BYTES = 20
ISSUER = "Sifang"


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_at(instant: datetime) -> int:
    return int(instant.timestamp()) // STEP_SECONDS


def step_of(secret: bytes, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step that a code is of; None if it is wrong, or not newer than the last one taken."""
    found = None
    for around in STEPS_AROUND:
        step = step_at(now) + around
        if hmac.compare_digest(code_at(secret, step), code) and (last_step is None or step > last_step):
            found = step
    return found


def in_base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def uri_of(secret: bytes, account: str) -> str:
    """The address that authenticator apps scan (Google Authenticator's key URI format)."""
    label = f"{ISSUER}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={in_base32(secret)}&issuer={ISSUER}&digits={DIGITS}&period={STEP_SECONDS}"
