"""Stories of a lender's risk level."""

from collections.abc import Mapping

from chassis.database import Tx
from chassis.identity import Caller
from finance.calendars import add_months
from services.p2p.errors import CustomersOnly
from services.p2p.lenders import queries, rules
from services.p2p.lenders.errors import QuestionnaireOutdated
from services.p2p.lenders.model import Assessment
from services.p2p.programmes.model import Programme


async def assess(tx: Tx, caller: Caller, *, version: int, answers: Mapping[str, str]) -> Assessment:
    """A lender answers the questionnaire; her newest level counts.

    Raises CustomersOnly, QuestionnaireOutdated, TooManyTries, AnswersWrong.
    """
    if caller.customer is None:
        raise CustomersOnly("a customer answers for herself")
    questionnaire = await queries.questionnaire(tx.connection, tx.today)
    if version != questionnaire.version:
        detail = f"version {questionnaire.version} is asked today"
        raise QuestionnaireOutdated(detail, field="version", version=questionnaire.version)
    points, level = rules.score(questionnaire, answers)
    before, of_day, of_year = await queries.tries(
        tx.connection, caller.party, tx.today, year_from=add_months(tx.today, -12)
    )
    rules.require_few(questionnaire, of_day, of_year)
    assessment = Assessment(
        id=tx.ids.new(),
        lender=caller.party,
        number=before + 1,
        version=version,
        answers=answers,
        points=points,
        level=level,
        taken_on=tx.today,
        valid_until_on=add_months(tx.today, questionnaire.valid_months),
        taken_at=tx.now,
    )
    await queries.add(tx.connection, assessment)
    return assessment


async def require_level(tx: Tx, lender: str, programme: Programme, grade: str) -> None:
    """Before she lends on a loan of that grade, or buys a claim on it. Raises NoRiskLevel, LevelTooLow."""
    needed = programme.level_by_grade.get(grade)
    found = None if needed is None else await queries.latest(tx.connection, lender)
    rules.require_level(needed, found, tx.today)
