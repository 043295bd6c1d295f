"""What a static code may take."""

from datetime import date

from services.payments.payee_codes.errors import (
    CapsUnclear,
    CodePaymentTooLarge,
    PayeeCodeCurrencyDiffers,
    PayeeCodeRevoked,
)
from services.payments.payee_codes.model import Caps, PayeeCode, PayeeCodeState

MOST_CODES = 50
LONGEST_NOTE = 200
PAYLOAD = "sifang://payee/"


def require_payable(code: PayeeCode, caps: Caps, amount: int, currency: str) -> None:
    """Raises PayeeCodeRevoked, PayeeCodeCurrencyDiffers, CodePaymentTooLarge."""
    if code.state is PayeeCodeState.REVOKED:
        raise PayeeCodeRevoked("the code is not in use any more")
    if code.currency != currency:
        raise PayeeCodeCurrencyDiffers(f"the code takes {code.currency}", field="currency")
    if amount > caps.per_payment:
        raise CodePaymentTooLarge("more than a static code takes at one time", field="amount", most=caps.per_payment)


def require_clear(caps: Caps, today: date) -> None:
    """Raises CapsUnclear."""
    if caps.from_on < today:
        raise CapsUnclear("what was paid was paid under the caps of its day", field="from_on")
    if caps.per_payment > min(caps.payer_per_day, caps.code_per_day):
        raise CapsUnclear("one payment is never more than a day's", field="per_payment")
