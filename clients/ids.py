"""TypeIDs as callers meet them: `trf_…` text on the wire, UUID in Python. The clients stand alone: their own copy.

Source: TypeID specification 0.3 and RFC 9562 (UUID version 7).
"""

import secrets
import time
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
DEFAULT_BOOK = 1
_BOOK_MASK = 0xFFFF
_LENGTH = 26


class MalformedId(ValueError):
    """The text is no TypeID of the expected kind."""


def encode(prefix: str, value: UUID) -> str:
    """`encode("trf", uuid)` → `trf_` and 26 characters."""
    letters = [ALPHABET[(value.int >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def decode(prefix: str, text: str) -> UUID:
    """The UUID of a TypeID with that prefix. Raises MalformedId for any other text."""
    head, _, body = text.rpartition("_")
    if head != prefix or len(body) != _LENGTH or body[0] > "7" or any(letter not in ALPHABET for letter in body):
        raise MalformedId(f"expected an id like {prefix}_ and {_LENGTH} characters")
    number = 0
    for letter in body:
        number = number << 5 | ALPHABET.index(letter)
    return UUID(int=number)


def with_book(value: UUID, book_id: int) -> UUID:
    """The same id in a ledger book (0 … 65535): its last 16 bits name the book."""
    return UUID(int=value.int & ~_BOOK_MASK | book_id)


def book_of(value: UUID) -> int:
    return value.int & _BOOK_MASK


def new_id(book_id: int = DEFAULT_BOOK) -> UUID:
    """A fresh UUIDv7 in a book. For a transfer that must survive a crash, make the id first and store it."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return with_book(UUID(int=number), book_id)


@dataclass(frozen=True)
class TypeId:
    """Annotation for shapes: `Annotated[UUID, TypeId("acc")]` reads and writes `acc_…`."""

    prefix: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(self._write, when_used="json"),
        )

    def _read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return decode(self.prefix, value if isinstance(value, str) else "")
        except MalformedId as fault:
            raise PydanticCustomError("malformed_id", "{detail}", {"detail": str(fault)}) from None

    def _write(self, value: UUID) -> str:
        return encode(self.prefix, value)


AccountId = Annotated[UUID, TypeId("acc")]
TransferId = Annotated[UUID, TypeId("trf")]
CustomerId = Annotated[UUID, TypeId("cus")]
WalletId = Annotated[UUID, TypeId("wal")]
MerchantId = Annotated[UUID, TypeId("mer")]
OrderId = Annotated[UUID, TypeId("ord")]
CardId = Annotated[UUID, TypeId("crd")]
TopUpId = Annotated[UUID, TypeId("tup")]
WithdrawalId = Annotated[UUID, TypeId("wdr")]
