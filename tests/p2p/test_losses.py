"""Loans whose borrowers do not pay, over HTTP: the fund, a guarantor, an originator, and what is given up."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from chassis import commands
from chassis.ids import decode, encode
from clients.ids import new_id
from clients.payments.client import PaymentsClient
from services.p2p.losses import actions, queries
from services.p2p.losses.jobs import P2P, moved_of, payout_of
from services.p2p.losses.model import RESERVE_FUND, Payer
from services.p2p.programmes.model import LossBearer
from services.p2p.repayments.distribution_jobs import first_batch
from services.p2p.verification import queries as verification_queries
from tests.p2p.people import TERMS, Door, Lent, Person, World, application

FUND_TERMS: dict[str, Any] = {"programme": "reserve_fund", "annual_rate": None}
SURETY: dict[str, Any] = {
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
    assert 499_995 <= paid["principal_minor"] + paid["interest_minor"] <= 500_000
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
    made = await world.operator.made("/v1/sureties", SURETY | changes)
    assert made["state"] == "active", made
    return made


async def test_a_guarantor_pays_and_claims_back_from_the_borrower(world: World) -> None:
    nobody = world.person()
    approved = await world.approved(nobody)
    terms = {"amount": 1_000_000, "currency": "CNY", "term_months": 12, "method": "equal_instalment"}
    wish = terms | {"programme": "guaranteed", "annual_rate": "0.08"}
    path = f"/v1/applications/{approved['id']}/listing"
    assert await nobody.lending.refused(path, wish) == (409, "no_surety", "programme")
    surety = await register(world)
    lent = await world.disbursed([700_000, 300_000], programme="guaranteed", annual_rate="0.08")
    await broke(lent)
    await put_in(world, surety["account_id"], 2_000_000)
    await late(lent, 80)
    await world.run_periodic("p2p.expire_applications")
    loss = await covered(lent)
    (paid,) = loss["compensations"]
    assert (paid["state"], paid["payer"], paid["principal_minor"]) == ("paid", surety["id"], 1_000_000)
    assert paid["interest_minor"] > 0
    assert (loss["uncovered_minor"], loss["covered_minor"], loss["waiting"]) == (0, 1_000_000, [])
    exposure = (await world.operator.get(f"/v1/sureties/{surety['id']}"))["exposure"]
    assert exposure == {
        "backed_minor": 1_000_000,
        "loans": 1,
        "claims_minor": 1_000_000,
        "paid_minor": 1_000_000 + paid["interest_minor"],
        "recovered_minor": 0,
    }
    await world.audit()
    await _repay_everything(lent)
    exposure = (await world.operator.get(f"/v1/sureties/{surety['id']}"))["exposure"]
    assert (exposure["backed_minor"], exposure["claims_minor"]) == (0, 0)
    assert exposure["recovered_minor"] > exposure["paid_minor"]
    await world.audit()
    (repaid,) = (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/repayments"))["items"]
    reversal = f"/v1/repayments/{repaid['id']}/reversal"
    assert (await world.operator.post(reversal, {"reason": "bounced"})).status_code in (201, 202)
    await world.run_job("p2p.reverse_repayment", repaid["id"])
    (repaid,) = (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/repayments"))["items"]
    assert repaid["state"] == "reversed"
    loss = await covered(lent)
    assert (loss["uncovered_minor"], loss["covered_minor"], len(loss["compensations"])) == (0, 1_000_000, 1)
    exposure = (await world.operator.get(f"/v1/sureties/{surety['id']}"))["exposure"]
    assert (exposure["claims_minor"], exposure["recovered_minor"]) == (1_000_000, 0)
    await world.audit()


async def proposed(world: World) -> tuple[dict[str, Any], Person, Lent]:
    """What a partner stands behind its loans as, the partner, and a loan of 10,000 that it proposed, paid out: a tenth is its own."""
    partner, borrower = world.person(), world.person()
    await world.give(partner, 100_000)
    originator = await world.licensed(partner)
    surety = await register(
        world,
        kind="originator",
        name="West Credit",
        capital=600_000,
        cap=50_000_000,
        programmes=["partner_originated"],
        originator_id=originator["id"],
        licence_kind="micro_lending",
    )
    wish = application() | {"borrower": borrower.id}
    made = await partner.lending.made(f"/v1/originators/{originator['id']}/applications", wish)
    terms = TERMS | {"programme": "partner_originated", "annual_rate": "0.10"}
    listing = await borrower.lending.made(f"/v1/applications/{made['id']}/listing", terms)
    return surety, partner, await world.filled(borrower, listing, [900_000])


async def test_an_originator_buys_back_within_its_capital(world: World) -> None:
    """And nothing of its own share."""
    surety, partner, lent = await proposed(world)
    await broke(lent)
    await put_in(world, surety["account_id"], 5_000_000)
    await late(lent, 31)
    loss = await covered(lent)
    (paid,) = loss["compensations"]
    assert (paid["state"], paid["bearer"], paid["payer"]) == ("paid", "originator", surety["id"])
    assert (paid["asked_minor"], loss["uncovered_minor"]) == (900_000, 900_000 - paid["principal_minor"])
    assert paid["principal_minor"] + paid["interest_minor"] <= 600_000
    assert [one["bearer"] for one in loss["waiting"]] == ["originator"]
    (own,) = (await partner.lending.get("/v1/claims"))["items"]
    assert own["outstanding_minor"] == 100_000
    assert await partner.balance() == (0, 0)
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


async def test_whoever_is_first_in_the_published_order_is_paid_first_and_nothing_twice(world: World) -> None:
    """Two loans equally late: by id. Between the ledger's answer and its record everything stops; the next round goes on from there."""
    first = await world.disbursed([600_000, 400_000], **FUND_TERMS)
    second = await world.disbursed([500_000], **FUND_TERMS)
    for lent in (first, second):
        await broke(lent)
    account_id = await fund_account(world)
    await late(first, 31)
    shown = await fund(world)
    queue = [first.loan["id"], second.loan["id"]]
    assert [(one["place"], one["loan_id"]) for one in shown["waiting"]] == [(1, queue[0]), (2, queue[1])]
    runtime = world.p2p.runtime
    payer = Payer(LossBearer.RESERVE_FUND, RESERVE_FUND, decode("acc", account_id), shown["balance_minor"])
    begun = await commands.perform(
        runtime, actions.begin, P2P, seed="tests", loan_id=decode("lon", queue[0]), payer=payer, attempt=1
    )
    if begun is not None:
        async with runtime.reading() as connection:
            shares = await queries.shares(connection, begun.id)
        orders = first_batch(payout_of(begun), moved_of(begun, shares), {}, {})
        await runtime.get(PaymentsClient).move_all(orders)
    loss = await covered(first)
    assert [one["state"] for one in loss["compensations"]] == ["paid"]
    await world.run_job("p2p.pay_compensation", loss["compensations"][0]["id"])
    assert (await covered(second))["compensations"] == []
    after = await fund(world)
    assert 0 <= after["balance_minor"] <= 5
    assert [one["loan_id"] for one in after["waiting"]] == queue
    assert after["waiting"][0]["paid_minor"] == shown["balance_minor"] - after["balance_minor"]
    codes = [one["code"] for one in await world.transfers(queue[0])]
    assert (codes.count("p2p.loss.principal"), codes.count("p2p.loss.interest")) == (2, 2)
    await put_in(world, account_id, 2_000_000)
    loss = await covered(first)
    assert (loss["uncovered_minor"], loss["waiting"]) == (0, [])
    assert (await covered(second))["uncovered_minor"] == 0
    assert (await fund(world))["waiting"] == []
    await world.audit()
    await _every_check_sees_a_broken_row(world)


