"""What our contracts with the banks say of disputes, from the shipped table (`data/terms.csv`): dated rows, `*` for any."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "terms.csv"


@dataclass(frozen=True)
class Terms:
    """fee_minor: of a dispute that is lost; decision_within: how long a hold waits for the bank's word after the answer's deadline."""

    fee_minor: int
    decision_within: timedelta


def terms_of(bank: str, currency: str, day: date) -> Terms:
    """Those in force on a day: the bank's own before the general ones, the newest first."""
    fitting = [
        row
        for row in _rows()
        if row["bank"] in (bank, "*")
        and row["currency"] in (currency, "*")
        and date.fromisoformat(row["valid_from"]) <= day
    ]
    row = max(fitting, key=lambda one: (one["bank"] != "*", one["valid_from"]))
    return Terms(int(row["fee_minor"]), timedelta(days=int(row["decision_days"])))


@cache
def _rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
