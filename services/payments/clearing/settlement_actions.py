"""Stories of a settlement, step by step, each a transaction of its own that locks it first: begun, recorded, reserved, committed, settled.

A step that has been made already, or is not due, changes nothing, so that jobs and operators may all of them be late or twice.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import netting, participant_queries, rules, window_queries
from services.payments.clearing import settlement_queries as queries
from services.payments.clearing.accounts import accounts_for, liquidity, spare_money
from services.payments.clearing.errors import ModelsDiffer, UnknownSettlement, UnknownWindow, WindowsUnclear
from services.payments.clearing.model import (
    POOL,
    Interchange,
    Settlement,
    SettlementModel,
    SettlementPayment,
    SettlementState,
)
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind

SETTLEMENT_CODE = "clearing.settlement"
RUN_JOB = "payments.run_clearing_settlement"
CHUNK = 100
"""Participants whose positions are cleared in one transaction."""
_ABORT_WHEN_LATE = "not covered in time"


async def begin(tx: Tx, caller: Caller, *, window_ids: Sequence[UUID]) -> Settlement:
    """Of closed windows of one model, each in one settlement at a time.

    Raises UnknownWindow, WindowStillOpen, WindowInSettlement, WindowSettled, ModelsDiffer, WindowsUnclear.
    """
    if len(set(window_ids)) < len(window_ids):
        raise WindowsUnclear("a window is named twice", field="window_ids")
    windows = await window_queries.lock_windows(tx.connection, window_ids)
    if len(windows) < len(window_ids):
        raise UnknownWindow("no such window", field="window_ids")
    for window in windows:
        rules.require_settleable(window.state)
    if len({window.model_number for window in windows}) > 1:
        raise ModelsDiffer("windows of one settlement are of one model", field="window_ids")
    model = (await participant_queries.all_models(tx.connection))[windows[0].model_number]
    due_at = tx.now + timedelta(minutes=model.patience_minutes)
    begun = Settlement(
        tx.ids.new(), model.number, model.code, model.currency, tuple(window.id for window in windows),
        SettlementState.PENDING_SETTLEMENT, None, None, tx.now, caller.subject, due_at, None,
    )  # fmt: skip
    numbers = [window.number for window in windows]
    await queries.add_settlement(tx.connection, begun, numbers)
    await window_queries.put_in_settlement(tx.connection, numbers, begun.id)
    await queries.note_changes(tx.connection, begun.id, begun.state, tx.now, caller.subject)
    _tell(tx, begun, "begun")
    tx.jobs.add(RUN_JOB, {"id": str(begun.id)}, delay_seconds=10)
    return begun


async def record(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """Work out from the obligations what each owes and is owed, and who pays whom."""
    found = await _locked(tx, settlement_id)
    if found.state is not SettlementState.PENDING_SETTLEMENT:
        return found
    await write_payments(tx, found)
    return await _come_to(tx, caller, found, "record")


async def write_payments(tx: Tx, found: Settlement, *, through_the_pool: bool = False) -> None:
    """In the place of what was there; each participant is then to be reserved. Notes it for each. through_the_pool: also of pairs."""
    model = await model_of(tx, found)
    flows = await window_queries.flows(tx.connection, await queries.windows_of(tx.connection, found.id))
    sides = netting.sides(flows)
    standings = await participant_queries.lock_positions(tx.connection, model.number, sides)
    beyond = frozenset(number for number, (owes, owed) in sides.items() if owes - owed > standings[number].cap)
    figures = netting.figures(flows)
    interchange = Interchange.MULTILATERAL if through_the_pool else model.interchange
    await queries.set_payments(tx.connection, found.id, sides, beyond, netting.payments(flows, interchange))
    await queries.save_figures(tx.connection, found.id, figures)
    state = SettlementState.PS_TRANSFERS_RECORDED
    await queries.note_changes(tx.connection, found.id, state, tx.now, "payments", numbers=sides)


async def reserve(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """Hold what participants pay, of each as far as its account bears it; once all of it is held, the settlement is reserved."""
    found = await _locked(tx, settlement_id)
    if found.state is not SettlementState.PS_TRANSFERS_RECORDED:
        return found
    payments = await queries.payments_of(tx.connection, found.id)
    held = await _hold(tx, found, [one for one in payments if one.payer != POOL and one.hold_id is None])
    left = {one.payer for one in payments if one.payer != POOL and one.hold_id is None and one.position not in held}
    await _members_reserved(tx, caller, found, left)
    return found if left else await _come_to(tx, caller, found, "reserve")


async def commit(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """All payments at once, or none."""
    found = await _locked(tx, settlement_id)
    if found.state is not SettlementState.PS_TRANSFERS_RESERVED:
        return found
    payments = await queries.payments_of(tx.connection, found.id)
    accounts = await accounts_for(tx, {one.payee for one in payments}, found.currency)
    commands = [_made(tx, found, one, accounts) for one in payments]
    if commands:
        await ledger.post(tx, commands)
    made = {one.position: command.id for one, command in zip(payments, commands, strict=True)}
    await queries.save_transfers(tx.connection, found.id, made)
    members = [member.number for member in await queries.participants_of(tx.connection, found.id)]
    await _members_come_to(tx, caller, found, members, SettlementState.PS_TRANSFERS_COMMITTED)
    return await _come_to(tx, caller, found, "commit")


async def settle_some(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """Clear the positions of some participants; with those of the last ones, the windows are settled."""
    found = await _locked(tx, settlement_id)
    if found.state not in (SettlementState.PS_TRANSFERS_COMMITTED, SettlementState.SETTLING):
        return found
    some = dict(await queries.unsettled(tx.connection, found.id, CHUNK))
    await participant_queries.lock_positions(tx.connection, found.model_number, some)
    moves = {number: -net for number, net in some.items()}
    await participant_queries.move_positions(tx.connection, found.model_number, moves)
    await _members_come_to(tx, caller, found, some, SettlementState.SETTLED)
    settling = await _come_to(tx, caller, found, "settle_some")
    if await queries.unsettled(tx.connection, found.id, 1):
        return settling
    await window_queries.end_windows(tx.connection, found.id, tx.now)
    return await _come_to(tx, caller, settling, "settle")


async def abort(tx: Tx, caller: Caller, *, settlement_id: UUID, reason: str) -> Settlement:
    """Give back what is held; the windows are closed as before, due as before, and may be settled another time, by operators.

    Raises UnknownSettlement, SettlementEnded, SettlementCommitted.
    """
    found = await _locked(tx, settlement_id)
    rules.require_abortable(found.state)
    await give_back(tx, found)
    members = [member.number for member in await queries.participants_of(tx.connection, found.id)]
    await _members_come_to(tx, caller, found, members, SettlementState.ABORTED)
    await queries.release_windows(tx.connection, found.id)
    await window_queries.give_back_windows(tx.connection, found.id)
    return await _come_to(tx, caller, found, "abort", reason)


async def abort_late(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """One that somebody has been short for too long."""
    found = await _locked(tx, settlement_id)
    short = found.state in (SettlementState.PENDING_SETTLEMENT, SettlementState.PS_TRANSFERS_RECORDED)
    if not short or found.due_at is None or found.due_at > tx.now:
        return found
    return await abort(tx, caller, settlement_id=settlement_id, reason=_ABORT_WHEN_LATE)


async def give_back(tx: Tx, found: Settlement) -> None:
    """All that is held for it."""
    held = [one for one in await queries.payments_of(tx.connection, found.id) if one.hold_id is not None]
    commands = [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.VOID,
            code=SETTLEMENT_CODE,
            reference=encode("cls", found.id),
            pending_id=one.hold_id,
        )
        for one in held
    ]
    if commands:
        await ledger.post(tx, commands)


async def model_of(tx: Tx, found: Settlement) -> SettlementModel:
    return (await participant_queries.all_models(tx.connection))[found.model_number]


async def _hold(tx: Tx, found: Settlement, wanted: Sequence[SettlementPayment]) -> dict[int, UUID]:
    """The holds that could be made, by position."""
    accounts, available = await _money_of(tx, found, wanted)
    tried: list[SettlementPayment] = []
    for payer in sorted(available):
        own = [one for one in wanted if one.payer == payer]
        fits = rules.fitting([one.amount for one in own], available[payer])
        tried += [one for one, fit in zip(own, fits, strict=True) if fit]
    commands = [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.PENDING,
            code=SETTLEMENT_CODE,
            reference=encode("cls", found.id),
            debit_account_id=accounts[one.payer],
            credit_account_id=accounts[one.payee],
            amount=one.amount,
            currency=found.currency,
        )
        for one in tried
    ]
    # Each by itself: who is short meanwhile does not keep the others.
    outcomes = await ledger.attempt(tx, commands, atomic=False) if commands else []
    held = {
        one.position: command.id
        for one, command, outcome in zip(tried, commands, outcomes, strict=True)
        if outcome.accepted
    }
    await queries.save_holds(tx.connection, found.id, held)
    return held


async def _money_of(
    tx: Tx, found: Settlement, wanted: Sequence[SettlementPayment]
) -> tuple[dict[int, UUID], dict[int, int]]:
    """A model that is not prefunded pays out of what the prefunded ones lay no claim to."""
    numbers = {number for one in wanted for number in (one.payer, one.payee)}
    if not (await model_of(tx, found)).prefunded:
        accounts, spare = await spare_money(tx, numbers, found.currency)
        return accounts, {one.payer: spare[one.payer] for one in wanted}
    accounts = await accounts_for(tx, numbers, found.currency)
    return accounts, await liquidity(tx, {one.payer: accounts[one.payer] for one in wanted})


def _made(tx: Tx, found: Settlement, one: SettlementPayment, accounts: dict[int, UUID]) -> TransferCommand:
    """Out of its hold; out of the pool, which holds nothing, at once."""
    reference = encode("cls", found.id)
    if one.payer != POOL:
        return TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.POST,
            code=SETTLEMENT_CODE,
            reference=reference,
            pending_id=one.hold_id,
        )
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=SETTLEMENT_CODE,
        reference=reference,
        debit_account_id=accounts[POOL],
        credit_account_id=accounts[one.payee],
        amount=one.amount,
        currency=found.currency,
    )


async def _members_reserved(tx: Tx, caller: Caller, found: Settlement, short: set[int]) -> None:
    """Who pays nothing, or all of whose payments are held."""
    fresh = [
        member.number
        for member in await queries.participants_of(tx.connection, found.id)
        if member.number not in short and member.state is SettlementState.PS_TRANSFERS_RECORDED
    ]
    await _members_come_to(tx, caller, found, fresh, SettlementState.PS_TRANSFERS_RESERVED)


async def _members_come_to(
    tx: Tx, caller: Caller, found: Settlement, numbers: Sequence[int] | dict[int, int], state: SettlementState
) -> None:
    if numbers:
        await queries.come_to(tx.connection, found.id, numbers, state)
        await queries.note_changes(tx.connection, found.id, state, tx.now, caller.subject, numbers=numbers)


async def _locked(tx: Tx, settlement_id: UUID) -> Settlement:
    found = await queries.settlement_with(tx.connection, settlement_id, lock=True)
    if found is None:
        raise UnknownSettlement("no such settlement", field="settlement_id")
    return found


async def _come_to(tx: Tx, caller: Caller, found: Settlement, step: str, reason: str | None = None) -> Settlement:
    state = rules.after(found.state, step)
    ended = {"due_at": None, "ended_at": tx.now, "reason": reason} if step in ("settle", "abort") else {}
    await queries.save_state(tx.connection, found.id, state, **ended)
    await queries.note_changes(tx.connection, found.id, state, tx.now, caller.subject, reason=reason)
    if ended:
        _tell(tx, found, "settled" if step == "settle" else "aborted")
    changed = await queries.settlement_with(tx.connection, found.id)
    assert changed is not None
    return changed


def _tell(tx: Tx, found: Settlement, step: str) -> None:
    figures = found.figures
    told = {
        "settlement_id": encode("cls", found.id),
        "settlement_model": found.model,
        "currency": found.currency,
        "gross_minor": 0 if figures is None else figures.gross_minor,
        "net_minor": 0 if figures is None else figures.multilateral_minor,
    }
    tx.events.add(f"payments.clearing.settlement_{step}.v1", encode("cls", found.id), told)
