"""What a card's number tells: check digit, issuing bank, kind. From the shipped table of prefixes (`data/README.md`)."""

import csv
from functools import cache
from pathlib import Path

from stdnum import luhn

from services.payments.cards.errors import MalformedCardNumber, UnknownPrefix
from services.payments.cards.model import CardKind, CardType

DATA = Path(__file__).parent / "data"
SHOWN_FIRST, SHOWN_LAST = 6, 4
_KINDS = {"DC": CardKind.DEBIT, "CC": CardKind.CREDIT, "SCC": CardKind.CREDIT, "PC": CardKind.PREPAID}


def card_type(number: str) -> CardType:
    """Bank and kind of a card, by its longest known prefix. Raises MalformedCardNumber, UnknownPrefix."""
    if not luhn.is_valid(number):
        raise MalformedCardNumber("the check digit is wrong", field="number")
    for length in _prefix_lengths():
        found = _prefixes().get((number[:length], len(number)))
        if found is not None:
            return found
    raise UnknownPrefix("no bank is known for this number", field="number")


def masked(number: str) -> str:
    """The number as it may be shown: 622202*********0015."""
    return number[:SHOWN_FIRST] + "*" * (len(number) - SHOWN_FIRST - SHOWN_LAST) + number[-SHOWN_LAST:]


@cache
def _prefixes() -> dict[tuple[str, int], CardType]:
    with (DATA / "name.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["bank"]: row["name"] for row in csv.DictReader(file)}
    with (DATA / "bin.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            (row["bin"], int(row["length"])): CardType(
                row["bank"], names.get(row["bank"], row["bank"]), _KINDS[row["type"]]
            )
            for row in csv.DictReader(file)
            if row["type"] in _KINDS
        }


@cache
def _prefix_lengths() -> list[int]:
    return sorted({len(prefix) for prefix, _ in _prefixes()}, reverse=True)
