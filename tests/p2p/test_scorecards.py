"""The tables that grade: learned again to the byte, read strictly, explained; and what was graded by an older one stays what it was."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from finance.scorecards.cards import score
from finance.scorecards.json_table import from_json, to_json
from services.p2p.applications.score import grading_of
from services.p2p.borrowers.model import Facts, Home
from services.p2p.errors import UnknownScorecard
from services.p2p.scorecards import outcomes, publications
from services.p2p.scorecards.measures import MEASURES, Asked, measures_of
from services.p2p.scorecards.reasons import REASONS, words_of
from tests.p2p.people import Door

CASES = Path(__file__).resolve().parents[3] / "shared/data/loans_lendingclub/outcomes_2007_2011.csv"
DAY = date(2026, 11, 24)
GOOD = Facts(
    annual_income_minor=30_000_000,
    monthly_debt_minor=100_000,
    debts_elsewhere_minor=500_000,
    credit_limit_minor=10_000_000,
    credit_since_year=2000,
    employment_months=120,
    home=Home.OWN,
)
ROW = {
    "loan_amnt": "5000", "term": "60 months", "emp_length": "10+ years", "home_ownership": "OTHER", "annual_inc": "24000",
    "delinq_2yrs": "1", "inq_last_6mths": "3", "pub_rec": "1", "revol_bal": "13648", "revol_util": "83.70%",
}  # fmt: skip


def asked(facts: Facts = GOOD, amount: int = 100_000, term: int = 12) -> Asked:
    return Asked(facts, amount, "CNY", term, DAY)


@pytest.mark.skipif(not CASES.exists(), reason="the closed loans lie outside the project")
def test_the_card_is_learned_again_to_the_byte() -> None:
    from services.p2p.scorecards.learning import learned

    card, report = learned(CASES)
    assert to_json(card) == publications.table_file(publications.LEARNED).read_text(encoding="utf-8")
    shipped = json.loads(publications.report_file(publications.LEARNED).read_text(encoding="utf-8"))
    assert json.loads(json.dumps(report)) == shipped


def test_the_report_says_what_the_card_is_worth() -> None:
    """On cases newer than those it was learned from: it ranks, its chances come true grade by grade, the population is the same."""
    report = publications.version(publications.LEARNED).report
    assert report is not None
    assert (report["learned_from"], report["cases"]) == ({"cases": 19_496, "judged": 8_356}, 8_356)
    assert report["separation"]["auc"] > 0.67
    assert report["psi"] < 0.1
    grades = report["grades"]
    assert [one["grade"] for one in grades] == ["A", "B", "C", "D", "E"]
    shares = [one["bad_share"] for one in grades]
    assert shares == sorted(shares)
    for one in grades:
        assert abs(one["bad_share"] - one["expected_bad_share"]) < 0.02


def test_every_version_is_read_strictly_and_every_reason_has_words() -> None:
    for published in publications.every():
        text = publications.table_file(published.version).read_text(encoding="utf-8")
        assert from_json(text) == published.card
        assert to_json(published.card) == text
        for one in published.card.characteristics:
            assert one.name in MEASURES
            assert one.reason in REASONS
    with pytest.raises(UnknownScorecard):
        publications.version("2020-01-01")


def test_a_code_without_words_stands_for_itself() -> None:
    assert words_of("something_new") == ("something_new", "something_new")


def test_the_best_facts_lose_nothing() -> None:
    for version in publications.VERSIONS:
        grading = grading_of(asked(), scorecard_version=version)
        assert (grading.scorecard_version, grading.grade, grading.reasons, grading.refusals) == (version, "A", (), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"debts_elsewhere_minor": 9_500_000}, "credit_nearly_used_up"),
        ({"annual_income_minor": 5_000_000}, "low_income"),
        ({"credit_inquiries_12m": 5}, "many_credit_inquiries"),
        ({"credit_inquiries_6m": 1}, "many_credit_inquiries"),
        ({"bankruptcies": 1}, "bankruptcy_on_record"),
    ],
)
def test_each_fact_that_costs_points_is_a_reason(changes: dict[str, int], reason: str) -> None:
    grading = grading_of(asked(replace(GOOD, **changes)))  # type: ignore[arg-type]
    assert grading.reasons == (reason,)
    assert grading.score < grading_of(asked()).score


def test_a_large_amount_and_a_long_term_cost_points() -> None:
    assert grading_of(asked(amount=20_000_000)).reasons == ("amount_high_for_income",)
    assert grading_of(asked(term=60)).reasons == ("long_term",)


def test_the_card_made_by_hand_grades_as_it_did() -> None:
    """Two scores that the first version gave when it was in use."""
    by_hand = publications.BY_HAND
    worse = replace(
        GOOD, late_payments_2y=3, bankruptcies=1, employment_months=1, home=Home.RENT, credit_inquiries_12m=9
    )
    first, second = (grading_of(asked(facts), scorecard_version=by_hand) for facts in (GOOD, worse))
    assert (first.score, first.grade) == (689, "A")
    assert (second.score, second.grade) == (620, "B")
    assert second.reasons == (
        "paid_late_recently",
        "many_credit_inquiries",
        "short_employment",
        "bankruptcy_on_record",
    )


def test_what_is_not_declared_is_not_known() -> None:
    nothing = replace(GOOD, annual_income_minor=0, credit_limit_minor=0)
    found = measures_of(MEASURES, Asked(nothing, 100_000, "XAU", 12, DAY))
    assert found["credit_used_percent"] is None
    assert found["amount_percent_of_income"] is None
    assert found["income_percent_of_reference"] is None
    assert grading_of(asked(nothing)).refusals[0] == "no_income"


def test_a_case_is_read_as_a_borrower_would_declare_it() -> None:
    found = outcomes.asked_of(ROW)
    card = publications.version(publications.LEARNED).card
    measures = measures_of((one.name for one in card.characteristics), found)
    assert {name: str(value) for name, value in measures.items()} == {
        "term_months": "60",
        "credit_used_percent": "83.7",
        "amount_percent_of_income": "20.8",
        "income_percent_of_reference": "40.7",
        "credit_inquiries_6m": "3",
        "bankruptcies": "1",
    }
    assert score(card, measures).grade == "E"
    for row in (ROW | {"revol_util": ""}, ROW | {"revol_util": "0%", "revol_bal": "0"}, ROW | {"emp_length": "n/a"}):
        assert outcomes.asked_of(row).facts.credit_limit_minor == {"": 0, "0%": 1}.get(row["revol_util"], 1_630_585)


async def test_anybody_reads_the_card_and_its_report(p2p: Door) -> None:
    found = (await p2p.get("/v1/scorecards"))["items"]
    assert [(one["version"], one["in_use"], one["report"] is None) for one in found] == [
        (publications.BY_HAND, False, True),
        (publications.LEARNED, True, False),
    ]
    learned = await p2p.get(f"/v1/scorecards/borrowers/versions/{publications.LEARNED}")
    assert learned == found[1]
    assert learned["table"]["format"] == "scorecard/1"
    assert {one["code"] for one in learned["reasons"]} >= {"long_term", "low_income"}
    for path in ("borrowers/versions/1", f"others/versions/{publications.LEARNED}"):
        assert (await p2p.get(f"/v1/scorecards/{path}", 404))["code"] == "unknown_scorecard"
