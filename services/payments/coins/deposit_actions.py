"""Stories of deposits: what a chain tells of them is recorded as one, and so often as it is told, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.coins import queries, regulation_queries, rules
from services.payments.coins.actions import locked_rail, moved, regulation_today
from services.payments.coins.errors import NotHeld, UnknownDeposit
from services.payments.coins.model import (
    CONFIRMATIONS,
    CoinDepositState,
    Deposit,
    Listing,
    Rail,
    Seen,
    Terms,
)
from services.payments.coins.rules import Posting, Step
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.model import CONTROLLED, Account, TransferCommand, book_of

CODE = "coin.deposit"
REVERSED_CODE = "coin.deposit.reversed"
LOST_CODE = "coin.deposit.lost"
RESTORED_CODE = "coin.deposit.restored"
MOST_STEPS = 2_000
"""Taken in one transaction; the rest is told again."""
RELEASED_AT_ONCE = 500
HELD_DAYS = 30
"""Where no terms say otherwise."""


async def record_listing(
    tx: Tx, caller: Caller, *, unit: str, turn: int, listing: Listing, reversing: bool = True
) -> Rail:
    """What a chain told after our cursor. Another process that was faster has moved the cursor: then nothing is done.

    turn: of the rail before the chain was asked; where it is the same still, books and chain are of one moment and are compared.
    reversing: False where the ledger refused with what is taken back: that is marked as gone, and tried again at each reading.
    """
    rail = await locked_rail(tx, unit)
    if rail.cursor != listing.asked_from:
        return rail
    seen = {(one.txid, one.position): one for one in listing.seen}
    known = await queries.deposits_concerned(tx.connection, unit, seen, listing.removed)
    unknown = [one for key, one in seen.items() if key not in known]
    concerned = [*known.values(), *await _new(tx, rail, unknown[:MOST_STEPS])]
    stopped = rules.is_regulated(await regulation_today(tx, unit))
    told = [_step(one, seen.get((one.txid, one.position)), stopped=stopped) for one in concerned]
    steps = rules.in_order([one if reversing else rules.postponed(one) for one in told])
    await _carry_out(tx, rail, steps[:MOST_STEPS])
    if max(len(unknown), len(steps)) > MOST_STEPS:
        after = replace(rail, due_at=tx.now)
    else:
        after = await _read(tx, rail, listing, comparable=rail.turn == turn)
    await queries.save_rail(tx.connection, after)
    return after


async def _read(tx: Tx, rail: Rail, listing: Listing, *, comparable: bool) -> Rail:
    """All of it is recorded."""
    after = replace(
        rail,
        cursor=listing.cursor,
        height=listing.height,
        best_block=listing.best_block,
        outputs=listing.held,
        scanned_at=tx.now,
        due_at=tx.now + rules.SCAN_EVERY,
    )
    return await _compared(tx, after) if comparable else after


async def look_again_later(tx: Tx, caller: Caller, *, unit: str) -> None:
    """The chain did not answer, or what it said cannot be booked yet."""
    rail = await locked_rail(tx, unit)
    await queries.save_rail(tx.connection, replace(rail, due_at=tx.now + rules.LOOK_AGAIN))


async def release_deposit(tx: Tx, caller: Caller, *, deposit_id: UUID) -> Deposit:
    """What came while the coin took no deposits is the customer's after all. Raises UnknownDeposit, NotHeld."""
    found = await queries.deposit_with(tx.connection, deposit_id)
    if found is None:
        raise UnknownDeposit("no such deposit")
    rail = await locked_rail(tx, found.unit)
    deposit = await queries.deposit_with(tx.connection, deposit_id, lock=True)
    assert deposit is not None
    if deposit.state is not CoinDepositState.HELD:
        raise NotHeld("the deposit does not wait for anybody", state=str(deposit.state))
    (released,) = await _carry_out(tx, rail, [_released(deposit)])
    return released


async def release_due(tx: Tx, caller: Caller, *, unit: str) -> int:
    """A slice of what has waited long enough, or for a regulation that is over; how many there were."""
    rail = await locked_rail(tx, unit)
    regulated = rules.is_regulated(await regulation_today(tx, unit))
    due = await queries.held_deposits(tx.connection, unit, tx.now if regulated else None, RELEASED_AT_ONCE)
    await _carry_out(tx, rail, [_released(one) for one in due])
    return len(due)


def _released(deposit: Deposit) -> Step:
    return Step(deposit, replace(deposit, state=CoinDepositState.CREDITED), Posting.CREDIT)


def _step(deposit: Deposit, seen: Seen | None, *, stopped: bool) -> Step:
    return rules.stepped(deposit, None if seen is None else seen.confirmations, stopped=stopped)


async def _new(tx: Tx, rail: Rail, seen: Sequence[Seen]) -> list[Deposit]:
    """What comes to an address that is nobody's is the platform's."""
    owners = await queries.owners_of(tx.connection, rail.unit, {one.address for one in seen})
    made = []
    for one in seen:
        customer_id, account_id = owners.get(one.address, (None, rail.fees_account_id))
        made.append(
            Deposit(
                id=tx.ids.new(),
                unit=rail.unit,
                customer_id=customer_id,
                account_id=account_id,
                address=one.address,
                txid=one.txid,
                position=one.position,
                amount=one.amount,
                state=CoinDepositState.CONFIRMING,
                confirmations=0,
                lost=0,
                seen_at=tx.now,
                due_at=None,
                ended_at=None,
            )
        )
    if made:
        await queries.add_deposits(tx.connection, made)
    for one_made in made:
        _tell(tx, "seen", one_made)
    return made


