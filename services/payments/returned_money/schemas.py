from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.returned_money.model import Report, ReportKind, ReportState

ReportId = Annotated[UUID, TypeId("rtn")]


class Hint(BaseModel):
    """What a bank sends; members we do not use are ignored. It moves nothing: the bank's own list is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    reference: Annotated[str, Field(max_length=64)] = ""


class Hinted(Answer):
    bank: str


class ClearReportRequest(Request):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ReportAnswer(Answer):
    """original: our record it is about; taken, owed: of a charge taken back. held_up: why it waits, or why nothing agrees with it."""

    id: ReportId
    bank: str
    bank_reference: str
    kind: ReportKind
    amount: int
    currency: str
    reason: str
    original: str | None
    state: ReportState
    taken: int
    owed: int
    held_up: str | None
    reported_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


def report_answer(report: Report) -> ReportAnswer:
    return ReportAnswer.model_validate(report)
