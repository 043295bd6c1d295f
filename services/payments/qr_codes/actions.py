"""Stories of merchants' codes: what they show, and paying what was scanned."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders import actions as orders
from services.payments.orders.model import Order
from services.payments.orders.payment_actions import pay_from_wallet
from services.payments.orders.queries import order_with
from services.payments.orders.rules import SHORTEST_TIMEOUT_SECONDS
from services.payments.qr_codes import queries, rules
from services.payments.qr_codes.errors import QrCodeDiffers, QrCodeForeign
from services.payments.qr_codes.merchant_presented import read_merchant_presented
from services.payments.qr_codes.model import Profile

SUBJECT = "paid by the merchant's code"


async def set_profile(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    category_code: str,
    latin_name: str,
    city: str,
    country: str,
    postal_code: str | None,
) -> Profile:
    """What the merchant's codes show. Raises UnknownMerchant."""
    merchant = await own_merchant(tx, caller, merchant_id)
    profile = Profile(merchant.id, category_code, latin_name, city, country, postal_code, tx.now)
    await queries.save_profile(tx.connection, profile)
    return profile


async def pay_scanned(
    tx: Tx,
    caller: Caller,
    *,
    payload: str,
    amount: int,
    currency: str,
    wallet_id: UUID | None,
    confirmation_id: UUID | None = None,
) -> Order:
    """Pay from the wallet what a merchant's code asks for; behind a static code an order of the payer's amount is made first.

    amount, currency: what she was shown or typed. Raises what reading the code does, QrCodeForeign, QrCodeDiffers, and orders' refusals.
    """
    customer_of(caller)
    said = read_merchant_presented(payload)
    named = rules.named_in(said)
    merchant = await merchant_with(tx.connection, named.merchant_id)
    if merchant is None:
        raise QrCodeForeign("the code names no merchant of ours", field=rules.ACCOUNT_TAG)
    if named.order_id is None:
        if (said.currency, currency) != (merchant.currency, merchant.currency):
            raise QrCodeDiffers("the merchant sells in another currency", field="53")
        order, confirmed_as = await _ordered(tx, caller, merchant, amount), encode("mer", merchant.id)
    else:
        found = await order_with(tx.connection, named.order_id)
        if found is None:
            raise QrCodeForeign("the code names no order of ours", field=rules.ACCOUNT_TAG)
        rules.require_same(said, named, found)
        order, confirmed_as = found, encode("ord", found.id)
    return await pay_from_wallet(
        tx,
        caller,
        order_id=order.id,
        wallet_id=wallet_id,
        amount=amount,
        currency=currency,
        confirmation_id=confirmation_id,
        confirmed_as=confirmed_as,
    )


async def _ordered(tx: Tx, caller: Caller, merchant: Merchant, amount: int) -> Order:
    """Made in the merchant's name, for this payer alone."""
    in_its_name = Caller(caller.subject, caller.issuer, acting_for=merchant.owner)
    return await orders.create_order(
        tx,
        in_its_name,
        merchant_id=merchant.id,
        merchant_order_number=f"QR-{tx.ids.new().hex}",
        subject=SUBJECT,
        amount=amount,
        currency=merchant.currency,
        buyer_id=customer_of(caller),
        timeout_seconds=SHORTEST_TIMEOUT_SECONDS,
    )
