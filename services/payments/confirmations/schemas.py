from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.confirmations.model import Confirmation

ConfirmationId = Annotated[UUID, TypeId("cfm")]
CustomerId = Annotated[UUID, TypeId("cus")]
Password = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="six digits")]
ADDRESS = "[a-z]{2,4}1[02-9ac-hj-np-z]{38,62}"
Subject = Annotated[str, Field(pattern=rf"^((ord|trd|pre|pyc|mer|cus|wal)_[0-7][0-9a-hjkmnp-tv-z]{{25}}|{ADDRESS})$")]


class PasswordRequest(Request):
    """current: the one that stands, to change it. identity_number: of who has proved who she is and sets her first."""

    password: Password
    current: Password | None = None
    identity_number: Annotated[str, Field(min_length=1, max_length=40)] | None = None


class ClearanceRequest(Request):
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class ConfirmationRequest(Request):
    """subject: what she is about to pay, or whom: an order, a trade, a pre-authorisation, a payee's code, the merchant of a static QR code,
    the customer or the wallet a transfer names, the address that coins are sent to (in small letters). amount, currency: what leaves her
    wallet, of coins the fee included."""

    password: Password
    subject: Subject
    amount: Amount
    currency: Currency


class ConfirmationAnswer(Answer):
    """The instants are real time."""

    id: ConfirmationId
    subject: str
    amount: int
    currency: str
    made_at: datetime
    expires_at: datetime


def confirmation_answer(confirmation: Confirmation) -> ConfirmationAnswer:
    return ConfirmationAnswer.model_validate(confirmation)
