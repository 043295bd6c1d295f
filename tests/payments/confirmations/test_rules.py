"""Which passwords may be set, how often they are guessed, and which payment a confirmation is good for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.errors import Refusal
from chassis.sealing import CannotOpen, SealingKeys
from services.payments.confirmations import rules
from services.payments.confirmations.model import (
    LIFETIME,
    LOCKED,
    MOST_TRIES,
    Confirmation,
    ConfirmationState,
    PaymentPassword,
    Wish,
)
from services.payments.confirmations.vault import PasswordVault

ANNA, BORIS = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
ORDER = "ord_00000000000000000000000001"
HELD = PaymentPassword(ANNA, b"sealed", 0, None, NOW)
LIVE = Confirmation(UUID(int=3), ANNA, ORDER, 5_000, "CNY", ConfirmationState.LIVE, NOW, NOW + LIFETIME)
WISH = Wish(ANNA, ORDER, 5_000, "CNY")


@pytest.mark.parametrize(
    ("password", "strong"),
    [("111111", False), ("123456", False), ("654321", False), ("567890", False), ("098765", False), ("246801", True),
     ("112233", True), ("123455", True)],
)  # fmt: skip
def test_weak_passwords_are_refused(password: str, strong: bool) -> None:
    if strong:
        rules.require_strong(password)
    else:
        with pytest.raises(Refusal) as caught:
            rules.require_strong(password)
        assert (caught.value.code, caught.value.field) == ("payment_password_weak", "password")


def test_five_guesses_lock_it_for_three_hours_and_the_right_one_forgets_them() -> None:
    held = HELD
    for number in range(1, MOST_TRIES + 1):
        held = rules.tried(held, NOW)
        assert (held.tries, held.locked_until is not None) == (number, number == MOST_TRIES)
    assert rules.proved(held) == HELD
    with pytest.raises(Refusal) as caught:
        rules.tried(held, NOW + LOCKED - timedelta(microseconds=1))
    assert caught.value.code == "payment_password_locked"
    again = rules.tried(held, NOW + LOCKED)
    assert (again.tries, again.locked_until) == (1, None)


@pytest.mark.parametrize(
    ("confirmation", "wish", "later", "code"),
    [
        (LIVE, WISH, timedelta(), None),
        (LIVE, WISH, LIFETIME - timedelta(microseconds=1), None),
        (LIVE, WISH, LIFETIME, "confirmation_expired"),
        (replace(LIVE, state=ConfirmationState.EXPIRED, ended_at=NOW), WISH, timedelta(), "confirmation_expired"),
        (rules.used(LIVE, "opy_1", NOW), WISH, timedelta(), "confirmation_used"),
        (rules.used(LIVE, "opy_1", NOW), WISH, LIFETIME, "confirmation_used"),
        (None, WISH, timedelta(), "unknown_confirmation"),
        (LIVE, replace(WISH, customer_id=BORIS), timedelta(), "unknown_confirmation"),
        (LIVE, replace(WISH, subject=ORDER[:-1] + "2"), timedelta(), "confirmation_differs"),
        (LIVE, replace(WISH, amount=5_001), timedelta(), "confirmation_differs"),
        (LIVE, replace(WISH, amount=4_999), timedelta(), "confirmation_differs"),
        (LIVE, replace(WISH, currency="USD"), timedelta(), "confirmation_differs"),
    ],
)
def test_a_confirmation_in_each_state_is_good_for_its_payment_alone(
    confirmation: Confirmation | None, wish: Wish, later: timedelta, code: str | None
) -> None:
    if code is None:
        assert rules.require_confirmed(confirmation, wish, NOW + later) == confirmation
        return
    with pytest.raises(Refusal) as caught:
        rules.require_confirmed(confirmation, wish, NOW + later)
    assert (caught.value.code, caught.value.field) == (code, "confirmation_id")


def test_a_password_proves_its_customer_alone_and_two_seals_of_it_differ() -> None:
    vault = PasswordVault(SealingKeys((b"k" * 32,), "card"))
    sealed = vault.sealed(ANNA, "246801")
    assert vault.proves(ANNA, "246801", sealed)
    assert not vault.proves(ANNA, "246802", sealed)
    for other, customer in ((vault, BORIS), (PasswordVault(SealingKeys((b"o" * 32,), "card")), ANNA)):
        with pytest.raises(CannotOpen):
            other.proves(customer, "246801", sealed)
    assert vault.sealed(ANNA, "246801") != sealed
