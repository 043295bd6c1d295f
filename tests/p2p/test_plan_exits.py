"""Whoever is in a plan can leave it: what it does not lend on, what is held to the end, and that nobody keeps others waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.database import Tx
from chassis.identity import Caller
from chassis.runtime import Runtime
from clients.ids import new_id
from services.p2p.enrolments import actions, exiting, queries, reading_queries, standing
from services.p2p.enrolments import jobs as enrolment_jobs
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.repayments import queries as repayment_queries
from services.p2p.resale import queries as resale_queries
from services.p2p.resale.model import SaleState
from services.p2p.sale_matching import jobs as sale_jobs
from services.p2p.sale_matching.explaining import explain
from tests.p2p.resale_records import LEDGER, customer, lent
from tests.p2p.runs import filled, listed, run_through, why
from tests.p2p.test_money import Book
from tests.p2p.test_plan_actions import WISH, Market, lender, market, offending, told, tx

__all__ = ["market", "tx"]


async def left_by_plans(market: Market, **changes: Any) -> Programme:
    """The next version of the market's programme, without plans."""
    made = replace(market.programme, version=2, plans=False, **changes)
    await programme_queries.add(market.tx.connection, made)
    return made


async def test_a_plan_lends_and_buys_nothing_where_plans_are_not_let(market: Market) -> None:
    tx = market.tx
    enrolment = await market.join(await market.plan())
    left = await left_by_plans(market)
    body: dict[str, Any] = {"code": enrolment.plan_code, "version": 1, "amount_minor": 10_000, "currency": "CNY"}
    assert await told(actions.join(tx, customer(), **body)) == "plan_not_offered"
    listing = await listed(tx, programme_code=left.code, programme_version=left.version)
    by_hand = await market.order(budget_minor=60_000)
    await run_through(tx, listing)
    assert await filled(tx, listing) == {by_hand.id: 60_000}
    hers = await market.order_of(enrolment.standing_order_id)
    assert {(one.verdict, one.reasons) for one in await why(tx, hers, listing)} == {
        ("not_eligible", ("not_for_plans",))
    }
    other = Market(tx, left, *await lent(tx, left, [60_000, 40_000]))
    sale = await other.offer()
    buyer = await other.order()
    purchase = await other.next(sale)
    assert purchase is not None
    assert purchase.standing_order_id == buyer.id
    (seen,) = await explain(tx.connection, hers, sale, after=0, limit=5)
    assert (seen.verdict, seen.reasons) == ("not_eligible", ("not_for_plans",))


async def test_what_may_never_be_sold_is_shown_and_paid_out_as_it_is_repaid(market: Market) -> None:
    """As it was lent by plans before they kept away from such versions."""
    tx, book = market.tx, Book(market.tx, market.loan, market.claims)
    enrolment, claim = await market.invested(lock_in_days=30)
    await market.go_on(enrolment)
    left = await actions.leave(tx, lender(enrolment), enrolment_id=enrolment.id)
    assert [one.claim_id for one in await queries.to_offer(tx.connection, tx.today, after=queries.FIRST, limit=9)] == [
        claim.id
    ]
    kept = await left_by_plans(market, resale=None)
    moved = {"version": kept.version, "loan": market.loan.id}
    await tx.connection.execute(text("UPDATE loans SET programme_version = :version WHERE id = :loan"), moved)
    assert await queries.to_offer(tx.connection, tx.today, after=queries.FIRST, limit=9) == []
    assert (await reading_queries.standing(tx.connection, left.standing_order_id, tx.today)).unsellable_minor == 25_000
    assert (await standing.exit_queue(tx.connection, "CNY", tx.now, tx.today)).unsellable_minor == 25_000
    (shown,) = await standing.claims_left(tx.connection, left, tx.today, after=None, limit=9)
    assert (shown.sale_id, shown.reason) == (None, "resale_not_offered")
    await book.due(1)
    owed = (await repayment_queries.serviced(tx.connection, book.loan)).on(tx.today)
    await book.pay(sum(one.owed_minor for one in owed.dues))
    came = (await reading_queries.standing(tx.connection, left.standing_order_id, tx.today)).received_minor
    await passed_on_late(market, claim.id, 7)
    assert (await reading_queries.standing(tx.connection, left.standing_order_id, tx.today)).received_minor == came + 7
    settled = await exiting.clear(tx, LEDGER, enrolment_id=left.id)
    assert (settled.state, settled.settlement.back_minor) == (EnrolmentState.SETTLING, came + 7)
    assert "income_is_what_really_came" not in await offending(tx)
    tx.now += timedelta(minutes=1)
    await passed_on_late(market, claim.id, 5)
    assert "income_is_what_really_came" not in await offending(tx), "what came after it was settled"
    await tx.connection.execute(text("UPDATE enrolments SET back_minor = back_minor - 7"))
    assert "income_is_what_really_came" in await offending(tx)


