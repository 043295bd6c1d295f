"""Two processes, each with a lane: one id makes one transfer, whichever of them is asked."""

import asyncio
from collections import Counter
from uuid import UUID

from chassis.ids import decode
from clients.ids import new_id
from services.payments.ledger.lane import LedgerLane, open_lane
from services.payments.ledger.model import Outcome, Posting, TransferCommand, TransferKind
from tests.conftest import MakeRuntime
from tests.payments.ledger.book import Book

ROUNDS = 30


def _command(name: UUID, debit: str, credit: str) -> TransferCommand:
    debit_id, credit_id = decode("acc", debit), decode("acc", credit)
    return TransferCommand(name, TransferKind.SINGLE, "tests.move", "", debit_id, credit_id, 1, "CNY")


async def test_one_id_on_two_lanes(book: Book, make_runtime: MakeRuntime) -> None:
    """The accounts differ, so that no lock keeps the two apart: the key of the transfers alone does."""
    accounts = [await book.funded(1000) for _ in range(4)]
    other = await make_runtime("payments")
    own = book.served.runtime.get(LedgerLane)
    results: Counter[str] = Counter()
    async with open_lane(other):
        for _ in range(ROUNDS):
            name = new_id(1)
            both: list[list[Outcome]] = await asyncio.gather(
                own.post(Posting((_command(name, accounts[0], accounts[1]),))),
                other.get(LedgerLane).post(Posting((_command(name, accounts[2], accounts[3]),))),
            )
            results.update(outcome.result for (outcome,) in both)
    assert results["created"] == ROUNDS
    assert results["exists_with_different_debit_account_id"] == ROUNDS


async def test_the_size_of_each_commit_is_told(book: Book) -> None:
    payer, payee = await book.funded(100), await book.funded(0)
    await asyncio.gather(*(book.moved(payer, payee, 1) for _ in range(20)))
    lines = (await book.http.get("/metrics")).text.splitlines()
    told = next(line for line in lines if line.startswith('sifang_lane_batch_size_sum{lane="ledger"}'))
    assert float(told.rpartition(" ")[2]) >= 21
