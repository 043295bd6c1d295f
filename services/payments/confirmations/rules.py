"""Which passwords may be set, how often one may be guessed, and which payment a confirmation is good for. Pure."""

from dataclasses import replace
from datetime import datetime

from services.payments.confirmations.errors import (
    ConfirmationDiffers,
    ConfirmationExpired,
    ConfirmationUsed,
    PaymentPasswordLocked,
    PaymentPasswordWeak,
    PaymentPasswordWrong,
    UnknownConfirmation,
)
from services.payments.confirmations.model import (
    LOCKED,
    MOST_TRIES,
    Confirmation,
    ConfirmationState,
    PaymentPassword,
    Wish,
)

_ROW = "01234567890"


def require_strong(password: str) -> None:
    """password: six digits. Raises PaymentPasswordWeak."""
    if len(set(password)) == 1 or password in _ROW or password[::-1] in _ROW:
        raise PaymentPasswordWeak("not one digit six times, nor digits in a row", field="password")


def tried(held: PaymentPassword, now: datetime) -> PaymentPassword:
    """With one try more: counted before anybody looks whether it is right, so that guesses at one instant count too.

    The last one locks; the right one takes that back. Raises PaymentPasswordLocked.
    """
    if held.locked_until is not None and now < held.locked_until:
        raise PaymentPasswordLocked("too many wrong tries", locked_until=held.locked_until.isoformat())
    tries = 1 if held.tries >= MOST_TRIES else held.tries + 1
    return replace(held, tries=tries, locked_until=now + LOCKED if tries == MOST_TRIES else None)


def proved(held: PaymentPassword) -> PaymentPassword:
    return replace(held, tries=0, locked_until=None)


def require_same(held: PaymentPassword, proved: PaymentPassword) -> None:
    """proved: as it stood when its customer proved to know it. Raises PaymentPasswordWrong."""
    if held.sealed != proved.sealed:
        raise PaymentPasswordWrong("another was set meanwhile", field="password")


def require_confirmed(confirmation: Confirmation | None, wish: Wish, now: datetime) -> Confirmation:
    """now: real time. Raises UnknownConfirmation (also another's), ConfirmationUsed, ConfirmationExpired, ConfirmationDiffers."""
    if confirmation is None or confirmation.customer_id != wish.customer_id:
        raise UnknownConfirmation("no such confirmation", field="confirmation_id")
    if confirmation.state is ConfirmationState.USED:
        raise ConfirmationUsed("it confirmed one payment", field="confirmation_id")
    if confirmation.state is ConfirmationState.EXPIRED or confirmation.expires_at <= now:
        raise ConfirmationExpired("its time is over", field="confirmation_id")
    confirmed = (confirmation.subject, confirmation.amount, confirmation.currency)
    if confirmed != (wish.subject, wish.amount, wish.currency):
        raise ConfirmationDiffers("another payment was confirmed", field="confirmation_id")
    return confirmation


def used(confirmation: Confirmation, source: str, now: datetime) -> Confirmation:
    return replace(confirmation, state=ConfirmationState.USED, used_for=source, ended_at=now)
