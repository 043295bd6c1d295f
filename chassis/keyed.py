"""Which calls need an Idempotency-Key: every writing one, but those that are marked.

    @router.post("/preview", openapi_extra=KEYLESS)

Marked are calls that write nothing (previews), answer secrets that are never stored (sign-in), or carry an id of their own that makes
a retry harmless (ledger transfers). Both what is asked for and what the contract says come from this mark alone.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from chassis.idempotency import LONGEST_KEY, checked_key

HEADER = "Idempotency-Key"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MARK = "x-keyless"
KEYLESS: dict[str, Any] = {_MARK: True}
_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Made by the caller, another for each thing that shall happen. The same request under the same key happens once:"
    " every later one gets the stored answer, with `Idempotency-Replayed: true`, for 90 days; another request under it is refused.",
}


def keyless(request: Request) -> bool:
    """Whether the call needs no key."""
    marks: Mapping[str, Any] = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    return request.method not in WRITING or _MARK in marks


def require_key(request: Request) -> None:
    """Raises KeyRequired or KeyTooLong, before anything else of the request is looked at."""
    if not keyless(request):
        checked_key(request.headers.get(HEADER))


def publish(method: str, operation: dict[str, Any]) -> None:
    """Say so in an operation of the contract; the mark itself is not published."""
    marked = operation.pop(_MARK, False)
    if method.upper() in WRITING and not marked:
        operation.setdefault("parameters", []).append(dict(_PARAMETER))
