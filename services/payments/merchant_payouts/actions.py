"""Stories of payouts to merchants: batches are closed with their money held, and end by the bank's word alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.vault import CardVault
from services.payments.channels.attempts import contracts_on
from services.payments.channels.contract_model import Reason
from services.payments.channels.contracts import policy
from services.payments.channels.model import InstructionKind
from services.payments.channels.queries import standings_of
from services.payments.channels.reserves import available_reserves, reserve_at
from services.payments.channels.routing import against_files
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Flag, Outcome, TransferCommand, TransferKind
from services.payments.merchant_payouts import queries, rules
from services.payments.merchant_payouts.errors import UnknownBatch, UnknownPayout, UnknownPayoutAccount
from services.payments.merchant_payouts.model import (
    BankDetails,
    Batch,
    BatchState,
    Carrier,
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

SCREEN_JOB = "payments.screen_payout_account"
CODE = "settlement.payout"
RETURNED_CODE = "settlement.payout.returned"
LINES_PER_BATCH = 1_000
LOOK_AGAIN = timedelta(minutes=10)
BALANCE_USED = "balance_used"
"""Refunds took it, or the merchant spent it, before it could be held."""
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
    tx.jobs.add(SCREEN_JOB, {"id": str(account_id)})
    account = PayoutAccount(account_id, merchant.id, bank, sealed, masked(details.number), tx.now)
    await queries.add_payout_account(tx.connection, account)
    return account


async def close_batch(tx: Tx, caller: Caller, *, reached: frozenset[str] = frozenset()) -> int:
    """One batch of what waits for one bank, its identifiers fixed and its money held; how many payouts were dealt with.

    reached: banks that channels carry files to; batches of others stay with operators.
    """
    waiting = await queries.waiting_payouts(tx.connection, tx.now, LINES_PER_BATCH)
    if not waiting:
        return 0
    currency = waiting[0].currency
    carriers, refused = await _carriers(tx, currency, reached)
    carrier, fitting = rules.chosen(waiting, carriers)
    if carrier is None:
        await _put_off(tx, [(payout, rules.held_up(payout, carriers, refused)) for payout in waiting])
        return len(waiting)
    waiting = fitting
    merchants = await merchants_with(tx.connection, {payout.merchant_id for payout in waiting})
    reserve_id = await reserve_at(tx, carrier.bank, currency)
    await queries.lock_batches(tx.connection)
    holds = [_hold(tx, payout, merchants[payout.merchant_id].account_id, reserve_id) for payout in waiting]
    outcomes = await ledger.attempt(tx, holds, atomic=False)
    held = [(payout, one) for payout, one in zip(waiting, outcomes, strict=True) if one.accepted]
    await _set_aside(tx, [(payout, one) for payout, one in zip(waiting, outcomes, strict=True) if not one.accepted])
    if held:
        await _batch(tx, carrier, currency, held)
    return len(waiting)


async def submit_batch(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """Its file was given to the bank. Said twice it is said. Raises UnknownBatch, BatchEnded, BatchCarried."""
    batch = await locked_batch(tx, batch_id)
    rules.require_running(batch)
    rules.require_by_hand(batch)
    if batch.state is not BatchState.CLOSED:
        return batch
    submitted = replace(batch, state=BatchState.SUBMITTED, submitted_at=tx.now)
    await queries.save_batch(tx.connection, submitted)
    return submitted


async def ask_to_cancel(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """The bank is asked not to execute it. Nothing changes until it confirms that. Raises UnknownBatch, BatchEnded.

    One that a channel carries is asked about anew, at once unless a turn is under way.
    """
    batch = await locked_batch(tx, batch_id)
    rules.require_running(batch)
    at_once = batch.query_at is not None and not batch.sending
    cancelling = replace(batch, state=BatchState.CANCELLING, asked=0, query_at=tx.now if at_once else batch.query_at)
    await queries.save_batch(tx.connection, cancelling)
    return cancelling


async def record_report(tx: Tx, caller: Caller, *, batch_id: UUID, report: StatusReport) -> Batch:
    """The bank's word on the lines: what it executed is posted, what it refused or confirmed as cancelled is given back.

    What it has not finally said stays held. The same report again changes nothing.
    Raises UnknownBatch, MessageDiffers, UnknownLine, StatusContradicts, BeingSent.
    """
    return await take_report(tx, await locked_batch(tx, batch_id), report)


async def take_report(tx: Tx, batch: Batch, report: StatusReport) -> Batch:
    """`record_report` on a batch that is locked."""
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
    over = replace(
        batch, state=state, ended_at=tx.now, due_at=None, query_at=None, sending=False, detail=report.group_code
    )
    await queries.save_batch(tx.connection, over)
    _tell_batch(tx, over)
    return over


async def take_back(tx: Tx, *, line_id: UUID, bank: str, reason: str) -> Payout | None:
    """A line came back to the reserve: the merchant has its money again, once. None while the bank's word on it is not final."""
    found = await queries.line_with(tx.connection, line_id)
    if found is None:
        return None
    batch = await locked_batch(tx, found.batch_id)
    line = await queries.line_with(tx.connection, line_id)
    payout = await queries.payout_with(tx.connection, found.payout_id, lock=True)
    assert line is not None
    assert payout is not None
    if line.state is LineState.RETURNED:
        return payout
    if line.state is not LineState.PAID:
        return None
    merchant = (await merchants_with(tx.connection, {line.merchant_id}))[line.merchant_id]
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RETURNED_CODE,
        reference=encode("mpo", payout.id),
        debit_account_id=await reserve_at(tx, bank, batch.currency),
        credit_account_id=merchant.account_id,
        amount=line.amount,
        currency=batch.currency,
    )
    await ledger.post(tx, [command])
    await queries.save_line(
        tx.connection, replace(line, state=LineState.RETURNED, bank_code=reason, return_id=command.id)
    )
    returned = replace(payout, state=PayoutState.RETURNED, failure_code=reason, ended_at=tx.now)
    await queries.save_payout(tx.connection, returned)
    _tell_payout(tx, returned, line.amount)
    return returned


