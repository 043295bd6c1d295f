"""Generated from services/payments/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

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


class AbortRequest(Shape):
    reason: str


class AccountAnswer(Shape):
    """
    An account and its balance now. balance: posted, on its normal side; available: what may still leave it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    available: int
    balance: int
    book_id: int
    closed: bool
    credits_pending: int
    credits_posted: int
    currency: str
    debits_pending: int
    debits_posted: int
    frozen: bool
    frozen_amount: int
    id: AccountId
    kind: str
    metadata: dict[str, str]
    opened_at: AwareDatetime
    owner: str
    reference: str
    rule: str


class AccountChanged(Shape):
    """
    An account was frozen, released or closed. amount: of it, where not the whole account was frozen.
    """

    account_id: str
    amount: int | None = None
    reason: str


class AccountMetadataAnswer(Shape):
    """
    What an account's metadata was from `recorded_at` on, until the next version.

    recorded_by: who gave it: a party's, a person's or a service's id; `operator` where that is not the caller's to know.
    """

    metadata: dict[str, str]
    recorded_at: AwareDatetime
    recorded_by: Annotated[
        str,
        Field(
            description="who gave it: a party's, a person's or a service's id; `operator` where that is not the caller's to know"
        ),
    ]


class AccountMetadataReplaced(Shape):
    """
    An account has other metadata, which is read at `/v1/accounts/{id}`.
    """

    account_id: str


class AccountMetadataRequest(Shape):
    """
    metadata: takes the place of all that is there; empty to have none.
    """

    metadata: Annotated[
        dict[str, str],
        Field(description="a flat map of words, never personal data", max_length=16),
    ]


class AccountOpened(Shape):
    account_id: str
    book_id: int
    currency: str
    kind: str
    owner: str


class AccountStepAnswer(Shape):
    amount: int | None
    reason: str
    step: str
    taken_at: AwareDatetime
    taken_by: str


class AccountStepRequest(Shape):
    reason: str


class AccountSteps(Shape):
    items: list[AccountStepAnswer]


class AggregatedBalanceAnswer(Shape):
    """
    Sums over the accounts of a currency. balance: credits less debits posted, so that whole books come to 0.
    """

    accounts: int
    balance: int
    credits_pending: int
    credits_posted: int
    currency: str
    debits_pending: int
    debits_posted: int


class AggregatedBalances(Shape):
    """
    accounts: how many match, 0 where none does; items: by currency; at: the instant asked for, or now.
    """

    accounts: int
    at: AwareDatetime
    items: list[AggregatedBalanceAnswer]


class AgreementRequest(Shape):
    """
    amount, currency: what the customer was shown. wallet_id: her wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class AllowedAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    kind: str | None
    owner: str | None


class AllowedDestination(Shape):
    """
    Accounts for which all that is given holds: of a kind, of an owner, or one account. `purse`: purses of the same purpose.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None = None
    kind: str | None = None
    owner: str | None = None


class ApprovalRequest(Shape):
    """
    What the approver saw.
    """

    lines: int
    total: Annotated[int, Field(description="minor units")]


class BalanceAnswer(Shape):
    """
    balance: posted, on the account's normal side; available: what may still leave it; at: the instant asked for.
    """

    at: AwareDatetime
    available: int
    balance: int
    credits_pending: int
    credits_posted: int
    currency: str
    debits_pending: int
    debits_posted: int


class BankLineAnswer(Shape):
    amount: int
    booked_on: date
    description: str
    id: str
    number: int
    paired: bool
    reference: str
    repeated: bool
    servicer_reference: str
    statement_id: str
    value_on: date


class BankLinesAnswer(Shape):
    items: list[BankLineAnswer]
    next: int | None


class BankReportRequest(Shape):
    """
    document: the bank's pain.002, as text.
    """

    document: str


class BatchPosted(Shape):
    """
    Transfers were committed together. They carry the event's id as `batch_id`. root: of the tree over them, in hexadecimal, as evidence
    has it; not told of large batches, nor of those that are part of a story.
    """

    book_id: int
    root: str | None = None
    transfers: int


class BindCardRequest(Shape):
    """
    mobile: the number registered at the bank, to which it sends the code.
    """

    holder_name: str
    mobile: str
    number: str


class BreakExplanationRequest(Shape):
    reason: str


class BreakOwnerRequest(Shape):
    """
    owner: null for whoever asks.
    """

    owner: str | None = None


class BreakResolutionRequest(Shape):
    """
    counter_account_id: where the difference goes to or comes from; suspense, where none is named.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    counter_account_id: AccountId | None = None
    reason: str


class BreakTold(Shape):
    """
    amount: what the bank has more than we. escalations: how often its time has passed.
    """

    account_id: str
    amount: int
    break_id: str
    currency: str
    escalations: int
    owner: str
    type: str


class CampaignDayAnswer(Shape):
    """
    cost: paid out that day; returned: brought back by refunds that day.
    """

    claimed: int
    cost: int
    day: date
    expired: int
    returned: int
    used: int


class CampaignReportAnswer(Shape):
    """
    issued: stock of all kinds; outstanding: claimed, neither used nor expired; all over all days. days: those asked for.
    """

    claimed: int
    cost: int
    currency: str
    days: list[CampaignDayAnswer]
    expired: int
    id: str
    issued: int
    outstanding: int
    returned: int
    used: int


class CampaignTold(Shape):
    """
    What every event of a campaign carries. amount: funded, or gone back.
    """

    amount: int
    campaign_id: str
    currency: str
    owner: str


class CandidateAnswer(Shape):
    """
    success_rate: of the outcomes lately, the last ones weighing most. expected_cost_minor: fee and cost of failure by its chance.
    """

    channel: str
    expected_cost_minor: float | str
    fee_minor: int
    success_rate: float | str


class CapAnswer(Shape):
    amount: int
    currency: str
    from_on: date
    set_by: str
    source: str


class CapRequest(Shape):
    """
    amount: the largest payment without confirmation; 0: every payment is confirmed.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    from_on: date
    source: str


class CapSet(Shape):
    """
    amount: the most the participant may owe, net, from now on.
    """

    amount: int
    currency: str
    participant: str
    settlement_model: str


class CapsAnswer(Shape):
    code_per_day: int
    currency: str
    from_on: date
    payer_per_day: int
    per_payment: int
    source: str


class CapsList(Shape):
    items: list[CapsAnswer]


class CapsRequest(Shape):
    """
    What static codes may take from a day on. source: who says so.
    """

    code_per_day: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    from_on: date
    payer_per_day: Annotated[int, Field(description="minor units")]
    per_payment: Annotated[int, Field(description="minor units")]
    source: str


class CaptureAnswer(Shape):
    """
    order_id: what it pays; none of captures made before these were orders.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    captured_at: AwareDatetime
    id: str
    number: int
    order_id: OrderId | None
    transfer_id: TransferId


class CaptureRequest(Shape):
    """
    final: what is left is the customer's again. merchant_order_number: of the order it pays; its own id if left out.
    """

    amount: Annotated[int, Field(description="minor units")]
    final: bool | None = False
    merchant_order_number: str | None = None


class CardBound(Shape):
    """
    A bank confirmed a customer's agreement.
    """

    bank: str
    card_id: str
    customer_id: str
    kind: str


class CardPaymentRequest(Shape):
    """
    amount and currency: all that is left to pay. card_id: a bound card of the buyer's.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    card_id: CardId
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CardRemoved(Shape):
    """
    A customer took a card out of use.
    """

    bank: str
    card_id: str
    customer_id: str
    kind: str


class CardReturnTold(Shape):
    """
    instruction_id: our reference of the charge; channel: who took it, or who returned it.
    """

    amount: int
    card_id: str
    card_return_id: str
    channel: str
    currency: str
    instruction_id: str
    reason: str


class CarriedOver(Shape):
    """
    window_id: where what could not be settled now waits.
    """

    carried: int
    carried_minor: int
    settlement_id: str
    window_id: str


class CertificateRequest(Shape):
    """
    valid_until: the last day; one that is over ends it. agreed_daily: what was agreed for a day, in fen.
    """

    agreed_daily: Annotated[int, Field(description="minor units")]
    valid_until: date


class ChainAnswer(Shape):
    """
    How far one book's chain was worked out again: up to the link `until`, from the first. complete: to its end.
    """

    book_id: int
    complete: bool
    links: int
    transfers: int
    until: int


class ChallengeRequest(Shape):
    password: Annotated[str, Field(description="six digits")]


class ChangedCampaignAnswer(Shape):
    """
    A campaign as a write leaves it; its balance is read at the campaign.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    currency: str
    ended_at: AwareDatetime | None
    ends_at: AwareDatetime
    funding_account_id: AccountId
    id: str
    name: str
    opened_at: AwareDatetime
    owner: str
    reserved: int
    starts_at: AwareDatetime
    state: Literal["open", "settling", "ended"]


class ChargeRequest(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    order_id: OrderId


class CheckEnded(Shape):
    """
    A source confirmed a customer, or did not: passed, failed or expired.
    """

    channel: str
    check_id: str
    customer_id: str
    state: str


class ChooseTypesRequest(Shape):
    types: list[str]


class ClearReportRequest(Shape):
    reason: str


class ClearanceRequest(Shape):
    reason: str


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class CodePaymentAnswer(Shape):
    """
    Either an order of the merchant's or a transfer to the person.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code_id: str
    currency: str
    id: str
    note: str
    order_id: OrderId | None
    paid_at: AwareDatetime
    payer_id: CustomerId
    person_transfer_id: str | None


class CoinAccountAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    available: int
    balance: int
    opened_at: AwareDatetime
    unit: str


class CoinAccountsAnswer(Shape):
    items: list[CoinAccountAnswer]


class CoinAddressAnswer(Shape):
    address: str
    taken_at: AwareDatetime
    unit: str


class CoinAddressRequest(Shape):
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CoinAnswer(Shape):
    """
    What is in force today.
    """

    daily_withdrawal: int | None
    price: str | None
    regulated: bool
    share_ppm: int | None
    takes_deposits: bool
    unit: str


class CoinDayAnswer(Shape):
    """
    value, money: CNY in fen. money: what customers' wallets and merchants hold of it.
    """

    day: date
    height: int
    held: int
    money: int
    outputs: int
    price: str | None
    regulated: bool
    reported_at: AwareDatetime
    share_ppm: int | None
    unit: str
    value: int | None


class CoinDifference(Shape):
    """
    Our addresses have so much more (less, if negative) than our books say; 0: they agree again.
    """

    difference: int
    height: int
    outputs: int
    unit: str


class CoinFiguresAnswer(Shape):
    """
    Of a coin on its chain, in base units: our addresses have at least issued − sending. outputs: what they had at `height`, when they
    were last asked about.
    """

    best_block: str
    height: int
    issued: int
    network: str
    outputs: int
    sending: int
    unit: str


class CoinPriceAnswer(Shape):
    id: str
    price: str
    price_on: date
    source: str
    stated_at: AwareDatetime
    stated_by: str
    unit: str


class CoinPriceRequest(Shape):
    """
    price: of a whole coin (10^8 base units) in CNY.
    """

    price: str
    price_on: date
    source: str


class CoinRegulated(Shape):
    """
    share_ppm: the share that made it so by the rule; none where an operator said it.
    """

    from_on: str
    regulated: bool
    share_ppm: int | None
    unit: str


class CoinTermsAnswer(Shape):
    daily_withdrawal: int
    held_days: int
    id: str
    share_ppm: int
    source: str
    stated_at: AwareDatetime
    stated_by: str
    unit: str
    valid_from: date


class CoinTermsRequest(Shape):
    """
    share_ppm: millionths of all value held, above which the coin is regulated. daily_withdrawal: base units a customer sends a day then;
    held_days: how long what comes in then waits.
    """

    daily_withdrawal: Annotated[int, Field(description="minor units")]
    held_days: int
    share_ppm: int
    source: str
    valid_from: date


class CoinWithdrawalPreviewAnswer(Shape):
    """
    fee: what the network asks just now; total: what leaves the account.
    """

    address: str
    amount: int
    fee: int
    total: int
    unit: str


class CoinWithdrawalPreviewRequest(Shape):
    address: str
    amount: Annotated[int, Field(description="minor units")]
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CoinWithdrawalRequest(Shape):
    """
    fee: what she was shown, and pays; where the network asks for more, nothing is sent and all is hers again.

    confirmation_id: of the address, in small letters, and of amount and fee together.
    """

    address: str
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str
    fee: Annotated[int, Field(description="base units")]
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CoinsFiguresAnswer(Shape):
    items: list[CoinFiguresAnswer]


class CoinsRequest(Shape):
    """
    height: of the chain; what the blocks up to it have released is the most there may be.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount: Annotated[int, Field(description="minor units")]
    height: Annotated[int, Field(description="height of the chain")]


class ConfirmCardRequest(Shape):
    sms_code: str


class ConfirmTradeRequest(Shape):
    """
    items: numbers of those received; all that is held if left out.
    """

    items: list[int] | None = None


class ConfirmationAnswer(Shape):
    """
    The instants are real time.
    """

    amount: int
    currency: str
    expires_at: AwareDatetime
    id: str
    made_at: AwareDatetime
    subject: str


class ConfirmationRequest(Shape):
    """
    subject: what she is about to pay, or whom: an order, a trade, a pre-authorisation, a payee's code, the merchant of a static QR code,
    the customer or the wallet a transfer names, the address that coins are sent to (in small letters). amount, currency: what leaves her
    wallet, of coins the fee included.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    password: Annotated[str, Field(description="six digits")]
    subject: str


class ContractAnswer(Shape):
    """
    In force on the day asked about.
    """

    card_day_minor: int
    channel: str
    currencies: list[str]
    dated_windows: list[dict[str, Any]]
    finality_minutes: int
    least_minor: int
    licence: dict[str, Any]
    most_minor: int
    name: str
    offers: list[dict[str, Any]]
    payment_files: dict[str, Any] | None
    priority: int
    valid_from_on: date
    weekly_windows: list[dict[str, Any]]


class ContractSigned(Shape):
    """
    A merchant's terms from a day on.
    """

    contract_id: str
    effective_on: str
    fee_plan_id: str
    merchant_id: str
    owner: str


class ContractsAnswer(Shape):
    items: list[ContractAnswer]
    next: Annotated[None, Field(None)] = None


class CountedPaymentAnswer(Shape):
    """
    A payment that counts. amount and given_back in its currency, counted and counted_back in fen; round: 2 if paid again.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    confirmation: Annotated[
        Literal["under_two_factors", "two_factors", "certificate"],
        Field(description="How a payment was confirmed. Of each kind a day's payments are added up apart."),
    ]
    counted: int
    counted_back: int
    currency: str
    customer_id: CustomerId
    given_back: int
    round: int
    source: str
    taken_at: AwareDatetime
    taken_on: date


class CoverRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]


class CreateOrderRequest(Shape):
    """
    buyer_id: who alone may pay; anyone if left out. timeout_seconds: unpaid after that, the order closes. notify_url: told
    what becomes of it (paid, closed, finished, refunded) as an endpoint would be, signed with the secret of the merchant's oldest endpoint.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    buyer_id: CustomerId | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    merchant_id: MerchantId
    merchant_order_number: str
    notify_url: str | None = None
    subject: str
    timeout_seconds: int | None = 1800


class DatedTerms(Shape):
    from_at: AwareDatetime
    until_at: AwareDatetime


class DayLimitAnswer(Shape):
    """
    A day's payments by how they were confirmed; limit and left are null where nothing limits them.
    """

    confirmation: Annotated[
        Literal["under_two_factors", "two_factors", "certificate"],
        Field(description="How a payment was confirmed. Of each kind a day's payments are added up apart."),
    ]
    left: int | None
    limit: int | None
    used: int


class DayPinned(Shape):
    """
    The content of a value date was kept. root: in hexadecimal; version: above 1 when transfers were added after an earlier one.
    """

    book_id: int
    root: str
    transfers: int
    value_on: str
    version: int


class DebitRequest(Shape):
    """
    number: the payee's own, once under a mandate. due_on: today unless given; never before the notice is over.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    due_on: date | None = None
    number: str


class DebitTold(Shape):
    """
    planned_on: the day it was announced for; next_on: of the next attempt, where there is one.
    """

    amount: int
    currency: str
    customer_id: str
    debit_id: str
    failure_code: str | None
    late: bool
    mandate_id: str
    next_on: str | None
    number: str
    payee: str
    planned_on: str


class DeclareIdentityRequest(Shape):
    """
    number: of a resident identity card (居民身份证).
    """

    name: str
    number: str


class DeductionRequest(Shape):
    """
    share: of each settlement after refunds, fees and shared parts. reference: the lender's own. priority: lower ones first.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    cap_minor: Annotated[int, Field(description="minor units")]
    ends_on: date | None = None
    merchant_id: MerchantId
    priority: int | None = 100
    reference: str
    share: str | None = "0.5"


class DeductionTaken(Shape):
    """
    A settlement repaid the lender. left_minor: of its cap; with 0 it has ended.
    """

    amount: int
    deduction_id: str
    left_minor: int
    lender: str
    merchant_id: str
    reference: str
    settlement_id: str


class DeductionTold(Shape):
    """
    What happened to a standing deduction. reference: the lender's own. end_code: why it has ended.
    """

    deduction_id: str
    end_code: str | None
    lender: str
    merchant_id: str
    reference: str
    state: str
    taken_minor: int


class DepositTold(Shape):
    """
    customer_id: none where the address is nobody's. lost: what the platform bears of one that was reversed.
    """

    amount: int
    confirmations: int
    customer_id: str | None
    deposit_id: str
    lost: int
    position: int
    txid: str
    unit: str


class DifferenceAnswer(Shape):
    """
    at: so many characters are equal; ours, theirs: what follows there, none at an end; hint: what most often is the cause.
    """

    at: int
    hint: str | None
    ours: str | None
    theirs: str | None


class DisputeTold(Shape):
    """
    original: the charge disputed; held: what of the amount was there to be held. answer_by: until when evidence is taken.
    """

    amount: int
    answer_by: str
    bank: str
    currency: str
    dispute_id: str
    fee_minor: int
    held: int
    original: str
    owner: str
    reason: str


class EndCampaignRequest(Shape):
    """
    payback_account_id: where the rest goes, if not to the account that funded the campaign.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    payback_account_id: AccountId | None = None


class EndpointDisabled(Shape):
    """
    Nothing is sent there any more: the owner's wish, an answer 410, or five days without a good answer.
    """

    endpoint_id: str
    owner: str
    reason: str


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class EvidenceRequest(Shape):
    """
    What shows that the charge was right, as it goes to the bank.
    """

    text: str


class ExclusionAnswer(Shape):
    """
    An account that was below zero by so much.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount_minor: int


