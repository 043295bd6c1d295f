"""Offers bought by the queue, and enrolments, on the real database, rolled back: beside a naive second model, and with rows spoilt."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from clients.ids import new_id
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid, BidState
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim, ReceivedParts
from services.p2p.enrolments import actions, exiting, queries
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.loans.model import Loan
from services.p2p.plans import actions as plan_actions
from services.p2p.plans.model import ExitRule, Plan, PlanResale
from services.p2p.programmes.model import Programme
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal
from services.p2p.resale import actions as resale_actions
from services.p2p.resale import buying, pricing
from services.p2p.resale import queries as resale_queries
from services.p2p.resale import rules as resale_rules
from services.p2p.resale.model import Purchase, Sale, SaleEvent, SaleState
from services.p2p.sale_matching import actions as sale_actions
from services.p2p.sale_matching import queries as sale_queries
from services.p2p.sale_matching.explaining import explain
from services.p2p.sale_matching.rules import obstacles, slice_of
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.actions import OrderTerms, criteria_of
from services.p2p.standing_orders.model import Bounds, OrderState, ResaleWish, StandingOrder
from services.p2p.verification import checks
from tests.conftest import MakeRuntime
from tests.p2p.resale_records import FREE, LEDGER, customer, holder, lent, programme_with
from tests.p2p.test_matching_actions import lender_of, listed
from tests.p2p.test_money import STAFF, Book, book_of
from tests.p2p.test_plan_rules import PLAN

WISH = ResaleWish(Decimal("0.05"), Decimal("0.9"), Decimal("1.05"), 24)


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


class Market:
    """A loan of 600.00 and 400.00 in lots of 50.00, whose first claim is offered; and a plan that buys."""

    def __init__(self, tx: Tx, programme: Programme, loan: Loan, claims: list[Claim]) -> None:
        self.tx, self.programme, self.loan, self.claims = tx, programme, loan, claims

    async def offer(self, amount: int = 60_000, share: str = "1") -> Sale:
        return await resale_actions.offer(
            self.tx,
            holder(self.claims[0]),
            claim_id=self.claims[0].id,
            principal_minor=amount,
            currency="CNY",
            price_share=Decimal(share),
        )

    async def order(self, lender: Caller | None = None, wish: ResaleWish | None = WISH, **bounds: Any) -> StandingOrder:
        """Active, at the tail of the queue."""
        criteria = criteria_of("CNY", Decimal("0.05"), [self.programme.code], ["A"], [12])
        terms = OrderTerms(criteria, replace(Bounds(5_000, 60_000, Decimal(1), 100_000, 0), **bounds), resale=wish)
        made = await order_actions.request(self.tx, lender or customer(), terms=terms)
        return await order_actions.record_wallet(self.tx, LEDGER, order_id=made.id, account_id=account())

    async def next(self, sale: Sale) -> Purchase | None:
        return await sale_actions.next_purchase(self.tx, LEDGER, sale_id=sale.id)

    async def settle(self, purchase: Purchase) -> Purchase:
        await buying.name_account(self.tx, LEDGER, purchase_id=purchase.id, account_id=account())
        return await buying.record_settled(self.tx, LEDGER, purchase_id=purchase.id)

    async def refuse(self, purchase: Purchase) -> Purchase:
        facts: dict[str, Any] = {"reason": "insufficient_funds", "no_account": False}
        return await buying.record_refused(self.tx, LEDGER, purchase_id=purchase.id, **facts)

    async def plan(self, **changes: Any) -> Plan:
        """Published, on the market's programme."""
        names: dict[str, Any] = {"code": f"plan{new_id().hex[-8:]}", "programmes": (self.programme.code,)}
        days = {"offered_from_on": self.tx.today, "offered_until_on": self.tx.today + timedelta(days=30)}
        plan = replace(PLAN, **names | days | {"resale": PlanResale(Decimal("0.05"))} | changes)
        made = await plan_actions.draft(self.tx, LEDGER, plan=plan)
        await plan_actions.publish(self.tx, STAFF, code=plan.code, version=made.plan.version)
        return made.plan

    async def join(self, plan: Plan, amount: int = 60_000, caller: Caller | None = None) -> Enrolment:
        """With her order in the queue."""
        made = await actions.join(
            self.tx, caller or customer(), code=plan.code, version=1, amount_minor=amount, currency="CNY"
        )
        await order_actions.record_wallet(self.tx, LEDGER, order_id=made.standing_order_id, account_id=account())
        return made

    async def invested(self, **changes: Any) -> tuple[Enrolment, Claim]:
        """An enrolment that bought half of the claim that was offered."""
        enrolment = await self.join(await self.plan(**changes), 30_000)
        purchase = await self.next(await self.offer())
        assert purchase is not None
        settled = await self.settle(purchase)
        assert settled.buyer_claim_id is not None
        claim = await claim_queries.load(self.tx.connection, settled.buyer_claim_id)
        assert claim is not None
        return await self.load(enrolment), claim

    async def load(self, enrolment: Enrolment) -> Enrolment:
        found = await queries.load(self.tx.connection, enrolment.id)
        assert found is not None
        return found

    async def order_of(self, order_id: UUID) -> StandingOrder:
        found = await order_queries.load(self.tx.connection, order_id)
        assert found is not None
        return found

    async def go_on(self, enrolment: Enrolment) -> Enrolment:
        return await actions.go_on(self.tx, LEDGER, enrolment_id=enrolment.id)

    async def brings(self, claim: Claim, interest: int) -> None:
        """So much interest of a claim, taken back where it is below zero, as repayments book it."""
        parts = [ReceivedParts(claim.id, 0, interest, 0, 0)]
        await claim_queries.receive(self.tx.connection, parts, self.tx.now, cause_id="tests")


