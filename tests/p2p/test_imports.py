"""Loan books of elsewhere: rows become graded applications, bad ones are refused one by one, the same rows again change nothing."""

import csv
from pathlib import Path
from typing import Any

import pytest

from services.p2p.imports.lending_club import NEEDED
from tests.p2p.people import Door

REAL = Path(__file__).resolve().parents[3] / "shared/data/loans_lendingclub/loans_full_schema.csv"
GOOD: dict[str, str] = {
    "rownames": "1",
    "emp_length": "3",
    "homeownership": "MORTGAGE",
    "annual_income": "90000",
    "debt_to_income": "18.01",
    "annual_income_joint": "",
    "debt_to_income_joint": "",
    "delinq_2y": "0",
    "earliest_credit_line": "2001",
    "inquiries_last_12m": "6",
    "total_credit_limit": "70795",
    "total_credit_utilized": "38767",
    "num_accounts_120d_past_due": "0",
    "num_accounts_30d_past_due": "0",
    "public_record_bankrupt": "0",
    "loan_purpose": "moving",
    "application_type": "individual",
    "loan_amount": "28000",
    "term": "60",
    "issue_month": "Mar-2018",
}
HEADER = list(NEEDED)


def row(**changes: str) -> list[str]:
    return [(GOOD | changes)[name] for name in HEADER]


async def take(operator: Door, rows: list[Any], **changes: Any) -> dict[str, Any]:
    body = {"source": "lendingclub.loans", "file": "loans.csv", "header": HEADER, "first_line": 2, "rows": rows}
    return await operator.made("/v1/imports", body | changes)


async def test_rows_become_graded_applications(p2p: Door) -> None:
    done = await take(p2p, [row(), row(rownames="2", loan_amount="5000.50")])
    assert (done["accepted"], done["unchanged"], done["refused"]) == (2, 0, [])
    found = (await p2p.get("/v1/applications", source="lendingclub.loans"))["items"]
    assert {one["amount"] for one in found} == {2_800_000, 500_050}
    assert {(one["state"], one["currency"], one["borrower"]) for one in found} == {("recorded", "USD", None)}
    events = (await p2p.get("/v1/events", types="p2p.application.graded.v1"))["items"]
    assert len(events) == 2
    assert {event["data"]["source"] for event in events} == {"lendingclub.loans"}


async def test_the_same_rows_again_change_nothing(p2p: Door) -> None:
    await take(p2p, [row(), row(rownames="2")])
    again = await take(p2p, [row(), row(rownames="2"), row(rownames="3")])
    assert (again["accepted"], again["unchanged"]) == (1, 2)
    assert len((await p2p.get("/v1/applications"))["items"]) == 3
    assert len((await p2p.get("/v1/imports"))["items"]) == 2
    assert await p2p.get(f"/v1/imports/{again['id']}") == again


async def test_a_row_that_reads_otherwise_is_refused(p2p: Door) -> None:
    await take(p2p, [row()])
    again = await take(p2p, [row(annual_income="1")])
    assert [(one["line"], one["code"]) for one in again["refused"]] == [(2, "differs_from_earlier_import")]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"loan_amount": "many"}, "loan_amount", "not_a_number"),
        ({"loan_amount": "NaN"}, "loan_amount", "out_of_range"),
        ({"loan_amount": "-1"}, "loan_amount", "out_of_range"),
        ({"loan_amount": "0"}, "loan_amount", "out_of_range"),
        ({"loan_amount": "1.001"}, "loan_amount", "not_an_amount"),
        ({"loan_amount": "1e30"}, "loan_amount", "out_of_range"),
        ({"term": "36.5"}, "term", "not_a_whole_number"),
        ({"term": "0"}, "term", "out_of_range"),
        ({"annual_income": ""}, "annual_income", "missing_value"),
        ({"debt_to_income": ""}, "debt_to_income", "missing_value"),
        ({"homeownership": "TENT"}, "homeownership", "unknown_value"),
        ({"application_type": "triple"}, "application_type", "unknown_value"),
        ({"loan_purpose": "revenge"}, "loan_purpose", "unknown_value"),
        ({"issue_month": "2018-03"}, "issue_month", "not_a_month"),
        ({"earliest_credit_line": "19"}, "earliest_credit_line", "out_of_range"),
        ({"rownames": ""}, "rownames", "missing_value"),
        ({"delinq_2y": "1001"}, "delinq_2y", "out_of_range"),
    ],
)
async def test_a_bad_row_is_refused_by_itself(p2p: Door, changes: dict[str, str], field: str, code: str) -> None:
    done = await take(p2p, [row(rownames="7"), row(rownames="8") if "rownames" in changes else row(**changes | {})])
    bad = row(**{"rownames": "9"} | changes)
    done = await take(p2p, [row(rownames="7"), bad, row(rownames="10")])
    assert done["accepted"] >= 1
    assert [(one["file"], one["line"], one["field"], one["code"]) for one in done["refused"]] == [
        ("loans.csv", 3, field, code)
    ]


async def test_rows_of_another_length_and_rows_twice_are_refused(p2p: Door) -> None:
    done = await take(p2p, [row()[:-1], row(), row()], first_line=100)
    assert done["accepted"] == 1
    assert [(one["line"], one["field"], one["code"]) for one in done["refused"]] == [
        (100, None, "wrong_number_of_fields"),
        (102, "rownames", "duplicate_in_request"),
    ]


async def test_a_joint_application_is_read_by_the_joint_income(p2p: Door) -> None:
    joint = row(application_type="joint", annual_income="0", annual_income_joint="200000", debt_to_income_joint="5")
    assert (await take(p2p, [joint]))["accepted"] == 1
    assert "no_income" not in (await p2p.get("/v1/applications"))["items"][0]["reasons"]


@pytest.mark.parametrize("header", [HEADER[1:], [*HEADER[:-1], HEADER[0]]])
async def test_a_wrong_header_is_refused_whole(p2p: Door, header: list[str]) -> None:
    body = {"source": "lendingclub.loans", "file": "x", "header": header, "first_line": 2, "rows": [row()]}
    assert await p2p.refused("/v1/imports", body) == (422, "wrong_header", "header")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": "elsewhere"}, "source"),
        ({"rows": []}, "rows"),
        ({"rows": [["1"]] * 1001}, "rows"),
        ({"first_line": 0}, "first_line"),
        ({"file": ""}, "file"),
        ({"rows": [[1, 2]]}, "rows.0.0"),
    ],
)
async def test_a_malformed_import_names_its_field(p2p: Door, changes: dict[str, Any], field: str) -> None:
    body = {"source": "lendingclub.loans", "file": "x", "header": HEADER, "first_line": 2, "rows": [row()]}
    status, _, found = await p2p.refused("/v1/imports", body | changes)
    assert (status, found) == (422, field)


@pytest.mark.skipif(not REAL.exists(), reason="the real file is not beside this checkout")
async def test_the_real_file_is_taken_as_it_comes(p2p: Door) -> None:
    """Its first and last rows; `tests/suite/test_real_files.py` reads it in whole."""
    with REAL.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    for first, some in ((2, rows[:1000]), (6502, rows[6500:])):
        done = await take(p2p, some, header=header, first_line=first)
        assert (done["refused"], done["accepted"]) == ([], len(some))
    again = await take(p2p, rows[:1000], header=header)
    assert (again["accepted"], again["unchanged"]) == (0, 1000)
