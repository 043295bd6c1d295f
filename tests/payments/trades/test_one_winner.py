"""Confirm, refund and timer at one instant, over real transactions: one winner, and money moves once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.runtime import Runtime
from services.payments.trades import actions, refund_actions
from services.payments.trades.model import Deal, TradeState
from tests.conftest import MakeRuntime
from tests.payments.trades.market import ARBITER, Market, asked, at, balances, create, open_market, pay, read, shipped
from tests.payments.trades.walking import PRICE

ROUNDS = 18
TOTAL = sum(PRICE.values())
Story = Callable[[Tx], Awaitable[Any]]


async def _at(runtime: Runtime, instant: datetime, story: Story) -> str | None:
    """What became of it, in a transaction of its own that begins at the instant: nothing, or the refusal's code."""
    try:
        async with runtime.transaction() as tx:
            at(tx, instant)
            return await story(tx)  # type: ignore[no-any-return]
    except Refusal as refusal:
        return refusal.code


async def _race(runtime: Runtime, market: Market, deal: Deal) -> list[str]:
    """Two of each in an order that changes; who won."""
    assert deal.trade.due_at is not None
    just_before, due = deal.trade.due_at - timedelta(microseconds=1), deal.trade.due_at
    mine = {"trade_id": deal.trade.id}

    async def confirm(tx: Tx) -> None:
        await actions.confirm(tx, market.buyer, **mine, items=None)

    async def ask_refund(tx: Tx) -> None:
        await refund_actions.open_refund(tx, market.buyer, **mine, wanted=None, return_goods=False, reason="late")

    async def time(tx: Tx) -> str | None:
        ended, *_ = await actions.end_due(tx, ARBITER, after=None)
        return None if deal.trade.id in ended else "not_due"

    runners = [("confirm", just_before, confirm), ("refund", just_before, ask_refund), ("time", due, time)] * 2
    turn = deal.trade.id.int % len(runners)
    runners = runners[turn:] + runners[:turn]
    answers = await asyncio.gather(*(_at(runtime, instant, story) for _, instant, story in runners))
    return [name for (name, *_), answer in zip(runners, answers, strict=True) if answer is None]


async def test_confirm_refund_and_timer_have_one_winner(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    async with runtime.transaction(seed="market") as tx:
        market = await open_market(tx)
    winners: Counter[str] = Counter()
    for number in range(ROUNDS):
        async with runtime.transaction(seed=f"trade {number}") as tx:
            deal = await shipped(tx, market, f"N-{number}")
        won = await _race(runtime, market, deal)
        assert len(won) == 1, won
        winners[won[0]] += 1
        async with runtime.transaction() as tx:
            deal = await read(tx, deal)
        expected = TradeState.WAIT_BUYER_CONFIRM_GOODS if won == ["refund"] else TradeState.TRADE_FINISHED
        assert deal.trade.state is expected
        # Else a later round's timer, which looks for all that is due, has this one's refund to end as well.
        async with runtime.transaction() as tx:
            if deal.open_refund is not None:
                await refund_actions.withdraw(tx, market.buyer, refund_id=deal.open_refund.id)
                await actions.confirm(tx, market.buyer, trade_id=deal.trade.id, items=None)
    assert len(winners) > 1, winners
    async with runtime.transaction() as tx:
        assert await balances(tx, market, deal) == (0, ROUNDS * TOTAL, ROUNDS * TOTAL)


async def test_of_many_answers_to_a_refund_one_counts(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    async with runtime.transaction(seed="market") as tx:
        market = await open_market(tx)
        deal = await shipped(tx, market)
        refund = await asked(tx, market, deal, {1: 900})
        now = tx.now

    async def agree(tx: Tx) -> None:
        await refund_actions.agree(tx, market.seller, refund_id=refund.id)

    async def withdraw(tx: Tx) -> None:
        await refund_actions.withdraw(tx, market.buyer, refund_id=refund.id)

    answers = await asyncio.gather(*(_at(runtime, now, story) for story in [agree, withdraw, agree] * 4))
    assert sorted(answer or "" for answer in answers) == [""] + ["not_allowed_in_state"] * 11
    async with runtime.transaction() as tx:
        held, released, spent = await balances(tx, market, deal)
    assert (released, held) == (0, spent)
    assert held in (TOTAL, TOTAL - 900)


async def test_of_many_who_pay_at_once_one_buys(make_runtime: MakeRuntime) -> None:
    """The trade is open to anyone; nobody else's money moves."""
    runtime = await make_runtime("payments")
    async with runtime.transaction(seed="market") as tx:
        markets = [await open_market(tx) for _ in range(10)]
        deal = await create(tx, markets[0], buyer_id=None)
        now = tx.now

    def buying(market: Market) -> Story:
        return lambda tx: _paying(tx, market, deal)

    answers = await asyncio.gather(*(_at(runtime, now, buying(market)) for market in markets))
    assert sorted(answer or "" for answer in answers) == [""] + ["unknown_trade"] * 9
    async with runtime.transaction() as tx:
        deal = await read(tx, deal)
        spent = [(await balances(tx, market, deal))[2] for market in markets]
    assert sorted(spent) == [0] * 9 + [TOTAL]
    assert deal.trade.buyer_id == markets[spent.index(TOTAL)].buyer.customer


async def _paying(tx: Tx, market: Market, deal: Deal) -> None:
    await pay(tx, market, deal)
