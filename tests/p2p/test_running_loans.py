"""Loans that run elsewhere, taken in as they stand: whole instalments explain what is owed, extra payments are listed one by one."""

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.schedules import build
from services.p2p.imports.lending_club_running import NEEDED, read_row
from services.p2p.running_loans.model import Explained, Standing
from services.p2p.running_loans.rules import explain, remaining
from tests.p2p.people import Door
from tests.p2p.records import NOW

REAL = Path(__file__).resolve().parents[3] / "shared/data/loans_lendingclub/loans_full_schema.csv"
# 12,000.00 at 12 % over 12 months: 1,066.19 a month (rounded up); after 3 of them 9,132.95 is owed and 331.52 interest was paid.
GOOD = {
    "rownames": "1", "loan_amount": "12000", "term": "12", "interest_rate": "12", "installment": "1066.19",
    "issue_month": "Jan-2018", "loan_status": "Current", "balance": "9132.95", "paid_principal": "2867.05",
    "paid_interest": "331.52", "paid_late_fees": "0",
}  # fmt: skip
HEADER = list(NEEDED)


def cells(**changes: str) -> list[str]:
    return [(GOOD | changes)[name] for name in HEADER]


def standing(**changes: str) -> Standing:
    return read_row(HEADER, cells(**changes), 2).standing


def test_whole_instalments_explain_the_balance() -> None:
    found = explain(standing())
    assert (found.explained, found.instalments_paid, found.extra_minor) == (Explained.BY_INSTALMENTS, 3, 0)
    assert abs(found.difference_minor) <= 1
    assert found.odd_days == Decimal("0.0")


@pytest.mark.parametrize(("interest", "days"), [("351.52", "5.0"), ("311.52", "-5.0")])
def test_a_longer_first_period_shows_in_the_interest(interest: str, days: str) -> None:
    assert explain(standing(paid_interest=interest)).odd_days == Decimal(days)


def test_nothing_paid_yet() -> None:
    found = explain(standing(balance="12000", paid_principal="0", paid_interest="0"))
    assert (found.explained, found.instalments_paid, found.odd_days) == (Explained.BY_INSTALMENTS, 0, None)


def test_what_was_paid_ahead_of_time_is_told_apart() -> None:
    found = explain(standing(balance="8632.95", paid_principal="3367.05"))
    assert (found.explained, found.instalments_paid) == (Explained.WITH_EXTRA, 3)
    assert abs(found.extra_minor - 50_000) <= 1
    settled = explain(standing(balance="0", paid_principal="12000", loan_status="Fully Paid"))
    assert (settled.explained, settled.instalments_paid) == (Explained.SETTLED, 3)
    assert abs(settled.extra_minor - 913_295) <= 1


def test_a_balance_that_many_instalments_would_leave_is_not_believed_against_the_interest() -> None:
    """The balance of ten instalments with the interest of three: a large extra payment."""
    found = explain(standing(balance="2100.76", paid_principal="9899.24"))
    assert (found.explained, found.instalments_paid) == (Explained.WITH_EXTRA, 3)


def test_what_was_written_off_is_no_extra_payment() -> None:
    found = explain(standing(balance="0", loan_status="Charged Off"))
    assert (found.explained, found.instalments_paid) == (Explained.WRITTEN_OFF, 3)
    assert found.extra_minor <= 1


def test_what_is_left_repays_the_balance() -> None:
    rows = remaining(standing())
    assert sum(principal for principal, _ in rows) == 913_295
    assert len(rows) == 9
    assert {principal + interest for principal, interest in rows[:-1]} == {106_619}
    assert remaining(standing(balance="0", paid_principal="12000")) == []


