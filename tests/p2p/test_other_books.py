"""Holders whose accounts are in other books of the ledger are paid for losses and lateness too: once, wherever it was cut off."""

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from clients.errors import ClientError, Unreachable
from clients.payments.client import PaymentsClient
from clients.payments.passing import PayersPasses
from services.p2p.losses import actions as loss_actions
from services.p2p.partner_receipts import actions as receipt_actions
from services.p2p.repayments import distribution_queries
from tests.p2p.auditing import changed
from tests.p2p.people import World
from tests.p2p.test_losses import FUND_TERMS, broke, fund_account, late, put_in
from tests.p2p.test_money_back import in_books
from tests.p2p.test_partner_receipts import Partner


async def die(*_: Any, **__: Any) -> Any:
    raise Unreachable("the process ended there")


async def cut_off(work: Callable[[], Awaitable[Any]], after_batches: int, recorded: tuple[Any, str]) -> None:
    """It ends before a pass, at a batch, and before its end is recorded; then it goes on."""
    real, seen = PaymentsClient.move_all, Counter[str]()

    async def some(self: PaymentsClient, orders: Any, **more: Any) -> None:
        seen["batches"] += 1
        if seen["batches"] > after_batches:
            raise Unreachable("the process ended there")
        await real(self, orders, **more)

    for where, what, instead in (
        (PayersPasses, "make", die),
        (PaymentsClient, "move_all", some),
        (*recorded, die),
    ):
        with pytest.MonkeyPatch.context() as dying, suppress(ClientError):
            dying.setattr(where, what, instead)
            await work()
    await work()
    await work()


async def rests(world: World) -> None:
    items = (await world.operator.get("/v1/verification/distributions"))["items"]
    assert sorted(one["book_id"] for one in items) == [1, 2, 3]
    assert not any(one["moving"] for one in items)
    assert [(await world.account(one["account_id"]))["balance"] for one in items] == [0, 0, 0]
    report = await world.operator.get("/v1/verification")
    assert report["holds"], report


async def test_a_loss_is_paid_to_holders_in_any_book(world: World) -> None:
    lent = await world.disbursed([400_000, 300_000, 200_000, 100_000], **FUND_TERMS)
    await broke(lent)
    fund_id = await fund_account(world)
    await put_in(world, fund_id, 600_000)
    accounts = await in_books(world, lent, [1, 2, 2, 3])
    await late(lent, 30)

    async def work() -> None:
        await world.run_periodic("p2p.cover_losses")

    await cut_off(work, 2, (loss_actions, "record_paid"))
    (paid,) = (await world.operator.get(f"/v1/loans/{lent.loan['id']}/loss"))["compensations"]
    assert paid["state"] == "paid"
    shares = (await world.operator.get(f"/v1/compensations/{paid['id']}/shares"))["items"]
    due = Counter[str]()
    for one in shares:
        due[one["holder"]] += one["principal_minor"] + one["interest_minor"]
    balances = [(await world.account(account))["balance"] for account in accounts]
    assert balances == [due[lender.id] for lender in lent.lenders]
    assert sum(balances) == paid["principal_minor"] + paid["interest_minor"]
    await rests(world)
    codes = ("p2p.loss.principal", "p2p.loss.aside.principal")
    bought = [
        one["amount"]
        for one in await world.transfers(lent.loan["id"])
        if one["code"] in codes and one["debit_account_id"] == fund_id
    ]
    assert (len(bought), sum(bought)) == (2, paid["principal_minor"])


async def test_what_a_partner_owes_for_being_late_reaches_holders_in_any_book(world: World, admin_url: str) -> None:
    partner = await Partner.lending(world)
    await partner.due()
    row = (await partner.lent.rows())[0]
    accounts = await in_books(world, partner.lent, [2, 3])
    receipt = await partner.received(row["payment_minor"], row["due_on"])
    await world.give(partner.person, row["payment_minor"])
    await world.pass_time(timedelta(days=13))

    async def work() -> None:
        answer = await world.operator.post(f"/v1/partner-receipts/{receipt['id']}/passing-on")
        assert answer.status_code in (200, 202, 409), answer.text
        await world.run_job("p2p.pass_on_receipt", receipt["id"])

    await cut_off(work, 1, (receipt_actions, "record_interest"))
    owing = "UPDATE partner_receipts SET state = 'owing', due_at = now()"
    async with changed(world.p2p, admin_url, owing) as connection:
        found = await distribution_queries.find(connection, after=UUID(int=0), limit=9)
        assert [one.moving for one in found] == [True] * 3
        home = "UPDATE partner_interest_shares SET account_id = (SELECT account_id FROM partner_receipts)"
        await connection.execute(text(home))
        found = await distribution_queries.find(connection, after=UUID(int=0), limit=9)
        assert [one.moving for one in found] == [False] * 3, "nothing was set aside for other books"
    passed = await partner.stands(receipt)
    assert (passed["state"], passed["interest_minor"] > 0) == ("passed", True)
    moved = [
        one for one in await world.transfers(partner.lent.loan["id"]) if one["code"] == "p2p.partner.holding_interest"
    ]
    assert sum(one["amount"] for one in moved) == passed["interest_minor"]
    assert {one["credit_account_id"] for one in moved} == set(accounts)
    await rests(world)
