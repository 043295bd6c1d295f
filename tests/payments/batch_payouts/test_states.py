"""Every event in every state of a batch and of a line."""

from datetime import timedelta
from typing import Any

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.batch_payouts import actions, paying
from services.payments.batch_payouts.model import Batch, BatchState, Line, LineState
from services.payments.channels.model import Answer, BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.merchants.model import Merchant
from services.payments.verification.queries import past_deadline
from tests.payments.batch_payouts.batches import (
    PAYMENTS,
    answered,
    approve,
    batch_of,
    came_back,
    code_of,
    line_to,
    money_of,
    now,
    sent_line,
    someone,
    the_line,
)
from tests.payments.funding import any_card, funded_merchant, funded_wallet, money_on


async def test_a_returned_line_that_nobody_pays_anew_is_given_up_in_time(tx: Tx) -> None:
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    batch, line = await in_state(tx, shop, merchant, LineState.RETURNED)
    assert await money_of(tx, merchant) == (1_000, 1_000)
    late = (await past_deadline(tx.connection, tx.now + timedelta(days=31)))["line_past_deadline"]
    assert late == (1, [encode("bpl", line.id)])
    tx.now += timedelta(days=30)
    await actions.lapse_line(tx, PAYMENTS, line_id=line.id)
    assert (await the_line(tx, batch)).state is LineState.CANCELLED
    assert await money_of(tx, merchant) == (1_000, 1_000)


BATCH_EVENTS = (
    "approve",
    "approve by operator",
    "approve by another",
    "cancel",
    "cancel by another",
    "deadline",
    "chunk",
)


AWAITING, UNKNOWN = "batch_not_awaiting_approval", "unknown_batch_payout"


# Every event in every state, in the order of BATCH_EVENTS: the state after, or the refusal's code.
BATCH_TABLE = {
    BatchState.AWAITING_APPROVAL: ("paying", "paying", UNKNOWN, "cancelled", UNKNOWN, "cancelled", "awaiting_approval"),
    BatchState.PAYING: (AWAITING, AWAITING, UNKNOWN, AWAITING, UNKNOWN, "paying", "finished"),
    BatchState.FINISHED: (AWAITING, AWAITING, UNKNOWN, AWAITING, UNKNOWN, "finished", "finished"),
    BatchState.CANCELLED: (AWAITING, AWAITING, UNKNOWN, "cancelled", UNKNOWN, "cancelled", "cancelled"),
}


async def batch_event(tx: Tx, shop: Caller, batch: Batch, event: str) -> str:
    who = {"another": someone(tx), "operator": PAYMENTS}.get(event.split()[-1], shop)
    if event.startswith("approve"):
        return await code_of(approve(tx, who, batch))
    if event.startswith("cancel"):
        return await code_of(actions.cancel_batch(tx, who, batch_id=batch.id))
    if event == "deadline":
        before, tx.now = tx.now, tx.now + timedelta(days=8)
        await actions.lapse_batch(tx, PAYMENTS, batch_id=batch.id)
        tx.now = before
    else:
        while await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id):
            pass
    return str((await now(tx, batch)).state)


