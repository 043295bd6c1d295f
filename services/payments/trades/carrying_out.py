"""What a rule answered, done: rows saved, money moved by the difference, events told.

Locks: the trades before, then the order whose payment is given back and what limits count of its buyer, ledger accounts last. So of
trades that are carried out together none gives anything back.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.limits import actions as limits
from services.payments.refunds.actions import refund_from_escrow
from services.payments.trades import queries, refund_queries
from services.payments.trades.following import KIND, closed_told, told
from services.payments.trades.model import Deal, Outcome, RefundState, TradeState

RELEASE_CODE = "escrow.release"
REFUND_CODE = "escrow.refund"
CONTROLS = frozenset({KIND})
"""Escrow accounts are moved by these stories alone, so that what a trade says of its money cannot be made untrue elsewhere."""
Change = tuple[Deal, Deal]
"""As it was under the lock, and as it is to be."""

_REFUND_EVENTS = {
    RefundState.WAIT_SELLER_AGREE: "opened",
    RefundState.SELLER_REFUSED: "answered",
    RefundState.WAIT_BUYER_RETURN_GOODS: "answered",
    RefundState.WAIT_SELLER_CONFIRM_RETURN: "sent_back",
    RefundState.IN_ARBITRATION: "escalated",
    RefundState.REFUND_SUCCESS: "ended",
    RefundState.REFUND_CLOSED: "ended",
}


async def carry_out(tx: Tx, changes: Sequence[Change]) -> None:
    """All or none; by themselves those that give something back. Raises what the ledger refuses."""
    assert len(changes) == 1 or not any(gives_back(change) for change in changes)
    await _save(tx, changes)
    refunds = [await _refunded(tx, *change) for change in changes if gives_back(change)]
    moves = [move for change in changes for move in _released(tx, *change)]
    if moves:
        await ledger.post(tx, moves, controls=CONTROLS)
    told_moves = {move.reference: move for move in moves}
    for before, after in changes:
        _tell(tx, before, after, told_moves, refunds[0] if refunds else None)


def gives_back(change: Change) -> bool:
    before, after = change
    return after.trade.refunded > before.trade.refunded


async def _save(tx: Tx, changes: Sequence[Change]) -> None:
    await queries.save_trades(tx.connection, [after.trade for _, after in changes])
    lines = [
        line for before, after in changes for was, line in zip(before.lines, after.lines, strict=True) if line != was
    ]
    await queries.save_lines(tx.connection, lines)
    refunds = [(before.refund, after.refund) for before, after in changes if after.refund not in (None, before.refund)]
    await refund_queries.save_refunds(tx.connection, [after for was, after in refunds if after is not None and was])
    for was, refund in refunds:
        if was is None and refund is not None:
            await refund_queries.add_refund(tx.connection, refund)


async def _refunded(tx: Tx, before: Deal, after: Deal) -> UUID:
    """To those who paid the order, as their methods have it; one of the transfers that do it."""
    amount = after.trade.refunded - before.trade.refunded
    if after.order_id is None:
        return await _refunded_to_payer(tx, after, amount)
    reason = after.trade.close_reason if after.refund is None else after.refund.reason
    _, transfer_id = await refund_from_escrow(tx, order_id=after.order_id, amount=amount, reason=str(reason))
    return transfer_id


async def _refunded_to_payer(tx: Tx, after: Deal, amount: int) -> UUID:
    """Of a trade that was paid before these had orders, from one wallet."""
    await limits.give_room_back(tx, source=encode("trd", after.trade.id), amount=amount)
    move = _move(tx, after, REFUND_CODE, after.trade.payer_account_id, amount)
    await ledger.post(tx, [move], controls=CONTROLS)
    return move.id


def _released(tx: Tx, before: Deal, after: Deal) -> list[TransferCommand]:
    released = after.trade.released - before.trade.released
    return [_move(tx, after, RELEASE_CODE, after.merchant.account_id, released)] if released else []


def _move(tx: Tx, deal: Deal, code: str, account_id: UUID | None, amount: int) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=encode("trd", deal.trade.id),
        debit_account_id=deal.trade.escrow_account_id,
        credit_account_id=account_id,
        amount=amount,
        currency=deal.trade.currency,
    )


def _tell(
    tx: Tx, before: Deal, after: Deal, releases: dict[str, TransferCommand], refund_transfer_id: UUID | None
) -> None:
    """What follows from the change itself; stories tell what they are about."""
    subject = encode("trd", after.trade.id)
    release = releases.get(subject)
    if release is not None:
        moved = {"moved": release.amount, "transfer_id": encode("trf", release.id)}
        tx.events.add("payments.trade.released.v1", subject, told(after) | moved)
    if refund_transfer_id is not None:
        back = after.trade.refunded - before.trade.refunded
        moved = {"moved": back, "transfer_id": encode("trf", refund_transfer_id)}
        tx.events.add("payments.trade.refunded.v1", subject, told(after) | moved)
    if after.refund is not None and after.refund != before.refund:
        _tell_refund(tx, after)
    if after.trade.state is TradeState.TRADE_FINISHED:
        tx.events.add("payments.trade.finished.v1", subject, told(after))
    elif after.trade.state is TradeState.TRADE_CLOSED:
        tx.events.add("payments.trade.closed.v1", subject, closed_told(after))


def _tell_refund(tx: Tx, after: Deal) -> None:
    refund = after.refund
    assert refund is not None
    document = told(after) | {
        "refund_id": encode("trr", refund.id),
        "refund_state": str(refund.state),
        "refund_amount": refund.amount,
        "outcome": None if refund.outcome is None else str(refund.outcome),
        "buyer_amount": refund.buyer_amount,
        "seller_amount": refund.seller_amount,
    }
    tx.events.add(f"payments.trade_refund.{_REFUND_EVENTS[refund.state]}.v1", encode("trr", refund.id), document)
    if refund.outcome is Outcome.DEFAULT_SPLIT:
        # The alert: an arbiter owed a ruling and did not give it.
        tx.events.add("payments.trade_refund.ruling_overdue.v1", encode("trr", refund.id), document)
