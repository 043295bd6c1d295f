"""Loans that an earlier version kept, before fees of late money, mandates, books of the ledger and books of entities: after the migrations
they are read, repaid, taken back and audited as those that were made since.

One story is told in a database of today. As far as it has happened it is put into an earlier one too, in the columns that there were; that
one is migrated, and the story goes on in both.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import Tx, async_url
from chassis.migrate import migrate
from chassis.runtime import Runtime
from services.p2p.accounts import queries as account_queries
from services.p2p.accounts.model import HouseAccount, HousePurpose
from services.p2p.claims import queries as claim_queries
from services.p2p.claims import statements
from services.p2p.claims.model import is_customer
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.repayments import queries
from services.p2p.verification import checks
from tests.p2p.resale_records import lent
from tests.p2p.test_money import ADVANCES, Book, runtime, tx
from tests.upgrading import place_at

__all__ = ["runtime", "tx"]
MODULE = "services.p2p"
BEFORE = "2026_12_05_loss"
TABLES = (
    "applications", "listings", "loans", "loan_rows", "past_loan_rows", "claims", "claim_versions", "claim_cessions", "repayments",
    "repayment_parts", "repayment_shares", "repayment_reversals", "reversal_parts", "house_accounts",
)  # fmt: skip


async def test_loans_of_an_earlier_version_are_read_taken_back_repaid_and_audited(
    runtime: Runtime, tx: Tx, admin_url: str
) -> None:
    programme = await programme_queries.version(tx.connection, "open_auction", 2)
    assert programme is not None
    await account_queries.add(tx.connection, HouseAccount(HousePurpose.REPAYMENT_ADVANCES, "CNY", ADVANCES), tx.now)
    today = Book(tx, *await lent(tx, programme, [60_000, 40_000]))
    first = await today.pay(await today.due(1))
    await today.bounce(first, {today.lenders[0]: 500})
    await today.pay(await today.due(1))
    await today.late(12)
    await today.pay_arrears()
    async with place_at(admin_url, MODULE, BEFORE) as place:
        await copied(tx, place.owner_url)
        await migrate(MODULE, place.owner_url)
        async with begun(runtime, place.own_url) as later:
            later.now = tx.now
            loan = await loan_actions.locked(later, today.loan.id)
            earlier = Book(later, loan, await claim_queries.of_loan(later.connection, loan.id))
            assert await told(earlier) == await told(today)
            for book in (earlier, today):
                last = (await queries.settled(book.tx.connection, book.loan.id))[-1]
                await book.bounce(last, {today.lenders[1]: 300})
                await book.holds()
            assert await told(earlier) == await told(today)
            for book in (earlier, today):
                await book.pay_arrears()
                await book.pay(await book.due(3))
                await book.holds()
            assert await told(earlier) == await told(today)


async def copied(tx: Tx, owner_url: str) -> None:
    """Every row of the tables, without what an earlier version has no column for."""
    owner = await asyncpg.connect(owner_url)
    for table in TABLES:
        kept = f"SELECT coalesce(jsonb_agg(kept), '[]') FROM {table} AS kept"  # noqa: S608
        rows = (await tx.connection.execute(text(kept))).scalar_one()
        into = f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(CAST(NULL AS {table}), $1)"  # noqa: S608
        await owner.execute(into, json.dumps(rows))
    await owner.close()


@asynccontextmanager
async def begun(runtime: Runtime, own_url: str) -> AsyncIterator[Tx]:
    engine = create_async_engine(async_url(own_url), poolclass=NullPool)
    async with engine.connect() as connection:
        yield await runtime.database.begin(connection, seed="tests")
    await engine.dispose()


async def told(book: Book) -> dict[str, Any]:
    """Whatever there is to say of the loan, without ids and instants of what happened since."""
    connection, loan_id = book.tx.connection, book.loan.id
    loan = await loan_actions.locked(book.tx, loan_id)
    claims = sorted(await claim_queries.of_loan(connection, loan_id), key=lambda one: one.holder)
    made = await queries.of_loan(connection, loan_id)
    found = await checks.run(connection, book.tx.now, [])
    return {
        "loan": replace(loan, changed_at=loan.contracted_at),
        "claims": [
            (one.holder, one.outstanding_minor, one.interest_received_minor, one.late_received_minor) for one in claims
        ],
        "repayments": [
            (one.number, one.state, one.paid_on, one.principal_minor, one.interest_minor, one.late_minor)
            for one in made
        ],
        "kept": [(one.by_mandate, one.payer, one.advance_account_id) for one in made],
        "rows": [
            (one.number, one.principal_paid_minor, one.interest_paid_minor, one.late_paid_minor)
            for one in await loan_queries.rows(connection, loan_id)
        ],
        "standing": (await queries.serviced(connection, loan)).on(book.tx.today).dues,
        "statements": [
            await statements.years(connection, one.holder, book.tx.today.year, book.tx.settings.zone)
            for one in claims
            if is_customer(one.holder)
        ],
        "offending": {check.name for check in found if check.offending},
    }
