"""What confirmations refuse.

Refusal
├── NotFound   UnknownConfirmation
├── Conflict   NoPaymentPassword · PaymentPasswordStands · PaymentPasswordWrong · TooManyConfirmations · ConfirmationUsed ·
│              ConfirmationExpired · ConfirmationDiffers
├── Invalid    PaymentPasswordWeak · IdentityDiffers
└── TooMany    PaymentPasswordLocked
"""

from chassis.errors import Conflict, Invalid, NotFound, TooMany


class UnknownConfirmation(NotFound):
    code = "unknown_confirmation"


class NoPaymentPassword(Conflict):
    code = "no_payment_password"


class PaymentPasswordStands(Conflict):
    """It is changed by who knows the one that stands."""

    code = "payment_password_stands"


class PaymentPasswordWrong(Conflict):
    code = "payment_password_wrong"


class PaymentPasswordLocked(TooMany):
    """Too many wrong ones in a row."""

    code = "payment_password_locked"


class PaymentPasswordWeak(Invalid):
    """One digit six times, or digits in a row."""

    code = "payment_password_weak"


class IdentityDiffers(Invalid):
    """Who has proved who she is sets a payment password by saying it again."""

    code = "identity_differs"


class TooManyConfirmations(Conflict):
    code = "too_many_confirmations"


class ConfirmationUsed(Conflict):
    """It was for one payment."""

    code = "confirmation_used"


class ConfirmationExpired(Conflict):
    code = "confirmation_expired"


class ConfirmationDiffers(Conflict):
    """She confirmed another payment: another payee or another amount."""

    code = "confirmation_differs"
