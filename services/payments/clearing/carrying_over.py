"""Where somebody is short: settle the most that the money there is allows, and carry the rest over to a window of its own.

Obligations are not rewritten: a row says that one is in another window from now on.
"""

import asyncio
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import participant_queries, prefunding_queries, settlement_actions, window_queries
from services.payments.clearing import settlement_queries as queries
from services.payments.clearing.accounts import accounts_for, liquidity
from services.payments.clearing.errors import (
    NobodyIsShort,
    NothingSettles,
    NotRecorded,
    SettlementTooLarge,
    UnknownSettlement,
)
from services.payments.clearing.liquidity import settleable
from services.payments.clearing.model import (
    POOL,
    Settlement,
    SettlementModel,
    SettlementPayment,
    SettlementState,
    Waiting,
)

MOST_EXAMINED = 1_000_000
"""Obligations of a settlement that is looked through; of a larger one nothing is."""


async def carry_over(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """The last obligations of who is short, and what that makes necessary, wait for another settlement; the rest can be settled now.

    Of pairs the rest is paid through the common account, where what a participant gets pays for what it owes: else a circle of pairs with
    empty accounts would never end. Raises UnknownSettlement, NotRecorded, SettlementTooLarge, NobodyIsShort, NothingSettles.
    """
    found = await queries.settlement_with(tx.connection, settlement_id, lock=True)
    if found is None:
        raise UnknownSettlement("no such settlement", field="settlement_id")
    if found.state is not SettlementState.PS_TRANSFERS_RECORDED or found.figures is None:
        raise NotRecorded(f"the settlement is {found.state}", field="settlement_id")
    if found.figures.obligations > MOST_EXAMINED:
        raise SettlementTooLarge(f"it has more than {MOST_EXAMINED} obligations", field="settlement_id")
    model = await settlement_actions.model_of(tx, found)
    windows = await queries.windows_of(tx.connection, found.id)
    owed, places = await queries.obligations_in(tx.connection, windows)
    payments = await queries.payments_of(tx.connection, found.id)
    money = await _money(tx, model, owed, payments)
    # It takes seconds where there are many; the ledger is not touched until it is known.
    taken = await asyncio.to_thread(settleable, owed, money)
    if all(taken) and not _short(payments, money):
        raise NobodyIsShort("all of it can be settled", field="settlement_id")
    if not any(taken):
        raise NothingSettles("nothing of it can be settled with the money there is", field="settlement_id")
    await settlement_actions.give_back(tx, found)
    rest = [(one, place) for one, place, goes in zip(owed, places, taken, strict=True) if not goes]
    if rest:
        await _carry(tx, found, model, rest)
    await settlement_actions.write_payments(tx, found, through_the_pool=True)
    reason = f"carried over {len(rest)}"
    await queries.note_changes(tx.connection, found.id, found.state, tx.now, caller.subject, reason=reason)
    changed = await queries.settlement_with(tx.connection, found.id)
    assert changed is not None
    return changed


async def _carry(
    tx: Tx, found: Settlement, model: SettlementModel, rest: list[tuple[Waiting, tuple[UUID, int]]]
) -> None:
    following = await window_queries.add_closed_window(tx.connection, model, tx.ids.new(), tx.now)
    rows = [
        (obligation_id, window, following.number, one.payer, one.payee, one.amount)
        for one, (obligation_id, window) in rest
    ]
    await queries.carry(tx.connection, rows)
    told = {
        "settlement_id": encode("cls", found.id),
        "window_id": encode("clw", following.id),
        "carried": len(rest),
        "carried_minor": sum(one.amount for one, _ in rest),
    }
    tx.events.add("payments.clearing.carried_over.v1", encode("cls", found.id), told)


async def _money(
    tx: Tx, model: SettlementModel, owed: list[Waiting], payments: list[SettlementPayment]
) -> dict[int, int]:
    """What each may pay, what is held for the settlement counted in; positions are locked, accounts not yet."""
    numbers = {number for one in owed for number in (one.payer, one.payee)}
    await prefunding_queries.lock_claims(tx.connection, model.currency, numbers)
    await participant_queries.lock_positions(tx.connection, model.number, numbers)
    held: dict[int, int] = {}
    for one in payments:
        if one.hold_id is not None:
            held[one.payer] = held.get(one.payer, 0) + one.amount
    accounts = await accounts_for(tx, numbers, model.currency)
    available = await liquidity(tx, {number: accounts[number] for number in numbers}, held)
    if model.prefunded:
        return available
    return await prefunding_queries.spare(tx.connection, model.currency, available, held)


def _short(payments: list[SettlementPayment], money: dict[int, int]) -> bool:
    """Whether somebody cannot pay all that it is to pay, as it stands there."""
    paying: dict[int, int] = {}
    for one in payments:
        paying[one.payer] = paying.get(one.payer, 0) + one.amount
    return any(amount > money[number] for number, amount in paying.items() if number != POOL)
