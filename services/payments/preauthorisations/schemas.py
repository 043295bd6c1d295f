from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.schemas import OrderId
from services.payments.preauthorisations import rules
from services.payments.preauthorisations.model import (
    Capture,
    EndReason,
    Preauthorisation,
    PreauthorisationState,
)
from services.payments.wallets.schemas import WalletId

PreauthorisationId = Annotated[UUID, TypeId("pre")]
CustomerId = Annotated[UUID, TypeId("cus")]
LONGEST_HOLD_SECONDS = int(rules.LONGEST_HOLD.total_seconds())


class PreauthorisationRequest(Request):
    """buyer_id: who alone may agree. timeout_seconds: not agreed to by then, it closes; hold_seconds: how long it may stay frozen."""

    merchant_id: MerchantId
    merchant_number: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Amount
    currency: Currency
    buyer_id: CustomerId | None = None
    timeout_seconds: Annotated[int, Field(ge=rules.SHORTEST_ASKING_SECONDS, le=rules.LONGEST_ASKING_SECONDS)] = 1800
    hold_seconds: Annotated[int, Field(ge=rules.SHORTEST_HOLD_SECONDS, le=LONGEST_HOLD_SECONDS)] = LONGEST_HOLD_SECONDS


class AgreementRequest(Request):
    """amount, currency: what the customer was shown. wallet_id: her wallet in the currency unless given."""

    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None


class CaptureRequest(Request):
    """final: what is left is the customer's again. merchant_order_number: of the order it pays; its own id if left out."""

    amount: Amount
    final: bool = False
    merchant_order_number: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class PreauthorisationAnswer(Answer):
    """amount: frozen at first; captured: of it so far; frozen: still; minor units. due_at: when it ends by itself."""

    id: PreauthorisationId
    merchant_id: MerchantId
    merchant_number: str
    subject: str
    amount: int
    currency: str
    captured: int
    frozen: int
    buyer_id: CustomerId | None
    state: PreauthorisationState
    end_reason: EndReason | None
    release_asked_at: datetime | None
    requested_at: datetime
    agreed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


class CaptureAnswer(Answer):
    """order_id: what it pays; none of captures made before these were orders."""

    id: Annotated[UUID, TypeId("cap")]
    number: int
    amount: int
    transfer_id: Annotated[UUID, TypeId("trf")]
    order_id: OrderId | None
    captured_at: datetime


class CapturedAnswer(CaptureAnswer):
    """What was captured, and what that leaves."""

    preauthorisation: PreauthorisationAnswer


class PreauthorisationWithCapturesAnswer(PreauthorisationAnswer):
    captures: list[CaptureAnswer]


def preauthorisation_answer(one: Preauthorisation) -> PreauthorisationAnswer:
    return PreauthorisationAnswer.model_validate(one)


def captured_answer(one: Preauthorisation, capture: Capture) -> CapturedAnswer:
    facts = {name: getattr(capture, name) for name in CaptureAnswer.model_fields}
    return CapturedAnswer(**facts, preauthorisation=preauthorisation_answer(one))


def with_captures(one: Preauthorisation, captures: list[Capture]) -> PreauthorisationWithCapturesAnswer:
    facts = {name: getattr(one, name) for name in PreauthorisationAnswer.model_fields}
    return PreauthorisationWithCapturesAnswer(
        **facts, captures=[CaptureAnswer.model_validate(capture) for capture in captures]
    )
