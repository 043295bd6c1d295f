"""Debits announced, made, tried again and refused, in a transaction of their own."""

from dataclasses import replace
from datetime import date, timedelta

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.model import CardState
from services.payments.channels.model import Answer, BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.mandates import actions, debiting, queries
from services.payments.mandates.model import Debit, DebitState, MandateState, Period, Source
from services.payments.verification.channel_queries import CHANNELS
from services.payments.verification.mandate_queries import MANDATES
from services.payments.verification.queries import checks
from tests.payments.funding import any_card, fund, money_on
from tests.payments.limits.persons import person
from tests.payments.mandates.signing import (
    PAYMENTS,
    SCOPES,
    asked_for,
    code_of,
    on_day,
    stage,
)


async def test_a_debit_is_announced_and_made_when_the_notice_is_over(tx: Tx) -> None:
    scene = await stage(tx, 40_000, await any_card(tx), notice_days=3)
    today = tx.today
    announced = await asked_for(tx, scene, 10_000)
    assert (announced.state, announced.planned_on) == (DebitState.ANNOUNCED, today + timedelta(days=3))
    assert "payments.mandate_debit.announced.v1" in [one.type for one in tx.events.take()]
    (before,) = await on_day(tx, scene, today + timedelta(days=2))
    assert before.state is DebitState.ANNOUNCED
    tx.now = start_of_day(today + timedelta(days=3)) - timedelta(seconds=1)
    assert await queries.due_debits(tx.connection, tx.now, 10) == []
    (made,) = await on_day(tx, scene, today + timedelta(days=3))
    assert (made.state, made.counted_on) == (DebitState.SUCCEEDED, today + timedelta(days=3))


async def test_a_debit_without_funds_follows_its_plan_to_the_end(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx), period=Period.YEAR, valid_until=tx_day(400))
    tx.now = start_of_day(date(2026, 12, 1))
    first = await asked_for(tx, scene, 10_000)
    days = [first.counted_on]
    for after in range(1, 12):
        (now,) = await on_day(tx, scene, date(2026, 12, 1) + timedelta(days=after))
        days.append(now.counted_on)
        if now.state is DebitState.FAILED:
            break
    assert (now.state, now.failure_code, now.attempts) == (DebitState.FAILED, "insufficient_funds", 4)
    assert sorted(set(days)) == [date(2026, 12, day) for day in (2, 4, 8)]


def tx_day(after: int) -> date:
    return date(2026, 11, 26) + timedelta(days=after)


async def test_a_cap_counts_what_is_planned_and_each_period_by_itself(tx: Tx) -> None:
    scene = await stage(tx, 200_000, await any_card(tx), valid_until=tx_day(300))
    tx.now = start_of_day(date(2026, 12, 30))
    await asked_for(tx, scene, 30_000)
    await asked_for(tx, scene, 20_000, due_on=date(2026, 12, 31))
    assert await code_of(asked_for(tx, scene, 1, due_on=date(2026, 12, 31))) == "period_cap_reached"
    january = await asked_for(tx, scene, 30_000, due_on=date(2027, 1, 1))
    await on_day(tx, scene, date(2026, 12, 31))
    tx.now = start_of_day(date(2027, 1, 1)) - timedelta(seconds=1)
    assert (await debiting.attempt_debit(tx, PAYMENTS, debit_id=january.id)).state is DebitState.ANNOUNCED
    assert await code_of(asked_for(tx, scene, 1)) == "period_cap_reached"
    made = await on_day(tx, scene, date(2027, 1, 1))
    assert [one.state for one in made] == [DebitState.SUCCEEDED] * 3
    assert (await asked_for(tx, scene, 20_000)).state is DebitState.SUCCEEDED
    assert await code_of(asked_for(tx, scene, 1)) == "period_cap_reached"


async def test_a_retry_waits_for_a_period_with_room(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx), period=Period.DAY, max_per_period=30_000, valid_until=tx_day(300))
    tx.now = start_of_day(date(2026, 12, 1))
    await asked_for(tx, scene, 20_000, due_on=date(2026, 12, 2))
    refused = await asked_for(tx, scene, 20_000)
    # Tomorrow has no room for it: it goes to the third day of its plan.
    assert (refused.state, refused.counted_on) == (DebitState.RETRYING, date(2026, 12, 4))


