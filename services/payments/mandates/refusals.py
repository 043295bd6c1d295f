"""What a refusal means for a debit, from the shipped table (`data/refusals.csv`): the ledger's and the banks' codes, and ours.

What the table does not know is not tried again: it might be done twice.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "refusals.csv"


@dataclass(frozen=True)
class Meaning:
    """code: as told to the payee; again: whether another day may bring another answer."""

    code: str
    again: bool


def meaning_of(code: str) -> Meaning:
    return _table().get(code) or _table()["*"]


@cache
def _table() -> dict[str, Meaning]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Meaning(row["told"], row["again"] == "yes") for row in csv.DictReader(file)}