async def pay_anew(
    tx: Tx, caller: Caller, *, merchant_id: UUID, payout_id: UUID, payout_account_id: UUID | None
) -> Payout:
    """A payout that failed or came back waits for the next batch again, to another account if one is named.

    It pays what is on the balance, at most the payout's amount. Raises UnknownMerchant, UnknownPayout, UnknownPayoutAccount, PayoutNotOver.
    """
    merchant = await own_merchant(tx, caller, merchant_id)
    payout = await queries.payout_with(tx.connection, payout_id, lock=True)
    if payout is None or payout.merchant_id != merchant.id:
        raise UnknownPayout("no such payout of the merchant", field="payout_id")
    rules.require_paid_no_more(payout)
    account = await queries.payout_account_with(tx.connection, payout_account_id or payout.payout_account_id)
    if account is None or account.merchant_id != merchant.id:
        raise UnknownPayoutAccount("no such payout account of the merchant", field="payout_account_id")
    waiting = replace(
        payout,
        payout_account_id=account.id,
        bank=account.bank,
        state=PayoutState.WAITING,
        due_at=tx.now,
        failure_code=None,
        ended_at=None,
    )
    await queries.save_payout(tx.connection, waiting)
    return waiting


async def _end_payouts(tx: Tx, ended: Sequence[tuple[Line, LineState, str]]) -> None:
    payouts = await queries.payouts_with(tx.connection, [line.payout_id for line, _, _ in ended])
    after = []
    for line, state, code in ended:
        became = ENDED[state][1]
        failed, waits = became is PayoutState.FAILED, became is PayoutState.WAITING
        payout = replace(
            payouts[line.payout_id],
            state=became,
            failure_code=code if failed else None,
            due_at=tx.now if waits else None,
        )
        after.append(payout)
        if not waits:
            _tell_payout(tx, payout, line.amount)
    await queries.change_payouts(tx.connection, after, tx.now)


