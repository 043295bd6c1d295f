"""The monthly report: what it says is what the transfers and schedules say; published once, corrected by another version."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import insert, text

from chassis.clock import business_day, start_of_day
from chassis.database import Tx
from services.p2p.disclosure import book, queries
from services.p2p.disclosure.forms import BOOK_COLUMNS, WORDS
from services.p2p.disclosure.model import Indicators, Month
from services.p2p.servicing.tables import loan_accruals
from tests.conftest import MakeRuntime, Serve
from tests.p2p.people import Door, World
from tests.p2p.test_collection_actions import lend
from tests.p2p.test_resale_actions import runtime, tx

__all__ = ["runtime", "tx"]

SHOWN = {"overdue"}


@pytest.mark.parametrize(
    ("month", "following"), [((2026, 11), "2026-12"), ((2026, 12), "2027-01"), ((2024, 2), "2024-03")]
)
def test_months_follow_each_other(month: tuple[int, int], following: str) -> None:
    assert str(Month(*month).following) == following
    assert Month.read(str(Month(*month))) == Month(*month)


def test_every_indicator_has_its_words() -> None:
    assert set(WORDS) == set(Indicators.__slots__) - SHOWN


async def later(world: World, months: int) -> Month:
    """Into the middle of the month so many later, with all days closed and all months reported; the month that it was."""
    began = business_day(datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"]))
    wanted = Month.of(began)
    for _ in range(months):
        wanted = wanted.following
    ahead = (wanted.first_day - began).days + 14
    await world.pass_time(timedelta(days=ahead))
    for _ in range(ahead // 31 + 1):
        await world.run_periodic("p2p.close_days")
    await world.run_periodic("p2p.publish_reports")
    return Month.of(began)


async def moved(world: World, code: str) -> int:
    """Minor units of every transfer of a code that stands for a loan, whatever p2p says of itself."""
    loans = [loan["id"] for loan in (await world.operator.get("/v1/loans", limit=200))["items"]]
    made = [one for loan in loans for one in await world.transfers(loan)]
    return sum(one["amount"] for one in made if one["code"] == code)


async def test_a_month_is_reported_as_the_transfers_say(world: World) -> None:
    first = await world.disbursed([600_000, 400_000], programme="reserve_fund", annual_rate=None)
    second = await world.disbursed([300_000], programme="reserve_fund", annual_rate=None)
    related = {"party": second.borrower.id, "relation": "management", "source": "register of 2026"}
    began = business_day(datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"]))
    await world.operator.made("/v1/related-parties", related | {"from_on": began.isoformat()})
    row = (await first.rows())[0]
    assert (await first.repay(row["payment_minor"])).status_code == 201
    # A borrower whose wallet is empty is late: what the house would collect is not there.
    await world.move((await second.borrower.wallet())["account_id"], await world._money_source(), 280_000)
    month = await later(world, 3)
    reports = (await world.operator.get("/v1/operating-reports"))["items"]
    assert [one["month"] for one in reports][-1] == str(month)
    assert len(reports) == 3
    report = await world.operator.get(f"/v1/operating-reports/{month}/CNY")
    assert (
        report["lent_minor"]
        == report["lent_ever_minor"]
        == await moved(world, "p2p.disbursement.principal")
        == 1_300_000
    )
    assert (report["loans"], report["borrowers_ever"], report["lenders_ever"], report["lenders_now"]) == (2, 2, 3, 3)
    assert report["repaid_principal_minor"] == row["principal_minor"]
    assert report["outstanding_minor"] == 1_300_000 - row["principal_minor"]
    assert report["origination_fees_minor"] == await moved(world, "p2p.fee.origination")
    assert report["reserve_fund_minor"] == await moved(world, "p2p.fee.reserve_contribution")
    share = Decimal(1_000_000 - row["principal_minor"]) / (1_300_000 - row["principal_minor"])
    assert Decimal(report["largest_borrower_share"]) == round(share, 6)
    assert (report["related_minor"], report["related_loans"], report["overdue_loans"]) == (300_000, 1, 0)
    last = await world.operator.get(f"/v1/operating-reports/{month.following.following}/CNY")
    assert (last["lent_minor"], last["lent_ever_minor"], last["loans_ever"]) == (0, 1_300_000, 2)
    following = month.following.following.following.first_day
    ended = start_of_day(following)
    unpaid = [
        row["payment_minor"]
        for lent in (first, second)
        for row in await lent.rows()
        if row["due_on"] < following.isoformat()
        and (row["paid_at"] is None or datetime.fromisoformat(row["paid_at"]) >= ended)
    ]
    assert last["overdue_minor"] == sum(unpaid) > 0
    assert last["overdue_minor"] == sum(one["overdue_minor"] for one in last["overdue"])
    assert last["overdue_90_loans"] == 0
    await _is_shown(world, month, report)
    await world.audit()


async def _is_shown(world: World, month: Month, report: dict[str, Any]) -> None:
    """As CSV, as a page; corrected; its loan book without a name."""
    path = f"/v1/operating-reports/{month}/CNY"
    table = (await world.operator.http.get(f"{path}/csv")).text.removeprefix("\ufeff")
    told = {row[0]: row[3] for row in csv.reader(StringIO(table))}
    assert all(told[name] == str(report[name]) for name in WORDS)
    sheet = await world.operator.http.get(f"{path}/page")
    assert sheet.headers["content-type"].startswith("text/html")
    assert all(words in sheet.text for pair in WORDS.values() for words in pair)
    assert "13,000.00" in sheet.text
    waiting = await world.operator.made(f"{path}/corrections", {"reason": "recounted"}, status=202)
    assert waiting["version"] == 1
    facts = {"month": str(month), "currency": "CNY", "follows": 1, "reason": "recounted", "by": "stf_tests"}
    await world.p2p.runtime.jobs.run_now("p2p.publish_report", facts)
    corrected = await world.operator.get(path)
    assert corrected["version"] == 2
    assert corrected["reason"] == "recounted"
    assert await world.operator.get(path, version=1) == report
    book = (await world.operator.http.get(f"/v1/loan-book/{month}")).text.removeprefix("\ufeff")
    rows = list(csv.reader(StringIO(book)))
    assert (tuple(rows[0]), len(rows)) == (BOOK_COLUMNS, 3)
    assert sorted(rows[1:]) == [[str(place), "", "", "CNY", *[""] * 8] for place in (1, 2)], "two are found at once"


def band(amount: int) -> tuple[int, int]:
    """The naive way: from the largest of 1, 2, 5, 10, 20, … that is not above it to the next."""
    bounds = [one * 10**places for places in range(16) for one in (1, 2, 5)]
    return next((low, high) for low, high in pairwise(bounds) if low <= amount < high)


async def test_nobody_is_found_in_the_loan_book(tx: Tx) -> None:
    """Seven alike are told whole, in bands; three that differ from each other but are of one grade and age with others, in part."""
    day = date(2026, 12, 31)
    amounts = [100_000, 110_001, 129_999, 150_000, 199_999, 123_456, 177_777]
    odd = [99_999, 200_000, 500_000, 999_999, 1_000_000]
    for number, amount in enumerate([*amounts, *odd, 10**9]):
        loan = await lend(tx)
        grade = "A" if number < len(amounts) + len(odd) else "B"
        await tx.connection.execute(
            text(
                "UPDATE loans SET principal_minor = :amount, outstanding_minor = :amount, grade = :grade WHERE id = :id"
            ),
            {"amount": amount, "grade": grade, "id": loan.id},
        )
        accrual = {
            "on_day": day, "loan_id": loan.id, "currency": "CNY", "outstanding_minor": amount, "interest_minor": 0,
            "days_past_due": 30, "accrues": True,
        }  # fmt: skip
        await tx.connection.execute(insert(loan_accruals).values(accrual))

    async def told(alike: int) -> list[dict[str, Any]]:
        pieces = queries.loan_book(tx.connection, day, salt="salt", least_alike=alike, size=5)
        found = [row async for rows in pieces for row in rows]
        assert [row[0] for row in found] == list(range(1, 14))
        return [dict(zip(BOOK_COLUMNS, row, strict=True)) for row in found]

    every = await told(1)
    bands = Counter((row["amount_from_minor"], row["amount_below_minor"]) for row in every)
    assert bands == Counter(map(band, [*amounts, *odd, 10**9]))
    assert {(row["age"], row["outstanding_tenths"], row["started"]) for row in every} == {("M1", 10, "2026-Q4")}
    shown = Counter((row["grade"], row["amount_from_minor"]) for row in await told(5))
    assert shown == {("A", 100_000): 7, ("A", None): 5, (None, None): 1}
    hidden = [row for row in await told(5) if row["grade"] is None]
    assert [set(row.values()) for row in hidden] == [{hidden[0]["number"], "CNY", None}]
    for least in range(1, 15):
        alike = Counter(tuple(row.values())[1:] for row in await told(least))
        assert all(many >= least or set(row) == {"CNY", None} for row, many in alike.items())


async def test_so_many_books_are_read_at_once(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("p2p")
    runtime.provide(book.OpenBooks())
    books = [book.written(runtime, date(2026, 12, 31)) for _ in range(book.MOST_AT_ONCE + 1)]
    for one in books[:-1]:
        assert (await anext(one)).startswith(b"\xef\xbb\xbfnumber")
    with pytest.raises(book.TooManyBooks):
        await anext(books[-1])
    await books[0].aclose()
    again = book.written(runtime, date(2026, 12, 31))
    await anext(again)
    for one in (*books[1:-1], again):
        await one.aclose()
    assert runtime.get(book.OpenBooks).open == 0


async def test_a_month_reckoned_again_is_what_it_was_whatever_happened_since(world: World) -> None:
    """A repayment bounces, another is made and all is paid ahead of time, after the month: its report is corrected to what it said."""
    first = await world.disbursed([600_000, 400_000], programme="reserve_fund", annual_rate=None)
    second = await world.disbursed([300_000], programme="reserve_fund", annual_rate=None)
    await world.pass_time(timedelta(days=10))
    rows = await first.rows()
    paid = await first.repay(rows[0]["payment_minor"])
    await second.repay((await second.rows())[0]["payment_minor"])
    month = await later(world, 1)
    path = f"/v1/operating-reports/{month}/CNY"
    assert (await world.operator.get(path))["repaid_principal_minor"] == await moved(world, "p2p.repayment.principal")
    await world.operator.made(f"/v1/repayments/{paid.json()['id']}/reversal", {"reason": "bounced"})
    settlement = (await second.borrower.lending.get(f"/v1/loans/{second.loan['id']}/dues"))["settlement_minor"]
    await world.give(second.borrower, settlement)
    assert (await second.repay(settlement, prepay="term")).status_code == 201
    before = await world.operator.get(path)
    assert await corrected(world, month) == before | {"version": 2, "reason": "recounted"}
    following = await later(world, 1)
    report = await world.operator.get(f"/v1/operating-reports/{following}/CNY")
    net = await moved(world, "p2p.repayment.principal") - await moved(world, "p2p.reversal.principal")
    assert report["repaid_principal_minor"] + before["repaid_principal_minor"] == net
    assert report["prepayment_fees_ever_minor"] == await moved(world, "p2p.fee.prepayment")
    assert await corrected(world, month, follows=2) == before | {"version": 3, "reason": "recounted"}
    await world.audit()


async def corrected(world: World, month: Month, follows: int = 1) -> dict[str, Any]:
    """The month as it is reckoned again now, but for when."""
    facts = {"month": str(month), "currency": "CNY", "follows": follows, "reason": "recounted", "by": "stf_tests"}
    first = await world.operator.get(f"/v1/operating-reports/{month}/CNY")
    await world.p2p.runtime.jobs.run_now("p2p.publish_report", facts)
    report = dict(await world.operator.get(f"/v1/operating-reports/{month}/CNY"))
    return report | {"made_at": first["made_at"]}


async def test_what_is_not_there_or_not_closed_is_refused(serve: Serve) -> None:
    served = await serve("p2p")
    operator, someone = Door(served.client(), "stf_tests"), Door(served.client("cus_x"), "cus_x")
    assert (await someone.get("/v1/operating-reports/2026-01/CNY", 404))["code"] == "unknown_report"
    assert (await someone.get("/v1/loan-book/2026-01", 409))["code"] == "month_not_closed"
    correction = "/v1/operating-reports/2026-01/CNY/corrections"
    assert (await operator.refused(correction, {"reason": "none"}))[:2] == (404, "unknown_report")
    assert (await someone.refused(correction, {"reason": "none"}))[:2] == (403, "missing_scope")
    for month in ("2026-13", "26-01", "2026-1"):
        assert (await someone.get(f"/v1/operating-reports/{month}/CNY", 422))["field"] == "month"
    party = {"party": "cus_00000000000000000000000001", "relation": "relative", "source": "register"}
    await operator.made("/v1/related-parties", party | {"from_on": "2026-01-01"})
    again = await operator.refused("/v1/related-parties", party | {"from_on": "2026-02-01"})
    assert again == (409, "already_related", "party")
    ended = {"party": party["party"], "until_on": "2026-03-01"}
    assert (await operator.made("/v1/related-parties/end", ended, status=200))["until_on"] == "2026-03-01"
    assert await operator.refused("/v1/related-parties/end", ended) == (409, "not_related", "party")
    await operator.made("/v1/related-parties", party | {"from_on": "2026-03-01"})
    assert len((await operator.get("/v1/related-parties"))["items"]) == 2
