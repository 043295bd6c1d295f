import copy
import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from finance.errors import FinanceError
from finance.scorecards.cards import Scorecard, score
from finance.scorecards.json_table import from_json, to_json
from tests.finance.scorecard_strategies import cards

TABLE = """\
{
  "format": "scorecard/1",
  "name": "small loans",
  "version": "2026-11-25",
  "base_points": 512,
  "scaling": {"points": 600, "odds": "50", "points_to_double_odds": 20},
  "grades": [
    {"name": "A", "lowest_points": 520},
    {"name": "B", "lowest_points": null}
  ],
  "characteristics": [
    {
      "name": "months_employed",
      "reason": "short_employment",
      "kind": "numeric",
      "bins": [
        {"from": null, "below": "12.5", "points": -14, "cases": 100, "bad": 31},
        {"from": "12.5", "below": null, "points": 9, "cases": 300, "bad": 40}
      ],
      "special": [
        {"values": ["-999"], "points": 3}
      ],
      "missing": {"points": -2, "cases": 0, "bad": 0}
    },
    {
      "name": "住房",
      "reason": "rents_home",
      "kind": "categorical",
      "bins": [
        {"categories": ["自有", "MORTGAGE"], "points": 5},
        {"categories": ["RENT"], "points": -5}
      ],
      "missing": null,
      "unseen": {"points": 0}
    }
  ]
}
"""
FIRST, SECOND = ("characteristics", 0), ("characteristics", 1)
GONE = object()


def test_a_table_is_read_and_written_as_it_was() -> None:
    card = from_json(TABLE)
    assert to_json(card) == TABLE
    found = score(card, {"months_employed": Decimal("12.5"), "住房": "RENT"})
    assert (found.points, found.grade, found.reasons) == (516, "B", ("rents_home",))
    assert score(card, {"months_employed": None, "住房": "自有"}).points == 515
    assert score(card, {"months_employed": -999, "住房": "castle"}).points == 515


@given(cards())
def test_every_card_comes_back(card: Scorecard) -> None:
    text = to_json(card)
    assert from_json(text) == card
    assert to_json(from_json(text)) == text


def test_the_same_card_written_with_other_zeros_is_the_same_text() -> None:
    assert to_json(from_json(TABLE.replace('"12.5"', '"12.500"').replace('"50"', '"5E+1"'))) == TABLE