async def _carriers(tx: Tx, currency: str, reached: frozenset[str]) -> tuple[list[Carrier], list[Reason]]:
    """Reserves that could pay just now, and why banks that a channel would reach do not."""
    contracts, standings = await contracts_on(tx), await standings_of(tx.connection, InstructionKind.PAYOUT)
    carriers, refused = [], []
    for bank, available in (await available_reserves(tx, currency)).items():
        contract = contracts.get(bank)
        if bank not in reached or contract is None or contract.payment_files is None:
            carriers.append(Carrier(bank, available))
            continue
        reason = against_files(contract, currency, standings.get(bank), tx.now, tx.settings.zone, policy())
        if reason is None:
            least, most = contract.least_minor, contract.most_minor
            carriers.append(Carrier(bank, available, contract.payment_files, least, most))
        else:
            refused.append(reason)
    return carriers, refused


async def _put_off(tx: Tx, waiting: Sequence[tuple[Payout, str]]) -> None:
    """They wait, and why; the merchant is told when that is another reason than before."""
    later = [replace(payout, due_at=tx.now + LOOK_AGAIN, held_up=reason) for payout, reason in waiting]
    await queries.change_payouts(tx.connection, later, tx.now)
    for payout, reason in waiting:
        if payout.held_up != reason:
            _tell_held_up(tx, payout, reason)


async def _set_aside(tx: Tx, refused: Sequence[tuple[Payout, Outcome]]) -> None:
    """What refunds took, or the merchant spent, is not paid out; what is frozen is looked at again."""
    used = [payout for payout, outcome in refused if outcome.result == "insufficient_funds"]
    failed = [
        replace(payout, state=PayoutState.FAILED, failure_code=BALANCE_USED, due_at=None, held_up=None)
        for payout in used
    ]
    await queries.change_payouts(tx.connection, failed, tx.now)
    for payout in failed:
        _tell_payout(tx, payout, payout.amount)
    await _put_off(tx, [(payout, one.result) for payout, one in refused if one.result != "insufficient_funds"])


async def _batch(tx: Tx, carrier: Carrier, currency: str, held: Sequence[tuple[Payout, Outcome]]) -> None:
    bank, files, batch_id = carrier.bank, carrier.files, tx.ids.new()
    day = rules.execution_day(tx.now, tx.settings.zone, files)
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
        due_at=rules.answered_by(day, tx.now, tx.settings.zone),
        debtor_account=files.accounts[currency] if files else None,
        sent_as=files.form if files else None,
        query_at=tx.now if files else None,
    )
    await queries.add_batch(tx.connection, batch, lines)
    batched = [replace(payout, state=PayoutState.BATCHED, due_at=None, held_up=None) for payout, _ in held]
    await queries.change_payouts(tx.connection, batched, tx.now)
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


async def locked_batch(tx: Tx, batch_id: UUID) -> Batch:
    batch = await queries.batch_with(tx.connection, batch_id, lock=True)
    if batch is None:
        raise UnknownBatch("no such batch")
    return batch


def _tell_payout(tx: Tx, payout: Payout, amount: int) -> None:
    """amount: of its line, if it had one."""
    told = _told(payout) | {"amount": amount, "failure_code": payout.failure_code}
    tx.events.add(f"payments.merchant_payout.{payout.state.value}.v1", encode("mpo", payout.id), told)


def _tell_held_up(tx: Tx, payout: Payout, reason: str) -> None:
    told = _told(payout) | {"held_up": reason}
    tx.events.add("payments.merchant_payout.held_up.v1", encode("mpo", payout.id), told)


def _told(payout: Payout) -> dict[str, str | int | None]:
    return {
        "payout_id": encode("mpo", payout.id),
        "settlement_id": encode("stl", payout.settlement_id),
        "merchant_id": encode("mer", payout.merchant_id),
        "amount": payout.amount,
        "currency": payout.currency,
    }


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
