"""Settlement runs on a real database: what the SQL says is what the rules say, money is conserved, nothing is settled twice."""

import asyncio
import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import commands
from services.payments.fee_plans.model import FeePlan
from services.payments.fee_plans.rules import fee
from services.payments.orders.model import Order
from services.payments.settlement import jobs, run_actions
from services.payments.settlement.model import Draw, RefundPolicy
from services.payments.settlement.refund_actions import draw_for_refund
from tests.conftest import MakeRuntime
from tests.payments.settlement.shop import MONDAY, OPERATOR, Shop, local

ONE_DAY = timedelta(days=1)


@pytest.fixture
async def shop(make_runtime: MakeRuntime) -> Shop:
    return await Shop.open(await make_runtime("payments"))


def _sales(chance: random.Random, number: int, days: int) -> list[tuple[datetime, int]]:
    """Some at one instant: then the id decides which comes first."""
    span = days * 24 * 60
    amounts = (1, 7, 333, 10_000, chance.randrange(1, 10**7))
    return [(local(MONDAY, minutes=chance.randrange(span)), chance.choice(amounts)) for _ in range(number)]


async def _plans(shop: Shop) -> list[FeePlan]:
    return [
        await shop.plan(code="flat"),
        await shop.plan(code="tiers", lowers=(0, 100_000, 3_000_000), rates=(6_500, 3_801, 2_000), rounding="down"),
        await shop.plan(code="quota", lowers=(0, 500_000), rates=(10_000, 1), free_quota_minor=250_000, rounding="up"),
        await shop.plan(code="bounds", minimum_minor=100, cap_minor=5_000, free_quota_minor=1),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_fees_of_a_run_are_those_of_the_rule(shop: Shop, seed: int) -> None:
    """Four plans, five weeks over the end of a month, several runs: every order to the minor unit, in the order of payment."""
    chance = random.Random(seed)
    plans = await _plans(shop)
    merchants = [await shop.under_contract(plan) for plan in plans]
    made = [await shop.paid(merchant, _sales(chance, 60, 35)) for merchant in merchants]
    for days in (9, 31, 40):
        await shop.set_clock(local(MONDAY + timedelta(days=days), hours=12))
        await shop.settle()
    for plan, sold in zip(plans, made, strict=True):
        volumes: dict[object, int] = {}
        fees = dict(zip([order.id for order in sold], await shop.fees(sold), strict=True))
        for order in sorted(sold, key=lambda one: (one.paid_at, one.id)):
            assert order.paid_on is not None
            month = order.paid_on.replace(day=1)
            before = volumes.get(month, 0)
            assert fees[order.id] == fee(plan, order.amount, before), (plan.code, order)
            volumes[month] = before + order.amount
    await shop.audit()


async def test_proceeds_divide_and_go_where_they_belong(shop: Shop) -> None:
    merchant = await shop.under_contract(reserve_rate_millionths=50_000, reserve_days=30)
    first = await shop.lender(merchant, "ecommerce_credit", share_millionths=300_000, priority=2)
    second = await shop.lender(merchant, "p2p", share_millionths=500_000, priority=1, cap_minor=20_000)
    await shop.paid(merchant, [(local(MONDAY, 9), 60_000), (local(MONDAY, 10), 40_000)])
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    (one,) = await shop.settlements(merchant)
    assert (one.orders, one.gross_minor, one.refunded_minor, one.fee_minor) == (2, 100_000, 0, 600)
    # 99,400 after fees: p2p first, up to its cap; then 30 % of 99,400; 5 % of the proceeds stay; the rest is the merchant's.
    assert await shop.balance(second.account_id) == 20_000
    assert await shop.balance(first.account_id) == 29_820
    assert (one.deductions_minor, one.reserve_minor, one.net_minor) == (49_820, 5_000, 44_580)
    assert await shop.balance(merchant.account_id) == 44_580
    assert await shop.reserve(merchant) == 5_000
    assert await shop.platform("fee_income") == 600
    assert await shop.balance(merchant.proceeds_account_id) == 0
    await shop.audit()
    await shop.set_clock(local(MONDAY + timedelta(days=31)))
    await jobs.release_reserves(shop.runtime)
    assert (await shop.reserve(merchant), await shop.balance(merchant.account_id)) == (0, 49_580)
    await shop.audit()


async def test_two_lenders_never_get_more_than_the_proceeds(shop: Shop) -> None:
    merchant = await shop.under_contract()
    lenders = []
    for second, name in enumerate(("p2p", "ecommerce_credit", "info_broker")):
        await shop.set_clock(local(MONDAY, seconds=second))
        lenders.append(await shop.lender(merchant, name, priority=1))
    await shop.paid(merchant, [(local(MONDAY, 9), 10_001)])
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    # 10,001 less a fee of 60: half each for the two who asked first, and one unit is left of it.
    assert [await shop.balance(one.account_id) for one in lenders] == [4_970, 4_970, 1]
    assert await shop.balance(merchant.account_id) == 0
    await shop.audit()


async def test_a_cut_off_to_the_second(shop: Shop) -> None:
    """22:00:00 belongs to the next day; Friday's, Saturday's and Sunday's windows are one settlement on Monday."""
    merchant = await shop.under_contract(cut_off_minutes=22 * 60)
    friday = MONDAY + timedelta(days=4)
    sold = await shop.paid(
        merchant, [(local(friday, 21, 59, 59), 100), (local(friday, 22), 200), (local(friday + 3 * ONE_DAY, 21), 400)]
    )
    await shop.set_clock(local(friday + 2 * ONE_DAY, 23, 59, 59))
    await shop.settle()
    assert [one.gross_minor for one in await shop.settlements(merchant)] == []
    await shop.set_clock(local(friday + 3 * ONE_DAY))
    await shop.settle()
    (weekend,) = await shop.settlements(merchant)
    assert (weekend.gross_minor, weekend.window_on) == (300, friday + 2 * ONE_DAY)
    await shop.set_clock(local(friday + 4 * ONE_DAY))
    await shop.settle()
    assert [one.gross_minor for one in await shop.settlements(merchant)] == [300, 400]
    assert None not in await shop.fees(sold)
    await shop.audit()


async def test_t_plus_0_settles_at_its_cut_off(shop: Shop) -> None:
    merchant = await shop.under_contract(cycle_days=0, cut_off_minutes=12 * 60)
    await shop.paid(merchant, [(local(MONDAY, 11), 1_000), (local(MONDAY, 12), 5_000)])
    await shop.set_clock(local(MONDAY, 11, 59, 59))
    await shop.settle()
    assert await shop.settlements(merchant) == []
    await shop.set_clock(local(MONDAY, 12))
    await shop.settle()
    assert [one.gross_minor for one in await shop.settlements(merchant)] == [1_000]


async def test_new_terms_apply_to_what_is_paid_after_them(shop: Shop) -> None:
    merchant = await shop.under_contract(await shop.plan(code="dear", rates=(10_000,)))
    cheap = await shop.plan(code="cheap", rates=(1_000,))
    await shop.sign(merchant, cheap)
    late = local(MONDAY, 23, 59, 59)
    sold = await shop.paid(merchant, [(late, 100_000), (late + timedelta(seconds=1), 100_000)])
    await shop.set_clock(local(MONDAY + 3 * ONE_DAY))
    await shop.settle()
    assert await shop.fees(sold) == [1_000, 100]
    await shop.audit()


async def test_a_run_killed_between_chunks_goes_on_and_settles_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_actions, "CHUNK_MERCHANTS", 2)
    plan = await shop.plan()
    merchants = [await shop.under_contract(plan) for _ in range(5)]
    for merchant in merchants:
        await shop.paid(merchant, [(local(MONDAY, 9), 1_000), (local(MONDAY, 10), 2_000)])
    await shop.set_clock(local(MONDAY + ONE_DAY))
    assert await commands.perform(shop.runtime, run_actions.settle_chunk, OPERATOR, seed="one chunk", merchants=2) == 2
    with pytest.raises(RuntimeError):
        await _killed(shop)
    await shop.audit()
    await asyncio.gather(shop.settle(), shop.settle())
    await shop.settle()
    for merchant in merchants:
        assert [one.gross_minor for one in await shop.settlements(merchant)] == [3_000]
        assert await shop.balance(merchant.account_id) == 3_000 - 18
    await shop.audit()


