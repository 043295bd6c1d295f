"""Stories of repaying with the real payments beside: shared to the minor unit, tried again, repaid to the end; what a lender sees."""

import asyncio
from datetime import timedelta

from tests.p2p.people import World


async def test_an_instalment_is_shared_to_the_minor_unit(world: World) -> None:
    lent = await world.disbursed([335_000, 330_000, 335_000])
    row = (await lent.rows())[0]
    answer = await lent.repay(row["payment_minor"])
    repaid = answer.json()
    assert (answer.status_code, repaid["state"], repaid["row"]) == (201, "shared", 1)
    shares = (await world.operator.get(f"/v1/repayments/{repaid['id']}/shares"))["items"]
    assert sum(one["amount_minor"] for one in shares if one["kind"] == "principal") == row["principal_minor"]
    assert sum(one["amount_minor"] for one in shares if one["kind"] == "interest") == row["interest_minor"]
    assert len(shares) == 6
    for lender in lent.lenders:
        own = sum(one["amount_minor"] for one in shares if one["holder"] == lender.id)
        assert await lender.balance() == (own, own)
    assert (await lent.borrower.balance())[0] == 995_000 - row["payment_minor"]
    assert (await lent.rows())[0]["repayment_id"] == repaid["id"]
    shared = (await world.events("p2p.repayment.shared.v1"))[0]["data"]
    assert (shared["amount"], shared["holders"]) == (row["payment_minor"], 3)
    assert shared["outstanding_minor"] == 1_000_000 - row["principal_minor"]
    await world.audit()


async def test_twenty_at_once_repay_one_instalment(world: World) -> None:
    lent = await world.disbursed([500_000, 500_000])
    amount = (await lent.rows())[0]["payment_minor"]
    answers = await asyncio.gather(*(lent.repay(amount) for _ in range(20)))
    shared = [answer for answer in answers if answer.status_code == 201]
    paid = {answer.json()["row"] for answer in shared}
    assert len(paid) == len(shared)
    codes = {answer.json()["code"] for answer in answers if answer.status_code >= 400}
    assert codes <= {"repayment_under_way", "amount_differs", "busy"}
    rows = await lent.rows()
    assert (await lent.borrower.balance())[0] == 995_000 - sum(row["payment_minor"] for row in rows if row["paid_at"])
    await world.audit()


async def test_a_repayment_without_money_is_refused_and_may_be_tried_again(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    source = await world._money_source()
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], source, 990_000)
    amount = (await lent.rows())[0]["payment_minor"]
    refused = (await lent.repay(amount)).json()
    assert (refused["state"], refused["reason"], refused["attempt"]) == ("refused", "insufficient_funds", 1)
    assert await lent.lenders[0].balance() == (0, 0)
    assert (await lent.rows())[0]["paid_at"] is None
    await world.give(lent.borrower, 990_000)
    shared = (await lent.repay(amount)).json()
    assert (shared["state"], shared["attempt"]) == ("shared", 2)
    assert await lent.lenders[0].balance() == (amount, amount)
    assert len(await world.events("p2p.repayment.refused.v1")) == 1
    await world.audit()


async def test_what_a_repayment_is_refused_for(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    amount = (await lent.rows())[0]["payment_minor"]
    door = lent.borrower.lending
    assert await door.refused(path, {"amount": amount + 1, "currency": "CNY"}) == (422, "amount_differs", "amount")
    assert await door.refused(path, {"amount": amount, "currency": "USD"}) == (422, "currency_differs", "currency")
    other = lent.lenders[0].lending
    assert await other.refused(path, {"amount": amount, "currency": "CNY"}) == (404, "unknown_loan", "loan_id")
    assert (await other.get(path, 404))["code"] == "unknown_loan"
    assert await world.operator.refused(path, {"amount": amount, "currency": "CNY"}) == (404, "unknown_loan", "loan_id")


async def test_a_loan_is_repaid_to_the_end_and_every_claim_is_zero(world: World) -> None:
    lent = await world.disbursed([105_000, 95_000, 100_000], term_months=3, method="equal_principal")
    await world.give(lent.borrower, 100_000)
    for row in await lent.rows():
        assert (await lent.repay(row["payment_minor"])).json()["state"] == "shared"
        await world.audit()
    loan = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}")
    assert (loan["state"], loan["outstanding_minor"]) == ("repaid", 0)
    for lender, funded in zip(lent.lenders, (105_000, 95_000, 100_000), strict=True):
        claim = (await lender.lending.get("/v1/claims"))["items"][0]
        assert (claim["outstanding_minor"], claim["principal_received_minor"]) == (0, funded)
        assert (await lender.balance())[0] == funded + claim["interest_received_minor"]
    assert len(await world.events("p2p.loan.repaid.v1")) == 1
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    refused = await lent.borrower.lending.refused(path, {"amount": 1, "currency": "CNY"})
    assert refused == (409, "nothing_owed", None)


async def test_a_lender_sees_her_claims_and_what_they_yield(world: World) -> None:
    lent = await world.disbursed([400_000, 600_000])
    lender = lent.lenders[0]
    claim = (await lender.lending.get("/v1/claims"))["items"][0]
    assert (claim["funded_minor"], claim["outstanding_minor"], claim["loan_state"]) == (400_000, 400_000, "repaying")
    assert sum(one["principal_minor"] for one in claim["expected"]) == 400_000
    assert 0.10 < float(claim["xirr"]) < 0.107
    assert not claim["overdue"]
    portfolio = (await lender.lending.get("/v1/portfolio"))["items"][0]
    assert (portfolio["outstanding_minor"], portfolio["claims"]) == (400_000, 1)
    assert portfolio["by_state"] == {"current": 400_000}
    assert len(portfolio["expected"]) == 12
    await world.pass_time(timedelta(days=40))
    claim = (await lender.lending.get("/v1/claims"))["items"][0]
    assert claim["overdue"]
    assert claim["accrued_minor"] > 0
    assert (await lender.lending.get("/v1/portfolio"))["items"][0]["by_state"] == {"overdue": 400_000}
    seen = await lender.lending.get(f"/v1/loans/{lent.loan['id']}")
    assert seen["borrower"] is None
    assert len((await lender.lending.get(f"/v1/loans/{lent.loan['id']}/schedule"))["rows"]) == 12


async def test_another_customers_loan_is_unknown(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    stranger = world.person()
    for path in (f"/v1/loans/{lent.loan['id']}", f"/v1/loans/{lent.loan['id']}/schedule"):
        assert (await stranger.lending.get(path, 404))["code"] == "unknown_loan"
    assert (await stranger.lending.get("/v1/loans"))["items"] == []
    assert (await stranger.lending.get("/v1/claims"))["items"] == []
