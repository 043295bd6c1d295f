"""Which payment a report is about: found by our own reference at the bank, whatever record asked for it."""

from uuid import UUID

from chassis.database import Tx
from chassis.ids import MalformedId, decode, encode
from services.payments.batch_payouts.queries import batch_with, line_with
from services.payments.channels.model import Instruction, InstructionState
from services.payments.channels.queries import instruction_with
from services.payments.mandates.queries import debit_with, mandate_with
from services.payments.returned_money.model import Original, Report
from services.payments.topups.queries import top_up_with
from services.payments.withdrawals.queries import withdrawal_with


async def original_of(tx: Tx, report: Report) -> Original | None:
    """None where the bank names nothing of ours."""
    try:
        instruction_id = decode("chi", report.instruction_reference)
    except MalformedId:
        return None
    instruction = await instruction_with(tx.connection, instruction_id)
    if instruction is None or str(instruction.kind) != report.instruction_kind:
        return None
    for find in (_withdrawal, _top_up, _debit, _line):
        found = await find(tx, instruction)
        if found is not None:
            return found
    return None


async def _withdrawal(tx: Tx, instruction: Instruction) -> Original | None:
    withdrawal = await withdrawal_with(tx.connection, instruction.subject_id)
    if withdrawal is None:
        return None
    owner = encode("cus", withdrawal.customer_id)
    return _original(encode("wdr", withdrawal.id), owner, withdrawal.account_id, instruction)


async def _top_up(tx: Tx, instruction: Instruction) -> Original | None:
    top_up = await top_up_with(tx.connection, instruction.subject_id)
    if top_up is None:
        return None
    return _original(encode("tup", top_up.id), encode("cus", top_up.customer_id), top_up.account_id, instruction)


async def _debit(tx: Tx, instruction: Instruction) -> Original | None:
    """Its payee got the money."""
    debit = await debit_with(tx.connection, instruction.subject_id)
    mandate = None if debit is None else await mandate_with(tx.connection, debit.mandate_id)
    if debit is None or mandate is None:
        return None
    return _original(encode("mdb", debit.id), mandate.payee, mandate.account_id, instruction)


async def _line(tx: Tx, instruction: Instruction) -> Original | None:
    """Of a batch payout."""
    line = await line_with(tx.connection, instruction.subject_id)
    batch = None if line is None else await batch_with(tx.connection, line.batch_id)
    if line is None or batch is None:
        return None
    return _original(encode("bpl", line.id), batch.owner, batch.account_id, instruction)


def _original(record: str, owner: str, account_id: UUID, instruction: Instruction) -> Original:
    return Original(
        record=record,
        id=instruction.subject_id,
        owner=owner,
        account_id=account_id,
        bank=instruction.bank,
        amount=instruction.amount,
        currency=instruction.currency,
        final=instruction.state is InstructionState.SUCCEEDED,
    )
