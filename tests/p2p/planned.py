"""Plans and those who join them, as tests make them."""

from datetime import timedelta
from typing import Any

from chassis.clock import business_day, real_now
from suite.audit.gathering import Auditor
from tests.p2p.people import Door, Person, World
from tests.p2p.test_programmes import HARBOUR

TODAY = business_day(real_now())
LOANS: dict[str, Any] = HARBOUR | {
    "names": {"en": "Loans for plans", "zh": "计划标的"},
    "loss_borne_by": "lender",
    "loss_waterfall": [],
    "terms_months": [12],
    "methods": ["equal_instalment"],
    "day_count": "30/360",
    "grades": ["A", "B", "C", "D"],
    "least_amount_minor": 10_000,
    "largest_amount_minor": 100_000_000,
    "lot_minor": 1_000,
    "resale": {"held_days": 0, "least_price": "0.9", "largest_price": "1.1", "fee_rate": "0.005"},
    "plans": True,
}
PLAN: dict[str, Any] = {
    "names": {"en": "U plan", "zh": "U计划"},
    "expected_income": {"en": "at most 6 % a year, not guaranteed", "zh": "年化至多6%，不保证收益"},
    "currency": "CNY",
    "programmes": ["plan_loans"],
    "grades": ["A", "B", "C", "D"],
    "terms_months": [12],
    "lowest_rate": "0.05",
    "least_minor": 10_000,
    "most_minor": 5_000_000,
    "total_minor": 10_000_000,
    "offered_from_on": TODAY.isoformat(),
    "offered_until_on": (TODAY + timedelta(days=200)).isoformat(),
    "investing_days": 10,
    "lock_in_days": 40,
    "resale": {"least_yield": "0.05", "largest_price": "1.1"},
    "income_cap": "0.06",
    "above_cap": "to_platform",
    "joining_fee_rate": "0.0005",
    "exit_fee_rate": "0.0005",
}


async def published(
    world: World, code: str = "u_plan", loans: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A plan that one may join, with the programme it lends on."""
    await world.operator.made("/v1/programmes/plan_loans/versions", LOANS | (loans or {}))
    made = await world.operator.made(f"/v1/plans/{code}/versions", PLAN | changes)
    assert (made["state"], made["version"]) == ("draft", 1)
    return await colleague(world).made(f"/v1/plans/{code}/versions/1/publication", status=200)


def colleague(world: World) -> Door:
    """Of staff: she publishes what the operator made."""
    return Door(world.p2p.client("stf_second"), "stf_second")


async def joined(world: World, lender: Person, amount: int, code: str = "u_plan") -> dict[str, Any]:
    """In the plan, her order in the queue."""
    body = {"version": 1, "amount": amount, "currency": "CNY"}
    made = await lender.lending.made(f"/v1/plans/{code}/enrolments", body)
    assert made["state"] == "investing", made
    await world.until(lender.lending, f"/v1/standing-orders/{made['standing_order_id']}", "active")
    return made


async def lent_by_plan(world: World, amount: int, **changes: Any) -> dict[str, Any]:
    """A loan on the plans' programme that the queue fills: its borrower and listing."""
    borrower = world.person()
    terms = {"programme": "plan_loans", "amount": amount, "annual_rate": "0.10"} | changes
    listing = await world.listed(borrower, **terms)
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    loan = await borrower.lending.get(f"/v1/loans/{listing['loan_id']}")
    return {"borrower": borrower, "listing": listing, "loan": loan}


async def repaid(world: World, lent: dict[str, Any], row: int) -> dict[str, Any]:
    """A row of the schedule, from 0, paid whole."""
    borrower: Person = lent["borrower"]
    rows = (await borrower.lending.get(f"/v1/loans/{lent['loan']['id']}/schedule"))["rows"]
    due = rows[row]["principal_minor"] + rows[row]["interest_minor"]
    await world.give(borrower, due)
    body = {"amount": due, "currency": "CNY"}
    made = await borrower.lending.made(f"/v1/loans/{lent['loan']['id']}/repayments", body)
    assert made["state"] == "shared", made
    return dict(rows[row])


async def worked(world: World) -> None:
    await world.run_periodic("p2p.work_enrolments")


async def sold(world: World) -> None:
    await world.run_periodic("p2p.match_sales")


async def differences(world: World) -> list[str]:
    """What `sifang verify` finds wrong between the two services."""
    served = {"payments": world.payments, "p2p": world.p2p}
    auditor = Auditor({name: one.url for name, one in served.items()}, lambda name: served[name].token())
    try:
        report = await auditor.look()
    finally:
        await auditor.close()
    assert any(one.name == "charges of plans follow from transfers" and one.examined for one in report.checks)
    return [check.name for check in report.checks if not check.holds]
