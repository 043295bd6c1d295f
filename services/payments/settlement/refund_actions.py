"""Where the money of a refund of a settled order comes from. Whoever refunds has locked the order's row."""

from collections.abc import Collection
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.ids import encode
from services.payments.fee_plans.rules import fee_returned
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.model import DEFAULT_BOOK, TransferCommand, TransferKind
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.model import Order
from services.payments.settlement import queries, rules
from services.payments.settlement.accounts import FEE_INCOME, REFUND_ADVANCE, platform_account
from services.payments.settlement.model import Draw, RefundPolicy
from services.payments.shares import actions as shares
from services.payments.shares import queries as share_queries

FEE_RETURN_CODE = "settlement.fee_return"


async def draw_for_refund(
    tx: Tx, *, order: Order, given_back: int, amount: int, paid_to: Collection[UUID] = ()
) -> Draw:
    """Shared parts are called back first. Of an unsettled order its proceeds pay, and no run settles it before this commits; else the
    merchant's balance, then her rolling reserve, and by her contract the platform advances the rest or the refund waits: then `short`
    says what is missing.

    given_back: of the order, before this refund. paid_to: accounts that the caller will credit, locked with the others. Asked again
    after waiting, it calls back and returns nothing twice. The caller posts the sources.
    """
    assert order.payee_account_id is not None, "only what was paid is refunded"
    position = await queries.position_of(tx.connection, order.merchant_id, lock=True)
    line = await queries.line_of(tx.connection, order.id) if position is not None else None
    if position is None or line is None:
        await shares.call_back_for_refund(tx, order=order, refunded=given_back + amount)
        return Draw(((order.payee_account_id, amount),), settled=False)
    merchant = await merchant_with(tx.connection, order.merchant_id)
    assert merchant is not None
    holdings = await queries.holdings_of(tx.connection, merchant.id)
    await _lock_accounts(tx, order, {merchant.account_id, position.reserve_account_id, *paid_to})
    await shares.call_back_for_refund(tx, order=order, refunded=given_back + amount)
    returned_before = fee_returned(line.fee_minor, given_back, order.amount)
    back = fee_returned(line.fee_minor, given_back + amount, order.amount) - returned_before
    reserve = await ledger.account_with(tx, position.reserve_account_id)
    kept = 0 if reserve.frozen else min(max(reserve.available, 0), sum(one.left for one in holdings))
    balance = await ledger.account_with(tx, merchant.account_id)
    own = 0 if balance.frozen else max(back + balance.available, 0)
    from_balance, from_reserve = rules.in_turn(amount, (own, kept))
    short = amount - from_balance - from_reserve
    if short and await _policy(tx, order) is RefundPolicy.WAIT:
        return Draw((), settled=True, short=short)
    if back:
        await _return_fee(tx, order, merchant, back)
    for one, part in zip(holdings, rules.in_turn(from_reserve, [one.left for one in holdings]), strict=True):
        if part:
            await queries.draw_holding(tx.connection, one.settlement_id, part)
    sources = [(merchant.account_id, from_balance), (position.reserve_account_id, from_reserve)]
    if short:
        sources.append((await _advance(tx, order, short), short))
    return Draw(tuple(source for source in sources if source[1]), settled=True, fee_back=back)


async def _lock_accounts(tx: Tx, order: Order, accounts: set[UUID]) -> None:
    """All that a refund may touch, at once and in the ledger's order: what is read of them stays true until it is drawn."""
    shared = {share.account_id for share in await share_queries.shares_of(tx.connection, order.id)}
    platform = [await queries.account_of(tx.connection, kind, order.currency) for kind in (FEE_INCOME, REFUND_ADVANCE)]
    wanted = accounts | shared | {one for one in platform if one is not None}
    await lock_accounts(await direct_of(tx.connection), DEFAULT_BOOK, wanted)


async def _policy(tx: Tx, order: Order) -> RefundPolicy:
    """Of the terms that hold today."""
    contracts = (await queries.contracts_of(tx.connection, [order.merchant_id]))[order.merchant_id]
    return rules.contract_on(contracts, tx.today).refund_policy


async def _return_fee(tx: Tx, order: Order, merchant: Merchant, amount: int) -> None:
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=FEE_RETURN_CODE,
        reference=encode("ord", order.id),
        debit_account_id=await platform_account(tx, FEE_INCOME, order.currency),
        credit_account_id=merchant.account_id,
        amount=amount,
        currency=order.currency,
    )
    await ledger.post(tx, [command])


async def _advance(tx: Tx, order: Order, amount: int) -> UUID:
    """The platform's account that pays instead; the merchant owes as much."""
    receivable_id = tx.ids.new()
    await queries.add_receivable(
        tx.connection,
        receivable_id=receivable_id,
        merchant_id=order.merchant_id,
        order_id=order.id,
        currency=order.currency,
        amount=amount,
        now=tx.now,
    )
    told = {
        "receivable_id": encode("srv", receivable_id),
        "merchant_id": encode("mer", order.merchant_id),
        "order_id": encode("ord", order.id),
        "amount": amount,
        "currency": order.currency,
    }
    tx.events.add("payments.settlement.refund_advanced.v1", encode("srv", receivable_id), told)
    return await platform_account(tx, REFUND_ADVANCE, order.currency)
