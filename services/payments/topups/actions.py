"""Stories of a top-up: asked for, and ended by what the bank finally says."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.card_returns.actions import take_back
from services.payments.cards.actions import bound_card
from services.payments.channels.attempts import Outcome, record_attempt, start_attempts
from services.payments.channels.model import TOP_UP, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.topups import queries
from services.payments.topups.errors import UnknownTopUp
from services.payments.topups.model import TopUp, TopUpState
from services.payments.wallets.actions import own_wallet
from services.payments.wallets.model import Wallet


async def request_top_up(
    tx: Tx, caller: Caller, *, card_id: UUID, wallet_id: UUID | None, amount: int, currency: str
) -> TopUp:
    """Record the wish and the order to the channel that is best for it. Raises NoChannel, the refusals of cards and wallets."""
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    card = await bound_card(tx, caller, card_id)
    top_up_id = tx.ids.new()
    await risk.decide(tx, caller, _wish(top_up_id, wallet, card.id, amount))
    instruction = await start_attempts(
        tx,
        kind=InstructionKind.CHARGE,
        card=card,
        subject_id=top_up_id,
        purpose=TOP_UP,
        amount=amount,
        currency=currency,
    )
    top_up = TopUp(
        id=top_up_id,
        customer_id=wallet.customer_id,
        wallet_id=wallet.id,
        account_id=wallet.account_id,
        card_id=card.id,
        bank=instruction.bank,
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


def _wish(top_up_id: UUID, wallet: Wallet, card_id: UUID, amount: int) -> Intent:
    return Intent(
        kind=Kind.TOP_UP,
        reference=encode("tup", top_up_id),
        person=encode("cus", wallet.customer_id),
        amount=amount,
        currency=wallet.currency,
        payee=encode("cus", wallet.customer_id),
        subject=encode("wal", wallet.id),
        card=encode("crd", card_id),
    )


async def record_top_up_answer(
    tx: Tx, caller: Caller, *, top_up_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said. Only a final success books; an unknown result changes nothing here. The attempt to be sent instead, if any."""
    top_up = await queries.top_up_with(tx.connection, top_up_id, lock=True)
    if top_up is None:
        raise UnknownTopUp("no such top-up")
    step = await record_attempt(tx, instruction_id, answer)
    if step.outcome is Outcome.COUNTS:
        await _succeeded(tx, top_up, step.instruction)
    elif step.outcome is Outcome.SURPLUS:
        await take_back(tx, instruction=step.instruction, fallback_account_id=top_up.account_id)
    elif step.outcome is Outcome.FAILED:
        await _failed(tx, top_up, step.instruction.detail or "declined")
    elif step.next is not None:
        carried = replace(top_up, bank=step.next.bank, instruction_id=step.next.id)
        await queries.save_top_up(tx.connection, carried)
    return step.next


async def _succeeded(tx: Tx, top_up: TopUp, instruction: Instruction) -> TopUp:
    """Reserve at the channel that has it → wallet. Also after it was given up: the money did come."""
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
    if late:
        await risk.count_again(tx, [encode("tup", top_up.id)])
    ended = replace(
        top_up,
        state=TopUpState.SUCCEEDED,
        failure_code=None,
        late=late,
        ended_at=tx.now,
        bank=instruction.bank,
        instruction_id=instruction.id,
    )
    return await _ended(tx, ended, "payments.top_up.succeeded.v1")


async def _failed(tx: Tx, top_up: TopUp, code: str) -> TopUp:
    ended = replace(top_up, state=TopUpState.FAILED, failure_code=code, ended_at=tx.now)
    await risk.take_back(tx, [encode("tup", top_up.id)])
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
