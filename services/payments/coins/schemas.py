from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Day, Rate, Request
from services.payments.coins.model import (
    CoinAccount,
    CoinAddress,
    CoinDay,
    CoinDepositState,
    CoinWithdrawalState,
    Deposit,
    Price,
    Rail,
    Regulation,
    Terms,
    Withdrawal,
)
from services.payments.ledger.schemas import AccountId
from services.payments.orders.schemas import CustomerId

RailId = Annotated[UUID, TypeId("crl")]
CoinDepositId = Annotated[UUID, TypeId("cdp")]
CoinWithdrawalId = Annotated[UUID, TypeId("cwd")]
CoinTermsId = Annotated[UUID, TypeId("ctm")]
CoinPriceId = Annotated[UUID, TypeId("cpr")]
RegulationId = Annotated[UUID, TypeId("crg")]
Address = Annotated[str, Field(min_length=1, max_length=90)]
Fee = Annotated[int, Field(strict=True, ge=1, le=10**8, description="base units")]
Source = Annotated[str, Field(min_length=1, max_length=300)]


class RailRequest(Request):
    unit: Currency


class RailAnswer(Answer):
    """outputs: what our addresses had at `height`; difference: to what they should have by our books, when last comparable (proved_at)."""

    id: RailId
    unit: str
    network: str
    issuance_account_id: AccountId
    fees_account_id: AccountId
    loss_account_id: AccountId
    height: int
    best_block: str
    outputs: int
    difference: int
    proved_at: datetime | None
    scanned_at: datetime | None
    opened_at: datetime


class RailsAnswer(Answer):
    items: list[RailAnswer]


class CoinAddressRequest(Request):
    unit: Currency


class CoinAddressAnswer(Answer):
    address: str
    unit: str
    taken_at: datetime


class CoinAccountAnswer(Answer):
    unit: str
    account_id: AccountId
    balance: int
    available: int
    opened_at: datetime


class CoinAccountsAnswer(Answer):
    items: list[CoinAccountAnswer]


class CoinDepositAnswer(Answer):
    """confirmations: credited after 6. customer_id: none where the address is nobody's. due_at: of a held one, when it is released anyway.
    lost: of a reversed one, what the platform bears."""

    id: CoinDepositId
    unit: str
    customer_id: CustomerId | None
    address: str
    txid: str
    position: int
    amount: int
    state: CoinDepositState
    confirmations: int
    lost: int
    seen_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class CoinWithdrawalPreviewRequest(Request):
    unit: Currency
    address: Address
    amount: Amount


class CoinWithdrawalPreviewAnswer(Answer):
    """fee: what the network asks just now; total: what leaves the account."""

    unit: str
    address: str
    amount: int
    fee: int
    total: int


class CoinWithdrawalRequest(Request):
    """fee: what she was shown, and pays; where the network asks for more, nothing is sent and all is hers again."""

    unit: Currency
    address: Address
    amount: Amount
    fee: Fee


class CoinWithdrawalAnswer(Answer):
    """`held`: it is not known if it was sent. `sent`: fewer than 6 blocks say so. network_fee: what the chain took."""

    id: CoinWithdrawalId
    unit: str
    customer_id: CustomerId
    address: str
    amount: int
    fee: int
    network_fee: int | None
    txid: str | None
    state: CoinWithdrawalState
    failure_code: str | None
    requested_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class CoverRequest(Request):
    amount: Amount


class CoinTermsRequest(Request):
    """share_ppm: millionths of all value held, above which the coin is regulated. daily_withdrawal: base units a customer sends a day then;
    held_days: how long what comes in then waits."""

    valid_from: Day
    share_ppm: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    daily_withdrawal: Amount
    held_days: Annotated[int, Field(strict=True, ge=1, le=366)]
    source: Source


class CoinTermsAnswer(Answer):
    id: CoinTermsId
    unit: str
    valid_from: date
    share_ppm: int
    daily_withdrawal: int
    held_days: int
    source: str
    stated_by: str
    stated_at: datetime


class CoinPriceRequest(Request):
    """price: of a whole coin (10^8 base units) in CNY."""

    price_on: Day
    price: Annotated[Rate, Field(gt=0, le=10**9)]
    source: Source


class CoinPriceAnswer(Answer):
    id: CoinPriceId
    unit: str
    price_on: date
    price: Rate
    source: str
    stated_by: str
    stated_at: datetime


class RegulationRequest(Request):
    regulated: bool
    from_on: Day
    reason: Source


class RegulationAnswer(Answer):
    """share_ppm: the share that made it so by the rule; none where an operator said it."""

    id: RegulationId
    unit: str
    regulated: bool
    from_on: date
    share_ppm: int | None
    reason: str
    stated_by: str
    stated_at: datetime


class CoinDayAnswer(Answer):
    """value, money: CNY in fen. money: what customers' wallets and merchants hold of it."""

    unit: str
    day: date
    height: int
    held: int
    outputs: int
    price: Rate | None
    value: int | None
    money: int
    share_ppm: int | None
    regulated: bool
    reported_at: datetime


class CoinAnswer(Answer):
    """What is in force today."""

    unit: str
    regulated: bool
    takes_deposits: bool
    daily_withdrawal: int | None
    share_ppm: int | None
    price: Rate | None


def rail_answer(rail: Rail) -> RailAnswer:
    return RailAnswer.model_validate(rail)


def address_answer(address: CoinAddress) -> CoinAddressAnswer:
    return CoinAddressAnswer.model_validate(address)


def account_answer(account: CoinAccount, balance: int, available: int) -> CoinAccountAnswer:
    return CoinAccountAnswer(
        unit=account.unit,
        account_id=account.account_id,
        balance=balance,
        available=available,
        opened_at=account.opened_at,
    )


def deposit_answer(deposit: Deposit) -> CoinDepositAnswer:
    return CoinDepositAnswer.model_validate(deposit)


def withdrawal_answer(withdrawal: Withdrawal) -> CoinWithdrawalAnswer:
    return CoinWithdrawalAnswer.model_validate(withdrawal)


def terms_answer(terms: Terms) -> CoinTermsAnswer:
    return CoinTermsAnswer.model_validate(terms)


def price_answer(price: Price) -> CoinPriceAnswer:
    return CoinPriceAnswer.model_validate(price)


def regulation_answer(regulation: Regulation) -> RegulationAnswer:
    return RegulationAnswer.model_validate(regulation)


def day_answer(day: CoinDay) -> CoinDayAnswer:
    return CoinDayAnswer.model_validate(day)


def coin_answer(unit: str, regulated: bool, terms: Terms | None, price: Decimal | None) -> CoinAnswer:
    return CoinAnswer(
        unit=unit,
        regulated=regulated,
        takes_deposits=not regulated,
        daily_withdrawal=terms.daily_withdrawal if regulated and terms else None,
        share_ppm=None if terms is None else terms.share_ppm,
        price=price,
    )
