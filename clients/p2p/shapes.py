"""Generated from services/p2p/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from clients.ids import AccountId, CustomerId, TransferId
from clients.shape import Shape


class AccrualAnswer(Shape):
    """
    interest_minor: earned on the day, 0 once interest has stopped; outstanding_minor: principal at the close.
    """

    accrues: bool
    currency: str
    days_past_due: int
    interest_minor: int
    loan_id: str
    on_day: date
    outstanding_minor: int


class AdvanceAnswer(Shape):
    """
    The platform's money on debits that are not final: −advanced − moving ≤ the account's balance ≤ −advanced.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    currency: str
    moving_minor: int


class AdvancesAnswer(Shape):
    items: list[AdvanceAnswer]


class AgedTold(Shape):
    """
    Loans of a currency in a bucket at the end of the day; amounts in minor units. interest_minor: earned on the day.
    """

    bucket: str
    currency: str
    interest_minor: int
    loans: int
    outstanding_minor: int
    stopped: int


class AgentAnswer(Shape):
    branch: str
    clawback_days: int
    commission_rate: str
    ended_at: AwareDatetime | None
    id: str
    name: str
    party: str
    registered_at: AwareDatetime
    registered_by: str


class AgentFiguresAnswer(Shape):
    """
    Loans paid out that an agent brought. overdue: those more than 30 days past due, and what is owed on them; loss_share: the latter
    ÷ what was lent.
    """

    agent_id: str
    branch: str
    commission_minor: int
    currency: str
    lent_minor: int
    loans: int
    loss_share: str
    name: str
    outstanding_minor: int
    overdue_loans: int
    overdue_minor: int
    taken_back_minor: int


class AgentRequest(Shape):
    """
    commission_rate: of the principal, paid from the origination fee and never more than it; clawback_days: in which a loan that fails
    costs the commission.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    branch: str
    clawback_days: int | None = 180
    commission_rate: str
    name: str
    party: CustomerId


class AppealRequest(Shape):
    """
    note: what she wants looked at again; operators see it.
    """

    note: str


class ApplicationDecided(Shape):
    """
    A decision, by the rule or by staff. decided_by: `rule` or `staff`; reasons: codes.
    """

    application_id: str
    borrower: str | None
    currency: str
    decided_by: Literal["rule", "staff", "time"]
    grade: str
    limit_minor: int
    reasons: list[str]
    state: Literal["approved", "declined", "expired"]


class ApplicationGraded(Shape):
    """
    A grade was given. borrower: `cus_…`, None for an imported application; source: `api` or the source of an import.
    """

    amount: int
    application_id: str
    borrower: str | None
    currency: str
    grade: str
    score: int
    scorecard_version: str
    source: str
    term_months: int


class AssessmentAnswer(Shape):
    """
    level: 1, the most careful, to 5; it counts until the day valid_until_on begins.
    """

    answers: dict[str, str]
    id: str
    level: int
    points: int
    taken_at: AwareDatetime
    taken_on: date
    valid_until_on: date
    version: int


class AssessmentRequest(Shape):
    """
    answers: the code of an option for the code of each question.
    """

    answers: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")], str]
    version: int


class AuctionAnswer(Shape):
    """
    placed: how many bids stand, of which amount in all; winning_rate: at which all winners would lend now, None while the amount is not
    covered: a bid above it is refused, one at it shares what is left at that rate.
    """

    amount: int
    highest_rate: str
    listing_id: str
    lowest_rate: str
    placed: int
    placed_minor: int
    winning_rate: str | None


class AuthorisationAnswer(Shape):
    """
    reason: the bank's, where it refused.
    """

    bank: str
    cap_minor: int
    changed_at: AwareDatetime
    custody_account_id: str
    holder: str
    id: str
    reason: str | None
    requested_at: AwareDatetime
    scope: Literal["invest", "repay", "fee"]
    state: Literal["asked", "code_sent", "standing", "revoking", "revoked", "refused", "lapsed", "ended"]
    until_on: date


class AuthorisationConfirmation(Shape):
    sms_code: str


class AuthorisationRequest(Shape):
    """
    cap_minor: all that may go by it; until_on: its last day.
    """

    cap_minor: Annotated[int, Field(description="minor units")]
    scope: Literal["invest", "repay", "fee"]
    until_on: date


class AuthorisationTold(Shape):
    """
    What a user lets the platform do at her custody bank has changed. reason: the bank's, where it refused.
    """

    authorisation_id: str
    bank: str
    cap_minor: int
    customer: str
    reason: str | None
    scope: Literal["invest", "repay", "fee"]
    state: str
    until_on: date


class BackingTerms(Shape):
    """
    What a backer is told before she pledges. charged: when anything is taken. A charge that fails is tried again for retry_days,
    with a reminder every remind_hours, then dropped; what follows stands in `shortfall`: the project stays funded with what was
    collected, or below `refund_below` everything is refunded. fee_rate: of what is collected.
    """

    charged: Literal["at_the_end_if_the_goal_is_met", "at_the_end"]
    fee_rate: str
    goal: Literal["all_or_nothing", "keep_it_all"]
    public_benefit: bool
    refund_below: int | None
    remind_hours: int
    retry_days: int
    shortfall: Literal["stays_funded", "refund_below_share"]


class BidAnswer(Shape):
    """
    reason: why it was refused or released, a code (`insufficient_funds`, `no_wallet`, `withdrawn`, `listing_failed`, …).

    hold_id: the pending transfer behind it in payments, or the one that is asked for; standing_order_id: of the order that made it.
    annual_rate: in an auction, what was bid; held_minor: what is held, where less than that was won.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    annual_rate: str | None
    changed_at: AwareDatetime
    currency: str
    held_minor: int | None
    hold_id: TransferId | None
    id: str
    lender: str
    listing_id: str
    loan_id: str | None
    reason: str | None
    requested_at: AwareDatetime
    standing_order_id: str | None
    state: Literal["pending", "placed", "refused", "releasing", "released", "funded"]


class BidRequest(Shape):
    """
    amount: a number of the listing's lots; annual_rate: named in an auction, to 0.0001, and nowhere else.
    """

    amount: Annotated[int, Field(description="minor units")]
    annual_rate: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class BidTold(Shape):
    """
    A bid was placed (its hold stands), refused, or released (its hold was voided). lender: `cus_…`; reason: a code.

    Bids that standing orders placed are told together, by `p2p.bids.placed.v1`.
    """

    amount: int
    bid_id: str
    currency: str
    lender: str
    listing_id: str
    reason: str | None
    state: Literal["placed", "refused", "released"]


class BookDayAnswer(Shape):
    """
    A day in the books; transfers: how many of the ledger's it has.
    """

    booked_at: AwareDatetime
    day: date
    transfers: int


class CalibrationBandAnswer(Shape):
    bad_share: float
    cases: int
    expected_bad_share: float


class CaseAnswer(Shape):
    """
    Days past due, bucket and amounts as of looked_at. reason: why it is paused or was closed; operators alone see the assignee.
    """

    assigned_until: AwareDatetime | None
    assignee: str | None
    borrower: str
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    closed_at: AwareDatetime | None
    currency: str
    days_past_due: int
    id: str
    loan_id: str
    looked_at: AwareDatetime
    next_step: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"] | None
    next_step_on: date | None
    oldest_due_on: date
    opened_at: AwareDatetime
    outstanding_minor: int
    overdue_minor: int
    paused_until: AwareDatetime | None
    programme: str
    programme_version: int
    reason: str | None
    state: Literal["open", "paused", "closed"]


class CaseStepAnswer(Shape):
    bucket: str
    days_past_due: int
    event: str
    note: str | None
    number: int
    overdue_minor: int
    state: Literal["open", "paused", "closed"]
    taken_at: AwareDatetime
    taken_by: str


class CaseTold(Shape):
    """
    A loan fell behind, is in another bucket, is left alone for a time, or owes nothing of past days any more.
    """

    borrower: str
    bucket: str
    case_id: str
    currency: str
    days_past_due: int
    loan_id: str
    outstanding_minor: int
    overdue_minor: int
    programme: str
    programme_version: int
    reason: str | None
    state: str


class CashFigures(Shape):
    """
    cash_minor: of all its accounts together.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_ids: list[AccountId]
    cash_minor: int
    currency: str
    entity: str


class CeilingAnswer(Shape):
    """
    all_in_rate: what the borrower pays a year with every fee, on the schedule's own periods; ceiling: what the law allows.
    """

    all_in_rate: str
    ceiling: str
    reference_as_of: date | None
    source: str
    verdict: Literal["allowed", "kept_if_paid", "void"]


class ChargebackAnswer(Shape):
    """
    debit_id: `mdb_…` of payments; source: what it told of it. amount: what the bank took back; fee: what a lost dispute costs besides;
    loan_debit_id: where it had repaid a loan. borne: what of both the project bears with money that it has, or the repayment that is taken
    back makes up, the rest being debts. due_at: of `noted`, when it is looked at again.
    """

    amount: int
    borne: int | None
    changed_at: AwareDatetime
    currency: str
    debit_id: str
    due_at: AwareDatetime | None
    fee: int
    id: str
    kind: Literal["reversed", "dispute_lost"]
    loan_debit_id: str | None
    noted_at: AwareDatetime
    pledge_id: str | None
    project_id: str | None
    reason: str
    source: str
    state: Literal["noted", "booked", "unmatched"]


class ChargebackDebtAnswer(Shape):
    """
    role: the creator owes what she was paid out; a backer what she has twice, by a refund and by her bank; a borrower what holders keep
    of a debit that her bank took back. repaid: by the debtor; covered: by the house, which bears from `house_at` on what she has not.
    advanced_at: when the platform paid it in the borrower's place. reason: why the last try was refused.
    """

    advanced_at: AwareDatetime | None
    amount: int
    changed_at: AwareDatetime
    chargeback_id: str
    covered: int
    currency: str
    debtor: str
    due_at: AwareDatetime | None
    house_at: AwareDatetime
    id: str
    loan_id: str | None
    made_at: AwareDatetime
    project_id: str | None
    reason: str | None
    repaid: int
    role: Literal["creator", "backer", "borrower"]
    state: Literal["owed", "settled"]
    tries: int


class ChargebackDebtTold(Shape):
    """
    A creator or a backer owes a project what it no longer has, or a borrower what her bank gave her back; or it is repaid. covered: what
    of it the house bore.
    """

    amount: int
    chargeback_debt_id: str
    chargeback_id: str
    covered: int
    currency: str
    debtor: str
    loan_id: str | None = None
    project_id: str | None
    repaid: int
    role: Literal["creator", "backer", "borrower"]


class ChargebackTold(Shape):
    """
    A bank took back what a pledge was paid with, or a debit that repaid a loan; or one with which nothing was paid. borne: what of
    amount and fee the project bears, or the repayment that is taken back makes up.
    """

    amount: int
    borne: int | None
    chargeback_id: str
    currency: str
    debit_id: str
    fee: int
    kind: Literal["reversed", "dispute_lost"]
    loan_debit_id: str | None = None
    pledge_id: str | None
    project_id: str | None


class ClaimLeft(Shape):
    """
    A claim of an enrolment. sale_id, price_share: of the offer that is open; reason: why there is none, a code (`loan_overdue`,
    `due_today`, `held_too_short`, `nothing_left`, …); none where it is offered as soon as she leaves.
    """

    claim_id: str
    loan_id: str
    outstanding_minor: int
    price_share: str | None
    reason: str | None
    sale_id: str | None
    sold_minor: int


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class CollectionAnswer(Shape):
    """
    A look into the borrower's wallet for what was due. round: 1 in the morning, 2 in the evening; repayment_id: what came of it, if
    anything was there. Those that found nothing are kept for 90 days.
    """

    available_minor: int
    loan_id: str
    on_day: date
    repayment_id: str | None
    round: int
    tried_at: AwareDatetime


class CollectionRequestAnswer(Shape):
    """
    due_at: granted by itself if nobody decides before.
    """

    answer: str | None
    borrower: str
    case_id: str
    decided_at: AwareDatetime | None
    due_at: AwareDatetime | None
    id: str
    kind: Literal["hardship", "stop_contact"]
    requested_at: AwareDatetime
    state: Literal["in_review", "granted", "declined", "withdrawn", "lapsed"]
    text: str


class CollectionRequestRequest(Shape):
    """
    hardship: she cannot pay for now; stop_contact: a complaint, she is not to be contacted. text: in her words.
    """

    kind: Literal["hardship", "stop_contact"]
    text: str


class CollectionStepAnswer(Shape):
    action: str
    after_days: int


class CollectionStepTerms(Shape):
    action: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"]
    after_days: int


class CollectionTierAnswer(Shape):
    after_days: int
    rate: str


class CollectionTierTerms(Shape):
    after_days: int
    rate: str


class ComingStep(Shape):
    action: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"]
    after_days: int
    on: date


class CommissionAnswer(Shape):
    """
    reason: why the ledger refused the last try; clawback_until: before it a loan that fails costs the commission.
    """

    accrued_at: AwareDatetime
    amount_minor: int
    changed_at: AwareDatetime
    clawback_until: AwareDatetime
    currency: str
    id: str
    loan_id: str
    reason: str | None
    state: Literal["accrued", "paid", "earned", "taking_back", "taken_back", "forfeited"]


class CompensationAnswer(Shape):
    """
    Who paid the holders of a loan for its loss. asked_minor: principal that its layer owed them; principal_minor, interest_minor: what
    the payer had enough for; the rest stays with the lenders. decided_on: the day up to which interest is paid for. reason: why refused.
    """

    asked_minor: int
    attempt: int
    bearer: Literal["reserve_fund", "guarantor", "originator"]
    changed_at: AwareDatetime
    covers: Literal["principal", "principal_and_interest"]
    currency: str
    days_past_due: int
    decided_on: date
    id: str
    interest_minor: int
    loan_id: str
    payer: str
    principal_minor: int
    reason: str | None
    requested_at: AwareDatetime
    state: Literal["pending", "paid", "refused"]


class CompensationShareAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    claim_id: str
    holder: str
    interest_minor: int
    principal_minor: int


class CompensationSharesAnswer(Shape):
    items: list[CompensationShareAnswer]


class CompensationTold(Shape):
    """
    Somebody paid the holders of a loan for its loss. asked_minor: principal that the layer owed; amounts in minor units.

    uncovered_minor: principal that is lenders' still; payer: its holder's name on claims.
    """

    asked_minor: int
    bearer: Literal["reserve_fund", "guarantor", "originator"]
    compensation_id: str
    currency: str
    days_past_due: int
    holders: int
    interest_minor: int
    loan_id: str
    payer: str
    principal_minor: int
    programme: str
    uncovered_minor: int


class Concentration(Shape):
    """
    Of what is outstanding: shares of the borrowers who owe most, amounts by grade and by programme.
    """

    by_grade: dict[str, int]
    by_programme: dict[str, int]
    largest_borrower_share: str | None
    ten_largest_borrowers_share: str | None


class ConfirmationRequest(Shape):
    note: str | None = None


class ContactAnswer(Shape):
    """
    due_at: until when its outcome is to be told. asked_by and note are shown to operators alone.
    """

    asked_by: str | None
    case_id: str
    channel: Literal["message", "phone", "email", "letter", "visit"]
    contacted_at: AwareDatetime
    direction: Literal["outbound", "inbound"]
    due_at: AwareDatetime | None
    id: str
    note: str | None
    outcome: (
        Literal["sent", "reached", "no_answer", "left_message", "declined", "promised", "wrong_person", "undelivered"]
        | None
    )
    rules_version: int
    state: Literal["allowed", "reported", "unreported"]
    step: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"] | None
    with_whom: str


class ContactRequest(Shape):
    """
    with_whom: `borrower`, or a relation that she named. outcome: left out where the contact is still to be made.
    """

    channel: Literal["message", "phone", "email", "letter", "visit"]
    direction: Literal["outbound", "inbound"] | None = "outbound"
    note: str | None = None
    outcome: (
        Literal["sent", "reached", "no_answer", "left_message", "declined", "promised", "wrong_person", "undelivered"]
        | None
    ) = None
    with_whom: (
        Literal[
            "borrower",
            "spouse",
            "parent",
            "child",
            "lawyer",
            "adviser",
            "guardian",
        ]
        | None
    ) = "borrower"


class ContactRulesAnswer(Shape):
    assigned_days: int
    least_promise_share: str
    most_a_day: int
    most_a_week: int
    pause_days: int
    promise_days_ahead: int
    promise_window_days: int
    promises_in_window: int
    quiet_from: str
    quiet_to: str
    report_hours: int
    request_window_days: int
    requests_in_window: int
    rest_calendar: str
    review_days: int
    source: str
    valid_from: date
    version: int


class ContactRulesListAnswer(Shape):
    items: list[ContactRulesAnswer]


class ContactRulesRequest(Shape):
    """
    Times of day in the suite's zone, quiet over midnight where quiet_from is the later. source: the rule they follow.
    """

    assigned_days: int | None = 7
    least_promise_share: str
    most_a_day: int
    most_a_week: int
    pause_days: int | None = 30
    promise_days_ahead: int | None = 15
    promise_window_days: int | None = 30
    promises_in_window: int | None = 2
    quiet_from: str
    quiet_to: str
    report_hours: int | None = 24
    request_window_days: int | None = 90
    requests_in_window: int | None = 4
    rest_calendar: Literal["none", "weekends", "CN"] | None = "none"
    review_days: int | None = 5
    source: str
    valid_from: date


class ContentAnswer(Shape):
    """
    content: base64.
    """

    content: str
    given_at: AwareDatetime
    given_by: str
    id: str
    kind: Literal[
        "identity_card",
        "proof_of_income",
        "bank_statement",
        "proof_of_employment",
        "business_licence",
        "paper_application",
        "other",
    ]
    media_type: str
    sha256: str
    size_bytes: int


class ContractAnswer(Shape):
    """
    document: the exact text that sha256 is of; signature: a compact JWS over that hash, by the key at `/v1/contract-key`.
    """

    amount_minor: int
    document: str
    loan_id: str
    party: str
    role: str
    sha256: str
    signature: str


class ContractTold(Shape):
    """
    A contract stands; each of its parties finds her document.
    """

    loan_id: str
    parties: int


class CorrectionRequest(Shape):
    """
    The month is reckoned again; the reason is published with it.
    """

    reason: str


class CustodyAccountAnswer(Shape):
    """
    number: the bank's; account_id: the ledger's. balance, available: None where they were not asked for, or payments is away.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    available: int | None = None
    balance: int | None = None
    bank: str
    currency: str
    holder: str
    id: str
    number: str | None
    opened_at: AwareDatetime


