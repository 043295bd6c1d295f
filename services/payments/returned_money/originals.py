"""Which payment a report is about: found by our own reference at the bank, whatever record asked for it."""

from uuid import UUID

from chassis.database import Tx
from chassis.ids import MalformedId, decode, encode
from services.payments.batch_payouts.queries import batch_with, line_paid_by
from services.payments.channels.model import Instruction, InstructionKind, InstructionState
from services.payments.channels.queries import instruction_with
from services.payments.mandates.queries import debit_with, mandate_with
from services.payments.merchant_payouts.model import LineState
from services.payments.merchant_payouts.queries import batch_with as payout_batch_with
from services.payments.merchant_payouts.queries import line_named
from services.payments.merchants.queries import merchant_with
from services.payments.orders.model import PaymentState
from services.payments.orders.queries import order_with, payment_with
from services.payments.returned_money.model import Original, Report
from services.payments.topups.queries import top_up_with
from services.payments.withdrawals.queries import withdrawal_with

CREDIT_TRANSFER = "credit_transfer"
"""What banks call a payment order that came to them by file; its reference is our end-to-end id."""


async def original_of(tx: Tx, report: Report) -> Original | None:
    """None where the bank names nothing of ours, or a charge that was too much: its money is on its way back already."""
    if report.instruction_kind == CREDIT_TRANSFER:
        return await _merchant_payout(tx, report)
    try:
        instruction_id = decode("chi", report.instruction_reference)
    except MalformedId:
        return None
    instruction = await instruction_with(tx.connection, instruction_id)
    if instruction is None or str(instruction.kind) != report.instruction_kind:
        return None
    surplus = instruction.state is InstructionState.SUCCEEDED and not instruction.counts
    if surplus and instruction.kind is InstructionKind.CHARGE:
        return None
    for find in (_withdrawal, _top_up, _order, _debit, _line):
        found = await find(tx, instruction)
        if found is not None:
            return found
    return None


async def _withdrawal(tx: Tx, instruction: Instruction) -> Original | None:
    withdrawal = await withdrawal_with(tx.connection, instruction.subject_id)
    if withdrawal is None:
        return None
    owner = encode("cus", withdrawal.customer_id)
    return _original("wdr", withdrawal.id, owner, withdrawal.account_id, instruction)


async def _top_up(tx: Tx, instruction: Instruction) -> Original | None:
    top_up = await top_up_with(tx.connection, instruction.subject_id)
    if top_up is None:
        return None
    return _original("tup", top_up.id, encode("cus", top_up.customer_id), top_up.account_id, instruction)


async def _order(tx: Tx, instruction: Instruction) -> Original | None:
    """Its merchant answers for it out of her own account, settled or not: proceeds are of many orders, and a trade's are promised.

    Not where it came when the order needed it no more and went back to its card.
    """
    payment = await payment_with(tx.connection, instruction.subject_id)
    order = None if payment is None else await order_with(tx.connection, payment.order_id)
    merchant = None if order is None else await merchant_with(tx.connection, order.merchant_id)
    if payment is None or order is None or merchant is None or payment.state is PaymentState.RETURNED:
        return None
    return _original("ord", order.id, merchant.owner, merchant.account_id, instruction)


async def _debit(tx: Tx, instruction: Instruction) -> Original | None:
    """Its payee got the money."""
    debit = await debit_with(tx.connection, instruction.subject_id)
    mandate = None if debit is None else await mandate_with(tx.connection, debit.mandate_id)
    if debit is None or mandate is None:
        return None
    return _original("mdb", debit.id, mandate.payee, mandate.account_id, instruction)


async def _line(tx: Tx, instruction: Instruction) -> Original | None:
    """Of a batch payout."""
    line = await line_paid_by(tx.connection, instruction.subject_id)
    batch = None if line is None else await batch_with(tx.connection, line.batch_id)
    if line is None or batch is None:
        return None
    return _original("bpl", line.id, batch.owner, batch.account_id, instruction)


async def _merchant_payout(tx: Tx, report: Report) -> Original | None:
    """A line of a file of payment orders: the merchant's settled money."""
    line = await line_named(tx.connection, report.instruction_reference)
    batch = None if line is None else await payout_batch_with(tx.connection, line.batch_id)
    merchant = None if line is None else await merchant_with(tx.connection, line.merchant_id)
    if line is None or batch is None or merchant is None:
        return None
    return Original(
        record=encode("mpo", line.payout_id),
        id=line.id,
        instruction_id=line.id,
        owner=merchant.owner,
        account_id=merchant.account_id,
        bank=batch.bank,
        amount=line.amount,
        currency=batch.currency,
        final=line.state in (LineState.PAID, LineState.RETURNED),
    )


def _original(prefix: str, record_id: UUID, owner: str, account_id: UUID, instruction: Instruction) -> Original:
    return Original(
        record=encode(prefix, record_id),
        id=record_id,
        instruction_id=instruction.id,
        owner=owner,
        account_id=account_id,
        bank=instruction.bank,
        amount=instruction.amount,
        currency=instruction.currency,
        final=instruction.state is InstructionState.SUCCEEDED,
    )
