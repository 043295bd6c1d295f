from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Request
from services.payments.shares.actions import Shares
from services.payments.shares.model import Receiver, Share, ShareState

ReceiverId = Annotated[UUID, TypeId("rcv")]
ShareId = Annotated[UUID, TypeId("osh")]
AccountId = Annotated[UUID, TypeId("acc")]
MerchantId = Annotated[UUID, TypeId("mer")]
OrderId = Annotated[UUID, TypeId("ord")]
MOST_SHARES = 50


class ShareReceiverRequest(Request):
    """relation: what the receiver is to the merchant: supplier, partner, distributor; never a person's name."""

    account_id: AccountId
    relation: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]


class ShareReceiverAnswer(Answer):
    id: ReceiverId
    merchant_id: MerchantId
    account_id: AccountId
    relation: str
    registered_at: datetime
    removed_at: datetime | None


class ShareRequest(Request):
    receiver_id: ReceiverId
    amount: Amount


class SharesRequest(Request):
    """Each receiver once."""

    shares: Annotated[list[ShareRequest], Field(min_length=1, max_length=MOST_SHARES)]

    @model_validator(mode="after")
    def _each_once(self) -> "SharesRequest":
        if len({one.receiver_id for one in self.shares}) < len(self.shares):
            raise ValueError("a receiver is named twice")
        return self


class ShareReturnRequest(Request):
    amount: Amount


class ShareAnswer(Answer):
    """called_back: by refunds before it was paid; returned: of paid_minor, by refunds or the merchant's request."""

    id: ShareId
    order_id: OrderId
    receiver_id: ReceiverId
    account_id: AccountId
    amount: int
    state: ShareState
    called_back: int
    paid_minor: int
    returned: int
    settlement_id: Annotated[UUID, TypeId("stl")] | None
    cancel_code: str | None
    declared_at: datetime


class SharesAnswer(Answer):
    order_id: OrderId
    items: list[ShareAnswer]


def receiver_answer(receiver: Receiver) -> ShareReceiverAnswer:
    return ShareReceiverAnswer.model_validate(receiver)


def share_answer(share: Share) -> ShareAnswer:
    return ShareAnswer.model_validate(share)


def shares_answer(shares: Shares) -> SharesAnswer:
    return SharesAnswer(order_id=shares.order_id, items=[share_answer(one) for one in shares.items])
