"""Two sets of cases whose outcome is known, as columns: the German one comes with the project, the other lies beside it."""

import csv
from pathlib import Path

import numpy
import pytest
from numpy.typing import NDArray

from finance.scorecards.portfolios import Column

GERMAN = Path(__file__).parent / "data" / "credit_german" / "german.data"
LENDING_CLUB = Path(__file__).resolve().parents[3] / "shared/data/loans_lendingclub/outcomes_2007_2011.csv"

Columns = dict[str, Column]
Flags = NDArray[numpy.bool_]

_GERMAN_COLUMNS: tuple[tuple[str, dict[str, str]], ...] = (
    ("checking_account", {"A11": "below 0 DM", "A12": "0 to 200 DM", "A13": "200 DM or salary", "A14": "none"}),
    ("duration_months", {}),
    (
        "credit_history",
        {
            "A30": "no credits, or all repaid",
            "A31": "all repaid at this bank",
            "A32": "repaid duly till now",
            "A33": "delays in the past",
            "A34": "critical, or credits elsewhere",
        },
    ),
    (
        "purpose",
        {
            "A40": "new car",
            "A41": "used car",
            "A42": "furniture",
            "A43": "radio or television",
            "A44": "household appliances",
            "A45": "repairs",
            "A46": "education",
            "A47": "vacation",
            "A48": "retraining",
            "A49": "business",
            "A410": "others",
        },
    ),
    ("credit_amount", {}),
    (
        "savings",
        {
            "A61": "below 100 DM",
            "A62": "100 to 500 DM",
            "A63": "500 to 1000 DM",
            "A64": "1000 DM or more",
            "A65": "unknown or none",
        },
    ),
    (
        "employed_since",
        {
            "A71": "unemployed",
            "A72": "below 1 year",
            "A73": "1 to 4 years",
            "A74": "4 to 7 years",
            "A75": "7 years or more",
        },
    ),
    ("instalment_percent_of_income", {}),
    (
        "status_and_sex",
        {
            "A91": "male, divorced",
            "A92": "female, not single",
            "A93": "male, single",
            "A94": "male, married",
            "A95": "female, single",
        },
    ),
    ("other_debtors", {"A101": "none", "A102": "co-applicant", "A103": "guarantor"}),
    ("resident_since", {}),
    (
        "property",
        {"A121": "real estate", "A122": "savings or life insurance", "A123": "car or other", "A124": "none or unknown"},
    ),
    ("age_years", {}),
    ("other_instalment_plans", {"A141": "bank", "A142": "stores", "A143": "none"}),
    ("housing", {"A151": "rent", "A152": "own", "A153": "for free"}),
    ("credits_at_this_bank", {}),
    ("job", {"A171": "unskilled, not resident", "A172": "unskilled", "A173": "skilled", "A174": "highly qualified"}),
    ("dependants", {}),
    ("telephone", {"A191": "none", "A192": "yes"}),
    ("foreign_worker", {"A201": "yes", "A202": "no"}),
)


def german() -> tuple[Columns, Flags]:
    """1,000 applicants, all 20 attributes, texts in words."""
    rows = [line.split() for line in GERMAN.read_text(encoding="ascii").splitlines() if line.strip()]
    columns: Columns = {}
    for at, (name, words) in enumerate(_GERMAN_COLUMNS):
        columns[name] = [words[row[at]] for row in rows] if words else numpy.array([float(row[at]) for row in rows])
    return columns, numpy.array([row[-1] == "2" for row in rows])


def lending_club() -> tuple[Columns, Flags]:
    """27,852 loans of 2007 to 2011, newest first, with what was known at application; skips where they are absent."""
    if not LENDING_CLUB.exists():
        pytest.skip("the real loans lie outside the project, in ../shared/data, and are not here")
    with LENDING_CLUB.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def number(name: str) -> NDArray[numpy.float64]:
        return numpy.array([float(row[name].rstrip("%")) if row[name] else numpy.nan for row in rows])

    texts = ("term", "emp_length", "home_ownership", "verification_status", "addr_state")
    counts = ("delinq_2yrs", "inq_last_6mths", "open_acc", "pub_rec", "total_acc")
    columns: Columns = {name: [row[name] or None for row in rows] for name in texts}
    columns |= {name: number(name) for name in (*counts, "loan_amnt", "annual_inc", "revol_bal", "revol_util")}
    columns["loan_percent_of_income"] = numpy.round(100 * number("loan_amnt") / number("annual_inc"), 1)
    columns["revol_percent_of_income"] = numpy.round(100 * number("revol_bal") / number("annual_inc"), 1)
    return columns, numpy.array([row["loan_status"] == "Charged Off" for row in rows])


def rows_of(columns: Columns, rows: NDArray[numpy.int64]) -> Columns:
    """The same columns, of some rows alone."""
    return {
        name: column[rows] if isinstance(column, numpy.ndarray) else [column[row] for row in rows.tolist()]
        for name, column in columns.items()
    }
