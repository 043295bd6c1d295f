"""Stories of a withdrawal: money held first, then moved or given back by what the bank finally says."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import bound_card
from services.payments.cards.model import Card
from services.payments.channels.actions import record_answer, record_instruction
from services.payments.channels.model import FAILED, BankAnswer, InstructionKind, InstructionState
from services.payments.channels.reserves import paying_bank, reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.wallets.actions import own_wallet
from services.payments.wallets.model import Wallet
from services.payments.withdrawals import queries
from services.payments.withdrawals.errors import UnknownWithdrawal
from services.payments.withdrawals.model import Withdrawal, WithdrawalState

CODE = "withdrawal.card"
RETURNED_CODE = "withdrawal.card.returned"
LATE_RETURNED_CODE = "withdrawal.card.late.returned"


async def request_withdrawal(
    tx: Tx, caller: Caller, *, card_id: UUID, wallet_id: UUID | None, amount: int, currency: str
) -> Withdrawal:
    """Hold the money and record the order to a bank. Raises InsufficientFunds, ReserveShort, refusals of cards and wallets."""
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    card = await bound_card(tx, caller, card_id)
    withdrawal_id, hold_id = tx.ids.new(), ledger.new_transfer_id(tx)
    bank = await _bank_for(tx, wallet, card, amount)
    instruction = await record_instruction(
        tx,
        kind=InstructionKind.PAYOUT,
        bank=bank,
        subject_id=withdrawal_id,
        card_id=card.id,
        amount=amount,
        currency=currency,
    )
    withdrawal = Withdrawal(
        id=withdrawal_id,
        customer_id=wallet.customer_id,
        wallet_id=wallet.id,
        account_id=wallet.account_id,
        card_id=card.id,
        bank=bank,
        amount=amount,
        currency=currency,
        state=WithdrawalState.PENDING,
        failure_code=None,
        late=False,
        hold_id=hold_id,
        instruction_id=instruction.id,
        requested_at=tx.now,
        ended_at=None,
    )
    await queries.add_withdrawal(tx.connection, withdrawal)
    await ledger.post(tx, [await _hold(tx, withdrawal)])
    tx.jobs.add("payments.pay_out", {"id": str(withdrawal.id)}, delay_seconds=10)
    return withdrawal


async def _bank_for(tx: Tx, wallet: Wallet, card: Card, amount: int) -> str:
    """Whose reserve pays. A wallet that is short is the ledger's to refuse, before any bank is looked for."""
    account = await ledger.account_with(tx, wallet.account_id)
    return card.bank if account.available < amount else await paying_bank(tx, card.bank, wallet.currency, amount)


async def record_withdrawal_answer(
    tx: Tx, caller: Caller, *, withdrawal_id: UUID, answer: BankAnswer, finality: timedelta
) -> Withdrawal:
    """What the bank said. An unknown result keeps the hold."""
    withdrawal = await queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    if withdrawal is None:
        raise UnknownWithdrawal("no such withdrawal")
    _, instruction = await record_answer(tx, withdrawal.instruction_id, answer, finality)
    pending = withdrawal.state is WithdrawalState.PENDING
    if instruction.state is InstructionState.SUCCEEDED and pending:
        return await _paid(tx, withdrawal)
    if instruction.state is InstructionState.SUCCEEDED and withdrawal.state is WithdrawalState.FAILED:
        return withdrawal if withdrawal.late else await _paid_late(tx, withdrawal)
    if instruction.state in FAILED and pending:
        return await _given_back(tx, withdrawal, instruction.detail or "declined")
    return withdrawal


async def take_back(tx: Tx, *, withdrawal_id: UUID, bank: str) -> Withdrawal | None:
    """The payout came back to the reserve: the customer has her money again, once. None while the bank's word on the payout is not final.

    What was paid late she has had back already: it makes good the receivable in suspense.
    """
    withdrawal = await queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    if withdrawal is None or withdrawal.state is WithdrawalState.RETURNED:
        return withdrawal
    paid = withdrawal.state is WithdrawalState.SUCCEEDED
    if not (paid or withdrawal.late):
        return None
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RETURNED_CODE if paid else LATE_RETURNED_CODE,
        reference=encode("wdr", withdrawal.id),
        debit_account_id=await reserve_at(tx, bank, withdrawal.currency),
        credit_account_id=withdrawal.account_id if paid else await suspense_of(tx, withdrawal.currency),
        amount=withdrawal.amount,
        currency=withdrawal.currency,
    )
    await ledger.post(tx, [command])
    returned = replace(withdrawal, state=WithdrawalState.RETURNED) if paid else withdrawal
    return await _ended(tx, returned, "payments.withdrawal.returned.v1")


async def _hold(tx: Tx, withdrawal: Withdrawal) -> TransferCommand:
    """Without a time-out: only the bank's final word ends it."""
    return TransferCommand(
        id=withdrawal.hold_id,
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("wdr", withdrawal.id),
        debit_account_id=withdrawal.account_id,
        credit_account_id=await reserve_at(tx, withdrawal.bank, withdrawal.currency),
        amount=withdrawal.amount,
        currency=withdrawal.currency,
    )


def _settling(tx: Tx, withdrawal: Withdrawal, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=kind,
        code=CODE,
        reference=encode("wdr", withdrawal.id),
        pending_id=withdrawal.hold_id,
    )


async def _paid(tx: Tx, withdrawal: Withdrawal) -> Withdrawal:
    # The bank has paid: what is kept on the account for a debt since the hold was made does not undo that.
    settling = _settling(tx, withdrawal, TransferKind.POST)
    await ledger.post_promised(tx, account_id=withdrawal.account_id, commands=[settling])
    ended = replace(withdrawal, state=WithdrawalState.SUCCEEDED, ended_at=tx.now)
    return await _ended(tx, ended, "payments.withdrawal.succeeded.v1")


async def _given_back(tx: Tx, withdrawal: Withdrawal, code: str) -> Withdrawal:
    await ledger.post(tx, [_settling(tx, withdrawal, TransferKind.VOID)])
    ended = replace(withdrawal, state=WithdrawalState.FAILED, failure_code=code, ended_at=tx.now)
    return await _ended(tx, ended, "payments.withdrawal.failed.v1")


async def _paid_late(tx: Tx, withdrawal: Withdrawal) -> Withdrawal:
    """The bank paid what it had not found before, and the customer has her money twice: a receivable in suspense, told by event."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code="withdrawal.card.late",
        reference=encode("wdr", withdrawal.id),
        debit_account_id=await suspense_of(tx, withdrawal.currency),
        credit_account_id=await reserve_at(tx, withdrawal.bank, withdrawal.currency),
        amount=withdrawal.amount,
        currency=withdrawal.currency,
    )
    await ledger.post(tx, [command])
    return await _ended(tx, replace(withdrawal, late=True), "payments.withdrawal.paid_late.v1")


async def _ended(tx: Tx, withdrawal: Withdrawal, event_type: str) -> Withdrawal:
    await queries.save_withdrawal(tx.connection, withdrawal)
    told = {
        "withdrawal_id": encode("wdr", withdrawal.id),
        "customer_id": encode("cus", withdrawal.customer_id),
        "wallet_id": encode("wal", withdrawal.wallet_id),
        "bank": withdrawal.bank,
        "amount": withdrawal.amount,
        "currency": withdrawal.currency,
        "failure_code": withdrawal.failure_code,
        "late": withdrawal.late,
    }
    tx.events.add(event_type, encode("wdr", withdrawal.id), told)
    return withdrawal
