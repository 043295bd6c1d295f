"""Lists by keyset: `{"items": […], "next": cursor}`, 50 rows unless told, at most 200.

A cursor is opaque and signed, bound to the list it came from: an edited one is refused, never misread.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request

from chassis.errors import Malformed
from chassis.runtime import runtime_of
from chassis.wire import Answer

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
Row = TypeVar("Row")
Item = TypeVar("Item")


class MalformedCursor(Malformed):
    code = "malformed_cursor"


class Page(Answer, Generic[Item]):
    items: list[Item]
    next: str | None = None


@dataclass(frozen=True)
class PageRequest:
    """limit: rows wanted; after: key of the last row seen, or None for the first page."""

    limit: int
    after: tuple[Any, ...] | None
    path: str
    secret: bytes


async def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
) -> PageRequest:
    secret = _secret(request)
    key = None if after is None else read_cursor(after, request.url.path, secret)
    return PageRequest(limit, key, request.url.path, secret)


Paging = Annotated[PageRequest, Depends(_page_request)]


def page(rows: Sequence[Row], request: PageRequest, key: Callable[[Row], tuple[Any, ...]]) -> dict[str, Any]:
    """A page of rows of which the query was asked for limit + 1: the extra row says that there is a next page."""
    shown = list(rows[: request.limit])
    more = len(rows) > request.limit
    return {"items": shown, "next": write_cursor(key(shown[-1]), request.path, request.secret) if more else None}


def write_cursor(key: tuple[Any, ...], path: str, secret: bytes) -> str:
    body = json.dumps([_tagged(value) for value in key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(body, path, secret) + body).decode().rstrip("=")


def read_cursor(text: str, path: str, secret: bytes) -> tuple[Any, ...]:
    """The key inside a cursor. Raises MalformedCursor if it was not written here, for this list."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mark, body = raw[:12], raw[12:]
        if not hmac.compare_digest(mark, _mark(body, path, secret)):
            raise ValueError
        return tuple(_untagged(item) for item in json.loads(body))
    except (ValueError, KeyError, TypeError):
        raise MalformedCursor("the cursor was not given out by this list", field="after") from None


def _mark(body: bytes, path: str, secret: bytes) -> bytes:
    return hmac.new(secret, path.encode() + b"\0" + body, hashlib.sha256).digest()[:12]


def _secret(request: Request) -> bytes:
    return _secret_from(runtime_of(request).signer.key_file)


@lru_cache
def _secret_from(key_file: Path) -> bytes:
    """Derived from the service's own key, so that every replica reads the cursors of the others."""
    return hashlib.sha256(b"cursor\0" + key_file.read_bytes()).digest()


def _tagged(value: Any) -> Any:
    if isinstance(value, UUID):
        return ["u", value.hex]
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return value


_READ: dict[str, Callable[[str], Any]] = {"u": UUID, "t": datetime.fromisoformat, "d": date.fromisoformat}


def _untagged(value: Any) -> Any:
    return _READ[value[0]](value[1]) if isinstance(value, list) else value
