"""Lending where a bank keeps the money: the bank goes first, refuses what nobody allowed, and each day ties out to the minor unit."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.clock import business_day
from chassis.database import async_url
from chassis.ids import decode
from chassis.provision import in_database
from clients.errors import ClientError, Unreachable
from clients.p2p.custody import CustodyClients, CustodyOperators
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand, TransferOutcome
from services.p2p.bids import queries as bid_queries
from services.p2p.custody.custodians import SandboxCustodian
from services.p2p.custody.model import Answer
from services.p2p.verification import custody_queries
from tests.conftest import Serve
from tests.p2p.custody_people import BANK, TERMS, UNTIL, CustodyWorld, Kept


@pytest.fixture
async def custody(serve: Serve) -> CustodyWorld:
    return await CustodyWorld.start(serve)


async def test_a_loan_is_lent_and_repaid_at_the_bank_and_its_days_tie_out(custody: CustodyWorld) -> None:
    lent, borrower, lenders = await custody.lent_in_custody([300_000, 200_000])
    fee = lent.loan["origination_fee_minor"]
    assert fee > 0
    assert await borrower.balance() == (500_000 - fee, 500_000 - fee)
    assert await custody.at_the_bank(borrower.person.id) == (500_000 - fee, 0)
    assert await custody.at_the_bank("p2p.origination_fees") == (fee, 0)
    assert [await custody.at_the_bank(one.person.id) for one in lenders] == [(0, 0), (0, 0)]
    (instruction,) = await custody.instructions(lent.loan["id"])
    assert instruction["state"] == "posted"
    shown = await custody.operator.get(f"/v1/custody-instructions/{instruction['id']}")
    assert [(one["kind"], one["bank_result"]) for one in shown["lines"]] == [("settle", "done")] * 2 + [
        ("transfer", "done")
    ] * 2
    assert {one["ledger_result"] for one in shown["lines"]} <= {"created", "exists"}
    assert [one["authorisation_id"] for one in shown["lines"][:2]] == [one.leaves["invest"] for one in lenders]
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []
    row = (await lent.rows())[0]
    payment = row["payment_minor"]
    answer = await lent.repay(payment)
    assert answer.json()["state"] == "shared", answer.text
    reached = sum([(await custody.at_the_bank(one.person.id))[0] for one in lenders])
    assert 0 <= reached - (payment - row["interest_minor"] // 10) <= 1, (
        "a tenth of each lender's interest is the platform's"
    )
    (lender, _) = lenders
    received = (await lender.balance())[0]
    out = await lender.person.lending.made(f"{lender.path}/withdrawals", {"amount": received, "currency": "CNY"})
    assert out["state"] == "done"
    assert await custody.at_the_bank(lender.person.id) == (0, 0)
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []
    days = (await custody.operator.get("/v1/custody-tie-outs"))["items"]
    assert [one["bank_minor"] for one in days] == [500_000 - received, 500_000]
    assert all(one["ledger_minor"] == one["bank_minor"] for one in days)
    await custody.audit()
    assert await custody.unexplained() == []


async def filled(custody: CustodyWorld, amounts: list[int]) -> tuple[dict[str, Any], Kept, list[Kept]]:
    """A listing that lacks its last lender, its borrower, and all lenders with their money: all but the last have bid."""
    borrower = await custody.kept(0, "repay", "fee")
    listing = await custody.listed_in_custody(borrower, sum(amounts))
    lenders = [await custody.kept(amount, "invest") for amount in amounts]
    for lender, amount in zip(lenders[:-1], amounts, strict=False):
        assert (await lender.person.bid(listing["id"], amount))["state"] == "placed"
    return listing, borrower, lenders


async def cancelled(custody: CustodyWorld) -> list[dict[str, Any]]:
    return [one["data"] for one in await custody.events("p2p.loan.cancelled.v1")]


async def test_leave_taken_back_before_the_payout_strikes_the_bid_out_and_the_listing_goes_on(
    custody: CustodyWorld,
) -> None:
    listing, borrower, (first, second, third) = await filled(custody, [200_000, 100_000, 200_000])
    await custody.revoked_at_the_bank(first, "invest")
    await third.person.bid(listing["id"], 200_000)
    listing = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "open")
    (told,) = await cancelled(custody)
    assert (told["reason"], told["outstanding_minor"]) == ("hold_not_posted", 0)
    (bid,) = (await first.person.lending.get("/v1/bids"))["items"]
    bid = await custody.until(first.person.lending, f"/v1/bids/{bid['id']}", "released")
    assert bid["reason"] == "struck_out:authorisation_revoked"
    assert await custody.at_the_bank(first.person.id) == (200_000, 0)
    assert [await custody.at_the_bank(one.person.id) for one in (second, third)] == [(0, 100_000), (0, 200_000)]
    assert await custody.at_the_bank(listing["id"]) == (0, 0)
    # Somebody else takes her place, with the others' money still frozen.
    fourth = await custody.kept(200_000, "invest")
    await fourth.person.bid(listing["id"], 200_000)
    await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    # She may still have believed to have allowed it: it was the bank that said no.
    assert (await first.person.lending.get("/v1/custody-authorisations"))["items"][0]["state"] == "standing"
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_a_borrower_who_allows_no_fee_any_more_is_lent_nothing(custody: CustodyWorld) -> None:
    listing, borrower, (first, last) = await filled(custody, [200_000, 100_000])
    await custody.revoked_at_the_bank(borrower, "fee")
    await last.person.bid(listing["id"], 100_000)
    failed = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "failed")
    assert failed["reason"] == "authorisation_revoked"
    assert [one["reason"] for one in await cancelled(custody)] == ["authorisation_revoked"]
    assert [await custody.at_the_bank(one.person.id) for one in (first, last)] == [(200_000, 0), (100_000, 0)]
    assert [await one.balance() for one in (first, last)] == [(200_000, 200_000), (100_000, 100_000)]
    await custody.audit()


@pytest.mark.parametrize("kind", ["done", "lost"])
async def test_a_bank_that_is_silent_is_asked_again_with_the_same_key(custody: CustodyWorld, kind: str) -> None:
    listing, borrower, (_, last) = await filled(custody, [200_000, 100_000])
    answered = SandboxCustodian.instruct
    asked: list[str] = []

    async def counted(self: SandboxCustodian, instruction_id: UUID, *rest: Any) -> Answer:
        asked.append(str(instruction_id))
        if len(asked) == 1:
            # The bid's own freeze is answered, what follows is not.
            answer = await answered(self, instruction_id, *rest)
            await custody.silent(kind, 1)
            return answer
        return await answered(self, instruction_id, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxCustodian, "instruct", counted)
        await last.person.bid(listing["id"], 100_000)
        listing = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert len(asked) >= 3
    assert len(set(asked)) == 2
    fee = (await borrower.person.lending.get(f"/v1/loans/{listing['loan_id']}"))["origination_fee_minor"]
    assert await custody.at_the_bank(borrower.person.id) == (300_000 - fee, 0)
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_cut_off_between_bank_and_ledger_it_goes_on_and_moves_nothing_twice(custody: CustodyWorld) -> None:
    listing, borrower, (_, last) = await filled(custody, [200_000, 100_000])
    transfers = PaymentsClient.transfers
    deaths: list[int] = []

    async def dies(self: PaymentsClient, *rest: Any, **more: Any) -> list[TransferOutcome]:
        if len(rest[0]) > 2 and not deaths:
            deaths.append(len(rest[0]))
            raise ClientError("the process ended there")
        return await transfers(self, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PaymentsClient, "transfers", dies)
        await last.person.bid(listing["id"], 100_000)
        listing = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert deaths == [4]
    for _ in range(2):
        await custody.again("p2p.disburse", listing["loan_id"])
    fee = (await borrower.person.lending.get(f"/v1/loans/{listing['loan_id']}"))["origination_fee_minor"]
    assert await custody.at_the_bank(borrower.person.id) == (300_000 - fee, 0)
    assert (await borrower.balance())[0] == 300_000 - fee
    await custody.audit()


async def test_what_is_asked_for_at_once_is_given_once(custody: CustodyWorld) -> None:
    """Two withdrawals of all, and two bids of all: one of each; and a payout whose job runs four times side by side."""
    saver = await custody.kept(100_000, "invest")
    path, body = f"{saver.path}/withdrawals", {"amount": 60_000, "currency": "CNY"}
    answers = await asyncio.gather(*(saver.person.lending.made(path, body) for _ in range(2)))
    assert sorted((one["state"], one["reason"]) for one in answers) == [
        ("done", None),
        ("refused", "insufficient_funds"),
    ]
    assert await custody.at_the_bank(saver.person.id) == (40_000, 0)
    listing, borrower, (_, last) = await filled(custody, [100_000, 100_000])
    bidder = await custody.kept(60_000, "invest")
    bids = await asyncio.gather(*(bidder.person.bid(listing["id"], 50_000) for _ in range(2)))
    assert sorted(one["state"] for one in bids) == ["placed", "refused"]
    assert await custody.at_the_bank(bidder.person.id) == (10_000, 50_000)
    await last.person.bid(listing["id"], 50_000)
    loan_id = (
        await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursing", "disbursed")
    )["loan_id"]
    await asyncio.gather(*(custody.again("p2p.disburse", loan_id) for _ in range(4)), return_exceptions=True)
    await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert len(await custody.instructions(loan_id)) == 1
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_what_the_ledger_refuses_the_bank_takes_back(custody: CustodyWorld) -> None:
    """Somebody voided a hold of the contract in the ledger: the bank has settled it, and puts all back as it was."""
    listing, borrower, (first, last) = await filled(custody, [200_000, 100_000])
    (bid,) = (await first.person.lending.get("/v1/bids"))["items"]
    async with custody.p2p.runtime.reading() as connection:
        held = await bid_queries.load(connection, decode("bid", bid["id"]))
    assert held is not None
    void = TransferCommand(kind="void", pending_id=held.hold_id, code="tests.void")
    await custody.p2p.runtime.get(PaymentsClient).transfers([void])
    await last.person.bid(listing["id"], 100_000)
    listing = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "open")
    bid = await custody.until(first.person.lending, f"/v1/bids/{bid['id']}", "released")
    assert bid["reason"] == "struck_out:hold_already_voided"
    assert await custody.at_the_bank(first.person.id) == (200_000, 0)
    assert await custody.at_the_bank(last.person.id) == (0, 100_000)
    assert await custody.at_the_bank(listing["id"]) == (0, 0)
    states = [one["state"] for one in (await custody.operator.get("/v1/custody-instructions", limit=200))["items"]]
    assert sorted(set(states)) == ["posted", "undone"]
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_a_fault_of_a_statement_is_found_named_and_ended_by_an_operator(custody: CustodyWorld) -> None:
    saver, other = await custody.kept(70_000), await custody.kept(30_000)
    await custody.kept(0)
    now = await custody.all_clocks(timedelta(days=1))
    day = (business_day(now, custody.p2p.runtime.settings.zone) - timedelta(days=1)).isoformat()
    path = f"/custody/{BANK}/v1/statement-faults"
    fault = (await custody.bank.post(path, json={"kind": "wrong_amount", "on": day, "seed": 0, "amount": 7})).json()
    spoilt = next(one for one in (saver, other) if one.account["number"] == fault["number"])
    (found,) = await custody.tied_out()
    had = (await spoilt.balance())[0]
    assert (found["kind"], found["state"], found["holder"]) == ("amount", "open", spoilt.person.id)
    assert (found["bank_minor"], found["ledger_minor"], found["under_way"]) == (had + 7, had, [])
    assert [one["data"]["difference_id"] for one in await custody.events("p2p.custody.difference_found.v1")] == [
        found["id"]
    ]
    assert await custody.tied_out() == [found], "a day is compared once"
    async with custody.typed(spoilt.person.id) as transport:
        hers = CustodyClients(transport)
        (shown,) = await hers.accounts()
        assert (await hers.account(shown.id)).balance == had
        assert [one.amount for one in await hers.payments()] == [had]
        assert await hers.authorisations() == []
    async with custody.typed("stf_tests") as transport:
        staff = CustodyOperators(transport)
        assert [one.day.isoformat() for one in await staff.tie_outs(BANK)] == [day]
        assert [one.id for one in await staff.differences("open")] == [found["id"]]
    ends = f"/v1/custody-differences/{found['id']}"
    assert (await custody.operator.made(f"{ends}/explanation", {"reason": "misprint"}, 200))["state"] == "explained"
    assert await custody.operator.refused(f"{ends}/explanation", {"reason": "again"}) == (
        409,
        "difference_closed",
        None,
    )
    assert (await custody.operator.made(f"{ends}/resolution", {"reason": "reissued"}, 200))["state"] == "resolved"
    assert (await custody.operator.get("/v1/custody-differences", state="open"))["items"] == []
    assert (await spoilt.person.lending.refused(f"{ends}/resolution", {"reason": "mine"}))[0] == 403
    await custody.all_clocks(timedelta(days=1))
    day = (business_day(now, custody.p2p.runtime.settings.zone)).isoformat()
    await custody.bank.post(path, json={"kind": "missing", "on": day, "seed": 1})
    (missing,) = [one for one in await custody.tied_out() if one["day"] == day]
    assert (missing["kind"], missing["bank_minor"], missing["ledger_minor"] > 0) == ("missing", None, True)


async def test_what_was_under_way_at_midnight_is_named_by_its_id(custody: CustodyWorld) -> None:
    saver = await custody.kept(0)

    async def away(self: PaymentsClient, *rest: Any, **more: Any) -> list[TransferOutcome]:
        raise Unreachable("payments is away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PaymentsClient, "transfers", away)
        answer = await saver.person.lending.post(f"{saver.path}/top-ups", {"amount": 50_000, "currency": "CNY"})
        assert answer.status_code == 202, answer.text
        assert await custody.at_the_bank(saver.person.id) == (50_000, 0)
        await custody.all_clocks(timedelta(days=1))
        found = await custody.tied_out()
    assert {(one["kind"], one["state"], one["reason"]) for one in found} == {
        ("amount", "explained", "under_way"),
        ("total", "explained", "under_way"),
    }
    await custody.again("p2p.pay_custody", answer.json()["id"])
    assert await saver.balance() == (50_000, 50_000)
    (line,) = (await custody.operator.get(f"/v1/custody-instructions/{(await instructed(custody, answer.json()))}"))[
        "lines"
    ]
    assert all(one["under_way"] == [line["transfer_id"]] for one in found)
    await custody.all_clocks(timedelta(days=1))
    assert len(await custody.tied_out()) == len(found)


async def instructed(custody: CustodyWorld, record: dict[str, Any]) -> str:
    (one,) = await custody.instructions(record["id"])
    return str(one["id"])


async def test_claims_are_bought_in_custody_and_repayments_there_are_final(custody: CustodyWorld) -> None:
    lent, _, (seller,) = await custody.lent_in_custody([300_000])
    claim = (await seller.person.lending.get("/v1/claims"))["items"][0]
    body = {"amount": 100_000, "currency": "CNY", "price_share": "1"}
    sale = await seller.person.lending.made(f"/v1/claims/{claim['id']}/sales", body)
    buyer = await custody.kept(150_000, "invest")
    quote = await buyer.person.lending.get(f"/v1/sales/{sale['id']}/quote", amount=100_000)
    order = {"amount": 100_000, "price_minor": quote["price_minor"], "currency": "CNY"}
    path = f"/v1/sales/{sale['id']}/purchases"
    assert await buyer.person.lending.refused(path, order) == (409, "not_authorised", "scope")
    await custody.allow(buyer, "fee")
    bought = await buyer.person.lending.made(path, order)
    assert bought["state"] == "settled", bought
    fee = (await custody.at_the_bank("p2p.resale_fees"))[0]
    assert fee > 0
    assert await custody.at_the_bank(seller.person.id) == (quote["price_minor"] - fee, 0)
    paid = (await lent.repay((await lent.rows())[0]["payment_minor"])).json()
    assert paid["state"] == "shared"
    undone = await custody.operator.refused(f"/v1/repayments/{paid['id']}/reversal", {"reason": "bounced"})
    assert undone == (409, "custody_repayment_final", "repayment_id")
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_what_is_due_is_collected_by_her_leave_alone(custody: CustodyWorld) -> None:
    lent, borrower, _ = await custody.lent_in_custody([300_000])
    path = f"/v1/custody-authorisations/{borrower.leaves['repay']}/revocation"
    assert (await borrower.person.lending.made(path, status=200))["state"] == "revoked"
    refused = (await lent.repay((await lent.rows())[0]["payment_minor"])).json()
    assert (refused["state"], refused["reason"]) == ("refused", "authorisation_missing")
    await custody.allow(borrower, "repay", cap=10)
    refused = (await lent.repay((await lent.rows())[0]["payment_minor"])).json()
    assert (refused["state"], refused["reason"]) == ("refused", "authorisation_over_cap")
    await custody.allow(borrower, "repay")
    assert (await lent.repay((await lent.rows())[0]["payment_minor"])).json()["state"] == "shared"
    await custody.audit()


async def test_who_has_no_account_or_has_allowed_nothing_is_told_so(custody: CustodyWorld) -> None:
    stranger, silent, borrower = custody.person(), await custody.kept(100_000), await custody.kept(0, "repay")
    await stranger.assess()
    approved = await custody.approved(borrower.person)
    path = f"/v1/applications/{approved['id']}/listing"
    terms = TERMS | {"amount": 300_000, "currency": "CNY"}
    assert await borrower.person.lending.refused(path, terms) == (409, "not_authorised", "scope")
    await custody.allow(borrower, "fee")
    listing = await borrower.person.lending.made(path, terms)
    bids = f"/v1/listings/{listing['id']}/bids"
    bid = {"amount": 100_000, "currency": "CNY"}
    assert await stranger.lending.refused(bids, bid) == (409, "no_custody_account", "programme")
    assert await silent.person.lending.refused(bids, bid) == (409, "not_authorised", "scope")
    assert await stranger.lending.refused(f"{silent.path}/withdrawals", bid) == (
        404,
        "unknown_custody_account",
        "custody_account_id",
    )
    await custody.allow(silent, "invest")
    short = await silent.person.bid(listing["id"], 200_000)
    assert (short["state"], short["reason"]) == ("refused", "insufficient_funds")
    much = await silent.person.lending.made(f"{silent.path}/withdrawals", {"amount": 100_001, "currency": "CNY"})
    assert (much["state"], much["reason"]) == ("refused", "insufficient_funds")
    too_much = await silent.person.lending.made(f"{silent.path}/top-ups", {"amount": 90_000_000, "currency": "CNY"})
    assert (too_much["state"], too_much["reason"]) == ("refused", "insufficient_funds")
    asked = await silent.person.lending.made(
        f"{silent.path}/authorisations", {"scope": "repay", "cap_minor": 1, "until_on": UNTIL}
    )
    confirm = f"/v1/custody-authorisations/{asked['id']}/confirmation"
    code = int(await custody.code(silent.mobile))
    wrong = await silent.person.lending.refused(confirm, {"sms_code": f"{(code + 1) % 10**6:06d}"})
    assert wrong == (422, "bank_refuses", "sms_code")
    assert (await stranger.lending.refused(confirm, {"sms_code": f"{code:06d}"}))[1] == "unknown_authorisation"
    await custody.all_clocks(timedelta(minutes=11))
    await custody.run_periodic("p2p.end_authorisations")
    late = await silent.person.lending.refused(confirm, {"sms_code": f"{code:06d}"})
    assert late == (422, "bank_refuses", "sms_code")
    states = [one["state"] for one in (await silent.person.lending.get("/v1/custody-authorisations"))["items"]]
    assert sorted(states) == ["lapsed", "standing"]
    await custody.audit()


async def test_bids_that_end_leave_nothing_frozen_and_the_audit_sees_what_was_damaged(
    custody: CustodyWorld, admin_url: str
) -> None:
    listing, borrower, (first, second) = await filled(custody, [200_000, 100_000])
    (bid,) = (await first.person.lending.get("/v1/bids"))["items"]
    assert (await first.person.lending.made(f"/v1/bids/{bid['id']}/withdrawal", status=200))["state"] == "released"
    assert (await second.person.bid(listing["id"], 100_000))["state"] == "placed"
    await borrower.person.lending.made(f"/v1/listings/{listing['id']}/cancellation", status=200)
    await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "failed")
    assert [await custody.at_the_bank(one.person.id) for one in (first, second)] == [(200_000, 0), (100_000, 0)]
    await custody.lent_in_custody([200_000])
    await custody.audit()
    late = await custody.p2p.runtime.database.now() - timedelta(minutes=5)
    for statement, seen in (
        ("UPDATE custody_lines SET ledger_result = 'closed' WHERE kind = 'settle'", "custody_line_in_both_books"),
        ("UPDATE custody_instructions SET state = 'refused'", "refused_by_the_bank_moved_nothing"),
        ("UPDATE custody_lines SET authorisation_id = NULL WHERE kind = 'settle'", "loan_in_custody_was_allowed"),
        ("UPDATE custody_accounts SET bank = 'CCB'", "bid_held_where_its_programme_says"),
        ("UPDATE custody_accounts SET bank = 'CCB'", "claim_paid_where_its_programme_says"),
        (
            "UPDATE custody_instructions SET state = 'accepted', changed_at = changed_at - interval '1 hour'",
            "custody_instruction_stands_still",
        ),
        (
            "UPDATE custody_payments SET state = 'pending', changed_at = changed_at - interval '1 hour'",
            "custody_payment_stands_still",
        ),
        (
            "UPDATE custody_authorisations SET due_at = '2026-01-01' WHERE due_at IS NOT NULL",
            "custody_authorisation_past_its_time",
        ),
        ("UPDATE custody_accounts SET opened_at = opened_at - interval '9 days'", "custody_day_not_tied_out"),
    ):
        assert seen in await failing(custody, admin_url, statement, late), statement


async def failing(custody: CustodyWorld, admin_url: str, statement: str, late: datetime) -> set[str]:
    """Checks that fail with rows changed as nobody with the service's own role could; they are changed back at once."""
    database = custody.p2p.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))
        looked = await custody_queries.checks(connection, late)
        await connection.rollback()
    return {name for name, (_, offending) in looked.items() if offending}