@given(
    st.integers(100_000, 4_000_000),
    st.integers(1, 30),
    st.sampled_from([12, 36, 60]),
    st.data(),
)
def test_any_schedule_is_explained_by_the_instalments_that_were_paid(
    principal: int, percent: int, term: int, data: st.DataObject
) -> None:
    """The second way: `finance.schedules` makes the loan, k of its rows are paid, and k is found."""
    instalment = build(principal, Decimal(percent) / 100, term, start_on=NOW.date()).rows[0].payment_minor
    schedule = build(principal, Decimal(percent) / 100, term, start_on=NOW.date(), instalment_minor=instalment)
    paid = data.draw(st.integers(0, len(schedule.rows) - 1))
    extra_days = data.draw(st.integers(-18, 14))
    rows = schedule.rows[:paid]
    interest = sum(row.interest_minor for row in rows) + round(
        principal * Fraction(percent, 100) / 360 * extra_days * bool(paid)
    )
    balance = principal - sum(row.principal_minor for row in rows)
    told = Standing(
        principal, "USD", Decimal(percent) / 100, term, instalment, NOW.date(), "Current", balance,
        principal - balance, max(0, interest), 0,
    )  # fmt: skip
    found = explain(told)
    assert (found.explained, found.instalments_paid, found.difference_minor) == (Explained.BY_INSTALMENTS, paid, 0)
    if paid and interest >= 0:
        day = principal * percent / 36_000
        assert found.odd_days is not None
        assert abs(found.odd_days - extra_days) <= Decimal("0.06") + Decimal(1 / day)


@pytest.mark.skipif(not REAL.exists(), reason="the real file is not beside this checkout")
def test_the_real_file_is_explained() -> None:
    with REAL.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    found = [explain(read_row(header, row, line).standing) for line, row in enumerate(rows, start=2)]
    whole = [one for one in found if one.explained is Explained.BY_INSTALMENTS]
    assert len(found) == 7_000
    assert len(whole) >= 6_050
    assert max(abs(one.difference_minor) for one in whole) <= 5
    days = [one.odd_days for one in whole if one.odd_days is not None]
    assert len(days) >= 6_050
    assert sum(-18 <= one <= 14 for one in days) >= 0.98 * len(days)
    assert all(one.extra_minor > 0 for one in found if one.explained in (Explained.WITH_EXTRA, Explained.SETTLED))


async def test_running_loans_are_taken_listed_and_reported(p2p: Door) -> None:
    rows = [
        cells(),
        cells(rownames="2", balance="8632.95", paid_principal="3367.05"),
        cells(rownames="3", balance="0", paid_principal="12000"),
        cells(rownames="4", balance="12000.01"),
        cells(rownames="5", interest_rate="101"),
        cells(rownames="6", loan_status=""),
    ]
    body = {"source": "lendingclub.running_loans", "file": "x.csv", "header": HEADER, "first_line": 2, "rows": rows}
    done = await p2p.made("/v1/imports", body)
    assert (done["accepted"], [(one["line"], one["field"]) for one in done["refused"]]) == (
        3,
        [(5, "balance"), (6, "interest_rate"), (7, "loan_status")],
    )
    again = await p2p.made("/v1/imports", body)
    assert (again["accepted"], again["unchanged"]) == (0, 3)
    changed = await p2p.made("/v1/imports", body | {"rows": [cells(balance="9000")]})
    assert changed["refused"][0]["code"] == "differs_from_earlier_import"
    report = await p2p.get("/v1/running-loans/report")
    assert (report["loans"], report["by_instalments"], report["with_extra"], report["settled"]) == (3, 1, 1, 1)
    assert (report["odd_days_known"], report["odd_days_usual"]) == (1, 1)
    (extra,) = (await p2p.get("/v1/running-loans", explained="with_extra"))["items"]
    assert (extra["source_row"], extra["instalments_paid"], extra["odd_days"]) == ("2", 3, None)
    assert await p2p.get(f"/v1/running-loans/{extra['id']}") == extra
    left = (await p2p.get(f"/v1/running-loans/{extra['id']}/remaining"))["rows"]
    assert (left[0]["number"], left[-1]["balance_minor"]) == (4, 0)
    first = await p2p.get("/v1/running-loans", limit=2)
    rest = await p2p.get("/v1/running-loans", limit=2, after=first["next"])
    assert sorted(one["source_row"] for one in first["items"] + rest["items"]) == ["1", "2", "3"]
    assert (await p2p.get("/v1/applications"))["items"] == []
    assert (await p2p.get("/v1/verification"))["holds"]
    unknown = await p2p.get("/v1/running-loans/rln_01jdf3q8e7f5bt2m0xk5s8yq4c", 404)
    assert unknown["code"] == "unknown_running_loan"
    events = (await p2p.get("/v1/events", types="p2p.running_loans.imported.v1"))["items"]
    assert [event["data"]["accepted"] for event in events] == [3, 0, 0]