BROKEN = {
    "shares_make_up_the_compensation": "UPDATE compensations SET principal_minor = principal_minor - 1",
    "claim_equals_its_compensations": "UPDATE claims SET compensated_minor = compensated_minor + 1, funded_minor = funded_minor + 1",
    "payer_claims_what_it_paid_for": "UPDATE compensations SET payer = 'sur_nobody'",
    "compensation_has_its_cessions": "UPDATE compensations SET state = 'refused', reason = 'tests'",
    "backed_as_its_programme_says": "UPDATE listings SET programme_code = 'guaranteed', programme_version = 1",
    "written_off_by_two_people": "UPDATE loans SET state = 'written_off'",
}


async def _every_check_sees_a_broken_row(world: World) -> None:
    async with world.p2p.runtime.database.engine.connect() as connection, connection.begin() as transaction:
        for name, statement in BROKEN.items():
            async with connection.begin_nested() as savepoint:
                await connection.execute(text(statement))
                looked = await verification_queries.checks(connection)
                assert looked[name][1], name
                await savepoint.rollback()
        assert not any(offending for _, offending in (await verification_queries.checks(connection)).values())
        await transaction.rollback()


async def test_a_cap_is_never_exceeded_however_many_list_at_once(world: World) -> None:
    await register(world, cap=2_000_000)
    wish = {"programme": "guaranteed", "amount": 500_000, "currency": "CNY", "term_months": 12}
    wish |= {"method": "equal_instalment", "annual_rate": "0.08"}
    people = [world.person() for _ in range(10)]
    approved = [await world.approved(person) for person in people]

    async def ask(person: Person, application: dict[str, Any]) -> str:
        while True:
            answer = await person.lending.post(f"/v1/applications/{application['id']}/listing", wish)
            code = str(answer.json().get("code", "listed"))
            if code != "busy":
                return code

    codes = await asyncio.gather(*(ask(*one) for one in zip(people, approved, strict=True)))
    assert Counter(codes) == {"listed": 4, "no_surety": 6}
    (surety,) = (await world.operator.get("/v1/sureties"))["items"]
    exposed = await world.operator.get(f"/v1/sureties/{surety['id']}")
    assert exposed["exposure"]["backed_minor"] == 2_000_000


