"""What fails, comes back or is never taken is counted no more; what is made after all counts again. In what order rows are locked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.batch_payouts import actions as batches
from services.payments.batch_payouts import paying
from services.payments.batch_payouts.model import LineState
from services.payments.channels.model import Answer, BankAnswer, Instruction
from services.payments.mandates import debiting
from services.payments.merchants.model import Merchant
from services.payments.orders import actions as orders
from services.payments.orders import payment_actions
from services.payments.orders.model import Order
from services.payments.preauthorisations import actions as preauthorisations
from services.payments.refunds import actions as refunds
from services.payments.refunds.model import RefundState
from services.payments.risk import activation, look_queries, ruleset_actions
from services.payments.risk.model import Listed
from services.payments.topups import actions as top_ups
from services.payments.verification.queries import checks
from services.payments.withdrawals import actions as withdrawals
from tests.payments.batch_payouts import batches as made
from tests.payments.funding import any_card, funded_merchant, funded_wallet
from tests.payments.mandates.signing import asked_for, stage
from tests.payments.risk.ruling import counted, rule, ruled, window

WATCHED = rule("much", "refuse", window("sum", ">", 10**12))
CODES = ("risk_take_backs_follow_from_entries", "passed_decisions_have_their_payment")


@pytest.fixture(autouse=True)
async def rules_live(tx: Tx) -> AsyncIterator[None]:
    """Of this test's transaction alone."""
    await ruled(tx, WATCHED)
    yield
    activation.forget(tx.settings.database_url)


async def clean(tx: Tx) -> None:
    looked = await checks(tx.connection)
    assert [looked[name][1] for name in CODES] == [[], []]


async def test_lines_of_a_batch(tx: Tx) -> None:
    """What came back of a batch is its sum's no more; a line that is paid anew is judged by itself, by whom it now pays."""
    shop, crook = made.someone(tx), made.someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    batch, line = await made.sent_line(tx, shop, merchant)
    assert await counted(tx, shop.subject) == (1, 100)
    await made.answered(tx, line, BankAnswer(Answer.SUCCEEDED))
    await made.came_back(tx, line)
    assert await counted(tx, shop.subject) == (1, 0)
    facts: dict[str, Any] = {"batch_id": batch.id, "number": "1"}
    await batches.reissue_line(tx, shop, customer_id=None, card_id=None, **facts)
    assert await counted(tx, shop.subject) == (2, 100)
    await clean(tx)
    await paying.pay_chunk(tx, made.PAYMENTS, batch_id=batch.id)
    await made.answered(tx, await made.the_line(tx, batch), BankAnswer(Answer.DECLINED, "card_restricted"))
    assert (await made.the_line(tx, batch)).state is LineState.REFUSED
    assert await counted(tx, shop.subject) == (1, 0)
    await funded_wallet(tx, crook, 0)
    again, line = await made.sent_line(tx, shop, merchant)
    await made.answered(tx, line, BankAnswer(Answer.SUCCEEDED))
    await made.came_back(tx, line)
    await ruleset_actions.open_list(tx, shop, name="denied", holds=Listed.PAYEE)
    await ruleset_actions.change_list(tx, shop, name="denied", add=[crook.subject], remove=[], reason="a test")
    await ruled(tx, rule("denied", "refuse", {"in_list": "denied", "of": "payee"}))
    assert (
        await made.code_of(
            batches.reissue_line(tx, shop, batch_id=again.id, number="1", customer_id=crook.customer, card_id=None)
        )
        == "risk_refused"
    )
    lines = [made.line_to("1", 1, customer=await honest(tx)), made.line_to("2", 1, customer=crook.customer)]
    assert await made.code_of(made.approve(tx, shop, await made.batch_of(tx, shop, merchant, lines))) == "risk_refused"
    assert await made.code_of(made.approve(tx, shop, await made.batch_of(tx, shop, merchant, lines[:1]))) == "paying"


