"""Stories of a pre-authorisation: asked for, frozen, captured in parts, released.

A two-phase post takes part of a hold and gives the rest back. So a capture is one batch: post the part, hold the rest anew; nothing
comes between the two, and both are made or neither. The holds have no time-out of their own: what is due here ends them.

A capture (预授权转支付) is the payment of an order of the merchant's: settled, shared, billed and refunded as any. A hold credits
whoever received orders' payments when it was made; where the merchant has signed a contract since, the batch holds all anew first.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.confirmations.actions import take_confirmed_room
from services.payments.confirmations.model import CONFIRMED, TOKEN_ALONE
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.ledger.queries import transfer_with
from services.payments.limits.actions import give_room_back
from services.payments.merchants.actions import own_merchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.model import Order
from services.payments.orders.payment_actions import add_captured
from services.payments.preauthorisations import queries, rules
from services.payments.preauthorisations.errors import (
    PreauthorisationCurrencyDiffers,
    PreauthorisationNumberUsed,
    UnknownPreauthorisation,
)
from services.payments.preauthorisations.model import (
    Capture,
    EndReason,
    Preauthorisation,
    PreauthorisationState,
)
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.wallets.actions import own_wallet

HOLD_CODE = "preauthorisation.hold"
CAPTURE_CODE = "preauthorisation.capture"
RELEASE_CODE = "preauthorisation.release"
DUE_BATCH = 200
FINAL = (PreauthorisationState.ENDED, PreauthorisationState.CLOSED)


async def request_preauthorisation(
    tx: Tx,
    caller: Caller,
    *,
    merchant_id: UUID,
    merchant_number: str,
    subject: str,
    amount: int,
    currency: str,
    buyer_id: UUID | None,
    timeout_seconds: int,
    hold_seconds: int,
) -> Preauthorisation:
    """A merchant asks a customer to freeze so much. Raises UnknownMerchant, PreauthorisationCurrencyDiffers, PreauthorisationNumberUsed.

    timeout_seconds: how long the customer may think; hold_seconds: how long the money may stay frozen after that.
    """
    merchant = await own_merchant(tx, caller, merchant_id)
    if merchant.currency != currency:
        raise PreauthorisationCurrencyDiffers(f"the merchant sells in {merchant.currency}", field="currency")
    one = Preauthorisation(
        id=tx.ids.new(),
        merchant_id=merchant.id,
        merchant_number=merchant_number,
        subject=subject,
        amount=amount,
        currency=currency,
        captured=0,
        buyer_id=buyer_id,
        wallet_id=None,
        account_id=None,
        hold_id=None,
        state=PreauthorisationState.REQUESTED,
        end_reason=None,
        release_asked_at=None,
        hold_seconds=hold_seconds,
        requested_at=tx.now,
        agreed_at=None,
        due_at=tx.now + timedelta(seconds=timeout_seconds),
        ended_at=None,
    )
    if not await queries.add_preauthorisation(tx.connection, one):
        raise PreauthorisationNumberUsed("the merchant has another one of this number", field="merchant_number")
    _tell(tx, one, "requested")
    return one


async def agree(
    tx: Tx,
    caller: Caller,
    *,
    preauthorisation_id: UUID,
    wallet_id: UUID | None,
    amount: int,
    currency: str,
    confirmation_id: UUID | None = None,
) -> Preauthorisation:
    """The customer lets the merchant freeze it. Raises the refusals of `require_agreeable`, UnknownWallet, InsufficientFunds."""
    buyer_id = customer_of(caller)
    one = await _locked(tx, preauthorisation_id)
    rules.require_agreeable(one, buyer_id, amount, currency, tx.now)
    wallet = await own_wallet(tx, caller, wallet_id=wallet_id, currency=currency)
    frozen = replace(
        one,
        buyer_id=buyer_id,
        wallet_id=wallet.id,
        account_id=wallet.account_id,
        hold_id=ledger.new_transfer_id(tx),
        state=PreauthorisationState.FROZEN,
        agreed_at=tx.now,
        due_at=tx.now + timedelta(seconds=one.hold_seconds),
    )
    await queries.save_preauthorisation(tx.connection, frozen)
    named = encode("pre", one.id)
    await take_confirmed_room(
        tx,
        confirmation_id=confirmation_id,
        customer_id=buyer_id,
        subject=named,
        amount=amount,
        currency=currency,
        source=named,
    )
    wish = Intent(
        kind=Kind.PREAUTHORISATION,
        reference=named,
        person=encode("cus", buyer_id),
        amount=amount,
        currency=currency,
        payee=encode("mer", one.merchant_id),
        subject=named,
        account_id=wallet.account_id,
        factors=TOKEN_ALONE if confirmation_id is None else CONFIRMED,
    )
    await risk.decide(tx, caller, wish)
    await ledger.post(tx, [_hold(frozen, await _merchant(tx, frozen), frozen.frozen)])
    _tell(tx, frozen, "frozen")
    return frozen


async def capture(
    tx: Tx,
    caller: Caller,
    *,
    preauthorisation_id: UUID,
    amount: int,
    final: bool,
    merchant_order_number: str | None = None,
) -> tuple[Preauthorisation, Capture]:
    """The merchant takes part of what is frozen, for an order that is paid at once. final: the rest is the customer's again.

    A frozen wallet gives nothing (`account_frozen`); where only an amount of it is frozen, the rest may be too much to hold anew, and a
    final capture is what it still allows. Raises UnknownPreauthorisation, OrderNumberUsed and the refusals of `require_capturable`.
    """
    one, merchant = await _merchants(tx, caller, preauthorisation_id)
    made = await queries.count_captures(tx.connection, one.id)
    rules.require_capturable(one, amount, made, tx.now, final=final)
    one, commands = await _crediting(tx, one, merchant, amount if final else one.frozen)
    capture_id, transfer_id = tx.ids.new(), ledger.new_transfer_id(tx)
    order = await _paid_order(
        tx, one, merchant, amount, transfer_id, merchant_order_number or encode("cap", capture_id)
    )
    taken = Capture(capture_id, one.id, made + 1, amount, transfer_id, tx.now, order.id)
    commands.append(_posting(one, order))
    after = replace(one, captured=one.captured + amount)
    if final or after.captured == after.amount:
        after = _ended(tx, after, EndReason.CAPTURED)
    else:
        after = replace(after, hold_id=ledger.new_transfer_id(tx))
        commands.append(_hold(after, merchant, after.frozen))
    await queries.save_preauthorisation(tx.connection, after)
    await queries.add_capture(tx.connection, taken)
    if after.state is PreauthorisationState.ENDED:
        await _give_room_back(tx, after)
    await ledger.post(tx, commands)
    told = {
        "capture_id": encode("cap", taken.id),
        "capture_amount": amount,
        "transfer_id": encode("trf", taken.transfer_id),
        "order_id": encode("ord", order.id),
    }
    _tell(tx, after, "captured", **told)
    _tell_ended(tx, after)
    return after, taken


async def release(tx: Tx, caller: Caller, *, preauthorisation_id: UUID) -> Preauthorisation:
    """The merchant gives back what is frozen still, unasked or asked by the customer; of one not agreed to, withdraws it.

    Releasing what is over changes nothing. Raises UnknownPreauthorisation.
    """
    one, _ = await _merchants(tx, caller, preauthorisation_id)
    if one.state in FINAL:
        return one
    reason = EndReason.MERCHANT if one.release_asked_at is None else EndReason.CONSENTED
    return (await _end(tx, [one], reason))[0]


async def ask_release(tx: Tx, caller: Caller, *, preauthorisation_id: UUID) -> Preauthorisation:
    """The customer wants the rest back: the merchant decides, or time. Raises UnknownPreauthorisation, PreauthorisationNotFrozen."""
    buyer_id = customer_of(caller)
    one = await _locked(tx, preauthorisation_id)
    if one.buyer_id != buyer_id:
        raise UnknownPreauthorisation("no such pre-authorisation")
    rules.require_frozen(one, tx.now)
    if one.release_asked_at is not None:
        return one
    return await _answered(tx, replace(one, release_asked_at=tx.now), "release_asked")


async def deny_release(tx: Tx, caller: Caller, *, preauthorisation_id: UUID) -> Preauthorisation:
    """The merchant needs it frozen. Raises UnknownPreauthorisation, PreauthorisationNotFrozen, ReleaseNotAsked."""
    one, _ = await _merchants(tx, caller, preauthorisation_id)
    rules.require_release_asked(one, tx.now)
    return await _answered(tx, replace(one, release_asked_at=None), "release_denied")


async def end_due(tx: Tx, caller: Caller) -> int:
    """Release a batch of those whose time is over, and close those nobody agreed to; how many there were."""
    return len(await _end(tx, await queries.lock_due(tx.connection, tx.now, DUE_BATCH), EndReason.DEADLINE))


async def _end(tx: Tx, found: list[Preauthorisation], reason: EndReason) -> list[Preauthorisation]:
    """Giving back is always possible, whatever has become of the accounts."""
    ended = [_ended(tx, one, reason) for one in found]
    frozen = [one for one in found if one.state is PreauthorisationState.FROZEN]
    for one in ended:
        await queries.save_preauthorisation(tx.connection, one)
    for one in sorted(frozen, key=lambda one: str(one.buyer_id)):
        await _give_room_back(tx, one)
    if frozen:
        # Each by itself: a hold that an operator ended by hand never keeps the others; if it was posted, the audit tells.
        voids = [_voiding(tx, one) for one in frozen]
        await ledger.attempt(tx, voids, atomic=False)
    for one in ended:
        _tell_ended(tx, one)
    return ended


async def _give_room_back(tx: Tx, one: Preauthorisation) -> None:
    """Of what counted against the customer's limits and in windows of risk, what the merchant has not taken."""
    named, left = encode("pre", one.id), one.amount - one.captured
    if left:
        await give_room_back(tx, source=named, amount=left)
    if left == one.amount:
        await risk.take_back(tx, [named])
    elif left:
        await risk.take_back_parts(tx, named, {"not captured": left})


