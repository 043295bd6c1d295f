"""What a lender can bear: the questionnaire, her level, and what it opens and closes."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from chassis.ids import encode
from clients.ids import new_id
from services.p2p.lenders import rules
from services.p2p.lenders.errors import AnswersWrong
from services.p2p.lenders.model import Option, Question, Questionnaire
from tests.conftest import Serve
from tests.p2p.people import BOLD, TERMS, Door, World
from tests.p2p.test_losses import register
from tests.p2p.test_programmes import HARBOUR

CAREFUL = {
    "age": "over_70",
    "income": "below_100k",
    "share": "most",
    "debts": "much",
    "knowledge": "none",
    "horizon": "weeks",
    "aim": "keep",
    "loss": "nothing",
}


def asked(*most: int) -> Questionnaire:
    """Questions with answers of 0 to 5 points, the last of which allows no more than a level."""
    questions = tuple(
        Question(
            f"q{number}",
            {},
            tuple(Option(f"a{points}", {}, points, limit if points == 5 else 5) for points in range(6)),
        )
        for number, limit in enumerate(most)
    )
    return Questionnaire(1, date(2026, 1, 1), 12, (3, 5, 7, 9), questions)


@pytest.mark.parametrize(
    ("points", "level"), [((0, 0), 1), ((2, 0), 1), ((3, 0), 2), ((4, 1), 3), ((4, 3), 4), ((4, 4), 4), ((4, 5), 5)]
)
def test_points_make_the_level(points: tuple[int, int], level: int) -> None:
    answers = {f"q{number}": f"a{own}" for number, own in enumerate(points)}
    assert rules.score(asked(5, 5), answers) == (sum(points), level)


def test_an_answer_may_close_levels_whatever_the_points() -> None:
    assert rules.score(asked(5, 2), {"q0": "a5", "q1": "a5"}) == (10, 2)


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"q0": "a1"}, "answers.q1"), ({"q0": "a1", "q1": "a9"}, "answers.q1"), ({"q0": "a1", "q1": "a1", "q2": "a1"}, "answers.q2")],
)  # fmt: skip
def test_every_question_is_answered_with_one_of_its_options(answers: dict[str, str], field: str) -> None:
    with pytest.raises(AnswersWrong) as refused:
        rules.score(asked(5, 5), answers)
    assert refused.value.field == field


async def test_the_questionnaire_is_read_answered_and_kept(world: World) -> None:
    await world.pass_time(timedelta(hours=1))
    person, other = world.person(), world.person()
    shown = await person.lending.get("/v1/risk-questionnaire")
    assert {question["code"] for question in shown["questions"]} == set(BOLD) == set(CAREFUL)
    assert all(set(one["names"]) == {"zh", "en"} for question in shown["questions"] for one in question["options"])
    assert "points" not in shown["questions"][0]["options"][0]
    careful = await person.assess(**CAREFUL)
    assert (careful["points"], careful["level"]) == (1, 1)
    bold = await person.assess()
    assert (bold["points"], bold["level"]) == (40, 5)
    cautious = await person.assess(aim="keep")
    assert (cautious["points"], cautious["level"]) == (35, 1)
    body = {"version": 1, "answers": BOLD}
    assert await person.lending.refused("/v1/risk-assessments", body) == (409, "too_many_tries", None)
    await other.assess()
    listed = (await person.lending.get("/v1/risk-assessments"))["items"]
    assert [one["level"] for one in listed] == [1, 5, 1]
    await world.pass_time(timedelta(days=1))
    assert (await person.assess())["level"] == 5


async def test_what_is_no_answer(serve: Serve) -> None:
    """payments is not asked: it is away."""
    served = await serve("p2p")
    customer = encode("cus", new_id())
    lender, operator = Door(served.client(customer), customer), Door(served.client(), "stf_tests")
    later = datetime.fromisoformat((await operator.get("/v1/clock"))["business_at"]) + timedelta(hours=1)
    stands = await operator.http.put("/v1/clock", json={"business_at": later.isoformat()})
    assert stands.status_code == 200
    path, body = "/v1/risk-assessments", {"version": 1, "answers": BOLD}
    assert await operator.refused(path, body) == (403, "customers_only", None)
    assert await lender.refused(path, body | {"version": 2}) == (409, "questionnaire_outdated", "version")
    odd = body | {"answers": BOLD | {"age": "young"}}
    assert await lender.refused(path, odd) == (422, "answers_wrong", "answers.age")
    assert (await lender.get(path))["items"] == []
    answers = await asyncio.gather(*(lender.post(path, body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5, (
        "three a day, however many at once"
    )


async def test_nobody_tries_until_the_level_fits(world: World) -> None:
    """Eight times in twelve months, three of them a day: the ninth waits until the first is a year ago."""
    lender = world.person()
    for tries in (3, 3, 2):
        for _ in range(tries):
            await lender.assess(loss="nothing")
        await world.pass_time(timedelta(days=1))
    path, body = "/v1/risk-assessments", {"version": 1, "answers": BOLD}
    answer = (await lender.lending.post(path, body)).json()
    assert (answer["code"], answer["per"], answer["most"]) == ("too_many_tries", "year", 8)
    asked = await lender.lending.get("/v1/risk-questionnaire")
    assert (asked["most_a_day"], asked["most_a_year"]) == (3, 8)
    assert "custom of the platforms, entered on 2026-12-07" in asked["limits_source"]
    await world.pass_time(timedelta(days=361))
    assert (await lender.lending.post(path, body)).status_code == 409, "the day before"
    await world.pass_time(timedelta(days=1))
    assert (await lender.assess())["level"] == 5


async def test_nobody_bids_without_a_level_that_the_programme_asks_for(world: World) -> None:
    terms = HARBOUR | {"level_by_grade": {"A": 3}, "terms_months": [12], "largest_lender_share": "0.5"}
    await world.operator.made("/v1/programmes/harbour/versions", terms)
    await register(world, programmes=["harbour"])
    listing = await world.listed(world.person(), programme="harbour", method="bullet")
    assert listing["grade"] == "A"
    path, body = f"/v1/listings/{listing['id']}/bids", {"amount": 100_000, "currency": "CNY"}
    lender = world.person()
    assert await lender.lending.refused(path, body) == (409, "no_risk_level", None)
    await lender.assess(loss="nothing")
    assert await lender.lending.refused(path, body) == (409, "level_too_low", None)
    assert (await lender.lending.get("/v1/bids"))["items"] == []
    await world.give(lender, 1_000_000)
    assert (await lender.assess(loss="tenth"))["level"] == 3
    assert (await lender.bid(listing["id"], 400_000))["state"] == "placed"
    above = await lender.lending.refused(path, body | {"amount": 200_000})
    assert above == (422, "above_lender_share", "amount")
    assert (await lender.bid(listing["id"], 100_000))["state"] == "placed"


async def test_a_level_counts_for_a_year(world: World) -> None:
    lender = await world.rich(100_000)
    await world.pass_time(timedelta(days=366))
    listing = await world.listed(world.person(), **TERMS)
    body = {"amount": 100_000, "currency": "CNY"}
    path = f"/v1/listings/{listing['id']}/bids"
    assert await lender.lending.refused(path, body) == (409, "no_risk_level", None)
    await lender.assess()
    assert (await lender.bid(listing["id"], 100_000))["state"] == "placed"