async def test_a_line_that_is_paid_late_counts_again_until_it_comes_back(tx: Tx) -> None:
    shop = made.someone(tx)
    _, line = await made.sent_line(tx, shop, await funded_merchant(tx, shop, 1_000))
    await made.answered(tx, line, BankAnswer(Answer.NO_ANSWER))
    tx.now += timedelta(hours=1)
    for answer, amount in ((Answer.NOT_FOUND, 0), (Answer.SUCCEEDED, 100)):
        await made.answered(tx, line, BankAnswer(answer))
        assert await counted(tx, shop.subject) == (1, amount)
    await made.came_back(tx, line)
    assert await counted(tx, shop.subject) == (1, 0)
    await clean(tx)


async def test_refused_lines_of_a_batch_are_counted_no_more_together(tx: Tx) -> None:
    shop, payee = made.someone(tx), made.someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    wallet = await funded_wallet(tx, payee, 0)
    lines = [made.line_to(str(number), 100, customer=payee.customer) for number in range(1, 4)]
    batch = await made.batch_of(tx, shop, merchant, lines)
    await made.approve(tx, shop, batch)
    assert await counted(tx, shop.subject) == (1, 300)
    await tx.connection.execute(
        text("UPDATE ledger_accounts SET closed = true WHERE id = :id"), {"id": wallet.account_id}
    )
    await paying.pay_chunk(tx, made.PAYMENTS, batch_id=batch.id)
    assert await counted(tx, shop.subject) == (1, 0)
    await clean(tx)


async def honest(tx: Tx) -> UUID | None:
    payee = made.someone(tx)
    await funded_wallet(tx, payee, 0)
    return payee.customer


async def test_what_a_merchant_does_not_take_of_what_is_frozen(tx: Tx) -> None:
    shop, anna = made.someone(tx), made.someone(tx)
    merchant, wallet = await funded_merchant(tx, shop, 0), await funded_wallet(tx, anna, 1_000)

    async def agreed(number: str) -> UUID:
        one = await preauthorisations.request_preauthorisation(
            tx, shop, merchant_id=merchant.id, merchant_number=number, subject="tea", amount=100, currency="CNY",
            buyer_id=None, timeout_seconds=600, hold_seconds=600,
        )  # fmt: skip
        await preauthorisations.agree(
            tx, anna, preauthorisation_id=one.id, wallet_id=wallet.id, amount=100, currency="CNY"
        )
        return one.id

    await preauthorisations.capture(tx, shop, preauthorisation_id=await agreed("1"), amount=30, final=True)
    assert await counted(tx, anna.subject) == (1, 30)
    for _ in range(2):
        await preauthorisations.release(tx, shop, preauthorisation_id=await agreed(f"2{_}"))
    assert await counted(tx, anna.subject) == (1, 30)
    await clean(tx)


async def own_card(tx: Tx, owner: Caller) -> UUID:
    card_id = await any_card(tx)
    await tx.connection.execute(
        text("UPDATE cards SET customer_id = :owner WHERE id = :id"), {"owner": owner.customer, "id": card_id}
    )
    return card_id


async def lost(tx: Tx, first: UUID, say: Callable[[UUID, BankAnswer], Awaitable[Instruction | None]]) -> None:
    """The first bank has never heard of it, nobody else wants it."""
    await say(first, BankAnswer(Answer.NO_ANSWER))
    tx.now += timedelta(hours=3)
    following = await say(first, BankAnswer(Answer.NOT_FOUND))
    while following is not None:
        following = await say(following.id, BankAnswer(Answer.DECLINED, "card_restricted"))


