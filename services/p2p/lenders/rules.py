"""What answers are worth, and what a level allows."""

from collections.abc import Mapping
from datetime import date

from services.p2p.lenders.errors import AnswersWrong, LevelTooLow, NoRiskLevel, TooManyTries
from services.p2p.lenders.model import Assessment, Option, Questionnaire


def require_few(questionnaire: Questionnaire, of_day: int, of_year: int) -> None:
    """of_day, of_year: how often she answered today, and in the twelve months to today. Raises TooManyTries."""
    for per, tried, most in (
        ("day", of_day, questionnaire.most_a_day),
        ("year", of_year, questionnaire.most_a_year),
    ):
        if tried >= most:
            raise TooManyTries(f"at most {most} times a {per}", per=per, most=most)


def score(questionnaire: Questionnaire, answers: Mapping[str, str]) -> tuple[int, int]:
    """Points and level, 1 to 5, of one answer to each question. Raises AnswersWrong."""
    chosen = _chosen(questionnaire, answers)
    points = sum(option.points for option in chosen)
    level = 1 + sum(points >= least for least in questionnaire.least_points)
    return points, min(level, *(option.most_level for option in chosen))


def require_level(needed: int | None, assessment: Assessment | None, today: date) -> None:
    """needed: the programme's for the grade, None where it asks for none. Raises NoRiskLevel, LevelTooLow."""
    if needed is None:
        return
    if assessment is None:
        raise NoRiskLevel("the risk questionnaire comes first", needed_level=needed)
    if assessment.valid_until_on <= today:
        ended = assessment.valid_until_on.isoformat()
        raise NoRiskLevel("the risk questionnaire is to be answered again", needed_level=needed, valid_until_on=ended)
    if assessment.level < needed:
        raise LevelTooLow("the loan is riskier than her level allows", level=assessment.level, needed_level=needed)


def _chosen(questionnaire: Questionnaire, answers: Mapping[str, str]) -> list[Option]:
    asked = {question.code: question for question in questionnaire.questions}
    for code in answers:
        if code not in asked:
            raise AnswersWrong("no such question", field=f"answers.{code}")
    chosen = []
    for code, question in asked.items():
        option = next((one for one in question.options if one.code == answers.get(code)), None)
        if option is None:
            raise AnswersWrong("one of its options is the answer", field=f"answers.{code}")
        chosen.append(option)
    return chosen