def test_long_lines_are_broken() -> None:
    table = json.loads(TABLE)
    table["characteristics"][1]["bins"][0]["categories"] = [f"category {at}" for at in range(40)]
    text = to_json(from_json(json.dumps(table)))
    assert max(map(len, text.splitlines())) < 120
    assert json.loads(text)["characteristics"][1] == table["characteristics"][1]


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        (("format",), "scorecard/2", "unknown_choice", "format"),
        (("format",), GONE, "missing_argument", "format"),
        (("colour",), "red", "unknown_choice", "colour"),
        (("name",), 5, "malformed_scorecard", "name"),
        (("version",), "", "malformed_scorecard", "version"),
        (("base_points",), 1.5, "inexact_number", "base_points"),
        (("base_points",), "512", "inexact_number", "base_points"),
        (("base_points",), True, "inexact_number", "base_points"),
        (("base_points",), 10**7, "out_of_range", "base_points"),
        (("scaling",), GONE, "missing_argument", "scaling"),
        (("scaling",), [], "malformed_scorecard", "scaling"),
        (("scaling", "odds"), 50, "malformed_scorecard", "scaling.odds"),
        (("scaling", "odds"), "fifty", "inexact_number", "scaling.odds"),
        (("scaling", "odds"), "0", "out_of_range", "scaling.odds"),
        (("scaling", "points_to_double_odds"), 0, "out_of_range", "scaling.points_to_double_odds"),
        (("scaling", "more"), 0, "unknown_choice", "scaling.more"),
        (("grades",), None, "malformed_scorecard", "grades"),
        (("grades", 0), "A", "malformed_scorecard", "grades[0]"),
        (("grades", 0, "lowest_points"), None, "malformed_scorecard", "grades[0]"),
        (("grades", 0, "lowest_points"), "520", "inexact_number", "grades[0]"),
        (("characteristics",), {}, "malformed_scorecard", "characteristics"),
        (FIRST, None, "malformed_scorecard", "characteristics[0]"),
        ((*FIRST, "kind"), "date", "unknown_choice", "characteristics[0].kind"),
        ((*FIRST, "kind"), GONE, "missing_argument", "characteristics[0].kind"),
        ((*FIRST, "kind"), "categorical", "missing_argument", "characteristics[0].unseen"),
        ((*FIRST, "unseen"), {"points": 0}, "unknown_choice", "characteristics[0].unseen"),
        ((*FIRST, "missing"), GONE, "missing_argument", "characteristics[0].missing"),
        ((*FIRST, "missing", "label"), "x", "unknown_choice", "characteristics[0].missing.label"),
        ((*FIRST, "missing"), 0, "malformed_scorecard", "characteristics[0].missing"),
        ((*FIRST, "special"), GONE, "missing_argument", "characteristics[0].special"),
        ((*FIRST, "special", 0, "values"), [-999], "malformed_scorecard", "characteristics[0].special[0].values[0]"),
        ((*FIRST, "special", 0, "values"), [], "malformed_scorecard", "characteristics[0].special"),
        ((*FIRST, "reason"), None, "malformed_scorecard", "characteristics[0].reason"),
        ((*FIRST, "bins"), [], "malformed_scorecard", "characteristics[0].bins"),
        ((*FIRST, "bins", 0, "from"), GONE, "missing_argument", "characteristics[0].bins[0].from"),
        ((*FIRST, "bins", 0, "from"), "1", "malformed_scorecard", "characteristics[0].bins[0]"),
        ((*FIRST, "bins", 0, "below"), "12", "malformed_scorecard", "characteristics[0].bins[1]"),
        ((*FIRST, "bins", 0, "below"), "13", "malformed_scorecard", "characteristics[0].bins[1]"),
        ((*FIRST, "bins", 0, "below"), 12.5, "malformed_scorecard", "characteristics[0].bins[0].below"),
        ((*FIRST, "bins", 0, "below"), "Infinity", "inexact_number", "characteristics[0].bins[0].below"),
        ((*FIRST, "bins", 1, "below"), "99", "malformed_scorecard", "characteristics[0].bins[1]"),
        ((*FIRST, "bins", 0, "points"), None, "inexact_number", "characteristics[0].points"),
        ((*FIRST, "bins", 0, "points"), GONE, "missing_argument", "characteristics[0].bins[0].points"),
        ((*FIRST, "bins", 0, "bad"), GONE, "malformed_scorecard", "characteristics[0].cases"),
        ((*FIRST, "bins", 0, "bad"), 101, "out_of_range", "characteristics[0].bad"),
        ((*FIRST, "bins", 0, "categories"), ["a"], "unknown_choice", "characteristics[0].bins[0].categories"),
        ((*SECOND, "name"), "months_employed", "malformed_scorecard", "characteristics"),
        ((*SECOND, "special"), [], "unknown_choice", "characteristics[1].special"),
        ((*SECOND, "bins", 0, "categories"), "own", "malformed_scorecard", "characteristics[1].bins[0].categories"),
        ((*SECOND, "bins", 0, "categories"), [1], "malformed_scorecard", "characteristics[1].bins[0].categories[0]"),
        ((*SECOND, "bins", 0, "categories"), ["RENT"], "malformed_scorecard", "characteristics[1].bins"),
        ((*SECOND, "unseen"), {}, "missing_argument", "characteristics[1].unseen.points"),
    ],
)
def test_a_table_that_is_not_to_the_letter_is_refused(path: tuple[Any, ...], value: Any, code: str, field: str) -> None:
    table = copy.deepcopy(json.loads(TABLE))
    *above, last = path
    within: Any = table
    for step in above:
        within = within[step]
    if value is GONE:
        del within[last]
    else:
        within[last] = value
    with pytest.raises(FinanceError) as refused:
        from_json(json.dumps(table))
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("", "malformed_scorecard", "table"),
        ("[]", "malformed_scorecard", "table"),
        ("{", "malformed_scorecard", "table"),
        (TABLE + "{}", "malformed_scorecard", "table"),
        ("[" * 200_000, "malformed_scorecard", "table"),
        ("1" * 10_000, "malformed_scorecard", "table"),
        (TABLE.replace("512", "NaN"), "malformed_scorecard", "table"),
        (TABLE.replace('"name": "small loans"', '"name": "a", "name": "b"'), "malformed_scorecard", "name"),
        (" " * 4_000_001, "out_of_range", "table"),
    ],
)
def test_what_is_no_table_is_refused(text: str, code: str, field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        from_json(text)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_scoring_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; from finance.scorecards import cards as scorecards, json_table as scorecard_json;"
        " print(sorted({'numpy', 'pandas', 'sklearn', 'scipy', 'optbinning'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