async def _killed(shop: Shop) -> None:
    """A chunk that dies after everything is written, before it is committed."""
    async with shop.runtime.transaction(seed="killed") as tx:
        assert await run_actions.settle_chunk(tx, OPERATOR, merchants=2) == 2
        raise RuntimeError("killed")


async def test_a_merchant_with_many_orders_is_settled_in_several(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_actions, "CHUNK_ORDERS", 10)
    tiers = await shop.plan(lowers=(0, 1_000), rates=(100_000, 10_000))
    many, few = await shop.under_contract(tiers), await shop.under_contract(tiers)
    sold = await shop.paid(many, [(local(MONDAY, 9, minute), 100) for minute in range(25)])
    await shop.paid(few, [(local(MONDAY, 9), 100)])
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    assert sorted(one.orders for one in await shop.settlements(many)) == [5, 10, 10]
    assert await shop.fees(sold) == [10] * 10 + [1] * 15
    assert [one.orders for one in await shop.settlements(few)] == [1]
    await shop.audit()


async def test_a_payment_committed_after_its_run_is_settled_by_the_next(shop: Shop) -> None:
    merchant = await shop.under_contract()
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    late = await shop.paid(merchant, [(local(MONDAY, 23, 59), 1_000)])
    await shop.set_clock(local(MONDAY + 2 * ONE_DAY))
    await shop.settle()
    assert await shop.fees(late) == [6]
    await shop.audit()


