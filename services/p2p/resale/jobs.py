"""The money of a purchase, moved outside any transaction; and offers whose time is over."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.commands import TransferCommand
from services.p2p.accounts.model import HousePurpose
from services.p2p.custody.moving import Ways, ways_of_loan
from services.p2p.refusals import is_final, reason_of
from services.p2p.resale import actions, buying, queries
from services.p2p.resale.model import Purchase, PurchaseState
from services.p2p.standing_orders import queries as order_queries
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import claim_text, loan_text, purchase_text, standing_order_text

SLICE = 500
P2P = service_caller("p2p")
PRINCIPAL_CODE = "p2p.resale.principal"
ACCRUED_CODE = "p2p.resale.accrued"
FEE_CODE = "p2p.fee.resale"
RESERVE_CODE = "p2p.resale.reserve"
log = structlog.get_logger(__name__)


async def settle_purchase(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All transfers or none. Sent again they are the same transfers, so the answer is always learned."""
    purchase_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        purchase = await queries.purchase(connection, purchase_id)
    if purchase is None or purchase.state is not PurchaseState.PENDING:
        return
    ways = await ways_of_loan(runtime, purchase.loan_id)
    accounts = await ways.house(purchase.currency)
    try:
        purchase = await _with_account(runtime, ways, purchase)
        if purchase.state is not PurchaseState.PENDING:
            return
        orders = transfers_of(purchase, accounts[HousePurpose.RESALE_FEES], await _reserve(runtime, purchase))
        await ways.move(orders, subject=purchase_text(purchase.id), acting_for=purchase.buyer)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = reason_of(refused)
        await _refuse(runtime, purchase_id, reason, no_account=purchase.buyer_account_id is None)
        return
    seed = f"p2p.purchase.settled\0{purchase_id}"
    await commands.perform(runtime, buying.record_settled, P2P, seed=seed, purchase_id=purchase_id)


def transfers_of(purchase: Purchase, fee_account_id: UUID, reserve_minor: int = 0) -> list[TransferCommand]:
    """From the buyer to the seller, for the principal and for the interest; and the seller's fee, out of what the buyer pays.

    The first one's metadata says how much of which claim passed on: what a discount or premium does not show. reserve_minor: what must
    stay in the buyer's wallet is held before them and given back after, so that it was there beside.
    """
    passed = {
        "claim_id": claim_text(purchase.claim_id),
        "purchase_id": purchase_text(purchase.id),
        "principal_minor": str(purchase.principal_minor),
    }
    parts = (
        (PRINCIPAL_CODE, purchase.seller_account_id, purchase.principal_price_minor, passed),
        (ACCRUED_CODE, purchase.seller_account_id, purchase.accrued_minor, None),
        (FEE_CODE, fee_account_id, purchase.fee_minor, None),
    )
    buyer = purchase.buyer_account_id
    assert buyer is not None
    paid = [
        TransferCommand(
            id=derived(purchase.requested_at, buyer, code, purchase.id),
            debit_account_id=buyer,
            credit_account_id=account_id,
            amount=amount,
            currency=purchase.currency,
            code=code,
            reference=loan_text(purchase.loan_id),
            metadata=metadata,
        )
        for code, account_id, amount, metadata in parts
        if amount
    ]
    return _beside(purchase, buyer, reserve_minor, paid) if reserve_minor else paid


def _beside(purchase: Purchase, buyer: UUID, reserve_minor: int, paid: list[TransferCommand]) -> list[TransferCommand]:
    assert purchase.standing_order_id is not None
    reference = standing_order_text(purchase.standing_order_id)
    hold = TransferCommand(
        id=derived(purchase.requested_at, buyer, "reserve", purchase.id),
        kind="pending",
        debit_account_id=buyer,
        credit_account_id=purchase.seller_account_id,
        amount=reserve_minor,
        currency=purchase.currency,
        code=RESERVE_CODE,
        reference=reference,
    )
    back = TransferCommand(
        id=derived(purchase.requested_at, buyer, "reserve_back", purchase.id),
        kind="void",
        pending_id=hold.id,
        code=RESERVE_CODE,
        reference=reference,
    )
    return [hold, *paid, back]


async def _reserve(runtime: Runtime, purchase: Purchase) -> int:
    """What the order that buys leaves in the wallet."""
    if purchase.standing_order_id is None:
        return 0
    async with runtime.reading() as connection:
        order = await order_queries.load(connection, purchase.standing_order_id)
    assert order is not None
    return order.bounds.reserve_minor


async def end_sales(runtime: Runtime) -> None:
    """End every offer past its deadline, each in its own transaction."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for sale_id in found:
        try:
            await commands.perform(runtime, actions.expire, P2P, seed=f"p2p.sale.expire\0{sale_id}", sale_id=sale_id)
        except Refusal as refusal:
            log.info("sale_left_for_later", sale_id=str(sale_id), code=refusal.code)
        except Exception:
            log.exception("sale_left_for_later", sale_id=str(sale_id))


async def _with_account(runtime: Runtime, ways: Ways, purchase: Purchase) -> Purchase:
    """The purchase with its buyer's account; refused where she has no wallet."""
    if purchase.buyer_account_id is not None:
        return purchase
    purse = await ways.purse(purchase.buyer, purchase.currency)
    if purse is None:
        await _refuse(runtime, purchase.id, "no_wallet", no_account=True)
        async with runtime.reading() as connection:
            found = await queries.purchase(connection, purchase.id)
        assert found is not None
        return found
    return await commands.perform(
        runtime,
        buying.name_account,
        P2P,
        seed=f"p2p.purchase.account\0{purchase.id}",
        purchase_id=purchase.id,
        account_id=purse.account_id,
    )


async def _refuse(runtime: Runtime, purchase_id: UUID, reason: str, *, no_account: bool) -> None:
    seed = f"p2p.purchase.refused\0{purchase_id}"
    await commands.perform(
        runtime, buying.record_refused, P2P, seed=seed, purchase_id=purchase_id, reason=reason, no_account=no_account
    )