async def test_a_suspended_mandate_lets_nothing_through_and_is_resumed(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx), notice_days=1, valid_until=tx_day(300))
    await asked_for(tx, scene, 10_000)
    await actions.suspend_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
    assert await code_of(asked_for(tx, scene, 1)) == "mandate_suspended"
    (waits,) = await on_day(tx, scene, tx.today + timedelta(days=1))
    assert (waits.state, waits.failure_code) == (DebitState.RETRYING, "mandate_suspended")
    await actions.resume_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
    (made,) = await on_day(tx, scene, tx.today + timedelta(days=1))
    assert made.state is DebitState.SUCCEEDED


async def test_a_mandate_expires_after_its_last_day(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx), valid_until=tx.today + timedelta(days=2))
    last = scene.mandate.valid_until
    tx.now = start_of_day(last + timedelta(days=1)) - timedelta(seconds=1)
    assert (await asked_for(tx, scene, 100)).state is DebitState.SUCCEEDED
    await on_day(tx, scene, last + timedelta(days=1))
    ended = await queries.mandate_with(tx.connection, scene.mandate.id)
    assert ended is not None
    assert ended.state is MandateState.EXPIRED
    assert await code_of(asked_for(tx, scene, 100)) == "mandate_expired"


async def test_a_card_that_is_no_longer_bound_and_a_frozen_wallet(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx, CardState.REMOVED), valid_until=tx_day(300))
    await ledger.freeze_account(tx, PAYMENTS, account_id=scene.wallet.account_id, reason="court order", amount=None)
    frozen = await asked_for(tx, scene, 100)
    assert (frozen.state, frozen.failure_code) == (DebitState.RETRYING, "payer_restricted")
    by_card = replace(scene.mandate, source=Source.CARD, wallet_account_id=None)
    await queries.save_mandate(tx.connection, by_card)
    gone = await asked_for(tx, scene, 100)
    assert (gone.state, gone.failure_code) == (DebitState.FAILED, "card_not_bound")


async def test_wallet_debits_count_against_the_person_s_limits(tx: Tx) -> None:
    """1,000.00 for life with one check: what is beyond is refused, and the room that a refused debit took is given back."""
    proved = await person(tx, 1)
    card = await any_card(tx)
    customer = Caller(encode("cus", proved.customers[0]), "gateway", SCOPES)
    scene = await stage(tx, 0, card, customer=customer, max_per_debit=90_000, max_per_period=500_000, retry_days=())
    assert (await asked_for(tx, scene, 60_000)).failure_code == "insufficient_funds"
    await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 200_000)
    assert (await asked_for(tx, scene, 60_000)).state is DebitState.SUCCEEDED
    beyond = await asked_for(tx, scene, 50_000)
    assert (beyond.state, beyond.failure_code) == (DebitState.FAILED, "payer_limit_reached")
    assert (await asked_for(tx, scene, 40_000)).state is DebitState.SUCCEEDED


async def test_a_card_debit_is_tried_on_another_channel_and_what_comes_twice_goes_back(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx))
    by_card = replace(scene.mandate, source=Source.CARD, wallet_account_id=None)
    await queries.save_mandate(tx.connection, by_card)
    sent = await asked_for(tx, scene, 20_000)
    assert (sent.state, sent.attempts) == (DebitState.SENT, 1)

    async def answered(which: Debit, answer: Answer) -> Debit:
        assert which.instruction_id is not None
        await debiting.record_debit_answer(
            tx, PAYMENTS, debit_id=which.id, instruction_id=which.instruction_id, answer=BankAnswer(answer)
        )
        after = await queries.debit_with(tx.connection, which.id)
        assert after is not None
        return after

    await answered(sent, Answer.NO_ANSWER)
    tx.now += timedelta(hours=3)
    second = await answered(sent, Answer.NOT_FOUND)
    assert second.state is DebitState.SENT
    assert second.instruction_id != sent.instruction_id
    paid = await answered(second, Answer.SUCCEEDED)
    assert (paid.state, paid.late) == (DebitState.SUCCEEDED, False)
    assert await answered(sent, Answer.SUCCEEDED) == paid
    payee = await ledger.account_with(tx, scene.merchant.account_id)
    assert await money_on(tx, payee) == (20_000, 20_000)
    looked = await checks(tx.connection)
    assert [name for name in CHANNELS | MANDATES if looked[name][1]] == []
    assert looked["surplus_charges_are_returned"][0] == 1