class CustodyAccountRequest(Shape):
    """
    Who she is, and the one card from which and to which her money goes: told to the bank, and kept by it alone.
    """

    bank: str
    card_number: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    identity_number: str
    mobile: str
    name: str


class CustodyPaymentAnswer(Shape):
    amount: int
    bank: str
    changed_at: AwareDatetime
    currency: str
    custody_account_id: str
    id: str
    kind: Literal["top_up", "withdrawal"]
    reason: str | None
    requested_at: AwareDatetime
    state: Literal["pending", "done", "refused"]


class CustodyPaymentRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CustodyPaymentTold(Shape):
    """
    Money came from a customer's card into custody, or went there; or did not, for a reason.
    """

    amount: int
    bank: str
    currency: str
    customer: str
    kind: Literal["top_up", "withdrawal"]
    payment_id: str
    reason: str | None
    state: Literal["done", "refused"]


class DayClosed(Shape):
    """
    A day was closed: every loan that is being repaid has its accrual and its age.
    """

    aged: list[AgedTold]
    day: date
    loans: int


class DebitRules(Shape):
    """
    wallet_first: before a mandate is debited; retry_days: after each due day; bounce: who bears what did not stay.
    """

    bounce: Literal["taken_back", "platform"] | None = "taken_back"
    retry_days: list[int] | None = None
    wallet_first: bool | None = True


class DebitTermsAnswer(Shape):
    bounce: str
    retry_days: list[int]
    wallet_first: bool


class DecisionRequest(Shape):
    """
    limit_minor: most she may list; the rule's own unless given. note: why, for the file; operators see it.
    """

    decision: Literal["approve", "decline"]
    limit_minor: int | None = None
    note: str | None = None


class DeliveryAnswer(Shape):
    """
    days_late: by how many days it was shipped after the day promised, or is late by now. due_at: when it counts as received.
    """

    days_late: int
    due_at: AwareDatetime | None
    pledge_id: str
    project_id: str
    promised_on: date
    received_at: AwareDatetime | None
    shipped_at: AwareDatetime | None
    state: Literal["owed", "shipped", "received", "closed"]
    tier_id: str
    tracking: str | None


class DeliveryTold(Shape):
    """
    A reward was shipped, or its backer says that it is there.
    """

    pledge_id: str
    project_id: str


class DifferenceAnswer(Shape):
    """
    …_minor: all that a side has of the account, …_frozen_minor what of it is frozen; None where it does not know the account.

    under_way: movements that one side had at the end of the day and the other may not have had.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    bank: str
    bank_frozen_minor: int | None
    bank_minor: int | None
    changed_at: AwareDatetime
    currency: str
    day: date
    decided_by: str | None
    holder: str
    id: str
    kind: Literal["amount", "missing", "unknown", "total"]
    ledger_frozen_minor: int | None
    ledger_minor: int | None
    number: str
    reason: str | None
    state: Literal["open", "explained", "resolved"]
    under_way: list[TransferId]


class DifferenceClosing(Shape):
    reason: str


class DifferenceTold(Shape):
    """
    An account is not the same in both books. holder: a customer, a listing, a purpose of the house, or nobody we know.
    """

    bank: str
    bank_minor: int | None
    currency: str
    day: date
    difference_id: str
    holder: str
    kind: Literal["amount", "missing", "unknown", "total"]
    ledger_minor: int | None
    reason: str | None
    state: Literal["open", "explained", "resolved"]


class DisputeEvidenceAnswer(Shape):
    """
    dispute_id: `dsp_…` of payments; debit_id: `mdb_…` that is disputed. evidence: what is sent, or, of `noted`, would be now (None while
    nothing is known of the debit). refusal: why payments did not take it. due_at: when it is sent.
    """

    added: str | None
    added_by: str | None
    amount: int
    answer_by: AwareDatetime
    changed_at: AwareDatetime
    currency: str
    debit_id: str
    dispute_id: str
    due_at: AwareDatetime | None
    evidence: str | None
    id: str
    loan_debit_id: str | None
    noted_at: AwareDatetime
    pledge_id: str | None
    reason: str
    refusal: str | None
    state: Literal["noted", "giving", "given", "refused", "unmatched"]


class DistributionAnswer(Shape):
    """
    Where a loan's repayment rests on its way to holders in another book: empty, unless it is moving.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    book_id: int
    currency: str
    loan_id: str
    moving: bool


class DocumentAnswer(Shape):
    """
    sha256: of the content, in hexadecimal; given_by: `cus_…` or `stf_…`.
    """

    given_at: AwareDatetime
    given_by: str
    id: str
    kind: Literal[
        "identity_card",
        "proof_of_income",
        "bank_statement",
        "proof_of_employment",
        "business_licence",
        "paper_application",
        "other",
    ]
    media_type: str
    sha256: str
    size_bytes: int


class DocumentRequest(Shape):
    """
    content: a PDF, JPEG or PNG of at most 1 MiB, in base64.
    """

    content: str
    kind: Literal[
        "identity_card",
        "proof_of_income",
        "bank_statement",
        "proof_of_employment",
        "business_licence",
        "paper_application",
        "other",
    ]


class DocumentsAnswer(Shape):
    items: list[DocumentAnswer]


class DueLine(Shape):
    """
    What is still owed of a row on the day; late_minor: late interest by then.
    """

    due_on: date
    interest_minor: int
    late_minor: int
    principal_minor: int
    row: int


class DuesAnswer(Shape):
    """
    What a loan owes on a day. due_minor: by then; settlement_minor: what ends the loan on that day, prepayment_fee_minor of it for
    paying ahead of time; None where rows not yet due were paid, which bars paying ahead.

    prepayment_fee_asked_minor: the fee as the programme has it; of it so much is taken that all she has paid, over the days she had the
    money, costs no more than ceiling_rate, the law's of the day of the contract. A part paid ahead costs at most most_prepayment_fee_minor.
    """

    bucket: str
    ceiling_rate: str
    currency: str
    days_past_due: int
    due_minor: int
    late_minor: int
    loan_id: str
    most_prepayment_fee_minor: int | None
    on: date
    owed_minor: int
    prepayment_fee_asked_minor: int | None
    prepayment_fee_minor: int | None
    rows: list[DueLine]
    settlement_minor: int | None


class EnrolmentAnswer(Shape):
    """
    Amounts in minor units. returned_minor: what came back and was given to the order to lend again. due_at: when time does something.

    out_minor to excess_minor: 0 until nothing is left. capital_days: what was out, summed over days; lost_minor: principal of loans that
    were given up; fees_minor, excess_minor: charged, attempts: in vain so far; waived: charged no more.
    """

    amount: int
    attempts: int
    back_minor: int
    capital_days: str
    changed_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    early: bool
    ended_at: AwareDatetime | None
    excess_minor: int
    exiting_at: AwareDatetime | None
    fees_minor: int
    id: str
    lender: str
    locked_at: AwareDatetime | None
    locked_until_at: AwareDatetime | None
    lost_minor: int
    out_minor: int
    plan: str
    reason: str | None
    reinvest: Literal["principal_and_interest", "principal", "nothing"]
    requested_at: AwareDatetime
    returned_minor: int
    sold_out_at: AwareDatetime | None
    standing_order_id: str
    state: Literal["investing", "locked", "free", "exiting", "settling", "ended", "cancelled"]
    version: int
    waived: bool


class EnrolmentFigures(Shape):
    """
    What was charged to who left a plan: transfers with `reference` = id from `account_id`, by code: `p2p.fee.plan` = fees,
    `p2p.plan.excess` = excess. Both 0 before, and where it was given up.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    currency: str
    excess_minor: int
    fees_minor: int
    id: str
    state: str


class EnrolmentRequest(Shape):
    """
    version: of the plan, as it was shown.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    version: int


class EnrolmentTold(Shape):
    """
    An enrolment came to another state. Amounts in minor units: out, back, fees, excess are 0 until nothing is left of it.

    reason: of an end, a code; early: she left before the lock-in was over; waived: what was charged was given up.
    """

    amount: int
    back_minor: int
    currency: str
    early: bool
    enrolment_id: str
    excess_minor: int
    fees_minor: int
    lender: str
    out_minor: int
    plan: str
    reason: str | None
    standing_order_id: str
    state: Literal["investing", "locked", "free", "exiting", "settling", "ended", "cancelled"]
    version: int
    waived: bool


class EnrolmentWithStanding(Shape):
    """
    What it has in claims. lent_minor, bought_for_minor: went out; received_minor, sold_for_minor: came back; outstanding_minor: of
    principal, of it overdue_minor nobody may buy now, unsellable_minor nobody ever, and it is paid out as it is repaid; offered_minor is
    offered. position: in the exit queue, from 1.
    """

    amount: int
    attempts: int
    back_minor: int
    bought_for_minor: int
    capital_days: str
    changed_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    early: bool
    ended_at: AwareDatetime | None
    excess_minor: int
    exiting_at: AwareDatetime | None
    fees_minor: int
    id: str
    lender: str
    lent_minor: int
    locked_at: AwareDatetime | None
    locked_until_at: AwareDatetime | None
    lost_minor: int
    offered_minor: int
    out_minor: int
    outstanding_minor: int
    overdue_minor: int
    plan: str
    position: int | None
    reason: str | None
    received_minor: int
    reinvest: Literal["principal_and_interest", "principal", "nothing"]
    requested_at: AwareDatetime
    returned_minor: int
    sold_for_minor: int
    sold_out_at: AwareDatetime | None
    standing_order_id: str
    state: Literal["investing", "locked", "free", "exiting", "settling", "ended", "cancelled"]
    unsellable_minor: int
    version: int
    waived: bool


class EntityTold(Shape):
    """
    What moved on the day in the books of an entity, which is as much on either side; minor units.
    """

    credit_minor: int
    currency: str
    debit_minor: int
    entity: str


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class EvidenceAdditionRequest(Shape):
    """
    text: what staff says besides, without personal data: it goes to the bank. give_now: not to wait for `due_at`.
    """

    give_now: bool | None = False
    text: str


class ExpectedAnswer(Shape):
    """
    To within a minor unit a row; the exact share is fixed when the row is repaid.
    """

    due_on: date
    interest_minor: int
    principal_minor: int


class ExposedAnswer(Shape):
    """
    held_minor: what borrowers paid it and it has not passed on.
    """

    capital_minor: int
    changed_at: AwareDatetime
    changed_by: str
    currency: str
    exposure_cap_minor: int
    exposure_minor: int
    held_minor: int | None = 0
    id: str
    licence_kind: str
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None
    name: str
    party: str
    suspended: bool
    version: int


class ExposureAnswer(Shape):
    """
    backed_minor: listings that may become loans, and what is owed on loans; claims_minor: of that its own claims against borrowers, for
    which it paid; paid_minor, recovered_minor: so far. Amounts in minor units.
    """

    backed_minor: int
    claims_minor: int
    loans: int
    paid_minor: int
    recovered_minor: int


class ExtensionRequest(Shape):
    """
    due_on: the new day; the milestones after it are put off by as many days.
    """

    due_on: date


