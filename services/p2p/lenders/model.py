"""A lender's risk level (风险承受能力): what she answered to which version of the questionnaire, and how long that counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Option:
    """most_level: whoever answers so has at most that level, whatever her points."""

    code: str
    names: Mapping[str, str]
    points: int
    most_level: int = 5


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    names: Mapping[str, str]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """least_points: of levels 2, 3, 4 and 5, rising; below the first it is level 1.

    most_a_day, most_a_year: how often one lender may answer, whatever the version, lest she tries until the level fits; limits_source: the
    rule that says so.
    """

    version: int
    valid_from: date
    valid_months: int
    least_points: tuple[int, ...]
    questions: tuple[Question, ...]
    most_a_day: int = 3
    most_a_year: int = 8
    limits_source: str = "the house's own"


@dataclass(frozen=True, slots=True)
class Assessment:
    """number: of the lender's, from 1: the highest counts. valid_until_on: the first day on which it counts no more."""

    id: UUID
    lender: str
    number: int
    version: int
    answers: Mapping[str, str]
    points: int
    level: int
    taken_on: date
    valid_until_on: date
    taken_at: datetime
