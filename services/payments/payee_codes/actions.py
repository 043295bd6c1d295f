"""Stories of payee codes: opened, paid, revoked; what static codes may take."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.actions import create_order
from services.payments.orders.payment_actions import pay_from_wallet
from services.payments.payee_codes import queries, rules
from services.payments.payee_codes.errors import (
    CapsSaid,
    CodeDailyCapReached,
    PayerDailyCapReached,
    StaticCodesNotOffered,
    TooManyPayeeCodes,
    UnknownPayeeCode,
)
from services.payments.payee_codes.model import Caps, CodePayment, PayeeCode, PayeeCodeState
from services.payments.person_transfers.actions import Wanted, pay_person
from services.payments.wallets.actions import own_wallet
from services.payments.wallets.queries import wallet_with

ORDER_SECONDS = 60


async def open_code(tx: Tx, caller: Caller, *, merchant_id: UUID | None, currency: str, label: str) -> PayeeCode:
    """Of the caller's merchant, or of her wallet. Raises UnknownMerchant, UnknownWallet, StaticCodesNotOffered, TooManyPayeeCodes."""
    if merchant_id is None:
        wallet_id = (await own_wallet(tx, caller, wallet_id=None, currency=currency)).id
    else:
        wallet_id, currency = None, (await own_merchant(tx, caller, merchant_id)).currency
    await _caps(tx, currency)
    if await queries.count_open(tx.connection, caller.party) >= rules.MOST_CODES:
        raise TooManyPayeeCodes("revoke one that is not used", most=rules.MOST_CODES)
    code = PayeeCode(
        id=tx.ids.new(),
        owner=caller.party,
        merchant_id=merchant_id,
        wallet_id=wallet_id,
        currency=currency,
        label=label,
        state=PayeeCodeState.OPEN,
        opened_at=tx.now,
        revoked_at=None,
    )
    await queries.add_code(tx.connection, code)
    tx.events.add("payments.payee_code.opened.v1", encode("pyc", code.id), _told(code))
    return code


async def revoke_code(tx: Tx, caller: Caller, *, code_id: UUID) -> PayeeCode:
    """Nobody pays by it any more. Revoked twice is revoked. Raises UnknownPayeeCode."""
    code = await queries.code_with(tx.connection, code_id, lock=True)
    if code is None or code.owner != caller.party:
        raise UnknownPayeeCode("no such code")
    if code.state is PayeeCodeState.REVOKED:
        return code
    revoked = replace(code, state=PayeeCodeState.REVOKED, revoked_at=tx.now)
    await queries.save_code(tx.connection, revoked)
    tx.events.add("payments.payee_code.revoked.v1", encode("pyc", code.id), _told(code))
    return revoked


async def pay_code(
    tx: Tx,
    caller: Caller,
    *,
    code_id: UUID,
    wallet_id: UUID | None,
    amount: int,
    currency: str,
    note: str,
    confirmation_id: UUID | None = None,
) -> CodePayment:
    """From the payer's wallet, at once: a paid order of the merchant's, or a transfer to the person.

    Raises UnknownPayeeCode, the refusals of `require_payable`, PayerDailyCapReached, CodeDailyCapReached, UnknownWallet, TransferToOneself,
    refusals of confirmations and limits, InsufficientFunds.
    """
    payer_id = customer_of(caller)
    code = await queries.code_with(tx.connection, code_id, keep=True)
    if code is None:
        raise UnknownPayeeCode("no such code")
    caps = await _caps(tx, code.currency)
    rules.require_payable(code, caps, amount, currency)
    await _count(tx, code, payer_id, caps, amount)
    payment_id = tx.ids.new()
    order_id = transfer_id = None
    wanted = Wanted(amount, currency, note, wallet_id=wallet_id, confirmation_id=confirmation_id)
    if code.merchant_id is not None:
        order_id = await _pay_merchant(tx, caller, code, payment_id, wanted)
    else:
        transfer_id = await _pay_person(tx, caller, code, wanted)
    payment = CodePayment(
        payment_id, code.id, payer_id, amount, currency, note, order_id, transfer_id, tx.now, tx.today
    )
    await queries.add_payment(tx.connection, payment)
    told = {
        "code_payment_id": encode("pcp", payment.id),
        "payer_id": encode("cus", payer_id),
        "amount": amount,
        "order_id": None if order_id is None else encode("ord", order_id),
        "person_transfer_id": None if transfer_id is None else encode("ptr", transfer_id),
    }
    tx.events.add("payments.payee_code.paid.v1", encode("pyc", code.id), _told(code) | told)
    return payment


async def say_caps(
    tx: Tx,
    caller: Caller,
    *,
    currency: str,
    from_on: date,
    per_payment: int,
    payer_per_day: int,
    code_per_day: int,
    source: str,
) -> Caps:
    """What static codes may take from a day on. Raises CapsUnclear, CapsSaid."""
    caps = Caps(currency, from_on, per_payment, payer_per_day, code_per_day, source)
    rules.require_clear(caps, tx.today)
    if not await queries.add_caps(tx.connection, caps):
        raise CapsSaid("caps for this day stand already", field="from_on")
    return caps


async def _caps(tx: Tx, currency: str) -> Caps:
    caps = await queries.caps_on(tx.connection, currency, tx.today)
    if caps is None:
        raise StaticCodesNotOffered(f"no static codes take {currency}", field="currency")
    return caps


async def _count(tx: Tx, code: PayeeCode, payer_id: UUID, caps: Caps, amount: int) -> None:
    """Payers' totals before codes', for everybody."""
    payer, taker = encode("cus", payer_id), encode("pyc", code.id)
    if not await queries.count_paid(tx.connection, payer, code.currency, tx.today, amount, caps.payer_per_day):
        raise PayerDailyCapReached(
            "more than a payer pays by static codes a day", field="amount", most=caps.payer_per_day
        )
    if not await queries.count_paid(tx.connection, taker, code.currency, tx.today, amount, caps.code_per_day):
        raise CodeDailyCapReached("more than the code takes a day", field="amount", most=caps.code_per_day)


async def _pay_merchant(tx: Tx, caller: Caller, code: PayeeCode, payment_id: UUID, wanted: Wanted) -> UUID:
    assert code.merchant_id is not None
    merchant = await merchant_with(tx.connection, code.merchant_id)
    assert merchant is not None
    order = await create_order(
        tx,
        Caller(merchant.owner, "payments"),
        merchant_id=merchant.id,
        merchant_order_number=encode("pcp", payment_id),
        subject=code.label or merchant.name,
        amount=wanted.amount,
        currency=code.currency,
        buyer_id=customer_of(caller),
        timeout_seconds=ORDER_SECONDS,
    )
    await pay_from_wallet(
        tx,
        caller,
        order_id=order.id,
        wallet_id=wanted.wallet_id,
        amount=wanted.amount,
        currency=code.currency,
        confirmation_id=wanted.confirmation_id,
        confirmed_as=encode("pyc", code.id),
    )
    return order.id


async def _pay_person(tx: Tx, caller: Caller, code: PayeeCode, wanted: Wanted) -> UUID:
    assert code.wallet_id is not None
    wallet = await wallet_with(tx.connection, code.wallet_id)
    assert wallet is not None
    return (await pay_person(tx, caller, payee=wallet, wanted=wanted, confirmed_as=encode("pyc", code.id))).id


def _told(code: PayeeCode) -> dict[str, object]:
    return {
        "payee_code_id": encode("pyc", code.id),
        "owner": code.owner,
        "merchant_id": None if code.merchant_id is None else encode("mer", code.merchant_id),
        "currency": code.currency,
    }
