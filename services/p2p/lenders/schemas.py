"""Risk levels on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chassis import wire
from services.p2p.lenders.model import Assessment
from services.p2p.wire_ids import AssessmentId

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class AssessmentRequest(wire.Request):
    """answers: the code of an option for the code of each question."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    answers: Annotated[dict[Code, Code], Field(max_length=50)]


class OptionAnswer(wire.Answer):
    code: str
    names: dict[str, str]


class QuestionAnswer(wire.Answer):
    code: str
    names: dict[str, str]
    options: list[OptionAnswer]


class QuestionnaireAnswer(wire.Answer):
    """names: by language (`zh`, `en`). most_a_day, most_a_year: how often it may be answered, as limits_source says."""

    version: int
    valid_from: wire.Day
    valid_months: int
    questions: list[QuestionAnswer]
    most_a_day: int
    most_a_year: int
    limits_source: str


class AssessmentAnswer(wire.Answer):
    """level: 1, the most careful, to 5; it counts until the day valid_until_on begins."""

    id: AssessmentId
    version: int
    answers: dict[str, str]
    points: int
    level: int
    taken_on: wire.Day
    valid_until_on: wire.Day
    taken_at: datetime


def assessment_answer(assessment: Assessment) -> AssessmentAnswer:
    return AssessmentAnswer.model_validate(assessment)
