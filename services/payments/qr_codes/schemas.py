from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.wire import Amount, Answer, Currency, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.schemas import OrderId
from services.payments.qr_codes.merchant_presented import LONGEST_CODE
from services.payments.qr_codes.model import Profile
from services.payments.wallets.schemas import WalletId

Payload = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE, description="the code's text")]


class ProfileRequest(Request):
    """What EMV asks of every code. category_code: ISO 18245; latin_name and city: printable ASCII."""

    category_code: Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["5411"])]
    latin_name: Annotated[str, Field(pattern=r"^[ -~]{1,25}$")]
    city: Annotated[str, Field(pattern=r"^[ -~]{1,15}$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    postal_code: Annotated[str, Field(pattern=r"^[ -~]{1,10}$")] | None = None


class ParseRequest(Request):
    payload: Payload


class PayScannedRequest(Request):
    """amount and currency: what the payer was shown, or typed for a static code."""

    payload: Payload
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None


class ProfileAnswer(Answer):
    merchant_id: MerchantId
    category_code: str
    latin_name: str
    city: str
    country: str
    postal_code: str | None
    changed_at: datetime


class QrCodeAnswer(Answer):
    """payload: the text to be shown as a code. amount and expires_at: of an order's; a static code has neither."""

    payload: str
    merchant_id: MerchantId
    order_id: OrderId | None
    amount: int | None
    currency: str
    expires_at: datetime | None


class ParsedAnswer(Answer):
    """What a sound code says. merchant_presented: to be paid with `/v1/qr-codes/payments`; consumer_presented: to be charged by its token.

    merchant_id: none in a code of another network. Of an order of ours `payable` says whether it still waits.
    """

    kind: Literal["merchant_presented", "consumer_presented"]
    initiation: str | None = None
    name: str | None = None
    local_name: str | None = None
    city: str | None = None
    amount: int | None = None
    currency: str | None = None
    merchant_id: MerchantId | None = None
    order_id: OrderId | None = None
    payable: bool | None = None
    expires_at: datetime | None = None
    token: str | None = None


def profile_answer(profile: Profile) -> ProfileAnswer:
    return ProfileAnswer.model_validate(profile)