class FactsRequest(Shape):
    """
    Declared facts, amounts in minor units of the application's currency, mortgage aside.

    monthly_debt_minor: paid on debts each month; debts_elsewhere_minor: owed to others in all; credit_limit_minor: credit granted
    by others in all; credit_inquiries_6m: half of the year's unless given.
    """

    accounts_past_due: int | None = 0
    annual_income_minor: Annotated[int, Field(description="minor units")]
    bankruptcies: int | None = 0
    credit_inquiries_12m: int | None = 0
    credit_inquiries_6m: int | None = None
    credit_limit_minor: Annotated[int, Field(description="minor units")]
    credit_since_year: int
    debts_elsewhere_minor: Annotated[int, Field(description="minor units")]
    employment_months: int
    home: Literal["own", "mortgage", "rent"]
    late_payments_2y: int | None = 0
    monthly_debt_minor: Annotated[int, Field(description="minor units")]


class FeeTierAnswer(Shape):
    interest_rate: str
    lent_minor: int


class FeeTierTerms(Shape):
    interest_rate: str
    lent_minor: Annotated[int, Field(description="minor units")]


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


class FundingProgrammeAnswer(Shape):
    """
    What a crowdfunding project may be made under.
    """

    code: str
    currency: str
    fee_rate: str
    goal: str
    largest_goal_minor: int
    least_goal_minor: int
    longest_open_days: int
    milestones_required: bool
    names: dict[str, str]
    public_benefit: bool
    refund_below_share: str | None
    remind_hours: int
    retry_days: int
    shortfall: str
    valid_from: date
    version: int


class FundingTerms(Shape):
    """
    A version of a programme of crowdfunding. fee_rate: of what is collected.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    fee_rate: str
    goal: Literal["all_or_nothing", "keep_it_all"]
    largest_goal_minor: Annotated[int, Field(description="minor units")]
    least_goal_minor: Annotated[int, Field(description="minor units")]
    longest_open_days: int
    milestones_required: bool | None = True
    names: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str]
    public_benefit: bool | None = False
    refund_below_share: str | None = None
    remind_hours: int | None = 48
    retry_days: int | None = 7
    shortfall: Literal["stays_funded", "refund_below_share"] | None = "stays_funded"
    valid_from: date


class GiftReceiptAnswer(Shape):
    """
    document: as it was issued; sha256: of its UTF-8 bytes, in hexadecimal. stands: what of the gift has not gone back since, by a
    refund or by the giver's bank: no more was given.
    """

    document: str
    issued_at: AwareDatetime
    pledge_id: str
    sha256: str
    stands: int


class GivenBackRequest(Shape):
    """
    reason: what staff saw, for the file.
    """

    reason: str


class GradeResultAnswer(Shape):
    bad_share: float
    cases: int
    expected_bad_share: float
    grade: str


class HandOverRequest(Shape):
    note: str | None = None
    to: str


class HolderFigures(Shape):
    """
    funded + bought − sold − principal received − compensated = outstanding, each also a sum of transfers into or out of `account_id`.

    bought, sold: of the `principal_minor` that transfers `p2p.resale.principal` carry in their metadata. What was paid or advanced for a
    loss is bought by who paid it, and compensated of who received it. …_fee: what of what she received the platform kept, for it came
    late: it never reached her account.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    borne_interest_minor: int | None = 0
    borne_late_minor: int | None = 0
    borne_principal_minor: int | None = 0
    bought_minor: int
    claim_id: str
    compensated_minor: int
    funded_minor: int
    holder: str
    interest_fees_minor: int | None = 0
    interest_kept_minor: int | None = 0
    interest_received_minor: int
    late_kept_minor: int | None = 0
    late_received_minor: int
    outstanding_minor: int
    principal_kept_minor: int | None = 0
    principal_received_minor: int
    sold_minor: int


class HouseAccountAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    currency: str
    purpose: str


class IdentityRequest(Shape):
    """
    identity_number: of a resident, or an organisation's unified social credit code: 18 characters with a correct check digit.
    Sealed at rest and never answered.
    """

    identity_number: str
    name: str


class ImportRequest(Shape):
    """
    Rows of a file as text cells that `header` names.

    first_line: the line of the file at which `rows` begins (2 is the first below a header), so that a refusal can name its own.
    """

    file: str
    first_line: int
    header: list[str]
    rows: list[list[str | None]]
    source: Literal["lendingclub.loans", "lendingclub.running_loans"]


class Imported(Shape):
    """
    Up to a thousand rows of a file were taken; told also when all of them were unchanged or refused.
    """

    accepted: int
    import_id: str
    refused: int
    source: str
    unchanged: int


class InstructionAnswer(Shape):
    """
    subject: the record it is for; reason: why it was refused or taken back.
    """

    asked_at: AwareDatetime
    bank: str
    booked_at: AwareDatetime | None
    id: str
    mode: Literal["atomic", "independent"]
    posted_at: AwareDatetime | None
    reason: str | None
    state: Literal["asked", "accepted", "posted", "refused", "undoing", "undone"]
    subject: str


class InstructionLine(Shape):
    """
    bank_result, ledger_result: None where there is no answer yet, or nothing was asked.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount_minor: int
    authorisation_id: str | None
    bank_result: str | None
    code: str
    credit_account_id: AccountId | None
    debit_account_id: AccountId | None
    kind: Literal["top_up", "withdrawal", "freeze", "release", "settle", "transfer"]
    ledger_result: str | None
    transfer_id: TransferId
    undone_at: AwareDatetime | None


class InstructionWithLines(Shape):
    asked_at: AwareDatetime
    bank: str
    booked_at: AwareDatetime | None
    id: str
    lines: list[InstructionLine]
    mode: Literal["atomic", "independent"]
    posted_at: AwareDatetime | None
    reason: str | None
    state: Literal["asked", "accepted", "posted", "refused", "undoing", "undone"]
    subject: str


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class KeyAnswer(Shape):
    """
    An Ed25519 key as a JWK (RFC 8037).
    """

    crv: str
    kid: str
    kty: str
    x: str


class LayerAnswer(Shape):
    """
    A layer of the programme's waterfall that owes something now. asked_minor: principal; paid_minor: paid for the loan so far.
    """

    asked_minor: int
    bearer: Literal["reserve_fund", "guarantor", "originator"]
    layer: int
    paid_minor: int


class LenderFeeAnswer(Shape):
    """
    What a lender pays under a programme now, in minor units. lent_minor: all she has ever lent in its currency.

    next_from_minor, next_rate: from how much on, and what, she pays then; charged_minor: in the month; room_minor: what may still be
    charged in it, None without a cap; foreseen_minor: of `interest`, if that was given, received as one share today.
    """

    charged_minor: int
    currency: str
    foreseen_minor: int | None
    interest_rate: str
    lent_minor: int
    month: date
    next_from_minor: int | None
    next_rate: str | None
    programme: str
    room_minor: int | None
    version: int


class LenderFeeRules(Shape):
    """
    Shares of the interest that a lender receives, and of what is recovered for her late: collection_tiers say what it is later;
    most_collection_minor: of one repayment at most.
    """

    collection_after_days: int | None = 30
    collection_rate: str | None = "0"
    collection_tiers: list[CollectionTierTerms] | None = None
    interest_rate: str | None = "0"
    most_collection_minor: int | None = None
    most_monthly_minor: int | None = None
    most_payment_minor: int | None = None
    tiers: list[FeeTierTerms] | None = None


class LenderFeesAnswer(Shape):
    collection_after_days: int
    collection_rate: str
    collection_tiers: list[CollectionTierAnswer]
    interest_rate: str
    most_collection_minor: int | None
    most_monthly_minor: int | None
    most_payment_minor: int | None
    tiers: list[FeeTierAnswer]


class LineAnswer(Shape):
    """
    An account, in minor units. opening_minor, closing_minor: debits less credits.
    """

    account: Annotated[
        Literal[
            "cash",
            "claims",
            "counter_claims",
            "accrued_interest",
            "advances",
            "provisions",
            "funding",
            "contributions",
            "interest_income",
            "late_interest_income",
            "fee_income",
            "resale_result",
            "fee_expense",
            "commission_expense",
            "compensated_interest",
            "provision_expense",
            "loan_losses",
        ],
        Field(
            description="The chart, in the order in which it is shown. Debits increase assets and expenses, credits the others."
        ),
    ]
    closing_minor: int
    credit_minor: int
    debit_minor: int
    opening_minor: int


class ListingAnswer(Shape):
    """
    committed_minor: bids whose holds are placed or asked for; placed_minor: of those, placed; left_minor: may still be bid.

    highest_rate: of a reverse auction alone; annual_rate is the same until it is cleared. retained_minor: what the originator lends
    of it and keeps; committed_minor counts it.
    reason: why it failed, a code. borrower, account_id and application_id are shown to the borrower and to operators alone.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    amount: int
    annual_rate: str
    application_id: str | None
    borrower: str | None
    changed_at: AwareDatetime
    closes_at: AwareDatetime
    committed_minor: int
    currency: str
    full_at: AwareDatetime | None
    grade: str
    highest_rate: str | None
    id: str
    left_minor: int
    loan_id: str | None
    lot_minor: int
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    opened_at: AwareDatetime | None
    placed_minor: int
    programme: str
    programme_version: int
    purpose: str
    reason: str | None
    requested_at: AwareDatetime
    retained_minor: int | None = 0
    state: Literal["draft", "open", "full", "disbursing", "disbursed", "releasing", "failed"]
    term_months: int


