"""Tokens, and when a code may be charged."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.payments.payment_codes.errors import (
    ConfirmationNeeded,
    PaymentCodeExpired,
    PaymentCodeUsed,
    PaymentCodeWithdrawn,
)
from services.payments.payment_codes.model import Cap, CodeState, PaymentCode

TOKEN_HEAD = "28"
"""Payment codes of the trade begin with 25 to 30, by which a scanner knows them."""
TOKEN_DIGITS = 18


def new_token() -> str:
    """18 digits, 16 of them by chance: with a billion codes alive a guess would hit one in ten million times."""
    drawn = TOKEN_DIGITS - len(TOKEN_HEAD)
    return f"{TOKEN_HEAD}{secrets.randbelow(10**drawn):0{drawn}d}"


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def require_chargeable(code: PaymentCode, now: datetime) -> None:
    """now: real time. Raises PaymentCodeUsed, PaymentCodeWithdrawn, PaymentCodeExpired. A code past its time is over already."""
    if code.state is CodeState.USED:
        raise PaymentCodeUsed("the code has paid for something", field="token")
    if code.state is CodeState.WITHDRAWN:
        raise PaymentCodeWithdrawn("the buyer has taken the code back", field="token")
    if code.state is CodeState.EXPIRED or code.expires_at <= now:
        raise PaymentCodeExpired("the code's time is over", field="token")


def require_within(cap: Cap | None, amount: int) -> None:
    """Without a cap in the currency every payment is confirmed. Raises ConfirmationNeeded."""
    most = 0 if cap is None else cap.amount
    if amount > most:
        raise ConfirmationNeeded(
            "the buyer pays this order in her own app", field="order_id", without_confirmation=most
        )


def charged(
    code: PaymentCode, order_id: UUID, reference: str, amount: int, currency: str, now: datetime
) -> PaymentCode:
    paid = replace(code, order_id=order_id, reference=reference, amount=amount, currency=currency)
    return ended(paid, CodeState.USED, now)


def ended(code: PaymentCode, state: CodeState, now: datetime) -> PaymentCode:
    return replace(code, state=state, slot=None, ended_at=now)
