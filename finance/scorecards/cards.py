"""Scorecards: points for what is known of an applicant, their sum, what it says, and the reasons to tell.

A scorecard is plain data, made by hand or learned (`finance.scorecards.learning`), kept as a readable table of JSON
(`finance.scorecards.json_table`). Scoring is exact and needs the standard library alone; `finance.scorecards.portfolios` does the
same for whole columns.

Terms and conventions are those of N. Siddiqi, "Credit Risk Scorecards" (Wiley, 2006), chapter 6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp, log

from finance.errors import MissingArgument, OutOfRange
from finance.exact import decimal, integer, of_kind
from finance.scorecards.characteristics import (
    LARGEST_POINTS,
    Characteristic,
    MalformedScorecard,
    Value,
    best_points,
    check_distinct,
    check_length,
    check_text,
)

MOST_REASONS = 4
"""More are not likely to help: official interpretation of Regulation B (12 CFR 1002, supplement I), 9(b)(2), number 1."""
LARGEST_CHARACTERISTICS, LARGEST_GRADES = 200, 100
LARGEST_ODDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Scaling:
    """What points mean: at `points` there are `odds` good to one bad, and `points_to_double_odds` more double that."""

    points: int
    odds: Decimal
    points_to_double_odds: int

    def probability_of_bad(self, points: int) -> float:
        """1 / (1 + odds·2^((points − self.points) / points_to_double_odds)); Siddiqi, "Scorecard scaling"."""
        log_odds = log(self.odds) + (points - self.points) / self.points_to_double_odds * log(2)
        smaller = exp(-abs(log_odds))
        return smaller / (1 + smaller) if log_odds > 0 else 1 / (1 + smaller)

    def check(self) -> None:
        integer(self.points, "scaling.points", least=-LARGEST_POINTS, most=LARGEST_POINTS)
        integer(self.points_to_double_odds, "scaling.points_to_double_odds", least=1, most=LARGEST_POINTS)
        if not 1 <= decimal(self.odds, "scaling.odds") * LARGEST_ODDS <= LARGEST_ODDS**2:
            raise OutOfRange(f"odds must be from 1/{LARGEST_ODDS} to {LARGEST_ODDS}", field="scaling.odds")


@dataclass(frozen=True, slots=True)
class Grade:
    """A name for the scores from `lowest_points` up to the grade above; the last one has None and takes all others."""

    name: str
    lowest_points: int | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The table: `base_points` for everybody and the points of one attribute of each characteristic.

    Raises `MalformedScorecard`, `OutOfRange`, `InexactNumber`, with the path to what is wrong.
    """

    name: str
    version: str
    base_points: int
    characteristics: tuple[Characteristic, ...]
    scaling: Scaling | None = None
    grades: tuple[Grade, ...] = ()

    def __post_init__(self) -> None:
        check_text(self.name, "name")
        check_text(self.version, "version")
        integer(self.base_points, "base_points", least=-LARGEST_POINTS, most=LARGEST_POINTS)
        check_length(self.characteristics, LARGEST_CHARACTERISTICS, "characteristics")
        for at, one in enumerate(self.characteristics):
            of_kind(one, Characteristic, f"characteristics[{at}]").check(f"characteristics[{at}]")
        check_distinct((one.name for one in self.characteristics), "characteristics")
        if self.scaling is not None:
            of_kind(self.scaling, Scaling, "scaling").check()
        _check_grades(self.grades)


@dataclass(frozen=True, slots=True)
class Part:
    """What one characteristic gave, and what its best bin gives."""

    characteristic: str
    attribute: str
    points: int
    best_points: int
    reason: str

    @property
    def lost_points(self) -> int:
        return max(0, self.best_points - self.points)


@dataclass(frozen=True, slots=True)
class Scored:
    """points: the base and all parts. probability_bad, grade: None where the card has no scaling, no grades."""

    points: int
    probability_bad: float | None
    grade: str | None
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]


def score(card: Scorecard, facts: Mapping[str, Value]) -> Scored:
    """The score of one applicant. Facts the card has no use for are ignored; those it needs must be there, if as None.

    Raises `MissingArgument` for a fact that is absent, `InexactNumber` for one of the wrong type, `OutOfRange` for one the
    card has no rule for; `field` is the name of the characteristic.
    """
    of_kind(card, Scorecard, "card")
    of_kind(facts, Mapping, "facts")
    parts = tuple(_part(one, facts) for one in card.characteristics)
    points = card.base_points + sum(part.points for part in parts)
    probability = card.scaling.probability_of_bad(points) if card.scaling else None
    return Scored(points, probability, grade_of(card, points), parts, reasons_of(parts))


def grade_of(card: Scorecard, points: int) -> str | None:
    return next((one.name for one in card.grades if one.lowest_points is None or points >= one.lowest_points), None)


def reasons_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """The codes of the characteristics that gave fewer points than their best bin: the largest loss first, equal losses
    in the order of the card, each code once, at most `MOST_REASONS`.

    Regulation B leaves the method to the creditor if it gives similar results to the distance from an average (supplement
    I, 9(b)(2), number 5). Against the best bin no reference group is needed, and a full score is never a reason.
    """
    lost = sorted((part for part in parts if part.lost_points), key=lambda part: -part.lost_points)
    return tuple(dict.fromkeys(part.reason for part in lost))[:MOST_REASONS]


def _part(characteristic: Characteristic, facts: Mapping[str, Value]) -> Part:
    name = characteristic.name
    if name not in facts:
        raise MissingArgument(f"{name} is needed; what is not known is given as None", field=name)
    attribute = characteristic.attribute_of(facts[name])
    return Part(name, attribute.label, attribute.points, best_points(characteristic), characteristic.reason)


def _check_grades(grades: tuple[Grade, ...]) -> None:
    check_length(grades, LARGEST_GRADES, "grades")
    above = LARGEST_POINTS + 1
    for at, grade in enumerate(grades):
        path = f"grades[{at}]"
        check_text(of_kind(grade, Grade, path).name, path)
        if (grade.lowest_points is None) != (at == len(grades) - 1):
            raise MalformedScorecard("the last grade, and no other, takes all lower scores", field=path)
        if grade.lowest_points is not None:
            if integer(grade.lowest_points, path, least=-LARGEST_POINTS) >= above:
                raise MalformedScorecard("grades must be in falling order", field=path)
            above = grade.lowest_points
    check_distinct((grade.name for grade in grades), "grades")
