"""Stories of resale on the real database, rolled back: every event in every state by every party, and what is refused."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis import commands
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.runtime import Runtime
from clients.ids import new_id
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.errors import NotAllowedInState
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan
from services.p2p.originators import actions as originator_actions
from services.p2p.programmes.model import AccruedRule, Origination
from services.p2p.repayments import actions as repayment_actions
from services.p2p.resale import actions, buying, queries, rules, slices
from services.p2p.resale.model import Purchase, PurchaseEvent, PurchaseState, Sale, SaleEvent, SaleState
from services.p2p.resale.pricing import quote
from services.p2p.verification import checks
from tests.conftest import MakeRuntime
from tests.p2p.resale_records import FREE, LEDGER, customer, holder, lent, programme_with
from tests.p2p.test_registry import terms_of

BUYERS_AT_ONCE = 200


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("p2p")


@pytest.fixture
async def tx(runtime: Runtime) -> AsyncIterator[Tx]:
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


class Market:
    """A loan of 600.00 and 400.00, of which the first claim is to be sold."""

    def __init__(self, tx: Tx, loan: Loan, claims: list[Claim]) -> None:
        self.tx, self.loan, self.claims = tx, loan, claims
        self.seller = holder(claims[0])

    async def offer(self, amount: int = 60_000, share: str = "1", caller: Caller | None = None) -> Sale:
        return await actions.offer(
            self.tx,
            caller or self.seller,
            claim_id=self.claims[0].id,
            principal_minor=amount,
            currency="CNY",
            price_share=Decimal(share),
        )

    async def price(self, sale: Sale, amount: int) -> int:
        claim = await claim_queries.load(self.tx.connection, sale.claim_id)
        assert claim is not None
        unpaid = await actions.unpaid_rows(self.tx, self.loan)
        terms = rules.terms_of(await actions.programme_of(self.tx, self.loan))
        shown = quote(
            claim,
            self.loan,
            unpaid,
            terms,
            principal_minor=amount,
            price_share=sale.price_share,
            day=self.tx.today,
        )
        return shown.price_minor

    async def buy(self, sale: Sale, amount: int, buyer: Caller | None = None, price: int | None = None) -> Purchase:
        return await buying.buy(
            self.tx,
            buyer or customer(),
            sale_id=sale.id,
            principal_minor=amount,
            price_minor=await self.price(sale, amount) if price is None else price,
            currency="CNY",
        )

    async def settle(self, purchase: Purchase) -> Purchase:
        await buying.name_account(self.tx, LEDGER, purchase_id=purchase.id, account_id=UUID(int=9 << 16 | 1))
        return await buying.record_settled(self.tx, LEDGER, purchase_id=purchase.id)

    async def refuse(self, purchase: Purchase) -> Purchase:
        return await buying.record_refused(
            self.tx, LEDGER, purchase_id=purchase.id, reason="insufficient_funds", no_account=False
        )

    async def sale(self, sale: Sale) -> Sale:
        found = await queries.sale(self.tx.connection, sale.id)
        assert found is not None
        return found


@pytest.fixture
async def market(tx: Tx) -> Market:
    return Market(tx, *await lent(tx, await programme_with(tx, FREE), [60_000, 40_000]))


SALE = {
    ("open", "buy"): "buying",
    ("open", "void"): "voided",
    ("open", "expire"): "expired",
    ("open", "withdraw"): "withdrawn",
    ("buying", "settle"): "open",
    ("buying", "settle_last"): "sold",
    ("buying", "refuse"): "open",
}
PURCHASE = {("pending", "settle"): "settled", ("pending", "refuse"): "refused"}
CASES: list[Any] = [
    *[(SALE, rules.next_sale_state, *pair) for pair in product(SaleState, SaleEvent)],
    *[(PURCHASE, rules.next_purchase_state, *pair) for pair in product(PurchaseState, PurchaseEvent)],
]


@pytest.mark.parametrize(("table", "next_state", "state", "event"), CASES)
def test_every_event_in_every_state(table: Any, next_state: Any, state: Any, event: Any) -> None:
    record = SimpleNamespace(state=state)
    expected = table.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState):
            next_state(record, event)
    else:
        assert next_state(record, event).value == expected


async def in_state(market: Market, state: SaleState) -> Sale:
    sale = await market.offer(60_000)
    if state is SaleState.BUYING:
        await market.buy(sale, 60_000)
    elif state is SaleState.SOLD:
        await market.settle(await market.buy(sale, 60_000))
    elif state is SaleState.VOIDED:
        await actions.void_sales(market.tx, market.loan.id, reason="tests")
    elif state is SaleState.WITHDRAWN:
        await actions.withdraw(market.tx, market.seller, sale_id=sale.id)
    elif state is SaleState.EXPIRED:
        assert sale.due_at is not None
        now, market.tx.now = market.tx.now, sale.due_at
        await actions.expire(market.tx, LEDGER, sale_id=sale.id)
        market.tx.now = now
    found = await market.sale(sale)
    assert found.state is state
    return found


async def told(attempt: Any) -> str:
    """How a story ended: `done`, or the code of its refusal."""
    try:
        await attempt
    except Refusal as refusal:
        return refusal.code
    return "done"


@pytest.mark.parametrize("state", SaleState)
async def test_every_party_in_every_state(market: Market, state: SaleState) -> None:
    """The right one, the wrong one, twice, and time too early."""
    sale = await in_state(market, state)
    is_open = state is SaleState.OPEN
    price = await market.price(sale, 60_000) if state is not SaleState.SOLD else 60_000
    assert await told(actions.withdraw(market.tx, customer(), sale_id=sale.id)) == "unknown_sale"
    assert await told(market.buy(sale, 60_000, market.seller, price)) == ("own_sale" if is_open else "sale_not_open")
    await actions.expire(market.tx, LEDGER, sale_id=sale.id)
    assert (await market.sale(sale)).state is state, "time has not come, or has come before"
    expected = "done" if is_open else "sale_not_open"
    assert await told(market.buy(sale, 60_000, price=price)) == expected
    assert await told(market.buy(sale, 60_000, price=price)) == "sale_not_open"
    assert await told(actions.withdraw(market.tx, market.seller, sale_id=sale.id)) == "not_allowed_in_state"


async def test_an_answer_that_comes_twice_changes_nothing_more(market: Market) -> None:
    sale = await market.offer(60_000)
    refused = await market.refuse(await market.buy(sale, 20_000))
    assert (await market.settle(refused)).state is PurchaseState.REFUSED
    settled = await market.settle(await market.buy(sale, 20_000))
    again = await market.settle(settled)
    assert again == await market.refuse(settled)
    seller = await claim_queries.load(market.tx.connection, market.claims[0].id)
    assert seller is not None
    assert (seller.outstanding_minor, seller.sold_minor, seller.version) == (40_000, 20_000, 2)
    assert (await market.sale(sale)).left_minor == 40_000


async def test_a_wallet_that_one_try_misses_and_another_finds_is_the_ledgers_to_decide(market: Market) -> None:
    purchase = await market.buy(await market.offer(), 60_000)
    named = await buying.name_account(market.tx, LEDGER, purchase_id=purchase.id, account_id=UUID(int=5 << 16 | 1))
    late = await buying.record_refused(market.tx, LEDGER, purchase_id=purchase.id, reason="no_wallet", no_account=True)
    assert (late, late.state) == (named, PurchaseState.PENDING)
    other = await buying.name_account(market.tx, LEDGER, purchase_id=purchase.id, account_id=UUID(int=6 << 16 | 1))
    assert other.buyer_account_id == UUID(int=5 << 16 | 1)


@pytest.mark.parametrize(
    ("amount", "share", "code"),
    [
        (60_001, "1", "more_than_held"),
        (4_000, "1", "below_lot"),
        (12_000, "1", "not_in_lots"),
        (60_000, "0.8999", "price_out_of_bounds"),
        (60_000, "1.1001", "price_out_of_bounds"),
    ],
)
async def test_what_may_not_be_offered(market: Market, amount: int, share: str, code: str) -> None:
    assert await told(market.offer(amount, share)) == code


async def test_what_may_not_be_bought(market: Market) -> None:
    sale = await market.offer(50_000)
    borrower = Caller(market.loan.borrower, "gateway")
    assert await told(market.buy(sale, 55_000)) == "more_than_offered"
    assert await told(market.buy(sale, 4_000)) == "below_lot"
    assert await told(market.buy(sale, 12_000)) == "not_in_lots"
    assert await told(market.buy(sale, 50_000, borrower)) == "own_loan"
    assert await told(market.buy(sale, 50_000, price=1)) == "price_changed"
    assert await told(market.offer(5_000)) == "sale_open"
    assert await told(market.offer(5_000, caller=customer())) == "unknown_claim"
    assert await told(market.offer(5_000, caller=LEDGER)) == "customers_only"
    missing = buying.buy(market.tx, customer(), sale_id=new_id(), principal_minor=1, price_minor=1, currency="CNY")
    assert await told(missing) == "unknown_sale"
    assert (await market.sale(sale)).state is SaleState.OPEN


async def test_another_currency_is_refused_on_both_sides(market: Market) -> None:
    facts: dict[str, Any] = {"principal_minor": 60_000, "currency": "USD"}
    offer = actions.offer(market.tx, market.seller, claim_id=market.claims[0].id, price_share=Decimal(1), **facts)
    assert await told(offer) == "currency_differs"
    sale = await market.offer()
    assert await told(buying.buy(market.tx, customer(), sale_id=sale.id, price_minor=1, **facts)) == "currency_differs"


async def test_nothing_passes_on_on_a_due_day_or_after_it(market: Market) -> None:
    """An offer ends as the due day begins, in the suite's zone; on it, and while the row is unpaid, none is made."""
    rows = await actions.unpaid_rows(market.tx, market.loan)
    sale = await market.offer()
    assert sale.due_at is not None
    ahead = timedelta(days=(rows[0].due_on - market.tx.today).days)
    market.tx.now = market.tx.now + ahead - timedelta(days=1)
    await actions.withdraw(market.tx, market.seller, sale_id=sale.id)
    sale = await market.offer()
    assert sale.due_at is not None
    market.tx.now = sale.due_at - timedelta(seconds=1)
    assert market.tx.today == rows[0].due_on - timedelta(days=1)
    price = await market.price(sale, 60_000)
    market.tx.now = sale.due_at
    assert market.tx.today == rows[0].due_on
    assert await told(market.buy(sale, 60_000, price=price)) == "sale_not_open"
    await actions.expire(market.tx, LEDGER, sale_id=sale.id)
    assert (await market.sale(sale)).state is SaleState.EXPIRED
    assert await told(market.offer()) == "due_today"
    market.tx.now += timedelta(days=1)
    assert await told(market.offer()) == "loan_overdue"