def account() -> UUID:
    return UUID(int=new_id().int >> 16 << 16 | 1)


def lender(record: Enrolment | StandingOrder) -> Caller:
    return Caller(record.lender, "gateway")


@pytest.fixture
async def market(tx: Tx) -> Market:
    programme = await programme_with(tx, FREE, plans=True, highest_rate=Decimal("0.12"))
    return Market(tx, programme, *await lent(tx, programme, [60_000, 40_000]))


async def told(attempt: Any) -> str:
    """How a story ended: `done`, or the code of its refusal."""
    try:
        await attempt
    except Refusal as refusal:
        return refusal.code
    return "done"


async def naive(market: Market, sale: Sale, orders: list[StandingOrder]) -> tuple[UUID, int] | None:
    """Who buys how much: every order looked at in turn, in the order of their places."""
    tx, loan = market.tx, market.loan
    claim = await claim_queries.load(tx.connection, sale.claim_id)
    assert claim is not None
    unpaid = await resale_actions.unpaid_rows(tx, loan)
    known = sale_actions._Priced(sale, claim, loan, unpaid, market.programme, resale_rules.terms_of(market.programme))
    offered = sale_actions._offered(tx, known)
    assert offered is not None

    def price(amount: int) -> int:
        shown = pricing.quote(
            claim, loan, unpaid, known.terms, principal_minor=amount, price_share=sale.price_share, day=tx.today
        )
        return shown.price_minor

    standing = [await market.order_of(order.id) for order in orders]
    for order in sorted(standing, key=lambda one: one.place or 0):
        held = await claim_queries.held_by(tx.connection, loan.id, order.lender)
        had = 0 if held is None else held.outstanding_minor
        if obstacles(order, offered):
            continue
        wanted = slice_of(order.bounds, order.left_minor, had, offered, price)
        if not isinstance(wanted, str):
            return order.id, wanted.principal_minor
    return None


@pytest.mark.parametrize("seed", range(4))
async def test_the_queue_buys_as_a_naive_second_model_does(market: Market, seed: int) -> None:
    chance = random.Random(seed)
    orders = []
    for _ in range(14):
        wish = ResaleWish(
            Decimal(chance.choice(["0.05", "0.1", "0.2"])), Decimal("0.9"), Decimal(chance.choice(["0.95", "1.05"])), 12
        )
        most = chance.choice([5_000, 10_000, 20_000])
        orders.append(await market.order(None, wish, least_minor=5_000, most_minor=most, budget_minor=most + 2_000))
    sale = await market.offer(share=chance.choice(["0.94", "1"]))
    bought = 0
    while True:
        expected = await naive(market, sale, orders)
        purchase = await market.next(sale)
        assert (None if purchase is None else (purchase.standing_order_id, purchase.principal_minor)) == expected
        if purchase is None:
            break
        bought += purchase.principal_minor
        await market.settle(purchase)
        found = await resale_queries.sale(market.tx.connection, sale.id)
        assert found is not None
        sale = found
        if sale.state is SaleState.SOLD:
            break
    assert bought == sale.sold_minor > 0
    assert not await offending(market.tx)


