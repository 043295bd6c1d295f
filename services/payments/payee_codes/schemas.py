from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId, encode
from chassis.wire import Amount, Answer, Currency, Day, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.merchants.schemas import MerchantId
from services.payments.payee_codes import rules
from services.payments.payee_codes.model import Caps, CodePayment, PayeeCode, PayeeCodeState
from services.payments.wallets.schemas import WalletId

PayeeCodeId = Annotated[UUID, TypeId("pyc")]
Note = Annotated[str, Field(max_length=rules.LONGEST_NOTE)]


class OpenPayeeCodeRequest(Request):
    """merchant_id: of the caller's; without one the code pays into her own wallet in the currency."""

    merchant_id: MerchantId | None = None
    currency: Currency = "CNY"
    label: Annotated[str, Field(max_length=60)] = ""


class PayeeCodeAnswer(Answer):
    """payload: what the printed code says. payee_name: of a merchant; masked, of a person who has proved hers."""

    id: PayeeCodeId
    merchant_id: MerchantId | None
    currency: str
    label: str
    state: PayeeCodeState
    payload: str
    opened_at: datetime
    revoked_at: datetime | None


class ShownPayeeCodeAnswer(PayeeCodeAnswer):
    payee_name: str | None
    per_payment: int


class PayCodeRequest(Request):
    """wallet_id: the payer's; hers in the currency unless given."""

    amount: Amount
    currency: Currency
    note: Note = ""
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None


class CodePaymentAnswer(Answer):
    """Either an order of the merchant's or a transfer to the person."""

    id: Annotated[UUID, TypeId("pcp")]
    code_id: PayeeCodeId
    payer_id: Annotated[UUID, TypeId("cus")]
    amount: int
    currency: str
    note: str
    order_id: Annotated[UUID, TypeId("ord")] | None
    person_transfer_id: Annotated[UUID, TypeId("ptr")] | None
    paid_at: datetime


class CapsRequest(Request):
    """What static codes may take from a day on. source: who says so."""

    currency: Currency
    from_on: Day
    per_payment: Amount
    payer_per_day: Amount
    code_per_day: Amount
    source: Annotated[str, Field(min_length=1, max_length=200)]


class CapsAnswer(Answer):
    currency: str
    from_on: date
    per_payment: int
    payer_per_day: int
    code_per_day: int
    source: str


class CapsList(Answer):
    items: list[CapsAnswer]


def code_answer(code: PayeeCode) -> PayeeCodeAnswer:
    return PayeeCodeAnswer(**_facts(code))


def shown_code(code: PayeeCode, payee_name: str | None, caps: Caps | None) -> ShownPayeeCodeAnswer:
    return ShownPayeeCodeAnswer(
        **_facts(code), payee_name=payee_name, per_payment=0 if caps is None else caps.per_payment
    )


def payment_answer(payment: CodePayment) -> CodePaymentAnswer:
    return CodePaymentAnswer.model_validate(payment)


def caps_answer(caps: Caps) -> CapsAnswer:
    return CapsAnswer.model_validate(caps)


def _facts(code: PayeeCode) -> dict[str, object]:
    facts = {name: getattr(code, name) for name in PayeeCodeAnswer.model_fields if name != "payload"}
    return facts | {"payload": rules.PAYLOAD + encode("pyc", code.id)}
