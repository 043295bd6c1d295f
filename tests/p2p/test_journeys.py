"""One journey a programme, from application to the last payment, over HTTP: default and recovery included, the audit clean after each."""

from datetime import date
from typing import Any

import pytest

from tests.conftest import Serve
from tests.p2p.lending_steps import DAY, House, agrees, claim_of, instalments, statement_agrees
from tests.p2p.orders import ordered
from tests.p2p.people import Door, Lent, Person, World, application
from tests.p2p.test_losses import SURETY

MILLION = 1_000_000


@pytest.fixture
async def house(serve: Serve) -> House:
    sandbox = await serve("sandbox")
    payments = await serve("payments")
    p2p = await serve("p2p")
    world = World(payments, p2p, Door(p2p.client(), "stf_tests"), Door(payments.client(), "stf_tests"))
    return House(world, Door(sandbox.client(), "stf_tests"))


async def test_open_auction_the_lenders_bear_the_loss(house: House) -> None:
    """Approved by two, filled by hand and by a standing order, sold on, late, promised, given up, and paid in the end."""
    world, borrower = house.world, house.world.person()
    manual, automatic = await world.rich(600_000), await world.rich(400_000)
    order = await ordered(automatic, budget=400_000, most_amount=400_000)
    made = await house.approved_by_two(borrower)
    listing = await house.listed(borrower, made, programme="open_auction", annual_rate="0.1")
    assert (await manual.bid(listing["id"], 600_000))["state"] in ("placed", "funded")
    lent = await house.lent(borrower, listing, [manual, automatic])
    why = await automatic.lending.get(f"/v1/standing-orders/{order['id']}/why", listing_id=listing["id"])
    assert [(run["trigger"], run["amount"]) for run in why["runs"]] == [("opened", 400_000)], why
    expected = instalments(MILLION, "0.1", 12)
    await agrees(lent, expected)
    await house.collected(lent, [1, 2])
    buyer = await _sold_on(house, lent, manual)
    await _promised_and_kept(house, lent)
    await _given_up_and_recovered(house, lent, [buyer, automatic])
    years = _years(lent, 2)
    await statement_agrees(buyer, years, MILLION)
    await statement_agrees(manual, years, 600_000)
    await statement_agrees(automatic, years, 400_000)
    await house.verified()


async def _sold_on(house: House, lent: Lent, seller: Person) -> Person:
    """The claim of one lender, whole, to somebody new; what her claim brings from now on is the buyer's."""
    await house.to_day(date.fromisoformat((await lent.rows())[1]["due_on"]) + 5 * DAY)
    claim = await claim_of(seller, lent.loan["id"])
    body = {"amount": claim["outstanding_minor"], "currency": "CNY", "price_share": "0.99"}
    sale = await seller.lending.made(f"/v1/claims/{claim['id']}/sales", body)
    buyer = await house.world.rich(MILLION)
    quote = await buyer.lending.get(f"/v1/sales/{sale['id']}/quote", amount=body["amount"])
    assert float(quote["xirr"]) > 0.1
    order = {"amount": body["amount"], "currency": "CNY", "price_minor": quote["price_minor"]}
    purchase = await buyer.lending.made(f"/v1/sales/{sale['id']}/purchases", order)
    assert purchase["state"] == "settled"
    assert await buyer.balance() == (MILLION - quote["price_minor"],) * 2
    return buyer


