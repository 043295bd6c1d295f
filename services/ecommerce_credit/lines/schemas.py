"""Credit lines on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chassis import wire
from services.ecommerce_credit.lines.model import Line, LineStep
from services.ecommerce_credit.wire_ids import LimitId, LineId, ShopId

StateName = Literal["open", "expired", "closed"]


class LineRequest(wire.Request):
    """limit_id: an approved limit, accepted by this."""

    limit_id: LimitId


class LineAnswer(wire.Answer):
    """pending_minor: drawings under way; outstanding_minor: principal owed; available_minor: what may be drawn now.

    daily_rate: of drawings to come; due_at: until when it may be drawn on.
    """

    id: LineId
    shop_id: ShopId
    owner: str
    limit_id: LimitId
    limit_minor: int
    currency: str
    daily_rate: wire.Rate
    term_months: int
    state: StateName
    pending_minor: int
    outstanding_minor: int
    available_minor: int
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    due_at: datetime | None


class LineStepAnswer(wire.Answer):
    number: int
    event: str | None
    state: StateName
    limit_id: LimitId
    limit_minor: int
    taken_by: str
    taken_at: datetime


class LineStepsAnswer(wire.Answer):
    items: list[LineStepAnswer]


def line_answer(line: Line) -> LineAnswer:
    return LineAnswer.model_validate(line)


def line_steps_answer(steps: Sequence[LineStep]) -> LineStepsAnswer:
    return LineStepsAnswer(items=[LineStepAnswer.model_validate(step) for step in steps])
