from typing import Annotated

from pydantic import Field

from chassis.wire import Amount, Answer, Day, Request
from sandbox.statements.model import FaultKind


class FaultRequest(Request):
    """on: whose statement is to be wrong, or the day whose payout comes back. seed: which booking; the same one for the same seed.

    amount: by how much a wrong amount is too large, or what an unexplained credit brings.
    """

    kind: Annotated[FaultKind, Field(strict=False)]
    on: Day
    seed: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    amount: Amount = 100


class FaultAnswer(Answer):
    """position: the booking that is shown wrongly, or that was made without anybody asking."""

    position: int
    kind: FaultKind
    amount_by: int


class FaultsAnswer(Answer):
    items: list[FaultAnswer]
    next: int | None
