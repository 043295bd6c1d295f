"""Stories of payouts to merchants: batches are closed with their money held, and end by the bank's word alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.vault import CardVault
from services.payments.channels.reserves import available_reserves, reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Flag, Outcome, TransferCommand, TransferKind
from services.payments.merchant_payouts import queries, rules
from services.payments.merchant_payouts.errors import UnknownBatch
from services.payments.merchant_payouts.model import (
    BankDetails,
    Batch,
    BatchState,
    Line,
    LineState,
    Payout,
    PayoutAccount,
    PayoutState,
    StatusReport,
)
from services.payments.merchant_payouts.sealing import masked, seal
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.queries import merchants_with

CODE = "settlement.payout"
LINES_PER_BATCH = 1_000
LOOK_AGAIN = timedelta(minutes=10)
BALANCE_USED = "balance_used"
"""Refunds took it, or the merchant spent it, before it could be held."""
BANK_ANSWERS_WITHIN = timedelta(days=3)
"""After which the audit names a batch that nobody has reported on."""
ENDED = {
    LineState.PAID: (TransferKind.POST, PayoutState.PAID),
    LineState.REJECTED: (TransferKind.VOID, PayoutState.FAILED),
    LineState.CANCELLED: (TransferKind.VOID, PayoutState.WAITING),
}
"""What becomes of a line's hold and of its payout."""


async def add_payout_account(
    tx: Tx, caller: Caller, *, merchant_id: UUID, bank: str, details: BankDetails, vault: CardVault
) -> PayoutAccount:
    """Where a merchant may be paid out to, sealed. Raises UnknownMerchant."""
    merchant = await own_merchant(tx, caller, merchant_id)
    account_id = tx.ids.new()
    sealed = seal(vault, account_id, details)
    account = PayoutAccount(account_id, merchant.id, bank, sealed, masked(details.number), tx.now)
    await queries.add_payout_account(tx.connection, account)
    return account


async def close_batch(tx: Tx, caller: Caller) -> int:
    """One batch of what waits for one bank, its identifiers fixed and its money held; how many payouts were dealt with."""
    waiting = await queries.waiting_payouts(tx.connection, tx.now, LINES_PER_BATCH)
    if not waiting:
        return 0
    currency = waiting[0].currency
    bank, fitting = rules.payable(waiting, await available_reserves(tx, currency))
    if bank is None or not fitting:
        await _put_off(tx, waiting)
        return len(waiting)
    waiting = fitting
    merchants = await merchants_with(tx.connection, {payout.merchant_id for payout in waiting})
    reserve_id = await reserve_at(tx, bank, currency)
    await queries.lock_batches(tx.connection)
    holds = [_hold(tx, payout, merchants[payout.merchant_id].account_id, reserve_id) for payout in waiting]
    outcomes = await ledger.attempt(tx, holds, atomic=False)
    held = [(payout, one) for payout, one in zip(waiting, outcomes, strict=True) if one.accepted]
    await _set_aside(tx, [(payout, one) for payout, one in zip(waiting, outcomes, strict=True) if not one.accepted])
    if held:
        await _batch(tx, bank, currency, held)
    return len(waiting)


