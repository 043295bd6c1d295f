"""Stories of a payment code: opened by a customer, charged once by a merchant, withdrawn, expired."""

from datetime import date
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.merchants.queries import merchant_with
from services.payments.orders.errors import UnknownOrder
from services.payments.orders.model import Order
from services.payments.orders.payment_actions import pay_from_wallet
from services.payments.orders.queries import order_with
from services.payments.payment_codes import queries, rules
from services.payments.payment_codes.errors import CapStands, TooManyLiveCodes, UnknownPaymentCode
from services.payments.payment_codes.model import LIFETIME, MOST_LIVE, Cap, CodeState, Opened, PaymentCode

EXPIRED_AT_ONCE = 500


async def open_code(tx: Tx, caller: Caller) -> Opened:
    """A code for whoever scans it first, within a minute. Raises CustomersOnly, TooManyLiveCodes."""
    customer_id, now = customer_of(caller), real_now()
    await queries.expire_due(tx.connection, now, MOST_LIVE, customer_id)
    # A slot that another request takes meanwhile is seen as taken in the next round.
    for _ in range(MOST_LIVE):
        free = set(range(1, MOST_LIVE + 1)) - await queries.slots_taken(tx.connection, customer_id)
        if not free:
            break
        token = rules.new_token()
        code = PaymentCode(
            id=tx.ids.new(),
            customer_id=customer_id,
            token_hash=rules.hash_of(token),
            state=CodeState.LIVE,
            slot=min(free),
            order_id=None,
            reference=None,
            amount=None,
            currency=None,
            made_at=now,
            expires_at=now + LIFETIME,
            ended_at=None,
        )
        if await queries.add_code(tx.connection, code):
            return Opened(code, token)
    raise TooManyLiveCodes(f"at most {MOST_LIVE} codes live at a time", most=MOST_LIVE)


async def withdraw_code(tx: Tx, caller: Caller, *, code_id: UUID) -> PaymentCode:
    """The customer puts her phone away. One that is over stays as it is. Raises UnknownPaymentCode."""
    code = await queries.code_with(tx.connection, code_id, lock=True)
    if code is None or code.customer_id != customer_of(caller):
        raise UnknownPaymentCode("no such payment code")
    if code.state is not CodeState.LIVE:
        return code
    withdrawn = rules.ended(code, CodeState.WITHDRAWN, real_now())
    await queries.save_code(tx.connection, withdrawn)
    return withdrawn


async def charge(tx: Tx, caller: Caller, *, token: str, order_id: UUID) -> PaymentCode:
    """The merchant who scanned the code charges her wallet for its order, once.

    Raises UnknownOrder (also another merchant's), UnknownPaymentCode, the refusals of `require_chargeable`, ConfirmationNeeded, and
    what paying the order raises. A refusal leaves the code as it was.
    """
    order = await _own_order(tx, caller, order_id)
    code = await queries.code_hashed(tx.connection, rules.hash_of(token))
    if code is None:
        raise UnknownPaymentCode("no such payment code", field="token")
    now = real_now()
    rules.require_chargeable(code, now)
    rules.require_within(await queries.cap_on(tx.connection, order.currency, tx.today), order.amount)
    customer = encode("cus", code.customer_id)
    for_her = Caller(caller.subject, caller.issuer, acting_for=customer)
    await pay_from_wallet(tx, for_her, order_id=order.id, wallet_id=None, amount=order.amount, currency=order.currency)
    reference = encode("ord", order.id)
    paid = rules.charged(code, order.id, reference, order.amount, order.currency, now)
    await queries.save_code(tx.connection, paid)
    told = {
        "payment_code_id": encode("pcd", code.id),
        "customer_id": customer,
        "merchant_id": encode("mer", order.merchant_id),
        "order_id": reference,
        "amount": order.amount,
        "currency": order.currency,
    }
    tx.events.add("payments.payment_code.charged.v1", encode("pcd", code.id), told)
    return paid


async def expire_codes(tx: Tx, caller: Caller) -> int:
    """End a batch of the codes whose time is over; how many there were."""
    return await queries.expire_due(tx.connection, real_now(), EXPIRED_AT_ONCE)


async def set_cap(tx: Tx, caller: Caller, *, currency: str, from_on: date, amount: int, source: str) -> Cap:
    """From a business day on, today at the earliest: what was allowed stays as it was. Raises CapStands."""
    cap = Cap(currency, from_on, amount, source, caller.subject)
    if from_on < tx.today or not await queries.add_cap(tx.connection, cap):
        raise CapStands("the day is over, or has a cap already", field="from_on")
    return cap


async def _own_order(tx: Tx, caller: Caller, order_id: UUID) -> Order:
    order = await order_with(tx.connection, order_id)
    merchant = None if order is None else await merchant_with(tx.connection, order.merchant_id)
    if order is None or merchant is None or merchant.owner != caller.party:
        raise UnknownOrder("no such order", field="order_id")
    return order
