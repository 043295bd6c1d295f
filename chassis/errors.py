"""Kinds of refusal, and the one shape in which they leave a service (RFC 9457).

A service draws its own tree on these kinds::

    class InsufficientFunds(Conflict):
        code = "insufficient_funds"

A kind decides the HTTP status; `chassis.problems` alone turns it into a response. `code` is stable and
part of the published contract, `field` names the offending input, `facts` are further members.
"""

from typing import Any, ClassVar

PROBLEM_CONTENT_TYPE = "application/problem+json"


class Refusal(Exception):
    """Something a caller asked for that will not be done. Never a fault of the service."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "refused"
    passes_in_seconds: ClassVar[int | None] = None
    """When to ask again, where the fact `retry_after_seconds` does not say it."""
    remembers: ClassVar[bool] = False
    """Whether something is written down of it (`remember`)."""

    def __init__(self, detail: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.facts = facts

    async def remember(self, tx: Any) -> None:
        """Write in the story's transaction, after all that the story wrote was taken back, what stands of the refusal.

        Raises another refusal, which is answered instead.
        """

    def problem(self, instance: str | None = None) -> dict[str, Any]:
        """The RFC 9457 document: `type`, `title`, `status`, `detail`, `code` and, where known, `field`."""
        document: dict[str, Any] = {
            "type": f"urn:sifang:problem:{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.field is not None:
            document["field"] = self.field
        if instance is not None:
            document["instance"] = instance
        return document | {name: value for name, value in self.facts.items() if name not in document}


class Malformed(Refusal):
    """The request could not be read at all: broken JSON, a missing header, a forged cursor."""

    status = 400
    code = "malformed"


class Unauthenticated(Refusal):
    status = 401
    code = "unauthenticated"


class Forbidden(Refusal):
    status = 403
    code = "forbidden"


class NotFound(Refusal):
    """Unknown, or another's: the two answer alike, so that ids cannot be probed."""

    status = 404
    code = "not_found"


class Conflict(Refusal):
    """A rule of the business refuses, given the state it found. Stored under the caller's key."""

    status = 409
    code = "conflict"


class TooLarge(Refusal):
    status = 413
    code = "body_too_large"


class Invalid(Refusal):
    """Well-formed, but a value is not allowed whatever the state."""

    status = 422
    code = "invalid"


class TooMany(Refusal):
    status = 429
    code = "too_many_requests"


class Unavailable(Refusal):
    """Something this service stands on does not answer; the same request may succeed later."""

    status = 503
    code = "unavailable"
    passes_in_seconds = 1
