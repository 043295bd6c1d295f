"""Stories of a withdrawal: money held first, then moved or given back by what the bank finally says."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import bound_card
from services.payments.channels.attempts import Outcome, abandon, record_attempt, start_attempts
from services.payments.channels.model import WITHDRAWAL, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import InsufficientFunds
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
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
    """Hold the money and record the order to a channel. Raises InsufficientFunds, NoChannel, ReserveShort, those of cards and wallets."""
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    card = await bound_card(tx, caller, card_id)
    withdrawal_id, hold_id = tx.ids.new(), ledger.new_transfer_id(tx)
    # First: what was parked has held the money that the wallet must have.
    await risk.decide(tx, caller, _wish(withdrawal_id, wallet, card.id, amount))
    await _refuse_short(tx, wallet, amount)
    instruction = await start_attempts(
        tx,
        kind=InstructionKind.PAYOUT,
        card=card,
        subject_id=withdrawal_id,
        purpose=WITHDRAWAL,
        amount=amount,
        currency=currency,
    )
    withdrawal = Withdrawal(
        id=withdrawal_id,
        customer_id=wallet.customer_id,
        wallet_id=wallet.id,
        account_id=wallet.account_id,
        card_id=card.id,
        bank=instruction.bank,
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


def _wish(withdrawal_id: UUID, wallet: Wallet, card_id: UUID, amount: int) -> Intent:
    return Intent(
        kind=Kind.WITHDRAWAL,
        reference=encode("wdr", withdrawal_id),
        person=encode("cus", wallet.customer_id),
        amount=amount,
        currency=wallet.currency,
        payee=encode("crd", card_id),
        subject=encode("wal", wallet.id),
        card=encode("crd", card_id),
        account_id=wallet.account_id,
    )


async def _refuse_short(tx: Tx, wallet: Wallet, amount: int) -> None:
    """A wallet that is short is told so before any channel is looked for; the ledger decides again. Raises InsufficientFunds."""
    if (await ledger.account_with(tx, wallet.account_id)).available < amount:
        raise InsufficientFunds("the wallet does not have that much", field="amount")


async def record_withdrawal_answer(
    tx: Tx, caller: Caller, *, withdrawal_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said. An unknown result keeps the hold. The attempt to be sent instead, if any."""
    withdrawal = await queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    if withdrawal is None:
        raise UnknownWithdrawal("no such withdrawal")
    step = await record_attempt(tx, instruction_id, answer)
    if step.outcome is Outcome.COUNTS and withdrawal.state is WithdrawalState.PENDING:
        await _paid(tx, withdrawal, step.instruction)
    elif step.outcome in (Outcome.COUNTS, Outcome.SURPLUS):
        await _paid_late(tx, withdrawal, step.instruction)
    elif step.outcome is Outcome.FAILED:
        await _given_back(tx, withdrawal, step.instruction.detail or "declined")
    elif step.next is not None:
        return await _tried_elsewhere(tx, withdrawal, step.instruction, step.next)
    return None


async def _tried_elsewhere(
    tx: Tx, withdrawal: Withdrawal, failed: Instruction, following: Instruction
) -> Instruction | None:
    """The hold moves to the next channel's reserve. Where the wallet may not be debited any more the withdrawal ends instead."""
    moved = replace(withdrawal, hold_id=ledger.new_transfer_id(tx), bank=following.bank, instruction_id=following.id)
    outcomes = await ledger.attempt(tx, [_settling(tx, withdrawal, TransferKind.VOID), await _hold(tx, moved)])
    if not all(outcome.accepted for outcome in outcomes):
        await abandon(tx, following)
        await _given_back(tx, withdrawal, failed.detail or "declined")
        return None
    await queries.save_withdrawal(tx.connection, moved)
    return following


async def take_back(tx: Tx, *, withdrawal_id: UUID, instruction_id: UUID, bank: str) -> Withdrawal | None:
    """A payout came back to the reserve: the customer has her money again, once. None while the bank's word on the payout is not final.

    What was paid late, or by a second channel, she has had already: it makes good the receivable in suspense.
    """
    withdrawal = await queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    if withdrawal is None:
        return None
    its_own = withdrawal.instruction_id == instruction_id
    if its_own and withdrawal.state is WithdrawalState.RETURNED:
        return withdrawal
    paid = its_own and withdrawal.state is WithdrawalState.SUCCEEDED
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
    await risk.take_back(tx, [encode("wdr", withdrawal.id)])
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


async def _paid(tx: Tx, withdrawal: Withdrawal, paid: Instruction) -> Withdrawal:
    """The hold is posted at the channel that paid, which is not where it stands if an absent one paid while the next was being asked.

    A wallet that was frozen meanwhile gives nothing: its hold goes back, and what the channel paid is a receivable.
    """
    posted, commands = withdrawal, []
    if withdrawal.instruction_id != paid.id:
        posted = replace(withdrawal, hold_id=ledger.new_transfer_id(tx), bank=paid.bank, instruction_id=paid.id)
        commands = [_settling(tx, withdrawal, TransferKind.VOID), await _hold(tx, posted)]
    commands.append(_settling(tx, posted, TransferKind.POST))
    # The bank has paid: what is kept on the account for a debt since the hold was made does not undo that.
    outcomes = await ledger.attempt_promised(tx, account_id=withdrawal.account_id, commands=commands)
    if not all(outcome.accepted for outcome in outcomes):
        return await _paid_late(tx, await _given_back(tx, withdrawal, "wallet_not_debited"), paid)
    ended = replace(posted, state=WithdrawalState.SUCCEEDED, ended_at=tx.now)
    return await _ended(tx, ended, "payments.withdrawal.succeeded.v1")


async def _given_back(tx: Tx, withdrawal: Withdrawal, code: str) -> Withdrawal:
    await risk.take_back(tx, [encode("wdr", withdrawal.id)])
    await ledger.post(tx, [_settling(tx, withdrawal, TransferKind.VOID)])
    ended = replace(withdrawal, state=WithdrawalState.FAILED, failure_code=code, ended_at=tx.now)
    return await _ended(tx, ended, "payments.withdrawal.failed.v1")


async def _paid_late(tx: Tx, withdrawal: Withdrawal, paid: Instruction) -> Withdrawal:
    """A channel paid what had been given up there, and the customer has her money twice: a receivable in suspense, told by event."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code="withdrawal.card.late",
        reference=encode("wdr", withdrawal.id),
        debit_account_id=await suspense_of(tx, withdrawal.currency),
        credit_account_id=await reserve_at(tx, paid.bank, withdrawal.currency),
        amount=withdrawal.amount,
        currency=withdrawal.currency,
    )
    await risk.count_again(tx, [encode("wdr", withdrawal.id)])
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
