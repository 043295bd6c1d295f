"""Where somebody is short: settle the most that the money there is allows, and carry the rest over to a window of its own.

Obligations are not rewritten: a row says that one is in another window from now on.
"""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import settlement_actions, window_queries
from services.payments.clearing import settlement_queries as queries
from services.payments.clearing.accounts import accounts_for, liquidity
from services.payments.clearing.errors import (
    NobodyIsShort,
    NothingSettles,
    NotMultilateral,
    NotRecorded,
    UnknownSettlement,
)
from services.payments.clearing.liquidity import settleable
from services.payments.clearing.model import Interchange, Settlement, SettlementModel, SettlementState, Waiting

MOST_EXAMINED = 1_000_000
"""Obligations of a settlement that is looked through."""


async def carry_over(tx: Tx, caller: Caller, *, settlement_id: UUID) -> Settlement:
    """The last obligations of who is short, and what that makes necessary, wait for another settlement; the rest can be settled now.

    Raises UnknownSettlement, NotRecorded, NotMultilateral, NobodyIsShort, NothingSettles.
    """
    found = await queries.settlement_with(tx.connection, settlement_id, lock=True)
    if found is None:
        raise UnknownSettlement("no such settlement", field="settlement_id")
    if found.state is not SettlementState.PS_TRANSFERS_RECORDED:
        raise NotRecorded(f"the settlement is {found.state}", field="settlement_id")
    model = await settlement_actions.model_of(tx, found)
    if model.interchange is not Interchange.MULTILATERAL:
        raise NotMultilateral("of pairs, each waits for its own payer", field="settlement_id")
    await settlement_actions.give_back(tx, found)
    windows = await queries.windows_of(tx.connection, found.id)
    owed, places = await queries.obligations_in(tx.connection, windows, MOST_EXAMINED)
    taken = settleable(owed, await _money(tx, model, owed))
    if all(taken):
        raise NobodyIsShort("all of it can be settled", field="settlement_id")
    if not any(taken):
        raise NothingSettles("nothing of it can be settled with the money there is", field="settlement_id")
    following = await window_queries.add_closed_window(tx.connection, model, tx.ids.new(), tx.now)
    rest = [
        (obligation_id, window, following.number, one.payer, one.payee, one.amount)
        for one, (obligation_id, window), goes in zip(owed, places, taken, strict=True)
        if not goes
    ]
    await queries.carry(tx.connection, rest)
    await settlement_actions.write_payments(tx, found)
    await queries.note_changes(
        tx.connection, found.id, found.state, tx.now, caller.subject, reason=f"carried over {len(rest)}"
    )
    told = {
        "settlement_id": encode("cls", found.id),
        "window_id": encode("clw", following.id),
        "carried": len(rest),
        "carried_minor": sum(row[5] for row in rest),
    }
    tx.events.add("payments.clearing.carried_over.v1", encode("cls", found.id), told)
    changed = await queries.settlement_with(tx.connection, found.id)
    assert changed is not None
    return changed


async def _money(tx: Tx, model: SettlementModel, owed: list[Waiting]) -> dict[int, int]:
    numbers = {number for one in owed for number in (one.payer, one.payee)}
    accounts = await accounts_for(tx, numbers, model.currency)
    return await liquidity(tx, {number: accounts[number] for number in numbers})
