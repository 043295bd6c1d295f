"""Batches and their lines in a test's own transaction."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.batch_payouts import actions, paying, queries
from services.payments.batch_payouts.model import Batch, Line, LineWish
from services.payments.channels.model import BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.merchants.model import Merchant
from tests.payments.funding import any_card, money_on

PAYMENTS = service_caller("payments")
OWNER = frozenset({"payments:read", "payments:write"})


def someone(tx: Tx) -> Caller:
    return Caller(encode("cus", tx.ids.new()), "gateway", OWNER)


def line_to(number: str, amount: int, *, customer: UUID | None = None, card: UUID | None = None) -> LineWish:
    return LineWish(number, amount, None, customer, card, "")


async def batch_of(tx: Tx, shop: Caller, merchant: Merchant, lines: list[LineWish]) -> Batch:
    return await actions.request_batch(
        tx, shop, merchant_id=merchant.id, number=uuid4().hex, currency="CNY", lines=lines
    )


async def approve(tx: Tx, who: Caller, batch: Batch) -> Batch:
    return await actions.approve_batch(tx, who, batch_id=batch.id, lines=batch.lines, total=batch.total)


async def now(tx: Tx, batch: Batch) -> Batch:
    found = await queries.batch_with(tx.connection, batch.id)
    assert found is not None
    return found


async def the_line(tx: Tx, batch: Batch, number: str = "1") -> Line:
    found = await queries.line_numbered(tx.connection, batch.id, number)
    assert found is not None
    return found


async def money_of(tx: Tx, merchant: Merchant) -> tuple[int, int]:
    return await money_on(tx, await ledger.account_with(tx, merchant.account_id))


async def answered(tx: Tx, line: Line, answer: BankAnswer) -> None:
    """The bank's word on a line that was sent; nobody hears of any other."""
    if line.instruction_id is not None:
        await paying.record_line_answer(
            tx, PAYMENTS, payout_id=line.payout_id, instruction_id=line.instruction_id, answer=answer
        )


async def came_back(tx: Tx, line: Line) -> Line | None:
    order = line.instruction_id or line.payout_id
    return await paying.take_back(tx, line_id=line.id, instruction_id=order, bank="ICBC")


async def sent_line(tx: Tx, shop: Caller, merchant: Merchant) -> tuple[Batch, Line]:
    batch = await batch_of(tx, shop, merchant, [line_to("1", 100, card=await any_card(tx))])
    await approve(tx, shop, batch)
    await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
    return batch, await the_line(tx, batch)


async def code_of(asking: Awaitable[Any]) -> str:
    try:
        return str((await asking).state)
    except Refusal as refusal:
        return refusal.code