async def test_what_the_programme_says_of_resale_holds(tx: Tx) -> None:
    never = Market(tx, *await lent(tx, await programme_with(tx, None), [60_000]))
    assert await told(never.offer()) == "resale_not_offered"
    late = Market(tx, *await lent(tx, await programme_with(tx, replace(FREE, held_days=3)), [60_000]))
    assert await told(late.offer()) == "held_too_short"
    tx.now += timedelta(days=1)
    assert await told(late.offer()) == "done"
    whole = Market(tx, *await lent(tx, await programme_with(tx, replace(FREE, in_parts=False)), [60_000]))
    assert await told(whole.offer(50_000)) == "resale_not_offered"
    sale = await whole.offer()
    assert await told(whole.buy(sale, 50_000)) == "resale_not_offered"
    assert await told(whole.buy(sale, 60_000)) == "done"


async def test_slices_are_of_first_lenders_and_of_one_own_claim(tx: Tx) -> None:
    def slices_of(market: Market, caller: Caller, *claim_ids: UUID) -> Any:
        return slices.offer_slices(
            tx,
            caller,
            claim_ids=claim_ids,
            principal_minor=50_000,
            currency="CNY",
            price_share=Decimal(1),
            promised_on=tx.today + timedelta(days=400),
        )

    usual = Market(tx, *await lent(tx, await programme_with(tx, FREE), [60_000]))
    assert await told(slices_of(usual, usual.seller, usual.claims[0].id)) == "not_first_lenders"
    lends_first = await programme_with(tx, FREE, origination=(Origination.FIRST_LENDER,))
    first = Market(tx, *await lent(tx, lends_first, [60_000]))
    own = first.claims[0].id
    assert await told(slices_of(first, customer(), own)) == "unknown_claim"
    assert await told(slices_of(first, first.seller, own)) == "licence_not_valid"
    staff = Caller("stf_tests", "gateway", frozenset({"p2p:operate"}))
    terms = terms_of(licensed_from_on=date(2000, 1, 1))
    await originator_actions.register(tx, staff, party=first.seller.party, currency="CNY", terms=terms)
    assert await told(slices_of(first, first.seller, own, new_id())) == "pool_refused"
    assert await told(slices_of(first, first.seller, own, own)) == "done", "named twice it is one claim"


