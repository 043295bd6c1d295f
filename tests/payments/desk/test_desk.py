"""What waits for an operator is on the desk, and leaves it when it is decided."""

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert

from chassis.clock import real_now
from chassis.database import Tx
from chassis.ids import encode
from chassis.sealing import SealingKeys
from chassis.webhooks import Delivered
from clients.ids import new_id
from services.payments.desk import queries
from services.payments.desk.model import Matter, Waiting
from services.payments.desk.schemas import PREFIXES
from services.payments.holders import freezing
from services.payments.holders import queries as holders
from services.payments.holders.model import Holder
from services.payments.limits import queries as limits
from services.payments.merchant_payouts import queries as payouts
from services.payments.merchant_payouts.model import Batch, BatchState
from services.payments.merchant_payouts.tables import payout_batches
from services.payments.receivables import queries as receivables
from services.payments.receivables.model import Cause, Receivable, ReceivableState
from services.payments.reconciliation import actions as reconciling
from services.payments.reconciliation import break_queries
from services.payments.reconciliation.model import Break, BreakState, BreakType, Side
from services.payments.returned_money import queries as returned
from services.payments.returned_money.model import Report, ReportKind, ReportState
from services.payments.settlement import queries as settlement
from services.payments.settlement import run_queries as runs
from services.payments.settlement.model import Position
from services.payments.webhooks import actions as webhooks
from tests.conftest import MakeRuntime, Serve
from tests.payments.market import Market as Shops
from tests.payments.trades import market as trading
from tests.payments.trades.market import ARBITER, Market, open_market


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.fixture
async def market(tx: Tx) -> Market:
    return await open_market(tx)


async def found(tx: Tx, matter: Matter) -> list[Waiting]:
    rows = await queries.waiting(tx.connection, matter, None, 10)
    pile = next(one for one in await queries.piles(tx.connection) if one.matter is matter)
    assert pile.count == len(rows)
    assert pile.oldest_at == min((row.since for row in rows), default=None)
    return rows


async def test_a_trade_in_dispute_until_the_ruling(tx: Tx, market: Market) -> None:
    deal = await trading.shipped(tx, market)
    refund = await trading.asked(tx, market, deal)
    assert await found(tx, Matter.TRADE_DISPUTES) == []
    await trading.do(tx, market, deal.trade.id, "refuse", "seller", {"proposal": None})
    await trading.do(tx, market, deal.trade.id, "escalate", "buyer", {})
    [one] = await found(tx, Matter.TRADE_DISPUTES)
    assert (one.id, one.subject, one.amount, one.currency) == (
        refund.id,
        encode("trd", deal.trade.id),
        refund.amount,
        "CNY",
    )
    assert one.due_at is not None
    ruling = {"buyer": refund.amount, "seller": 0}
    await trading.do(tx, market, deal.trade.id, "rule", "arbiter", ruling)
    assert await found(tx, Matter.TRADE_DISPUTES) == []


async def test_a_break_of_reconciliation_until_it_has_ended(tx: Tx) -> None:
    account = await reconciling.open_account(tx, ARBITER, bank="ICBC", number="6222", currency="CNY")
    due_at = tx.now + timedelta(days=7)
    raised = Break(
        new_id(), account.id, BreakType.LONG, Side.LEDGER, None, None, "tup_1", 1, 900, "CNY", BreakState.OPEN, "payments", 0,
        None, tx.today, tx.now, due_at, 0, None,
    )  # fmt: skip
    await break_queries.add_breaks(tx.connection, [raised])
    [one] = await found(tx, Matter.RECONCILIATION_BREAKS)
    assert one == Waiting(Matter.RECONCILIATION_BREAKS, raised.id, "ICBC", tx.now, due_at, 900, "CNY", "long")
    ended = raised.changed(state=BreakState.EXPLAINED, reason="r", due_at=None, ended_at=tx.now)
    await break_queries.save_break(tx.connection, ended)
    assert await found(tx, Matter.RECONCILIATION_BREAKS) == []


async def test_money_that_nothing_agrees_with_until_it_is_cleared_up(tx: Tx) -> None:
    due_at = tx.now + timedelta(days=30)
    report = Report(
        new_id(), "ICBC", 1, "bank-1", ReportKind.PAYOUT_RETURNED, "payout", "chi-1", 700, "CNY", "closed", None, None, None,
        ReportState.UNMATCHED, 0, 0, "no_such_payment", 0, tx.now, None, due_at, None,
    )  # fmt: skip
    await returned.add_reports(tx.connection, [report])
    [one] = await found(tx, Matter.UNMATCHED_MONEY)
    assert one == Waiting(
        Matter.UNMATCHED_MONEY, report.id, "ICBC", tx.now, due_at, 700, "CNY", "no_such_payment"
    )  # fmt: skip
    cleared = replace(report, state=ReportState.CLEARED, due_at=None, ended_at=tx.now, held_up="found")
    await returned.save_report(tx.connection, cleared)
    assert await found(tx, Matter.UNMATCHED_MONEY) == []


async def test_a_batch_of_payouts_until_it_is_over(tx: Tx, market: Market) -> None:
    batch = Batch(
        new_id(), "CCB", "CNY", 1, "m-1", tx.today, 1, 18_289, BatchState.CLOSED, tx.now, tx.now + timedelta(days=3)
    )  # fmt: skip
    await tx.connection.execute(insert(payout_batches).values(asdict(batch)))
    [one] = await found(tx, Matter.PAYOUT_BATCHES)
    assert (one.id, one.subject, one.amount, one.detail) == (batch.id, "CCB", 18_289, "closed")
    await payouts.save_batch(
        tx.connection, replace(batch, state=BatchState.COMPLETED, submitted_at=tx.now, due_at=None, ended_at=tx.now)
    )
    assert await found(tx, Matter.PAYOUT_BATCHES) == []