def _ended(tx: Tx, one: Preauthorisation, reason: EndReason) -> Preauthorisation:
    agreed = one.state is PreauthorisationState.FROZEN
    state = PreauthorisationState.ENDED if agreed else PreauthorisationState.CLOSED
    return replace(one, state=state, end_reason=reason, due_at=None, ended_at=tx.now)


async def _answered(tx: Tx, one: Preauthorisation, step: str) -> Preauthorisation:
    await queries.save_preauthorisation(tx.connection, one)
    _tell(tx, one, step)
    return one


async def _locked(tx: Tx, preauthorisation_id: UUID) -> Preauthorisation:
    one = await queries.preauthorisation_with(tx.connection, preauthorisation_id, lock=True)
    if one is None:
        raise UnknownPreauthorisation("no such pre-authorisation")
    return one


async def _merchants(tx: Tx, caller: Caller, preauthorisation_id: UUID) -> tuple[Preauthorisation, Merchant]:
    """One of the caller's merchant, under lock."""
    one = await _locked(tx, preauthorisation_id)
    merchant = await _merchant(tx, one)
    if merchant.owner != caller.party:
        raise UnknownPreauthorisation("no such pre-authorisation")
    return one, merchant


async def _merchant(tx: Tx, one: Preauthorisation) -> Merchant:
    merchant = await merchant_with(tx.connection, one.merchant_id)
    assert merchant is not None
    return merchant


