"""A scorecard as it was published: a table, what it was made from, and how well it was found to work."""

from dataclasses import dataclass
from typing import Any

from finance.scorecards.cards import Scorecard

CODE = "borrowers"


@dataclass(frozen=True, slots=True)
class Publication:
    """A version of a card. What was graded by it names it for ever; made_from: in words.

    report: of a learned card, its figures on cases that it has not seen (`finance.scorecards.validation`), and by grade; None of one
    that was made by hand.
    """

    code: str
    version: str
    card: Scorecard
    table: dict[str, Any]
    made_from: str
    report: dict[str, Any] | None