async def test_of_two_orders_neither_buys_twice_before_the_other_once(market: Market) -> None:
    orders = [await market.order(most_minor=30_000, share_cap=Decimal("0.1")) for _ in range(3)]
    sale = await market.offer()
    buyers = []
    for _ in range(3):
        purchase = await market.next(sale)
        assert purchase is not None
        buyers.append(purchase.standing_order_id)
        await market.settle(purchase)
    assert buyers == [order.id for order in orders]
    assert await market.next(sale) is None, "each has the most of this loan that it may"


async def test_money_that_is_refused_gives_the_place_back_and_the_third_time_pauses(market: Market) -> None:
    first, second = await market.order(), await market.order()
    for times in (1, 2, 3):
        sale = await market.offer()
        purchase = await market.next(sale)
        assert purchase is not None
        assert purchase.standing_order_id == first.id
        assert (await market.order_of(first.id)).committed_minor == purchase.price_minor
        await market.refuse(purchase)
        order = await market.order_of(first.id)
        assert (order.committed_minor, order.refusals) == (0, times)
        assert order.place == first.place
        after = await market.next(sale)
        assert after is not None
        assert after.standing_order_id == second.id, "it is not asked twice for one offer"
        await market.refuse(after)
        assert await market.next(sale) is None
        await resale_actions.withdraw(market.tx, holder(market.claims[0]), sale_id=sale.id)
    assert order.state is OrderState.PAUSED
    assert order.reason == "three_refusals"
    assert not await offending(market.tx)


async def test_every_look_is_explained_as_the_book_was_then(market: Market) -> None:
    dear = await market.order(None, replace(WISH, least_yield=Decimal("0.9")))
    small = await market.order(least_minor=100, most_minor=100)
    buyer = await market.order()
    behind = await market.order()
    sale = await market.offer()
    purchase = await market.next(sale)
    assert purchase is not None
    await market.settle(purchase)
    late = await market.order()
    await order_actions.end(market.tx, lender(behind), order_id=behind.id)
    found = {}
    for name, order in {"dear": dear, "small": small, "buyer": buyer, "behind": behind, "late": late}.items():
        now = await market.order_of(order.id)
        (reason,) = await explain(market.tx.connection, now, sale, after=0, limit=50)
        found[name] = (reason.verdict, reason.reasons)
    assert found == {
        "dear": ("not_eligible", ("yield_below_floor",)),
        "small": ("skipped", ("most_amount_below_least",)),
        "buyer": ("bought", ()),
        "behind": ("not_reached", ("sold_before",)),
        "late": ("not_eligible", ("not_made_yet",)),
    }
    decision = await sale_queries.decision_of(market.tx.connection, purchase.id)
    assert (decision.position, decision.amount_minor, decision.bound_by) == (2, 60_000, "most_amount")


async def test_a_claim_is_a_plans_or_her_own_and_never_both(market: Market) -> None:
    enrolment, claim = await market.invested()
    her = lender(enrolment)
    sale = (
        await resale_queries.find_sales(
            market.tx.connection, seller=None, state="open", loan_id=market.loan.id, before=None, limit=5
        )
    )[0]
    by_hand: dict[str, Any] = {"sale_id": sale.id, "principal_minor": 5_000, "price_minor": 5_000, "currency": "CNY"}
    assert await told(buying.buy(market.tx, her, **by_hand)) == "plan_holds_claim"
    offer: dict[str, Any] = {
        "claim_id": claim.id,
        "principal_minor": 5_000,
        "currency": "CNY",
        "price_share": Decimal(1),
    }
    assert await told(resale_actions.offer(market.tx, her, **offer)) == "plan_holds_claim"
    order_id = enrolment.standing_order_id
    assert await told(order_actions.pause(market.tx, her, order_id=order_id)) == "managed_by_plan"
    assert await told(order_actions.end(market.tx, her, order_id=order_id)) == "managed_by_plan"
    await market.order(her)
    assert await market.next(sale) is None, "nor does another order of hers buy of the loan"
    seller = await market.join(await market.plan(), 30_000, holder(market.claims[1]))
    assert await market.next(sale) is None, "nor a plan of whoever holds of it by hand"
    assert (await market.order_of(seller.standing_order_id)).committed_minor == 0