async def test_a_buyer_has_a_level_and_no_more_than_her_share(tx: Tx) -> None:
    asks = await programme_with(tx, FREE, level_by_grade={"A": 1})
    levels = Market(tx, *await lent(tx, asks, [60_000]))
    assert await told(levels.buy(await levels.offer(), 60_000)) == "no_risk_level"
    half = await programme_with(tx, FREE, largest_lender_share=Decimal("0.5"))
    shares = Market(tx, *await lent(tx, half, [60_000, 40_000]))
    sale = await shares.offer()
    assert await told(shares.buy(sale, 15_000, holder(shares.claims[1]))) == "above_lender_share"
    assert await told(shares.buy(sale, 10_000, holder(shares.claims[1]))) == "done"


async def test_a_loan_has_at_most_two_thousand_holders(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buying, "MOST_HOLDERS", 2)
    market = Market(tx, *await lent(tx, await programme_with(tx, FREE), [60_000, 40_000]))
    sale = await market.offer()
    assert await told(market.buy(sale, 50_000)) == "too_many_holders"
    assert await told(market.buy(sale, 50_000, holder(market.claims[1]))) == "done"
    split = replace(FREE, accrued=AccruedRule.SPLIT_WHEN_PAID)
    keeps = Market(tx, *await lent(tx, await programme_with(tx, split), [60_000, 40_000]))
    assert await told(keeps.buy(await keeps.offer(), 60_000)) == "too_many_holders", "the seller is paid, too"