class FactCondition(Shape):
    """
    A fact compared with a value: numbers by order, truths by equality, names also by `in`, with a list.

    amount: fen; hour: of the business day; account_age_days: since the first wallet; checks: independent ones of her identity;
    factors: what confirmed the payment; country: as the client says; …_known: this person has paid from it, or paid him, before.
    """

    fact: Literal[
        "amount",
        "hour",
        "account_age_days",
        "checks",
        "factors",
        "present",
        "device_given",
        "device_known",
        "country_given",
        "country_known",
        "payee_known",
        "kind",
        "currency",
        "country",
        "screening",
        "payer_class",
    ]
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in"]
    value: int | bool | str | list[str]


class FeeConfirmationRequest(Shape):
    bank_reference: str


class FeePlanPublished(Shape):
    """
    There is a new version of a plan; contracts signed before keep theirs.
    """

    code: str
    currency: str
    fee_plan_id: str
    version: int


class FeeTerms(Shape):
    """
    fixed_minor and a share of the amount, rounded half up, within bounds.
    """

    fixed_minor: Annotated[int, Field(description="minor units")]
    least_minor: Annotated[int | None, Field(description="minor units")] = 0
    most_minor: int | None = None
    rate: str


class FeeTierAnswer(Shape):
    from_minor: int
    rate: str


class FeeTierRequest(Shape):
    """
    From that much of the month's volume on, up to where the next tier begins.
    """

    from_minor: Annotated[int, Field(description="minor units")]
    rate: str


class FeeWithdrawalRequest(Shape):
    """
    source: settlement's fees, or those of lost disputes. bank: whose reserve pays it out. destination: the platform's own account at
    a bank that the order names, in words.
    """

    amount: Annotated[int, Field(description="minor units")]
    bank: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    destination: str
    source: Literal["fee_income", "dispute_fee"] | None = "fee_income"


class FeeWithdrawalTold(Shape):
    """
    reminders: how often the bank's confirmation was overdue.
    """

    amount: int
    bank: str
    currency: str
    fee_withdrawal_id: str
    reminders: int


class FeedAnswer(Shape):
    """
    How far a neighbour's events have been applied here. degraded: what rests on them may be out of date.
    """

    degraded: bool
    event_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    failure: str | None
    name: str
    position: int
    succeeded_at: AwareDatetime | None


class Feeds(Shape):
    items: list[FeedAnswer]


class FiguresAnswer(Shape):
    """
    Gross against net. efficiency: 1 − net ÷ gross, the part of the money that need not move.
    """

    bilateral_efficiency: str
    bilateral_net_minor: int
    gross_minor: int
    multilateral_efficiency: str
    multilateral_net_minor: int
    obligations: int
    participants: int


class FreezeAnswer(Shape):
    """
    All wallets of a person, frozen until released.
    """

    frozen_at: AwareDatetime
    frozen_by: str
    holder_id: str
    id: str
    reason: str
    release_reason: str | None
    released_at: AwareDatetime | None
    released_by: str | None


class FreezeRequest(Shape):
    """
    amount: what must stay on the account, in place of what was frozen before; left out, the whole account is frozen.
    """

    amount: int | None = None
    reason: str


class FundCampaignRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]


class Hint(Shape):
    """
    What a bank sends; members we do not use are ignored. It moves nothing: the bank's own list is read.
    """

    reference: str | None = ""


class Hinted(Shape):
    bank: str


class HitDecisionRequest(Shape):
    reason: str


class HitStep(Shape):
    """
    subject_id: `cus_…`, `mer_…`, or the bare id of a payee. score: thousandths.
    """

    hit_id: str
    score: int
    state: str
    subject_id: str


class HolderProved(Shape):
    """
    A customer proved who she is, and from now on shares the limits of that person.
    """

    customer_id: str
    holder_id: str


class HolderStep(Shape):
    """
    All wallets of a person were frozen, or released.
    """

    holder_id: str
    reason: str


class IdentityAnswer(Shape):
    """
    proved_at: when a first source, or an operator who saw her, confirmed it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    customer_id: CustomerId
    declared_at: AwareDatetime
    masked_number: str
    proved_at: AwareDatetime | None


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class LiabilityStepAnswer(Shape):
    """
    What stands beside the way up, and on which side.
    """

    hash: str
    side: Literal["left", "right"]
    sum_minor: int


class LicenceAnswer(Shape):
    kind: str
    number: str
    recorded_at: AwareDatetime
    valid_from_on: date
    valid_until_on: date | None


class LicenceRequest(Shape):
    """
    valid_until_on: its last day; left out while it is open-ended.
    """

    kind: str
    number: str
    valid_from_on: date
    valid_until_on: date | None = None


class LicenceTerms(Shape):
    """
    valid_until_on: its last day, null while it is open-ended.
    """

    kind: str
    number: str
    valid_from_on: date
    valid_until_on: date | None


class LineCandidateAnswer(Shape):
    amount: int
    record_id: str
    reference: str
    subject: str
    value_on: date
    verdict: str


class LinePairAnswer(Shape):
    """
    lines: how many lines this record is matched with.
    """

    lines: int
    record_id: str
    rule: str
    run_id: str


class LineRequest(Shape):
    """
    number: the merchant's own, once in the batch. Just one of wallet_id, customer_id, card_id says who is paid.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    card_id: CardId | None = None
    customer_id: CustomerId | None = None
    note: str | None = ""
    number: str
    wallet_id: WalletId | None = None


class LineTold(Shape):
    """
    A line came back from the payee's bank, or was paid after it had been given up.
    """

    amount: int
    batch_payout_id: str
    currency: str
    line_id: str
    number: str


class LinkAnswer(Shape):
    """
    A committed batch in its book's chain. batch_id: its event; position: of that event in the feed; root: over its transfers in order.

    hash: SHA-256 of all the rest; previous_hash, skip_hash: of the link before, and of an earlier one.
    """

    batch_id: str
    book_id: int
    encoding: int
    hash: str
    linked_at: AwareDatetime
    number: int
    position: int
    previous_hash: str
    root: str
    skip_hash: str
    transfers: int