async def test_nobody_bids_by_hand_where_her_plan_does(market: Market) -> None:
    enrolment = await market.join(await market.plan())
    listing = await listed(market.tx)
    bid = Bid(
        id=new_id(),
        listing_id=listing.id,
        lender=enrolment.lender,
        amount_minor=1_000,
        currency="CNY",
        state=BidState.PENDING,
        reason=None,
        account_id=None,
        hold_id=None,
        loan_id=None,
        requested_at=market.tx.now,
        changed_at=market.tx.now,
        standing_order_id=enrolment.standing_order_id,
    )
    await bid_queries.add(market.tx.connection, bid)
    wish: dict[str, Any] = {"listing_id": listing.id, "amount_minor": 1_000, "currency": "CNY"}
    assert await told(bid_actions.place(market.tx, lender(enrolment), **wish)) == "plan_lends_here"
    assert await told(actions.cancel(market.tx, lender(enrolment), enrolment_id=enrolment.id)) == "something_is_lent"
    other = await lender_of(market.tx)
    assert await told(bid_actions.place(market.tx, other, **wish)) == "done"


async def test_what_joining_is_refused_for(market: Market) -> None:
    plan = await market.plan(total_minor=100_000)
    wish: dict[str, Any] = {"code": plan.code, "version": 1, "amount_minor": 60_000, "currency": "CNY"}
    staff = Caller("stf_tests", "gateway")
    assert await told(actions.join(market.tx, staff, **wish)) == "customers_only"
    assert await told(actions.join(market.tx, customer(), **wish | {"version": 2})) == "unknown_plan"
    assert await told(actions.join(market.tx, customer(), **wish | {"amount_minor": 9_999})) == "amount_out_of_plan"
    assert await told(actions.join(market.tx, customer(), **wish | {"currency": "USD"})) == "currency_differs"
    await market.join(plan)
    assert await told(actions.join(market.tx, customer(), **wish)) == "plan_full"
    hers = await market.join(plan, 40_000)
    assert await told(actions.cancel(market.tx, customer(), enrolment_id=hers.id)) == "unknown_enrolment"
    cancelled = await actions.cancel(market.tx, lender(hers), enrolment_id=hers.id)
    assert cancelled.state is EnrolmentState.CANCELLED
    assert (await market.order_of(hers.standing_order_id)).state is OrderState.ENDED
    assert await told(actions.cancel(market.tx, lender(hers), enrolment_id=hers.id)) == "not_allowed_in_state"
    # What was cancelled is free again.
    await market.join(plan, 40_000)
    await plan_actions.close(market.tx, LEDGER, code=plan.code, version=1)
    assert await told(actions.join(market.tx, customer(), **wish)) == "plan_not_offered"
    asks = await programme_with(market.tx, FREE, plans=True, level_by_grade={"A": 3}, highest_rate=Decimal("0.12"))
    careful = await market.plan(programmes=(asks.code,))
    assert await told(actions.join(market.tx, customer(), **wish | {"code": careful.code})) == "no_risk_level"


