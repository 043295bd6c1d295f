"""Rows of LendingClub's closed loans (`outcomes_2007_2011.csv`) as what was asked, of whom, and whether it went bad."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from services.p2p.borrowers.model import Facts, Home
from services.p2p.scorecards.measures import Asked

CURRENCY = "USD"
SOME_DAY = date(2011, 12, 31)
"""The file has no dates, and no measure read from it needs one."""
_HOMES = {"OWN": Home.OWN, "MORTGAGE": Home.MORTGAGE, "RENT": Home.RENT, "OTHER": Home.RENT}
_BAD = {"Charged Off": True, "Fully Paid": False}


def read(file: Path) -> tuple[list[Asked], list[bool]]:
    """In the order of the file: the newest first."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [asked_of(row) for row in rows], [_BAD[row["loan_status"]] for row in rows]


def asked_of(row: Mapping[str, str]) -> Asked:
    """Revolving debts stand for debts, and the share of credit used says how much was granted; public records for bankruptcies."""
    return Asked(_facts(row), int(row["loan_amnt"]) * 100, CURRENCY, int(row["term"].split()[0]), SOME_DAY)


def _facts(row: Mapping[str, str]) -> Facts:
    debts = round(float(row["revol_bal"]) * 100)
    return Facts(
        annual_income_minor=round(float(row["annual_inc"]) * 100),
        monthly_debt_minor=0,
        debts_elsewhere_minor=debts,
        credit_limit_minor=_granted(debts, row["revol_util"].rstrip("%")),
        credit_since_year=SOME_DAY.year,
        employment_months=12 * _years(row["emp_length"]),
        home=_HOMES[row["home_ownership"]],
        late_payments_2y=int(row["delinq_2yrs"]),
        credit_inquiries_6m=int(row["inq_last_6mths"]),
        bankruptcies=int(row["pub_rec"]),
    )


def _granted(debts: int, used_percent: str) -> int:
    """0, so that the share is not known, where the file does not tell it; where nothing is owed, all credit is unused."""
    if not used_percent:
        return 0
    share = float(used_percent)
    return max(1, round(debts * 100 / share)) if share else max(1, debts * 1000)


def _years(text: str) -> int:
    """`10+ years`, `< 1 year`, `3 years`; nobody without an answer has been employed for long."""
    return 0 if text.startswith("<") or text == "n/a" else int(text.split()[0].rstrip("+"))