async def _carry_out(tx: Tx, rail: Rail, steps: Sequence[Step]) -> list[Deposit]:
    """All in one batch of the ledger, under the locks that it was decided under."""
    commands: list[TransferCommand] = []
    touched = [one.after.account_id for one in steps if one.posting]
    accounts: dict[UUID, Account] = {}
    if touched:
        ids = {rail.issuance_account_id, rail.loss_account_id, rail.fees_account_id, *touched}
        accounts = await lock_accounts(await direct_of(tx.connection), book_of(rail.issuance_account_id), ids)
    lost = accounts[rail.loss_account_id].settled if accounts else 0
    taken: dict[UUID, int] = {}
    held_until = tx.now + timedelta(days=await _held_days(tx, rail, steps))
    done = []
    # Nothing leaves a frozen account: what is gone from under it is a difference until it is released.
    steps = [rules.postponed(one) if one.posting and accounts[one.after.account_id].frozen else one for one in steps]
    for step in steps:
        after = _dated(tx, step, held_until)
        if step.posting is Posting.REVERSE:
            account = accounts[after.account_id]
            had = 0 if account.closed else max(account.available - taken.get(account.id, 0), 0)
            back = min(after.amount, had)
            taken[account.id] = taken.get(account.id, 0) + back
            after = replace(after, lost=after.amount - back)
            commands += _reversing(tx, rail, after)
        elif step.posting is Posting.RESTORE:
            commands += _restoring(tx, rail, after, min(after.lost, lost))
            lost -= min(after.lost, lost)
            after = replace(after, lost=0)
        elif step.posting is Posting.CREDIT:
            commands.append(
                moved(tx, rail, CODE, _reference(after), rail.issuance_account_id, after.account_id, after.amount)
            )
            taken[after.account_id] = taken.get(after.account_id, 0) - after.amount
        done.append(after)
    if commands:
        await ledger.post(tx, commands, controls=CONTROLLED)
    if done:
        await queries.save_deposits(tx.connection, done)
    for step, after in zip(steps, done, strict=True):
        if after.state not in (step.before.state, CoinDepositState.CONFIRMING):
            _tell(tx, str(after.state), after)
    return done


async def _held_days(tx: Tx, rail: Rail, steps: Sequence[Step]) -> int:
    if not any(one.after.state is CoinDepositState.HELD for one in steps):
        return HELD_DAYS
    terms = await regulation_queries.in_force(tx.connection, Terms, rail.unit, tx.today)
    return HELD_DAYS if terms is None else terms.held_days


def _dated(tx: Tx, step: Step, held_until: datetime) -> Deposit:
    after = step.after
    waits = after.state is CoinDepositState.HELD
    counted = after.state in (CoinDepositState.CREDITED, CoinDepositState.REVERSED)
    ended_at = (tx.now if step.posting else after.ended_at) if counted else None
    return replace(after, due_at=(after.due_at or held_until) if waits else None, ended_at=ended_at)


def _reversing(tx: Tx, rail: Rail, deposit: Deposit) -> list[TransferCommand]:
    """What is there comes from the customer, the rest from the platform."""
    back = deposit.amount - deposit.lost
    reference, border = _reference(deposit), rail.issuance_account_id
    commands = []
    if back:
        commands.append(moved(tx, rail, REVERSED_CODE, reference, deposit.account_id, border, back))
    if deposit.lost:
        commands.append(moved(tx, rail, LOST_CODE, reference, rail.loss_account_id, border, deposit.lost))
    return commands


def _restoring(tx: Tx, rail: Rail, deposit: Deposit, owed: int) -> list[TransferCommand]:
    """It is there again: the customer has what was taken from her, the platform what it bore. owed: what of that is not covered yet."""
    reference, border = _reference(deposit), rail.issuance_account_id
    parts = (
        (CODE, deposit.account_id, deposit.amount - deposit.lost),
        (RESTORED_CODE, rail.loss_account_id, owed),
        (RESTORED_CODE, rail.fees_account_id, deposit.lost - owed),
    )
    return [moved(tx, rail, code, reference, border, to, amount) for code, to, amount in parts if amount]


async def _compared(tx: Tx, rail: Rail) -> Rail:
    """Told where books and chain differ, and where they agree again."""
    issued, sent, waiting, unresolved = await queries.books_of(tx.connection, rail.unit, tx.now - rules.STUCK_AFTER)
    if unresolved:
        return rail
    difference = rail.outputs - rules.expected_outputs(issued, sent, waiting)
    if difference != rail.difference:
        told = {"unit": rail.unit, "height": rail.height, "outputs": rail.outputs, "difference": difference}
        tx.events.add("payments.coin.difference.v1", encode("crl", rail.id), told)
    return replace(rail, difference=difference, proved_at=tx.now)


def _reference(deposit: Deposit) -> str:
    return encode("cdp", deposit.id)


def _tell(tx: Tx, what: str, deposit: Deposit) -> None:
    told = {
        "deposit_id": _reference(deposit),
        "unit": deposit.unit,
        "customer_id": None if deposit.customer_id is None else encode("cus", deposit.customer_id),
        "txid": deposit.txid,
        "position": deposit.position,
        "amount": deposit.amount,
        "confirmations": min(deposit.confirmations, CONFIRMATIONS),
        "lost": deposit.lost,
    }
    tx.events.add(f"payments.coin.deposit_{what}.v1", _reference(deposit), told)