class LiquidityRequest(Shape):
    """
    direction `in`: its money has come to our reserve at the bank; `out`: it goes back from there.
    """

    amount: Annotated[int, Field(description="minor units")]
    bank: Annotated[str, Field(description="where our reserve is")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    direction: Literal["in", "out"]
    reference: str | None = ""


class ListChangeRequest(Shape):
    """
    Removed before added.
    """

    add: list[str] | None = None
    reason: str
    remove: list[str] | None = None


class ListEntryAnswer(Shape):
    born: list[str]
    countries: list[str]
    id: str
    key: str
    kind: Literal["individual", "entity", "vessel", "aircraft"]
    list_name: str
    names: list[str]
    nationalities: list[str]
    programme: str


class ListTaken(Shape):
    """
    A new version of a list. added, removed: entries.
    """

    added: int
    list_name: str
    number: int
    removed: int
    version_id: str


class ListVersionAnswer(Shape):
    """
    added, removed: entries, against the version before. refused: rows that were not taken. generation: versions of all lists so far.
    """

    added: int
    entries: int
    form: Annotated[
        Literal["ofac", "table"],
        Field(
            description="How a list comes: OFAC's own files (sdn.csv, alt.csv, add.csv, sdn_comments.csv), or one table with a header."
        ),
    ]
    generation: int
    hash: str
    id: str
    list_name: str
    names: int
    number: int
    refused: int
    removed: int
    taken_at: AwareDatetime
    taken_by: str


class MandateTold(Shape):
    currency: str
    customer_id: str
    mandate_id: str
    payee: str
    state: str


class MatchingRunAnswer(Shape):
    account_id: str
    began_at: AwareDatetime
    breaks_closed: int
    breaks_raised: int
    ended_at: AwareDatetime | None
    id: str
    pairs: int
    records: int


class MerchantAnswer(Shape):
    """
    balance and available: proceeds, in minor units.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    available: int
    balance: int
    currency: str
    id: MerchantId
    name: str
    opened_at: AwareDatetime
    owner: str


class MerchantOpened(Shape):
    """
    Somebody can sell. The name is not told: it may be a person's.
    """

    account_id: str
    currency: str
    merchant_id: str
    owner: str


class ModelMade(Shape):
    """
    Or retired.
    """

    currency: str
    settlement_model: str


class MovementAnswer(Shape):
    """
    An order to a bank of which the result is not known yet; it is asked about at `due_at`. reference: ours at the bank.
    """

    age_seconds: int
    amount_minor: int
    bank: str
    currency: str
    due_at: AwareDatetime
    job: str
    job_record: UUID
    kind: str
    record: str
    reference: str
    since_at: AwareDatetime


class NamePreviewRequest(Shape):
    """
    person: compared with persons; otherwise with the whole list.
    """

    name: str
    person: bool | None = True


class NetDebitCapAnswer(Shape):
    cap_minor: int
    currency: str
    participant: str
    settlement_model: str


class NetDebitCapRequest(Shape):
    """
    The most the participant may owe, net, of what is not settled.
    """

    cap_minor: Annotated[int, Field(description="minor units")]
    participant: Annotated[str, Field(description="as the channel's, where it is one")]


class Noted(Shape):
    reference: str


class Notification(Shape):
    """
    What a bank sends; members we do not use are ignored, its own list may grow.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["charge", "payout"]
    reference: str


class ObligationEnded(Shape):
    """
    It waits no more, and nothing is owed for it.
    """

    obligation_id: str


class ObligationFacts(Shape):
    """
    id: the caller's own, the key of its retries. payer owes payee.
    """

    amount: Annotated[int, Field(description="minor units")]
    end_to_end: Annotated[str | None, Field(description="the payment's own reference, for pacs.008")] = ""
    id: str
    payee: Annotated[str, Field(description="as the channel's, where it is one")]
    payer: Annotated[str, Field(description="as the channel's, where it is one")]


class ObligationRequest(Shape):
    """
    queue: beyond the cap it waits, at most so long; else it is refused.
    """

    amount: Annotated[int, Field(description="minor units")]
    end_to_end: Annotated[str | None, Field(description="the payment's own reference, for pacs.008")] = ""
    id: str
    payee: Annotated[str, Field(description="as the channel's, where it is one")]
    payer: Annotated[str, Field(description="as the channel's, where it is one")]
    queue: bool | None = False
    settlement_model: str
    wait_seconds: int | None = None


class ObligationsRecorded(Shape):
    """
    In one commit; each can be asked for by its id.
    """

    currency: str
    queued: int
    queued_minor: int
    recorded: int
    recorded_minor: int
    settlement_model: str


class ObligationsRequest(Shape):
    obligations: list[ObligationFacts]
    queue: bool | None = False
    settlement_model: str
    wait_seconds: int | None = None


class OfferTerms(Shape):
    """
    banks: whose cards, null for any. The first offer that fits an order is taken.
    """

    banks: list[str] | None
    fee: FeeTerms
    kind: Literal["charge", "payout"]


class OpenAccountRequest(Shape):
    """
    owner: the caller unless an operator says otherwise; rule: what the balance may never do; book_id: 1 unless told.

    opened_at: of an account that was opened elsewhere before, for operators; transfers are imported to it from then on.
    """

    book_id: int | None = 1
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: str
    metadata: dict[str, str] | None = None
    opened_at: AwareDatetime | None = None
    owner: str | None = None
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""
    rule: (
        Literal[
            "debits_must_not_exceed_credits",
            "credits_must_not_exceed_debits",
            "none",
        ]
        | None
    ) = "debits_must_not_exceed_credits"


class OpenCampaignRequest(Shape):
    """
    funding_account_id: what funds it, a merchant's proceeds; what is left goes back there. starts_at: now, unless told.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    ends_at: AwareDatetime
    funding_account_id: AccountId
    name: str
    starts_at: AwareDatetime | None = None


class OpenMerchantRequest(Shape):
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    name: str


class OpenPayeeCodeRequest(Shape):
    """
    merchant_id: of the caller's; without one the code pays into her own wallet in the currency.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    currency: Annotated[str | None, Field(description="ISO 4217 code, or the code of a unit")] = "CNY"
    label: str | None = ""
    merchant_id: MerchantId | None = None


class OpenWalletRequest(Shape):
    currency: Annotated[str | None, Field(description="ISO 4217 code, or the code of a unit")] = "CNY"


class OrderClosed(Shape):
    """
    Nobody paid: in time, or the merchant withdrew it.
    """

    amount: int
    currency: str
    merchant_id: str
    merchant_order_number: str
    order_id: str
    reason: str


class OrderPaymentFailed(Shape):
    """
    A card's bank said no, finally; the order waits for another payment.
    """

    amount: int
    currency: str
    failure_code: str
    merchant_id: str
    merchant_order_number: str
    order_id: str
    payment_id: str


class OrderPaymentReturned(Shape):
    """
    A card's money came when the order needed it no more, and is sent back to the card.
    """

    amount: int
    card_return_id: str
    currency: str
    merchant_id: str
    merchant_order_number: str
    order_id: str
    payment_id: str


class OrderTold(Shape):
    """
    What every event of an order carries.
    """

    amount: int
    currency: str
    merchant_id: str
    merchant_order_number: str
    order_id: str


class OutcomeAnswer(Shape):
    """
    code: `exists` for one that was there before; else why it was refused.
    """

    code: str | None
    id: str
    outcome: Literal["recorded", "queued", "refused", "full"]


class OutcomesAnswer(Shape):
    """
    In the order of the request.
    """

    items: list[OutcomeAnswer]
    queued: int
    recorded: int
    refused: int


class PageAccountAnswer(Shape):
    items: list[AccountAnswer]
    next: str | None = None


class PageAccountMetadataAnswer(Shape):
    items: list[AccountMetadataAnswer]
    next: str | None = None


class PageCapAnswer(Shape):
    items: list[CapAnswer]
    next: str | None = None


class PageCodePaymentAnswer(Shape):
    items: list[CodePaymentAnswer]
    next: str | None = None


class PageCoinAddressAnswer(Shape):
    items: list[CoinAddressAnswer]
    next: str | None = None


class PageCoinDayAnswer(Shape):
    items: list[CoinDayAnswer]
    next: str | None = None


class PageCoinTermsAnswer(Shape):
    items: list[CoinTermsAnswer]
    next: str | None = None


class PageCountedPaymentAnswer(Shape):
    items: list[CountedPaymentAnswer]
    next: str | None = None


class PageExclusionAnswer(Shape):
    items: list[ExclusionAnswer]
    next: str | None = None


class PageLinkAnswer(Shape):
    items: list[LinkAnswer]
    next: str | None = None


class PageListEntryAnswer(Shape):
    items: list[ListEntryAnswer]
    next: str | None = None


class PageListVersionAnswer(Shape):
    items: list[ListVersionAnswer]
    next: str | None = None


class PageMatchingRunAnswer(Shape):
    items: list[MatchingRunAnswer]
    next: str | None = None


class PageMerchantAnswer(Shape):
    items: list[MerchantAnswer]
    next: str | None = None


class ParkedJobAnswer(Shape):
    """
    A job that was started too often. failure: the last fault, without secrets; instants are real time.
    """

    created_at: AwareDatetime
    failure: str | None
    id: int
    name: str
    parked_at: AwareDatetime
    payload: dict[str, Any]
    starts: int


class ParkedJobs(Shape):
    items: list[ParkedJobAnswer]


class ParkedPaymentTold(Shape):
    """
    released: it may be made now, once; used_for: the record that was made; end_reason: why it never will be, its money back.
    """

    amount: int
    currency: str
    decision_id: str
    end_reason: str | None
    kind: str
    person: str
    state: str
    used_for: str | None


class ParseRequest(Shape):
    payload: Annotated[str, Field(description="the code's text")]


class ParsedAnswer(Shape):
    """
    What a sound code says. merchant_presented: to be paid with `/v1/qr-codes/payments`; consumer_presented: to be charged by its token.

    merchant_id: none in a code of another network. Of an order of ours `payable` says whether it still waits.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int | None = None
    city: str | None = None
    currency: str | None = None
    expires_at: AwareDatetime | None = None
    initiation: str | None = None
    kind: Literal["merchant_presented", "consumer_presented"]
    local_name: str | None = None
    merchant_id: MerchantId | None = None
    name: str | None = None
    order_id: OrderId | None = None
    payable: bool | None = None
    token: str | None = None


class PartTold(Shape):
    amount: int
    method: str


class ParticipantChanged(Shape):
    """
    amount, currency: where liquidity was brought or taken.
    """

    amount: int | None = None
    currency: str | None = None
    participant: str
    participant_id: str


class ParticipantRequest(Shape):
    bic: str | None = None
    code: Annotated[str, Field(description="as the channel's, where it is one")]
    licence: LicenceRequest
    name: str


class PassEnded(Shape):
    """
    Money is in the other book, or back. failure_code: why the other book would not take it.
    """

    amount: int
    credit_account_id: str
    currency: str
    debit_account_id: str
    failure_code: str | None
    pass_id: str


class PassRequest(Shape):
    """
    From an account of one book into an account of another.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    credit_account_id: AccountId
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    debit_account_id: AccountId
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""


class PassedOver(Shape):
    """
    A merchant's proceeds could not be divided; they wait for her next day. code: why.
    """

    code: str
    merchant_id: str
    owner: str
    window_on: str


class PasswordRequest(Shape):
    """
    current: the one that stands, to change it. identity_number: of who has proved who she is and sets her first.
    """

    current: str | None = None
    identity_number: str | None = None
    password: Annotated[str, Field(description="six digits")]


class PayCodeRequest(Shape):
    """
    wallet_id: the payer's; hers in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    note: str | None = ""
    wallet_id: WalletId | None = None


class PayOrderRequest(Shape):
    """
    amount and currency: what the buyer was shown and agreed to: all that is left to pay, or, if partial, less of it.

    wallet_id: her wallet in the currency unless given. account_id: of the service that finances her, for consumer_credit and fund_balance.
    A part is held until the last one is there; then all move at once. voucher_ids: the buyer's vouchers (满减券), with a wallet's part that
    is the last: amount is then what they leave to pay. confirmation_id: of a wallet's part that she confirmed by her payment
    password; without it less may be paid a day.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None = None
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    method: Literal["wallet", "consumer_credit", "fund_balance"]
    partial: bool | None = False
    voucher_ids: list[str] | None = None
    wallet_id: WalletId | None = None


class PayScannedRequest(Shape):
    """
    amount and currency: what the payer was shown, or typed for a static code.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    payload: Annotated[str, Field(description="the code's text")]
    wallet_id: WalletId | None = None


class PayTradeRequest(Shape):
    """
    amount and currency: what the buyer was shown and agreed to. wallet_id: her wallet in the currency unless given.

    Any other way that orders know, and several together: at the trade's order, `/v1/orders/{order_id}/payments` and `…/card-payments`.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    method: Literal["wallet"]
    wallet_id: WalletId | None = None


class PayeeAnswer(Shape):
    """
    masked_name: 张**; None where the payee has not proved a name, and then none is asked for.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    currency: str
    masked_name: str | None
    payee_id: CustomerId


class PayeeCodePaid(Shape):
    """
    Either an order of the merchant's or a transfer to the person.
    """

    amount: int
    code_payment_id: str
    currency: str
    merchant_id: str | None
    order_id: str | None
    owner: str
    payee_code_id: str
    payer_id: str
    person_transfer_id: str | None


class PayeeCodeTold(Shape):
    currency: str
    merchant_id: str | None
    owner: str
    payee_code_id: str


class PaymentCodeAnswer(Shape):
    """
    order_id, amount and currency: of the charge. The instants are real time.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int | None
    currency: str | None
    ended_at: AwareDatetime | None
    expires_at: AwareDatetime
    id: str
    made_at: AwareDatetime
    order_id: OrderId | None
    state: str


class PaymentCodeCharged(Shape):
    """
    A merchant charged the customer who showed it. The order tells of the money.
    """

    amount: int
    currency: str
    customer_id: str
    merchant_id: str
    order_id: str
    payment_code_id: str


class PaymentFileTerms(Shape):
    """
    Payment orders by file. accounts: what the channel calls our reserve, by currency; cut_off: from then on files are for tomorrow.
    """

    accounts: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")], str]
    cut_off: str
    form: Literal["pain.001.001.03", "pain.001.001.09"]


class PaymentPasswordCleared(Shape):
    """
    by: the operator.
    """

    by: str
    customer_id: str
    reason: str


class PaymentPasswordSet(Shape):
    customer_id: str


class PayoutAccountAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    added_at: AwareDatetime
    bank: str
    id: str
    masked: str
    merchant_id: MerchantId


class PayoutAccountRequest(Shape):
    bank: str
    holder_name: str
    number: str


class PayoutEnded(Shape):
    """
    The bank's final word, or a return after it. failure_code: None when it has paid; else the money is on the merchant's balance.
    """

    amount: int
    currency: str
    failure_code: str | None
    merchant_id: str
    payout_id: str
    settlement_id: str


class PayoutHeldUp(Shape):
    """
    It waits on her balance, and why it could not be batched: told when the reason changes.
    """

    amount: int
    currency: str
    held_up: str
    merchant_id: str
    payout_id: str
    settlement_id: str


class PersonTransferRequest(Shape):
    """
    The payee by customer or by wallet, and by the name the payer believes: needed where the payee has proved one.

    wallet_id: the payer's; hers in the currency unless given. What arrives later is revocable until then.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    arrival: Literal["at_once", "after_2_hours", "after_24_hours"] | None = "at_once"
    confirmation_id: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    note: str | None = ""
    payee_id: CustomerId | None = None
    payee_name: str | None = None
    payee_wallet_id: WalletId | None = None
    wallet_id: WalletId | None = None


class PersonTransferTold(Shape):
    """
    failure_code: why it was returned. transfer_id: what moved the money, once it has arrived.
    """

    amount: int
    arrival: str
    currency: str
    failure_code: str | None
    payee_id: str
    payer_id: str
    person_transfer_id: str
    transfer_id: str | None


class PileAnswer(Shape):
    """
    count: at most 1,000 are counted.
    """

    count: int
    matter: Literal[
        "trade_disputes",
        "reconciliation_breaks",
        "unmatched_money",
        "payout_batches",
        "passed_over",
        "dead_letters",
        "frozen_persons",
        "risk_reviews",
        "overdue_receivables",
        "screening_hits",
        "transaction_reports",
        "uncounted_days",
        "unproved_days",
        "fee_withdrawals",
        "clearing_windows",
        "clearing_queue",
        "held_coins",
        "regulated_coins",
        "coin_differences",
        "stuck_coins",
    ]
    next_due_at: AwareDatetime | None
    oldest_at: AwareDatetime | None


class PinAnswer(Shape):
    """
    A day's root as it was kept. version: above 1 when transfers of that value date were added after an earlier one.
    """

    book_id: int
    encoding: int
    pinned_at: AwareDatetime
    pinned_by: str
    root: str
    transfers: int
    value_on: date
    version: int


class PositionAnswer(Shape):
    """
    position_minor: what it owes less what is owed to it, of all that is not settled. waiting_minor: what it has in the queue.

    liquidity_minor: available on its settlement account, which its models of that currency share.
    """

    cap_minor: int
    currency: str
    liquidity_minor: int
    participant: str
    position_minor: int
    settlement_model: str
    waiting_minor: int


class PositionsAnswer(Shape):
    items: list[PositionAnswer]


class PostedLegAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    credit_account_id: AccountId
    debit_account_id: AccountId
    destination: str
    source: int
    transfer_id: TransferId


class PostedSum(Shape):
    """
    What was moved under one reference and code from one account to another. count: transfers.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code: str
    count: int
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    reference: str


class PostingAnswer(Shape):
    """
    A posting as it was made. kept: of the amount, by the sources; request: as it was asked for.
    """

    amount: int
    code: str
    currency: str
    id: str
    kept: int
    made_by: str
    posted_at: AwareDatetime
    reference: str
    request: dict[str, Any]
    transfers: list[PostedLegAnswer]
    value_on: date


class PostingDestination(Shape):
    """
    A line of a split. Where: an account, `destinations` of its own, or `kept` by the sources.

    How much: a fixed `amount`; a `portion` of what those leave, perhaps `at_most` so much; `at_most` alone, filled up in the order of
    the lines before portions are taken; none of them: the remainder.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None = None
    amount: int | None = None
    at_most: int | None = None
    destinations: list[PostingDestination] | None = None
    kept: bool | None = False
    leftover: Annotated[
        Literal["from_the_first", "largest_remainder"] | None,
        Field(
            description="who gets the units that whole portions leave over: each line in its order one, or the largest remainders"
        ),
    ] = "from_the_first"
    portion: str | None = None


class PostingLegAnswer(Shape):
    """
    source: number of the source; destination: place of the line in the request.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    credit_account_id: AccountId
    debit_account_id: AccountId
    destination: str
    source: int


class PostingMade(Shape):
    """
    kept: of the amount, by the sources.
    """

    amount: int
    currency: str
    kept: int
    made_by: str
    posting_id: str
    transfers: int


class PostingPreview(Shape):
    """
    kept: of the amount, by the sources.
    """

    amount: int
    currency: str
    kept: int
    transfers: list[PostingLegAnswer]


class PostingSource(Shape):
    """
    at_most: more is not drawn from it; overdraft_limit: how far below zero it may go, where its rule lets it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    at_most: int | None = None
    overdraft_limit: int | None = 0


class PreauthorisationCaptured(Shape):
    amount: int
    buyer_id: str | None
    capture_amount: int
    capture_id: str
    captured: int
    currency: str
    merchant_id: str
    merchant_number: str
    order_id: str
    preauthorisation_id: str
    transfer_id: str


class PreauthorisationEnded(Shape):
    """
    released: what became the customer's again.
    """

    amount: int
    buyer_id: str | None
    captured: int
    currency: str
    merchant_id: str
    merchant_number: str
    preauthorisation_id: str
    reason: str
    released: int


class PreauthorisationRequest(Shape):
    """
    buyer_id: who alone may agree. timeout_seconds: not agreed to by then, it closes; hold_seconds: how long it may stay frozen.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    buyer_id: CustomerId | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    hold_seconds: int | None = 2592000
    merchant_id: MerchantId
    merchant_number: str
    subject: str
    timeout_seconds: int | None = 1800


class PreauthorisationTold(Shape):
    """
    What every event carries. amount: frozen at first; captured: of it so far.
    """

    amount: int
    buyer_id: str | None
    captured: int
    currency: str
    merchant_id: str
    merchant_number: str
    preauthorisation_id: str


class PreauthorisationWithCapturesAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    agreed_at: AwareDatetime | None
    amount: int
    buyer_id: CustomerId | None
    captured: int
    captures: list[CaptureAnswer]
    currency: str
    due_at: AwareDatetime | None
    end_reason: Literal["captured", "merchant", "consented", "deadline"] | None
    ended_at: AwareDatetime | None
    frozen: int
    id: str
    merchant_id: MerchantId
    merchant_number: str
    release_asked_at: AwareDatetime | None
    requested_at: AwareDatetime
    state: Literal["requested", "frozen", "ended", "closed"]
    subject: str


class Problem(Shape):
    """
    RFC 9457 document. `code` is stable; `field` names the offending input where there is one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    code: str
    detail: str
    field: str | None = None
    status: int
    title: str
    type: str


class ProfileAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    category_code: str
    changed_at: AwareDatetime
    city: str
    country: str
    latin_name: str
    merchant_id: MerchantId
    postal_code: str | None


class ProfileRequest(Shape):
    """
    What EMV asks of every code. category_code: ISO 18245; latin_name and city: printable ASCII.
    """

    category_code: str
    city: str
    country: str | None = "CN"
    latin_name: str
    postal_code: str | None = None


class ProlongTradeRequest(Shape):
    seconds: int


class ProofMade(Shape):
    """
    A day's proof says something that was not said before. difference_minor: what the reserve lacks of others' money, 0 or less.
    """

    currency: str
    day: str
    difference_minor: int
    proof_id: str
    reserve_minor: int
    state: str
    version: int


class ProvedTransfer(Shape):
    """
    A transfer with all that its leaf is made of. number: its place in the batch; debited_, credited_: sums of its accounts after it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    book_id: int
    code: str
    credit_account_id: AccountId
    credited_credits_pending: int
    credited_credits_posted: int
    credited_debits_pending: int
    credited_debits_posted: int
    currency: str
    debit_account_id: AccountId
    debited_credits_pending: int
    debited_credits_posted: int
    debited_debits_pending: int
    debited_debits_posted: int
    expires_at: AwareDatetime | None
    flags: list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    metadata: dict[str, str]
    number: int
    pending_id: TransferId | None
    posted_at: AwareDatetime
    reference: str
    reverses_id: TransferId | None
    timeout_seconds: int | None
    value_on: date


class PublicationAnswer(Shape):
    """
    What everybody sees of a day: hash covers the rest, previous_hash the publication before. excluded: accounts below zero.

    published_at: as it is hashed.
    """

    currency: str
    day: date
    depth: int
    excluded_accounts: int
    excluded_minor: int
    hash: str
    number: int
    previous_hash: str
    published_at: str
    root: str
    total_minor: int


class PurposeAnswer(Shape):
    """
    owner: of the return account.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    allowed: list[AllowedAnswer]
    currency: str
    expires_at: AwareDatetime | None
    id: str
    made_at: AwareDatetime
    name: str
    owner: str
    return_account_id: AccountId


class PurposeMade(Shape):
    currency: str
    expires_at: str | None
    owner: str
    purpose_id: str


class PurposeRequest(Shape):
    """
    allowed: where the money may go, any of them; return_account_id: where it may always go back, and goes when it expires.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    allowed: list[AllowedDestination]
    expires_at: AwareDatetime | None = None
    name: str
    return_account_id: AccountId


class PurseAnswer(Shape):
    """
    account_id: its account, whose money is bound to the purpose.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    id: str
    opened_at: AwareDatetime
    owner: str
    purpose_id: str


class PurseOpened(Shape):
    account_id: str
    owner: str
    purpose_id: str
    purse_id: str


class PurseRequest(Shape):
    """
    owner: the caller unless told; the owner of the purpose opens purses for those it gives money to.
    """

    owner: str | None = None
    purpose_id: str


class QrCodeAnswer(Shape):
    """
    payload: the text to be shown as a code. amount and expires_at: of an order's; a static code has neither.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int | None
    currency: str
    expires_at: AwareDatetime | None
    merchant_id: MerchantId
    order_id: OrderId | None
    payload: str


class QueuePassAnswer(Shape):
    """
    id: None where nothing was released, which leaves no record. moved_minor: what went between settlement accounts for it.
    """

    examined: int
    id: str | None
    made_at: AwareDatetime
    moved_minor: int
    released: int
    released_minor: int


class QueueReleased(Shape):
    """
    moved_minor: what went between settlement accounts, where payments are settled at once.
    """

    currency: str
    moved_minor: int
    pass_id: str
    released: int
    released_minor: int
    settlement_model: str


class RailAnswer(Shape):
    """
    outputs: what our addresses had at `height`; difference: to what they should have by our books, when last comparable (proved_at).
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    best_block: str
    difference: int
    fees_account_id: AccountId
    height: int
    id: str
    issuance_account_id: AccountId
    loss_account_id: AccountId
    network: str
    opened_at: AwareDatetime
    outputs: int
    proved_at: AwareDatetime | None
    scanned_at: AwareDatetime | None
    unit: str


class RailOpened(Shape):
    network: str
    unit: str


class RailRequest(Shape):
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class RailsAnswer(Shape):
    items: list[RailAnswer]


class RateAnswer(Shape):
    currency: str
    rate: str
    rate_on: date
    source: str
    stated_at: AwareDatetime


class RateRequest(Shape):
    """
    rate: CNY for one unit of the currency; source: who published it.
    """

    rate: str
    source: str


class ReasonRequest(Shape):
    reason: str


class ReceivableTold(Shape):
    """
    original: the record it goes back to; outstanding: what is still owed.
    """

    account_id: str
    amount: int
    cause: str
    currency: str
    original: str
    outstanding: int
    owner: str
    receivable_id: str


class ReconciledAccountAnswer(Shape):
    amount_tolerance_minor: int
    bank: str
    currency: str
    date_tolerance_days: int
    date_window_days: int
    fetched_on: date | None
    id: str
    number: str
    opened_at: AwareDatetime


class ReconciledAccountRequest(Shape):
    """
    date_window_days: how far the matcher looks where no reference helps; more than the tolerances is a break, or no match.
    """

    amount_tolerance_minor: Annotated[int | None, Field(description="minor units")] = 0
    bank: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    date_tolerance_days: int | None = 0
    date_window_days: int | None = 3
    number: str


class RedeemVoucherRequest(Shape):
    """
    subject: the investment it is for; amount, days: of the investment, for a raised rate.
    """

    amount: int | None = None
    days: int | None = None
    subject: str


class RefundAdvanced(Shape):
    """
    The platform paid what the merchant lacked for a refund; her next settlements repay it.
    """

    amount: int
    currency: str
    merchant_id: str
    order_id: str
    receivable_id: str


class RefundLegAnswer(Shape):
    """
    What one part of the payment gets back. return_id: of a card's, whose own bank brings it; return_state: how far that is.

    restored_minor: of a card's, what its bank had taken back already: it went to the merchant, who had answered for it.
    """

    amount: int
    payment_id: str
    restored_minor: int
    return_id: str | None
    return_state: Literal["waiting", "returning", "returned", "credited"] | None


class RefundRedirected(Shape):
    """
    Who paid a part of a trade's order has closed the account: the buyer's wallet has it, or suspense where wallet_id is null.
    """

    amount: int
    currency: str
    order_id: str
    payer: str
    payment_id: str
    refund_id: str
    wallet_id: str | None


class RefundRequest(Shape):
    """
    merchant_refund_number: the merchant's own; asked again under it, the same refund is answered.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    merchant_refund_number: str
    reason: str


class RefundTold(Shape):
    """
    amount: of the order; refund_amount: of this refund.
    """

    amount: int
    currency: str
    merchant_id: str
    merchant_order_number: str
    merchant_refund_number: str
    order_id: str
    refund_amount: int
    refund_id: str


class RefusalAnswer(Shape):
    """
    Why an id is spent: the command as it was understood and the state it met.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    code: str
    command: dict[str, Any]
    field: str | None
    refused_at: AwareDatetime
    seen: dict[str, Any]
    transfer_id: TransferId


class RefuseTradeReturnRequest(Shape):
    reason: str


class RefusedAnswer(Shape):
    channel: str
    reason: Annotated[
        Literal[
            "already_tried",
            "licence_not_valid",
            "licence_not_for_this",
            "not_offered",
            "currency_not_carried",
            "below_least",
            "above_most",
            "over_card_day_limit",
            "maintenance",
            "unreachable",
            "reserve_short",
        ],
        Field(description="Why a channel does not carry an order; the first that applies is told."),
    ]


class RefusedRowAnswer(Shape):
    code: str
    detail: str
    file: str
    line: int


class RefusedRowsAnswer(Shape):
    """
    The first thousand of a version.
    """

    items: list[RefusedRowAnswer]


class RegisterEndpointRequest(Shape):
    """
    types: names of event types, prefixes such as `payments.order.*`, or `*`.
    """

    types: list[str]
    url: str


class RegulationAnswer(Shape):
    """
    share_ppm: the share that made it so by the rule; none where an operator said it.
    """

    from_on: date
    id: str
    reason: str
    regulated: bool
    share_ppm: int | None
    stated_at: AwareDatetime
    stated_by: str
    unit: str


class RegulationRequest(Shape):
    from_on: date
    reason: str
    regulated: bool


class ReplayAnswer(Shape):
    """
    queued: how many are sent again; more: ask again for the rest.
    """

    endpoint_id: str
    more: bool
    queued: int


class ReplayRequest(Shape):
    """
    Deliveries made since then (real time), at most 5,000 in one call, the oldest first. states: how they ended, `dead` unless told.
    """

    since: AwareDatetime
    states: list[Literal["acknowledged", "dead"]] | None = None


class ReportCorrectionRequest(Shape):
    """
    act: `correction` or `deletion`. narrative: in place of the one that went out. transfer_ids: all that it is about, of what was filed.

    What a rule found is counted again.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    act: Literal["new", "correction", "deletion"]
    narrative: str | None = None
    reason: str
    transfer_ids: list[TransferId] | None = None


class ReportDayAnswer(Shape):
    """
    uncounted: transfers of which no rate was stated yet; the day is gone through again when one is stated.
    """

    business_on: date
    reports: int
    scanned_at: AwareDatetime
    uncounted: int


class ReportExclusionRequest(Shape):
    reason: str


class ReportFileMade(Shape):
    file_id: str
    hash: str
    kind: str
    reports: int


class ReportStep(Shape):
    """
    amount: CNY in fen. due_on: the last day to report it.
    """

    act: str
    amount: int
    due_on: str
    kind: str
    report_id: str
    rule: str


class ReportTold(Shape):
    """
    original: our record it is about. taken, owed: of a charge taken back, what its account gave, and what it owes since.
    """

    amount: int
    bank: str
    currency: str
    kind: str
    original: str | None
    owed: int
    owner: str | None
    reason: str
    report_id: str
    taken: int


class ReportUnmatched(Shape):
    """
    Nothing of ours agrees with it; somebody has to clear it up.
    """

    amount: int
    bank: str
    currency: str
    held_up: str
    kind: str
    original: str | None
    owed: int
    owner: str | None
    reason: str
    report_id: str
    taken: int


class RequestCheckRequest(Shape):
    channel: Annotated[
        Literal["police", "bank", "mobile_operator", "education", "tax", "social_security", "housing", "transport"],
        Field(
            description="Independent sources outside that know people: each counts once, however often it was asked."
        ),
    ]


class ReserveAccountAnswer(Shape):
    """
    valid_from_on: None where nothing was said of it yet: money comes and goes there.
    """

    bank: str
    currency: str
    use: Annotated[
        Literal["custody", "receipt_and_payment", "collection"],
        Field(
            description="What a reserve account is for by the custom of the trade. From a collection account nothing is paid out."
        ),
    ]
    valid_from_on: date | None


class ReserveAccountsAnswer(Shape):
    items: list[ReserveAccountAnswer]


class ReserveAnswer(Shape):
    """
    The reserve at a bank in our books; at most `asked_for_minor` more and `held_minor` less is there while orders are under way.

    bank_fees_minor: what the bank said it took for orders of ours; it is not in our books yet.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    asked_for_minor: int
    balance_minor: int
    bank: str
    bank_fees_minor: int
    currency: str
    held_minor: int


class ReserveBankAnswer(Shape):
    """
    statement + timing + paper + breaks + unexplained = ledger. statement_id: the evidence. held_up: why there is no proof yet.
    """

    bank: str
    breaks_minor: int
    held_up: str | None
    ledger_minor: int
    paper_minor: int
    state: Literal["proved", "broken", "incomplete"]
    statement_id: str | None
    statement_minor: int | None
    timing_minor: int
    unexplained_minor: int


class ReserveClassAnswer(Shape):
    """
    Accounts of one class: what they had in credit and in debit.
    """

    accounts: int
    credit_minor: int
    debit_minor: int
    owed: Annotated[
        Literal[
            "customers",
            "merchants",
            "institutions",
            "escrow",
            "refunds_due",
            "unmatched",
            "participants",
            "tokens_backed",
            "own_fees",
            "own_claims",
            "between_books",
            "reserve",
            "custody",
            "apart",
        ],
        Field(description="Who stands behind an account of the ledger."),
    ]


class ReserveItemAnswer(Shape):
    """
    subject: our reference, `line:…`, `trf:…`, or an account. amount: what the ledger has more than the bank.
    """

    amount: int
    bank: str | None
    break_id: str | None
    kind: Literal[
        "receipt_not_on_statement",
        "payout_not_on_statement",
        "booked_later",
        "paper",
        "statement_difference",
        "break",
        "unexplained",
        "claim",
        "fees_overdue",
    ]
    number: int
    subject: str


class ReserveProofAnswer(Shape):
    """
    reserve_minor = owed_minor + own_minor: what is at the banks by our books, what is owed to others, and what of it is the
    platform's own (fees, less what it has to make good). difference_minor: what of others' money the reserve lacks, 0 or less.
    """

    currency: str
    day: date
    difference_minor: int
    fees_overdue_minor: int
    id: str
    made_at: AwareDatetime
    made_by: str
    owed_minor: int
    own_minor: int
    reserve_minor: int
    state: Literal["proved", "broken", "incomplete"]
    version: int


class ReserveProofRequest(Shape):
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    day: date


class ReserveReleased(Shape):
    """
    What was kept back of a settlement, less what refunds took of it, is the merchant's.
    """

    amount: int
    currency: str
    merchant_id: str
    settlement_id: str


class ReserveTermsAnswer(Shape):
    bank: str
    currency: str
    use: Annotated[
        Literal["custody", "receipt_and_payment", "collection"],
        Field(
            description="What a reserve account is for by the custom of the trade. From a collection account nothing is paid out."
        ),
    ]
    valid_from_on: date


class ReserveTermsRequest(Shape):
    """
    From a day on, today or later.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    use: Literal["custody", "receipt_and_payment", "collection"]
    valid_from_on: date


class ReservesAnswer(Shape):
    items: list[ReserveAnswer]


class ReturnTradeGoodsRequest(Shape):
    carrier: str
    tracking_number: str


class ReversalAnswer(Shape):
    """
    part: its place among the reversals of one transfer, from 1; rest: what was left of the amount after it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    part: int
    rest: int
    reversed_id: TransferId
    transfer_id: TransferId


class ReversalMade(Shape):
    """
    The transfer that takes money back. result: `created`, or `exists` when it was made before; rest: what may still be reversed.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code: str
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    expires_at: AwareDatetime | None
    flags: list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    metadata: dict[str, str]
    pending_id: TransferId | None
    posted_at: AwareDatetime
    reference: str
    rest: int
    result: Literal["created", "exists"]
    reverses_id: TransferId
    value_on: date


class ReversalRequest(Shape):
    """
    id: of the new transfer, the caller's own and the key of every retry. amount: all that is left, unless told; code: why;
    reference: that of the transfer reversed, unless told; metadata: its own.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int | None = None
    code: Annotated[str | None, Field(description="what the transfer is for")] = "ledger.reversal"
    id: TransferId
    metadata: dict[str, str] | None = None
    reference: str | None = None
    value_on: date | None = None


class RiskDecided(Shape):
    """
    A payment was not made: refused, or parked. person: who wanted to pay.
    """

    amount: int
    currency: str
    decision_id: str
    kind: str
    person: str


class RiskListAnswer(Shape):
    entries: int
    holds: Annotated[
        Literal["person", "card", "device", "payee", "country"],
        Field(
            description="What of a payment may stand on a list. device: as the client names it; kept hashed, like everything on lists."
        ),
    ]
    id: str
    made_at: AwareDatetime
    made_by: str
    name: str


class RiskListChanged(Shape):
    added: int
    list_id: str
    removed: int


class RiskReasonRequest(Shape):
    reason: str


class RootPublished(Shape):
    """
    hash: of the publication, which names the root, the total, and the publication before it.
    """

    currency: str
    day: str
    excluded_accounts: int
    excluded_minor: int
    hash: str
    number: int
    total_minor: int


class RouteAnswer(Shape):
    """
    candidates: in the order in which they would be tried; refused: why not the others.
    """

    amount: int
    candidates: list[CandidateAnswer]
    currency: str
    kind: Literal["charge", "payout"]
    refused: list[RefusedAnswer]


class RuleCountAnswer(Shape):
    code: str
    decisions: int


class RuleText(Shape):
    en: str
    zh: str


class RuleTriedAnswer(Shape):
    """
    outcome: matched, refused, no_candidate, not_asked.
    """

    candidates: list[LineCandidateAnswer]
    outcome: Literal["matched", "refused", "no_candidate", "not_asked"]
    rule: Literal["reference", "group", "parts", "text", "amount", "reference_tolerance"]


class RulesetChanged(Shape):
    """
    rollback: it had been live before.
    """

    number: int
    rollback: bool
    ruleset_id: str
    state: str


class RulesetStepAnswer(Shape):
    after: Literal["draft", "shadow", "live", "retired"]
    before: Literal["draft", "shadow", "live", "retired"] | None
    changed_at: AwareDatetime
    changed_by: str
    reason: str
    rollback: bool


class RunEnded(Shape):
    account_id: str
    bank: str
    breaks_closed: int
    breaks_raised: int
    pairs: int
    run_id: str


class ScreeningHitAnswer(Shape):
    """
    score: thousandths. due_at: when it should be decided; overdue_at: when it was told that it is not.
    """

    decided_at: AwareDatetime | None
    decided_by: str | None
    due_at: AwareDatetime | None
    entry_id: str
    found_at: AwareDatetime
    id: str
    overdue_at: AwareDatetime | None
    proposed_by: str | None
    proposed_reason: str | None
    reason: str | None
    score: int
    state: Literal["waiting", "clearance_proposed", "cleared", "confirmed", "withdrawn"]
    subject_id: str
    subject_kind: Literal["customer", "merchant", "payee"]


class SetTradeCategoryRequest(Shape):
    """
    valid_from: now if left out. default_buyer_share: in basis points, of what is in dispute when nobody rules.

    source: where the figures are from.
    """

    answer_seconds: int
    confirm_seconds: int
    default_buyer_share: int
    evidence_seconds: int
    extension_seconds: int
    inspect_seconds: int
    pay_seconds: int
    prolongation_seconds: int
    reconsider_seconds: int
    return_seconds: int
    ruling_seconds: int
    ship_seconds: int
    source: str
    valid_from: AwareDatetime | None = None


class SettlementAnswer(Shape):
    """
    gross_minor − refunded_minor = fee_minor + shares_minor + receivable_minor + deductions_minor + reserve_minor + net_minor.

    fee_minor: less what earlier refunds returned of it. receivable_minor: for refunds that the platform had advanced.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    contract_id: str
    currency: str
    cut_off_at: AwareDatetime
    deductions_minor: int
    fee_minor: int
    gross_minor: int
    id: str
    merchant_id: MerchantId
    net_minor: int
    orders: int
    receivable_minor: int
    refunded_minor: int
    reserve_minor: int
    settled_at: AwareDatetime
    settled_on: date
    shares_minor: int
    window_on: date


class SettlementChanged(Shape):
    """
    gross_minor, net_minor: 0 before they are worked out.
    """

    currency: str
    gross_minor: int
    net_minor: int
    settlement_id: str
    settlement_model: str


class SettlementCompleted(Shape):
    """
    Proceeds of a merchant have been divided; what is hers is on its way to her.
    """

    currency: str
    deductions_minor: int
    fee_minor: int
    gross_minor: int
    merchant_id: str
    net_minor: int
    orders: int
    owner: str
    receivable_minor: int
    refunded_minor: int
    reserve_minor: int
    settlement_id: str
    shares_minor: int
    window_on: str


class SettlementModelAnswer(Shape):
    code: str
    collects: bool
    currency: str
    cut_offs: list[str]
    delay: Literal["IMMEDIATE", "DEFERRED"]
    granularity: Literal["GROSS", "NET"]
    interchange: Literal["BILATERAL", "MULTILATERAL"]
    made_at: AwareDatetime
    patience_minutes: int
    prefunded: bool
    retired_at: AwareDatetime | None
    settles_by_itself: bool


class SettlementModelRequest(Shape):
    """
    `GROSS` is `BILATERAL` and `IMMEDIATE`; `NET` is `DEFERRED`, and `BILATERAL` or `MULTILATERAL`.

    prefunded: caps are covered by the settlement account. cut_offs: local times of business days at which windows close, ascending.
    patience_minutes: how long a closed window may wait for its settlement, and a settlement for who is short. settles_by_itself: closed
    windows are settled without an operator. collects: payments of the suite between participants come here, of one model a currency.
    """

    code: str
    collects: bool | None = False
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    cut_offs: list[str] | None = None
    delay: Literal["IMMEDIATE", "DEFERRED"]
    granularity: Literal["GROSS", "NET"]
    interchange: Literal["BILATERAL", "MULTILATERAL"]
    patience_minutes: int | None = 1440
    prefunded: bool | None = True
    settles_by_itself: bool | None = True


class SettlementRequest(Shape):
    window_ids: list[str]


class ShadowDecisionAnswer(Shape):
    codes: list[str]
    outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]
    ruleset_id: str


class ShareReceiverAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    id: str
    merchant_id: MerchantId
    registered_at: AwareDatetime
    relation: str
    removed_at: AwareDatetime | None


class ShareReceiverRequest(Shape):
    """
    relation: what the receiver is to the merchant: supplier, partner, distributor; never a person's name.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    relation: str


class ShareRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    receiver_id: str


class ShareReturnRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]


class ShareReturned(Shape):
    """
    Money of a shared part went back from its receiver to the merchant.
    """

    account_id: str
    amount: int
    merchant_id: str
    order_id: str
    share_id: str


class SharesRequest(Shape):
    """
    Each receiver once.
    """

    shares: list[ShareRequest]


class ShipTradeRequest(Shape):
    """
    Both may be left out where nothing travels.
    """

    carrier: str | None = None
    tracking_number: str | None = None


class ShownPayeeCodeAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    currency: str
    id: str
    label: str
    merchant_id: MerchantId | None
    opened_at: AwareDatetime
    payee_name: str | None
    payload: str
    per_payment: int
    revoked_at: AwareDatetime | None
    state: Literal["open", "revoked"]


class SignAnswer(Shape):
    """
    signed: the exact text; signature: `v1,…`, if a secret was at hand; equal and difference: if the receiver's text was given.
    """

    difference: DifferenceAnswer | None
    equal: bool | None
    signature: str | None
    signed: str


class SignRequest(Shape):
    """
    Either a delivery, whose newest attempt is meant, or id, timestamp and body. theirs: what the receiver took for the signed text.

    secret: to sign with, for texts of one's own; a delivery is signed with its endpoint's.
    """

    body: str | None = None
    delivery_id: str | None = None
    message_id: str | None = None
    secret: str | None = None
    theirs: str | None = None
    timestamp: int | None = None


class StatementEntry(Shape):
    """
    A transfer seen from one account. side: debit or credit; balance, available: of the account after it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    available: int
    balance: int
    code: str
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    expires_at: AwareDatetime | None
    flags: list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    metadata: dict[str, str]
    pending_id: TransferId | None
    posted_at: AwareDatetime
    reference: str
    side: Literal["debit", "credit"]
    value_on: date


class StatementGapAnswer(Shape):
    """
    A statement that does not begin with the balance with which the one before it ended. missing_minor: what the bookings that no file
    has shown come to.
    """

    begins_on: date
    closing_minor: int
    earlier_id: str
    ended_on: date
    later_id: str
    missing_minor: int
    opening_minor: int


class StatementTaken(Shape):
    """
    difference_minor: by how much opening balance and lines miss the closing balance; None where a balance is not told.
    """

    account_id: str
    bank: str
    difference_minor: int | None
    from_on: str
    kind: str
    lines: int
    statement_id: str
    until_on: str


class SupplyAnswer(Shape):
    """
    Of one unit, in its base units; units are never added to or set off against one another.

    issued, burned: of money what came into our reserves at banks, and left them; circulating: what is on accounts that never go below
    zero; backing_held: the money held for a token, in minor units of backed_by; of money what is in our reserves; schedule_limit: what the
    blocks up to `height` have released, the most there may be of a coin so far; schedule_total: the most there will ever be; imported: of
    the money that circulates, what is on accounts that were opened elsewhere before: it came with their history, not through our reserves.
    backing: what stands behind a unit: of money the reserves (proved apart), of a token money held, of a coin only its chain: coins are
    outside the money that backs, and back nothing. on_chain: what our addresses have of it, when its chain was last read; lost: what of it
    the platform bears; balanced: what circulates is what was made, and of a token what is held.
    """

    backed_by: str | None
    backing: Literal["reserves", "money_held", "chain"]
    backing_held: int | None
    balanced: bool | None
    burned: int
    circulating: int
    height: int | None
    imported: int | None
    issued: int
    kind: Literal["money", "token", "coin"]
    lost: int
    on_chain: int | None
    schedule_limit: int | None
    schedule_total: int | None
    unit: str


class TableColumnsRequest(Shape):
    """
    Headings as they stand in the file: one signed `amount`, or `incoming` and `outgoing`, or an amount whose `direction` is another
    column, with its words.
    """

    amount: str | None = None
    currency: str | None = None
    description: str | None = None
    direction: str | None = None
    incoming: str | None = None
    incoming_word: str | None = None
    outgoing: str | None = None
    outgoing_word: str | None = None
    reference: str | None = None
    servicer_reference: str | None = None
    value_on: str


class TableMappingAnswer(Shape):
    day_format: str
    delimiter: str
    encoding: str
    name: str


class TableMappingRequest(Shape):
    """
    day_format: of strptime, as `%Y-%m-%d`; what follows it in its column is left out. remark: what lines beside the table begin with.
    """

    account: str | None = None
    closing: str | None = None
    columns: TableColumnsRequest
    day_format: str | None = "%Y-%m-%d"
    delimiter: str | None = ","
    encoding: Literal["utf-8", "gb18030"] | None = "utf-8"
    name: str
    opening: str | None = None
    remark: str | None = None


class TakingAnswer(Shape):
    amount: int
    settlement_id: str
    taken_at: AwareDatetime


class TokenDealt(Shape):
    """
    kind: purchase, payment, redemption or gift. counterparty_id: who got a gift; order_id: what a payment paid.
    """

    amount: int
    counterparty_id: str | None
    customer_id: str
    deal_id: str
    kind: str
    order_id: str | None
    unit: str