async def passed_on_late(market: Market, claim_id: UUID, interest_minor: int) -> None:
    """A partner paid a holder for money that it had passed on late."""
    facts = {"id": new_id(), "loan": market.loan.id, "claim": claim_id, "minor": interest_minor, "now": market.tx.now}
    for statement in PASSED_ON_LATE:
        await market.tx.connection.execute(text(statement), facts)


PASSED_ON_LATE = (
    "INSERT INTO originators (id, party, currency, version) VALUES (:id, CAST(:id AS uuid)::text, 'CNY', 1)",
    """INSERT INTO repayments SELECT (jsonb_populate_record(r, jsonb_build_object('id', CAST(:id AS uuid), 'state', 'refused',
           'number', CAST(:minor AS bigint) + 100, 'attempt', CAST(:minor AS bigint) + 100))).*
       FROM repayments r WHERE loan_id = :loan LIMIT 1""",
    """INSERT INTO partner_receipts (id, originator_id, party, loan_id, amount_minor, currency, received_on, pass_on_by, daily_rate, state,
           repayment_id, passed_on, interest_minor, tries, recorded_at, changed_at)
       VALUES (:id, :id, CAST(:id AS uuid)::text, :loan, 1, 'CNY', '2026-01-01', '2026-01-01', 0.0005, 'passed', :id, '2026-01-02', :minor,
           0, :now, :now)""",
    "INSERT INTO partner_interest_shares VALUES (:id, :claim, 'cus_x', :id, :minor)",
)


class Jobs:
    """Periodic work within one transaction that is rolled back."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.settings = tx.settings
        self.database = SimpleNamespace(now=self.now)

    async def now(self) -> Any:
        return self.tx.now

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        yield self.tx.connection

    async def perform(self, _: Any, action: Any, caller: Caller, *, seed: str, **facts: Any) -> Any:
        async with self.tx.connection.begin_nested():
            return await action(self.tx, caller, **facts)


@pytest.fixture
def jobs(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    made = Jobs(tx)
    monkeypatch.setattr(commands, "perform", made.perform)
    for module in (enrolment_jobs, sale_jobs):
        monkeypatch.setattr(module, "SLICE", 1)
    return cast(Runtime, made)


async def leaving(market: Market) -> tuple[Enrolment, UUID]:
    """One who left with a claim on the market's loan."""
    enrolment, claim = await market.invested(lock_in_days=30)
    await market.go_on(enrolment)
    return await actions.leave(market.tx, lender(enrolment), enrolment_id=enrolment.id), claim.id


async def test_a_claim_that_cannot_be_offered_now_keeps_no_other_from_it(market: Market, jobs: Runtime) -> None:
    tx, other = (
        market.tx,
        Market(market.tx, market.programme, *await lent(market.tx, market.programme, [60_000, 40_000])),
    )
    _, first = await leaving(market)
    tx.now += timedelta(minutes=1)
    _, second = await leaving(other)
    # What is left of the offer of which the first was bought is being bought: nothing of the loan is offered meanwhile.
    (sale,) = (await resale_queries.live_of_claims(tx.connection, [market.claims[0].id])).values()
    await market.order()
    assert await market.next(sale) is not None
    await enrolment_jobs._offer(jobs, tx.today)
    assert set(await resale_queries.live_of_claims(tx.connection, [first, second])) == {second}


async def test_an_offer_that_nobody_buys_keeps_no_other_from_being_bought(
    market: Market, jobs: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tx, other = (
        market.tx,
        Market(market.tx, market.programme, *await lent(market.tx, market.programme, [60_000, 40_000])),
    )
    dear = await market.offer(share="1.05")
    tx.now += timedelta(minutes=1)
    fair = await other.offer()
    await market.order(None, replace(WISH, least_yield=Decimal("0.09")))

    async def settle(_: Runtime, payload: dict[str, str]) -> None:
        purchase = await resale_queries.purchase(tx.connection, UUID(payload["id"]))
        assert purchase is not None
        await other.settle(purchase)

    monkeypatch.setattr(sale_jobs, "settle_purchase", settle)
    await sale_jobs.match_sales(jobs)
    found = [await resale_queries.sale(tx.connection, one.id) for one in (dear, fair)]
    assert [one.state for one in found if one is not None] == [SaleState.OPEN, SaleState.SOLD]
