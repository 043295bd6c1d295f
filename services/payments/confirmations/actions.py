"""Stories of confirmations: a payment password set, changed, cleared; a payment confirmed with it, once, and then made.

A try is counted in a transaction of its own, before anybody knows whether it is right (`proving`): a wrong one stays counted.
"""

from dataclasses import replace
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.confirmations import queries, rules
from services.payments.confirmations.errors import (
    IdentityDiffers,
    NoPaymentPassword,
    PaymentPasswordStands,
    TooManyConfirmations,
)
from services.payments.confirmations.model import (
    CONFIRMED,
    LIFETIME,
    MOST_LIVE,
    TOKEN_ALONE,
    Confirmation,
    ConfirmationState,
    PaymentPassword,
    Wish,
)
from services.payments.holders.queries import identity_of
from services.payments.holders.vault import IdentityVault
from services.payments.limits.actions import take_room

EXPIRED_AT_ONCE = 500


async def set_password(
    tx: Tx, caller: Caller, *, sealed: bytes, vault: IdentityVault, identity_number: str | None
) -> PaymentPassword:
    """Her first. Who has proved who she is says the number of her identity again. Raises PaymentPasswordStands, IdentityDiffers."""
    customer_id = customer_of(caller)
    identity = await identity_of(tx.connection, customer_id)
    if identity is not None and (identity_number is None or vault.keys.index(identity_number) != identity.number_index):
        raise IdentityDiffers("that is not the number of her identity", field="identity_number")
    held = PaymentPassword(customer_id, sealed, 0, None, real_now())
    if not await queries.add_password(tx.connection, held):
        raise PaymentPasswordStands("she has one; it is changed by saying it", field="current")
    _tell(tx, "set", customer_id)
    return held


async def change_password(tx: Tx, caller: Caller, *, sealed: bytes) -> PaymentPassword:
    """By who has just proved to know the one before. Raises NoPaymentPassword."""
    held = await _held(tx, customer_of(caller))
    changed = rules.proved(replace(held, sealed=sealed, set_at=real_now()))
    await queries.save_password(tx.connection, changed)
    _tell(tx, "set", held.customer_id)
    return changed


async def clear_password(tx: Tx, caller: Caller, *, customer_id: UUID, reason: str) -> None:
    """She has forgotten it and says who she is to an operator; then she sets another. Raises NoPaymentPassword."""
    if not await queries.remove_password(tx.connection, customer_id):
        raise NoPaymentPassword("no payment password is set")
    _tell(tx, "cleared", customer_id, by=caller.subject, reason=reason)


async def count_try(tx: Tx, caller: Caller) -> PaymentPassword:
    """Raises NoPaymentPassword, PaymentPasswordLocked."""
    held = rules.tried(await _held(tx, customer_of(caller)), real_now())
    await queries.save_password(tx.connection, held)
    return held


async def confirm(tx: Tx, caller: Caller, *, subject: str, amount: int, currency: str) -> Confirmation:
    """By who has just proved to know the password. Raises NoPaymentPassword, TooManyConfirmations."""
    held = await _held(tx, customer_of(caller))
    await queries.save_password(tx.connection, rules.proved(held))
    now = real_now()
    if await queries.count_live(tx.connection, held.customer_id, now) >= MOST_LIVE:
        raise TooManyConfirmations(f"at most {MOST_LIVE} wait for their payments", most=MOST_LIVE)
    confirmation = Confirmation(
        id=tx.ids.new(),
        customer_id=held.customer_id,
        subject=subject,
        amount=amount,
        currency=currency,
        state=ConfirmationState.LIVE,
        made_at=now,
        expires_at=now + LIFETIME,
    )
    await queries.add_confirmation(tx.connection, confirmation)
    return confirmation


async def take_confirmed_room(
    tx: Tx,
    *,
    confirmation_id: UUID | None,
    customer_id: UUID,
    subject: str,
    amount: int,
    currency: str,
    source: str,
    reference: str | None = None,
) -> None:
    """Count a payment that its payer makes herself (`limits.actions.take_room`), as what it was confirmed with lets it count.

    confirmation_id: of what she confirmed; None: her access token stands alone. subject: what is paid, or whom, as she saw it.
    Raises the refusals of `rules.require_confirmed` and of limits.
    """
    factors = TOKEN_ALONE
    if confirmation_id is not None:
        direct, now = await direct_of(tx.connection), real_now()
        found = (await queries.lock_confirmations(direct, [confirmation_id])).get(confirmation_id)
        confirmed = rules.require_confirmed(found, Wish(customer_id, subject, amount, currency), now)
        await queries.save_used(direct, [rules.used(confirmed, source, now)])
        factors = CONFIRMED
    await take_room(
        tx,
        customer_id=customer_id,
        amount=amount,
        currency=currency,
        source=source,
        factors=factors,
        reference=reference,
    )


async def expire_confirmations(tx: Tx, caller: Caller) -> int:
    """End a batch of those that were never used; how many there were."""
    return await queries.expire_due(tx.connection, real_now(), EXPIRED_AT_ONCE)


async def _held(tx: Tx, customer_id: UUID) -> PaymentPassword:
    held = await queries.password_of(tx.connection, customer_id, lock=True)
    if held is None:
        raise NoPaymentPassword("she sets a payment password first", field="password")
    return held


def _tell(tx: Tx, what: str, customer_id: UUID, **more: str) -> None:
    named = encode("cus", customer_id)
    tx.events.add(f"payments.payment_password.{what}.v1", named, {"customer_id": named, **more})