async def test_frozen_proceeds_wait_and_nobody_else_does(shop: Shop) -> None:
    frozen, free = await shop.under_contract(), await shop.under_contract()
    for merchant in (frozen, free):
        await shop.paid(merchant, [(local(MONDAY, 9), 1_000)])
    await _freeze(shop, frozen.proceeds_account_id, True)
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    assert (len(await shop.settlements(frozen)), len(await shop.settlements(free))) == (0, 1)
    await _freeze(shop, frozen.proceeds_account_id, False)
    await shop.set_clock(local(MONDAY + 3 * ONE_DAY))
    await shop.settle()
    assert [one.gross_minor for one in await shop.settlements(frozen)] == [1_000]
    await shop.audit()


async def test_whom_the_ledger_refuses_is_passed_over_and_nobody_waits_for_her(shop: Shop) -> None:
    """Of eleven the account of one's reserve is closed: the chunk is refused, ever smaller ones find her."""
    merchants = [await shop.under_contract(reserve_rate_millionths=50_000, reserve_days=7) for _ in range(11)]
    refused = merchants[5]
    reserve_id = (await shop.position(refused)).reserve_account_id
    for merchant in merchants:
        await shop.paid(merchant, [(local(MONDAY, 9), 1_000)])
    await _close(shop, reserve_id, True)
    await shop.set_clock(local(MONDAY + ONE_DAY))
    await shop.settle()
    assert [len(await shop.settlements(merchant)) for merchant in merchants] == [1] * 5 + [0] + [1] * 5
    assert (await shop.position(refused)).skipped_code == "account_closed"
    await shop.audit()
    await _close(shop, reserve_id, False)
    await shop.set_clock(local(MONDAY + 2 * ONE_DAY))
    await shop.settle()
    assert [one.gross_minor for one in await shop.settlements(refused)] == [1_000]
    assert (await shop.position(refused)).skipped_code is None
    await shop.audit()


async def _close(shop: Shop, account_id: UUID, closed: bool) -> None:
    async with shop.runtime.transaction() as tx:
        facts = {"id": account_id, "closed": closed}
        await tx.connection.execute(text("UPDATE ledger_accounts SET closed = :closed WHERE id = :id"), facts)


async def test_a_refund_and_a_run_at_one_time_take_turns(shop: Shop) -> None:
    """Whoever comes second sees what the first one did: the run passes over whom a refund holds, a refund waits for the run."""
    merchant = await shop.under_contract()
    (order,) = await shop.paid(merchant, [(local(MONDAY, 9), 10_000)])
    await shop.set_clock(local(MONDAY + ONE_DAY))
    async with shop.runtime.transaction() as refunding:
        drawn = await draw_for_refund(refunding, order=order, given_back=0, amount=1_000)
        assert (drawn.settled, drawn.sources) == (False, ((merchant.proceeds_account_id, 1_000),))
        await shop.settle()
        assert await shop.settlements(merchant) == []
    async with shop.runtime.transaction() as running:
        assert await run_actions.settle_chunk(running, OPERATOR, merchants=5) == 1
        waiting = asyncio.create_task(_drawn(shop, order))
        await asyncio.sleep(0)
    assert (await waiting).settled
    await shop.audit()


async def _drawn(shop: Shop, order: Order) -> Draw:
    async with shop.runtime.transaction(seed="drawn") as tx:
        return await draw_for_refund(tx, order=order, given_back=0, amount=0)


async def _freeze(shop: Shop, account_id: object, frozen: bool) -> None:
    async with shop.runtime.transaction() as tx:
        facts = {"id": account_id, "frozen": frozen}
        await tx.connection.execute(text("UPDATE ledger_accounts SET frozen = :frozen WHERE id = :id"), facts)


async def test_what_was_paid_before_the_contract_is_not_settled(shop: Shop) -> None:
    merchant = await shop.merchant()
    before = await shop.paid(merchant, [(local(MONDAY), 1_000)])
    await shop.sign(merchant, await shop.plan(), refund_policy=RefundPolicy.ADVANCE)
    await shop.set_clock(local(MONDAY + 3 * ONE_DAY))
    await shop.settle()
    assert await shop.fees(before) == [None]
    assert await shop.balance(merchant.account_id) == 1_000
    await shop.audit()
