"""What was posted on the reserve against what channels and reports tell: payouts that came back, resolutions, late postings."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.reconciliation.model import Record, Source
from services.payments.reconciliation.record_queries import save_records
from tests.payments.market import Market
from tests.payments.reconciliation import files
from tests.payments.reconciliation.book import OPERATOR, Shelf
from tests.payments.reconciliation.desk import Desk

PAYOUT = encode("mpo", new_id())
TOP_UP = encode("tup", new_id())


@pytest.fixture
async def shelf(market: Market) -> Shelf:
    return await Shelf.open(market.served.runtime)


async def moved(market: Market, amount: int, code: str, reference: str) -> None:
    """On the reserve; what came to it is positive."""
    source = decode("acc", market.book.source)

    async def story(tx: Tx, caller: Caller) -> None:
        reserve_id = await reserve_at(tx, "ICBC", "CNY")
        ways = {"debit_account_id": reserve_id, "credit_account_id": source} if amount > 0 else {
            "debit_account_id": source, "credit_account_id": reserve_id,
        }  # fmt: skip
        command = TransferCommand(
            id=ledger.new_transfer_id(tx), kind=TransferKind.SINGLE, code=code, reference=reference, amount=abs(amount),
            currency="CNY", **ways,
        )  # fmt: skip
        await ledger.post(tx, [command])

    await market.perform(story, OPERATOR)


async def told(shelf: Shelf, amount: int, subject: str, source: Source) -> Record:
    """By a channel, or by a report of it."""
    record = replace(shelf.record(amount, subject), source=source)
    async with shelf.runtime.transaction() as tx:
        await save_records(tx.connection, shelf.account.id, [record])
    return record


async def test_a_payout_that_came_back_and_was_made_anew_agrees(market: Market, shelf: Shelf) -> None:
    """No channel has an instruction of the two payments; the return is reported under the same payout."""
    desk = Desk.at(market.served)
    account_id = encode("rca", shelf.account.id)
    await moved(market, 1_000, "tests.move", "fund-1")
    await moved(market, -100, "settlement.payout", PAYOUT)
    await desk.run(account_id)
    await told(shelf, 100, PAYOUT, Source.REPORT)
    await moved(market, 100, "settlement.payout.returned", PAYOUT)
    await desk.run(account_id)
    await moved(market, -100, "settlement.payout", PAYOUT)
    amounts = (1_000, -100, 100, -100)
    entries = [(f"B{place}", amount, PAYOUT if place else "fund-1") for place, amount in enumerate(amounts)]
    await desk.taken(account_id, files.camt(entries))
    await desk.run(account_id)
    assert [one["type"] for one in await desk.breaks() if one["type"] != "date"] == []
    assert len(await shelf.pairs()) == 4


@pytest.mark.parametrize("amount", [500, -500])
async def test_a_posting_that_comes_after_its_break_was_resolved_is_seen(
    market: Market, shelf: Shelf, amount: int
) -> None:
    desk = Desk.at(market.served)
    account_id = encode("rca", shelf.account.id)
    await moved(market, 10_000, "tests.move", "fund-1")
    await told(shelf, amount, TOP_UP, Source.CHANNEL)
    await desk.run(account_id)
    (missing,) = await of_ledger(desk)
    assert (missing["type"], missing["amount"]) == ("long", amount)
    await desk.post(f"breaks/{missing['id']}/resolution", {"reason": "r"})
    await desk.run(account_id)
    assert [one["state"] for one in await of_ledger(desk)] == ["resolved"]
    await moved(market, amount, "tests.move", TOP_UP)
    await desk.run(account_id)
    twice = next(one for one in await of_ledger(desk) if one["state"] == "open")
    assert (twice["type"], twice["amount"]) == ("short", -amount)
    await desk.post(f"breaks/{twice['id']}/resolution", {"reason": "r"})
    await desk.run(account_id)
    assert {one["state"] for one in await of_ledger(desk)} == {"resolved"}
    assert await desk.failed_checks() == []


async def test_what_came_and_what_went_of_one_subject_are_breaks_of_their_own(market: Market, shelf: Shelf) -> None:
    """Both of one type: neither hides the other, and what resolves one says nothing of the other."""
    desk = Desk.at(market.served)
    account_id = encode("rca", shelf.account.id)
    await moved(market, 10_000, "tests.move", "fund-1")
    for amount in (500, -200):
        await told(shelf, amount, TOP_UP, Source.CHANNEL)
    await desk.run(account_id)
    assert {(one["type"], one["amount"]) for one in await of_ledger(desk)} == {("long", 500), ("long", -200)}
    first = next(one for one in await of_ledger(desk) if one["amount"] == 500)
    await desk.post(f"breaks/{first['id']}/resolution", {"reason": "r"})
    await moved(market, -200, "tests.move", TOP_UP)
    await desk.run(account_id)
    assert {(one["amount"], one["state"]) for one in await of_ledger(desk)} == {(500, "resolved"), (-200, "explained")}
    assert await desk.failed_checks() == []


async def test_a_reference_like_a_break_s_hides_nothing(market: Market, shelf: Shelf) -> None:
    desk = Desk.at(market.served)
    account_id = encode("rca", shelf.account.id)
    await moved(market, 700, "tests.move", encode("brk", new_id()))
    await desk.run(account_id)
    async with shelf.runtime.reading() as connection:
        amounts = (await connection.execute(text("SELECT amount FROM reconciliation_records"))).scalars().all()
    assert list(amounts) == [700]


async def of_ledger(desk: Desk) -> list[dict[str, Any]]:
    return [one for one in await desk.breaks() if one["side"] == "ledger"]