async def test_a_merchant_passed_over_until_the_next_run_takes_her(tx: Tx, market: Market) -> None:
    position = Position(
        market.merchant_id, new_id(), tx.today, tx.now + timedelta(days=1), tx.now, skipped_code="account_frozen"
    )
    await settlement.add_position(tx.connection, position)
    [one] = await found(tx, Matter.PASSED_OVER)
    assert (one.id, one.detail, one.amount) == (market.merchant_id, "account_frozen", None)
    await runs.move_on(tx.connection, [replace(position, skipped_code=None)])
    assert await found(tx, Matter.PASSED_OVER) == []


async def test_a_dead_letter_until_an_operator_sends_it_again(tx: Tx, market: Market) -> None:
    keys = SealingKeys((b"k" * 32,), "webhook")
    shown = await webhooks.register_endpoint(
        tx, market.seller, keys=keys, url="http://127.0.0.1:9/hook", types=["*"]
    )  # fmt: skip
    delivery = await webhooks.send_test(tx, market.seller, endpoint_id=shown.endpoint.id)
    while str(delivery.state) == "pending":
        delivery = await webhooks.record_attempt(
            tx, ARBITER, endpoint_id=shown.endpoint.id, delivery_id=delivery.id, number=delivery.attempts + 1,
            at=real_now(), came=Delivered(500, 5, "sorry", None),
        )  # fmt: skip
    [one] = await found(tx, Matter.DEAD_LETTERS)
    assert (one.id, one.subject, one.detail) == (delivery.id, encode("whe", shown.endpoint.id), delivery.type)
    await webhooks.replay_delivery(tx, ARBITER, delivery_id=delivery.id)
    assert await found(tx, Matter.DEAD_LETTERS) == []


async def test_a_frozen_person_until_she_is_released(tx: Tx) -> None:
    holder = Holder(new_id(), b"n" * 32, tx.now)
    await holders.add_holder(tx.connection, holder)
    await limits.add_usage(tx.connection, holder.id)
    await freezing.freeze_holder(tx, ARBITER, holder_id=holder.id, reason="court order")
    [one] = await found(tx, Matter.FROZEN_PERSONS)
    assert (one.id, one.detail, one.due_at) == (holder.id, "court order", None)
    await freezing.release_holder(tx, ARBITER, holder_id=holder.id, reason="lifted")
    assert await found(tx, Matter.FROZEN_PERSONS) == []


async def test_a_receivable_from_the_day_it_is_overdue(tx: Tx, market: Market) -> None:
    owed = Receivable(
        new_id(), market.wallet_account_id, market.buyer.subject, "CNY", 900, 200, 0, Cause.CHARGE_REVERSED, "tup_1", "rtn_1",
        ReceivableState.OPEN, tx.now, tx.now + timedelta(days=30), None,
    )  # fmt: skip
    await receivables.add_receivable(tx.connection, owed)
    assert await found(tx, Matter.OVERDUE_RECEIVABLES) == []
    await receivables.save_receivable(tx.connection, replace(owed, state=ReceivableState.OVERDUE))
    [one] = await found(tx, Matter.OVERDUE_RECEIVABLES)
    assert (one.id, one.subject, one.amount, one.detail) == (owed.id, market.buyer.subject, 700, "charge_reversed")


async def test_pages_go_by_id(tx: Tx) -> None:
    for number in range(5):
        holder = Holder(new_id(), bytes([number]) * 32, tx.now)
        await holders.add_holder(tx.connection, holder)
        await limits.add_usage(tx.connection, holder.id)
        await freezing.freeze_holder(tx, ARBITER, holder_id=holder.id, reason="court order")
    everyone = [one.id for one in await queries.waiting(tx.connection, Matter.FROZEN_PERSONS, None, 10)]
    seen: list[UUID] = []
    while page := await queries.waiting(tx.connection, Matter.FROZEN_PERSONS, seen[-1] if seen else None, 2):
        seen += [one.id for one in page]
    assert seen == everyone == sorted(everyone)


def test_every_matter_s_records_have_ids_of_their_kind() -> None:
    assert set(PREFIXES) == set(Matter)
    assert len(set(PREFIXES.values())) == len(PREFIXES)


async def test_the_desk_over_http(serve: Serve) -> None:
    """For operators alone; a matter's list is paged like every other."""
    shops = await Shops.open(await serve("payments"))
    people = [await shops.customer() for _ in range(3)]
    for place, person in enumerate(people):
        await shops.prove(person, f"person {place}")
        standing = await shops.operator.get(f"/v1/holders/customers/{person.id}")
        await shops.operator.post(f"/v1/holders/{standing['holder_id']}/freeze", {"reason": "court order"})
    desk = await shops.operator.get("/v1/desk")
    assert {one["matter"]: one["count"] for one in desk["items"] if one["count"]} == {"frozen_persons": 3}
    first = await shops.operator.get("/v1/desk/frozen_persons", limit=2)
    rest = await shops.operator.get("/v1/desk/frozen_persons", limit=2, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    for path in ("/v1/desk", "/v1/desk/frozen_persons"):
        refused = await people[0].http.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    unknown = await shops.operator.http.get("/v1/desk/nonsense")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_value")
