"""Stories of shares: receivers are registered, parts declared, and returned or called back. Paying them is the settlement's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Flag, TransferCommand, TransferKind
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.model import Order
from services.payments.orders.queries import order_with
from services.payments.settlement.accounts import receiving_account
from services.payments.settlement.queries import contracts_of, line_of, position_of
from services.payments.settlement.rules import contract_on
from services.payments.shares import queries, rules
from services.payments.shares.errors import (
    ReceiverExists,
    ReceiverIsSeller,
    ShareExists,
    ShareTooLate,
    UnknownReceiver,
    UnknownShare,
)
from services.payments.shares.model import Receiver, Share, ShareState

RETURN_CODE = "settlement.share_return"
REFUNDED = "refunded"


@dataclass(frozen=True)
class Shares:
    """All shares of one order."""

    order_id: UUID
    items: Sequence[Share]


async def register_receiver(tx: Tx, caller: Caller, *, merchant_id: UUID, account_id: UUID, relation: str) -> Receiver:
    """Whom the merchant may share with. Raises UnknownMerchant, UnknownAccount, AccountUnfit, ReceiverIsSeller, ReceiverExists."""
    merchant = await own_merchant(tx, caller, merchant_id)
    account = await receiving_account(tx, account_id, merchant.currency)
    if account.id == merchant.account_id:
        raise ReceiverIsSeller("the merchant has what is not shared anyway", field="account_id")
    receiver = Receiver(tx.ids.new(), merchant.id, account.id, relation, tx.now)
    if not await queries.add_receiver(tx.connection, receiver):
        raise ReceiverExists("this account is registered", field="account_id")
    return receiver


async def remove_receiver(tx: Tx, caller: Caller, *, receiver_id: UUID) -> Receiver:
    """Nothing new is declared for it; what is declared already is paid. Raises UnknownReceiver. Removed twice is removed."""
    receiver = await queries.receiver_with(tx.connection, receiver_id)
    if receiver is None:
        raise UnknownReceiver("no such receiver")
    try:
        await own_merchant(tx, caller, receiver.merchant_id)
    except UnknownMerchant as refusal:
        raise UnknownReceiver("no such receiver") from refusal
    if receiver.removed_at is not None:
        return receiver
    await queries.remove_receiver(tx.connection, receiver.id, tx.now)
    return replace(receiver, removed_at=tx.now)


async def declare_shares(tx: Tx, caller: Caller, *, order_id: UUID, amounts: Mapping[UUID, int]) -> Shares:
    """Parts of a paid order for receivers, by receiver. They are frozen with its proceeds, and paid when these are settled.

    Raises UnknownOrder, ShareTooLate, UnknownReceiver, ShareAboveLimit, ShareExists.
    """
    order, merchant = await _own_order(tx, caller, order_id)
    await _require_unsettled(tx, order, merchant)
    receivers = await queries.active_receivers(tx.connection, merchant.id, list(amounts))
    if len(receivers) < len(amounts):
        raise UnknownReceiver("no such receiver of the merchant", field="shares")
    before = await queries.shares_of(tx.connection, order.id)
    contracts = (await contracts_of(tx.connection, [merchant.id]))[merchant.id]
    assert order.paid_on is not None
    limit = contract_on(contracts, order.paid_on).share_limit_millionths
    declared = sum(amounts.values()) + sum(share.outstanding for share in before)
    rules.require_within(declared, order.amount, order.refunded, limit)
    new = [
        Share(
            tx.ids.new(), order.id, merchant.id, receiver_id, receivers[receiver_id].account_id, amount,
            ShareState.DECLARED, tx.now,
        )
        for receiver_id, amount in amounts.items()
    ]  # fmt: skip
    if await queries.add_shares(tx.connection, new) < len(new):
        raise ShareExists("the order has a share of this receiver", field="shares")
    return Shares(order.id, [*before, *new])


async def _require_unsettled(tx: Tx, order: Order, merchant: Merchant) -> None:
    """Nor is it settled before this transaction ends. Raises ShareTooLate."""
    waits = order.paid_at is not None and order.payee_account_id == merchant.proceeds_account_id
    if waits:
        await position_of(tx.connection, merchant.id, lock=True)
    if not waits or await line_of(tx.connection, order.id) is not None:
        raise ShareTooLate("an order is shared between its payment and its settlement")


async def return_share(tx: Tx, caller: Caller, *, share_id: UUID, amount: int) -> Share:
    """From the receiver back to the merchant, in full or in part (分账回退).

    Raises UnknownShare, NothingToReturn, and InsufficientFunds where the receiver has not so much.
    """
    share = await queries.share_with(tx.connection, share_id)
    if share is None:
        raise UnknownShare("no such share")
    try:
        _, merchant = await _own_order(tx, caller, share.order_id)
    except UnknownOrder as refusal:
        raise UnknownShare("no such share") from refusal
    share = await queries.share_with(tx.connection, share_id)
    assert share is not None
    rules.require_returnable(share, amount)
    await ledger.post(tx, [_returning(tx, share, merchant, amount)])
    returned = replace(share, returned=share.returned + amount)
    await queries.save_share(tx.connection, returned)
    _tell_returned(tx, returned, amount)
    return returned


async def call_back_for_refund(tx: Tx, *, order: Order, refunded: int) -> int:
    """Before anything else pays for a refund. refunded: of the order in all, this refund included. What came back this time."""
    needed = rules.to_call_back(await queries.shares_of(tx.connection, order.id), refunded)
    return await call_back(tx, order_id=order.id, amount=needed) if needed else 0


async def call_back(tx: Tx, *, order_id: UUID, amount: int) -> int:
    """Take back so much of an order's shares, the last declared first, within a story that has locked the order's row.

    What is not paid yet is declared no longer; what is paid comes out of the receivers' accounts, as far as it is there, onto the
    merchant's balance. How much it was.
    """
    back = 0
    for share, part in rules.called_back(await queries.shares_of(tx.connection, order_id), amount):
        back += await (
            _undeclare(tx, share, part) if share.state is ShareState.DECLARED else _take_back(tx, share, part)
        )
    return back


async def _undeclare(tx: Tx, share: Share, part: int) -> int:
    called = replace(share, called_back=share.called_back + part)
    if called.outstanding == 0:
        called = replace(called, state=ShareState.CANCELLED, cancel_code=REFUNDED)
    await queries.save_share(tx.connection, called)
    return part


async def _take_back(tx: Tx, share: Share, part: int) -> int:
    """At most what the receiver has: the ledger says how much that was."""
    merchant = await merchant_with(tx.connection, share.merchant_id)
    assert merchant is not None
    command = _returning(tx, share, merchant, part)._replace(flags=Flag.BALANCING_DEBIT.value)
    (outcome,) = await ledger.attempt(tx, [command])
    if outcome.transfer is None:
        return 0
    taken = outcome.transfer.amount
    returned = replace(share, returned=share.returned + taken)
    await queries.save_share(tx.connection, returned)
    _tell_returned(tx, returned, taken)
    return taken


def _returning(tx: Tx, share: Share, merchant: Merchant, amount: int) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=RETURN_CODE,
        reference=encode("osh", share.id),
        debit_account_id=share.account_id,
        credit_account_id=merchant.account_id,
        amount=amount,
        currency=merchant.currency,
    )


def _tell_returned(tx: Tx, share: Share, amount: int) -> None:
    told = {
        "share_id": encode("osh", share.id),
        "order_id": encode("ord", share.order_id),
        "merchant_id": encode("mer", share.merchant_id),
        "account_id": encode("acc", share.account_id),
        "amount": amount,
    }
    tx.events.add("payments.share.returned.v1", encode("osh", share.id), told)


async def _own_order(tx: Tx, caller: Caller, order_id: UUID) -> tuple[Order, Merchant]:
    """Locked. Raises UnknownOrder."""
    order = await order_with(tx.connection, order_id, lock=True)
    merchant = None if order is None else await merchant_with(tx.connection, order.merchant_id)
    if order is None or merchant is None or merchant.owner != caller.party:
        raise UnknownOrder("no such order")
    return order, merchant
