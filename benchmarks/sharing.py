"""Instalments of a loan repaid as the service does it, in a process of its own: `python -m benchmarks.sharing LOAN ROUNDS`.

Prints one JSON list: of each, the seconds from the borrower's wish to the record that it was shared out.
"""

import asyncio
import gc
import json
import sys
import time
from uuid import UUID

from chassis import commands
from chassis.identity import Caller
from chassis.runtime import Runtime
from chassis.serve import COLLECT_EVERY
from chassis.settings import Settings
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.loans import queries as loan_queries
from services.p2p.payments_access import payments_client
from services.p2p.repayments import actions, queries
from services.p2p.repayments.jobs import share_repayment
from services.p2p.repayments.model import RepaymentState


async def share(loan_id: UUID, rounds: int) -> list[float]:
    runtime = Runtime(Settings.read("p2p"))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    async with payments_client(runtime):
        await ensure_house_accounts(runtime, "CNY")
        seconds = [await _one(runtime, loan_id) for _ in range(rounds)]
    await runtime.database.close()
    return seconds


async def _one(runtime: Runtime, loan_id: UUID) -> float:
    async with runtime.reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
        assert loan is not None
        row = (await loan_queries.unpaid_rows(connection, [loan_id]))[loan_id][0]
    caller = Caller(loan.borrower, "gateway", frozenset({"p2p:write"}))
    began = time.perf_counter()
    repayment = await commands.perform(
        runtime,
        actions.repay,
        caller,
        seed=f"repay\0{loan_id}\0{row.number}",
        loan_id=loan_id,
        amount_minor=row.payment_minor,
        currency=loan.currency,
    )
    await share_repayment(runtime, {"id": str(repayment.id)})
    seconds = time.perf_counter() - began
    async with runtime.reading() as connection:
        found = await queries.load(connection, repayment.id)
    if found is None or found.state is not RepaymentState.SHARED:
        raise AssertionError(f"it was not shared out: {found}")
    return seconds


if __name__ == "__main__":
    print(json.dumps(asyncio.run(share(UUID(sys.argv[1]), int(sys.argv[2])))))
