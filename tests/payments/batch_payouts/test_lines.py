"""Lines paid, refused, late and returned, chunk by chunk with the job cut off between and within them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.database import Tx
from services.payments.batch_payouts import actions, paying
from services.payments.batch_payouts.model import BatchState, LineState
from services.payments.channels.model import Answer, BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.verification.batch_payout_queries import BATCH_PAYOUTS
from services.payments.verification.channel_queries import CHANNELS
from services.payments.verification.queries import checks
from tests.conftest import MakeRuntime
from tests.payments.batch_payouts.batches import (
    PAYMENTS,
    answered,
    approve,
    batch_of,
    came_back,
    line_to,
    money_of,
    now,
    sent_line,
    someone,
    the_line,
)
from tests.payments.funding import any_card, fund, funded_merchant, funded_wallet, money_on


async def test_ten_thousand_lines_and_a_job_cut_off_between_and_within_chunks(make_runtime: MakeRuntime) -> None:
    """Every line is paid once, whatever is cut off; chunks that two jobs pay at once are paid once."""
    runtime = await make_runtime("payments")
    async with runtime.transaction(seed="stage") as tx:
        shop, anna = someone(tx), someone(tx)
        merchant = await funded_merchant(tx, shop, 20_000)
        wallet = await funded_wallet(tx, anna, 0)
        lines = [line_to(str(number), 1, customer=anna.customer) for number in range(10_000)]
        batch = await batch_of(tx, shop, merchant, lines)
        await approve(tx, PAYMENTS, batch)

    async def chunk(*, cut: bool = False) -> int:
        async with runtime.transaction(seed=uuid4().hex) as tx:
            count = await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
            if cut:
                raise ConnectionError("killed before the commit")
            return count

    assert await chunk() == paying.CHUNK
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await chunk(cut=True)
    counts = list(await asyncio.gather(*(chunk() for _ in range(4))))
    while counts[-1]:
        counts.append(await chunk())
    assert sum(counts) == 10_000 - paying.CHUNK
    async with runtime.transaction(seed="look") as tx:
        assert await money_of(tx, merchant) == (10_000, 10_000)
        assert await money_on(tx, await ledger.account_with(tx, wallet.account_id)) == (10_000, 10_000)
        assert (await now(tx, batch)).state is BatchState.FINISHED
        looked = await checks(tx.connection)
        assert [name for name, (_, failed) in looked.items() if failed] == []


async def test_a_line_that_cannot_be_paid_gives_its_money_back(tx: Tx) -> None:
    shop, anna = someone(tx), someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    wallet = await funded_wallet(tx, anna, 0)
    gone = await any_card(tx)
    lines = [
        line_to("1", 100, customer=anna.customer),
        line_to("2", 200, card=gone),
        line_to("3", 300, card=await any_card(tx)),
    ]
    batch = await batch_of(tx, shop, merchant, lines)
    await approve(tx, shop, batch)
    await tx.connection.execute(text("UPDATE cards SET state = 'removed' WHERE id = :id"), {"id": gone})
    closed = await ledger.account_with(tx, wallet.account_id)
    await tx.connection.execute(text("UPDATE ledger_accounts SET closed = true WHERE id = :id"), {"id": closed.id})
    assert await money_of(tx, merchant) == (400, 400)
    while await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id):
        pass
    told = [(await the_line(tx, batch, number)).refusal_code for number in ("1", "2")]
    assert told == ["account_closed", "card_not_bound"]
    third = await the_line(tx, batch, "3")
    assert third.state is LineState.SENT
    await answered(tx, third, BankAnswer(Answer.DECLINED, "card_restricted"))
    finished = await now(tx, batch)
    assert (finished.state, finished.leftover) == (BatchState.FINISHED, 600)
    assert await money_of(tx, merchant) == (1_000, 1_000)


async def test_a_bank_that_pays_after_it_was_given_up_is_a_receivable_in_suspense(tx: Tx) -> None:
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    batch, line = await sent_line(tx, shop, merchant)
    late = tx.now + timedelta(hours=1)
    await answered(tx, line, BankAnswer(Answer.NO_ANSWER))
    tx.now = late
    await answered(tx, line, BankAnswer(Answer.NOT_FOUND))
    assert (await the_line(tx, batch)).refusal_code == "never_arrived"
    for _ in range(2):
        await answered(tx, line, BankAnswer(Answer.SUCCEEDED))
    paid = await the_line(tx, batch)
    assert (paid.state, paid.late) == (LineState.REFUSED, True)
    assert await money_of(tx, merchant) == (1_000, 1_000)
    back = await came_back(tx, line)
    assert back is not None
    assert back.state is LineState.REFUSED
    assert await money_of(tx, merchant) == (1_000, 1_000)


async def test_a_line_is_tried_on_another_channel_paid_once_and_anew_after_its_return(tx: Tx) -> None:
    """The first channel pays late what the second has paid: a receivable. What comes back of either goes where it belongs."""
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    await fund(tx, await ledger.account_with(tx, merchant.account_id), 1_000, bank="CCB")
    batch, first = await sent_line(tx, shop, merchant)
    await answered(tx, first, BankAnswer(Answer.NO_ANSWER))
    tx.now += timedelta(hours=3)
    await answered(tx, first, BankAnswer(Answer.NOT_FOUND))
    second = await the_line(tx, batch)
    assert second.state is LineState.SENT
    assert second.bank != first.bank
    await answered(tx, second, BankAnswer(Answer.SUCCEEDED))
    await answered(tx, first, BankAnswer(Answer.SUCCEEDED))
    paid = await the_line(tx, batch)
    assert (paid.state, paid.bank, paid.late) == (LineState.PAID, second.bank, True)
    assert await money_of(tx, merchant) == (1_900, 1_900)
    assert await came_back(tx, first) == paid
    assert await money_of(tx, merchant) == (1_900, 1_900)
    back = await came_back(tx, second)
    assert back is not None
    assert back.state is LineState.RETURNED
    assert await money_of(tx, merchant) == (2_000, 2_000)
    await actions.reissue_line(tx, shop, batch_id=batch.id, number="1", customer_id=None, card_id=None)
    await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
    anew = await the_line(tx, batch)
    assert anew.payout_id != anew.id
    await answered(tx, anew, BankAnswer(Answer.SUCCEEDED))
    assert (await the_line(tx, batch)).state is LineState.PAID
    assert await money_of(tx, merchant) == (1_900, 1_900)
    looked = await checks(tx.connection)
    assert [name for name in CHANNELS | BATCH_PAYOUTS if looked[name][1]] == []