async def test_while_a_claim_passes_on_its_loan_is_not_repaid_nor_another_claim_sold(market: Market) -> None:
    sale = await market.offer()
    other = await actions.offer(
        market.tx,
        holder(market.claims[1]),
        claim_id=market.claims[1].id,
        principal_minor=40_000,
        currency="CNY",
        price_share=Decimal(1),
    )
    purchase = await market.buy(sale, 60_000)
    rows = await actions.unpaid_rows(market.tx, market.loan)
    facts: dict[str, Any] = {"loan_id": market.loan.id, "amount_minor": rows[0].payment_minor, "currency": "CNY"}
    borrower = Caller(market.loan.borrower, "gateway")
    assert await told(repayment_actions.repay(market.tx, borrower, **facts)) == "claims_change_hands"
    assert await told(market.buy(other, 40_000)) == "claims_change_hands"
    await market.settle(purchase)
    repayment = await repayment_actions.repay(market.tx, borrower, **facts)
    assert await told(market.buy(other, 40_000)) == "repayment_under_way"
    assert (await market.sale(other)).state is SaleState.OPEN, "a refused repayment would change nothing"
    await repayment_actions.record_shared(market.tx, LEDGER, repayment_id=repayment.id)
    voided = await market.sale(other)
    assert (voided.state, voided.reason, voided.due_at) == (SaleState.VOIDED, "repayment", None)


async def test_what_she_buys_voids_what_she_offers_of_the_same_loan(market: Market) -> None:
    buyer = holder(market.claims[1])
    hers = await actions.offer(
        market.tx, buyer, claim_id=market.claims[1].id, principal_minor=5_000, currency="CNY", price_share=Decimal(1)
    )
    await market.settle(await market.buy(await market.offer(), 60_000, buyer))
    voided = await market.sale(hers)
    assert (voided.state, voided.reason) == (SaleState.VOIDED, "purchase")
    claim = await claim_queries.load(market.tx.connection, market.claims[1].id)
    assert claim is not None
    assert (claim.outstanding_minor, claim.funded_minor, claim.bought_minor) == (100_000, 40_000, 60_000)
    assert (claim.held_from_on, claim.version) == (market.tx.today, 2)


