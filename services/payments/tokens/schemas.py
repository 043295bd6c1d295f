from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Day, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.ledger.schemas import AccountId, TransferId
from services.payments.money_supply.schemas import MovementId
from services.payments.orders.schemas import CustomerId, OrderId
from services.payments.tokens.model import Deal, Holding, Terms, TokenDealKind
from services.payments.wallets.schemas import WalletId

DealId = Annotated[UUID, TypeId("tkd")]
TermsId = Annotated[UUID, TypeId("tkt")]


class TokenTermsRequest(Request):
    """holding_cap: the most a customer may have; daily_cap: the most she may buy on a business day. In the token's base units."""

    valid_from: Day
    redeemable: bool
    transferable: bool
    holding_cap: Amount
    daily_cap: Amount
    source: Annotated[str, Field(min_length=1, max_length=300)]


class TokenTermsAnswer(Answer):
    id: TermsId
    unit: str
    valid_from: date
    redeemable: bool
    transferable: bool
    holding_cap: int
    daily_cap: int
    source: str
    stated_by: str
    stated_at: datetime


class TokenPurchaseRequest(Request):
    """amount: tokens, and as many minor units of money. wallet_id: hers in the token's money unless given. confirmation_id: of what she
    confirmed as a payment out of that wallet (`wal_…`); without it less may be paid a day."""

    unit: Currency
    amount: Amount
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None


class TokenRedemptionRequest(Request):
    unit: Currency
    amount: Amount
    wallet_id: WalletId | None = None


class TokenGiftRequest(Request):
    unit: Currency
    amount: Amount
    payee_id: CustomerId


class TokenPaymentRequest(Request):
    """amount: all that is left of the order."""

    order_id: OrderId
    unit: Currency
    amount: Amount


class TokenDealAnswer(Answer):
    """movement_id: what was issued or burned. counterparty_id: who got a gift. order_id: what a payment paid; its refund gives back."""

    id: DealId
    kind: TokenDealKind
    unit: str
    customer_id: CustomerId
    amount: int
    transfer_id: TransferId
    movement_id: MovementId | None
    counterparty_id: CustomerId | None
    order_id: OrderId | None
    made_at: datetime


class TokenHoldingAnswer(Answer):
    unit: str
    account_id: AccountId
    balance: int
    available: int
    opened_at: datetime


class TokenHoldingsAnswer(Answer):
    items: list[TokenHoldingAnswer]


def terms_answer(terms: Terms) -> TokenTermsAnswer:
    return TokenTermsAnswer.model_validate(terms)


def deal_answer(deal: Deal) -> TokenDealAnswer:
    return TokenDealAnswer.model_validate(deal)


def holding_answer(holding: Holding, balance: int, available: int) -> TokenHoldingAnswer:
    return TokenHoldingAnswer(
        unit=holding.unit,
        account_id=holding.account_id,
        balance=balance,
        available=available,
        opened_at=holding.opened_at,
    )
