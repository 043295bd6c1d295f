"""One repayment shared among 2,000 holders, from the borrower's wish to its record ÷ the ledger's bulk posting of the same transfers.

Both in transfers a second. What is posted again are the very transfers, under new ids, as one ready request.
"""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from benchmarks.borrowed import Kind, borrow
from benchmarks.lending_stage import LendingStage
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.sql import connected, execute, fetch, number
from benchmarks.stage import Stage, raised
from benchmarks.transfers import bulk, move, new_ids
from benchmarks.wallets import CURRENCY, open_wallets
from benchmarks.wire import Address, ask, body_of
from chassis.clock import business_day, real_now
from chassis.ids import encode
from finance.schedules import build

TARGET = 0.5
HOLDERS = 2_000
EACH_MINOR = 10_000
MONTHS = 36
START = business_day(real_now())
"""Nothing is late: each holder receives two kinds of money."""
LOAN = UUID("00000000-0000-7000-8000-000000000000")
PATIENCE_SECONDS = 120.0
_CLAIMS = (
    "id", "loan_id", "holder", "account_id", "currency", "funded_minor", "outstanding_minor", "principal_received_minor",
    "interest_received_minor", "held_from_on", "version", "changed_at",
)  # fmt: skip


def run(plan: Plan) -> Result:
    rate, floor = (
        Series("repayments shared, transfers", "transfers/s"),
        Series("bulk posting of the same", "transfers/s"),
    )
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(1) as serving:
        address = serving.addresses[0]
        lending = LendingStage(stage, f"http://{address.host}:{address.port}")
        lending.prepare()
        borrower, *holders = open_wallets(stage, address, HOLDERS + 1)
        _lend(lending, borrower, holders)
        for _ in range(min(plan.rounds, MONTHS // 2)):
            before = int(number(stage.admin_url, "SELECT count(*) FROM ledger_transfers"))
            # The first of a process only warms it up.
            _, seconds = json.loads(lending.run("benchmarks.sharing", str(LOAN), "2"))
            moved = _moved(stage, before)
            rate.values.append(len(moved) / seconds)
            floor.values.append(len(moved) / _posted(address, moved))
    note = f"{HOLDERS:,} holders, {len(moved):,} transfers each time"
    return Result("distribution", rate, floor, TARGET, [], [note])


def _lend(lending: LendingStage, borrower: UUID, holders: Sequence[UUID]) -> None:
    """A loan of all of them to one of them, written as the service would have."""
    schedule = build(EACH_MINOR * HOLDERS, "0.12", MONTHS, start_on=START)
    borrow(lending.admin_url, 1, [Kind(0, schedule)], MONTHS)
    execute(
        lending.admin_url,
        f"UPDATE loans SET borrower = '{encode('cus', borrower)}', borrower_account_id = '{borrower}'",  # noqa: S608
    )
    rows = [
        (
            holder,
            LOAN,
            encode("cus", holder),
            holder,
            CURRENCY,
            EACH_MINOR,
            EACH_MINOR,
            0,
            0,
            START,
            1,
            datetime.now(UTC),
        )
        for holder in holders
    ]

    async def copied(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute("TRUNCATE claims CASCADE")
        await connection.copy_records_to_table("claims", records=rows, columns=_CLAIMS)

    connected(lending.admin_url, copied)
    execute(lending.admin_url, "VACUUM (ANALYZE) claims", "CHECKPOINT")


def _moved(stage: Stage, before: int) -> list[bytes]:
    """What was just transferred, as the tails of requests."""
    query = """SELECT debit_account_id, credit_account_id, amount, reference FROM ledger_transfers
               WHERE code LIKE 'p2p.repayment.%' ORDER BY tableoid, ctid DESC LIMIT $1"""
    made = (int(number(stage.admin_url, "SELECT count(*) FROM ledger_transfers")) - before) // 2
    found = fetch(stage.admin_url, query, made)
    return [
        move(
            encode("acc", row["debit_account_id"]),
            encode("acc", row["credit_account_id"]),
            row["amount"],
            CURRENCY,
            row["reference"],
        )
        for row in found
    ]


def _posted(address: Address, moved: Sequence[bytes]) -> float:
    """Seconds of one request and its answer. Raises AssertionError where not all of it was made."""
    batch = list(zip(new_ids(), moved, strict=False))
    request = bulk(address, batch)
    with address.connect(PATIENCE_SECONDS) as connection:
        began = time.perf_counter()
        answer = ask(connection, request)
        seconds = time.perf_counter() - began
    if body_of(answer).count(b'"created"') != len(moved):
        raise AssertionError(f"not all was posted: {body_of(answer)[:300]!r}")
    return seconds