async def test_one_lender_is_in_so_many_plans(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.p2p.enrolments.rules.MOST_ENROLMENTS", 1)
    plan, her = await market.plan(), customer()
    await market.join(plan, caller=her)
    assert await told(market.join(plan, caller=her)) == "too_many_enrolments"


async def test_time_locks_unlocks_and_leaves(market: Market) -> None:
    enrolment, claim = await market.invested(exit=ExitRule.ON_REQUEST, lock_in_days=30)
    locked = await market.go_on(enrolment)
    assert (locked.state, locked.locked_at) == (EnrolmentState.LOCKED, market.tx.now), "all is lent"
    assert (await market.go_on(locked)) == locked, "time has not come"
    assert locked.due_at is not None
    market.tx.now = locked.due_at
    free = await market.go_on(locked)
    assert free.state is EnrolmentState.FREE
    assert free.due_at is not None
    left = await actions.leave(market.tx, lender(free), enrolment_id=free.id)
    assert (left.state, left.early, left.due_at) == (EnrolmentState.EXITING, False, None)
    assert (await market.order_of(left.standing_order_id)).state is OrderState.ENDED
    assert await told(actions.leave(market.tx, lender(left), enrolment_id=left.id)) == "not_allowed_in_state"
    cleared = await exiting.clear(market.tx, LEDGER, enrolment_id=left.id)
    assert cleared.state is EnrolmentState.EXITING, "something is left"
    assert claim.outstanding_minor == 25_000, "in lots, with the interest that has accrued within the budget"


async def test_who_stays_leaves_before_her_order_expires(market: Market) -> None:
    enrolment, _ = await market.invested(exit=ExitRule.ON_REQUEST, lock_in_days=30)
    locked = await market.go_on(enrolment)
    assert locked.due_at is not None
    market.tx.now = locked.due_at
    free = await market.go_on(locked)
    assert free.due_at is not None
    market.tx.now = free.due_at
    assert (await market.go_on(free)).reason == "order_expires"


async def test_nothing_lent_in_time_is_over(market: Market) -> None:
    enrolment = await market.join(await market.plan())
    assert (await market.go_on(enrolment)).state is EnrolmentState.INVESTING
    assert enrolment.due_at is not None
    market.tx.now = enrolment.due_at
    over = await market.go_on(enrolment)
    assert (over.state, over.reason) == (EnrolmentState.CANCELLED, "nothing_lent")
    none = await actions.join(
        market.tx, customer(), code=enrolment.plan_code, version=1, amount_minor=10_000, currency="CNY"
    )
    await order_actions.record_no_wallet(market.tx, LEDGER, order_id=none.standing_order_id, reason="no_such_customer")
    assert await queries.all_lent(market.tx.connection, 10) == [none.id]
    assert (await market.go_on(none)).reason == "no_such_customer"


async def test_what_came_back_is_lent_again_once_and_taken_back_where_it_was(market: Market) -> None:
    enrolment, claim = await market.invested()
    before = (await market.order_of(enrolment.standing_order_id)).committed_minor
    await market.brings(claim, 700)
    assert await queries.changed(market.tx.connection, 10) == [enrolment.id]
    for expected in (700, 0):
        amounts = await actions.bring_back(market.tx, LEDGER, enrolment_ids=[enrolment.id])
        assert sum(amounts.values()) == expected
    assert (await market.order_of(enrolment.standing_order_id)).committed_minor == before - 700
    await market.brings(claim, -700)
    await actions.bring_back(market.tx, LEDGER, enrolment_ids=[enrolment.id])
    order = await market.order_of(enrolment.standing_order_id)
    assert (order.committed_minor, (await market.load(enrolment)).returned_minor) == (before, 0)


async def settling(market: Market, **rates: Any) -> tuple[Enrolment, Purchase]:
    """One who left early, whose claim was sold at what it should be worth: what is charged is not taken yet."""
    enrolment, claim = await market.invested(lock_in_days=30, **rates)
    await market.go_on(enrolment)
    left = await actions.leave(market.tx, lender(enrolment), enrolment_id=enrolment.id)
    assert left.early
    rest = await resale_queries.live_of_claims(market.tx.connection, [market.claims[0].id])
    await resale_actions.step(market.tx, rest[market.claims[0].id], SaleEvent.WITHDRAW)
    sale = await exiting.offer_claim(market.tx, LEDGER, claim_id=claim.id)
    assert sale is not None
    assert sale.principal_minor == claim.outstanding_minor
    assert abs(sale.price_share - 1) < Decimal("0.01"), "what it should be worth"
    assert await told(resale_actions.withdraw(market.tx, lender(enrolment), sale_id=sale.id)) == "plan_holds_claim"
    await market.order()
    purchase = await market.next(sale)
    assert purchase is not None
    await market.settle(purchase)
    assert await queries.cleared(market.tx.connection, 10) == [enrolment.id]
    return await exiting.clear(market.tx, LEDGER, enrolment_id=enrolment.id), purchase


async def test_the_last_of_it_is_settled_and_a_wallet_without_money_waits_a_month(market: Market) -> None:
    enrolment, purchase = await settling(market, joining_fee_rate=Decimal(0))
    settled = enrolment.settlement
    assert settled.back_minor == purchase.price_minor - purchase.fee_minor
    assert settled.income_minor < 0, "fees of the sale: nothing is above the cap"
    assert (settled.fees_minor, settled.excess_minor) == (settled.peak_minor // 100, 0)
    short: dict[str, Any] = {"enrolment_id": enrolment.id, "reason": "insufficient_funds"}
    for attempt in range(30):
        assert (await market.load(enrolment)).state is EnrolmentState.SETTLING
        for _ in range(2):
            await exiting.record_short(market.tx, LEDGER, attempt=attempt, **short)
    over = await market.load(enrolment)
    assert (over.state, over.waived, over.attempts) == (EnrolmentState.ENDED, True, 30)
    again = await exiting.record_settled(market.tx, LEDGER, enrolment_id=enrolment.id)
    assert again == over


async def test_money_that_is_taken_back_is_neither_settled_nor_charged_for(market: Market) -> None:
    """The loan is repaid whole, and that bounces: while it is taken back, and between what is charged and its being taken."""
    tx, book = market.tx, Book(market.tx, market.loan, market.claims)
    enrolment, claim = await market.invested(lock_in_days=30)
    await market.go_on(enrolment)
    await actions.leave(tx, lender(enrolment), enrolment_id=enrolment.id)
    await book.due(1)
    owed = (await repayment_queries.serviced(tx.connection, book.loan)).on(tx.today)
    whole = await book.pay(sum(one.owed_minor for one in owed.dues))
    await reversal.request_reversal(tx, STAFF, repayment_id=whole.id, reason="bounced")
    assert await queries.cleared(tx.connection, 10) == []
    assert (await exiting.clear(tx, LEDGER, enrolment_id=enrolment.id)).state is EnrolmentState.EXITING
    await reversal.record_reversed(tx, LEDGER, repayment_id=whole.id)
    again = await book.pay(whole.amount_minor)
    settling = await exiting.clear(tx, LEDGER, enrolment_id=enrolment.id)
    assert (settling.state, settling.settlement.back_minor > claim.outstanding_minor) == (EnrolmentState.SETTLING, True)
    await reversal.request_reversal(tx, STAFF, repayment_id=again.id, reason="bounced")
    reopening = await tx.connection.begin_nested()
    left = await exiting.begin_charge(tx, LEDGER, enrolment_id=enrolment.id, attempt=0)
    assert (left.state, left.reason, left.settlement.charged_minor) == (EnrolmentState.EXITING, "taken_back", 0)
    await reversal.record_reversed(tx, LEDGER, repayment_id=again.id)
    assert (await exiting.clear(tx, LEDGER, enrolment_id=enrolment.id)).state is EnrolmentState.EXITING
    assert not await offending(tx)
    await reopening.rollback()
    # The ledger had been asked before that: how it answered is learned first.
    await tx.connection.execute(text("UPDATE enrolments SET charging = true WHERE id = :id"), {"id": enrolment.id})
    asked = await exiting.begin_charge(tx, LEDGER, enrolment_id=enrolment.id, attempt=0)
    assert (asked.state, asked.charging) == (EnrolmentState.SETTLING, True)
    short: dict[str, Any] = {"enrolment_id": enrolment.id, "reason": "insufficient_funds"}
    assert not (await exiting.record_short(tx, LEDGER, attempt=0, **short)).charging
    left = await exiting.begin_charge(tx, LEDGER, enrolment_id=enrolment.id, attempt=1)
    assert (left.state, left.attempts) == (EnrolmentState.EXITING, 1)


async def test_what_the_platform_bore_of_a_reversal_is_income_once(market: Market) -> None:
    """She had spent all that she received, interest too: it stays hers, and her claim is the platform's."""
    tx, book = market.tx, await book_of(market.tx, loan=(market.loan, market.claims))
    enrolment, claim = await market.invested(lock_in_days=30)
    await market.go_on(enrolment)
    await book.due(1)
    owed = (await repayment_queries.serviced(tx.connection, book.loan)).on(tx.today)
    whole = await book.pay(sum(one.owed_minor for one in owed.dues))
    shares = await repayment_queries.shares(tx.connection, whole.id)
    hers = sum(share.received_minor for share in shares if share.claim_id == claim.id)
    await book.bounce(whole, {enrolment.lender: hers})
    await actions.bring_back(tx, LEDGER, enrolment_ids=[enrolment.id])
    assert (await market.load(enrolment)).returned_minor == hers > claim.outstanding_minor
    await actions.leave(tx, lender(enrolment), enrolment_id=enrolment.id)
    settled = await exiting.clear(tx, LEDGER, enrolment_id=enrolment.id)
    assert (settled.state, settled.settlement.back_minor) == (EnrolmentState.SETTLING, hers)
    assert not await offending(tx)


async def test_what_is_charged_is_taken_once_and_nothing_is_where_nothing_is_due(market: Market) -> None:
    enrolment, _ = await settling(market)
    ended = await exiting.record_settled(market.tx, LEDGER, enrolment_id=enrolment.id)
    assert (ended.state, ended.waived) == (EnrolmentState.ENDED, False)
    short: dict[str, Any] = {"enrolment_id": enrolment.id, "attempt": 0, "reason": "insufficient_funds"}
    assert await exiting.record_short(market.tx, LEDGER, **short) == ended
    assert await exiting.clear(market.tx, LEDGER, enrolment_id=enrolment.id) == ended
    assert not await offending(market.tx)


async def test_who_is_charged_nothing_has_ended_at_once(market: Market) -> None:
    none: dict[str, Any] = {name: Decimal(0) for name in ("joining_fee_rate", "exit_fee_rate", "early_exit_fee_rate")}
    enrolment, _ = await settling(market, **none)
    assert enrolment.state is EnrolmentState.ENDED
    assert not await offending(market.tx)


SPOILT = [
    ("UPDATE enrolments SET excess_minor = 1", "excess_is_what_is_above_the_cap"),
    ("UPDATE enrolments SET fees_minor = fees_minor + 1", "excess_is_what_is_above_the_cap"),
    ("UPDATE enrolments SET out_minor = out_minor + 1", "income_is_what_really_came"),
    ("UPDATE enrolments SET returned_minor = 5000", "enrolment_lends_again_what_came_back"),
    ("UPDATE enrolments SET returned_minor = 5000", "order_commits_what_its_bids_take"),
    ("UPDATE enrolments SET amount_minor = amount_minor + 1", "enrolment_has_its_order"),
    ("UPDATE standing_orders SET managed = false WHERE managed", "plan_claim_is_the_plans_alone"),
    (
        "UPDATE claims SET bought_minor = bought_minor + 5, outstanding_minor = outstanding_minor + 5 WHERE bought_minor > 0",
        "plan_claim_is_the_plans_alone",
    ),
    (
        "UPDATE claim_purchases SET standing_order_id = (SELECT standing_order_id FROM enrolments)",
        "what_a_plan_lent_is_among_its_claims",
    ),
    ("UPDATE claim_purchases SET price_minor = price_minor + 1", "purchase_of_an_order_was_decided"),
    (
        "INSERT INTO sale_looks SELECT sale_id, 99, moment, left_minor, yield_rate, longest_months, 1, looked_at FROM sale_looks LIMIT 1",
        "look_asked_what_it_says",
    ),
]


async def test_a_spoilt_row_is_found(market: Market) -> None:
    enrolment, _ = await settling(market)
    assert not await offending(market.tx)
    for statement, name in SPOILT:
        spoiling = await market.tx.connection.begin_nested()
        changed = await market.tx.connection.execute(text(statement))
        assert changed.rowcount, statement
        assert name in await offending(market.tx), statement
        await spoiling.rollback()
    market.tx.now += timedelta(days=1)
    assert await offending(market.tx) == {"enrolment_past_its_day"}
    assert enrolment.state is EnrolmentState.SETTLING


async def offending(tx: Tx) -> set[str]:
    return {check.name for check in await checks.run(tx.connection, tx.now, []) if check.offending} & OURS


OURS = {
    "plan_claim_is_the_plans_alone",
    "what_a_plan_lent_is_among_its_claims",
    "enrolment_has_its_order",
    "enrolment_lends_again_what_came_back",
    "excess_is_what_is_above_the_cap",
    "income_is_what_really_came",
    "purchase_of_an_order_was_decided",
    "look_asked_what_it_says",
    "enrolment_past_its_day",
    "order_commits_what_its_bids_take",
    "order_is_its_newest_version",
}