class ListingFigures(Shape):
    """
    Holds that stand on a listing's account: its pending credits in payments. movement: a hold or release is under way.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    currency: str
    held_minor: int
    holds: int
    id: str
    state: str


class ListingFilled(Shape):
    """
    A listing is full. fill_seconds: business time from opening to full (满标时间); bids: how many fill it.
    """

    amount: int
    bids: int
    borrower: str
    currency: str
    fill_seconds: int
    grade: str
    listing_id: str
    programme: str


class ListingRequest(Shape):
    """
    annual_rate: named in a fixed-rate programme, left out where the programme prices by grade.

    lot_minor: least bid and step (the programme's unless given); closes_at: when bidding ends (7 days unless given).
    """

    amount: Annotated[int, Field(description="minor units")]
    annual_rate: str | None = None
    closes_at: AwareDatetime | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    lot_minor: int | None = None
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    programme: str
    term_months: int


class ListingTold(Shape):
    """
    A listing opened, reopened, or ended without a loan. reason: of the last, a code such as `deadline` or `withdrawn`.
    """

    amount: int
    annual_rate: str
    application_id: str
    borrower: str
    currency: str
    grade: str
    listing_id: str
    method: str
    programme: str
    programme_version: int
    reason: str | None
    state: Literal["open", "failed"]
    term_months: int


class LoanAnswer(Shape):
    """
    The contract as it was made. all_in_rate: with every fee, on the day of the contract; ceiling_rate: what the law allowed.

    borrower and her account are shown to herself and to operators alone.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    all_in_rate: str
    amount: int
    annual_rate: str
    application_id: str | None
    borrower: str | None
    borrower_account_id: AccountId | None
    ceiling_rate: str
    changed_at: AwareDatetime
    contracted_at: AwareDatetime
    currency: str
    day_count: str
    disbursed_at: AwareDatetime | None
    grade: str
    id: str
    listing_id: str
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    origination_fee_minor: int
    outstanding_minor: int
    payout_minor: int
    programme: str
    programme_version: int
    reason: str | None
    reserve_contribution_minor: int
    schedule_version: int
    starts_on: date
    state: Literal["disbursing", "repaying", "repaid", "written_off", "cancelled"]
    term_months: int


class LoanDebitAnswer(Shape):
    """
    A try to debit a mandate. used_minor: what of it pays repayment_id, the rest goes to her wallet; advanced: shared out with the
    platform's money before the bank had said how it ended. reason: of one that failed, a code.
    """

    advanced: bool
    amount_minor: int
    changed_at: AwareDatetime
    currency: str
    debit_id: str | None
    id: str
    loan_id: str
    number: int
    on_day: date
    reason: str | None
    repayment_id: str | None
    repayment_mandate_id: str
    requested_at: AwareDatetime
    state: Literal["asked", "sent", "advanced", "paid", "settled", "failed", "bounced", "unwound", "late", "returned"]
    used_minor: int


class LoanDebitTold(Shape):
    """
    reason: of one that failed, a code. used_minor: what of it pays the repayment; the rest goes to her wallet.
    """

    amount: int
    borrower: str
    currency: str
    loan_debit_id: str
    loan_id: str
    number: int
    reason: str | None
    repayment_id: str | None
    state: Literal["asked", "sent", "advanced", "paid", "settled", "failed", "bounced", "unwound", "late", "returned"]
    used_minor: int


class LoanFigures(Shape):
    """
    disbursed − principal repaid = outstanding. All 0 while it is being disbursed, and when it was cancelled.

    Transfers with `reference` = id: Σ `p2p.disbursement.principal` = disbursed = payout + fee + contribution (their own codes);
    Σ `p2p.repayment.principal`, `p2p.repayment.interest`, `p2p.repayment.late_interest`, less what was reversed under `p2p.reversal.…`,
    = what was repaid, by credit account what each holder received, but for what was kept of late money: of each kind Σ of holders'
    `…_kept_minor` = Σ `p2p.fee.collection.…`, less `p2p.reversal.collection.…`.
    Σ `p2p.loss.principal`, `p2p.loss.interest` = what somebody paid holders for a loss: the principal is compensated of who received it,
    and bought by who paid.
    Σ `p2p.resale.principal`, `p2p.resale.accrued`, `p2p.fee.resale` = what buyers of claims paid.
    Σ `p2p.fee.interest` less Σ `p2p.reversal.interest_fee` = interest fees, which holders' interest is told before.
    Σ `p2p.partner.holding_interest` = what a partner paid for passing money on late; with what it owes for that still, where the ledger is
    ahead.
    Σ `p2p.reversal.advance` = advanced, by credit account of each holder: what she could not give back of what was reversed.
    Σ `p2p.reversal.borne` = borne: what of it was paid past holders' accounts, by kind what each would have given back.
    payer_account_ids: from which repayments go to holders, and into which what is reversed comes: the borrower's wallet, the account into
    which a mandate is debited, those on the way to other books, and through which somebody passed on what she had paid him.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    borne_minor: int | None = 0
    borrower_account_id: AccountId
    compensated_interest_minor: int
    compensated_principal_minor: int
    currency: str
    disbursed_minor: int
    holders: list[HolderFigures]
    holding_interest_minor: int | None = 0
    holding_interest_owed_minor: int | None = 0
    id: str
    interest_fees_minor: int | None = 0
    interest_repaid_minor: int
    late_repaid_minor: int
    listing_id: str
    origination_fee_minor: int
    outstanding_minor: int
    payer_account_ids: list[AccountId] | None = None
    payout_minor: int
    prepayment_fees_minor: int
    principal_repaid_minor: int
    resale_paid_minor: int
    reserve_contribution_minor: int
    state: str


class LoanProvisionAnswer(Shape):
    """
    From on_day until the next of the same entity. rate_millionths: probability of default × loss given default.
    """

    currency: str
    entity: str
    exposure_minor: int
    loan_id: str
    on_day: date
    provision_minor: int
    rate_millionths: int
    stage: int


class LoanProvisionsAnswer(Shape):
    items: list[LoanProvisionAnswer]


class LoanTold(Shape):
    """
    A loan was paid out, came to nothing (reason: why), was repaid to the end or written off. amount: principal; all in minor units.
    """

    amount: int
    annual_rate: str
    application_id: str
    borrower: str
    currency: str
    grade: str
    holders: int
    listing_id: str
    loan_id: str
    origination_fee_minor: int
    outstanding_minor: int
    payout_minor: int
    programme: str
    programme_version: int
    reason: str | None
    reserve_contribution_minor: int
    term_months: int


class LossAnswer(Shape):
    """
    uncovered_minor: principal that lenders hold themselves; covered_minor: that somebody holds who paid them for it.
    """

    compensations: list[CompensationAnswer]
    covered_minor: int
    days_past_due: int
    loan_id: str
    uncovered_minor: int
    waiting: list[LayerAnswer]


class LossLayerAnswer(Shape):
    after_days: int
    bearer: Literal["lender", "reserve_fund", "guarantor", "originator"]
    covers: str
    share: str


class LossLayerTerms(Shape):
    """
    Who pays for a loss, from so many days past due, how much of what.
    """

    after_days: int
    bearer: Literal["lender", "reserve_fund", "guarantor", "originator"]
    covers: Literal["principal", "principal_and_interest"] | None = "principal"
    share: str | None = "1"


class MatchAnswer(Shape):
    """
    amount: of principal; price_minor: what it costs today; last_due_on: when the last of it is repaid. xirr: the caller's, after what
    the platform will have of her interest by her tier of today; gross_xirr: before that.
    """

    amount: int
    gross_xirr: str | None
    last_due_on: date
    loan_id: str
    price_minor: int
    sale_id: str
    xirr: str | None


class MatchesAnswer(Shape):
    """
    Slices for an amount that is not needed until a day. unmatched_minor: what no asset repaid by then is left for.
    """

    amount: int
    currency: str
    items: list[MatchAnswer]
    matched_minor: int
    programme: str
    unmatched_minor: int
    until_on: date


class MilestoneAnswer(Shape):
    """
    net, fee: what its payout moves to the creator and to the house, known once the project is funded.

    due_at: when its day is over, when staff must have decided, or when staff is told again.
    """

    changed_at: AwareDatetime
    due_at: AwareDatetime | None
    due_on: date
    evidence: str | None
    fee: int | None
    id: str
    net: int | None
    number: int
    project_id: str
    reason: str | None
    share: str
    state: Literal["planned", "overdue", "reported", "checked", "paying", "paid", "closed"]
    title: str
    used: int | None


class MilestoneRequest(Shape):
    """
    share: of the payout, all of them 1 together; due_on: the day by which it is reported.
    """

    due_on: date
    share: str
    title: str


class MilestoneTold(Shape):
    """
    A milestone changed its state, or has waited for staff for another week. net, fee: what its payout moves.
    """

    due_on: date
    fee: int | None
    milestone_id: str
    net: int | None
    number: int
    project_id: str
    reason: str | None
    state: Literal["planned", "overdue", "reported", "checked", "paying", "paid", "closed"]


class MonthAnswer(Shape):
    """
    month: `2026-12`.
    """

    interest_minor: int
    month: str
    principal_minor: int


class MovementAnswer(Shape):
    """
    kind: hold, release, disbursement, repayment, reversal, debit, compensation, purchase, plan_charge, project_collection,
    project_payout, project_refund.

    reference: that of its transfers; job: what finishes it, by name and record.
    """

    age_seconds: int
    amount_minor: int
    currency: str
    job: str
    job_record: UUID
    kind: str
    record: str
    reference: str
    since_at: AwareDatetime


class NamedPersonAnswer(Shape):
    case_id: str
    named_at: AwareDatetime
    relation: Literal["spouse", "parent", "child", "lawyer", "adviser", "guardian"]


class NamedPersonRequest(Shape):
    relation: Literal["spouse", "parent", "child", "lawyer", "adviser", "guardian"]


class NoteRequest(Shape):
    note: str


class OptionAnswer(Shape):
    code: str
    names: dict[str, str]


class OptionalNote(Shape):
    note: str | None = None


class OrderBid(Shape):
    """
    lender: `cus_…`.
    """

    amount: int
    bid_id: str
    lender: str
    standing_order_id: str


class OriginatorRequest(Shape):
    """
    party: under whom it calls and proposes.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    capital_minor: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    exposure_cap_minor: Annotated[int, Field(description="minor units")]
    licence_kind: Literal["micro_lending", "consumer_finance", "banking"]
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None = None
    name: str
    party: CustomerId
    suspended: bool | None = False


class OriginatorRules(Shape):
    """
    retained_share: of each loan, 0.05 to 0.15 or nothing; largest_exposure: a multiple of the originator's capital.
    pass_on_days: in which it passes on what borrowers paid it; holding_daily_rate: what that bears for each day after them.
    """

    holding_daily_rate: str | None = "0"
    largest_exposure: str
    pass_on_days: int | None = 3
    retained_rank: Literal["pari_passu", "subordinated"] | None = "pari_passu"
    retained_share: str


class OriginatorTold(Shape):
    """
    An originator was registered, or has other terms; amounts in minor units.
    """

    capital_minor: int
    currency: str
    exposure_cap_minor: int
    licence_kind: str
    licensed_until_on: date | None
    originator_id: str
    suspended: bool
    version: int


class OutcomeRequest(Shape):
    note: str | None = None
    outcome: Literal[
        "sent", "reached", "no_answer", "left_message", "declined", "promised", "wrong_person", "undelivered"
    ]


class OverdueAnswer(Shape):
    """
    Loans by how late their oldest unpaid row was. overdue_minor: principal and interest past due.
    """

    bucket: str
    loans: int
    outstanding_minor: int
    overdue_minor: int


class PageAccrualAnswer(Shape):
    items: list[AccrualAnswer]
    next: str | None = None


class PageAgentAnswer(Shape):
    items: list[AgentAnswer]
    next: str | None = None


class PageAgentFiguresAnswer(Shape):
    items: list[AgentFiguresAnswer]
    next: str | None = None


class PageAssessmentAnswer(Shape):
    items: list[AssessmentAnswer]
    next: str | None = None


class PageAuthorisationAnswer(Shape):
    items: list[AuthorisationAnswer]
    next: str | None = None


class PageBidAnswer(Shape):
    items: list[BidAnswer]
    next: str | None = None


class PageBookDayAnswer(Shape):
    items: list[BookDayAnswer]
    next: str | None = None


class PageCaseAnswer(Shape):
    items: list[CaseAnswer]
    next: str | None = None


class PageCaseStepAnswer(Shape):
    items: list[CaseStepAnswer]
    next: str | None = None


class PageChargebackAnswer(Shape):
    items: list[ChargebackAnswer]
    next: str | None = None


class PageChargebackDebtAnswer(Shape):
    items: list[ChargebackDebtAnswer]
    next: str | None = None


class PageClaimLeft(Shape):
    items: list[ClaimLeft]
    next: str | None = None


class PageCollectionAnswer(Shape):
    items: list[CollectionAnswer]
    next: str | None = None


class PageCollectionRequestAnswer(Shape):
    items: list[CollectionRequestAnswer]
    next: str | None = None


class PageCommissionAnswer(Shape):
    items: list[CommissionAnswer]
    next: str | None = None


class PageCompensationAnswer(Shape):
    items: list[CompensationAnswer]
    next: str | None = None


class PageContactAnswer(Shape):
    items: list[ContactAnswer]
    next: str | None = None


class PageCustodyAccountAnswer(Shape):
    items: list[CustodyAccountAnswer]
    next: str | None = None


class PageCustodyPaymentAnswer(Shape):
    items: list[CustodyPaymentAnswer]
    next: str | None = None


class PageDeliveryAnswer(Shape):
    items: list[DeliveryAnswer]
    next: str | None = None


class PageDifferenceAnswer(Shape):
    items: list[DifferenceAnswer]
    next: str | None = None


class PageDisputeEvidenceAnswer(Shape):
    items: list[DisputeEvidenceAnswer]
    next: str | None = None


class PageDistributionAnswer(Shape):
    items: list[DistributionAnswer]
    next: str | None = None


class PageEnrolmentAnswer(Shape):
    items: list[EnrolmentAnswer]
    next: str | None = None


class PageEnrolmentFigures(Shape):
    items: list[EnrolmentFigures]
    next: str | None = None


class PageFundingProgrammeAnswer(Shape):
    items: list[FundingProgrammeAnswer]
    next: str | None = None


class PageInstructionAnswer(Shape):
    items: list[InstructionAnswer]
    next: str | None = None


class PageListingAnswer(Shape):
    items: list[ListingAnswer]
    next: str | None = None


class PageListingFigures(Shape):
    items: list[ListingFigures]
    next: str | None = None


class PageLoanAnswer(Shape):
    items: list[LoanAnswer]
    next: str | None = None


class PageLoanDebitAnswer(Shape):
    items: list[LoanDebitAnswer]
    next: str | None = None


class PageLoanFigures(Shape):
    items: list[LoanFigures]
    next: str | None = None


class PaperRequest(Shape):
    """
    What stands on the paper, and the paper: a PDF, JPEG or PNG of at most 1 MiB in base64. borrower: whose it is.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    agent_id: str | None = None
    amount: Annotated[int, Field(description="minor units")]
    borrower: CustomerId
    borrower_kind: Literal["natural_person", "organisation"] | None = "natural_person"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    facts: FactsRequest
    identity: IdentityRequest
    paper: str
    purpose: Literal[
        "consumption", "education", "home_improvement", "medical", "small_business", "debt_consolidation", "other"
    ]
    term_months: int


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


class PartAnswer(Shape):
    """
    What of a row it pays, over which days that was earned.
    """

    amount_minor: int
    from_on: date
    kind: Literal["late", "fee", "interest", "principal"]
    row_number: int
    to_on: date


class PartnerReceiptAnswer(Shape):
    """
    pass_on_by: the last day without interest; daily_rate: of each day after it; passed_on: when the holders had it; interest_minor: what
    it cost the partner to be late; reason: why the last try was refused, a code, or why it was given back.
    """

    amount: int
    changed_at: AwareDatetime
    currency: str
    daily_rate: str
    due_at: AwareDatetime | None
    id: str
    interest_minor: int
    loan_id: str
    originator_id: str
    pass_on_by: date
    passed_on: date | None
    reason: str | None
    received_on: date
    recorded_at: AwareDatetime
    repayment_id: str | None
    state: Literal["held", "passing", "owing", "passed", "returned"]


class PartnerReceiptRequest(Shape):
    """
    What a borrower paid: any part of what she owed on that day, or all of it and whole later rows.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    loan_id: str
    received_on: date


class PartnerReceiptTold(Shape):
    """
    A partner received money from a borrower, passed it on, paid the interest for what came late, or gave it back; minor units.
    """

    amount_minor: int
    currency: str
    interest_minor: int
    loan_id: str
    originator_id: str
    pass_on_by: date
    passed_on: date | None
    receipt_id: str
    state: Literal["held", "passing", "owing", "passed", "returned"]


class PartyAnswer(Shape):
    amount_minor: int
    party: str
    role: str
    sha256: str
    signature: str


class PlanTold(Shape):
    """
    One may join a version of a plan from now on, or no more. total: of all who are in it.
    """

    currency: str
    lock_in_days: int
    plan: str
    state: Literal["published", "closed"]
    total: int
    version: int


class PledgeAnswer(Shape):
    """
    reason: why it lapsed, failed or was dropped, or what its charge waits for, a code (`review_required`: somebody at payments looks at
    it, under decision_id). mandate_id: to be signed at `POST /v1/mandates/{id}/signature` of payments
    until `due_at`; of `retrying`, due_at is the next charge. account_id: the wallet that was charged, where a refund
    goes. refunded, reversed: what of a pledge that was collected went back to her, and what her bank took back.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    amount: int
    attempts: int
    backer: str
    changed_at: AwareDatetime
    currency: str
    decision_id: str | None
    due_at: AwareDatetime | None
    id: str
    made_at: AwareDatetime
    mandate_id: str | None
    pays_from: Literal["wallet", "mandate"]
    project_id: str
    reason: str | None
    refunded: int
    reversed: int
    state: Literal[
        "pending",
        "unsigned",
        "standing",
        "withdrawn",
        "lapsed",
        "released",
        "charging",
        "retrying",
        "dropped",
        "collected",
        "refunded",
        "charged_back",
    ]
    tier_id: str | None


class PledgeChangeRequest(Shape):
    """
    The reward and the amount that she wants instead; of a mandate at most what it was signed for.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    tier_id: str | None = None


class PledgeRequest(Shape):
    """
    tier_id: the reward wanted; left out for a gift. pays_from: her wallet, or a mandate that she signs in payments for a bound card.

    agrees: that she is charged when the project's time ends well, by the terms that the project tells, and gives back what her bank
    takes back for her after she was refunded.
    """

    agrees: Literal[True]
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    pays_from: Literal["wallet", "mandate"] | None = "wallet"
    tier_id: str | None = None


class PledgeTold(Shape):
    """
    A pledge stands, was changed, withdrawn or lapsed; was collected, dropped, or its charge failed; or its bank took it back.

    `charging` with `review_required`: somebody at payments looks at its charge first.

    `retrying` is the reminder to its backer: it is charged again at `due_at`. reason: a code. What ends all pledges of a project at
    once is told of the project.
    """

    amount: int
    backer: str
    currency: str
    due_at: str | None
    pledge_id: str
    project_id: str
    reason: str | None
    state: Literal[
        "pending",
        "unsigned",
        "standing",
        "withdrawn",
        "lapsed",
        "released",
        "charging",
        "retrying",
        "dropped",
        "collected",
        "refunded",
        "charged_back",
    ]


class PortfolioAnswer(Shape):
    """
    One currency of a lender's open and past claims. xirr: of all money paid and received, what is outstanding taken at par today.

    by_state: outstanding by state (`current`, `overdue`, `repaid`, `sold`, `compensated`); by_bucket: likewise with `M0` to `M6+` by days
    past due; expected: by due day, over all claims. doubtful_minor: what is more than 90 days past due; xirr_net: with that as lost;
    both yields are after fees.
    """

    accrued_minor: int
    by_bucket: dict[str, int]
    by_state: dict[str, int]
    claims: int
    concentration: Concentration
    currency: str
    doubtful_minor: int
    expected: list[ExpectedAnswer]
    expected_by_month: list[MonthAnswer]
    funded_minor: int
    interest_received_minor: int
    largest_share: str | None
    outstanding_minor: int
    principal_received_minor: int
    xirr: str | None
    xirr_net: str | None


class PortfoliosAnswer(Shape):
    """
    complete: False where only the newest claims are counted.
    """

    complete: bool
    items: list[PortfolioAnswer]


class PrepaymentAnswer(Shape):
    fee_months: int
    fee_rate: str
    partly: bool


class PrepaymentRules(Shape):
    """
    fee_rate: of the principal paid before it is due, in the first fee_months.
    """

    fee_months: int | None = 0
    fee_rate: str | None = "0"
    partly: bool | None = True


class PreviewRequest(Shape):
    """
    With `programme` and `grade`: on its terms and with its fees; without: plain terms, no fees. starts_on: today unless given.
    """

    amount: Annotated[int, Field(description="minor units")]
    annual_rate: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    grade: Literal["A", "B", "C", "D", "E"] | None = None
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    programme: str | None = None
    starts_on: date | None = None
    term_months: int


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


class ProgrammeTold(Shape):
    """
    What is made from valid_from on keeps to another version.
    """

    kind: str
    programme: str
    valid_from: date
    version: int


class ProgressAnswer(Shape):
    """
    The few figures that a page asks for again and again. left: of each reward, by id; None where there is no end of it.
    """

    backers: int
    closes_at: AwareDatetime
    goal: int
    id: str
    left: dict[str, int | None]
    pledged: int
    progress: str
    state: Literal[
        "draft",
        "submitted",
        "recommended",
        "opening",
        "live",
        "collecting",
        "funded",
        "delivering",
        "fulfilled",
        "undelivered",
        "refunding",
        "refunded",
        "failed",
        "declined",
        "cancelled",
    ]


class ProjectAnswer(Shape):
    """
    pledged, backers: of pledges that stand; after the deadline they stay what they were then. progress: pledged ÷ goal.

    collected: what backers paid; paid: the creator received; fee: the house received; refunded: went back; held: is on its account.
    account_id: for its creator and for operators alone. due_at: when its state ends by itself.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    backers: int
    changed_at: AwareDatetime
    charged_back: int
    closed_at: AwareDatetime | None
    closes_at: AwareDatetime
    collected: int
    creator: str
    currency: str
    due_at: AwareDatetime | None
    fee: int
    goal: int
    held: int
    id: str
    made_at: AwareDatetime
    opened_at: AwareDatetime | None
    paid: int
    pledged: int
    programme: str
    programme_version: int
    progress: str
    reason: str | None
    recovered: int
    refunded: int
    state: Literal[
        "draft",
        "submitted",
        "recommended",
        "opening",
        "live",
        "collecting",
        "funded",
        "delivering",
        "fulfilled",
        "undelivered",
        "refunding",
        "refunded",
        "failed",
        "declined",
        "cancelled",
    ]
    surplus: Literal["same_purpose", "return"] | None
    title: str
    use_report: str | None
    used: int | None


class ProjectFigures(Shape):
    """
    collected + recovered − charged_back − paid − fee − refunded = held. The balance of `account_id` is held, or 0 where that is less
    than nothing, which payments is owed then; give or take what is under way.

    Transfers with `reference` = id, by code: `p2p.crowdfunding.payout` = paid, `….fee` = fee, `….refund` = refunded,
    `….chargeback.repayment` and `….chargeback.cover` = recovered; what came in is `….collection`, and debits under mandates
    (`mandate.debit…`, each under its own reference, as what banks took back of them: `charge.reversed`, `card_dispute.…`).
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    charged_back_minor: int
    collected_minor: int
    currency: str
    fee_minor: int
    held_minor: int
    id: str
    paid_minor: int
    recovered_minor: int
    refunded_minor: int
    state: str


class ProjectRefundAnswer(Shape):
    """
    reason: why it was stopped, a code; due_at: when a stopped one goes on by itself.
    """

    amount: int
    asked_by: str
    batches: int
    cause: Literal["shortfall", "milestone_missed", "staff", "surplus"]
    changed_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    id: str
    made_at: AwareDatetime
    project_id: str
    reason: str | None
    shares: int
    state: Literal["running", "stopped", "done"]


class ProjectRefundTold(Shape):
    """
    A mass refund began, was stopped, goes on or is done. amount: all of it; reason: why it was stopped, a code.
    """

    amount: int
    batches: int
    cause: Literal["shortfall", "milestone_missed", "staff", "surplus"]
    currency: str
    project_id: str
    project_refund_id: str
    reason: str | None
    shares: int
    state: Literal["running", "stopped", "done"]


class ProjectStepAnswer(Shape):
    event: (
        Literal[
            "submit",
            "return",
            "recommend",
            "approve",
            "decline",
            "open",
            "collect",
            "fail",
            "fund",
            "pay_out",
            "fulfil",
            "give_up",
            "refund",
            "refunded",
            "returned",
            "cancel",
        ]
        | None
    )
    number: int
    reason: str | None
    state: Literal[
        "draft",
        "submitted",
        "recommended",
        "opening",
        "live",
        "collecting",
        "funded",
        "delivering",
        "fulfilled",
        "undelivered",
        "refunding",
        "refunded",
        "failed",
        "declined",
        "cancelled",
    ]
    taken_at: AwareDatetime
    taken_by: str


class ProjectStepsAnswer(Shape):
    items: list[ProjectStepAnswer]


class ProjectTold(Shape):
    """
    A project entered a state. reason: a code; pledged, collected and the rest in minor units.
    """

    backers: int
    collected: int
    creator: str
    currency: str
    goal: int
    pledged: int
    programme: str
    programme_version: int
    project_id: str
    reason: str | None
    refunded: int
    state: Literal[
        "draft",
        "submitted",
        "recommended",
        "opening",
        "live",
        "collecting",
        "funded",
        "delivering",
        "fulfilled",
        "undelivered",
        "refunding",
        "refunded",
        "failed",
        "declined",
        "cancelled",
    ]


class PromiseAnswer(Shape):
    """
    paid_minor: what was repaid from when it was made to the end of its day, once it is decided.
    """

    amount: int
    case_id: str
    currency: str
    decided_at: AwareDatetime | None
    due_at: AwareDatetime | None
    due_on: date
    id: str
    loan_id: str
    made_at: AwareDatetime
    paid_minor: int | None
    state: Literal["open", "kept", "partly_kept", "broken"]


class PromiseRequest(Shape):
    """
    So much by the end of a day.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    due_on: date


class PromiseTold(Shape):
    amount: int
    case_id: str
    currency: str
    due_on: date
    loan_id: str
    paid_minor: int | None
    promise_id: str
    state: Literal["open", "kept", "partly_kept", "broken"]


class ProposalRequest(Shape):
    """
    borrower: the customer for whom it is; she lists it herself.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: Annotated[int, Field(description="minor units")]
    borrower: CustomerId
    borrower_kind: Literal["natural_person", "organisation"] | None = "natural_person"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    facts: FactsRequest
    identity: IdentityRequest
    purpose: Literal[
        "consumption", "education", "home_improvement", "medical", "small_business", "debt_consolidation", "other"
    ]
    term_months: int


class PurchaseAnswer(Shape):
    """
    amount: of principal. buyer, seller: shown to each alone, and to operators. reason: a code (`insufficient_funds`, `no_wallet`, …).
    """

    accrued_minor: int
    amount: int
    buyer: str | None
    changed_at: AwareDatetime
    claim_id: str | None
    currency: str
    fee_minor: int
    id: str
    loan_id: str
    price_minor: int
    reason: str | None
    requested_at: AwareDatetime
    sale_id: str
    seller: str | None
    standing_order_id: str | None
    state: Literal["pending", "settled", "refused"]
    traded_on: date


class PurchaseRequest(Shape):
    """
    amount: of principal, all that is left of the sale or a number of lots; price_minor: what the quote of today says that it costs.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    price_minor: Annotated[int, Field(description="minor units")]


class PurchaseTold(Shape):
    """
    A slice passed on (amount: its principal, price_minor: what the buyer paid), or the ledger refused its money (reason: a code).
    """

    accrued_minor: int
    amount: int
    buyer: str
    currency: str
    fee_minor: int
    loan_id: str
    price_minor: int
    programme: str
    purchase_id: str
    reason: str | None
    sale_id: str
    seller: str
    state: Literal["settled", "refused"]


class QuestionAnswer(Shape):
    code: str
    names: dict[str, str]
    options: list[OptionAnswer]


class QuestionnaireAnswer(Shape):
    """
    names: by language (`zh`, `en`). most_a_day, most_a_year: how often it may be answered, as limits_source says.
    """

    limits_source: str
    most_a_day: int
    most_a_year: int
    questions: list[QuestionAnswer]
    valid_from: date
    valid_months: int
    version: int


class QueueShown(Shape):
    """
    Those who are leaving plans of a currency. waiting, unsold_minor: how many, and what of their claims is not sold; overdue_minor: of
    it, what nobody may buy now; unsellable_minor: what nobody ever may, and is paid out as it is repaid. left: who got out in the last
    ninety days; median_days, longest_days: how long that took them.
    """

    left: int
    longest_days: int | None
    median_days: int | None
    overdue_minor: int
    unsellable_minor: int
    unsold_minor: int
    waiting: int


class QueuedAnswer(Shape):
    enrolment_id: str
    exiting_at: AwareDatetime


class QuoteAnswer(Shape):
    """
    What a slice of so much principal costs and brings, today. Amounts in minor units.

    accrued_minor: interest earned to the day, of which accrued_paid_minor is in the price; the rest stays the seller's when the row is
    paid. price_minor: all that the buyer pays; fee_minor: of it, kept from the seller. fair_minor: what is still to come, discounted at
    discount_rate (yearly, compounded). lots: a part is a number of lot_minor.

    xirr: the buyer's, at the price, after what the platform will have of her interest by her tier of today, interest_fees_minor in all;
    gross_xirr: before that; so are the amounts expected. To a seller, who does not know her buyer, as of one who has lent nothing yet.
    """

    accrued: str
    accrued_minor: int
    accrued_paid_minor: int
    amount: int
    annual_rate: str
    claim_id: str
    currency: str
    discount_rate: str
    expected: list[ExpectedAnswer]
    fair_minor: int
    fee_minor: int
    grade: str
    gross_xirr: str | None
    in_parts: bool
    interest_fees_minor: int
    last_due_on: date
    loan_id: str
    lot_minor: int
    next_due_on: date
    price_minor: int
    price_share: str
    proceeds_minor: int
    programme: str
    xirr: str | None


class ReasonAnswer(Shape):
    """
    A reason in words.
    """

    code: str
    en: str
    zh: str


class ReasonRequest(Shape):
    """
    reason: a code.
    """

    reason: str


class ReasonTextAnswer(Shape):
    code: str
    en: str
    zh: str


class ReceiptsAnswer(Shape):
    """
    Where a loan's mandates are debited to: empty, but for what is moving and at most most_minor that its bank has not taken yet.

    advanced_minor: what the platform paid there in the borrower's place, under `p2p.debit.chargeback.advance`; repaid_minor: what of it she
    has paid to the platform, under `….chargeback.repayment`.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    currency: str
    loan_id: str
    most_minor: int
    moving: bool
    repaid_minor: int


class RefundBatchAnswer(Shape):
    amount: int
    number: int
    paid_at: AwareDatetime | None
    shares: int


class RefusedRow(Shape):
    code: str
    detail: str
    field: str | None
    file: str
    line: int


class RelatedAnswer(Shape):
    from_on: date
    party: str
    relation: str
    source: str
    until_on: date | None


class RelatedRequest(Shape):
    """
    Loans to her are shown apart from that day on. source: where that is written.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    from_on: date
    party: CustomerId
    relation: Literal["shareholder", "management", "relative", "controlled"]
    source: str


class RemainingRow(Shape):
    balance_minor: int
    interest_minor: int
    number: int
    principal_minor: int


class ReminderTold(Shape):
    """
    She is to be reminded now: the time was looked at, and the contact counts.
    """

    borrower: str
    case_id: str
    contact_id: str
    currency: str
    days_past_due: int
    loan_id: str
    overdue_minor: int


class RepaymentAnswer(Shape):
    """
    row: of the schedule, the first it pays of; reason: why it was refused, a code such as `insufficient_funds`; then the same may be
    repaid again. late_minor: late interest; fee_minor: of paying ahead of time, to the platform; paid_on: as of which it pays.
    """

    amount: int
    attempt: int
    changed_at: AwareDatetime
    currency: str
    fee_minor: int
    id: str
    interest_minor: int
    late_minor: int
    loan_id: str
    paid_on: date
    prepay: Literal["term", "instalment"] | None
    principal_minor: int
    reason: str | None
    requested_at: AwareDatetime
    row: int
    source: Literal["borrower", "collection", "partner"]
    state: Literal["pending", "shared", "refused", "reversing", "reversed"]


class RepaymentMandateAnswer(Shape):
    """
    mandate_id: at payments, where she signs it (`POST /v1/mandates/{id}/signature`) for her card or her wallet.

    `stopped`: it can be debited no more, reason says why; what is due is taken from her wallet again.
    """

    changed_at: AwareDatetime
    currency: str
    id: str
    loan_id: str
    mandate_id: str | None
    most_minor: int
    most_monthly_minor: int
    reason: str | None
    requested_at: AwareDatetime
    state: Literal["requested", "unsigned", "active", "stopped", "ended"]
    valid_until: date


class RepaymentMandateRequest(Shape):
    """
    What may be debited at one time (an instalment at least) and in a month, and until when (the loan's last due day at least).
    """

    most_minor: Annotated[int, Field(description="minor units")]
    most_monthly_minor: Annotated[int, Field(description="minor units")]
    valid_until: date


class RepaymentMandateTold(Shape):
    """
    `stopped`: it can be debited no more (reason: a code), and what is due is taken from her wallet again.
    """

    borrower: str
    loan_id: str
    reason: str | None
    repayment_mandate_id: str
    state: Literal["requested", "unsigned", "active", "stopped", "ended"]


class RepaymentRequest(Shape):
    """
    amount: any part of what is due, or all of it and whole later rows. prepay: what is more than due repays principal ahead of time;
    `term` lowers the instalments, `instalment` ends the loan sooner.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    prepay: Literal["term", "instalment"] | None = None


class RepaymentSourceAnswer(Shape):
    """
    How what is due is taken today. mandate: that which is debited; wallet_first: whether her wallet is asked before it.

    retry_days: after each due day, on which the mandate is debited again for what is still owed of it.
    """

    loan_id: str
    mandate: RepaymentMandateAnswer | None
    retry_days: list[int]
    source: Literal["wallet", "mandate"]
    wallet_first: bool


class RepaymentTold(Shape):
    """
    A repayment reached its holders, was refused (reason: a code), or was reversed. amount: all of it; minor units.

    holders: who received; outstanding_minor: principal owed after it; overdue_days: how late it was, 0 if not; row: the first it pays of;
    fee_minor: of paying ahead of time, to the platform; source: `borrower`, `collection`, or `partner` who had been paid by her.
    """

    amount: int
    attempt: int
    borrower: str
    currency: str
    fee_minor: int
    holders: int
    interest_minor: int
    late_minor: int
    loan_id: str
    outstanding_minor: int
    overdue_days: int
    principal_minor: int
    programme: str
    reason: str | None
    repayment_id: str
    row: int
    source: Literal["borrower", "collection", "partner"]
    state: Literal["shared", "refused", "reversed"]


class RepaymentsAnswer(Shape):
    items: list[RepaymentAnswer]


class ReportRequest(Shape):
    """
    evidence: what was done, and where it can be seen; used: of a public benefit, what of the money paid out was spent so far.
    """

    evidence: str
    used: int | None = None


class ReportSummaryAnswer(Shape):
    currency: str
    made_at: AwareDatetime
    month: str
    reason: str | None
    version: int


class ReportTold(Shape):
    """
    A month's report was published, or corrected (version above 1).
    """

    currency: str
    month: str
    version: int


class RequestDecisionRequest(Shape):
    """
    answer: what she is told.
    """

    answer: str
    decision: Literal["grant", "decline"]


class RequestTold(Shape):
    """
    kind: `hardship` or `stop_contact`.
    """

    borrower: str
    case_id: str
    kind: str
    request_id: str
    state: str


class ResaleAnswer(Shape):
    accrued: str
    fee_rate: str
    held_days: int
    in_parts: bool
    largest_price: str
    least_price: str
    longest_open_days: int


class ResaleRules(Shape):
    """
    Prices are shares of principal and accrued interest; the fee is a share of the price, from the seller.
    """

    accrued: Literal["buyer_pays_at_trade", "split_when_paid"] | None = "buyer_pays_at_trade"
    fee_rate: str
    held_days: int
    in_parts: bool | None = True
    largest_price: str
    least_price: str
    longest_open_days: int | None = 7


class ResaleWishAnswer(Shape):
    largest_price: str
    least_price: str
    least_yield: str
    longest_months: int


class ResaleWishRequest(Shape):
    """
    Which offers of claims the order buys, of its programmes and grades. least_yield: yearly, at the price; prices: shares of principal
    and accrued interest; longest_months: until the last row is due.
    """

    largest_price: str | None = "1.05"
    least_price: str | None = "0.5"
    least_yield: str
    longest_months: int | None = 360


class RestructuringAnswer(Shape):
    """
    due_at: until when it waits for the second person, or for the borrower; agreed_on: the day from which it holds.
    """

    agreed_on: date | None
    annual_rate: str | None
    changed_at: AwareDatetime
    due_at: AwareDatetime | None
    first_due_on: date | None
    id: str
    loan_id: str
    periods: int
    proposed_at: AwareDatetime
    reason: str
    state: Literal["proposed", "offered", "accepted", "declined", "withdrawn", "expired"]


class RestructuringDecision(Shape):
    decision: Literal["accept", "decline"]


class RestructuringRequest(Shape):
    """
    annual_rate, first_due_on: left out to stay as they are; periods: instalments after those due by the day of acceptance.
    """

    annual_rate: str | None = None
    first_due_on: date | None = None
    periods: int
    reason: str


class RestructuringTold(Shape):
    """
    Other terms for a loan were proposed, offered to its borrower, or ended one way or another.
    """

    annual_rate: str | None
    borrower: str
    loan_id: str
    periods: int
    restructuring_id: str
    state: Literal["proposed", "offered", "accepted", "declined", "withdrawn", "expired"]


class ReturnRequest(Shape):
    """
    reason: a code.
    """

    reason: str


class ReversalRequest(Shape):
    """
    reason: why the money did not stay, for the file.
    """

    reason: str


class RollRatesAnswer(Shape):
    """
    Running loans by bucket at the end of one day (rows, and `new`) and of another (columns, and `closed`).

    counts: how many; before_minor, after_minor: what they owed of principal at the one and at the other. rates, rates_by_amount: each
    cell's part of its row, by number and by what was owed before, six places; none for a row of nothing.
    """

    after_minor: list[list[int]]
    before_minor: list[list[int]]
    counts: list[list[int]]
    currency: str
    from_day: date
    from_states: list[str]
    rates: list[list[str | None]]
    rates_by_amount: list[list[str | None]]
    to_day: date
    to_states: list[str]


class RoundAnswer(Shape):
    """
    moment: the book as the round saw it; after: the place behind which it began.
    """

    after: int
    chosen: int
    considered: int
    left: int
    moment: int
    number: int


class RunAnswer(Shape):
    """
    considered: looks at orders over all rounds; reached: the place in the queue up to which the last round looked; left: of the
    listing, at its last look.
    """

    changed_at: AwareDatetime
    considered: int
    id: str
    left: int
    listing_id: str
    number: int
    outcome: Literal["full", "exhausted", "closed"] | None
    reached: int
    rounds: int
    started_at: AwareDatetime
    state: Literal["running", "finished"]
    trigger: Literal["opened", "room"]


class RunWithRounds(Shape):
    changed_at: AwareDatetime
    considered: int
    id: str
    left: int
    listing_id: str
    number: int
    outcome: Literal["full", "exhausted", "closed"] | None
    reached: int
    rounds: int
    seen: list[RoundAnswer]
    started_at: AwareDatetime
    state: Literal["running", "finished"]
    trigger: Literal["opened", "room"]


class RunningLoanAnswer(Shape):
    """
    What the file says, and what explains it. issued_on: the first of the month; difference_minor: balance told less balance explained;
    odd_days: by how much the first period differs from a month; extra_minor: principal repaid beyond `instalments_paid`.
    """

    annual_rate: str
    balance_minor: int
    currency: str
    difference_minor: int
    explained: Literal["by_instalments", "with_extra", "settled", "written_off"]
    extra_minor: int
    id: str
    imported_at: AwareDatetime
    instalment_minor: int
    instalments_paid: int
    issued_on: date
    odd_days: str | None
    paid_interest_minor: int
    paid_late_fees_minor: int
    paid_principal_minor: int
    principal_minor: int
    source: str
    source_row: str
    status: str
    term_months: int


class RunningLoansReport(Shape):
    """
    Of all loans of a source. odd_days_usual: those from −18 to +14 days, of `odd_days_known`; extras_minor: all payments beyond
    instalments, which `GET /v1/running-loans?explained=with_extra` lists one by one.
    """

    balance_minor: int
    by_instalments: int
    extras_minor: int
    largest_difference_minor: int
    loans: int
    odd_days_known: int
    odd_days_usual: int
    settled: int
    source: str
    with_extra: int
    written_off: int


class SaleAnswer(Shape):
    """
    amount: of principal, of which sold_minor is sold. seller: shown to herself and to operators alone.

    reason: why it was voided (`repayment`, `purchase`, `claim_changed`, …); due_at: when it ends by itself.
    """

    amount: int
    changed_at: AwareDatetime
    claim_id: str
    claim_version: int
    currency: str
    due_at: AwareDatetime | None
    id: str
    left_minor: int
    loan_id: str
    offered_at: AwareDatetime
    price_share: str
    promised_on: date | None
    reason: str | None
    seller: str | None
    sold_minor: int
    state: Literal["open", "buying", "sold", "voided", "expired", "withdrawn"]


class SaleRequest(Shape):
    """
    amount: of principal, all that is held of the claim or a number of lots; price_share: of principal and accrued interest.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    price_share: str


class SaleTold(Shape):
    """
    A claim was offered, or its offer ended. Amounts of principal, minor units; reason: why it was voided.
    """

    amount: int
    claim_id: str
    currency: str
    loan_id: str
    price_share: str
    reason: str | None
    sale_id: str
    seller: str
    sold_minor: int
    state: Literal["open", "sold", "voided", "expired", "withdrawn"]


class ScheduleLine(Shape):
    """
    …_paid_minor: what was repaid of it by now, in part or whole; paid_at: when nothing of it was left unpaid.
    """

    balance_minor: int
    days: int
    due_on: date
    from_on: date
    interest_minor: int
    interest_paid_minor: int
    late_paid_minor: int
    number: int
    paid_at: AwareDatetime | None
    payment_minor: int
    principal_minor: int
    principal_paid_minor: int
    repayment_id: str | None


class ScheduleRow(Shape):
    """
    A due payment in minor units; balance_minor is owed after it.
    """

    balance_minor: int
    days: int
    due_on: date
    from_on: date
    interest_minor: int
    number: int
    payment_minor: int
    principal_minor: int


class SeparationAnswer(Shape):
    """
    auc: the chance that a case that ended well scores above one that went bad; ks: the largest lead of one over the other.
    """

    auc: float
    gini: float
    ks: float
    ks_cut: float


class ShareAnswer(Shape):
    """
    transfer_id: the transfer in payments that brings, or would have brought, the share. amount_minor: by which her claim is paid;
    fee_minor: what of it is the platform's: collection_fee_minor, for it came late, and interest_fee_minor.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount_minor: int
    claim_id: str
    collection_fee_minor: int
    fee_minor: int
    holder: str
    interest_fee_minor: int
    kind: Literal["principal", "interest", "late"]
    transfer_id: TransferId


class SharesAnswer(Shape):
    """
    parts: what it pays of which row; items: who receives it.
    """

    items: list[ShareAnswer]
    parts: list[PartAnswer]


class ShipmentRequest(Shape):
    pledge_id: str
    tracking: str


class ShipmentsAnswer(Shape):
    """
    skipped: not owed by this project, or shipped before.
    """

    project_id: str
    shipped: list[str]
    skipped: list[str]


class ShipmentsRequest(Shape):
    """
    Rewards that are on their way, each once.
    """

    items: list[ShipmentRequest]


class SliceRefusalAnswer(Shape):
    """
    A promise that was refused by rule: shorter than its asset (`maturity_gap`), or of several claims at once (`pool`).
    """

    asked_on: date
    claim_id: str
    claims: int
    fault: Literal["maturity_gap", "pool"]
    last_due_on: date | None
    party: str
    refused_at: AwareDatetime


class SlicesRequest(Shape):
    """
    claim_ids: one claim; more would be a pool. promised_on: the day by which buyers have all back, not before the asset's last row.
    """

    amount: Annotated[int, Field(description="minor units")]
    claim_ids: list[str]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    price_share: str
    promised_on: date


class StabilityAnswer(Shape):
    """
    csi: how far a characteristic moved from the cases learned from to those judged.
    """

    characteristic: str
    csi: float
    points_shift: float


class StageAnswer(Shape):
    """
    Loans of an entity in a stage, what it stands to lose of them, and what it keeps for that; minor units.
    """

    currency: str
    entity: str
    exposure_minor: int
    loans: int
    provision_minor: int
    stage: int


class StandingOrderAnswer(Shape):
    """
    committed: of the budget, what bids take that were not given back, and what purchases cost; managed: by a plan, less what
    came back, so that it may be below zero; refusals: of holds, in a row; place: in the book's own numbers,
    which grow with `queued_at`; reason: of a pause or an end, a code.
    """

    budget: int
    changed_at: AwareDatetime
    committed: int
    currency: str
    expires_at: AwareDatetime
    grades: list[Literal["A", "B", "C", "D", "E"]]
    id: str
    least_amount: int
    lender: str
    lowest_rate: str
    managed: bool
    most_amount: int
    place: int | None
    programmes: list[str]
    queued_at: AwareDatetime | None
    reason: str | None
    refusals: int
    requested_at: AwareDatetime
    resale: ResaleWishAnswer | None
    reserve: int
    share_cap: str
    state: Literal["opening", "active", "paused", "ended"]
    terms_months: list[int]
    version: int


class StandingOrderRequest(Shape):
    """
    lowest_rate: the floor; least_amount, most_amount: of one loan; share_cap: of one loan's amount, all of it unless given;
    budget: in all; reserve: must stay available in the wallet after a hold, of purchases too; expires_at: a year from now unless given;
    resale: it buys claims as well.
    """

    budget: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    expires_at: AwareDatetime | None = None
    grades: list[Literal["A", "B", "C", "D", "E"]]
    least_amount: Annotated[int, Field(description="minor units")]
    lowest_rate: str
    most_amount: Annotated[int, Field(description="minor units")]
    programmes: list[str]
    resale: ResaleWishRequest | None = None
    reserve: Annotated[int | None, Field(description="minor units")] = 0
    share_cap: str | None = "1"
    terms_months: list[int]


class StandingOrderTold(Shape):
    """
    A standing order became active, was paused or ended. lender: `cus_…`; reason: a code such as `three_refusals` or `expired`.
    """

    budget: int
    committed: int
    currency: str
    lender: str
    reason: str | None
    standing_order_id: str
    state: Literal["active", "paused", "ended"]


class StepAnswer(Shape):
    event: Literal["open", "fill", "contract", "disburse", "reopen", "fail", "released"] | None
    number: int
    reason: str | None
    state: Literal["draft", "open", "full", "disbursing", "disbursed", "releasing", "failed"]
    taken_at: AwareDatetime
    taken_by: str


class StepRequest(Shape):
    """
    A step that is no contact. note: which agency, which court, under which number.
    """

    action: Literal["agency", "lawsuit"]
    note: str


class StepsAnswer(Shape):
    items: list[StepAnswer]


class SuretyAnswer(Shape):
    """
    account_id: its deposit, from which it pays; null until it is known. originator_id: whose loans it buys back, and whose terms it has;
    licensed_until: 2999-12-31 where that is open-ended.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    cap_minor: int
    capital_minor: int
    changed_at: AwareDatetime
    changed_by: str
    currency: str
    id: str
    kind: Literal["guarantor", "originator"]
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    name: str
    originator_id: str | None = None
    programmes: list[str]
    registered_at: AwareDatetime
    state: Literal["opening", "active", "ended"]


class SuretyChange(Shape):
    """
    capital: what it may have paid and not recovered at most; cap: what it may back at most; programmes: whose loans it backs.
    """

    cap: Annotated[int, Field(description="minor units")]
    capital: Annotated[int, Field(description="minor units")]
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    name: str
    programmes: list[str]


class SuretyRequest(Shape):
    """
    A guarantor, or an originator who buys back. originator_id: as which it proposes loans; these are its terms from now on.
    """

    cap: Annotated[int, Field(description="minor units")]
    capital: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["guarantor", "originator"]
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    name: str
    originator_id: str | None = None
    programmes: list[str]


class SuretyTold(Shape):
    """
    A guarantor or originator became active, has other terms, or ended; amounts in minor units.
    """

    cap_minor: int
    capital_minor: int
    currency: str
    kind: Literal["guarantor", "originator"]
    licensed_until: date
    state: Literal["opening", "active", "ended"]
    surety_id: str


class SuretyWithExposure(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    cap_minor: int
    capital_minor: int
    changed_at: AwareDatetime
    changed_by: str
    currency: str
    exposure: ExposureAnswer
    id: str
    kind: Literal["guarantor", "originator"]
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    name: str
    originator_id: str | None = None
    programmes: list[str]
    registered_at: AwareDatetime
    state: Literal["opening", "active", "ended"]


class TermsRequest(Shape):
    """
    licensed_until_on: the licence's last day, absent while it is open-ended; exposure_cap_minor: most that may be owed on its loans.
    """

    capital_minor: Annotated[int, Field(description="minor units")]
    exposure_cap_minor: Annotated[int, Field(description="minor units")]
    licence_kind: Literal["micro_lending", "consumer_finance", "banking"]
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None = None
    name: str
    suspended: bool | None = False


class TieOutAnswer(Shape):
    """
    bank_minor: all that the bank states; ledger_minor: what the ledger says the bank keeps.
    """

    accounts: int
    bank: str
    bank_minor: int
    currency: str
    day: date
    differences: int
    ledger_minor: int
    made_at: AwareDatetime


class TieOutList(Shape):
    items: list[TieOutAnswer]


class TieOutTold(Shape):
    """
    A day of a custody bank was compared with the ledger, account by account.
    """

    accounts: int
    bank: str
    bank_minor: int
    currency: str
    day: date
    differences: int
    ledger_minor: int


class TierAnswer(Shape):
    """
    left: None where there are as many as are asked for.
    """

    delivers_on: date
    description: str
    id: str
    left: int | None
    number: int
    price: int
    stock: int | None
    title: str


class TierRequest(Shape):
    """
    A reward. stock: left out for as many as are asked for; delivers_on: the day promised.
    """

    delivers_on: date
    description: str
    price: Annotated[int, Field(description="minor units")]
    stock: int | None = None
    title: str


class TrialBalanceAnswer(Shape):
    """
    Of one entity. debit_minor and credit_minor, what moved on the day, are equal; so are the debit and credit balances at its end.
    """

    closing_credit_minor: int
    closing_debit_minor: int
    credit_minor: int
    currency: str
    day: date
    debit_minor: int
    entity: str
    lines: list[LineAnswer]


class TrialBalancesAnswer(Shape):
    """
    Of every entity that has a book in the currency; single lenders read their own.
    """

    currency: str
    day: date
    entities: list[TrialBalanceAnswer]


class UnrelatedRequest(Shape):
    """
    until_on: the first day on which she is a related party no more.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    party: CustomerId
    until_on: date


class UseRequest(Shape):
    """
    used: what of the money paid out was spent; report: for what.
    """

    report: str
    used: Annotated[int, Field(description="minor units")]


class WaitingAnswer(Shape):
    """
    place: in the order in which the fund pays. asked_minor: principal it owes the lenders of the loan, interest beside; paid_minor:
    principal and interest it paid for it so far; uncovered_minor: principal that lenders hold themselves.
    """

    asked_minor: int
    days_past_due: int
    loan_id: str
    paid_minor: int
    place: int
    uncovered_minor: int


class WhyRun(Shape):
    """
    What one run made of the order. position: its place among all that the run looked at, considered: how many;
    version, place, committed: of the order, as the run saw it; amount, bound_by: what it lent, and the cap that bound it (`most_amount`,
    `share_cap`, `lender_share`, `budget`, `left_of_listing`).

    reasons: codes: of the refusal or release of the bid; why it was skipped (`lender_chosen`, `below_least`); what kept it from the queue
    (`not_made_yet`, `not_active`, `expired`, `own_listing`, `currency`, `programme`, `grade`, `term`, `rate_below_floor`, `out_of_budget`,
    `share_cap_below_least` and the like of each cap, `lender_has_bid`, `refused_before`: its hold, for this listing; `not_for_plans`,
    `no_custody_account`, `level_too_low`); why its place was not reached (`no_look`: the run ended before it looked; `full_before`).
    """

    amount: int
    bid_id: str | None
    bid_state: Literal["pending", "placed", "refused", "releasing", "released", "funded"] | None
    bound_by: str | None
    committed: int | None
    considered: int
    number: int
    outcome: Literal["full", "exhausted", "closed"] | None
    place: int | None
    position: int | None
    reasons: list[str]
    run_id: str
    started_at: AwareDatetime
    trigger: Literal["opened", "room"]
    verdict: Literal["filled", "refused", "released", "waiting", "skipped", "not_eligible", "not_reached"]
    version: int | None


class WhySale(Shape):
    """
    What one look made of the order. position: its place among all that were asked, considered: how many; version, place, committed: of
    the order, as the look saw it; amount, price_minor, bound_by: what it took, what that costs, and the cap that bound it (`most_amount`,
    `share_cap`, `lender_share`, `budget`, `left_of_sale`). left, yield_rate: of the offer then.

    reasons: codes: of the refusal of its money; why it was skipped (`budget_below_least`, `level_too_low`, …); what kept it from being
    asked (`not_active`, `grade`, `yield_below_floor`, `price`, `term`, `out_of_budget`, `plan_holds_claim`,
    `not_for_plans`, …).
    """

    amount: int
    bound_by: str | None
    committed: int | None
    considered: int
    left: int
    look: int
    looked_at: AwareDatetime
    place: int | None
    position: int | None
    price_minor: int
    purchase_id: str | None
    reasons: list[str]
    verdict: Literal["bought", "refused", "waiting", "skipped", "not_eligible", "not_reached"]
    version: int | None
    yield_rate: str


class WriteOffAnswer(Shape):
    """
    uncovered_minor: of the principal owed, what lenders hold themselves. due_at: until when it may be decided.
    """

    changed_at: AwareDatetime
    days_past_due: int
    decided_by: str | None
    due_at: AwareDatetime | None
    id: str
    loan_id: str
    note: str | None
    outstanding_minor: int
    proposed_at: AwareDatetime
    proposed_by: str
    reason: str
    state: Literal["proposed", "approved", "rejected", "expired"]
    uncovered_minor: int


class WriteOffDecision(Shape):
    approve: bool
    note: str


class WriteOffRequest(Shape):
    reason: str


class YearAnswer(Shape):
    """
    A year's figures in one currency, minor units. net_minor: interest, gains and losses, less fees.

    interest_received_minor: from borrowers; accrued_sold_minor, accrued_bought_minor: interest in prices of claims, received and paid.
    compensated_minor, compensated_interest_minor: principal and interest that others paid or bore in the borrower's place.
    holding_interest_minor: from partners, for days on which they had money that was hers.
    gains_minor, losses_minor: of claims sold or repaid, over what they had cost on average.
    """

    accrued_bought_minor: int
    accrued_sold_minor: int
    bought_minor: int
    compensated_interest_minor: int
    compensated_minor: int
    currency: str
    fees_minor: int
    funded_minor: int
    gains_minor: int
    holding_interest_minor: int
    interest_received_minor: int
    losses_minor: int
    net_minor: int
    principal_received_minor: int
    sold_minor: int


class ServicesP2pApplicationsSchemasDecisionAnswer(Shape):
    """
    A step of an application. taken_by: `rule`, `checks`, `time`, `listing` or the party.
    """

    event: (
        Literal[
            "confirm",
            "clear",
            "refer",
            "refuse",
            "propose",
            "appeal",
            "withdraw",
            "approve",
            "decline",
            "list",
            "unlist",
            "fund",
            "expire",
        ]
        | None
    )
    limit_minor: int
    note: str | None
    number: int
    reason: str | None
    state: Literal[
        "keyed",
        "checking",
        "in_review",
        "proposed",
        "approved",
        "declined",
        "listed",
        "funded",
        "expired",
        "withdrawn",
        "recorded",
    ]
    taken_at: AwareDatetime
    taken_by: str


class ServicesP2pChecksSchemasCheckAnswer(Shape):
    """
    code: why it failed; lenders, owed_minor, past_due_minor: what the credit bureau knows of other lenders.
    """

    asked_at: AwareDatetime
    code: str | None
    ended_at: AwareDatetime | None
    kind: Literal["identity", "bureau"]
    lenders: int | None
    owed_minor: int | None
    past_due_minor: int | None
    state: Literal["pending", "passed", "failed"]
    tries: int


class ServicesP2pCollectionsSchemasAgedAnswer(Shape):
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    currency: str
    loans: int
    outstanding_minor: int
    overdue_minor: int
    programme: str


class ServicesP2pDisclosureSchemasReportAnswer(Shape):
    """
    `…_ever`: since the first loan; `…_now`, outstanding, overdue: at the month's end; else in the month.

    version: 1 as first published, above it a correction for its reason.
    """

    average_annual_rate: str
    average_loan_minor: int
    average_term_months: str
    borrowers_ever: int
    borrowers_now: int
    collection_fees_ever_minor: int
    collection_fees_minor: int
    compensated_ever_minor: int
    compensated_loans_ever: int
    currency: str
    interest_due_minor: int
    interest_fees_ever_minor: int
    interest_fees_minor: int
    largest_borrower_share: str
    lenders_ever: int
    lenders_now: int
    lent_ever_minor: int
    lent_minor: int
    loans: int
    loans_ever: int
    made_at: AwareDatetime
    month: str
    origination_fees_ever_minor: int
    origination_fees_minor: int
    outstanding_loans: int
    outstanding_minor: int
    overdue: list[OverdueAnswer]
    overdue_90_loans: int
    overdue_90_minor: int
    overdue_loans: int
    overdue_minor: int
    plan_fees_ever_minor: int
    plan_fees_minor: int
    prepayment_fees_ever_minor: int
    prepayment_fees_minor: int
    reason: str | None
    related_loans: int
    related_minor: int
    repaid_interest_minor: int
    repaid_principal_minor: int
    resale_fees_ever_minor: int
    resale_fees_minor: int
    reserve_contributions_minor: int
    reserve_fund_minor: int
    ten_largest_borrowers_share: str
    version: int
    written_off_loans: int
    written_off_minor: int


class ServicesP2pEnrolmentsSchemasPreviewAnswer(Shape):
    """
    What one is told before joining with an amount. left_minor: of the plan, for who joins; fees_minor: at the end, were all of it out.

    locked_until_on: where all is lent today; not later than by investing_days more. not_promised: what the lock-in does not promise.
    """

    above_cap: Literal["to_platform", "to_reserve_fund", "to_lender"] | None
    amount: int
    code: str
    currency: str
    early_exit: bool
    early_exit_fee_minor: int | None
    exit: Literal["automatic", "on_request"]
    exit_fee_minor: int
    income_cap: str | None
    investing_days: int
    joining_fee_minor: int
    left_minor: int
    locked_until_on: date
    not_promised: list[str]
    queue: QueueShown
    reinvest: Literal["principal_and_interest", "principal", "nothing"]
    version: int


class ServicesP2pMatchingSchemasDecisionAnswer(Shape):
    """
    version, place: of the order, as it was seen.
    """

    amount: int
    bid_id: str | None
    bound_by: str | None
    place: int
    position: int
    round: int
    standing_order_id: str
    verdict: Literal["chosen", "lender_chosen", "below_least", "level_too_low"]
    version: int


class ServicesP2pOffersSchemasPreviewAnswer(Shape):
    """
    effective_rate: compounded yearly rate with every fee (XIRR), None where the flows have none.
    """

    amount: int
    annual_rate: str
    ceiling: CeilingAnswer
    currency: str
    effective_rate: str | None
    interest_minor: int
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    origination_fee_minor: int
    payment_minor: int
    payout_minor: int
    reserve_contribution_minor: int
    rows: list[ScheduleRow]


class ServicesP2pOriginatorsSchemasOriginatorAnswer(Shape):
    """
    version: of its terms; licence_kind: of those to lend, or another in words, with which it stands behind loans and proposes none;
    party: its id as a surety where it calls nobody; exposure_minor: owed on its loans, and proposed, approved or listed.
    """

    capital_minor: int
    changed_at: AwareDatetime
    changed_by: str
    currency: str
    exposure_cap_minor: int
    id: str
    licence_kind: str
    licence_number: str
    licensed_from_on: date
    licensed_until_on: date | None
    name: str
    party: str
    suspended: bool
    version: int


class ServicesP2pProgrammesSchemasOriginatorAnswer(Shape):
    holding_daily_rate: str
    largest_exposure: str
    pass_on_days: int
    retained_rank: str
    retained_share: str


class ServicesP2pScorecardsSchemasReportAnswer(Shape):
    """
    How a learned card did on cases that are newer than those it was learned from. psi: how far scores moved between the two.
    """

    bands: list[CalibrationBandAnswer]
    brier: float
    characteristics: list[StabilityAnswer]
    grades: list[GradeResultAnswer]
    hosmer_lemeshow_p: float | None
    judged_bad: int
    judged_cases: int
    learned_cases: int
    psi: float
    separation: SeparationAnswer


class ServicesP2pServicingSchemasAgedAnswer(Shape):
    """
    Loans of a currency by days past due: M0 none, M1 1 to 30, … M6 151 to 180, M6+ more; stopped: of them, how many earn no more.
    """

    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    currency: str
    interest_minor: int
    loans: int
    outstanding_minor: int
    stopped: int


class ServicesP2pVerificationSchemasCheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    examined: int
    failed: int
    name: str
    offending: list[str]


class AgeingAnswer(Shape):
    """
    Every running loan as of a day.
    """

    day: date
    items: list[ServicesP2pCollectionsSchemasAgedAnswer]


class ApplicationAnswer(Shape):
    """
    reasons: codes, worst first, and as words; limit_minor: most she may list; due_at: when the state ends by itself.
    """

    amount: int
    borrower: str | None
    borrower_kind: Literal["natural_person", "organisation"]
    changed_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    grade: Literal["A", "B", "C", "D", "E"]
    id: str
    limit_minor: int
    origination: Literal["online", "partner", "branch"]
    purpose: str
    reasons: list[str]
    reasons_in_words: list[ReasonAnswer]
    score: int
    scorecard_version: str
    source: str
    state: Literal[
        "keyed",
        "checking",
        "in_review",
        "proposed",
        "approved",
        "declined",
        "listed",
        "funded",
        "expired",
        "withdrawn",
        "recorded",
    ]
    submitted_at: AwareDatetime
    term_months: int


class ApplicationRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    borrower_kind: Literal["natural_person", "organisation"] | None = "natural_person"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    facts: FactsRequest
    identity: IdentityRequest
    purpose: Literal[
        "consumption", "education", "home_improvement", "medical", "small_business", "debt_consolidation", "other"
    ]
    term_months: int


class BidsTold(Shape):
    """
    Bids of standing orders were placed in a listing by one round of its run, at most 500 an event; each is told once.
    """

    currency: str
    listing_id: str
    placed: list[OrderBid]


class BooksFigures(Shape):
    """
    ended_at: the first instant after the last day in the books; None before the first.
    """

    ended_at: AwareDatetime | None
    items: list[CashFigures]


class CaseDetailAnswer(Shape):
    """
    coming_steps: what the programme says comes if nothing is paid; named: whom she lets be spoken to.
    """

    assigned_until: AwareDatetime | None
    assignee: str | None
    borrower: str
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    closed_at: AwareDatetime | None
    coming_steps: list[ComingStep]
    currency: str
    days_past_due: int
    id: str
    loan_id: str
    looked_at: AwareDatetime
    named: list[Literal["spouse", "parent", "child", "lawyer", "adviser", "guardian"]]
    next_step: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"] | None
    next_step_on: date | None
    oldest_due_on: date
    opened_at: AwareDatetime
    outstanding_minor: int
    overdue_minor: int
    paused_until: AwareDatetime | None
    programme: str
    programme_version: int
    reason: str | None
    state: Literal["open", "paused", "closed"]


class ChecksAnswer(Shape):
    items: list[ServicesP2pChecksSchemasCheckAnswer]


class ClaimAnswer(Shape):
    """
    xirr: yearly, of what was paid and received and is still expected; accrued_minor: interest earned, not yet received.

    collection_fees_minor: what of what was received the platform kept, for it came late.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    accrued_minor: int
    annual_rate: str
    bought_minor: int
    bucket: str
    changed_at: AwareDatetime
    collection_fees_minor: int
    compensated_minor: int
    currency: str
    expected: list[ExpectedAnswer]
    funded_minor: int
    grade: str
    held_from_on: date
    holder: str
    id: str
    interest_received_minor: int
    late_received_minor: int
    loan_id: str
    loan_state: Literal["disbursing", "repaying", "repaid", "written_off", "cancelled"]
    next_due_on: date | None
    outstanding_minor: int
    overdue: bool
    principal_received_minor: int
    programme: str
    sold_minor: int
    version: int
    xirr: str | None


class DayBooked(Shape):
    """
    A day is in the books: its trial balances can be read. Single lenders are not named.
    """

    day: date
    entities: list[EntityTold]
    transfers: int


class DayCloseAnswer(Shape):
    """
    loans: done so far; aged: once it is closed.
    """

    aged: list[ServicesP2pServicingSchemasAgedAnswer]
    begun_at: AwareDatetime
    closed_at: AwareDatetime | None
    day: date
    loans: int
    state: Literal["closing", "closed"]


class DecisionsAnswer(Shape):
    items: list[ServicesP2pApplicationsSchemasDecisionAnswer]


class ImportAnswer(Shape):
    """
    accepted: new graded applications, or running loans; accepted + unchanged + refused = rows.
    """

    accepted: int
    file: str
    first_line: int
    id: str
    imported_at: AwareDatetime
    imported_by: str
    refused: list[RefusedRow]
    rows: int
    source: Literal["lendingclub.loans", "lendingclub.running_loans"]
    unchanged: int


class LendingTerms(Shape):
    """
    A version of a programme of lending. Rates are yearly; fees are shares of the amount for each year of the term.
    """

    accrual_stop_days: int | None = 90
    collection_steps: list[CollectionStepTerms] | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    custody: str | None = None
    day_count: Literal["30/360", "ACT/360", "ACT/365"]
    debiting: DebitRules | None = None
    distribution: Literal["when_final", "at_once"] | None = "when_final"
    grace_days: int | None = 0
    grades: list[Literal["A", "B", "C", "D", "E"]]
    highest_rate: str
    largest_amount_minor: Annotated[int, Field(description="minor units")]
    largest_lender_share: str | None = "1"
    late_daily_rate: str
    least_amount_minor: Annotated[int, Field(description="minor units")]
    lender_fees: LenderFeeRules | None = None
    lender_kind: str
    level_by_grade: Annotated[dict[Literal["A", "B", "C", "D", "E"], int] | None, Field(max_length=5)] = None
    longest_open_days: int
    loss_borne_by: Literal["lender", "reserve_fund", "guarantor", "originator"]
    loss_waterfall: list[LossLayerTerms] | None = None
    lot_minor: Annotated[int, Field(description="minor units")]
    lowest_rate: str
    methods: list[Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]]
    names: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str]
    origination: list[Literal["online", "partner", "branch", "first_lender"]] | None = None
    origination_fee_annual: Annotated[dict[Literal["A", "B", "C", "D", "E"], str] | None, Field(max_length=5)] = None
    originator: OriginatorRules | None = None
    plans: bool | None = False
    prepayment: PrepaymentRules | None = None
    rate_formation: Literal["fixed", "by_grade", "reverse_auction"]
    rates_by_grade: Annotated[dict[Literal["A", "B", "C", "D", "E"], str] | None, Field(max_length=5)] = None
    resale: ResaleRules | None = None
    reserve_contribution_annual: Annotated[dict[Literal["A", "B", "C", "D", "E"], str] | None, Field(max_length=5)] = (
        None
    )
    standing_orders: bool | None = True
    terms_months: list[int]
    valid_from: date


class LoanScheduleAnswer(Shape):
    """
    version: of the schedule; rows of one that is in force no more are shown as they were agreed.
    """

    currency: str
    loan_id: str
    rows: list[ScheduleLine]
    version: int


class PageApplicationAnswer(Shape):
    items: list[ApplicationAnswer]
    next: str | None = None


class PageClaimAnswer(Shape):
    items: list[ClaimAnswer]
    next: str | None = None


class PageDayCloseAnswer(Shape):
    items: list[DayCloseAnswer]
    next: str | None = None


class PageDecisionAnswer(Shape):
    items: list[ServicesP2pMatchingSchemasDecisionAnswer]
    next: str | None = None


class PageImportAnswer(Shape):
    items: list[ImportAnswer]
    next: str | None = None


class PageOriginatorAnswer(Shape):
    items: list[ServicesP2pOriginatorsSchemasOriginatorAnswer]
    next: str | None = None


class PagePartnerReceiptAnswer(Shape):
    items: list[PartnerReceiptAnswer]
    next: str | None = None


class PagePartyAnswer(Shape):
    items: list[PartyAnswer]
    next: str | None = None


class PagePledgeAnswer(Shape):
    items: list[PledgeAnswer]
    next: str | None = None


class PageProjectAnswer(Shape):
    items: list[ProjectAnswer]
    next: str | None = None


class PageProjectFigures(Shape):
    items: list[ProjectFigures]
    next: str | None = None


class PagePromiseAnswer(Shape):
    items: list[PromiseAnswer]
    next: str | None = None


class PagePurchaseAnswer(Shape):
    items: list[PurchaseAnswer]
    next: str | None = None


class PageQueuedAnswer(Shape):
    items: list[QueuedAnswer]
    next: str | None = None


class PageReceiptsAnswer(Shape):
    items: list[ReceiptsAnswer]
    next: str | None = None


class PageRelatedAnswer(Shape):
    items: list[RelatedAnswer]
    next: str | None = None


class PageRepaymentMandateAnswer(Shape):
    items: list[RepaymentMandateAnswer]
    next: str | None = None


class PageReportSummaryAnswer(Shape):
    items: list[ReportSummaryAnswer]
    next: str | None = None


class PageRestructuringAnswer(Shape):
    items: list[RestructuringAnswer]
    next: str | None = None


class PageRunAnswer(Shape):
    items: list[RunAnswer]
    next: str | None = None


class PageRunningLoanAnswer(Shape):
    items: list[RunningLoanAnswer]
    next: str | None = None


class PageSaleAnswer(Shape):
    items: list[SaleAnswer]
    next: str | None = None


class PageSliceRefusalAnswer(Shape):
    items: list[SliceRefusalAnswer]
    next: str | None = None


class PageStandingOrderAnswer(Shape):
    items: list[StandingOrderAnswer]
    next: str | None = None


class PageSuretyAnswer(Shape):
    items: list[SuretyAnswer]
    next: str | None = None


class PageWaitingAnswer(Shape):
    items: list[WaitingAnswer]
    next: str | None = None


class PageWhySale(Shape):
    items: list[WhySale]
    next: str | None = None


class PageWriteOffAnswer(Shape):
    items: list[WriteOffAnswer]
    next: str | None = None


class PlanAnswer(Shape):
    """
    state, published_at: of this version; published_by: somebody else than made it; the rest are its terms.
    """

    above_cap: Literal["to_platform", "to_reserve_fund", "to_lender"] | None
    code: str
    currency: str
    early_exit_fee_rate: str | None
    exit: Literal["automatic", "on_request"]
    exit_fee_rate: str
    expected_income: dict[str, str]
    grades: list[Literal["A", "B", "C", "D", "E"]]
    income_cap: str | None
    investing_days: int
    joining_fee_rate: str
    least_minor: int
    lock_in_days: int
    lowest_rate: str
    made_at: AwareDatetime
    made_by: str
    most_minor: int
    names: dict[str, str]
    offered_from_on: date
    offered_until_on: date
    programmes: list[str]
    published_at: AwareDatetime | None
    published_by: str | None
    reinvest: Literal["principal_and_interest", "principal", "nothing"]
    resale: ResaleWishAnswer | None
    share_cap: str
    state: Literal["draft", "published", "closed"]
    terms_months: list[int]
    total_minor: int
    version: int


class PlanTerms(Shape):
    """
    A version of a plan. Amounts in minor units; rates yearly. share_cap: of one loan; least, most: of one who joins; total: of all.

    investing_days: after which the lock-in begins, whether all is lent or not. expected_income: words that promise nothing. income_cap:
    yearly, on what was out; above_cap: whose the income above it is. Fees: shares of the most that was ever out at once, taken when
    everything has come back; early_exit_fee_rate: in place of exit_fee_rate, none where nobody leaves before the lock-in ends.
    resale: which offers it buys, none where it only lends.
    """

    above_cap: Literal["to_platform", "to_reserve_fund", "to_lender"] | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    early_exit_fee_rate: str | None = None
    exit: Literal["automatic", "on_request"] | None = "automatic"
    exit_fee_rate: str | None = "0"
    expected_income: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str]
    grades: list[Literal["A", "B", "C", "D", "E"]]
    income_cap: str | None = None
    investing_days: int
    joining_fee_rate: str | None = "0"
    least_minor: Annotated[int, Field(description="minor units")]
    lock_in_days: int
    lowest_rate: str
    most_minor: Annotated[int, Field(description="minor units")]
    names: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str]
    offered_from_on: date
    offered_until_on: date
    programmes: list[str]
    reinvest: Literal["principal_and_interest", "principal", "nothing"] | None = "principal_and_interest"
    resale: ResaleWishRequest | None = None
    share_cap: str | None = "1"
    terms_months: list[int]
    total_minor: Annotated[int, Field(description="minor units")]


class ProgrammeAnswer(Shape):
    """
    What may be offered under a programme. Rates are yearly; fees are shares of the amount for each year of the term.
    """

    accrual_stop_days: int
    code: str
    collection_steps: list[CollectionStepAnswer]
    currency: str
    custody: str | None
    day_count: str
    debiting: DebitTermsAnswer
    distribution: str
    grace_days: int
    grades: list[str]
    highest_rate: str
    largest_amount_minor: int
    largest_lender_share: str
    late_daily_rate: str
    least_amount_minor: int
    lender_fees: LenderFeesAnswer
    lender_kind: str
    level_by_grade: dict[str, int]
    longest_open_days: int
    loss_borne_by: Literal["lender", "reserve_fund", "guarantor", "originator"]
    loss_waterfall: list[LossLayerAnswer]
    lot_minor: int
    lowest_rate: str
    methods: list[str]
    names: dict[str, str]
    origination: list[str]
    origination_fee_annual: dict[str, str]
    originator: ServicesP2pProgrammesSchemasOriginatorAnswer | None
    plans: bool
    prepayment: PrepaymentAnswer
    rate_formation: Literal["fixed", "by_grade", "reverse_auction"]
    rates_by_grade: dict[str, str]
    resale: ResaleAnswer | None
    reserve_contribution_annual: dict[str, str]
    standing_orders: bool
    terms_months: list[int]
    valid_from: date
    version: int


class ProjectPageAnswer(Shape):
    """
    A project with everything that a backer reads. late_deliveries: rewards owed beyond the day promised.
    """

    late_deliveries: int
    milestones: list[MilestoneAnswer]
    project: ProjectAnswer
    shipping_note: str | None
    story: str
    terms: BackingTerms
    tiers: list[TierAnswer]


class ProjectRefundPage(Shape):
    """
    Its batches in the order in which they are paid.
    """

    batches: list[RefundBatchAnswer]
    refund: ProjectRefundAnswer


class ProjectRequest(Shape):
    """
    A draft, whole. shipping_note: for backers; surplus: of a public benefit, what becomes of gifts beyond the goal.

    What a bank takes back of a pledge after it was paid out, the creator owes to the project.
    """

    closes_at: AwareDatetime
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    goal: Annotated[int, Field(description="minor units")]
    milestones: list[MilestoneRequest] | None = None
    programme: str
    shipping_note: str | None = None
    story: str
    surplus: Literal["same_purpose", "return"] | None = None
    tiers: list[TierRequest] | None = None
    title: str


class ProvisionsAnswer(Shape):
    """
    source: of the rates that hold on the day.
    """

    day: date
    items: list[StageAnswer]
    source: str


class RemainingAnswer(Shape):
    """
    The instalments still to come, a month apart; the last one repays what is left.
    """

    rows: list[RemainingRow]


class ReserveFundAnswer(Shape):
    """
    balance_minor: what the fund has in payments, contributed + recovered + put in by others − paid; null while payments is away.
    claims_minor: what it holds against borrowers. It pays in `order`, as far as its balance goes; waiting: the first 200 whom it
    owes, all of them at `/v1/reserve-fund/waiting`.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    balance_minor: int | None
    claims_minor: int
    contributed_minor: int
    currency: str
    order: str
    paid_minor: int
    recovered_minor: int
    waiting: list[WaitingAnswer]


class ScorecardAnswer(Shape):
    """
    table: `scorecard/1`, every characteristic with its bins and points; report: None of a card made by hand.
    """

    code: str
    in_use: bool
    made_from: str
    reasons: list[ReasonTextAnswer]
    report: ServicesP2pScorecardsSchemasReportAnswer | None
    table: dict[str, Any]
    version: str


class ScorecardsAnswer(Shape):
    items: list[ScorecardAnswer]


class StatementAnswer(Shape):
    holder: str
    items: list[YearAnswer]
    year: int


class VerificationAnswer(Shape):
    """
    movements: the oldest thousand under way; one older than five minutes makes `movement_too_old` fail.
    """

    business_at: AwareDatetime
    checks: list[ServicesP2pVerificationSchemasCheckAnswer]
    holds: bool
    house_accounts: list[HouseAccountAnswer]
    movements: list[MovementAnswer]


class WhyAnswer(Shape):
    """
    runs: oldest first; none where the listing takes no standing orders.
    """

    listing_id: str
    runs: list[WhyRun]
    standing_order_id: str


class PagePlanAnswer(Shape):
    items: list[PlanAnswer]
    next: str | None = None


class PageProgrammeAnswer(Shape):
    items: list[ProgrammeAnswer]
    next: str | None = None
