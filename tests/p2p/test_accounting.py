"""Books of the entities, over HTTP: what the ledger moved is in them once, balanced, and ties to balances and claims."""

import csv
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from chassis.clock import business_day
from tests.p2p.people import World
from tests.p2p.test_losses import FUND_TERMS, broke, covered, fund_account, late, put_in

Books = dict[str, dict[str, dict[str, Any]]]


async def today(world: World) -> date:
    return business_day(datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"]))


async def booked(world: World, days: int = 1) -> date:
    """Time goes on, and all days that have ended are closed and booked; the last of them."""
    await world.pass_time(timedelta(days=days))
    day = await today(world) - timedelta(days=1)
    newest = None
    while newest != day.isoformat():
        before = newest
        await world.run_periodic("p2p.close_days")
        await world.run_periodic("p2p.book_days")
        newest = (await world.operator.get("/v1/book-days"))["items"][0]["day"]
        assert newest != before
    return day


async def books(world: World, day: date) -> Books:
    """By entity and account; each balanced in itself."""
    found: Books = {}
    for one in (await world.operator.get(f"/v1/trial-balances/{day}"))["entities"]:
        assert one["debit_minor"] == one["credit_minor"], one
        assert one["closing_debit_minor"] == one["closing_credit_minor"], one
        found[one["entity"]] = {line["account"]: line for line in one["lines"]}
    return found


def closing(lines: dict[str, dict[str, Any]], account: str) -> int:
    return int(lines[account]["closing_minor"]) if account in lines else 0


async def test_a_loan_from_its_payout_to_a_loss_is_in_everybodys_books(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000], **FUND_TERMS)
    fund_id = await fund_account(world)
    row = (await lent.rows())[0]
    first = await booked(world)
    found = await books(world, first)
    fees, kept = lent.loan["origination_fee_minor"], lent.loan["reserve_contribution_minor"]
    assert closing(found["platform"], "cash") == -closing(found["platform"], "fee_income") == fees
    assert closing(found["reserve_fund"], "contributions") == -kept
    lenders = found["lenders"]
    assert closing(lenders, "claims") == -closing(lenders, "cash") == 1_000_000
    assert closing(lenders, "accrued_interest") == -closing(lenders, "interest_income") > 0
    # One per cent of a loan that is not late: the fund bears it all.
    assert closing(found["reserve_fund"], "provisions") == -10_000
    assert (await lent.repay(row["payment_minor"])).status_code == 201
    await put_in(world, fund_id, 5_000_000)
    await broke(lent)
    second = await booked(world)
    found = await books(world, second)
    assert closing(found["reserve_fund"], "funding") == -5_000_000
    assert closing(found["lenders"], "claims") == 1_000_000 - row["principal_minor"]
    assert found["lenders"]["cash"]["debit_minor"] == row["payment_minor"]
    # Paid ahead of its day: what is not earned yet is owed, not income.
    assert (
        -closing(found["lenders"], "accrued_interest") + -closing(found["lenders"], "interest_income")
        == row["interest_minor"]
    )
    await late(lent, 31)
    (paid,) = (await covered(lent))["compensations"]
    third = await booked(world)
    found = await books(world, third)
    fund = found["reserve_fund"]
    assert (
        closing(fund, "counter_claims")
        == paid["principal_minor"]
        == lent.loan["outstanding_minor"] - row["principal_minor"]
    )
    assert closing(fund, "compensated_interest") == paid["interest_minor"]
    assert closing(fund, "cash") == (await world.account(fund_id))["balance"]
    assert closing(found["lenders"], "claims") == closing(found["lenders"], "accrued_interest") == 0
    await world.audit()
    lines = list(csv.reader(StringIO((await world.operator.http.get(f"/v1/trial-balances/{third}/csv")).text)))
    print("\n".join(",".join(one) for one in lines))