async def test_what_was_given_up_and_is_made_late_counts_again(tx: Tx) -> None:
    anna = made.someone(tx)
    wallet = await funded_wallet(tx, anna, 1_000)
    facts: dict[str, Any] = {
        "card_id": await own_card(tx, anna),
        "wallet_id": wallet.id,
        "amount": 100,
        "currency": "CNY",
    }
    top_up = await top_ups.request_top_up(tx, anna, **facts)

    async def topped(instruction_id: UUID, answer: BankAnswer) -> Instruction | None:
        return await top_ups.record_top_up_answer(
            tx, made.PAYMENTS, top_up_id=top_up.id, instruction_id=instruction_id, answer=answer
        )

    await lost(tx, top_up.instruction_id, topped)
    assert await counted(tx, anna.subject) == (0, 0)
    await topped(top_up.instruction_id, BankAnswer(Answer.SUCCEEDED))
    assert await counted(tx, anna.subject) == (1, 100)
    out = await withdrawals.request_withdrawal(tx, anna, **facts)

    async def paid_out(instruction_id: UUID, answer: BankAnswer) -> Instruction | None:
        return await withdrawals.record_withdrawal_answer(
            tx, made.PAYMENTS, withdrawal_id=out.id, instruction_id=instruction_id, answer=answer
        )

    await lost(tx, out.instruction_id, paid_out)
    assert await counted(tx, anna.subject) == (1, 100)
    await paid_out(out.instruction_id, BankAnswer(Answer.SUCCEEDED))
    assert await counted(tx, anna.subject) == (2, 200)
    await withdrawals.take_back(tx, withdrawal_id=out.id, instruction_id=out.instruction_id, bank="ICBC")
    assert await counted(tx, anna.subject) == (1, 100)
    await clean(tx)


async def paid_order(tx: Tx, shop: Caller, merchant: Merchant) -> Order:
    anna = made.someone(tx)
    wallet = await funded_wallet(tx, anna, 1_000)
    order = await orders.create_order(
        tx, shop, merchant_id=merchant.id, merchant_order_number="1", subject="tea", amount=100, currency="CNY", buyer_id=None,
        timeout_seconds=600,
    )  # fmt: skip
    return await payment_actions.pay_from_wallet(
        tx, anna, order_id=order.id, wallet_id=wallet.id, amount=100, currency="CNY"
    )


async def test_a_refund_that_is_given_up(tx: Tx) -> None:
    shop = made.someone(tx)
    merchant = await funded_merchant(tx, shop, 0)
    order = await paid_order(tx, shop, merchant)
    await tx.connection.execute(
        text("UPDATE ledger_accounts SET frozen = true WHERE id = :id"), {"id": merchant.account_id}
    )
    refund = await refunds.refund_order(
        tx, shop, order_id=order.id, merchant_refund_number="1", amount=100, currency="CNY", reason="a test"
    )
    assert (refund.state, await counted(tx, shop.subject)) == (RefundState.PENDING_FUNDS, (1, 100))
    tx.now += timedelta(days=15)
    given_up = await refunds.try_again(tx, made.PAYMENTS, refund_id=refund.id)
    assert given_up is not None
    assert (given_up.state, await counted(tx, shop.subject)) == (RefundState.FAILED, (0, 0))


async def test_what_a_person_has_used_is_locked_before_what_she_is_judged_by(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every story: else two of them wait for each other."""
    said: list[str] = []

    def noted(name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        async def spy(*given: Any, **named: Any) -> Any:
            said.append(name)
            return await inner(*given, **named)

        return spy

    monkeypatch.setattr("services.payments.risk.look_queries.look", noted("risk", look_queries.look))
    monkeypatch.setattr("services.payments.mandates.debiting.lock_payers", noted("used", debiting.lock_payers))
    monkeypatch.setattr("services.payments.refunds.actions.lock_taking", noted("used", refunds.lock_taking))
    scene = await stage(tx, 1_000, await any_card(tx))
    await asked_for(tx, scene, 100)
    assert said == ["used", "risk"]
    shop = made.someone(tx)
    merchant = await funded_merchant(tx, shop, 0)
    order = await paid_order(tx, shop, merchant)
    said.clear()
    await refunds.refund_order(
        tx, shop, order_id=order.id, merchant_refund_number="1", amount=100, currency="CNY", reason="a test"
    )
    assert said[:2] == ["used", "risk"]
