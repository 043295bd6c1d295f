"""Checks on the wire, for operators."""

from datetime import datetime
from typing import Literal

from chassis import wire


class CheckAnswer(wire.Answer):
    """code: why it failed; lenders, owed_minor, past_due_minor: what the credit bureau knows of other lenders."""

    kind: Literal["identity", "bureau"]
    state: Literal["pending", "passed", "failed"]
    code: str | None
    lenders: int | None
    owed_minor: int | None
    past_due_minor: int | None
    tries: int
    asked_at: datetime
    ended_at: datetime | None


class ChecksAnswer(wire.Answer):
    items: list[CheckAnswer]
