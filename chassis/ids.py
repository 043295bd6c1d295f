"""Identifiers: UUIDv7 inside, TypeID text (`wal_01jd…`) on the wire.

Source: TypeID specification 0.3 (base32 of the 128 bits in Crockford's alphabet, 26 characters) and
RFC 9562 (UUID version 7). The last 16 bits of an account, transfer or hold id carry its ledger book.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chassis.errors import Invalid

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_TRIPLES = [pair + low for pair in _PAIRS for low in ALPHABET]
_TO_BASE_32 = bytes.maketrans(ALPHABET.encode(), b"0123456789abcdefghijklmnopqrstuv")
_LENGTH = 26
BOOK_BITS = 16
_BOOK_MASK = (1 << BOOK_BITS) - 1
_RANDOM_BITS = 0xFFF << 64 | (1 << 62) - 1
"""Of a UUIDv7: what is neither its instant nor its version and variant."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)


class MalformedId(Invalid):
    code = "malformed_id"


def encode(prefix: str, value: UUID) -> str:
    number, part = value.int, _TRIPLES
    return (
        f"{prefix}_{_PAIRS[number >> 120]}{part[number >> 105 & 32767]}{part[number >> 90 & 32767]}"
        f"{part[number >> 75 & 32767]}{part[number >> 60 & 32767]}{part[number >> 45 & 32767]}"
        f"{part[number >> 30 & 32767]}{part[number >> 15 & 32767]}{part[number & 32767]}"
    )


def decode(prefix: str, text: str) -> UUID:
    """The UUID of a TypeID with that prefix. Raises MalformedId for any other text, capitals included.

    It is of the database driver's own kind, as those read from rows are: made, hashed and compared in a fifth of the time.
    """
    if not _pattern(prefix).fullmatch(text):
        raise MalformedId(f"expected an id like {prefix}_ and {_LENGTH} characters")
    return DriverUUID(int(text[-_LENGTH:].encode().translate(_TO_BASE_32), 32).to_bytes(16, "big"))


@cache
def _pattern(prefix: str) -> re.Pattern[str]:
    return re.compile(f"{prefix}_[0-7][{ALPHABET}]{{25}}")


def of_bytes(value: bytes) -> UUID:
    """16 bytes as a UUID of the driver's own kind."""
    return DriverUUID(value)


def with_book(value: UUID, book_id: int) -> UUID:
    """The same id moved into a ledger book (0 … 65535)."""
    return DriverUUID(value.bytes[:-2] + book_id.to_bytes(2, "big"))


def book_of(value: UUID) -> int:
    return value.int & _BOOK_MASK


def uuid7(instant: datetime, entropy: bytes, book_id: int | None = None) -> UUID:
    """A UUIDv7 of that instant from at least 10 bytes of entropy (74 bits of them are used), in a ledger book if told."""
    return uuid7s(instant)(entropy, book_id)


def uuid7s(instant: datetime) -> Callable[[bytes, int | None], UUID]:
    """`uuid7` of one instant, for thousands of ids."""
    same = ((instant - _EPOCH) // _MILLISECOND & (1 << 48) - 1) << 80 | 7 << 76 | 2 << 62

    def made(entropy: bytes, book_id: int | None) -> UUID:
        number = same | int.from_bytes(entropy[:10], "big") & _RANDOM_BITS
        if book_id is not None:
            number = number & ~_BOOK_MASK | book_id
        return DriverUUID(number.to_bytes(16, "big"))

    return made


class IdSource:
    """New ids on business time. With a seed they follow from it and a counter, so a replay gives the same ids."""

    def __init__(self, now: datetime, seed: str | None = None) -> None:
        self._now = now
        self._seed = seed
        self._count = 0

    def new(self) -> UUID:
        return uuid7(self._now, self._entropy())

    def _entropy(self) -> bytes:
        if self._seed is None:
            return secrets.token_bytes(10)
        self._count += 1
        return hashlib.blake2b(f"{self._seed}\0{self._count}".encode(), digest_size=10).digest()


@dataclass(frozen=True)
class TypeId:
    """Annotation: `WalletId = Annotated[UUID, TypeId("wal")]` is a UUID in Python and `wal_…` on the wire."""

    prefix: str

    def _read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return decode(self.prefix, value if isinstance(value, str) else "")
        except MalformedId as refusal:
            raise PydanticCustomError("malformed_id", "{detail}", {"detail": refusal.detail}) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        write: Callable[[UUID], str] = lambda value: encode(self.prefix, value)  # noqa: E731
        return core_schema.no_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(write, when_used="json")
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        pattern = f"^{self.prefix}_[0-7][{ALPHABET}]{{25}}$"
        return {"type": "string", "pattern": pattern, "examples": [f"{self.prefix}_01jdf3q8e7f5bt2m0xk5s8yq4c"]}