async def submit_batch(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """Its file was given to the bank. Said twice it is said. Raises UnknownBatch, BatchEnded."""
    batch = await _locked(tx, batch_id)
    rules.require_running(batch)
    if batch.state is not BatchState.CLOSED:
        return batch
    submitted = replace(batch, state=BatchState.SUBMITTED, submitted_at=tx.now)
    await queries.save_batch(tx.connection, submitted)
    return submitted


async def ask_to_cancel(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """The bank is asked not to execute it. Nothing changes until it confirms that. Raises UnknownBatch, BatchEnded."""
    batch = await _locked(tx, batch_id)
    rules.require_running(batch)
    cancelling = replace(batch, state=BatchState.CANCELLING)
    await queries.save_batch(tx.connection, cancelling)
    return cancelling


async def record_report(tx: Tx, caller: Caller, *, batch_id: UUID, report: StatusReport) -> Batch:
    """The bank's word on the lines: what it executed is posted, what it refused or confirmed as cancelled is given back.

    What it has not finally said stays held. The same report again changes nothing.
    Raises UnknownBatch, MessageDiffers, UnknownLine, StatusContradicts.
    """
    batch = await _locked(tx, batch_id)
    lines = await queries.lines_of(tx.connection, batch.id)
    ended = rules.decided(batch, lines, report)
    if not ended:
        return batch
    await ledger.post(tx, [_settling(tx, line, state) for line, state, _ in ended])
    await queries.end_lines(tx.connection, ended)
    await _end_payouts(tx, ended)
    now_states = {line.id: line.state for line in lines} | {line.id: state for line, state, _ in ended}
    state = rules.batch_state(list(now_states.values()))
    if state is None:
        return batch
    over = replace(batch, state=state, ended_at=tx.now, due_at=None)
    await queries.save_batch(tx.connection, over)
    _tell_batch(tx, over)
    return over


async def _end_payouts(tx: Tx, ended: Sequence[tuple[Line, LineState, str]]) -> None:
    payouts = await queries.payouts_with(tx.connection, [line.payout_id for line, _, _ in ended])
    rows = []
    for line, state, code in ended:
        after = ENDED[state][1]
        failed, waits = after is PayoutState.FAILED, after is PayoutState.WAITING
        rows.append((line.payout_id, after, code if failed else None, tx.now if waits else None))
        if not waits:
            payout = payouts[line.payout_id]
            _tell_payout(tx, replace(payout, amount=line.amount), after, code if failed else None)
    await queries.end_payouts(tx.connection, rows, tx.now)


async def _put_off(tx: Tx, waiting: Sequence[Payout]) -> None:
    later = [(payout.id, PayoutState.WAITING, None, tx.now + LOOK_AGAIN) for payout in waiting]
    await queries.end_payouts(tx.connection, later, tx.now)


async def _set_aside(tx: Tx, refused: Sequence[tuple[Payout, Outcome]]) -> None:
    """What refunds took, or the merchant spent, is not paid out; what is frozen is looked at again."""
    rows: list[tuple[UUID, PayoutState, str | None, datetime | None]] = []
    for payout, outcome in refused:
        if outcome.result == "insufficient_funds":
            rows.append((payout.id, PayoutState.FAILED, BALANCE_USED, None))
            _tell_payout(tx, payout, PayoutState.FAILED, BALANCE_USED)
        else:
            rows.append((payout.id, PayoutState.WAITING, None, tx.now + LOOK_AGAIN))
    await queries.end_payouts(tx.connection, rows, tx.now)


async def _batch(tx: Tx, bank: str, currency: str, held: Sequence[tuple[Payout, Outcome]]) -> None:
    day, batch_id = rules.execution_day(tx.today), tx.ids.new()
    lines = [_line(tx, batch_id, position, *one) for position, one in enumerate(held, 1)]
    batch = Batch(
        id=batch_id,
        bank=bank,
        currency=currency,
        number=await queries.batches_on(tx.connection, bank, currency, day) + 1,
        message_id=encode("pba", batch_id),
        execute_on=day,
        lines=len(lines),
        total_minor=sum(line.amount for line in lines),
        state=BatchState.CLOSED,
        closed_at=tx.now,
        due_at=tx.now + BANK_ANSWERS_WITHIN,
    )
    await queries.add_batch(tx.connection, batch, lines)
    batched = [(payout.id, PayoutState.BATCHED, None, None) for payout, _ in held]
    await queries.end_payouts(tx.connection, batched, tx.now)
    _tell_batch(tx, batch)


def _line(tx: Tx, batch_id: UUID, position: int, payout: Payout, outcome: Outcome) -> Line:
    assert outcome.transfer is not None
    line_id = tx.ids.new()
    return Line(
        line_id, batch_id, position, payout.id, payout.merchant_id, payout.payout_account_id, encode("pbl", line_id),
        outcome.transfer.amount, outcome.id, LineState.HELD,
    )  # fmt: skip


def _hold(tx: Tx, payout: Payout, account_id: UUID, reserve_id: UUID) -> TransferCommand:
    """Without a time-out: only the bank's final word ends it. What refunds have left of the payout, where they took some."""
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("mpo", payout.id),
        debit_account_id=account_id,
        credit_account_id=reserve_id,
        amount=payout.amount,
        currency=payout.currency,
        flags=Flag.BALANCING_DEBIT.value,
    )


def _settling(tx: Tx, line: Line, state: LineState) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=ENDED[state][0],
        code=CODE,
        reference=encode("mpo", line.payout_id),
        pending_id=line.hold_id,
    )


async def _locked(tx: Tx, batch_id: UUID) -> Batch:
    batch = await queries.batch_with(tx.connection, batch_id, lock=True)
    if batch is None:
        raise UnknownBatch("no such batch")
    return batch


def _tell_payout(tx: Tx, payout: Payout, state: PayoutState, code: str | None) -> None:
    told = {
        "payout_id": encode("mpo", payout.id),
        "settlement_id": encode("stl", payout.settlement_id),
        "merchant_id": encode("mer", payout.merchant_id),
        "amount": payout.amount,
        "currency": payout.currency,
        "failure_code": code,
    }
    tx.events.add(f"payments.merchant_payout.{state.value}.v1", encode("mpo", payout.id), told)


def _tell_batch(tx: Tx, batch: Batch) -> None:
    told = {
        "batch_id": encode("pba", batch.id),
        "bank": batch.bank,
        "currency": batch.currency,
        "lines": batch.lines,
        "total_minor": batch.total_minor,
        "state": batch.state.value,
    }
    what = "closed" if batch.ended_at is None else "ended"
    tx.events.add(f"payments.payout_batch.{what}.v1", encode("pba", batch.id), told)
