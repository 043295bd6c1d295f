"""Facts → points → grade, with the reasons."""

from finance.scorecards.cards import score
from services.p2p.applications.model import Grading
from services.p2p.scorecards.measures import Asked, measures_of
from services.p2p.scorecards.publications import CURRENT, version

NO_INCOME = "no_income"
PAST_DUE_NOW = "accounts_past_due"
AGE = "age_outside_bounds"
LOWEST = "lowest_grade"
LOWEST_GRADE = "E"
REFUSALS = (NO_INCOME, PAST_DUE_NOW, AGE, LOWEST)


def grading_of(asked: Asked, *, age_allowed: bool = True, scorecard_version: str = CURRENT) -> Grading:
    """Score, grade and reasons by a version of the scorecard. refusals name what forbids a loan whatever the score."""
    card = version(scorecard_version).card
    scored = score(card, measures_of((one.name for one in card.characteristics), asked))
    grade = scored.grade or LOWEST_GRADE
    refusals = tuple(_refusals(asked, grade, age_allowed=age_allowed))
    return Grading(scorecard_version, scored.points, grade, scored.reasons, refusals)


def _refusals(asked: Asked, grade: str, *, age_allowed: bool) -> list[str]:
    found = {
        NO_INCOME: asked.facts.annual_income_minor == 0,
        PAST_DUE_NOW: asked.facts.accounts_past_due > 0,
        AGE: not age_allowed,
        LOWEST: grade == LOWEST_GRADE,
    }
    return [code for code, holds in found.items() if holds]
