"""Cards on the wire. A number comes in and never goes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.channels.model import CardDetails

CardId = Annotated[UUID, TypeId("crd")]


class BindCardRequest(Request):
    """mobile: the number registered at the bank, to which it sends the code."""

    number: Annotated[str, Field(pattern=r"^[0-9]{12,19}$", examples=["6222027000000000015"])]
    holder_name: Annotated[str, Field(min_length=1, max_length=80)]
    mobile: Annotated[str, Field(pattern=r"^\+?[0-9]{6,15}$")]

    def details(self) -> CardDetails:
        return CardDetails(self.number, self.holder_name, self.mobile)


class ConfirmCardRequest(Request):
    sms_code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class CardAnswer(Answer):
    """refusal_code: why the bank refused, or `wrong_code` while another try is open. due_at: until when a code is awaited."""

    id: CardId
    bank: str
    bank_name: str
    kind: CardKind
    masked: str
    state: CardState
    refusal_code: str | None
    requested_at: datetime
    bound_at: datetime | None
    due_at: datetime | None


def card_answer(card: Card) -> CardAnswer:
    return CardAnswer.model_validate(card)
