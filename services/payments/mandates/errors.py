"""What mandates and their debits refuse.

Refusal
├── NotFound   UnknownMandate · UnknownDebit
├── Conflict   MandateNotOpen · MandateNotActive (`mandate_<state>`) · IdentityMissing · DebitNumberUsed · PeriodCapReached ·
│              DebitNotWaiting
└── Invalid    AmountAboveMandate · MandateCurrencyDiffers · BeyondValidity · PayeeUnclear · CapsUnclear
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownMandate(NotFound):
    code = "unknown_mandate"


class UnknownDebit(NotFound):
    code = "unknown_debit"


class MandateNotOpen(Conflict):
    """What was asked for does not fit the state the mandate is in."""

    code = "mandate_not_open"


class MandateNotActive(Conflict):
    """Debits need a signed mandate that is in force."""

    code = "mandate_not_active"


class MandateRequested(MandateNotActive):
    code = "mandate_requested"


class MandateSuspended(MandateNotActive):
    code = "mandate_suspended"


class MandateRevoked(MandateNotActive):
    code = "mandate_revoked"


class MandateExpired(MandateNotActive):
    code = "mandate_expired"


class MandateRefused(MandateNotActive):
    code = "mandate_refused"


class IdentityMissing(Conflict):
    """A mandate is signed with an identity, and the customer has declared none."""

    code = "identity_not_declared"


class DebitNumberUsed(Conflict):
    """The payee has another debit of this number under the mandate."""

    code = "debit_number_used"


class PeriodCapReached(Conflict):
    """What the customer allows in the period is taken, or planned; `left` tells how much is not."""

    code = "period_cap_reached"


class DebitNotWaiting(Conflict):
    """It is with the bank, or has ended."""

    code = "debit_not_waiting"


class AmountAboveMandate(Invalid):
    code = "amount_above_mandate"


class MandateCurrencyDiffers(Invalid):
    code = "currency_mismatch"


class BeyondValidity(Invalid):
    """The day is after the mandate's last one, or too far away."""

    code = "beyond_validity"


class PayeeUnclear(Invalid):
    """A merchant or an account of one's own, and just one of them."""

    code = "payee_unclear"


class CapsUnclear(Invalid):
    """A debit may not be more than a period."""

    code = "caps_unclear"
