"""Money that is given back: past holders whose accounts are frozen, held in the borrower's wallet, and shared over books of the ledger."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.clock import business_day
from chassis.ids import decode
from clients.errors import ClientError, Unreachable
from clients.payments.client import PaymentsClient
from clients.payments.passing import PayersPasses
from services.p2p.debiting import rounds
from services.p2p.repayments import actions, reversal
from services.p2p.repayments.jobs import share_repayment
from tests.p2p.people import Lent, World
from tests.p2p.test_servicing import paid, until_day

WHY = {"reason": "the card's bank took it back"}


async def reversed_(world: World, repayment_id: Any) -> dict[str, Any]:
    answer = await world.operator.made(f"/v1/repayments/{repayment_id}/reversal", WHY)
    assert answer["state"] == "reversed", answer
    return answer


@pytest.mark.parametrize("amount", [None, 10_000_000])
async def test_a_frozen_holder_parks_no_reversal_and_the_platform_has_her_claim(
    world: World, amount: int | None
) -> None:
    """Also where more is frozen than she has: it would keep what the platform adds."""
    lent = await world.disbursed([600_000, 400_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    frozen, free = lent.lenders
    made = await paid(lent, (await lent.rows())[0]["payment_minor"])
    (hers, others) = [(await one.balance())[0] for one in (frozen, free)]
    account = (await frozen.wallet())["account_id"]
    await world.ledger.made(
        f"/v1/accounts/{account}/freeze",
        {"reason": "by order of a court"} | ({"amount": amount} if amount else {}),
        200,
    )
    await reversed_(world, made["id"])
    assert [(await one.balance())[0] for one in (frozen, free)] == [hers, 0]
    (loan,) = (await world.operator.get("/v1/verification/loans"))["items"]
    assert (loan["borne_minor"], loan["advanced_minor"]) == (hers, 0)
    assert hers + others == made["amount"]
    by_holder = {one["holder"]: one["outstanding_minor"] for one in loan["holders"]}
    assert by_holder == {frozen.id: 600_000 - hers, free.id: 400_000, "p2p": hers}
    await world.audit()
    for row in await lent.rows():
        await paid(lent, row["payment_minor"])
    assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
    assert (await world.account(account))["frozen"] is (amount is None)
    await world.audit()


async def test_what_is_paid_for_a_holder_earns_from_the_day_on_which_it_was_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late its end is recorded: another holder's part, or the service, may keep it waiting for days."""
    lent = await world.disbursed([600_000, 400_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    made = await paid(lent, (await lent.rows())[0]["payment_minor"])
    account = (await lent.lenders[0].wallet())["account_id"]
    await world.ledger.made(f"/v1/accounts/{account}/freeze", {"reason": "by order of a court"}, 200)

    async def die(*_: Any, **__: Any) -> Any:
        raise Unreachable("the process ended there")

    with monkeypatch.context() as dying:
        dying.setattr(reversal, "record_reversed", die)
        answer = await world.operator.post(f"/v1/repayments/{made['id']}/reversal", WHY)
    assert answer.json()["state"] == "reversing", answer.text
    day = business_day(await world.pass_time(timedelta(days=3))) - timedelta(days=3)
    await world.run_job("p2p.reverse_repayment", made["id"])
    async with world.p2p.runtime.reading() as connection:
        found = (await connection.execute(text("SELECT interest_from_on, late_from_on FROM claim_cessions"))).all()
    assert [tuple(row) for row in found] == [(day, day)]
    await world.audit()


async def test_what_was_given_back_is_held_until_a_round_takes_it(world: World) -> None:
    lent = await world.disbursed([1_000_000], term_months=3)
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"])
    (row, *_) = await lent.rows()
    await until_day(world, row["due_on"], hour=7)
    await world.give(lent.borrower, row["payment_minor"])
    made = await paid(lent, row["payment_minor"])
    await reversed_(world, made["id"])
    assert await lent.borrower.balance() == (made["amount"], 0), "it is there, and not hers to spend"
    await until_day(world, row["due_on"], hour=21)
    await world.run_periodic("p2p.debit_due")
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    assert [one["state"] for one in (await lent.borrower.lending.get(path))["items"]] == ["reversed"]
    next_day = (date.fromisoformat(row["due_on"]) + timedelta(days=1)).isoformat()
    await until_day(world, next_day, hour=9)
    await asyncio.gather(*(world.run_periodic("p2p.debit_due") for _ in range(3)))
    while len(found := (await lent.borrower.lending.get(path))["items"]) < 2 or found[1]["state"] == "pending":
        await asyncio.sleep(0.05)  # where the service's own round was at it
        await world.run_periodic("p2p.debit_due")
    assert [(one["state"], one["source"]) for one in found] == [("reversed", "borrower"), ("shared", "collection")]
    assert (found[1]["amount"], await lent.borrower.balance()) == (made["amount"], (0, 0))
    await world.audit()


async def test_she_may_repay_the_loan_with_what_is_held_and_the_rest_stays_held(world: World) -> None:
    lent = await world.disbursed([1_000_000], term_months=3)
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"])
    await until_day(world, (await lent.rows())[0]["due_on"], hour=7)
    owed = (await lent.rows())[0]["payment_minor"]
    await world.give(lent.borrower, owed)
    made = await paid(lent, owed)
    await reversed_(world, made["id"])
    too_much = await lent.repay(sum(row["payment_minor"] for row in (await lent.rows())[:2]))
    assert (too_much.json()["state"], too_much.json()["reason"]) == ("refused", "insufficient_funds")
    assert await lent.borrower.balance() == (owed, 0)
    await paid(lent, 1_000)
    assert await lent.borrower.balance() == (owed - 1_000, 0)
    await paid(lent, owed - 1_000)
    assert await lent.borrower.balance() == (0, 0)
    await world.audit()


async def test_what_was_given_back_today_stays_held_while_what_was_yesterday_is_let_go(world: World) -> None:
    lent = await world.disbursed([1_000_000], term_months=3)
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"])
    (row, *_) = await lent.rows()
    await until_day(world, row["due_on"], hour=7)
    await world.give(lent.borrower, row["payment_minor"])
    made = await paid(lent, row["payment_minor"])
    await reversed_(world, made["id"])
    next_day = (date.fromisoformat(row["due_on"]) + timedelta(days=1)).isoformat()
    await until_day(world, next_day, hour=7)
    await reversed_(world, (await paid(lent, 1_000))["id"])
    assert await lent.borrower.balance() == (made["amount"], 0)
    await until_day(world, next_day, hour=9)
    await world.run_periodic("p2p.debit_due")
    assert await lent.borrower.balance() == (made["amount"], made["amount"] - 1_000)
    await world.audit()


async def test_looks_that_found_nothing_are_forgotten(world: World) -> None:
    lent = await world.disbursed([1_000_000], term_months=3)
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"] - 1_000)
    due_on = (await lent.rows())[0]["due_on"]
    for hour in (9, 21):
        await until_day(world, due_on, hour=hour)
        await world.run_periodic("p2p.debit_due")
    path = f"/v1/loans/{lent.loan['id']}/collections"
    looks = (await lent.borrower.lending.get(path))["items"]
    assert [one["repayment_id"] is None for one in looks] == [True, False]
    await until_day(world, (date.fromisoformat(due_on) + rounds.KEPT + timedelta(days=1)).isoformat(), hour=1)
    await world.run_periodic("p2p.forget_looks")
    assert (await lent.borrower.lending.get(path))["items"] == looks[1:], "what brought money stays"


async def in_books(world: World, lent: Lent, books: list[int]) -> list[str]:
    """Holders' claims are paid to accounts of theirs in those books."""
    accounts = []
    for lender, book in zip(lent.lenders, books, strict=True):
        body = {"currency": "CNY", "kind": "lender_cash", "owner": lender.id, "book_id": book}
        accounts.append(str((await world.ledger.made("/v1/accounts", body))["id"]))
        async with world.p2p.runtime.database.engine.begin() as connection:
            facts = {"account": decode("acc", accounts[-1]), "holder": lender.id}
            await connection.execute(text("UPDATE claims SET account_id = :account WHERE holder = :holder"), facts)
    return accounts


async def test_holders_in_other_books_are_paid_once_wherever_it_was_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = await world.disbursed([400_000, 300_000, 200_000, 100_000], term_months=3)
    await world.give(lent.borrower, 200_000)
    accounts = await in_books(world, lent, [1, 2, 2, 3])
    first = (await lent.rows())[0]["payment_minor"]

    async def die(*_: Any, **__: Any) -> Any:
        raise Unreachable("the process ended there")

    real = PaymentsClient.move_all
    seen = Counter[str]()

    async def first_only(self: PaymentsClient, orders: Any, **more: Any) -> None:
        seen["batches"] += 1
        if seen["batches"] == 3:
            raise Unreachable("the process ended there")
        await real(self, orders, **more)

    with monkeypatch.context() as dying:
        dying.setattr(PayersPasses, "make", die)
        made = (await lent.repay(first)).json()
    assert made["state"] == "pending"
    (figures, *_) = [
        one for one in (await world.operator.get("/v1/verification/distributions"))["items"] if one["book_id"] == 1
    ]
    shares = (await world.operator.get(f"/v1/repayments/{made['id']}/shares"))["items"]
    away = sum(one["amount_minor"] for one in shares if one["account_id"] != accounts[0])
    assert ((await world.account(figures["account_id"]))["balance"], figures["moving"]) == (away, True)
    payload = {"id": str(decode("rep", made["id"]))}
    for cut in ("batch", "record"):
        with monkeypatch.context() as dying, suppress(ClientError):
            if cut == "batch":
                dying.setattr(PaymentsClient, "move_all", first_only)
            else:
                dying.setattr(actions, "record_shared", die)
            await share_repayment(world.p2p.runtime, payload)
    await asyncio.gather(*(share_repayment(world.p2p.runtime, payload) for _ in range(3)), return_exceptions=True)
    await world.run_job("p2p.share_repayment", made["id"])
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    assert [one["state"] for one in (await lent.borrower.lending.get(path))["items"]] == ["shared"]
    due = Counter[str]()
    for one in shares:
        due[one["account_id"]] += one["amount_minor"]
    assert {account: (await world.account(account))["balance"] for account in accounts} == due
    assert sum(due.values()) == first
    items = (await world.operator.get("/v1/verification/distributions"))["items"]
    assert [one["book_id"] for one in items if not one["moving"]] == [one["book_id"] for one in items]
    assert sorted(one["book_id"] for one in items) == [1, 2, 3]
    assert (await world.operator.get("/v1/verification"))["holds"]
    await world._audit_debits()
    await reversed_(world, made["id"])
    assert {account: (await world.account(account))["balance"] for account in accounts[1:]} == {
        account: due[account] for account in accounts[1:]
    }, "what is in another book is made good by the platform"
    (loan,) = (await world.operator.get("/v1/verification/loans"))["items"]
    assert loan["borne_minor"] == away
    assert (await world.operator.get("/v1/verification"))["holds"]
