"""Generated from services/payments/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from clients.ids import (
    AccountId,
    CardId,
    CustomerId,
    MerchantId,
    OrderId,
    TopUpId,
    TransferId,
    WalletId,
    WithdrawalId,
)
from clients.shape import Shape


class AccountAnswer(Shape):
    """
    An account and its balance now. balance: posted, on its normal side; available: what may still leave it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: AccountId
    currency: str
    kind: str
    owner: str
    rule: str
    reference: str
    book_id: int
    closed: bool
    frozen: bool
    opened_at: AwareDatetime
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int
    available: int


class AccountChanged(Shape):
    """
    An account was frozen, released or closed.
    """

    account_id: str
    reason: str


class AccountOpened(Shape):
    account_id: str
    kind: str
    owner: str
    currency: str
    book_id: int


class AccountStepAnswer(Shape):
    step: str
    reason: str
    taken_by: str
    taken_at: AwareDatetime


class AccountStepRequest(Shape):
    reason: str


class AccountSteps(Shape):
    items: list[AccountStepAnswer]


class BalanceAnswer(Shape):
    """
    balance: posted, on the account's normal side; available: what may still leave it; at: the instant asked for.
    """

    currency: str
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int
    available: int
    at: AwareDatetime


class BatchPosted(Shape):
    """
    Transfers were committed together. They carry the event's id as `batch_id`.
    """

    book_id: int
    transfers: int


class BindCardRequest(Shape):
    """
    mobile: the number registered at the bank, to which it sends the code.
    """

    number: str
    holder_name: str
    mobile: str


class CardBound(Shape):
    """
    A bank confirmed a customer's agreement.
    """

    card_id: str
    customer_id: str
    bank: str
    kind: str


class CardRemoved(Shape):
    """
    A customer took a card out of use.
    """

    card_id: str
    customer_id: str
    bank: str
    kind: str


class CheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    name: str
    examined: int
    failed: int
    offending: list[str]


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class ConfirmCardRequest(Shape):
    sms_code: str


class CreateOrderRequest(Shape):
    """
    buyer_id: who alone may pay; anyone if left out. timeout_seconds: unpaid after that, the order closes.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    merchant_id: MerchantId
    merchant_order_number: str
    subject: str
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    buyer_id: CustomerId | None = None
    timeout_seconds: int | None = 1800


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class FeedAnswer(Shape):
    """
    How far a neighbour's events have been applied here. degraded: what rests on them may be out of date.
    """

    name: str
    position: int
    event_at: AwareDatetime | None
    succeeded_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    failure: str | None
    degraded: bool


class Feeds(Shape):
    items: list[FeedAnswer]


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class MerchantAnswer(Shape):
    """
    balance and available: proceeds, in minor units.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: MerchantId
    owner: str
    name: str
    currency: str
    account_id: AccountId
    balance: int
    available: int
    opened_at: AwareDatetime


class MerchantOpened(Shape):
    """
    Somebody can sell. The name is not told: it may be a person's.
    """

    merchant_id: str
    owner: str
    currency: str
    account_id: str


class MovementAnswer(Shape):
    """
    An order to a bank of which the result is not known yet; it is asked about at `due_at`. reference: ours at the bank.
    """

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    bank: str
    amount_minor: int
    currency: str
    since_at: AwareDatetime
    due_at: AwareDatetime
    age_seconds: int


class Noted(Shape):
    reference: str


