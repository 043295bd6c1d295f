"""Where each part of a refund goes: to who paid it. An escrow trade must come to an end, and pays nobody what her bank gave back already.

Locks: of a card's part, the payment as reports about it lock it, before the ledger's accounts.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.ids import encode
from services.payments.card_disputes.queries import is_undecided
from services.payments.channels.reserves import card_returns_of, suspense_of
from services.payments.ledger.queries import accounts_with
from services.payments.merchants.model import Merchant
from services.payments.orders.model import Method, Order, OrderPayment
from services.payments.refunds import queries
from services.payments.refunds.errors import ChargeDisputed
from services.payments.refunds.model import Part, Refund
from services.payments.returned_money.queries import lock_payment, taken_back
from services.payments.wallets.queries import wallet_of


async def parts_of(
    tx: Tx, order: Order, merchant: Merchant, refund: Refund, legs: Sequence[tuple[OrderPayment, int]]
) -> list[Part]:
    """Raises ChargeDisputed, of a trade."""
    owed_to_cards = await card_returns_of(tx, order.currency)
    parts = [Part(payment, amount, payment.account_id or owed_to_cards) for payment, amount in legs]
    if order.trade_id is None:
        return parts
    accounts = await accounts_with(tx.connection, {part.account_id for part in parts})
    made = []
    for part in parts:
        if part.payment.method is Method.CARD:
            part = part.restoring(merchant.account_id, await _given_back_by_bank(tx, part))
        elif accounts[part.account_id].closed:
            part = part.to(await _instead(tx, order, refund, part))
        made.append(part)
    return made


async def _given_back_by_bank(tx: Tx, part: Part) -> int:
    """Of a card's part, what the cardholder has from her bank: the merchant has answered for it, and has it from escrow. Raises
    ChargeDisputed."""
    assert part.payment.instruction_id is not None
    charge = encode("chi", part.payment.instruction_id)
    await lock_payment(tx.connection, charge)
    if await is_undecided(tx.connection, charge):
        raise ChargeDisputed("the card's bank decides first whose the money is")
    back = await taken_back(tx.connection, charge) - await queries.restored_of(tx.connection, part.payment.id)
    return min(part.amount, back)


async def _instead(tx: Tx, order: Order, refund: Refund, part: Part) -> UUID:
    """Whoever paid has closed the account since: the buyer's wallet, or suspense, for somebody to clear up."""
    wallet = await wallet_of(tx.connection, part.payment.customer_id, order.currency)
    told = {
        "refund_id": encode("rfd", refund.id),
        "order_id": encode("ord", order.id),
        "payment_id": encode("opy", part.payment.id),
        "payer": part.payment.payer,
        "amount": part.amount,
        "currency": order.currency,
        "wallet_id": None if wallet is None else encode("wal", wallet.id),
    }
    tx.events.add("payments.refund.redirected.v1", encode("rfd", refund.id), told)
    return await suspense_of(tx, order.currency) if wallet is None else wallet.account_id
