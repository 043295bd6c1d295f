"""What payee codes refuse, beside the refusals of orders, transfers between persons and the ledger.

Refusal
├── NotFound   UnknownPayeeCode
├── Invalid    PayeeCodeCurrencyDiffers · CapsUnclear
└── Conflict   PayeeCodeRevoked · TooManyPayeeCodes · StaticCodesNotOffered · CapsSaid
               CodePaymentTooLarge · PayerDailyCapReached · CodeDailyCapReached
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPayeeCode(NotFound):
    code = "unknown_payee_code"


class PayeeCodeCurrencyDiffers(Invalid):
    code = "currency_mismatch"


class CapsUnclear(Invalid):
    """They begin in the past, or one payment could be more than a day."""

    code = "caps_unclear"


class CapsSaid(Conflict):
    """Caps for this day stand already."""

    code = "caps_said"


class PayeeCodeRevoked(Conflict):
    code = "payee_code_revoked"


class TooManyPayeeCodes(Conflict):
    code = "too_many_payee_codes"


class StaticCodesNotOffered(Conflict):
    """Nothing says what a static code may take in the currency."""

    code = "static_codes_not_offered"


class CodePaymentTooLarge(Conflict):
    """A code made for the one payment has no such cap."""

    code = "code_payment_too_large"


class PayerDailyCapReached(Conflict):
    code = "payer_daily_cap_reached"


class CodeDailyCapReached(Conflict):
    code = "code_daily_cap_reached"
