"""`/v1/scorecards`: the tables that grade, for everybody to read."""

from typing import Annotated

from fastapi import APIRouter, Path

from chassis.identity import Caller, requires
from services.p2p.errors import UnknownScorecard
from services.p2p.scorecards.model import CODE
from services.p2p.scorecards.publications import CURRENT, every, version
from services.p2p.scorecards.schemas import ScorecardAnswer, ScorecardsAnswer, scorecard_answer

router = APIRouter(prefix="/v1/scorecards", tags=["applications"])
Reader = Annotated[Caller, requires("p2p:read")]
Name = Annotated[str, Path(max_length=40)]


@router.get("")
async def list_scorecards(caller: Reader) -> ScorecardsAnswer:
    """Every version that anything was ever graded by, from the oldest."""
    return ScorecardsAnswer(items=[scorecard_answer(one, CURRENT) for one in every()])


@router.get("/{code}/versions/{number}")
async def read_scorecard(caller: Reader, code: Name, number: Name) -> ScorecardAnswer:
    """A version with its points, the words of its reasons, and its validation report where it was learned."""
    if code != CODE:
        raise UnknownScorecard("no such scorecard", field="code")
    return scorecard_answer(version(number), CURRENT)
