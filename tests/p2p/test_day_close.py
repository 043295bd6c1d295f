"""Days are closed in order, in slices, once; what a loan earned is what `finance.accrual` says, to the minor unit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from clients.ids import new_id
from finance.accrual import simple_interest_minor
from finance.ageing import MONTHS, accrues_to, days_past_due
from finance.schedules import build
from services.p2p.applications import queries as application_queries
from services.p2p.listings import queries as listing_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.loans.tables import loan_rows
from services.p2p.programmes.model import METHODS
from services.p2p.servicing import actions, queries
from services.p2p.servicing.errors import NothingToClose
from services.p2p.servicing.model import Accrual, CloseState
from services.p2p.servicing.tables import loan_accruals
from tests.conftest import MakeRuntime
from tests.p2p.people import World
from tests.p2p.records import application_of, listing_of, loan_of

OPERATOR = Caller("stf_tests", "tests", frozenset({"p2p:operate"}))
STARTS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 15), date(2026, 5, 31))
COUNTS = ("30/360", "ACT/365", "ACT/360")


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


async def lent(tx: Tx, number: int, starts_on: date, day_count: str, method: str = "equal_instalment") -> Loan:
    """A loan of 1,234.56 and something at 7.25 %, as its story leaves it."""
    borrower = f"cus_borrower_{number}"
    application = application_of(new_id(), borrower)
    assert await application_queries.add(tx.connection, application)
    listing = replace(listing_of(new_id(), application, tx.now), account_id=new_id())
    await listing_queries.add(tx.connection, listing)
    principal = 123_457 + number
    schedule = build(principal, Decimal("0.0725"), 6, method=method, start_on=starts_on, day_count=day_count)
    base = loan_of(new_id(), principal, Decimal("0.0725"), 6, starts_on)
    whose = {"listing_id": listing.id, "application_id": application.id, "borrower": borrower}
    loan = replace(base, **whose, day_count=day_count, method=method, disbursed_at=start_of_day(starts_on))
    rows = [
        LoanRow(
            loan.id, row.number, row.from_on, row.due_on, row.days, row.principal_minor, row.interest_minor,
            row.balance_minor, None, None,
        )
        for row in schedule.rows
    ]  # fmt: skip
    await loan_queries.add(tx.connection, loan, rows)
    return loan


async def closed(tx: Tx, day: date, slice_loans: int = 1_000) -> dict[UUID, Accrual]:
    await queries.begin(tx.connection, actions.DayClose(day, CloseState.CLOSING, actions.FIRST, 0, tx.now, None))
    close = await actions.close_slice(tx, OPERATOR, day=day, slice_loans=slice_loans)
    while close.state is CloseState.CLOSING:
        close = await actions.close_slice(tx, OPERATOR, day=day, slice_loans=slice_loans)
    columns = [loan_accruals.c[name] for name in Accrual.__slots__]
    found = await tx.connection.execute(select(*columns).where(loan_accruals.c.on_day == day))
    accruals = {row.loan_id: Accrual(**row._mapping) for row in found}
    assert close.loans == len(accruals)
    return accruals


async def test_what_every_loan_earns_is_what_the_mathematics_says_every_day(tx: Tx) -> None:
    """Every day count, method and end of month; all rows paid, so that nothing stops."""
    made = [
        await lent(tx, number, starts_on, day_count, METHODS[number % len(METHODS)])
        for number, (starts_on, day_count) in enumerate((one, count) for one in STARTS for count in COUNTS)
    ]
    rows = {loan.id: await loan_queries.rows(tx.connection, loan.id) for loan in made}
    paid = {"principal_paid_minor": loan_rows.c.principal_minor, "interest_paid_minor": loan_rows.c.interest_minor}
    paid_at = start_of_day(STARTS[0])
    await tx.connection.execute(update(loan_rows).values(paid | {"repayment_id": new_id(), "paid_at": paid_at}))
    earned = {loan.id: 0 for loan in made}
    day = STARTS[0]
    while day <= date(2026, 12, 2):
        accruals = await closed(tx, day, slice_loans=5)
        for loan in made:
            assert (loan.id in accruals) == (loan.starts_on <= day)
            if loan.id in accruals:
                assert accruals[loan.id].accrues
                earned[loan.id] += accruals[loan.id].interest_minor
            assert earned[loan.id] == _expected(loan, rows[loan.id], day + timedelta(days=1))
        day += timedelta(days=1)
    assert earned == {loan.id: sum(row.interest_minor for row in rows[loan.id]) for loan in made}


def _expected(loan: Loan, rows: list[LoanRow], until: date) -> int:
    """By `finance.accrual` within a row; rows that have ended as they stand."""
    total = 0
    for row in rows:
        if row.from_on + timedelta(days=row.days) <= until:
            total += row.interest_minor
        elif row.from_on < until:
            owed = row.principal_minor + row.balance_minor
            total += simple_interest_minor(
                owed, loan.annual_rate, row.from_on, until, day_count=loan.day_count, rounding="half_up"
            )
    return total


async def test_a_row_under_terms_agreed_anew_earns_at_its_own_rate(tx: Tx) -> None:
    loan = await lent(tx, 1, STARTS[2], "ACT/365")
    rate = Decimal("0.0311")
    await tx.connection.execute(update(loan_rows).where(loan_rows.c.number == 1).values(annual_rate=rate))
    row = (await loan_queries.rows(tx.connection, loan.id))[0]
    owed = row.principal_minor + row.balance_minor
    assert row.annual_rate == rate
    earned = (await closed(tx, row.from_on))[loan.id].interest_minor
    until = row.from_on + timedelta(days=1)
    assert earned == simple_interest_minor(owed, rate, row.from_on, until, day_count="ACT/365", rounding="half_up")


async def test_lateness_buckets_and_the_stop_are_those_of_the_mathematics(tx: Tx) -> None:
    loan = await lent(tx, 1, STARTS[2], "ACT/365")
    first = (await loan_queries.rows(tx.connection, loan.id))[0]
    for late in (-1, 0, 1, 30, 31, 60, 61, 89, 90, 91, 150, 181):
        day = first.due_on + timedelta(days=late)
        accrual = (await closed(tx, day))[loan.id]
        assert accrual.days_past_due == days_past_due(first.due_on, day)
        tomorrow = day + timedelta(days=1)
        assert accrual.accrues == (accrues_to(first.due_on, tomorrow) == tomorrow)
        assert accrual.accrues or accrual.interest_minor == 0
        (aged,) = (await queries.aged(tx.connection, [day]))[day]
        assert (aged.bucket, aged.loans) == (MONTHS.bucket(accrual.days_past_due).name, 1)
        assert (aged.outstanding_minor, aged.stopped) == (loan.outstanding_minor, int(not accrual.accrues))


async def test_a_close_that_was_cut_off_goes_on_and_a_second_run_adds_nothing(tx: Tx) -> None:
    for number in range(7):
        await lent(tx, number, STARTS[0], "30/360")
    day = STARTS[1]
    await queries.begin(tx.connection, actions.DayClose(day, CloseState.CLOSING, actions.FIRST, 0, tx.now, None))
    first = await actions.close_slice(tx, OPERATOR, day=day, slice_loans=3)
    assert (first.state, first.loans) == (CloseState.CLOSING, 3)
    assert await actions.next_close(tx, OPERATOR) == first
    accruals = await closed(tx, day, slice_loans=3)
    assert len(accruals) == 7
    again = await actions.close_slice(tx, OPERATOR, day=day)
    assert (again.state, again.loans) == (CloseState.CLOSED, 7)


async def test_days_follow_one_another_until_the_one_that_has_not_ended(tx: Tx) -> None:
    assert await actions.next_close(tx, OPERATOR) is None
    with pytest.raises(NothingToClose):
        await actions.request_close(tx, OPERATOR)
    await lent(tx, 1, tx.today - timedelta(days=2), "30/360")
    days = []
    while (close := await actions.next_close(tx, OPERATOR)) is not None:
        days.append((await actions.close_slice(tx, OPERATOR, day=close.day)).day)
    assert days == [tx.today - timedelta(days=2), tx.today - timedelta(days=1)]


async def test_accruals_cannot_be_written_twice_for_a_day(tx: Tx) -> None:
    loan = await lent(tx, 1, STARTS[0], "30/360")
    day = STARTS[1]
    accruals = await closed(tx, day)
    row = {name: getattr(accruals[loan.id], name) for name in Accrual.__slots__}
    with pytest.raises(Exception, match="pk_loan_accruals"):
        async with tx.connection.begin_nested():
            await tx.connection.execute(insert(loan_accruals), [row])


async def test_a_day_is_closed_after_midnight_and_seen_by_staff(world: World) -> None:
    given = await world.disbursed([1_000_000], term_months=3)
    start = datetime.fromisoformat(given.loan["disbursed_at"]).astimezone(UTC)
    await world.pass_time(timedelta(days=40))
    await world.run_periodic("p2p.close_days")
    await world.run_periodic("p2p.close_days")
    closes = (await world.operator.get("/v1/day-closes", limit=200))["items"]
    assert 39 <= len(closes) <= 41
    assert {close["state"] for close in closes} == {"closed"}
    assert [(one["bucket"], one["loans"]) for one in closes[0]["aged"]] == [("M1", 1)]
    assert await world.operator.get(f"/v1/day-closes/{closes[0]['day']}") == closes[0]
    path = f"/v1/loans/{given.loan['id']}/accruals"
    accruals = (await world.operator.get(path, limit=200))["items"]
    row = (await given.rows())[0]
    within = [one["interest_minor"] for one in accruals if row["from_on"] <= one["on_day"] < row["due_on"]]
    assert sum(within) == row["interest_minor"]
    assert len(accruals) == len(closes)
    assert start.date().isoformat() <= accruals[-1]["on_day"]
    refused = await world.operator.refused("/v1/day-closes")
    assert refused == (409, "nothing_to_close", None)
    assert len(await world.events("p2p.day.closed.v1")) == min(len(closes), 50)
    assert (await world.operator.get("/v1/day-closes/2020-01-01", 404))["code"] == "unknown_day_close"
    assert (await given.borrower.lending.get(path, 403))["code"]
    await world.pass_time(timedelta(days=1))
    answer = await world.operator.post("/v1/day-closes")
    assert answer.status_code == 202 or answer.json()["code"] == "nothing_to_close"
    await world.run_periodic("p2p.close_days")
    assert len((await world.operator.get("/v1/day-closes", limit=200))["items"]) == len(closes) + 1
    await world.audit()
