from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Currency, Request
from services.payments.ledger.model import Account
from services.payments.merchants.model import Merchant

MerchantId = Annotated[UUID, TypeId("mer")]


class OpenMerchantRequest(Request):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    currency: Currency


class MerchantAnswer(Answer):
    """balance and available: proceeds, in minor units."""

    id: MerchantId
    owner: str
    name: str
    currency: str
    account_id: Annotated[UUID, TypeId("acc")]
    balance: int
    available: int
    opened_at: datetime


def merchant_answer(merchant: Merchant, account: Account) -> MerchantAnswer:
    return MerchantAnswer(
        id=merchant.id,
        owner=merchant.owner,
        name=merchant.name,
        currency=merchant.currency,
        account_id=merchant.account_id,
        balance=account.settled,
        available=account.available,
        opened_at=merchant.opened_at,
    )
