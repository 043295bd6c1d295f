"""The cards that ship, each a table of JSON beside this file, with its report where it was learned. Read once, and strictly."""

import json
from functools import cache
from pathlib import Path

from finance.scorecards.json_table import from_json
from services.p2p.errors import UnknownScorecard
from services.p2p.scorecards.model import CODE, Publication

FOLDER = Path(__file__).parent / "tables"
BY_HAND = "2026-11-24"
LEARNED = "2026-11-26"
CURRENT = LEARNED
VERSIONS = (BY_HAND, LEARNED)
"""From the oldest; what is graded now is graded by CURRENT."""
MADE_FROM = {
    BY_HAND: "made by hand, with an eye on the rates of 7,000 loans of 2018 (loans_full_schema.csv)",
    LEARNED: "learned from the older 70 % of 27,852 closed loans of 2007–2011 (outcomes_2007_2011.csv), judged on the newer 30 %",
}


def table_file(version: str) -> Path:
    return FOLDER / f"{CODE}_{version}.json"


def report_file(version: str) -> Path:
    return FOLDER / f"{CODE}_{version}_report.json"


@cache
def version(number: str) -> Publication:
    """Raises UnknownScorecard."""
    if number not in VERSIONS:
        raise UnknownScorecard("no such version of the scorecard", field="version")
    text = table_file(number).read_text(encoding="utf-8")
    report = report_file(number)
    figures = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return Publication(CODE, number, from_json(text), json.loads(text), MADE_FROM[number], figures)


def every() -> list[Publication]:
    return [version(number) for number in VERSIONS]