async def _promised_and_kept(house: House, lent: Lent) -> None:
    """The third row is not there on its day; a case opens, she is called, promises, and pays with late interest."""
    world, her = house.world, lent.borrower
    await house.spent(her)
    due = await house.due_day(lent, 3)
    await world.run_periodic("p2p.debit_due")
    await house.to_day(due + 5 * DAY)
    await world.run_periodic("p2p.collect")
    (case,) = (await her.lending.get("/v1/collection-cases"))["items"]
    path = f"/v1/collection-cases/{case['id']}"
    assert (case["bucket"], case["days_past_due"]) == ("M1", 5)
    await house.staff.made(f"{path}/assignment", status=200)
    call = await house.staff.made(f"{path}/contacts", {"channel": "phone"})
    reached = {"outcome": "promised", "note": "pays on Friday"}
    await house.staff.made(f"/v1/collection-contacts/{call['id']}/outcome", reached, status=200)
    row = (await lent.rows())[2]
    promise = {"amount": row["payment_minor"], "currency": "CNY", "due_on": str(due + 7 * DAY)}
    await her.lending.made(f"{path}/promises", promise)
    owed = (await her.lending.get(f"/v1/loans/{lent.loan['id']}/dues"))["due_minor"]
    # Late interest: 0.03 % a day of the principal that is overdue, five days.
    assert owed - row["payment_minor"] == round(row["principal_minor"] * 0.0003 * 5)
    await world.give(her, owed)
    assert (await lent.repay(owed)).status_code == 201
    await house.to_day(due + 8 * DAY)
    await world.run_periodic("p2p.collect")
    (promise,) = (await her.lending.get(f"{path}/promises"))["items"]
    assert ((await her.lending.get(path))["state"], promise["state"]) == ("closed", "kept")


async def _given_up_and_recovered(house: House, lent: Lent, holders: list[Person]) -> None:
    """After half a year two people give it up; what still comes is shared by what each holds, and ends it."""
    world = house.world
    await house.late(lent, 181)
    proposed = await house.staff.made(f"/v1/loans/{lent.loan['id']}/write-off", {"reason": "gone"})
    decided = {"approve": True, "note": "agreed"}
    await house.colleague("stf_second").made(f"/v1/write-offs/{proposed['id']}/decision", decided, status=200)
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "written_off"
    before = [(await holder.balance())[0] for holder in holders]
    held = [(await claim_of(holder, lent.loan["id"]))["outstanding_minor"] for holder in holders]
    await world.give(lent.borrower, 50_000)
    assert (await lent.repay(50_000)).json()["state"] == "shared"
    got = [(await holder.balance())[0] - had for holder, had in zip(holders, before, strict=True)]
    assert sum(got) == 50_000
    assert abs(got[0] * held[1] - got[1] * held[0]) <= sum(held) * 2
    await house.paid_off(lent)
    for holder in holders:
        assert (await claim_of(holder, lent.loan["id"]))["outstanding_minor"] == 0


