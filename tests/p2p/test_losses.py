"""Loans whose borrowers do not pay, over HTTP: the fund, a guarantor, an originator, and what is given up."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.p2p.people import Door, Lent, World

FUND_TERMS: dict[str, Any] = {"programme": "reserve_fund", "annual_rate": None}
BACKER: dict[str, Any] = {
    "kind": "guarantor",
    "name": "East Guarantee",
    "licence_kind": "financing guarantee",
    "licence_number": "G-1",
    "licensed_from": "2020-01-01",
    "licensed_until": "2030-12-31",
    "currency": "CNY",
    "capital": 50_000_000,
    "cap": 10_000_000,
    "programmes": ["guaranteed"],
}


async def fund_account(world: World) -> str:
    accounts = (await world.operator.get("/v1/verification"))["house_accounts"]
    return str(next(one["account_id"] for one in accounts if one["purpose"] == "reserve_fund"))


async def fund(world: World) -> dict[str, Any]:
    return dict(await world.operator.get("/v1/reserve-fund"))


async def put_in(world: World, account_id: str, amount: int) -> None:
    await world.move(await world._money_source(), account_id, amount)


async def broke(lent: Lent) -> None:
    """The borrower spends all she was paid out."""
    wallet = await lent.borrower.wallet()
    if wallet["balance"]:
        await lent.world.move(wallet["account_id"], await lent.world._money_source(), wallet["balance"])


async def late(lent: Lent, days: int) -> None:
    """Time goes on until the oldest unpaid row is so many days past due."""
    clock = await lent.world.operator.get("/v1/clock")
    now = datetime.fromisoformat(clock["business_at"]).astimezone(ZoneInfo("Asia/Shanghai")).date()
    due_on = date.fromisoformat(next(row for row in await lent.rows() if row["paid_at"] is None)["due_on"])
    await lent.world.pass_time(due_on + timedelta(days=days) - now)


async def covered(lent: Lent) -> dict[str, Any]:
    await lent.world.run_periodic("p2p.cover_losses")
    loss = dict(await lent.world.operator.get(f"/v1/loans/{lent.loan['id']}/loss"))
    for one in loss["compensations"]:
        if one["state"] == "pending":
            await lent.world.run_job("p2p.pay_compensation", one["id"])
    return dict(await lent.world.operator.get(f"/v1/loans/{lent.loan['id']}/loss"))


async def test_the_fund_pays_what_it_has_and_what_comes_later_is_its_own(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000], **FUND_TERMS)
    await broke(lent)
    account_id = await fund_account(world)
    await put_in(world, account_id, 498_000)
    await late(lent, 29)
    assert (await covered(lent))["compensations"] == []
    await late(lent, 30)
    loss = await covered(lent)
    (paid,) = loss["compensations"]
    assert (paid["state"], paid["bearer"], paid["asked_minor"]) == ("paid", "reserve_fund", 1_000_000)
    assert 499_998 <= paid["principal_minor"] + paid["interest_minor"] <= 500_000
    assert loss["uncovered_minor"] == 1_000_000 - paid["principal_minor"]
    balances = [(await lender.balance())[0] for lender in lent.lenders]
    assert sum(balances) == paid["principal_minor"] + paid["interest_minor"]
    assert abs(balances[0] * 4 - balances[1] * 6) <= 20
    shown = await fund(world)
    assert shown["balance_minor"] == 500_000 - sum(balances)
    assert (shown["paid_minor"], shown["claims_minor"]) == (sum(balances), paid["principal_minor"])
    assert [(one["place"], one["loan_id"], one["uncovered_minor"]) for one in shown["waiting"]] == [
        (1, lent.loan["id"], loss["uncovered_minor"])
    ]
    assert len((await covered(lent))["compensations"]) == 1
    await world.audit()
    await _repay_everything(lent)
    await world.audit()
    after = await fund(world)
    assert after["waiting"] == []
    assert after["recovered_minor"] > paid["principal_minor"]
    assert after["balance_minor"] == after["recovered_minor"] + 500_000 - sum(balances)
    received = [(await lender.balance())[0] for lender in lent.lenders]
    rows = sum(row["principal_minor"] + row["interest_minor"] for row in await lent.rows())
    transfers = await world.transfers(lent.loan["id"])
    lateness = sum(one["amount"] for one in transfers if one["code"] == "p2p.repayment.late_interest")
    assert sum(received) + after["recovered_minor"] == rows + lateness + sum(balances)
    assert sum(received) <= rows + lateness


async def _repay_everything(lent: Lent) -> None:
    dues = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues")
    amount = dues["owed_minor"]
    await lent.world.give(lent.borrower, amount)
    answer = await lent.repay(amount)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "shared", answer.text


async def register(world: World, **changes: Any) -> dict[str, Any]:
    made = await world.operator.made("/v1/backers", BACKER | changes)
    assert made["state"] == "active", made
    return made


async def test_a_guarantor_pays_and_claims_back_from_the_borrower(world: World) -> None:
    nobody = world.person()
    approved = await world.approved(nobody)
    terms = {"amount": 1_000_000, "currency": "CNY", "term_months": 12, "method": "equal_instalment"}
    wish = terms | {"programme": "guaranteed", "annual_rate": "0.08"}
    path = f"/v1/applications/{approved['id']}/listing"
    assert await nobody.lending.refused(path, wish) == (409, "no_backer", "programme")
    backer = await register(world)
    lent = await world.disbursed([700_000, 300_000], programme="guaranteed", annual_rate="0.08")
    await broke(lent)
    await put_in(world, backer["account_id"], 2_000_000)
    await late(lent, 80)
    await world.run_periodic("p2p.expire_applications")
    loss = await covered(lent)
    (paid,) = loss["compensations"]
    assert (paid["state"], paid["payer"], paid["principal_minor"]) == ("paid", backer["id"], 1_000_000)
    assert paid["interest_minor"] > 0
    assert (loss["uncovered_minor"], loss["covered_minor"], loss["waiting"]) == (0, 1_000_000, [])
    exposure = (await world.operator.get(f"/v1/backers/{backer['id']}"))["exposure"]
    assert exposure == {
        "backed_minor": 1_000_000,
        "loans": 1,
        "claims_minor": 1_000_000,
        "paid_minor": 1_000_000 + paid["interest_minor"],
        "recovered_minor": 0,
    }
    await world.audit()
    await _repay_everything(lent)
    exposure = (await world.operator.get(f"/v1/backers/{backer['id']}"))["exposure"]
    assert (exposure["backed_minor"], exposure["claims_minor"]) == (0, 0)
    assert exposure["recovered_minor"] > exposure["paid_minor"]
    await world.audit()


async def test_an_originator_buys_back_within_its_capital(world: World) -> None:
    backer = await register(
        world, kind="originator", name="West Credit", capital=600_000, cap=50_000_000, programmes=["partner_originated"]
    )
    lent = await world.disbursed([1_000_000], programme="partner_originated", annual_rate="0.10")
    await broke(lent)
    await put_in(world, backer["account_id"], 5_000_000)
    await late(lent, 31)
    loss = await covered(lent)
    (paid,) = loss["compensations"]
    assert (paid["state"], paid["bearer"], paid["payer"]) == ("paid", "originator", backer["id"])
    assert paid["principal_minor"] + paid["interest_minor"] <= 600_000
    assert loss["uncovered_minor"] == 1_000_000 - paid["principal_minor"]
    assert [one["bearer"] for one in loss["waiting"]] == ["originator"]
    await world.audit()


async def test_a_loan_given_up_by_two_people_is_still_recovered(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000])
    await broke(lent)
    path = f"/v1/loans/{lent.loan['id']}/write-off"
    assert await world.operator.refused(path, {"reason": "gone"}) == (409, "not_late_enough", "loan_id")
    await late(lent, 181)
    proposed = await world.operator.made(path, {"reason": "gone"})
    assert await world.operator.refused(path, {"reason": "gone"}) == (409, "write_off_proposed", "loan_id")
    decision = f"/v1/write-offs/{proposed['id']}/decision"
    yes = {"approve": True, "note": "agreed"}
    assert await world.operator.refused(decision, yes) == (403, "same_person", None)
    second = Door(world.p2p.client("stf_second"), "stf_second")
    decided = await second.made(decision, yes, status=200)
    assert (decided["state"], decided["decided_by"]) == ("approved", "stf_second")
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "written_off"
    claims = (await lent.lenders[0].lending.get("/v1/claims"))["items"]
    assert (claims[0]["loan_state"], claims[0]["outstanding_minor"]) == ("written_off", 600_000)
    await world.audit()
    await world.give(lent.borrower, 50_000)
    assert (await lent.repay(50_000)).json()["state"] == "shared"
    balances = [(await lender.balance())[0] for lender in lent.lenders]
    assert sum(balances) == 50_000
    assert abs(balances[0] * 4 - balances[1] * 6) <= 20
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "written_off"
    await _repay_everything(lent)
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    await world.audit()