async def test_of_a_claim_that_changed_nothing_is_bought(market: Market) -> None:
    """Though nobody ended the offer: the version it stands on is looked at, and the audit names it."""
    sale = await market.offer()
    changed = market.claims[0]._replace(version=2)
    await claim_queries.save(market.tx.connection, changed, cause="tests", cause_id="tests")
    assert await told(market.buy(sale, 60_000)) == "claim_changed"
    found = {check.name: check.offending for check in await checks.run(market.tx.connection, market.tx.now, [])}
    assert len(found["open_sale_is_of_its_version"]) == 1


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (
            "UPDATE claims SET sold_minor = sold_minor - 1, funded_minor = funded_minor - 1 WHERE sold_minor > 0",
            "claims_follow_from_purchases",
        ),
        (
            "UPDATE claims SET bought_minor = bought_minor + 1, outstanding_minor = outstanding_minor + 1"
            " WHERE bought_minor > 0",
            "what_was_bought_was_sold_or_paid_for",
        ),
        ("UPDATE claim_sales SET sold_minor = sold_minor - 1", "sale_follows_from_purchases"),
        ("UPDATE claim_purchases SET traded_on = traded_on + 1", "purchase_has_its_cession"),
        ("UPDATE claim_sales SET due_at = '2020-01-01'", "sale_past_deadline"),
    ],
)  # fmt: skip
async def test_a_damaged_row_fails_its_check(tx: Tx, statement: str, check: str) -> None:
    terms = replace(FREE, accrued=AccruedRule.SPLIT_WHEN_PAID)
    market = Market(tx, *await lent(tx, await programme_with(tx, terms), [60_000, 40_000]))
    await market.settle(await market.buy(await market.offer(), 20_000))

    async def failing() -> set[str]:
        every = await checks.run(tx.connection, tx.now, [])
        return {one.name for one in every if one.offending and one.name in (check, *OURS)}

    assert not await failing()
    await tx.connection.exec_driver_sql(statement)
    assert check in await failing()


OURS = (
    "claims_follow_from_purchases",
    "sale_follows_from_purchases",
    "open_sale_is_of_its_version",
    "claims_make_up_the_loan",
)


async def test_the_table_itself_refuses_a_second_live_sale_and_a_second_purchase(market: Market) -> None:
    sale = await market.offer()
    purchase = await market.buy(sale, 20_000)
    with pytest.raises(IntegrityError, match="one_under_way"):
        async with market.tx.connection.begin_nested():
            await queries.add_purchase(market.tx.connection, replace(purchase, id=new_id()))
    with pytest.raises(IntegrityError, match="one_live"):
        async with market.tx.connection.begin_nested():
            await queries.add_sale(market.tx.connection, replace(sale, id=new_id()))


@pytest.mark.parametrize("table", ["questionnaires", "risk_assessments", "claim_cessions"])
async def test_history_cannot_be_edited(tx: Tx, table: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await tx.connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608


async def test_two_hundred_buyers_at_once_have_one_winner(runtime: Runtime) -> None:
    """Nothing runs beside: the winner's money is still to be asked for when all have been answered."""
    async with runtime.transaction(seed="tests") as tx:
        now = tx.now
        market = Market(tx, *await lent(tx, await programme_with(tx, replace(FREE, longest_open_days=60)), [60_000]))
        rows = await loan_queries.unpaid_rows(tx.connection, [market.loan.id])
        ahead = now.date() - rows[market.loan.id][0].from_on
        # The loan is of today, for the clock of the buyers is real.
        await tx.connection.exec_driver_sql(
            f"UPDATE loan_rows SET from_on = from_on + {ahead.days}, due_on = due_on + {ahead.days}"  # noqa: S608
        )
        tx.now = now
        sale = await market.offer()
        price = await market.price(sale, 60_000)

    async def one() -> str:
        attempt = commands.perform(
            runtime,
            buying.buy,
            customer(),
            seed=new_id().hex,
            sale_id=sale.id,
            principal_minor=60_000,
            price_minor=price,
            currency="CNY",
        )
        return await told(attempt)

    answers = Counter(await asyncio.gather(*(one() for _ in range(BUYERS_AT_ONCE))))
    assert answers == {"done": 1, "sale_not_open": BUYERS_AT_ONCE - 1}
    async with runtime.reading() as connection:
        assert len(await queries.find_purchases(connection, party=None, sale_id=sale.id, before=None, limit=9)) == 1
