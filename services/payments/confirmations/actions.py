"""Stories of confirmations: a payment password set, changed, cleared; a payment confirmed with it, once, and then made.

A try is counted in a transaction of its own, before anybody knows whether it is right (`proving`): a wrong one stays counted. A right one
is forgotten in another, so that it does not count either where what it was said for is refused.
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


async def say_identity(tx: Tx, caller: Caller, *, vault: IdentityVault, identity_number: str | None) -> bool:
    """Whether a customer may set her first: who has proved who she is says the number of her identity again. A wrong one is a try.

    Raises PaymentPasswordStands, PaymentPasswordLocked, and IdentityDiffers where she says none.
    """
    held = await _none_set(tx, customer_of(caller))
    identity = await identity_of(tx.connection, held.customer_id)
    if identity is None:
        return True
    if identity_number is None:
        raise IdentityDiffers("she says the number of her identity again", field="identity_number")
    tried = rules.tried(held, real_now())
    if vault.keys.index(identity_number) == identity.number_index:
        return True
    await queries.save_password(tx.connection, tried)
    return False


async def set_password(tx: Tx, caller: Caller, *, sealed: bytes) -> PaymentPassword:
    """The first of a customer who may (`say_identity`). Raises PaymentPasswordStands."""
    held = await _none_set(tx, customer_of(caller))
    first = rules.proved(replace(held, sealed=sealed, set_at=real_now()))
    await queries.save_password(tx.connection, first)
    _tell(tx, "set", held.customer_id)
    return first


async def change_password(tx: Tx, caller: Caller, *, proved: PaymentPassword, sealed: bytes) -> PaymentPassword:
    """By who has just proved to know the one before; what was confirmed by it is void. Raises NoPaymentPassword, PaymentPasswordWrong."""
    held = await _held(tx, customer_of(caller), proved)
    now = real_now()
    changed = rules.proved(replace(held, sealed=sealed, set_at=now))
    await queries.save_password(tx.connection, changed)
    await queries.expire_live(tx.connection, held.customer_id, now)
    _tell(tx, "set", held.customer_id)
    return changed


async def clear_password(tx: Tx, caller: Caller, *, customer_id: UUID, reason: str) -> None:
    """She has forgotten it, or has lost her tries, and says who she is to an operator; then she sets another. What was confirmed is void.

    Raises NoPaymentPassword.
    """
    if not await queries.remove_password(tx.connection, customer_id):
        raise NoPaymentPassword("no payment password is set")
    await queries.expire_live(tx.connection, customer_id, real_now())
    _tell(tx, "cleared", customer_id, by=caller.subject, reason=reason)


async def count_try(tx: Tx, caller: Caller) -> PaymentPassword:
    """Raises NoPaymentPassword, PaymentPasswordLocked."""
    held = rules.tried(await _held(tx, customer_of(caller)), real_now())
    await queries.save_password(tx.connection, held)
    return held


async def forget_tries(tx: Tx, caller: Caller, *, proved: PaymentPassword) -> None:
    """She has proved to know it. Raises NoPaymentPassword, PaymentPasswordWrong."""
    held = await _held(tx, customer_of(caller), proved)
    await queries.save_password(tx.connection, rules.proved(held))


async def confirm(
    tx: Tx, caller: Caller, *, proved: PaymentPassword, subject: str, amount: int, currency: str
) -> Confirmation:
    """By who has just proved to know the password. Raises NoPaymentPassword, PaymentPasswordWrong, TooManyConfirmations."""
    held = await _held(tx, customer_of(caller), proved)
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
        await take_confirmation(
            tx, confirmation_id=confirmation_id, wish=Wish(customer_id, subject, amount, currency), source=source
        )
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


async def take_confirmation(tx: Tx, *, confirmation_id: UUID, wish: Wish, source: str) -> None:
    """Used for one payment, which counts to no limits here. Raises the refusals of `rules.require_confirmed`."""
    direct, now = await direct_of(tx.connection), real_now()
    found = (await queries.lock_confirmations(direct, [confirmation_id])).get(confirmation_id)
    confirmed = rules.require_confirmed(found, wish, now)
    await queries.save_used(direct, [rules.used(confirmed, source, now)])


async def expire_confirmations(tx: Tx, caller: Caller) -> int:
    """End a batch of those that were never used; how many there were."""
    return await queries.expire_due(tx.connection, real_now(), EXPIRED_AT_ONCE)


async def _held(tx: Tx, customer_id: UUID, proved: PaymentPassword | None = None) -> PaymentPassword:
    """The one that stands, locked. proved: what she has proved to know, which it must still be."""
    held = await queries.lock_password(tx.connection, customer_id)
    if held is None or held.sealed is None:
        raise NoPaymentPassword("she sets a payment password first", field="password")
    if proved is not None:
        rules.require_same(held, proved)
    return held


async def _none_set(tx: Tx, customer_id: UUID) -> PaymentPassword:
    """Where her tries are counted before she has one, locked. Raises PaymentPasswordStands."""
    held = await queries.lock_or_add_password(tx.connection, customer_id)
    if held.sealed is not None:
        raise PaymentPasswordStands("she has one; it is changed by saying it", field="current")
    return held


def _tell(tx: Tx, what: str, customer_id: UUID, **more: str) -> None:
    named = encode("cus", customer_id)
    tx.events.add(f"payments.payment_password.{what}.v1", named, {"customer_id": named, **more})