async def _crediting(
    tx: Tx, one: Preauthorisation, merchant: Merchant, amount: int
) -> tuple[Preauthorisation, list[TransferCommand]]:
    """With a hold of so much that credits whoever receives orders' payments now, and what it takes to have it.

    A post passes where part of the wallet is frozen, a hold only where it is covered beside that: so no more than is wanted.
    """
    assert one.hold_id is not None
    made = await transfer_with(tx.connection, one.hold_id)
    assert made is not None
    if made.credit_account_id == merchant.receiving_account_id:
        return one, []
    anew = replace(one, hold_id=ledger.new_transfer_id(tx))
    return anew, [_voiding(tx, one), _hold(anew, merchant, amount)]


async def _paid_order(
    tx: Tx, one: Preauthorisation, merchant: Merchant, amount: int, transfer_id: UUID, number: str
) -> Order:
    assert one.buyer_id is not None
    assert one.account_id is not None
    return await add_captured(
        tx,
        merchant,
        preauthorisation_id=one.id,
        merchant_order_number=number,
        subject=one.subject,
        amount=amount,
        currency=one.currency,
        buyer_id=one.buyer_id,
        account_id=one.account_id,
        transfer_id=transfer_id,
    )


def _hold(one: Preauthorisation, merchant: Merchant, amount: int) -> TransferCommand:
    assert one.hold_id is not None
    return TransferCommand(
        id=one.hold_id,
        kind=TransferKind.PENDING,
        code=HOLD_CODE,
        reference=encode("pre", one.id),
        debit_account_id=one.account_id,
        credit_account_id=merchant.receiving_account_id,
        amount=amount,
        currency=one.currency,
    )


def _posting(one: Preauthorisation, order: Order) -> TransferCommand:
    assert order.transfer_id is not None
    return TransferCommand(
        id=order.transfer_id,
        kind=TransferKind.POST,
        code=CAPTURE_CODE,
        reference=encode("ord", order.id),
        amount=order.amount,
        pending_id=one.hold_id,
    )


def _voiding(tx: Tx, one: Preauthorisation) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.VOID,
        code=RELEASE_CODE,
        reference=encode("pre", one.id),
        pending_id=one.hold_id,
    )


def _tell_ended(tx: Tx, one: Preauthorisation) -> None:
    if one.end_reason is not None:
        released = one.amount - one.captured if one.state is PreauthorisationState.ENDED else 0
        _tell(tx, one, one.state.value, reason=one.end_reason.value, released=released)


def _tell(tx: Tx, one: Preauthorisation, step: str, **more: Any) -> None:
    told = {
        "preauthorisation_id": encode("pre", one.id),
        "merchant_id": encode("mer", one.merchant_id),
        "merchant_number": one.merchant_number,
        "buyer_id": None if one.buyer_id is None else encode("cus", one.buyer_id),
        "amount": one.amount,
        "captured": one.captured,
        "currency": one.currency,
    }
    tx.events.add(f"payments.preauthorisation.{step}.v1", encode("pre", one.id), told | more)
