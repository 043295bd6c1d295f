"""Stories of breaks: taken on by somebody, resolved by a transfer, opened again by its reversal, or explained where no money has moved."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.channels.reserves import reserve_at, suspense_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import refusal_of
from services.payments.ledger.model import TransferCommand, TransferKind, book_of
from services.payments.ledger.queries import accounts_with
from services.payments.reconciliation import break_queries, queries, rules
from services.payments.reconciliation.errors import (
    BreakHasMoney,
    BreakNotOpen,
    BreakOvertaken,
    CounterAccountUnfit,
    NothingToMove,
    NothingToUndo,
    ResultNotKnown,
    UnknownBreak,
)
from services.payments.reconciliation.model import Break, BreakState, BreakType, Side
from services.payments.reversals.actions import reverse_transfer

CODE = "reconciliation.resolution"
REVERSAL_CODE = "reconciliation.reversal"
CHUNK = 200


async def take_on(tx: Tx, caller: Caller, *, break_id: UUID, owner: str | None) -> Break:
    """owner: who works on it from now on; None for the caller. Raises UnknownBreak, BreakNotOpen."""
    one = await _open_break(tx, break_id)
    return await _saved(tx, one.changed(owner=owner or caller.party))


async def resolve_break(
    tx: Tx, caller: Caller, *, break_id: UUID, counter_account_id: UUID | None, reason: str
) -> Break:
    """Move what the bank has more than we, or less, between the reserve and another account: suspense, where none is named.

    Raises UnknownBreak, BreakNotOpen, NothingToMove, BreakOvertaken, ResultNotKnown, CounterAccountUnfit and the ledger's refusals.
    """
    one = await _open_break(tx, break_id)
    if not one.outstanding:
        raise NothingToMove("only days differ", field="break_id")
    await _require_left(tx, one)
    account = await queries.account_with(tx.connection, one.account_id)
    assert account is not None, "a break is of an account"
    reserve_id = await reserve_at(tx, account.bank, account.currency)
    counter_id = counter_account_id or await suspense_of(tx, account.currency)
    if counter_account_id is not None:
        await _require_fit(tx, one, counter_account_id, reserve_id)
    came = one.outstanding > 0
    command = TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(reserve_id)),
        kind=TransferKind.SINGLE,
        code=CODE,
        reference=encode("brk", one.id),
        debit_account_id=reserve_id if came else counter_id,
        credit_account_id=counter_id if came else reserve_id,
        amount=abs(one.outstanding),
        currency=one.currency,
    )
    await ledger.post(tx, [command])
    await _noted(tx, caller.party, one, command.id, one.outstanding)
    resolved = one.changed(
        state=BreakState.RESOLVED, resolved_minor=one.amount, reason=reason, due_at=None, ended_at=tx.now
    )
    return await _saved(tx, resolved, "resolved")


async def undo_resolution(tx: Tx, caller: Caller, *, break_id: UUID) -> Break:
    """Reverse what resolved it: it is open again. Raises UnknownBreak, NothingToUndo, the refusals of reversals."""
    one = await _locked(tx, break_id)
    standing = await break_queries.standing_resolution(tx.connection, one.id)
    if one.state is not BreakState.RESOLVED or standing is None:
        raise NothingToUndo(f"the break is {one.state}", field="break_id")
    transfer_id, _ = standing
    reversed_ = await reverse_transfer(
        tx,
        caller,
        reversed_id=transfer_id,
        transfer_id=ledger.new_transfer_id(tx, book_of(transfer_id)),
        amount=None,
        code=REVERSAL_CODE,
        reference=None,
        value_on=None,
        metadata=None,
        parties=None,
    )
    if not reversed_.outcome.accepted or reversed_.outcome.transfer is None:
        raise refusal_of(reversed_.outcome)
    made = reversed_.outcome.transfer
    back = made.amount if one.amount < 0 else -made.amount
    return await _taken_back(tx, caller.party, one, transfer_id, made.id, back)


async def note_reversals(tx: Tx, caller: Caller) -> int:
    """What was reversed by the ledger's own door, be it a resolving transfer or its reversal: the break is as far open as it says then.

    How many were noted; none: all are.
    """
    found = await break_queries.reversed_elsewhere(tx.connection, CHUNK)
    for break_id, transfer_id, reversal_id, amount in found:
        one = await _locked(tx, break_id)
        await _taken_back(tx, caller.party, one, transfer_id, reversal_id, amount)
    return len(found)


async def explain_break(tx: Tx, caller: Caller, *, break_id: UUID, reason: str) -> Break:
    """Nothing has to be moved: days differ, or the statement itself does not add up. Raises UnknownBreak, BreakNotOpen, BreakHasMoney."""
    one = await _open_break(tx, break_id)
    if one.type is not BreakType.DATE and not await _of_paper(tx, one):
        raise BreakHasMoney("the bank's balance says that it has moved: a transfer resolves it", field="break_id")
    explained = one.changed(state=BreakState.EXPLAINED, reason=reason, due_at=None, ended_at=tx.now)
    return await _saved(tx, explained, "explained")


async def escalate_due(tx: Tx, caller: Caller) -> int:
    """What nobody resolved in time is told, and told again as long as it lasts; how many."""
    due = await break_queries.due_breaks(tx.connection, tx.now, CHUNK)
    for one in due:
        later = one.changed(due_at=rules.due_after(tx.now), escalations=one.escalations + 1)
        await _saved(tx, later, "escalated")
    return len(due)


async def _of_paper(tx: Tx, one: Break) -> bool:
    """Its statement contradicts its own balances, by it too. Nothing of a resolution may stand."""
    if one.side is Side.LEDGER or one.resolved_minor:
        return False
    wrong = await break_queries.unbalanced_statements(tx.connection, one.id)
    return any(rules.of_paper(one.amount, -missing, explained, others) for missing, explained, others in wrong)


async def _taken_back(tx: Tx, party: str, one: Break, transfer_id: UUID, reversal_id: UUID, amount: int) -> Break:
    """amount: signed as the break's, so that it grows again by what a reversal of a reversal moves; maybe beyond the break's own."""
    await break_queries.add_resolution(
        tx.connection,
        transfer_id=reversal_id,
        break_id=one.id,
        reverses_id=transfer_id,
        amount=amount,
        made_by=party,
        made_at=tx.now,
    )
    moved = one.resolved_minor + amount
    if moved == one.amount:
        whole = one.changed(state=BreakState.RESOLVED, resolved_minor=moved, due_at=None, ended_at=tx.now)
        return await _saved(tx, whole, "resolved")
    opened = one.changed(
        state=BreakState.OPEN, resolved_minor=moved, reason=None, due_at=rules.due_after(tx.now), ended_at=None
    )
    return await _saved(tx, opened, "reopened")


async def _noted(tx: Tx, party: str, one: Break, transfer_id: UUID, amount: int) -> None:
    await break_queries.add_resolution(
        tx.connection,
        transfer_id=transfer_id,
        break_id=one.id,
        reverses_id=None,
        amount=amount,
        made_by=party,
        made_at=tx.now,
    )


async def _require_fit(tx: Tx, one: Break, counter_id: UUID, reserve_id: UUID) -> None:
    found = (await accounts_with(tx.connection, [counter_id])).get(counter_id)
    if found is None or found.currency != one.currency or counter_id == reserve_id:
        raise CounterAccountUnfit("another account of this currency is wanted", field="counter_account_id")


async def _require_left(tx: Tx, one: Break) -> None:
    """Raises BreakOvertaken, ResultNotKnown."""
    if await break_queries.is_overtaken(tx.connection, one):
        raise BreakOvertaken("it has been matched: the run under way ends it", field="break_id")
    if await break_queries.awaits_its_result(tx.connection, one):
        raise ResultNotKnown("the channel does not know yet whether it was done", field="break_id")


async def _locked(tx: Tx, break_id: UUID) -> Break:
    """Its account first, as runs do: while one matches, what is left is not known."""
    seen = await break_queries.break_with(tx.connection, break_id)
    if seen is not None:
        await queries.account_with(tx.connection, seen.account_id, lock=True)
    one = await break_queries.break_with(tx.connection, break_id, lock=True)
    if one is None:
        raise UnknownBreak("no such break")
    return one


async def _open_break(tx: Tx, break_id: UUID) -> Break:
    one = await _locked(tx, break_id)
    if one.state is not BreakState.OPEN:
        raise BreakNotOpen(f"the break is {one.state}", field="break_id")
    return one


async def _saved(tx: Tx, one: Break, happened: str | None = None) -> Break:
    await break_queries.save_break(tx.connection, one)
    if happened:
        told = {
            "break_id": encode("brk", one.id),
            "account_id": encode("rca", one.account_id),
            "type": one.type,
            "amount": one.amount,
            "currency": one.currency,
            "owner": one.owner,
            "escalations": one.escalations,
        }
        tx.events.add(f"payments.break.{happened}.v1", encode("brk", one.id), told)
    return one