class Notification(Shape):
    """
    What a bank sends; members we do not use are ignored, its own list may grow.
    """

    kind: Literal["charge", "payout"]
    reference: str
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class OpenAccountRequest(Shape):
    """
    owner: the caller unless an operator says otherwise; rule: what the balance may never do; book_id: 1 unless told.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: str
    owner: str | None = None
    rule: (
        Literal[
            "debits_must_not_exceed_credits",
            "credits_must_not_exceed_debits",
            "none",
        ]
        | None
    ) = "debits_must_not_exceed_credits"
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""
    book_id: int | None = 1


class OpenMerchantRequest(Shape):
    name: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class OpenWalletRequest(Shape):
    currency: Annotated[str | None, Field(description="ISO 4217 code, or the code of a unit")] = "CNY"


class OrderClosed(Shape):
    """
    Nobody paid: in time, or the merchant withdrew it.
    """

    order_id: str
    merchant_id: str
    merchant_order_number: str
    amount: int
    currency: str
    reason: str


class OrderPaid(Shape):
    """
    The money is in the merchant's account.
    """

    order_id: str
    merchant_id: str
    merchant_order_number: str
    amount: int
    currency: str
    buyer_id: str
    transfer_id: str
    method: str


class OrderTold(Shape):
    """
    What every event of an order carries.
    """

    order_id: str
    merchant_id: str
    merchant_order_number: str
    amount: int
    currency: str


class PageAccountAnswer(Shape):
    items: list[AccountAnswer]
    next: str | None = None


class PageMerchantAnswer(Shape):
    items: list[MerchantAnswer]
    next: str | None = None


class ParkedJobAnswer(Shape):
    """
    A job that was started too often. failure: the last fault, without secrets; instants are real time.
    """

    id: int
    name: str
    payload: dict[str, Any]
    starts: int
    failure: str | None
    created_at: AwareDatetime
    parked_at: AwareDatetime


class ParkedJobs(Shape):
    items: list[ParkedJobAnswer]


class PayOrderRequest(Shape):
    """
    amount and currency: what the buyer was shown and agreed to. wallet_id: her wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    method: Literal["wallet"]
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class PostedSum(Shape):
    """
    What was moved under one reference and code from one account to another. count: transfers.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    reference: str
    code: str
    debit_account_id: AccountId
    credit_account_id: AccountId
    currency: str
    amount: int
    count: int


class Problem(Shape):
    """
    RFC 9457 document. `code` is stable; `field` names the offending input where there is one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None


class RefusalAnswer(Shape):
    """
    Why an id is spent: the command as it was understood and the state it met.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    transfer_id: TransferId
    code: str
    field: str | None
    command: dict[str, Any]
    seen: dict[str, Any]
    refused_at: AwareDatetime


class ReserveAnswer(Shape):
    """
    The reserve at a bank in our books; at most `asked_for_minor` more and `held_minor` less is there while orders are under way.

    bank_fees_minor: what the bank said it took for orders of ours; it is not in our books yet.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    bank: str
    currency: str
    account_id: AccountId
    balance_minor: int
    held_minor: int
    asked_for_minor: int
    bank_fees_minor: int


class ReservesAnswer(Shape):
    items: list[ReserveAnswer]


class StatementEntry(Shape):
    """
    A transfer seen from one account. side: debit or credit; balance, available: of the account after it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    code: str
    reference: str
    value_on: date
    posted_at: AwareDatetime
    pending_id: TransferId | None
    expires_at: AwareDatetime | None
    side: Literal["debit", "credit"]
    balance: int
    available: int


class TopUpEnded(Shape):
    """
    A top-up has its final result. failure_code: None when the money is in the wallet.
    """

    top_up_id: str
    customer_id: str
    wallet_id: str
    bank: str
    amount: int
    currency: str
    failure_code: str | None
    late: bool


class TopUpRequest(Shape):
    """
    wallet_id: the customer's wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    card_id: CardId
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class TransferAnswer(Shape):
    """
    A transfer as it was made. kind `expire`: time gave a hold back. posted_at: later than all before it on either account.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    code: str
    reference: str
    value_on: date
    posted_at: AwareDatetime
    pending_id: TransferId | None
    expires_at: AwareDatetime | None


class TransferMade(Shape):
    """
    result: `created`, or `exists` when the same transfer was made before.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    code: str
    reference: str
    value_on: date
    posted_at: AwareDatetime
    pending_id: TransferId | None
    expires_at: AwareDatetime | None
    result: Literal["created", "exists"]


class TransferOutcome(Shape):
    """
    result: `created`, `exists`, or the code of the refusal; field: what was wrong.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TransferId
    result: str
    field: str | None


class TransferRequest(Shape):
    """
    One transfer to be made; its id is the caller's own and the key of every retry.

    single and pending name both accounts, amount and currency; post and void name the hold in `pending_id` and may leave those out:
    they follow from it. post may move less than was held, the rest is released. timeout_seconds: after which a hold ends by itself.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TransferId
    kind: Literal["single", "pending", "post", "void"] | None = "single"
    debit_account_id: AccountId | None = None
    credit_account_id: AccountId | None = None
    amount: int | None = None
    currency: str | None = None
    code: Annotated[str, Field(description="what the transfer is for")]
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""
    value_on: date | None = None
    pending_id: TransferId | None = None
    timeout_seconds: int | None = None