async def test_what_a_surety_is_refused(world: World) -> None:
    wrong = [
        ({"licensed_until": "2020-01-02"}, (422, "licence_not_valid", "licensed_until")),
        ({"licensed_from": "2031-01-01"}, (422, "licence_not_valid", "licensed_until")),
        ({"programmes": ["nothing_such"]}, (422, "not_a_suretys_programme", "programmes")),
        ({"programmes": ["open_auction"]}, (422, "not_a_suretys_programme", "programmes")),
        ({"currency": "USD"}, (422, "not_a_suretys_programme", "programmes")),
    ]
    for changes, refusal in wrong:
        assert await world.operator.refused("/v1/sureties", SURETY | changes) == refusal
    surety = await register(world)
    path = f"/v1/sureties/{surety['id']}"
    assert (await world.operator.made(f"{path}/ending", status=200))["state"] == "ended"
    assert await world.operator.refused(f"{path}/ending") == (409, "not_allowed_in_state", None)
    person = world.person()
    approved = await world.approved(person)
    wish = {"programme": "guaranteed", "amount": 500_000, "currency": "CNY", "term_months": 12}
    wish |= {"method": "equal_instalment", "annual_rate": "0.08"}
    listing = f"/v1/applications/{approved['id']}/listing"
    assert await person.lending.refused(listing, wish) == (409, "no_surety", "programme")
    assert (await world.operator.made(f"{path}/resumption", status=200))["state"] == "active"
    terms = {name: SURETY[name] for name in SURETY if name not in ("kind", "currency")}
    changed = await world.operator.made(f"{path}/terms", terms | {"cap": 400_000}, status=200)
    assert (changed["cap_minor"], changed["account_id"]) == (400_000, surety["account_id"])
    assert await person.lending.refused(listing, wish) == (409, "no_surety", "programme")
    assert (await person.lending.post("/v1/sureties", SURETY)).status_code == 403
    nobody = encode("sur", new_id())
    assert await world.operator.refused(f"/v1/sureties/{nobody}/ending") == (404, "unknown_surety", "surety_id")
    loss = await person.lending.get(f"/v1/loans/{encode('lon', new_id())}/loss", 404)
    assert loss["code"] == "unknown_loan"
    shares = await world.operator.get(f"/v1/compensations/{encode('los', new_id())}/shares", 404)
    assert shares["code"] == "unknown_compensation"
    decision = {"approve": True, "note": "no"}
    path = f"/v1/write-offs/{encode('wof', new_id())}/decision"
    assert await world.operator.refused(path, decision) == (404, "unknown_write_off", "write_off_id")
