"""Stories of a top-up: asked for, and ended by what the bank finally says."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import bound_card
from services.payments.channels.actions import record_answer, record_instruction
from services.payments.channels.model import FAILED, BankAnswer, Instruction, InstructionKind, InstructionState
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.topups import queries
from services.payments.topups.errors import UnknownTopUp
from services.payments.topups.model import TopUp, TopUpState
from services.payments.wallets.actions import own_wallet


async def request_top_up(
    tx: Tx, caller: Caller, *, card_id: UUID, wallet_id: UUID | None, amount: int, currency: str
) -> TopUp:
    """Record the wish and the order to the card's bank. Raises the refusals of cards and wallets."""
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    card = await bound_card(tx, caller, card_id)
    top_up_id = tx.ids.new()
    instruction = await record_instruction(
        tx,
        kind=InstructionKind.CHARGE,
        bank=card.bank,
        subject_id=top_up_id,
        card_id=card.id,
        amount=amount,
        currency=currency,
    )
    top_up = TopUp(
        id=top_up_id,
        customer_id=wallet.customer_id,
        wallet_id=wallet.id,
        account_id=wallet.account_id,
        card_id=card.id,
        bank=card.bank,
        amount=amount,
        currency=currency,
        state=TopUpState.PENDING,
        failure_code=None,
        late=False,
        instruction_id=instruction.id,
        requested_at=tx.now,
        ended_at=None,
    )
    await queries.add_top_up(tx.connection, top_up)
    tx.jobs.add("payments.collect_top_up", {"id": str(top_up.id)}, delay_seconds=10)
    return top_up


async def record_top_up_answer(
    tx: Tx, caller: Caller, *, top_up_id: UUID, answer: BankAnswer, finality: timedelta
) -> TopUp:
    """What the bank said. Only a final success books; an unknown result changes nothing here."""
    top_up = await queries.top_up_with(tx.connection, top_up_id, lock=True)
    if top_up is None:
        raise UnknownTopUp("no such top-up")
    _, instruction = await record_answer(tx, top_up.instruction_id, answer, finality)
    if instruction.state is InstructionState.SUCCEEDED and top_up.state is not TopUpState.SUCCEEDED:
        return await _succeeded(tx, top_up, instruction)
    if instruction.state in FAILED and top_up.state is TopUpState.PENDING:
        return await _failed(tx, top_up, instruction.detail or "declined")
    return top_up


async def _succeeded(tx: Tx, top_up: TopUp, instruction: Instruction) -> TopUp:
    """Reserve at the bank → wallet. Also after it was given up: the money did come."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code="topup.card",
        reference=encode("tup", top_up.id),
        debit_account_id=await reserve_at(tx, instruction.bank, top_up.currency),
        credit_account_id=top_up.account_id,
        amount=top_up.amount,
        currency=top_up.currency,
    )
    await ledger.post(tx, [command])
    late = top_up.state is TopUpState.FAILED
    ended = replace(top_up, state=TopUpState.SUCCEEDED, failure_code=None, late=late, ended_at=tx.now)
    return await _ended(tx, ended, "payments.top_up.succeeded.v1")


async def _failed(tx: Tx, top_up: TopUp, code: str) -> TopUp:
    ended = replace(top_up, state=TopUpState.FAILED, failure_code=code, ended_at=tx.now)
    return await _ended(tx, ended, "payments.top_up.failed.v1")


async def _ended(tx: Tx, top_up: TopUp, event_type: str) -> TopUp:
    await queries.save_top_up(tx.connection, top_up)
    told = {
        "top_up_id": encode("tup", top_up.id),
        "customer_id": encode("cus", top_up.customer_id),
        "wallet_id": encode("wal", top_up.wallet_id),
        "bank": top_up.bank,
        "amount": top_up.amount,
        "currency": top_up.currency,
        "failure_code": top_up.failure_code,
        "late": top_up.late,
    }
    tx.events.add(event_type, encode("tup", top_up.id), told)
    return top_up