class VerificationAnswer(Shape):
    """
    movements: the oldest thousand under way.
    """

    holds: bool
    business_at: AwareDatetime
    checks: list[CheckAnswer]
    movements: list[MovementAnswer]


class WalletAnswer(Shape):
    """
    balance: what is in it; available: what may still leave it, holds deducted; minor units.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: WalletId
    customer_id: CustomerId
    currency: str
    account_id: AccountId
    balance: int
    available: int
    opened_at: AwareDatetime


class WalletOpened(Shape):
    """
    A customer has a wallet in a currency.
    """

    wallet_id: str
    customer_id: str
    currency: str
    account_id: str


class WithdrawalEnded(Shape):
    """
    A withdrawal has its final result. failure_code: None when the bank has paid.
    """

    withdrawal_id: str
    customer_id: str
    wallet_id: str
    bank: str
    amount: int
    currency: str
    failure_code: str | None
    late: bool


class WithdrawalRequest(Shape):
    """
    To a card of the customer's own. wallet_id: her wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    card_id: CardId
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class BulkAnswer(Shape):
    """
    An outcome for each transfer, in the order of the request.
    """

    results: list[TransferOutcome]


class BulkRequest(Shape):
    """
    atomic: all are made or none; independent: each has its own outcome.
    """

    mode: Literal["atomic", "independent"] | None = "atomic"
    transfers: list[TransferRequest]


class CardAnswer(Shape):
    """
    refusal_code: why the bank refused, or `wrong_code` while another try is open. due_at: until when a code is awaited.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: CardId
    bank: str
    bank_name: str
    kind: Literal["debit", "credit", "prepaid"]
    masked: str
    state: Literal["requested", "code_sent", "confirming", "bound", "refused", "removed"]
    refusal_code: str | None
    requested_at: AwareDatetime
    bound_at: AwareDatetime | None
    due_at: AwareDatetime | None


class OrderAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: OrderId
    merchant_id: MerchantId
    merchant_order_number: str
    subject: str
    amount: int
    currency: str
    buyer_id: CustomerId | None
    state: Annotated[
        Literal["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"],
        Field(description="Spelled as Alipay's trade states are."),
    ]
    close_reason: str | None
    transfer_id: TransferId | None
    created_at: AwareDatetime
    due_at: AwareDatetime
    ended_at: AwareDatetime | None


class PageCardAnswer(Shape):
    items: list[CardAnswer]
    next: str | None = None


class PageOrderAnswer(Shape):
    items: list[OrderAnswer]
    next: str | None = None


class PagePostedSum(Shape):
    items: list[PostedSum]
    next: str | None = None


class PageStatementEntry(Shape):
    items: list[StatementEntry]
    next: str | None = None


class PageTransferAnswer(Shape):
    items: list[TransferAnswer]
    next: str | None = None


class PageWalletAnswer(Shape):
    items: list[WalletAnswer]
    next: str | None = None


class TopUpAnswer(Shape):
    """
    `pending`: the bank's result is not final yet. late: it succeeded after it had been given up.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: TopUpId
    wallet_id: WalletId
    card_id: CardId
    bank: str
    amount: int
    currency: str
    state: Literal["pending", "succeeded", "failed"]
    failure_code: str | None
    late: bool
    requested_at: AwareDatetime
    ended_at: AwareDatetime | None


class WithdrawalAnswer(Shape):
    """
    `pending`: the money is held, the bank's result is not final. bank: whose reserve pays.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    id: WithdrawalId
    wallet_id: WalletId
    card_id: CardId
    bank: str
    amount: int
    currency: str
    state: Literal["pending", "succeeded", "failed"]
    failure_code: str | None
    late: bool
    requested_at: AwareDatetime
    ended_at: AwareDatetime | None


class PageTopUpAnswer(Shape):
    items: list[TopUpAnswer]
    next: str | None = None


class PageWithdrawalAnswer(Shape):
    items: list[WithdrawalAnswer]
    next: str | None = None