async def test_reverse_auction_one_rate_for_all(house: House) -> None:
    """The lowest that fill it decide; who is displaced has her money back at once; collected to the last row."""
    world, borrower = house.world, house.world.person()
    lenders = [await world.rich(600_000) for _ in range(3)]
    made = await house.approved(borrower)
    listing = await house.listed(borrower, made, programme="reverse_auction", annual_rate="0.1", term_months=6)
    for lender, rate in zip(lenders, ("0.1", "0.07", "0.08"), strict=True):
        body = {"amount": 600_000, "currency": "CNY", "annual_rate": rate}
        await lender.lending.made(f"/v1/listings/{listing['id']}/bids", body)
    now = (await house.staff.get("/v1/clock"))["business_at"]
    await house.to_day(date.fromisoformat(now[:10]) + 16 * DAY)
    await world.run_periodic("p2p.close_listings")
    lent = await house.lent(borrower, listing, lenders[1:])
    assert (lent.loan["annual_rate"], await lenders[0].balance()) == ("0.08", (600_000, 600_000))
    expected = instalments(MILLION, "0.08", 6)
    await agrees(lent, expected)
    await house.collected(lent, range(1, 7))
    assert (await borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    earned = [(await lender.balance())[0] - 600_000 for lender in lenders[1:]]
    assert sum(earned) == sum(row.interest for row in expected)
    assert abs(earned[0] * 4 - earned[1] * 6) <= 6 * len(expected)
    (portfolio,) = (await lenders[1].lending.get("/v1/portfolio"))["items"]
    assert abs(float(portfolio["xirr"]) - 0.083) < 0.002, "0.08 a twelfth a month is 8.3 % a year"
    await house.verified()


async def test_reserve_fund_to_the_extent_of_its_balance(house: House) -> None:
    """Priced by grade; the fund pays what it has, holds what it paid for, and is paid back first come of what it holds."""
    world, borrower = house.world, house.world.person()
    lenders = [await world.rich(600_000), await world.rich(400_000)]
    made = await house.approved(borrower)
    listing = await house.listed(borrower, made, programme="reserve_fund")
    assert (made["grade"], listing["annual_rate"]) == ("A", "0.06")
    lent = await _filled(house, borrower, listing, lenders, [600_000, 400_000])
    contributed = (await house.staff.get("/v1/reserve-fund"))["balance_minor"]
    assert contributed == 2_000, "0.2 % of the loan for its year"
    await house.collected(lent, [1, 2, 3])
    await house.spent(borrower)
    await world.move(await world._money_source(), await _house_account(house, "reserve_fund"), 298_000)
    await house.late(lent, 30)
    loss = await house.loss(lent)
    (paid,) = loss["compensations"]
    outstanding = sum(row["principal_minor"] for row in (await lent.rows())[3:])
    assert (paid["bearer"], paid["state"], paid["asked_minor"]) == ("reserve_fund", "paid", outstanding)
    assert 299_990 <= paid["principal_minor"] + paid["interest_minor"] <= 300_000
    assert loss["uncovered_minor"] == outstanding - paid["principal_minor"] > 0
    await house.verified()
    await house.paid_off(lent)
    fund = await house.staff.get("/v1/reserve-fund")
    assert fund["recovered_minor"] >= paid["principal_minor"] + paid["interest_minor"]
    assert (fund["claims_minor"], fund["waiting"]) == (0, [])
    for lender, gave in zip(lenders, (600_000, 400_000), strict=True):
        await statement_agrees(lender, _years(lent, 2), gave)
    await house.verified()


async def test_guaranteed_within_the_guarantors_cap(house: House) -> None:
    """The guarantor pays all, holds the claim, and has everything back from the borrower; the lenders lose nothing."""
    world, borrower = house.world, house.world.person()
    surety = await house.staff.made("/v1/sureties", SURETY)
    lenders = [await world.rich(700_000), await world.rich(300_000)]
    made = await house.approved(borrower)
    listing = await house.listed(borrower, made, programme="guaranteed", annual_rate="0.08")
    lent = await _filled(house, borrower, listing, lenders, [700_000, 300_000])
    expected = instalments(MILLION, "0.08", 12)
    await agrees(lent, expected)
    await house.collected(lent, [1, 2])
    await house.spent(borrower)
    await world.move(await world._money_source(), surety["account_id"], 2_000_000)
    await house.late(lent, 80)
    loss = await house.loss(lent)
    (paid,) = loss["compensations"]
    outstanding = sum(row.principal for row in expected[2:])
    assert (paid["payer"], paid["principal_minor"], loss["uncovered_minor"]) == (surety["id"], outstanding, 0)
    earned = [(await lender.balance())[0] for lender in lenders]
    assert sum(earned) == MILLION + sum(row.interest for row in expected[:2]) + paid["interest_minor"]
    await house.verified()
    owed = await house.paid_off(lent)
    exposure = (await house.staff.get(f"/v1/sureties/{surety['id']}"))["exposure"]
    assert (exposure["backed_minor"], exposure["claims_minor"]) == (0, 0)
    # The lateness of the days before the guarantor paid is the lenders', as they waited for it.
    late = sum([(await lender.balance())[0] for lender in lenders]) - sum(earned)
    assert exposure["recovered_minor"] == owed - late > paid["principal_minor"] + paid["interest_minor"]
    assert 0 < late < owed / 100
    await house.verified()


async def test_partner_originated_bought_back_within_its_capital(house: House) -> None:
    """A micro-lender proposes; thirty days late it buys back what its capital bears, and the rest stays with the lenders."""
    world, borrower, partner = house.world, house.world.person(), house.world.person()
    await world.give(partner, 100_000)
    originator = await world.licensed(partner)
    surety = SURETY | {"kind": "originator", "name": "West Credit", "capital": 600_000, "cap": 50_000_000}
    surety |= {"programmes": ["partner_originated"], "licence_kind": "micro_lending", "originator_id": originator["id"]}
    surety = await house.staff.made("/v1/sureties", surety)
    made = await _proposed(house, partner, originator["id"], borrower)
    listing = await house.listed(borrower, made, programme="partner_originated", annual_rate="0.1")
    lenders = [await world.rich(600_000), await world.rich(300_000)]
    lent = await _filled(house, borrower, listing, lenders, [600_000, 300_000])
    assert await partner.balance() == (0, 0), "a tenth is its own"
    await house.collected(lent, [1])
    await house.spent(borrower)
    await world.move(await world._money_source(), surety["account_id"], 5_000_000)
    await house.late(lent, 31)
    loss = await house.loss(lent)
    (paid,) = loss["compensations"]
    assert (paid["bearer"], paid["payer"], paid["state"]) == ("originator", surety["id"], "paid")
    assert paid["principal_minor"] + paid["interest_minor"] <= 600_000
    outstanding = sum([(await claim_of(who, lent.loan["id"]))["outstanding_minor"] for who in lenders])
    assert loss["uncovered_minor"] == outstanding > 0
    await house.verified()
    await house.paid_off(lent)
    for lender, gave in zip((*lenders, partner), (600_000, 300_000, 100_000), strict=True):
        assert (await lender.balance())[0] > gave
        await statement_agrees(lender, _years(lent, 2), gave)
    await house.verified()


async def test_claim_transfer_slices_of_a_first_lender(house: House) -> None:
    """The first lender lends all and sells a slice; the fund pays principal alone when it is late; both are paid to the end."""
    world, borrower = house.world, house.world.person()
    first, buyer = await world.rich(MILLION), await world.rich(300_000)
    await world.licensed(first)
    made = await house.approved(borrower)
    listing = await house.listed(borrower, made, programme="claim_transfer", annual_rate="0.1")
    lent = await _filled(house, borrower, listing, [first], [MILLION])
    last = (await lent.rows())[-1]["due_on"]
    claim = await claim_of(first, lent.loan["id"])
    offer = {"claim_ids": [claim["id"]], "amount": 800_000, "currency": "CNY", "price_share": "1"}
    sale = await first.lending.made("/v1/slices", offer | {"promised_on": last})
    wish = {"programme": "claim_transfer", "amount": 300_000, "currency": "CNY", "until_on": last}
    (match,) = (await buyer.lending.get("/v1/slice-matches", **wish))["items"]
    bought = {"amount": match["amount"], "currency": "CNY", "price_minor": match["price_minor"]}
    await buyer.lending.made(f"/v1/sales/{sale['id']}/purchases", bought)
    await house.collected(lent, [1, 2])
    await house.spent(borrower)
    await world.move(await world._money_source(), await _house_account(house, "reserve_fund"), 200_000)
    await house.late(lent, 31)
    (paid,) = (await house.loss(lent))["compensations"]
    assert (paid["bearer"], paid["interest_minor"]) == ("reserve_fund", 0)
    await house.verified()
    await house.paid_off(lent)
    for holder in (buyer, first):
        claim = await claim_of(holder, lent.loan["id"])
        assert claim["outstanding_minor"] == 0, claim
    await house.verified()


async def _filled(
    house: House, borrower: Person, listing: dict[str, Any], lenders: list[Person], amounts: list[int]
) -> Lent:
    for lender, amount in zip(lenders, amounts, strict=True):
        bid = await lender.bid(listing["id"], amount)
        assert bid["state"] in ("placed", "funded"), bid
    return await house.lent(borrower, listing, lenders)


async def _proposed(house: House, partner: Person, originator_id: str, borrower: Person) -> dict[str, Any]:
    path = f"/v1/originators/{originator_id}/applications"
    answer = await partner.lending.post(path, application() | {"borrower": borrower.id})
    assert answer.status_code in (201, 202), answer.text
    return await house.settled(answer.json())


async def _house_account(house: House, purpose: str) -> str:
    accounts = (await house.staff.get("/v1/verification"))["house_accounts"]
    return str(next(one["account_id"] for one in accounts if one["purpose"] == purpose))


def _years(lent: Lent, count: int) -> range:
    first = date.fromisoformat(lent.loan["starts_on"]).year
    return range(first, first + count + 1)
