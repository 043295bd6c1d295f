"""What a rule answered, done: rows saved, money moved by the difference, events told.

Locks: the trades before, then what limits count of their buyers, ledger accounts last.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.limits import actions as limits
from services.payments.trades import queries, refund_queries
from services.payments.trades.model import Deal, Outcome, RefundState, Trade, TradeState

PAYMENT_CODE = "escrow.payment"
RELEASE_CODE = "escrow.release"
REFUND_CODE = "escrow.refund"
KIND = "trade_escrow"
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
    """All or none. Raises what the ledger refuses."""
    await _save(tx, changes)
    await _give_room_back(tx, changes)
    moves = [move for change in changes for move in _moves(tx, *change)]
    if moves:
        await ledger.post(tx, moves, controls=CONTROLS)
    told = {(move.reference, move.code): move for move in moves}
    for before, after in changes:
        _tell(tx, before, after, told)


async def into_escrow(tx: Tx, trade: Trade) -> None:
    """All of the price into an account of the trade's own. Raises what the ledger refuses."""
    assert trade.escrow_account_id is not None
    assert trade.payment_transfer_id is not None
    await ledger.open_account(
        tx,
        account_id=trade.escrow_account_id,
        currency=trade.currency,
        kind=KIND,
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("trd", trade.id),
    )
    command = TransferCommand(
        id=trade.payment_transfer_id,
        kind=TransferKind.SINGLE,
        code=PAYMENT_CODE,
        reference=encode("trd", trade.id),
        debit_account_id=trade.payer_account_id,
        credit_account_id=trade.escrow_account_id,
        amount=trade.amount,
        currency=trade.currency,
    )
    await ledger.post(tx, [command], controls=CONTROLS)


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


async def _give_room_back(tx: Tx, changes: Sequence[Change]) -> None:
    """In one order of buyers, so that two batches do not wait for each other."""
    back = [
        (after.trade.buyer_id, encode("trd", after.trade.id), after.trade.refunded - before.trade.refunded)
        for before, after in changes
        if after.trade.refunded > before.trade.refunded and after.trade.method == "wallet"
    ]
    for _, source, amount in sorted(back, key=lambda one: str(one[0])):
        await limits.give_room_back(tx, source=source, amount=amount)


def _moves(tx: Tx, before: Deal, after: Deal) -> list[TransferCommand]:
    """Out of the trade's escrow account, to the seller and back to the buyer."""
    released = after.trade.released - before.trade.released
    refunded = after.trade.refunded - before.trade.refunded
    moves = []
    if released:
        moves.append(_move(tx, after, RELEASE_CODE, after.merchant.account_id, released))
    if refunded:
        moves.append(_move(tx, after, REFUND_CODE, after.trade.payer_account_id, refunded))
    return moves


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


def _tell(tx: Tx, before: Deal, after: Deal, moves: dict[tuple[str, str], TransferCommand]) -> None:
    """What follows from the change itself; stories tell what they are about."""
    subject = encode("trd", after.trade.id)
    for name, code in (("released", RELEASE_CODE), ("refunded", REFUND_CODE)):
        move = moves.get((subject, code))
        if move is not None:
            moved = {"moved": move.amount, "transfer_id": encode("trf", move.id)}
            tx.events.add(f"payments.trade.{name}.v1", subject, told(after) | moved)
    if after.refund is not None and after.refund != before.refund:
        _tell_refund(tx, after)
    if after.trade.state is TradeState.TRADE_FINISHED:
        tx.events.add("payments.trade.finished.v1", subject, told(after))
    elif after.trade.state is TradeState.TRADE_CLOSED:
        tx.events.add("payments.trade.closed.v1", subject, told(after) | {"reason": str(after.trade.close_reason)})


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


def told(deal: Deal) -> dict[str, object]:
    trade = deal.trade
    return {
        "trade_id": encode("trd", trade.id),
        "merchant_id": encode("mer", trade.merchant_id),
        "merchant_trade_number": trade.merchant_trade_number,
        "buyer_id": None if trade.buyer_id is None else encode("cus", trade.buyer_id),
        "state": str(trade.state),
        "amount": trade.amount,
        "released": trade.released,
        "refunded": trade.refunded,
        "currency": trade.currency,
    }