class TokenGiftRequest(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    payee_id: CustomerId
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class TokenHoldingAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    available: int
    balance: int
    opened_at: AwareDatetime
    unit: str


class TokenHoldingsAnswer(Shape):
    items: list[TokenHoldingAnswer]


class TokenPaymentRequest(Shape):
    """
    amount: all that is left of the order.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    order_id: OrderId
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class TokenPurchaseRequest(Shape):
    """
    amount: tokens, and as many minor units of money. wallet_id: hers in the token's money unless given. confirmation_id: of what she
    confirmed as a payment out of that wallet (`wal_…`); without it less may be paid a day.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    confirmation_id: str | None = None
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class TokenRedemptionRequest(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    unit: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class TokenTermsAnswer(Shape):
    daily_cap: int
    holding_cap: int
    id: str
    redeemable: bool
    source: str
    stated_at: AwareDatetime
    stated_by: str
    transferable: bool
    unit: str
    valid_from: date


class TokenTermsRequest(Shape):
    """
    holding_cap: the most a customer may have; daily_cap: the most she may buy on a business day. In the token's base units.
    """

    daily_cap: Annotated[int, Field(description="minor units")]
    holding_cap: Annotated[int, Field(description="minor units")]
    redeemable: bool
    source: str
    transferable: bool
    valid_from: date


class TokensRequest(Shape):
    """
    Tokens issued for money of the money account, or burned for money that goes there: the holder's, or whom she pays.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    money_account_id: AccountId
    token_account_id: AccountId


class TopUpEnded(Shape):
    """
    A top-up has its final result. failure_code: None when the money is in the wallet.
    """

    amount: int
    bank: str
    currency: str
    customer_id: str
    failure_code: str | None
    late: bool
    top_up_id: str
    wallet_id: str


class TopUpRequest(Shape):
    """
    wallet_id: the customer's wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    card_id: CardId
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class TradeCategoryAnswer(Shape):
    answer_seconds: int
    category: str
    confirm_seconds: int
    default_buyer_share: int
    evidence_seconds: int
    extension_seconds: int
    inspect_seconds: int
    pay_seconds: int
    prolongation_seconds: int
    reconsider_seconds: int
    return_seconds: int
    ruling_seconds: int
    set_at: AwareDatetime
    set_by: str
    ship_seconds: int
    source: str
    valid_from: AwareDatetime


class TradeClosed(Shape):
    """
    Nothing went to the seller.
    """

    amount: int
    buyer_id: str | None
    currency: str
    merchant_id: str
    merchant_trade_number: str
    reason: str
    refunded: int
    released: int
    state: str
    trade_id: str


class TradeEvidenceFile(Shape):
    """
    The file stays with the party; its hash says later that it is the same. size: in bytes.
    """

    media_type: Literal["application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain", "video/mp4"]
    sha256: str
    size: int


class TradeEvidenceRequest(Shape):
    file: TradeEvidenceFile | None = None
    text: str


class TradeItemAnswer(Shape):
    """
    number 0: the shipping fee.
    """

    amount: int
    name: str
    number: int
    quantity: int
    refunded: int
    released: int
    unit_price: int


class TradeItemRequest(Shape):
    name: str
    quantity: int
    unit_price: Annotated[int, Field(description="minor units")]


class TradeMoved(Shape):
    """
    Money left the escrow account. moved: how much by this transfer.
    """

    amount: int
    buyer_id: str | None
    currency: str
    merchant_id: str
    merchant_trade_number: str
    moved: int
    refunded: int
    released: int
    state: str
    trade_id: str
    transfer_id: str


class TradeProposalRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    return_goods: bool | None = False


class TradeRefundItemAnswer(Shape):
    amount: int
    number: int


class TradeRefundItemRequest(Shape):
    """
    number: 0 is the shipping fee. amount: all that is held for it if left out.
    """

    amount: int | None = None
    number: int


class TradeRefundTold(Shape):
    """
    refund_amount: what the refund is about; the parts of it, once it has ended and money moved.
    """

    amount: int
    buyer_amount: int | None
    buyer_id: str | None
    currency: str
    merchant_id: str
    merchant_trade_number: str
    outcome: str | None
    refund_amount: int
    refund_id: str
    refund_state: str
    refunded: int
    released: int
    seller_amount: int | None
    state: str
    trade_id: str


class TradeRulingRequest(Shape):
    """
    The two parts add up to what is in dispute, `amount` of the refund.
    """

    buyer_amount: Annotated[int, Field(description="minor units")]
    reason: str
    seller_amount: Annotated[int, Field(description="minor units")]


class TradeTold(Shape):
    """
    What every event of a trade carries: its sums after it.
    """

    amount: int
    buyer_id: str | None
    currency: str
    merchant_id: str
    merchant_trade_number: str
    refunded: int
    released: int
    state: str
    trade_id: str


class TransferAnswer(Shape):
    """
    A transfer as it was made. kind `expire`: time gave a hold back. posted_at: later than all before it on either account.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code: str
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    expires_at: AwareDatetime | None
    flags: list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    metadata: dict[str, str]
    pending_id: TransferId | None
    posted_at: AwareDatetime
    reference: str
    value_on: date


class TransferMade(Shape):
    """
    result: `created`, or `exists` when the same transfer was made before.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code: str
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    expires_at: AwareDatetime | None
    flags: list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
    id: TransferId
    kind: Literal["single", "pending", "post", "void", "expire"]
    metadata: dict[str, str]
    pending_id: TransferId | None
    posted_at: AwareDatetime
    reference: str
    result: Literal["created", "exists"]
    value_on: date


class TransferOutcome(Shape):
    """
    result: `created`, `exists`, or the code of the refusal; field: what was wrong.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    field: str | None
    id: TransferId
    result: str


class TransferRequest(Shape):
    """
    One transfer to be made; its id is the caller's own and the key of every retry.

    single and pending name both accounts, amount and currency; post and void name the hold in `pending_id` and may leave those out:
    they follow from it. post may move less than was held, the rest is released. timeout_seconds: after which a hold ends by itself.

    flags: `linked`: made only if the next one of the batch is, and the other way round; `balancing_debit`, `balancing_credit`: the amount
    is the most that may move, and what moves is what the account debited has available, or what the account credited has room for;
    `closing_debit`, `closing_credit` (operators): this hold closes the account, and giving it back opens it again; `imported` (operators):
    it happened at `posted_at`, later than all before it on either account, and `value_on` is told too.

    metadata: kept with it and never changed; a retry repeats it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int | None = None
    code: Annotated[str, Field(description="what the transfer is for")]
    credit_account_id: AccountId | None = None
    currency: str | None = None
    debit_account_id: AccountId | None = None
    flags: (
        list[Literal["linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit", "imported"]]
        | None
    ) = None
    id: TransferId
    kind: Literal["single", "pending", "post", "void"] | None = "single"
    metadata: dict[str, str] | None = None
    pending_id: TransferId | None = None
    posted_at: AwareDatetime | None = None
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""
    timeout_seconds: int | None = None
    value_on: date | None = None


class TransferReversed(Shape):
    """
    transfer_id: the one that took money back; rest: of the reversed one, what may still be reversed.
    """

    amount: int
    rest: int
    reversed_id: str
    transfer_id: str


class UnitMade(Shape):
    kind: str
    unit: str


class UnitMoved(Shape):
    """
    kind: issue, redeem or mint.
    """

    amount: int
    kind: str
    movement_id: str
    unit: str


class UnitMovementAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    height: int | None
    id: str
    kind: Literal["issue", "redeem", "mint"]
    made_at: AwareDatetime
    made_by: str
    money_transfer_id: TransferId | None
    unit: str
    unit_transfer_id: TransferId


class UnitSchedule(Shape):
    """
    subsidy: base units a block, halved every halving_blocks by integer shift. Bitcoin's: 5,000,000,000 and 210,000.
    """

    halving_blocks: int
    subsidy: int


class UnitScheduleAnswer(Shape):
    halving_blocks: int
    subsidy: int


class UsageAnswer(Shape):
    """
    In fen; year and days are those of counted_on, the day of her last payment.
    """

    certificate: int
    counted_on: date | None
    life: int
    two_factors: int
    under_two_factors: int
    year: int


class VoucherKindAnswer(Shape):
    """
    stock: how many may be claimed, `claimed` how many were; reserve: the most that one can cost.
    """

    amount_off: int | None
    benefit: Annotated[
        Literal["amount_off", "extra_rate", "trial_principal"],
        Field(description="What a voucher gives."),
    ]
    campaign_id: str
    claimed: int
    comes_back: bool
    days: int | None
    id: str
    made_at: AwareDatetime
    most_per_subject: int
    name: str
    per_person: int
    principal: int | None
    rate: str | None
    reserve: int
    stack_group: str | None
    stock: int
    threshold: int | None
    valid_days: int


class VoucherKindRequest(Shape):
    """
    amount_off and threshold: of `amount_off`. principal, rate (a year), days: of the others; of `extra_rate` the most that count.

    stack_group: vouchers of different groups go together, of one group at most `most_per_subject`; without one, a voucher is used alone.
    valid_days: from the claim. comes_back: after a full refund the voucher may be used again.
    """

    amount_off: int | None = None
    benefit: Annotated[
        Literal["amount_off", "extra_rate", "trial_principal"],
        Field(description="What a voucher gives."),
    ]
    comes_back: bool | None = False
    days: int | None = None
    most_per_subject: int | None = 1
    name: str
    per_person: int | None = 1
    principal: int | None = None
    rate: str | None = None
    stack_group: str | None = None
    stock: int
    threshold: int | None = None
    valid_days: int


class VoucherReturned(Shape):
    """
    A refund brought back a part of the cost. given_back: the voucher may be used again.
    """

    amount: int
    campaign_id: str
    currency: str
    given_back: bool
    subject: str
    voucher_id: str
    voucher_kind_id: str
    voucher_use_id: str


class VoucherTold(Shape):
    """
    What every event of a voucher carries. reserve: the most it can cost.
    """

    benefit: str
    campaign_id: str
    currency: str
    customer_id: str
    reserve: int
    voucher_id: str
    voucher_kind_id: str


class VoucherUseAnswer(Shape):
    """
    cost: what the campaign paid; returned: what refunds brought back of it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    campaign_id: str
    cost: int
    given_back_on: date | None
    id: str
    kind_id: str
    returned: int
    subject: str
    subject_amount: int
    transfer_id: TransferId
    used_at: AwareDatetime
    voucher_id: str


class VoucherUsed(Shape):
    """
    cost: what the campaign paid for it.
    """

    benefit: str
    campaign_id: str
    cost: int
    currency: str
    customer_id: str
    reserve: int
    subject: str
    voucher_id: str
    voucher_kind_id: str
    voucher_use_id: str


class VoucherWithUsesAnswer(Shape):
    """
    uses: newest first; more than one only where the voucher came back.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    campaign_id: str
    claimed_at: AwareDatetime
    customer_id: CustomerId
    expires_at: AwareDatetime
    id: str
    kind_id: str
    state: Literal["claimed", "used", "expired"]
    uses: list[VoucherUseAnswer]


class WaitingAnswer(Shape):
    """
    id: of the record to decide on. subject: what it is about; detail: a code, or somebody's reason.
    """

    amount: int | None
    currency: str | None
    detail: str | None
    due_at: AwareDatetime | None
    id: str
    matter: Literal[
        "trade_disputes",
        "reconciliation_breaks",
        "unmatched_money",
        "payout_batches",
        "passed_over",
        "dead_letters",
        "frozen_persons",
        "risk_reviews",
        "overdue_receivables",
        "screening_hits",
        "transaction_reports",
        "uncounted_days",
        "unproved_days",
        "fee_withdrawals",
        "clearing_windows",
        "clearing_queue",
        "held_coins",
        "regulated_coins",
        "coin_differences",
        "stuck_coins",
    ]
    since: AwareDatetime
    subject: str | None


class WalletAnswer(Shape):
    """
    balance: what is in it; available: what may still leave it, holds deducted; minor units.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    available: int
    balance: int
    currency: str
    customer_id: CustomerId
    id: WalletId
    opened_at: AwareDatetime


class WalletOpened(Shape):
    """
    A customer has a wallet in a currency.
    """

    account_id: str
    currency: str
    customer_id: str
    wallet_id: str


class WeeklyTerms(Shape):
    """
    weekday: 1 is Monday. ends: 00:00 is the end of the day; a window past midnight is two.
    """

    ends: str
    starts: str
    weekday: int


class WholeReserveProofAnswer(Shape):
    banks: list[ReserveBankAnswer]
    classes: list[ReserveClassAnswer]
    currency: str
    day: date
    difference_minor: int
    fees_overdue_minor: int
    id: str
    made_at: AwareDatetime
    made_by: str
    owed_minor: int
    own_minor: int
    reserve_minor: int
    state: Literal["proved", "broken", "incomplete"]
    version: int


class WholeRulesetAnswer(Shape):
    """
    steps: changes of its state, in their order.
    """

    document: dict[str, Any]
    id: str
    made_at: AwareDatetime
    made_by: str
    note: str
    number: int
    rules: int
    state: Literal["draft", "shadow", "live", "retired"]
    steps: list[RulesetStepAnswer]


class WindowClosed(Shape):
    currency: str
    next_window_id: str
    settlement_model: str
    window_id: str


class WithdrawalEnded(Shape):
    """
    A withdrawal has its final result. failure_code: None when the bank has paid.
    """

    amount: int
    bank: str
    currency: str
    customer_id: str
    failure_code: str | None
    late: bool
    wallet_id: str
    withdrawal_id: str


class WithdrawalRequest(Shape):
    """
    To a card of the customer's own. wallet_id: her wallet in the currency unless given.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    card_id: CardId
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    wallet_id: WalletId | None = None


class WithdrawalTold(Shape):
    """
    lost: what the platform bears.
    """

    amount: int
    customer_id: str
    failure_code: str | None
    fee: int
    lost: int
    network_fee: int | None
    txid: str | None
    unit: str
    withdrawal_id: str


class WordPairAnswer(Shape):
    """
    A word asked about, the one on the list it was taken for, and how alike they are, in thousandths.
    """

    asked: str
    how: str
    likeness: int
    listed: str


class WriteOffRequest(Shape):
    reason: str


class ServicesPaymentsBatchPayoutsEventsBatchTold(Shape):
    """
    leftover: what was not paid and is with the merchant again.
    """

    batch_payout_id: str
    currency: str
    leftover: int
    lines: int
    merchant_id: str
    number: str
    total: int


class ServicesPaymentsBatchPayoutsSchemasReissueRequest(Shape):
    """
    To whom a returned line is paid anew; to the same payee where nobody is named.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    card_id: CardId | None = None
    customer_id: CustomerId | None = None


class ServicesPaymentsChannelsSchemasAttemptAnswer(Shape):
    """
    id: our reference at the channel. counts: the one success that the movement goes by. due_at: when it is asked about again.
    """

    attempt: int
    channel: str
    counts: bool
    detail: str | None
    due_at: AwareDatetime | None
    fee_minor: int
    id: str
    settled_at: AwareDatetime | None
    state: Literal["requested", "unknown", "succeeded", "declined", "absent", "unsent"]
    submitted_at: AwareDatetime


class ServicesPaymentsChannelsSchemasStandingAnswer(Shape):
    """
    unreached: silences in a row. probe_at: the channel is closed, and asked again then whether it is there.
    """

    channel: str
    kind: Literal["charge", "payout"]
    outcomes: float | str
    probe_at: AwareDatetime | None
    success_rate: float | str
    unreached: int


class ServicesPaymentsHoldersSchemasCheckAnswer(Shape):
    """
    failure_code: why the source did not confirm it. due_at: when it is asked again; expires_at: when that ends.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    asked_at: AwareDatetime
    channel: Annotated[
        Literal["police", "bank", "mobile_operator", "education", "tax", "social_security", "housing", "transport"],
        Field(
            description="Independent sources outside that know people: each counts once, however often it was asked."
        ),
    ]
    customer_id: CustomerId
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    expires_at: AwareDatetime
    failure_code: str | None
    id: str
    state: Literal["pending", "passed", "failed", "expired"]


class ServicesPaymentsMerchantPayoutsEventsBatchTold(Shape):
    """
    A batch was closed, so that its file may be fetched, or has ended.
    """

    bank: str
    batch_id: str
    currency: str
    lines: int
    state: str
    total_minor: int


class ServicesPaymentsMerchantPayoutsSchemasReissueRequest(Shape):
    """
    payout_account_id: another one of the merchant's; null: the one it went to before.
    """

    payout_account_id: str | None = None


class ServicesPaymentsVerificationSchemasCheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    examined: int
    failed: int
    name: str
    offending: list[str]


class ServicesPaymentsWebhooksSchemasAttemptAnswer(Shape):
    """
    status: of the answer, none without one; answer: its first bytes; failure: what went wrong instead.
    """

    answer: str
    at: AwareDatetime
    failure: str | None
    latency_ms: int
    number: int
    status: int | None


class AgedBreakAnswer(Shape):
    """
    age_days: since it was raised, until it ended.
    """

    account_id: str
    age_band: str
    age_days: int
    amount: int
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    escalations: int
    id: str
    line_id: str | None
    owner: str
    raised_on: date
    reason: str | None
    record_id: str | None
    resolved_minor: int
    side: Literal["bank", "ledger"]
    state: Literal["open", "resolved", "explained"]
    subject: str | None
    type: Literal["long", "short", "amount", "duplicate", "status", "date"]


class AgedBreaksAnswer(Shape):
    items: list[AgedBreakAnswer]
    next: str | None


class AttemptsAnswer(Shape):
    items: list[ServicesPaymentsChannelsSchemasAttemptAnswer]
    next: Annotated[None, Field(None)] = None


class BankStatementAnswer(Shape):
    """
    difference_minor: closing − opening − Σ of the lines; null where a balance is not told. seen: lines that a notification had shown.
    """

    account_id: str
    closing_minor: int | None
    difference_minor: int | None
    from_on: date
    id: str
    kind: Literal["statement", "notification"]
    lines: int
    number: str
    opening_minor: int | None
    seen: int
    sum_minor: int
    taken_at: AwareDatetime
    until_on: date


class BatchRequest(Shape):
    """
    number: the merchant's own.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    lines: list[LineRequest]
    merchant_id: MerchantId
    number: str


class BreakAnswer(Shape):
    """
    The first link that does not hold. batch_id: null where the link itself is gone.
    """

    batch_id: str | None
    fault: Annotated[
        Literal[
            "link_missing",
            "hash_differs",
            "previous_differs",
            "skip_differs",
            "event_differs",
            "transfers_missing",
            "transfers_added",
            "transfers_differ",
            "batch_not_linked",
        ],
        Field(description="What is wrong with a link; the first that applies."),
    ]
    number: int


class BulkAnswer(Shape):
    """
    An outcome for each transfer, in the order of the request.
    """

    results: list[TransferOutcome]


class BulkRequest(Shape):
    """
    atomic: all are made or none; independent: each has its own outcome, but those linked together.

    acting_for: customers (`cus_…`) whose accounts may be debited, beside the one in the token; named by services alone.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    acting_for: list[CustomerId] | None = None
    mode: Literal["atomic", "independent"] | None = "atomic"
    transfers: list[TransferRequest]


class CampaignAnswer(Shape):
    """
    balance: of its budget; reserved: what claimed vouchers may still cost of that; minor units.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    balance: int
    currency: str
    ended_at: AwareDatetime | None
    ends_at: AwareDatetime
    funding_account_id: AccountId
    id: str
    name: str
    opened_at: AwareDatetime
    owner: str
    reserved: int
    starts_at: AwareDatetime
    state: Literal["open", "settling", "ended"]


class CardAnswer(Shape):
    """
    refusal_code: why the bank refused, or `wrong_code` while another try is open. due_at: until when a code is awaited.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    bank: str
    bank_name: str
    bound_at: AwareDatetime | None
    due_at: AwareDatetime | None
    id: CardId
    kind: Literal["debit", "credit", "prepaid"]
    masked: str
    refusal_code: str | None
    requested_at: AwareDatetime
    state: Literal["requested", "code_sent", "confirming", "bound", "refused", "removed"]


class CardReturnAnswer(Shape):
    """
    instruction_id: our reference of the charge that goes back, or a part of it; payout_id: of the payout back, none while it waits for
    the channel's reserve. due_at: when that is looked at again; expires_at: when it goes to the customer's account instead. late: paid back
    twice.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    card_id: CardId
    channel: str
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    id: str
    instruction_id: str
    late: bool
    payout_id: str | None
    reason: Literal["surplus", "not_needed", "refund"]
    started_at: AwareDatetime
    state: Literal["waiting", "returning", "returned", "credited"]


class ChangeAnswer(Shape):
    """
    participant: None for the settlement itself.
    """

    changed_at: AwareDatetime
    participant: str | None
    reason: str | None
    state: Annotated[
        Literal[
            "PENDING_SETTLEMENT",
            "PS_TRANSFERS_RECORDED",
            "PS_TRANSFERS_RESERVED",
            "PS_TRANSFERS_COMMITTED",
            "SETTLING",
            "SETTLED",
            "ABORTED",
        ],
        Field(description="Of a settlement, and of each participant in it."),
    ]


class ClassLimitAnswer(Shape):
    left: int
    limit: int
    period: Literal["life", "year", "day"]
    used: int


class ClearingSettlementAnswer(Shape):
    """
    figures: once they are worked out. reason: why it was aborted.
    """

    created_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    figures: FiguresAnswer | None
    id: str
    reason: str | None
    settlement_model: str
    state: Annotated[
        Literal[
            "PENDING_SETTLEMENT",
            "PS_TRANSFERS_RECORDED",
            "PS_TRANSFERS_RESERVED",
            "PS_TRANSFERS_COMMITTED",
            "SETTLING",
            "SETTLED",
            "ABORTED",
        ],
        Field(description="Of a settlement, and of each participant in it."),
    ]
    window_ids: list[str]


class CoinDepositAnswer(Shape):
    """
    confirmations: credited after 6. customer_id: none where the address is nobody's. due_at: of a held one, when it is released anyway.
    lost: of a reversed one, what the platform bears.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    address: str
    amount: int
    confirmations: int
    customer_id: CustomerId | None
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    id: str
    lost: int
    position: int
    seen_at: AwareDatetime
    state: Literal["confirming", "dropped", "held", "credited", "reversed"]
    txid: str
    unit: str


class CoinWithdrawalAnswer(Shape):
    """
    `held`: it is not known if it was sent. `sent`: fewer than 6 blocks say so. network_fee: what the chain took.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    address: str
    amount: int
    customer_id: CustomerId
    ended_at: AwareDatetime | None
    failure_code: str | None
    fee: int
    id: str
    network_fee: int | None
    requested_at: AwareDatetime
    sent_at: AwareDatetime | None
    state: Literal["held", "sent", "confirmed", "failed", "returned"]
    txid: str | None
    unit: str


class ContractRequest(Shape):
    """
    Terms from a day on, until a later version. card_day_minor: most that one card may move through the channel on a business day.
    """

    card_day_minor: Annotated[int, Field(description="minor units")]
    channel: str
    currencies: list[str]
    dated_windows: list[DatedTerms] | None = None
    finality_minutes: int
    least_minor: Annotated[int, Field(description="minor units")]
    licence: LicenceTerms
    most_minor: Annotated[int, Field(description="minor units")]
    name: str
    offers: list[OfferTerms]
    payment_files: PaymentFileTerms | None = None
    priority: int
    valid_from_on: date
    weekly_windows: list[WeeklyTerms] | None = None


class CorrectionsAnswer(Shape):
    """
    A transfer seen from both sides. reverses: the one that it takes back; reversals: those that took it back; rest: what they left.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    rest: int
    reversals: list[ReversalAnswer]
    reverses: ReversalAnswer | None
    transfer_id: TransferId


class CreateTradeRequest(Shape):
    """
    Items are numbered from 1 in their order. buyer_id: who alone may pay; anyone if left out.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    buyer_id: CustomerId | None = None
    category: str | None = "general"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    items: list[TradeItemRequest]
    merchant_id: MerchantId
    merchant_trade_number: str
    shipping_fee: Annotated[int | None, Field(description="minor units")] = 0
    subject: str


class DayAnswer(Shape):
    """
    Root over the content of a book's transfers of one value date, sorted by id, as they are now. pins: kept ones, the latest first.
    """

    book_id: int
    pins: list[PinAnswer]
    root: str
    transfers: int
    value_on: date


class DebitAnswer(Shape):
    """
    counted_on: the day of its attempt, or of the next; due_at: when that is. late: the bank paid after it had been given up.
    """

    amount: int
    attempts: int
    counted_on: date
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    failure_code: str | None
    id: str
    late: bool
    mandate_id: str
    number: str
    planned_on: date
    requested_at: AwareDatetime
    state: Literal["announced", "retrying", "sent", "succeeded", "failed", "cancelled"]


class DecisionReasonAnswer(Shape):
    """
    seen: the values that the rule looked at; for operators alone.
    """

    code: str
    en: str
    outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]
    seen: dict[str, Any] | None = None
    zh: str


class DeductionAnswer(Shape):
    """
    due_at: by when the merchant has to agree.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    agreed_at: AwareDatetime | None
    cap_minor: int
    due_at: AwareDatetime | None
    end_code: str | None
    ended_at: AwareDatetime | None
    ends_on: date | None
    id: str
    lender: str
    merchant_id: MerchantId
    priority: int
    proposed_at: AwareDatetime
    reference: str
    share: str
    state: Literal["proposed", "active", "completed", "revoked"]
    taken_minor: int


class DeliveryAnswer(Shape):
    """
    message_id: the `webhook-id` under which it is sent. url: where to, if not to the endpoint's address. attempts: in all.
    """

    attempts: int
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    endpoint_id: str
    event_id: str
    id: str
    made_at: AwareDatetime
    state: Literal["pending", "acknowledged", "dead"]
    test: bool
    type: str
    url: str | None


class DeliveryLogAnswer(Shape):
    """
    log: the newest 50 attempts, oldest first.
    """

    attempts: int
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    endpoint_id: str
    event_id: str
    id: str
    log: list[ServicesPaymentsWebhooksSchemasAttemptAnswer]
    made_at: AwareDatetime
    state: Literal["pending", "acknowledged", "dead"]
    test: bool
    type: str
    url: str | None


class DeskAnswer(Shape):
    items: list[PileAnswer]


class DisputeAnswer(Shape):
    """
    held: of the amount, what was there to be held. evidence_sent_at: when the bank took it, or refused it with evidence_refusal.
    """

    amount: int
    answer_by: AwareDatetime
    bank: str
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    evidence_hash: str | None
    evidence_refusal: str | None
    evidence_sent_at: AwareDatetime | None
    fee_minor: int
    held: int
    id: str
    opened_at: AwareDatetime
    original: str
    owner: str
    reason: str
    state: Literal["noticed", "answered", "unanswered", "released", "won", "lost"]


class EndpointAnswer(Shape):
    """
    failing_since: first failure since the last message that was acknowledged. previous_until: the old secret signs too until then.
    """

    disabled_reason: Literal["owner", "gone", "failing"] | None
    failing_since: AwareDatetime | None
    id: str
    made_at: AwareDatetime
    previous_until: AwareDatetime | None
    state: Literal["active", "disabled", "removed"]
    types: list[str]
    url: str


class FeePlanAnswer(Shape):
    cap_minor: int | None
    code: str
    currency: str
    free_quota_minor: int
    id: str
    minimum_minor: int
    name: str
    published_at: AwareDatetime
    rounding: str
    tiers: list[FeeTierAnswer]
    version: int


class FeePlanRequest(Shape):
    """
    minimum_minor, cap_minor: of the fee of one order. free_quota_minor: of the month's volume.
    """

    cap_minor: int | None = None
    code: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    free_quota_minor: Annotated[int | None, Field(description="minor units")] = 0
    minimum_minor: Annotated[int | None, Field(description="minor units")] = 0
    name: str
    rounding: Literal["half_up", "down", "up"] | None = "half_up"
    tiers: list[FeeTierRequest]


class FeeWithdrawalAnswer(Shape):
    """
    id: to be given to the bank as the reference of the order.
    """

    amount: int
    bank: str
    bank_reference: str | None
    currency: str
    destination: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    ended_by: str | None
    id: str
    reminders: int
    requested_at: AwareDatetime
    requested_by: str
    source: str
    state: Literal["requested", "paid", "cancelled"]


class FigureAnswer(Shape):
    """
    face_to_face: being seen is enough instead of checks. A figure is in force until a later one of the subject.
    """

    amount: int
    checks: int | None
    face_to_face: bool
    period: Literal["life", "year", "day"]
    source: str
    subject: Annotated[
        Literal["class_i", "class_ii", "class_iii", "under_two_factors", "two_factors"],
        Field(description="What a figure limits: payments of a class (类别), or of a day by how they were confirmed."),
    ]
    valid_from: date
    wealth_products: bool


class FigureRequest(Shape):
    """
    A limit from a day on. amount in fen; checks: how many independent ones a class needs; source: where it is written.
    """

    amount: Annotated[int, Field(description="minor units")]
    checks: int | None = None
    face_to_face: bool | None = False
    period: Literal["life", "year", "day"]
    source: str
    subject: Annotated[
        Literal["class_i", "class_ii", "class_iii", "under_two_factors", "two_factors"],
        Field(description="What a figure limits: payments of a class (类别), or of a day by how they were confirmed."),
    ]
    valid_from: date
    wealth_products: bool | None = False


class FileSuspicionRequest(Shape):
    """
    Of a customer, who is the person she has proved to be, or of an owner of merchants. source_id: of the decision or hit gone by.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    customer_id: CustomerId | None = None
    narrative: str
    owner: str | None = None
    source: Literal["rule", "risk_decision", "screening_hit", "operator"] | None = "operator"
    source_id: str | None = None
    transfer_ids: list[TransferId] | None = None


class HeadAnswer(Shape):
    """
    The end of a book's chain; whoever keeps `link.hash` can have everything before it proved. waiting: events not yet looked at.
    """

    book_id: int
    link: LinkAnswer | None
    waiting: int


class LiabilityLeafAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount_minor: int
    path: list[LiabilityStepAnswer]
    salt: str


class LiabilityProofAnswer(Shape):
    """
    Leaves of the caller's accounts; an account that had nothing is none. To be checked by `clients/payments/liabilities.py`.
    """

    items: list[LiabilityLeafAnswer]
    next: str | None = None
    publication: PublicationAnswer


class LimitsAnswer(Shape):
    """
    required: whether who has not proved who she is may pay nothing. What is not in CNY counts at the rate of the day, or is refused.
    """

    figures: list[FigureAnswer]
    on: date
    rates: list[RateAnswer]
    required: bool


class LineAnswer(Shape):
    """
    refusal_code: why it was not paid. due_at: until when a returned line can be paid anew.
    """

    amount: int
    bank: str | None
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    id: str
    late: bool
    note: str
    number: str
    payee: str
    refusal_code: str | None
    state: Literal["listed", "waiting", "sent", "paid", "refused", "returned", "cancelled"]


class ListCondition(Shape):
    """
    Whether something of the payment stands on a list.
    """

    in_list: str
    of: Annotated[
        Literal["person", "card", "device", "payee", "country"],
        Field(
            description="What of a payment may stand on a list. device: as the client names it; kept hashed, like everything on lists."
        ),
    ]


class ListRequest(Shape):
    """
    holds: what stands on it: customers and services by id, cards by id, devices as clients name them, payees, countries.
    """

    holds: Annotated[
        Literal["person", "card", "device", "payee", "country"],
        Field(
            description="What of a payment may stand on a list. device: as the client names it; kept hashed, like everything on lists."
        ),
    ]
    name: str


class MandateAnswer(Shape):
    """
    tries_left: signatures with wrong factors that are still borne. due_at: until when it may be signed, or when it expires.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    card_id: CardId | None
    currency: str
    customer_id: CustomerId
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    id: str
    max_per_debit: int
    max_per_period: int
    notice_days: int
    payee: str
    period: Annotated[
        Literal["day", "week", "month", "year"],
        Field(description="Of business days: a week begins on Monday."),
    ]
    purpose: str
    refusal_code: str | None
    requested_at: AwareDatetime
    retry_days: list[int]
    signed_at: AwareDatetime | None
    source: Literal["wallet", "card"] | None
    state: Literal["requested", "active", "suspended", "revoked", "expired", "refused"]
    tries_left: int
    valid_until: date


class MandateRequest(Shape):
    """
    What a customer is asked to allow. merchant_id or account_id: the payee's own, where the money goes.

    retry_days: days after the one planned, on which a refused debit is tried again.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    customer_id: CustomerId
    max_per_debit: Annotated[int, Field(description="minor units")]
    max_per_period: Annotated[int, Field(description="minor units")]
    merchant_id: MerchantId | None = None
    notice_days: int | None = 0
    period: Annotated[
        Literal["day", "week", "month", "year"],
        Field(description="Of business days: a week begins on Monday."),
    ]
    purpose: str
    retry_days: list[int] | None = None
    valid_until: date


class MerchantContractAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    cut_off: str
    cycle_days: int
    effective_on: date
    fee_plan_id: str
    id: str
    merchant_id: MerchantId
    payout: Literal["balance", "bank"]
    payout_account_id: str | None
    refund_policy: Annotated[
        Literal["wait", "advance"],
        Field(description="What happens to a refund for which the merchant's own money does not suffice."),
    ]
    reserve_days: int
    reserve_rate: str
    share_limit: str
    signed_at: AwareDatetime


class MerchantContractRequest(Shape):
    """
    Without effective_on: from the first day it may hold. cycle_days: n of T+n, on business days. cut_off: local time of day.

    reserve_rate, reserve_days: what is kept back of proceeds, and for how long. share_limit: of an order, for receivers of shares.
    """

    cut_off: str | None = "24:00"
    cycle_days: int | None = 1
    effective_on: date | None = None
    fee_plan_id: str
    payout: Literal["balance", "bank"] | None = "balance"
    payout_account_id: str | None = None
    refund_policy: Annotated[
        Literal["wait", "advance"] | None,
        Field(description="What happens to a refund for which the merchant's own money does not suffice."),
    ] = "wait"
    reserve_days: int | None = 0
    reserve_rate: str | None = "0"
    share_limit: str | None = "0.3"


class MerchantPayoutAnswer(Shape):
    """
    `waiting`: for the next batch. due_at: when it may be batched; held_up: why it could not when it was last tried.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    bank: str
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    failure_code: str | None
    held_up: str | None
    id: str
    merchant_id: MerchantId
    payout_account_id: str
    settlement_id: str
    state: Literal["waiting", "batched", "paid", "failed", "returned"]


class MoneySupply(Shape):
    items: list[SupplyAnswer]


class NameMatchAnswer(Shape):
    """
    score: thousandths.
    """

    entry_id: str
    name: str
    score: int
    words: list[WordPairAnswer]


class NamePreviewAnswer(Shape):
    generation: int
    items: list[NameMatchAnswer]


class NextClassAnswer(Shape):
    """
    What leads to the class above: so many more independent checks, by any of these channels, or being seen face to face.
    """

    channels: list[
        Literal["police", "bank", "mobile_operator", "education", "tax", "social_security", "housing", "transport"]
    ]
    checks_missing: int
    face_to_face: bool
    verification_class: Annotated[
        Literal["class_i", "class_ii", "class_iii", "under_two_factors", "two_factors"],
        Field(description="What a figure limits: payments of a class (类别), or of a day by how they were confirmed."),
    ]


class ObligationAnswer(Shape):
    """
    state: that of its window; `SETTLED` at once where its model is immediate. due_at: how long it waits in the queue.
    """

    amount: int
    currency: str
    due_at: AwareDatetime | None
    end_to_end: str
    id: str
    payee: str
    payer: str
    recorded_at: AwareDatetime
    settlement_model: str
    source: Literal["api", "payment"]
    state: Annotated[
        Literal["OPEN", "CLOSED", "PENDING_SETTLEMENT", "SETTLED", "QUEUED", "CANCELLED", "EXPIRED"],
        Field(description="That of its window, or why it has none."),
    ]
    window_id: str | None


class OpenTradeRefundRequest(Shape):
    """
    items: what it is about; all that is held if left out. return_goods: the goods go back first.
    """

    items: list[TradeRefundItemRequest] | None = None
    reason: str
    return_goods: bool | None = False


class OpenedAnswer(Shape):
    """
    token: 18 digits, for a barcode; payload: the same as an EMV consumer-presented code. Both stand in this answer alone.
    """

    payload: str
    payment_code: PaymentCodeAnswer
    token: str


class OrderAnswer(Shape):
    """
    fee_minor: what the merchant paid for it, once it is settled. trade_id: the escrow trade that it pays.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    buyer_id: CustomerId | None
    close_reason: str | None
    created_at: AwareDatetime
    currency: str
    due_at: AwareDatetime
    ended_at: AwareDatetime | None
    fee_minor: int | None
    id: OrderId
    merchant_id: MerchantId
    merchant_order_number: str
    paid_at: AwareDatetime | None
    paid_on: date | None
    refund_until: AwareDatetime | None
    refunded: int
    state: Annotated[
        Literal["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"],
        Field(description="Spelled as Alipay's trade states are."),
    ]
    subject: str
    trade_id: str | None
    transfer_id: TransferId | None


class OrderPaid(Shape):
    """
    The money is with the merchant. method: `split` where several parts paid it; transfer_id: of the last.
    """

    amount: int
    buyer_id: str
    currency: str
    merchant_id: str
    merchant_order_number: str
    method: str
    order_id: str
    parts: list[PartTold]
    transfer_id: str


class OrderPaymentAnswer(Shape):
    """
    One part of an order's payment. refunded: minor units given back of it. preauthorisation_id: what it was captured from.

    return_id: of what brings a card's money back that came when the order needed it no more; return_state: how far that is.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    created_at: AwareDatetime
    customer_id: CustomerId
    ended_at: AwareDatetime | None
    failure_code: str | None
    hold_id: TransferId | None
    id: str
    method: Annotated[
        Literal["wallet", "card", "consumer_credit", "fund_balance", "voucher", "token"],
        Field(description="How a part of an order is paid."),
    ]
    order_id: OrderId
    position: int
    preauthorisation_id: str | None
    refunded: int
    return_id: str | None = None
    return_state: Literal["waiting", "returning", "returned", "credited"] | None = None
    state: Literal["pending", "held", "paid", "failed", "voided", "returned"]
    transfer_id: TransferId | None


class OrderPaymentsAnswer(Shape):
    """
    All of them: an order has few.
    """

    items: list[OrderPaymentAnswer]


class OutcomeForeseen(Shape):
    """
    transfer: as it would be made, or was; seen: to operators, the state that a refusal would be decided on.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    field: str | None
    id: TransferId
    result: str
    seen: dict[str, Any] | None
    transfer: TransferAnswer | None


class OutcomePairAnswer(Shape):
    """
    How often one outcome counted where the ruleset in shadow said the other.
    """

    decisions: int
    outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]
    shadow_outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]


class PageBankStatementAnswer(Shape):
    items: list[BankStatementAnswer]
    next: str | None = None


class PageCampaignAnswer(Shape):
    items: list[CampaignAnswer]
    next: str | None = None


class PageCardAnswer(Shape):
    items: list[CardAnswer]
    next: str | None = None


class PageCardReturnAnswer(Shape):
    items: list[CardReturnAnswer]
    next: str | None = None


class PageChangeAnswer(Shape):
    items: list[ChangeAnswer]
    next: str | None = None


class PageCheckAnswer(Shape):
    items: list[ServicesPaymentsHoldersSchemasCheckAnswer]
    next: str | None = None


class PageClearingSettlementAnswer(Shape):
    items: list[ClearingSettlementAnswer]
    next: str | None = None


class PageCoinDepositAnswer(Shape):
    items: list[CoinDepositAnswer]
    next: str | None = None


class PageCoinWithdrawalAnswer(Shape):
    items: list[CoinWithdrawalAnswer]
    next: str | None = None


class PageDebitAnswer(Shape):
    items: list[DebitAnswer]
    next: str | None = None


class PageDeductionAnswer(Shape):
    items: list[DeductionAnswer]
    next: str | None = None


class PageDeliveryAnswer(Shape):
    items: list[DeliveryAnswer]
    next: str | None = None


class PageDisputeAnswer(Shape):
    items: list[DisputeAnswer]
    next: str | None = None


class PageEndpointAnswer(Shape):
    items: list[EndpointAnswer]
    next: str | None = None


class PageFeePlanAnswer(Shape):
    items: list[FeePlanAnswer]
    next: str | None = None


class PageFeeWithdrawalAnswer(Shape):
    items: list[FeeWithdrawalAnswer]
    next: str | None = None


class PageLineAnswer(Shape):
    items: list[LineAnswer]
    next: str | None = None


class PageMandateAnswer(Shape):
    items: list[MandateAnswer]
    next: str | None = None


class PageMerchantContractAnswer(Shape):
    items: list[MerchantContractAnswer]
    next: str | None = None


class PageMerchantPayoutAnswer(Shape):
    items: list[MerchantPayoutAnswer]
    next: str | None = None


class PageObligationAnswer(Shape):
    items: list[ObligationAnswer]
    next: str | None = None


class PageOrderAnswer(Shape):
    items: list[OrderAnswer]
    next: str | None = None


class PagePaymentCodeAnswer(Shape):
    items: list[PaymentCodeAnswer]
    next: str | None = None


class PagePayoutAccountAnswer(Shape):
    items: list[PayoutAccountAnswer]
    next: str | None = None


class PagePostedSum(Shape):
    items: list[PostedSum]
    next: str | None = None


class PagePostingAnswer(Shape):
    items: list[PostingAnswer]
    next: str | None = None


class PagePublicationAnswer(Shape):
    items: list[PublicationAnswer]
    next: str | None = None


class PagePurposeAnswer(Shape):
    items: list[PurposeAnswer]
    next: str | None = None


class PagePurseAnswer(Shape):
    items: list[PurseAnswer]
    next: str | None = None


class PageQueuePassAnswer(Shape):
    items: list[QueuePassAnswer]
    next: str | None = None


class PageReconciledAccountAnswer(Shape):
    items: list[ReconciledAccountAnswer]
    next: str | None = None


class PageRegulationAnswer(Shape):
    items: list[RegulationAnswer]
    next: str | None = None


class PageReportDayAnswer(Shape):
    items: list[ReportDayAnswer]
    next: str | None = None


class PageReserveItemAnswer(Shape):
    items: list[ReserveItemAnswer]
    next: str | None = None


class PageReserveProofAnswer(Shape):
    items: list[ReserveProofAnswer]
    next: str | None = None


class PageRiskListAnswer(Shape):
    items: list[RiskListAnswer]
    next: str | None = None


class PageScreeningHitAnswer(Shape):
    items: list[ScreeningHitAnswer]
    next: str | None = None


class PageSettlementAnswer(Shape):
    items: list[SettlementAnswer]
    next: str | None = None


class PageSettlementModelAnswer(Shape):
    items: list[SettlementModelAnswer]
    next: str | None = None


class PageShareReceiverAnswer(Shape):
    items: list[ShareReceiverAnswer]
    next: str | None = None


class PageStatementEntry(Shape):
    items: list[StatementEntry]
    next: str | None = None


class PageStatementGapAnswer(Shape):
    items: list[StatementGapAnswer]
    next: str | None = None


class PageTakingAnswer(Shape):
    items: list[TakingAnswer]
    next: str | None = None


class PageTokenTermsAnswer(Shape):
    items: list[TokenTermsAnswer]
    next: str | None = None


class PageTradeCategoryAnswer(Shape):
    items: list[TradeCategoryAnswer]
    next: str | None = None


class PageTransferAnswer(Shape):
    items: list[TransferAnswer]
    next: str | None = None


class PageUnitMovementAnswer(Shape):
    items: list[UnitMovementAnswer]
    next: str | None = None


class PageVoucherKindAnswer(Shape):
    items: list[VoucherKindAnswer]
    next: str | None = None


class PageWaitingAnswer(Shape):
    items: list[WaitingAnswer]
    next: str | None = None


class PageWalletAnswer(Shape):
    items: list[WalletAnswer]
    next: str | None = None


class ParkedPaymentAnswer(Shape):
    """
    ends_at: when it ends by itself, real time for challenges and what they released, business time for reviews.
    """

    amount: int
    currency: str
    decided_by: str | None
    decision_id: str
    end_reason: Literal["expired", "tries_used", "denied", "withdrawn", "not_used", "superseded"] | None
    ended_at: AwareDatetime | None
    ends_at: AwareDatetime | None
    kind: Annotated[
        Literal[
            "order_payment",
            "card_payment",
            "financed_payment",
            "top_up",
            "withdrawal",
            "person_transfer",
            "preauthorisation",
            "batch_payout",
            "mandate_debit",
            "refund",
            "token_purchase",
            "campaign_funding",
            "token_transfer",
            "token_redemption",
            "coin_withdrawal",
        ],
        Field(description="What kind of payment it is. Whoever moves money in another way adds one."),
    ]
    parked_at: AwareDatetime
    payee: str
    person: str
    state: Literal["waiting_challenge", "waiting_review", "released", "carried_out", "refused"]
    subject: str
    tries: int
    used_for: str | None
    words: str | None


class ParticipantAnswer(Shape):
    bic: str | None
    code: str
    id: str
    joined_at: AwareDatetime
    name: str
    state: Literal["ACTIVE", "SUSPENDED", "LEFT"]


class ParticipantDetails(Shape):
    """
    licences: as they were recorded; of those that have begun the newest counts.
    """

    bic: str | None
    code: str
    id: str
    joined_at: AwareDatetime
    licences: list[LicenceAnswer]
    name: str
    state: Literal["ACTIVE", "SUSPENDED", "LEFT"]


class PassAnswer(Shape):
    """
    `completed`: the money is there; `returned`: the other book refused it, `failure_code` says why, and it is back.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    delivery_id: TransferId
    ended_at: AwareDatetime | None
    failure_code: str | None
    hold_id: TransferId
    id: str
    reference: str
    requested_at: AwareDatetime
    state: Literal["held", "delivered", "completed", "refused", "returned"]


class PayeeCodeAnswer(Shape):
    """
    payload: what the printed code says. payee_name: of a merchant; masked, of a person who has proved hers.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    currency: str
    id: str
    label: str
    merchant_id: MerchantId | None
    opened_at: AwareDatetime
    payload: str
    revoked_at: AwareDatetime | None
    state: Literal["open", "revoked"]


class PayoutBatchAnswer(Shape):
    """
    due_at: by when the bank should have answered. sent_as: how a channel carries it, null where operators hand the file over.

    asked: turns without an end so far; query_at: the next one; detail: what the last one told.
    """

    asked: int
    bank: str
    closed_at: AwareDatetime
    currency: str
    detail: str | None
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    execute_on: date
    id: str
    lines: int
    message_id: str
    number: int
    query_at: AwareDatetime | None
    sent_as: str | None
    state: Literal["closed", "submitted", "cancelling", "completed", "cancelled"]
    submitted_at: AwareDatetime | None
    total_minor: int


class PayoutLineAnswer(Shape):
    amount: int
    bank_code: str | None
    end_to_end_id: str
    payout_id: str
    position: int
    state: Literal["held", "paid", "rejected", "cancelled", "returned"]


class PayoutLinesAnswer(Shape):
    """
    At most a thousand: a batch is a file.
    """

    items: list[PayoutLineAnswer]


class PersonAnswer(Shape):
    """
    A person as operators see her. customers: as whom she is known here; freezes: the last hundred.
    """

    customers: list[IdentityAnswer]
    freezes: list[FreezeAnswer]
    id: str
    proved_at: AwareDatetime
    usage: UsageAnswer


class PersonTransferAnswer(Shape):
    """
    name_checked: the payee's proved name was said. due_at: when it arrives, and until when it is revocable.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    arrival: Literal["at_once", "after_2_hours", "after_24_hours"]
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    failure_code: str | None
    id: str
    made_at: AwareDatetime
    name_checked: bool
    note: str
    payee_id: CustomerId
    payer_id: CustomerId
    state: Literal["pending", "arrived", "revoked", "returned"]
    transfer_id: TransferId | None


class PostingRequest(Shape):
    """
    sources: drawn in their order, each as far as it goes; amount: left out, all that they have; metadata: of each of its transfers.
    """

    amount: int | None = None
    code: Annotated[str, Field(description="what the transfer is for")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    destinations: list[PostingDestination]
    leftover: Annotated[
        Literal["from_the_first", "largest_remainder"] | None,
        Field(
            description="who gets the units that whole portions leave over: each line in its order one, or the largest remainders"
        ),
    ] = "from_the_first"
    metadata: dict[str, str] | None = None
    reference: Annotated[str | None, Field(description="record it belongs to, such as its id")] = ""
    sources: list[PostingSource]
    value_on: date | None = None


class PreauthorisationAnswer(Shape):
    """
    amount: frozen at first; captured: of it so far; frozen: still; minor units. due_at: when it ends by itself.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    agreed_at: AwareDatetime | None
    amount: int
    buyer_id: CustomerId | None
    captured: int
    currency: str
    due_at: AwareDatetime | None
    end_reason: Literal["captured", "merchant", "consented", "deadline"] | None
    ended_at: AwareDatetime | None
    frozen: int
    id: str
    merchant_id: MerchantId
    merchant_number: str
    release_asked_at: AwareDatetime | None
    requested_at: AwareDatetime
    state: Literal["requested", "frozen", "ended", "closed"]
    subject: str


class ProofAnswer(Shape):
    """
    That a transfer stands in the chain. path: hashes beside the way from its leaf to the root of its batch; links: from the head asked
    for down to the link of that batch, each named by the one before.
    """

    links: list[LinkAnswer]
    path: list[str]
    transfer: ProvedTransfer


class ReceivableAnswer(Shape):
    """
    outstanding: still owed; so much is kept on the account, and what comes in repays it. original: the record it goes back to.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount: int
    cause: Literal["charge_reversed", "dispute_lost", "dispute_fee"]
    currency: str
    due_at: AwareDatetime
    ended_at: AwareDatetime | None
    id: str
    incurred_at: AwareDatetime
    original: str
    outstanding: int
    owner: str
    repaid: int
    state: Literal["open", "overdue", "settled", "written_off"]
    written_off: int


class RecomputationAnswer(Shape):
    """
    links, transfers: how many were worked out again; until: the last link that holds, to go on after; complete: there are no more.
    """

    book_id: int
    broken: BreakAnswer | None
    complete: bool
    links: int
    transfers: int
    until: int


class ReconciliationBreakAnswer(Shape):
    """
    amount: what the bank has more than we; of the ledger's side, what the channels tell more than was posted.
    """

    account_id: str
    amount: int
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    escalations: int
    id: str
    line_id: str | None
    owner: str
    raised_on: date
    reason: str | None
    record_id: str | None
    resolved_minor: int
    side: Literal["bank", "ledger"]
    state: Literal["open", "resolved", "explained"]
    subject: str | None
    type: Literal["long", "short", "amount", "duplicate", "status", "date"]


class RefundAnswer(Shape):
    """
    due_at: when it is tried again, expires_at: when it is given up, while it waits for funds.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    failure_code: str | None
    fee_returned: int
    id: str
    merchant_id: MerchantId
    merchant_refund_number: str
    order_id: OrderId
    reason: str
    requested_at: AwareDatetime
    state: Literal["refund_pending_funds", "succeeded", "failed"]


class RefundDetailAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    failure_code: str | None
    fee_returned: int
    id: str
    legs: list[RefundLegAnswer]
    merchant_id: MerchantId
    merchant_refund_number: str
    order_id: OrderId
    reason: str
    requested_at: AwareDatetime
    state: Literal["refund_pending_funds", "succeeded", "failed"]


class RefuseTradeRefundRequest(Shape):
    """
    proposal: what the seller would pay instead.
    """

    proposal: TradeProposalRequest | None = None
    reason: str


class ReportAnswer(Shape):
    """
    original: our record it is about; taken, owed: of a charge taken back. held_up: why it waits, or why nothing agrees with it.
    """

    amount: int
    bank: str
    bank_reference: str
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    held_up: str | None
    id: str
    kind: Literal["payout_returned", "charge_reversed", "dispute_opened", "dispute_won", "dispute_lost"]
    original: str | None
    owed: int
    reason: str
    reported_at: AwareDatetime
    state: Literal["reported", "booked", "unmatched", "cleared"]
    taken: int


class ReportFigureAnswer(Shape):
    days: int | None
    id: str
    rule: Annotated[
        Literal["large_person", "large_organisation", "large_cross_border", "structuring", "filed"],
        Field(description="By which a report came to be; each has its figures, with the day from which they count."),
    ]
    share_percent: int | None
    source: str
    stated_at: AwareDatetime
    stated_by: str
    threshold: int | None
    times: int | None
    valid_from: date
    working_days: int


class ReportFigureRequest(Shape):
    """
    threshold: CNY in fen. working_days: to report. Of `structuring` also share_percent, times and days; `filed` has no threshold.
    """

    days: int | None = None
    rule: Annotated[
        Literal["large_person", "large_organisation", "large_cross_border", "structuring", "filed"],
        Field(description="By which a report came to be; each has its figures, with the day from which they count."),
    ]
    share_percent: int | None = None
    source: str
    threshold: int | None = None
    times: int | None = None
    valid_from: date
    working_days: int


class ReportFileAnswer(Shape):
    """
    hash: SHA-256 of the content. continues_id: the file whose last report has more transfers, which stand here.
    """

    continues_id: str | None
    hash: str
    id: str
    kind: Literal["large", "suspicious"]
    made_at: AwareDatetime
    made_by: str
    name: str
    reports: int


class ReportFileRequest(Shape):
    kind: Literal["large", "suspicious"]


class ReportedMovementAnswer(Shape):
    """
    counted: CNY in fen. country: abroad, where the transfer's metadata tell one.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    code: str
    counted: int
    country: str | None
    currency: str
    id: TransferId
    other_account_id: AccountId
    own_account_id: AccountId
    posted_at: AwareDatetime
    side: Annotated[
        Literal["in", "out"],
        Field(description="Of the subject: what came in and what went out are counted apart."),
    ]


class RulesetAnswer(Shape):
    """
    number: its version; rules: how many it has.
    """

    id: str
    made_at: AwareDatetime
    made_by: str
    note: str
    number: int
    rules: int
    state: Literal["draft", "shadow", "live", "retired"]


class ScreeningAnswer(Shape):
    """
    What is remembered of a subject. score: of the best hit that still counts.
    """

    expires_at: AwareDatetime
    generation: int
    hits: list[ScreeningHitAnswer]
    outcome: Literal["clear", "hit", "cleared_by_operator", "confirmed"]
    score: int
    screened_at: AwareDatetime
    subject_id: str
    subject_kind: Literal["customer", "merchant", "payee"]


class ScreeningHitDetailAnswer(Shape):
    """
    name: the subject's of now, opened for whoever decides; name_changed: another one was compared, which she had then.

    match: how the name of now compares with the entry; null where it does not.
    """

    decided_at: AwareDatetime | None
    decided_by: str | None
    due_at: AwareDatetime | None
    entry: ListEntryAnswer
    entry_id: str
    found_at: AwareDatetime
    id: str
    match: NameMatchAnswer | None
    name: str
    name_changed: bool
    overdue_at: AwareDatetime | None
    proposed_by: str | None
    proposed_reason: str | None
    reason: str | None
    score: int
    state: Literal["waiting", "clearance_proposed", "cleared", "confirmed", "withdrawn"]
    subject_id: str
    subject_kind: Literal["customer", "merchant", "payee"]


class SecretAnswer(Shape):
    """
    secret: shown in this answer alone.
    """

    endpoint: EndpointAnswer
    secret: str


class SettlementParticipantAnswer(Shape):
    """
    net_minor: owes less owed. beyond_cap: its net debit is more than its cap, which was lowered after the obligations.
    """

    beyond_cap: bool
    net_minor: int
    owed_minor: int
    owes_minor: int
    participant: str
    state: Annotated[
        Literal[
            "PENDING_SETTLEMENT",
            "PS_TRANSFERS_RECORDED",
            "PS_TRANSFERS_RESERVED",
            "PS_TRANSFERS_COMMITTED",
            "SETTLING",
            "SETTLED",
            "ABORTED",
        ],
        Field(description="Of a settlement, and of each participant in it."),
    ]


class SettlementReport(Shape):
    created_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    figures: FiguresAnswer | None
    id: str
    participants: list[SettlementParticipantAnswer]
    reason: str | None
    settlement_model: str
    state: Annotated[
        Literal[
            "PENDING_SETTLEMENT",
            "PS_TRANSFERS_RECORDED",
            "PS_TRANSFERS_RESERVED",
            "PS_TRANSFERS_COMMITTED",
            "SETTLING",
            "SETTLED",
            "ABORTED",
        ],
        Field(description="Of a settlement, and of each participant in it."),
    ]
    window_ids: list[str]


class ShadowReportAnswer(Shape):
    """
    rules: how often each of its rules held; different: the latest decisions where the two differ.
    """

    agreed: int
    decisions: int
    different: list[str]
    pairs: list[OutcomePairAnswer]
    rules: list[RuleCountAnswer]
    ruleset_id: str


class ShareAnswer(Shape):
    """
    called_back: by refunds before it was paid; returned: of paid_minor, by refunds or the merchant's request.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount: int
    called_back: int
    cancel_code: str | None
    declared_at: AwareDatetime
    id: str
    order_id: OrderId
    paid_minor: int
    receiver_id: str
    returned: int
    settlement_id: str | None
    state: Literal["declared", "paid", "cancelled"]


class SharesAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    items: list[ShareAnswer]
    order_id: OrderId


class SignatureRequest(Shape):
    """
    The four factors: name, identity number, bound card, mobile. source: what is debited, the wallet or that card.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    card_id: CardId
    identity_number: str
    mobile: str
    name: str
    source: Literal["wallet", "card"]


class StandingsAnswer(Shape):
    items: list[ServicesPaymentsChannelsSchemasStandingAnswer]
    next: Annotated[None, Field(None)] = None


class StatedFigureAnswer(Shape):
    amount: int
    checks: int | None
    face_to_face: bool
    id: str
    period: Literal["life", "year", "day"]
    source: str
    stated_at: AwareDatetime
    stated_by: str
    subject: Annotated[
        Literal["class_i", "class_ii", "class_iii", "under_two_factors", "two_factors"],
        Field(description="What a figure limits: payments of a class (类别), or of a day by how they were confirmed."),
    ]
    valid_from: date
    wealth_products: bool


class TakenFileAnswer(Shape):
    """
    again: the very same file had been taken in, and nothing was changed.
    """

    again: bool
    form: Literal["camt", "mt940", "table"]
    hash: str
    id: str
    statements: list[BankStatementAnswer]


class TallyAnswer(Shape):
    amount: int
    lines: int
    state: Literal["listed", "waiting", "sent", "paid", "refused", "returned", "cancelled"]


class TokenDealAnswer(Shape):
    """
    movement_id: what was issued or burned. counterparty_id: who got a gift. order_id: what a payment paid; its refund gives back.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    counterparty_id: CustomerId | None
    customer_id: CustomerId
    id: str
    kind: Literal["purchase", "payment", "redemption", "gift"]
    made_at: AwareDatetime
    movement_id: str | None
    order_id: OrderId | None
    transfer_id: TransferId
    unit: str


class TopUpAnswer(Shape):
    """
    `pending`: the bank's result is not final yet. late: it succeeded after it had been given up.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    bank: str
    card_id: CardId
    currency: str
    ended_at: AwareDatetime | None
    failure_code: str | None
    id: TopUpId
    late: bool
    requested_at: AwareDatetime
    state: Literal["pending", "succeeded", "failed"]
    wallet_id: WalletId


class TradeEvidenceAnswer(Shape):
    file: TradeEvidenceFile | None
    given_at: AwareDatetime
    id: str
    party: Literal["buyer", "seller", "arbiter"]
    refund_id: str
    text: str


class TradeRefundAnswer(Shape):
    """
    items: what was asked of each, in all `asked`; amount: what it is about now. due_at: when its state ends by itself.
    """

    amount: int
    asked: int
    buyer_amount: int | None
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    evidence_due_at: AwareDatetime | None
    id: str
    items: list[TradeRefundItemAnswer]
    number: int
    opened_at: AwareDatetime
    outcome: (
        Literal[
            "agreed",
            "seller_silent",
            "return_confirmed",
            "return_unanswered",
            "ruled",
            "default_split",
            "withdrawn",
            "buyer_silent",
            "not_returned",
        ]
        | None
    )
    proposed_amount: int | None
    proposed_return: bool | None
    reason: str
    refusal_reason: str | None
    return_carrier: str | None
    return_goods: bool
    return_tracking_number: str | None
    ruling_reason: str | None
    seller_amount: int | None
    state: Literal[
        "WAIT_SELLER_AGREE",
        "SELLER_REFUSED",
        "WAIT_BUYER_RETURN_GOODS",
        "WAIT_SELLER_CONFIRM_RETURN",
        "IN_ARBITRATION",
        "REFUND_SUCCESS",
        "REFUND_CLOSED",
    ]
    trade_id: str


class TransactionReportAnswer(Shape):
    """
    subject: `hld_…` a person, `cus_…` a customer who has not proved who she is, or the owner of merchants. amount: CNY in fen.
    """

    act: Literal["new", "correction", "deletion"]
    amount: int
    business_on: date
    corrects_id: str | None
    currency: str
    due_on: date
    ended_at: AwareDatetime | None
    ended_by: str | None
    file_id: str | None
    filed_by: str | None
    found_at: AwareDatetime
    id: str
    kind: Literal["large", "suspicious"]
    narrative: str
    overdue_at: AwareDatetime | None
    reason: str | None
    rule: Annotated[
        Literal["large_person", "large_organisation", "large_cross_border", "structuring", "filed"],
        Field(description="By which a report came to be; each has its figures, with the day from which they count."),
    ]
    side: Literal["in", "out"] | None
    source: Literal["rule", "risk_decision", "screening_hit", "operator"]
    source_id: str | None
    state: Literal["found", "reported", "excluded"]
    subject: str
    subject_kind: Literal["person", "customer", "organisation"]
    transfers: int


class TransactionReportDetailAnswer(Shape):
    """
    movements: the first thousand.
    """

    act: Literal["new", "correction", "deletion"]
    amount: int
    business_on: date
    corrects_id: str | None
    currency: str
    due_on: date
    ended_at: AwareDatetime | None
    ended_by: str | None
    file_id: str | None
    filed_by: str | None
    found_at: AwareDatetime
    id: str
    kind: Literal["large", "suspicious"]
    movements: list[ReportedMovementAnswer]
    narrative: str
    overdue_at: AwareDatetime | None
    reason: str | None
    rule: Annotated[
        Literal["large_person", "large_organisation", "large_cross_border", "structuring", "filed"],
        Field(description="By which a report came to be; each has its figures, with the day from which they count."),
    ]
    side: Literal["in", "out"] | None
    source: Literal["rule", "risk_decision", "screening_hit", "operator"]
    source_id: str | None
    state: Literal["found", "reported", "excluded"]
    subject: str
    subject_kind: Literal["person", "customer", "organisation"]
    transfers: int


class TransfersForeseen(Shape):
    """
    An outcome for each transfer, in the order of the request. accepted: every one of them would be made, or was.
    """

    accepted: bool
    results: list[OutcomeForeseen]


class UnitAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    backed_by: str | None
    backing_account_id: AccountId | None
    code: str
    issuance_account_id: AccountId
    kind: Literal["token", "coin"]
    made_at: AwareDatetime
    schedule: UnitScheduleAnswer | None


class UnitRequest(Shape):
    """
    A token backed by the money of a currency, whose minor units are its own; or a coin with its schedule.
    """

    backed_by: str | None = None
    code: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["token", "coin"]
    schedule: UnitSchedule | None = None


class VerificationAnswer(Shape):
    """
    holds: no check failed, and everything was looked at. complete: false where a chain is longer than one answer looks through, or is
    broken before its end. movements: the oldest thousand under way.
    """

    business_at: AwareDatetime
    chains: list[ChainAnswer]
    checks: list[ServicesPaymentsVerificationSchemasCheckAnswer]
    complete: bool
    holds: bool
    movements: list[MovementAnswer]


class VoucherAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    campaign_id: str
    claimed_at: AwareDatetime
    customer_id: CustomerId
    expires_at: AwareDatetime
    id: str
    kind_id: str
    state: Literal["claimed", "used", "expired"]


class WindowAnswer(Shape):
    """
    due_at: its cut-off while open; once closed, by when it is to be settled.
    """

    closed_at: AwareDatetime | None
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    id: str
    opened_at: AwareDatetime
    settlement_id: str | None
    settlement_model: str
    state: Literal["OPEN", "CLOSED", "PENDING_SETTLEMENT", "SETTLED"]


class WindowReport(Shape):
    figures: FiguresAnswer
    window: WindowAnswer


class WindowShape(Shape):
    """
    kind: all kinds unless given.
    """

    kind: (
        Literal[
            "order_payment",
            "card_payment",
            "financed_payment",
            "top_up",
            "withdrawal",
            "person_transfer",
            "preauthorisation",
            "batch_payout",
            "mandate_debit",
            "refund",
            "token_purchase",
            "campaign_funding",
            "token_transfer",
            "token_redemption",
            "coin_withdrawal",
        ]
        | None
    ) = None
    measure: Literal["count", "sum"]
    seconds: int
    subject: Annotated[
        Literal["person", "card", "device", "payee"],
        Field(description="Whose payments a window counts. payee: the merchant, or whoever else is paid."),
    ]


class WithdrawalAnswer(Shape):
    """
    `pending`: the money is held, the bank's result is not final. bank: whose reserve pays.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    bank: str
    card_id: CardId
    currency: str
    ended_at: AwareDatetime | None
    failure_code: str | None
    id: WithdrawalId
    late: bool
    requested_at: AwareDatetime
    state: Literal["pending", "succeeded", "failed", "returned"]
    wallet_id: WalletId


class ServicesPaymentsHoldersSchemasStandingAnswer(Shape):
    """
    Who a customer has proved to be, and what she may pay out of her balance. verification_class: null before any check has passed.

    required: without one nothing is paid here; limit: null where none applies; wealth_products: whether her class may buy them.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    certificate_until: date | None
    customer_id: CustomerId
    face_to_face_at: AwareDatetime | None
    frozen: bool
    holder_id: str | None
    identity: IdentityAnswer | None
    limit: ClassLimitAnswer | None
    next_class: NextClassAnswer | None
    passed: list[
        Literal["police", "bank", "mobile_operator", "education", "tax", "social_security", "housing", "transport"]
    ]
    pending: list[
        Literal["police", "bank", "mobile_operator", "education", "tax", "social_security", "housing", "transport"]
    ]
    required: bool
    today: list[DayLimitAnswer]
    verification_class: Literal["class_i", "class_ii", "class_iii", "under_two_factors", "two_factors"] | None
    wealth_products: bool


class BatchAnswer(Shape):
    """
    leftover: what was not paid and went back to the merchant. tally: how far its lines are, where one batch was asked for.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    approved_at: AwareDatetime | None
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    id: str
    leftover: Annotated[int, Field(description="minor units")]
    lines: int
    merchant_id: MerchantId
    number: str
    requested_at: AwareDatetime
    state: Literal["awaiting_approval", "paying", "finished", "cancelled"]
    tally: list[TallyAnswer] | None = None
    total: int


class CapturedAnswer(Shape):
    """
    What was captured, and what that leaves.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    captured_at: AwareDatetime
    id: str
    number: int
    order_id: OrderId | None
    preauthorisation: PreauthorisationAnswer
    transfer_id: TransferId


class DecisionAnswer(Shape):
    """
    What was decided on a payment and why, and what became of it where it was parked.

    Operators see all; the customer what it was, why in plain words, and what she can still do. reference: the record it made, if it passed.
    """

    amount: int
    counted: int | None = None
    country: str | None = None
    currency: str
    decided_at: AwareDatetime
    device: str | None = None
    expires_at: AwareDatetime | None
    id: str
    kind: Annotated[
        Literal[
            "order_payment",
            "card_payment",
            "financed_payment",
            "top_up",
            "withdrawal",
            "person_transfer",
            "preauthorisation",
            "batch_payout",
            "mandate_debit",
            "refund",
            "token_purchase",
            "campaign_funding",
            "token_transfer",
            "token_redemption",
            "coin_withdrawal",
        ],
        Field(description="What kind of payment it is. Whoever moves money in another way adds one."),
    ]
    outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]
    parked: ParkedPaymentAnswer | None = None
    payee: str
    person: str | None = None
    reasons: list[DecisionReasonAnswer]
    reference: str | None = None
    ruleset_id: str | None = None
    shadows: list[ShadowDecisionAnswer] | None = None
    subject: str


class LineWhyAnswer(Shape):
    breaks: list[ReconciliationBreakAnswer]
    line: BankLineAnswer
    pairs: list[LinePairAnswer]
    tried: list[RuleTriedAnswer]


class PageBatchAnswer(Shape):
    items: list[BatchAnswer]
    next: str | None = None


class PageDecisionAnswer(Shape):
    items: list[DecisionAnswer]
    next: str | None = None


class PageParkedPaymentAnswer(Shape):
    items: list[ParkedPaymentAnswer]
    next: str | None = None


class PageParticipantAnswer(Shape):
    items: list[ParticipantAnswer]
    next: str | None = None


class PagePassAnswer(Shape):
    items: list[PassAnswer]
    next: str | None = None


class PagePayeeCodeAnswer(Shape):
    items: list[PayeeCodeAnswer]
    next: str | None = None


class PagePayoutBatchAnswer(Shape):
    items: list[PayoutBatchAnswer]
    next: str | None = None


class PagePersonTransferAnswer(Shape):
    items: list[PersonTransferAnswer]
    next: str | None = None


class PagePreauthorisationAnswer(Shape):
    items: list[PreauthorisationAnswer]
    next: str | None = None


class PageReceivableAnswer(Shape):
    items: list[ReceivableAnswer]
    next: str | None = None


class PageRefundAnswer(Shape):
    items: list[RefundAnswer]
    next: str | None = None


class PageReportAnswer(Shape):
    items: list[ReportAnswer]
    next: str | None = None


class PageReportFigureAnswer(Shape):
    items: list[ReportFigureAnswer]
    next: str | None = None


class PageReportFileAnswer(Shape):
    items: list[ReportFileAnswer]
    next: str | None = None


class PageRulesetAnswer(Shape):
    items: list[RulesetAnswer]
    next: str | None = None


class PageStatedFigureAnswer(Shape):
    items: list[StatedFigureAnswer]
    next: str | None = None


class PageTokenDealAnswer(Shape):
    items: list[TokenDealAnswer]
    next: str | None = None


class PageTopUpAnswer(Shape):
    items: list[TopUpAnswer]
    next: str | None = None


class PageTradeEvidenceAnswer(Shape):
    items: list[TradeEvidenceAnswer]
    next: str | None = None


class PageTradeRefundAnswer(Shape):
    items: list[TradeRefundAnswer]
    next: str | None = None


class PageTransactionReportAnswer(Shape):
    items: list[TransactionReportAnswer]
    next: str | None = None


class PageUnitAnswer(Shape):
    items: list[UnitAnswer]
    next: str | None = None


class PageVoucherAnswer(Shape):
    items: list[VoucherAnswer]
    next: str | None = None


class PageWindowAnswer(Shape):
    items: list[WindowAnswer]
    next: str | None = None


class PageWithdrawalAnswer(Shape):
    items: list[WithdrawalAnswer]
    next: str | None = None


class TradeAnswer(Shape):
    """
    order_id: what asks for the price. held: in escrow now. refund: the open one, if there is one; `due_at` is then its deadline, and
    `rest_seconds` what the trade's own time had left when it began, floored.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    buyer_id: CustomerId | None
    carrier: str | None
    category: str
    close_reason: Literal["buyer", "seller", "unpaid", "not_shipped", "refunded"] | None
    created_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    extended: bool
    held: int
    id: str
    items: list[TradeItemAnswer]
    merchant_id: MerchantId
    merchant_trade_number: str
    method: str | None
    order_id: OrderId | None
    paid_at: AwareDatetime | None
    payment_transfer_id: TransferId | None
    prolonged_seconds: int
    refund: TradeRefundAnswer | None
    refunded: int
    released: int
    rest_seconds: int | None
    shipped_at: AwareDatetime | None
    state: Annotated[
        Literal[
            "WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED", "TRADE_CLOSED"
        ],
        Field(description="Spelled as Alipay's are."),
    ]
    subject: str
    tracking_number: str | None


class WindowCondition(Shape):
    """
    How many payments of a subject, or how much of them in fen, in the last seconds, this one included.
    """

    op: Literal[">", ">=", "<", "<="]
    value: int
    window: WindowShape


class PageTradeAnswer(Shape):
    items: list[TradeAnswer]
    next: str | None = None


class AllCondition(Shape):
    all: list[FactCondition | ListCondition | WindowCondition | AllCondition | AnyCondition | NotCondition]


class AnyCondition(Shape):
    any: list[FactCondition | ListCondition | WindowCondition | AllCondition | AnyCondition | NotCondition]


class NotCondition(Shape):
    not_: Annotated[
        FactCondition | ListCondition | WindowCondition | AllCondition | AnyCondition | NotCondition,
        Field(alias="not"),
    ]


class Rule(Shape):
    """
    remember_seconds: how long the same payment is refused again without being judged; of refusals.
    """

    code: str
    outcome: Annotated[
        Literal["pass", "step_up", "review", "refuse"],
        Field(description="In order: of several rules the last of these that one says."),
    ]
    remember_seconds: int | None = 0
    text: RuleText
    when: FactCondition | ListCondition | WindowCondition | AllCondition | AnyCondition | NotCondition


class RulesetDocument(Shape):
    """
    review_seconds: how long a review may take; released_seconds: how long what it released may wait to be made. Business time.
    """

    released_seconds: int | None = 86400
    review_seconds: int | None = 86400
    rules: list[Rule]


class RulesetRequest(Shape):
    """
    A whole version of the rules. note: what it is for.
    """

    document: RulesetDocument
    note: str


PostingDestination.model_rebuild()
AllCondition.model_rebuild()
AnyCondition.model_rebuild()
