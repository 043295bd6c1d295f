"""What a call to a neighbour can end in, apart from its answer.

ClientError
├── Refused            the neighbour answered: no. `code` says why; nothing was done
├── Unreachable        no usable answer; `outcome_known` tells whether anything can have been done
│   └── CircuitOpen    not even tried: the neighbour has been failing
└── DeadlineExceeded   no answer in time: the outcome is unknown
"""

from typing import Any


class ClientError(Exception):
    """Base of everything a client raises for a call."""

    outcome_known: bool = False


class Refused(ClientError):
    """A problem document (RFC 9457). `facts` holds its further members."""

    outcome_known = True

    def __init__(self, code: str, *, field: str | None, detail: str, status: int, facts: dict[str, Any]) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.code = code
        self.field = field
        self.detail = detail
        self.status = status
        self.facts = facts


class Unreachable(ClientError):
    """Connection refused or broken, or the neighbour failed (5xx), after every permitted try."""

    def __init__(self, detail: str, *, outcome_known: bool = False) -> None:
        super().__init__(detail)
        self.outcome_known = outcome_known


class CircuitOpen(Unreachable):
    def __init__(self, detail: str) -> None:
        super().__init__(detail, outcome_known=True)


class DeadlineExceeded(ClientError):
    """The overall deadline passed. Ask again with the same key, or query, before believing anything."""
