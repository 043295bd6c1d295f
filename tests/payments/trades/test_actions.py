"""Stories called directly on the real database, in a transaction that is rolled back; and what the tables themselves refuse."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.ids import encode
from clients.ids import new_id
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import AccountFrozen, InsufficientFunds
from services.payments.limits import queries as limit_queries
from services.payments.limits.errors import DailyLimitExceeded
from services.payments.merchants.errors import UnknownMerchant
from services.payments.orders import actions as orders
from services.payments.trades import (
    actions,
    category_actions,
    category_queries,
    refund_actions,
    refund_queries,
    refunding,
)
from services.payments.trades.actions import Item
from services.payments.trades.errors import (
    AmountDiffers,
    AmountTooLarge,
    CategoryVersionExists,
    CurrencyDiffers,
    DeadlinePassed,
    EvidenceClosed,
    EvidenceOutlastsRuling,
    NotYourPart,
    OwnTrade,
    TooMuchEvidence,
    TradeNumberUsed,
    UnknownCategory,
    UnknownRefund,
    UnknownTrade,
    ValidFromInPast,
)
from services.payments.trades.model import Party, RefundState, TradeState
from services.payments.wallets.errors import UnknownWallet
from tests.payments.limits.persons import person
from tests.payments.trades.market import (
    ARBITER,
    FUNDS,
    Market,
    asked,
    at,
    balances,
    by_time,
    create,
    customer,
    do,
    open_market,
    pay,
    read,
    shipped,
)
from tests.payments.trades.naive import ENDED, Naive
from tests.payments.trades.walking import PRICE, walk

TOTAL = sum(PRICE.values())
TIMES = {
    "pay_seconds": 3_600, "ship_seconds": 3_600, "confirm_seconds": 3_600, "extension_seconds": 0, "prolongation_seconds": 0,
    "answer_seconds": 3_600, "reconsider_seconds": 3_600, "return_seconds": 3_600, "inspect_seconds": 3_600,
    "evidence_seconds": 3_600, "ruling_seconds": 7_200,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
async def test_the_stories_and_a_second_model_agree_on_every_step_and_on_the_ledger(
    tx: Tx, market: Market, seed: int
) -> None:
    deal = await create(tx, market)
    naive = Naive(dict(PRICE), tx.now)
    for step in walk(naive, Random(seed), 25):
        at(tx, step.now)
        if step.event is None:
            await by_time(tx, deal.trade.id)
            naive.pass_time()
        else:
            counted = await _done(tx, market, deal.trade.id, step.event, step.party, step.facts or {})
            assert naive.do(step.event, step.party, **(step.facts or {})) is counted, step
        deal = await read(tx, deal)
        refund = deal.open_refund
        assert (str(deal.trade.state), refund and str(refund.state)) == (naive.state, naive.refund), step
        assert (deal.trade.due_at, deal.trade.rest) == (naive.due, naive.left), step
        held, released, refunded = (sum(parts.values()) for parts in (naive.held, naive.released, naive.refunded))
        assert await balances(tx, market, deal) == (held, released, held + released), step
        assert (deal.trade.held, deal.trade.released, deal.trade.refunded) == (held, released, refunded)
    for _ in range(2):
        at(tx, tx.now + timedelta(days=90))
        await by_time(tx, deal.trade.id)
    ended = await read(tx, deal)
    assert ended.trade.state in ENDED
    assert (await balances(tx, market, ended))[0] == 0


async def _done(tx: Tx, market: Market, trade_id: UUID, event: str, party: str, facts: dict[str, object]) -> bool:
    try:
        async with tx.connection.begin_nested():
            await do(tx, market, trade_id, event, party, facts)
    except Refusal:
        return False
    return True


async def test_refusals_of_creation(tx: Tx, market: Market) -> None:
    await create(tx, market)
    huge = [Item("gold", 1_000_000, 2**53 - 1)]
    for facts, refusal, field in (
        ({}, TradeNumberUsed, "merchant_trade_number"),
        ({"currency": "USD"}, CurrencyDiffers, "currency"),
        ({"category": "elephants"}, UnknownCategory, "category"),
        ({"merchant_id": new_id()}, UnknownMerchant, "merchant_id"),
        ({"buyer_id": market.seller.customer}, OwnTrade, "buyer_id"),
        ({"items": huge}, AmountTooLarge, "items"),
    ):
        with pytest.raises(refusal) as refused:
            await create(tx, market, **facts)  # type: ignore[arg-type]
        assert isinstance(refused.value, Refusal)
        assert refused.value.field == field


async def test_refusals_of_payment_change_nothing(tx: Tx, market: Market) -> None:
    deal = await create(tx, market)
    dear = await create(tx, market, "N-2", items=[Item("gold", 1, FUNDS)])
    for_all = await create(tx, market, "N-3", buyer_id=None)
    mine = {"trade_id": deal.trade.id, "amount": TOTAL, "currency": "CNY", "wallet_id": None}
    for caller, facts, refusal in (
        (market.buyer, {"amount": TOTAL - 1}, AmountDiffers),
        (market.buyer, {"currency": "USD"}, AmountDiffers),
        (market.buyer, {"wallet_id": new_id()}, UnknownWallet),
        (market.buyer, {"trade_id": dear.trade.id, "amount": FUNDS + PRICE[0]}, InsufficientFunds),
        (market.buyer, {"trade_id": new_id()}, UnknownTrade),
        (customer(), {}, UnknownTrade),
        (customer(), {"trade_id": for_all.trade.id}, UnknownWallet),
        (market.seller, {}, OwnTrade),
    ):
        with pytest.raises(refusal):
            async with tx.connection.begin_nested():
                await actions.pay_from_wallet(tx, caller, **mine | facts)  # type: ignore[arg-type]
    assert await balances(tx, market, deal) == (0, 0, 0)
    at(tx, tx.now + timedelta(days=1))
    with pytest.raises(DeadlinePassed):
        await pay(tx, market, deal)


async def test_a_stranger_s_trade_and_refund_are_unknown(tx: Tx, market: Market) -> None:
    deal = await shipped(tx, market)
    other = await open_market(tx)
    refund = await asked(tx, market, deal)
    for stranger in (other.buyer, other.seller, ARBITER):
        with pytest.raises(UnknownTrade):
            await actions.confirm(tx, stranger, trade_id=deal.trade.id, items=None)
        with pytest.raises(UnknownRefund):
            await refund_actions.agree(tx, stranger, refund_id=refund.id)
    with pytest.raises(UnknownRefund):
        await refund_actions.agree(tx, market.seller, refund_id=new_id())
    with pytest.raises(NotYourPart):
        await refund_actions.agree(tx, market.buyer, refund_id=refund.id)


async def test_evidence_has_a_limit_for_each_party_and_a_deadline(
    tx: Tx, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refunding, "MOST_EVIDENCE", 2)
    deal = await shipped(tx, market)
    refund = await asked(tx, market, deal)
    words = {"refund_id": refund.id, "text": "see", "file_hash": "0" * 64, "media_type": "image/png", "file_size": 9}
    for _ in range(2):
        await refund_actions.give_evidence(tx, market.buyer, **words)  # type: ignore[arg-type]
    with pytest.raises(TooMuchEvidence):
        await refund_actions.give_evidence(tx, market.buyer, **words)  # type: ignore[arg-type]
    await refund_actions.give_evidence(tx, market.seller, **words)  # type: ignore[arg-type]
    given = await refund_queries.evidence_of(tx.connection, refund.id, None, 10)
    assert sorted(one.party for one in given) == [Party.BUYER, Party.BUYER, Party.SELLER]
    await refund_actions.refuse(tx, market.seller, refund_id=refund.id, reason="no", proposal=None)
    await refund_actions.escalate(tx, market.buyer, refund_id=refund.id)
    at(tx, tx.now + timedelta(days=7))
    with pytest.raises(EvidenceClosed):
        await refund_actions.give_evidence(tx, market.seller, **words)  # type: ignore[arg-type]


async def test_a_trade_keeps_the_deadlines_it_was_made_under(tx: Tx, market: Market) -> None:
    before = await create(tx, market)
    facts = {"category": "general", "default_buyer_share": 0, "source": "tests"}
    version = await category_actions.set_category(tx, ARBITER, valid_from=None, times=TIMES, **facts)  # type: ignore[arg-type]
    after = await create(tx, market, "N-2")
    assert after.trade.due_at == tx.now + timedelta(hours=1)
    paid = await pay(tx, market, before)
    assert (paid.category, paid.trade.due_at) == (before.category, tx.now + timedelta(days=7))
    later = tx.now + timedelta(days=2)
    for valid_from, times, refusal in (
        (tx.now - timedelta(seconds=1), TIMES, ValidFromInPast),
        (None, TIMES, CategoryVersionExists),
        (later, TIMES | {"evidence_seconds": 7_201}, EvidenceOutlastsRuling),
    ):
        with pytest.raises(refusal):
            await category_actions.set_category(tx, ARBITER, valid_from=valid_from, times=times, **facts)  # type: ignore[arg-type]
    coming = await category_actions.set_category(tx, ARBITER, valid_from=later, times=TIMES, **facts)  # type: ignore[arg-type]
    for instant, found in ((tx.now, version), (later - timedelta(microseconds=1), version), (later, coming)):
        assert await category_queries.category_at(tx.connection, "general", instant) == found


async def test_due_trades_are_ended_in_one_batch(tx: Tx, market: Market) -> None:
    """Not confirmed, and with a refund refused, at once; what gives money back, each by itself; unpaid, with its order."""
    unpaid = await create(tx, market, "N-1")
    unshipped = await pay(tx, market, await create(tx, market, "N-2"))
    sent = await shipped(tx, market, "N-3")
    wanted, silent = await shipped(tx, market, "N-4"), await shipped(tx, market, "N-5")
    for deal in (wanted, silent):
        refund = await asked(tx, market, deal, {1: 600})
        if deal is silent:
            await refund_actions.refuse(tx, market.seller, refund_id=refund.id, reason="no", proposal=None)
    at(tx, tx.now + timedelta(days=10))
    ended, left, last = await actions.end_due(tx, ARBITER, after=None)
    assert (set(ended), set(left), last is not None) == (
        {sent.trade.id, silent.trade.id}, {unshipped.trade.id, wanted.trade.id}, True,
    )  # fmt: skip
    assert (await read(tx, wanted)).trade.refunded == (await read(tx, unshipped)).trade.refunded == 0
    for trade_id in left:
        await actions.end_if_due(tx, ARBITER, trade_id=trade_id)
    assert await orders.close_due_orders(tx, ARBITER) == 1
    states = [(await read(tx, deal)).trade.state for deal in (unpaid, unshipped, sent, wanted, silent)]
    assert states == [
        TradeState.TRADE_CLOSED, TradeState.TRADE_CLOSED, TradeState.TRADE_FINISHED,
        TradeState.WAIT_BUYER_CONFIRM_GOODS, TradeState.WAIT_BUYER_CONFIRM_GOODS,
    ]  # fmt: skip
    assert (await read(tx, wanted)).trade.refunded == 600
    assert await actions.end_due(tx, ARBITER, after=None) == ([], [], None)
    at(tx, tx.now + timedelta(days=10))
    assert len((await actions.end_due(tx, ARBITER, after=None))[0]) == 2
    assert await balances(tx, market, wanted) == (0, 3 * TOTAL - 600, 3 * TOTAL - 600)


async def test_a_payment_takes_room_of_the_buyer_s_limits_and_a_refund_gives_it_back(tx: Tx, market: Market) -> None:
    anna = await person(tx)
    buyer = replace(market.buyer, subject=encode("cus", anna.customers[0]))
    hers = await open_market(tx, buyer)
    for number, (lines, room) in enumerate(((None, 0), ({1: 400}, TOTAL - 400))):
        deal = await shipped(tx, hers, f"N-{number}")
        assert (await limit_queries.usage_of(tx.connection, anna.holder_id)).year == TOTAL
        refund = await asked(tx, hers, deal, lines)
        await refund_actions.agree(tx, hers.seller, refund_id=refund.id)
        assert (await limit_queries.usage_of(tx.connection, anna.holder_id)).year == room
    dear = await create(tx, hers, "N-9", items=[Item("gold", 1, 600_000)])
    with pytest.raises(DailyLimitExceeded):
        await pay(tx, hers, dear)


async def test_a_trade_paid_before_these_had_orders_goes_back_to_its_payer(tx: Tx, market: Market) -> None:
    deal = await shipped(tx, market)
    facts = {"id": deal.trade.id, "payer": market.wallet_account_id}
    await tx.connection.execute(text("UPDATE trades SET payer_account_id = :payer WHERE id = :id"), facts)
    await tx.connection.execute(text("UPDATE orders SET trade_id = NULL WHERE trade_id = :id"), facts)
    refund = await asked(tx, market, deal, {1: 400})
    await refund_actions.agree(tx, market.seller, refund_id=refund.id)
    await actions.confirm(tx, market.buyer, trade_id=deal.trade.id, items=None)
    assert await balances(tx, market, deal) == (0, TOTAL - 400, TOTAL - 400)


async def test_frozen_wallets_still_get_what_a_trade_owes_them(tx: Tx, market: Market) -> None:
    """And a frozen wallet does not pay."""
    deal, unpaid = await shipped(tx, market), await create(tx, market, "N-2")
    for account_id in (market.wallet_account_id, market.merchant_account_id):
        await ledger.freeze_account(tx, ARBITER, account_id=account_id, reason="court", amount=None)
    refund = await asked(tx, market, deal, {1: 400})
    await refund_actions.agree(tx, market.seller, refund_id=refund.id)
    await actions.confirm(tx, market.buyer, trade_id=deal.trade.id, items=None)
    assert await balances(tx, market, deal) == (0, TOTAL - 400, TOTAL - 400)
    with pytest.raises(AccountFrozen):
        await pay(tx, market, unpaid)


BROKEN = {
    "UPDATE trades SET released = amount WHERE id = :id": "ck_trades_ends_with_nothing_held",
    "UPDATE trades SET released = -1 WHERE id = :id": "ck_trades_never_more_than_held",
    "UPDATE trades SET due_at = NULL WHERE id = :id": "ck_trades_waits_with_deadline",
    "UPDATE trades SET state = 'TRADE_FINISHED', ended_at = due_at, due_at = NULL WHERE id = :id": "ck_trades_ends_with_nothing_held",
    "UPDATE trades SET state = 'WAIT_BUYER_PAY' WHERE id = :id": "ck_trades_waits_for_payment",
    "UPDATE trades SET escrow_account_id = NULL WHERE id = :id": "ck_trades_paid_into_escrow",
    "UPDATE trades SET close_reason = 'seller' WHERE id = :id": "ck_trades_closed_with_reason",
    "UPDATE trades SET shipped_at = NULL WHERE id = :id": "ck_trades_shipped_when_paid",
    "UPDATE trade_lines SET refunded = amount + 1 WHERE trade_id = :id": "ck_trade_lines_never_more_than_held",
    "UPDATE trade_refunds SET amount = asked + 1 WHERE trade_id = :id": "ck_trade_refunds_amount_of_what_was_asked",
    "UPDATE trade_refunds SET state = 'REFUND_SUCCESS' WHERE trade_id = :id": "ck_trade_refunds_ended_when_final",
    "UPDATE trade_refunds SET state = 'REFUND_CLOSED', outcome = 'ruled', ended_at = opened_at WHERE trade_id = :id": (
        "ck_trade_refunds_ruled_by_somebody"
    ),
    "UPDATE trade_refunds SET state = 'IN_ARBITRATION' WHERE trade_id = :id": "ck_trade_refunds_arbitration_takes_evidence",
    "UPDATE trade_refund_lines SET amount = 1 WHERE trade_id = :id": "permission denied",
    "UPDATE trade_evidence SET text = ''": "permission denied",
    "UPDATE trade_categories SET pay_seconds = 1": "permission denied",
    "DELETE FROM trades WHERE id = :id": "permission denied",
}


@pytest.mark.parametrize("statement", BROKEN)
async def test_the_tables_refuse_what_no_story_writes(tx: Tx, market: Market, statement: str) -> None:
    deal = await shipped(tx, market)
    await asked(tx, market, deal)
    with pytest.raises(DBAPIError, match=BROKEN[statement]):
        async with tx.connection.begin_nested():
            await tx.connection.execute(text(statement), {"id": deal.trade.id} if ":id" in statement else {})


async def test_a_second_open_refund_is_refused_by_the_table_too(tx: Tx, market: Market) -> None:
    deal = await shipped(tx, market)
    refund = await asked(tx, market, deal)
    assert refund.state is RefundState.WAIT_SELLER_AGREE
    with pytest.raises(DBAPIError, match="uq_trade_refunds_open"):
        async with tx.connection.begin_nested():
            await refund_queries.add_refund(tx.connection, replace(refund, id=new_id(), number=2))