async def test_every_event_in_every_state_of_a_batch(tx: Tx) -> None:
    way = {BatchState.PAYING: ["approve"], BatchState.FINISHED: ["approve", "chunk"], BatchState.CANCELLED: ["cancel"]}
    for state, outcomes in BATCH_TABLE.items():
        for event, wanted in zip(BATCH_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                shop, anna = someone(tx), someone(tx)
                merchant = await funded_merchant(tx, shop, 100)
                await funded_wallet(tx, anna, 0)
                batch = await batch_of(tx, shop, merchant, [line_to("1", 100, customer=anna.customer)])
                for step in way.get(state, []):
                    await batch_event(tx, shop, batch, step)
                assert await batch_event(tx, shop, batch, event) == wanted, (state, event)
                await savepoint.rollback()


LINE_EVENTS = ("reissue", "reissue by another", "give up", "returned", "deadline", "succeeded", "declined")


NOT_RETURNED = "line_not_returned"


# Every event in every state, in the order of LINE_EVENTS: the state after, or the refusal's code.
LINE_TABLE = {
    LineState.WAITING: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "waiting", "waiting", "waiting", "waiting"),
    LineState.SENT: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "sent", "sent", "paid", "refused"),
    LineState.PAID: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "returned", "paid", "paid", "paid"),
    LineState.REFUSED: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "refused", "refused", "refused", "refused"),
    LineState.RETURNED: ("waiting", UNKNOWN, "cancelled", "returned", "cancelled", "returned", "returned"),
    LineState.CANCELLED: (NOT_RETURNED, UNKNOWN, "cancelled", "cancelled", "cancelled", "cancelled", "cancelled"),
}


async def in_state(tx: Tx, shop: Caller, merchant: Merchant, state: LineState) -> tuple[Batch, Line]:
    if state is LineState.WAITING:
        batch = await batch_of(tx, shop, merchant, [line_to("1", 100, card=await any_card(tx))])
        await approve(tx, shop, batch)
        return batch, await the_line(tx, batch)
    batch, line = await sent_line(tx, shop, merchant)
    steps = {
        LineState.PAID: ("succeeded",),
        LineState.REFUSED: ("declined",),
        LineState.RETURNED: ("succeeded", "returned"),
        LineState.CANCELLED: ("succeeded", "returned", "give up"),
    }
    for step in steps.get(state, ()):
        await line_event(tx, shop, batch, line, step)
    line = await the_line(tx, batch)
    assert line.state is state
    return batch, line


async def line_event(tx: Tx, shop: Caller, batch: Batch, line: Line, event: str) -> str:
    if event.startswith("reissue"):
        who = someone(tx) if "another" in event else shop
        facts: dict[str, Any] = {"number": line.number, "customer_id": None, "card_id": None}
        return await code_of(actions.reissue_line(tx, who, batch_id=batch.id, **facts))
    if event == "give up":
        return await code_of(actions.give_up_line(tx, shop, batch_id=batch.id, number=line.number))
    if event == "returned":
        await came_back(tx, await the_line(tx, batch, line.number))
    elif event == "deadline":
        before, tx.now = tx.now, tx.now + timedelta(days=31)
        await actions.lapse_line(tx, PAYMENTS, line_id=line.id)
        tx.now = before
    else:
        answer = BankAnswer(
            Answer.SUCCEEDED if event == "succeeded" else Answer.DECLINED, None if event == "succeeded" else "no"
        )
        await answered(tx, await the_line(tx, batch, line.number), answer)
    return str((await the_line(tx, batch, line.number)).state)


async def test_every_event_in_every_state_of_a_line(tx: Tx) -> None:
    """And at every moment the merchant's money, the batch's and what was paid add up."""
    for state, outcomes in LINE_TABLE.items():
        for event, wanted in zip(LINE_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                shop = someone(tx)
                merchant = await funded_merchant(tx, shop, 1_000)
                batch, line = await in_state(tx, shop, merchant, state)
                assert await line_event(tx, shop, batch, line, event) == wanted, (state, event)
                await _adds_up(tx, batch, merchant)
                await savepoint.rollback()


async def _adds_up(tx: Tx, batch: Batch, merchant: Merchant) -> None:
    after, line = await now(tx, batch), await the_line(tx, batch)
    assert after.batch_account_id is not None
    aside, _ = await money_on(tx, await ledger.account_with(tx, after.batch_account_id))
    paid = 100 if line.state is LineState.PAID else 0
    assert (await money_of(tx, merchant))[0] + aside + paid == 1_000
    assert aside == (100 if line.state in (LineState.WAITING, LineState.SENT) else 0)
    assert (after.state is BatchState.FINISHED) == (aside == 0)
