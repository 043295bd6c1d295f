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


class AgedAnswer(Shape):
    """
    Loans of a currency by days past due: M0 none, M1 1 to 30, … M6 151 to 180, M6+ more; stopped: of them, how many earn no more.
    """

    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    currency: str
    interest_minor: int
    loans: int
    outstanding_minor: int
    stopped: int


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


class ApplicationAnswer(Shape):
    """
    reasons: codes, worst first; limit_minor: most she may list; due_at: when the state ends by itself.
    """

    amount: int
    borrower: str | None
    changed_at: AwareDatetime
    currency: str
    due_at: AwareDatetime | None
    grade: Literal["A", "B", "C", "D", "E"]
    id: str
    limit_minor: int
    purpose: str
    reasons: list[str]
    score: int
    scorecard_version: str
    source: str
    state: Literal["in_review", "approved", "declined", "listed", "funded", "expired", "recorded"]
    submitted_at: AwareDatetime
    term_months: int


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


class BidAnswer(Shape):
    """
    reason: why it was refused or released, a code (`insufficient_funds`, `no_wallet`, `withdrawn`, `listing_failed`, …).

    hold_id: the pending transfer behind it in payments.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount: int
    changed_at: AwareDatetime
    currency: str
    hold_id: TransferId | None
    id: str
    lender: str
    listing_id: str
    loan_id: str | None
    reason: str | None
    requested_at: AwareDatetime
    state: Literal["pending", "placed", "refused", "releasing", "released", "funded"]


class BidRequest(Shape):
    """
    amount: a number of the listing's lots.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class BidTold(Shape):
    """
    A bid was placed (its hold stands), refused, or released (its hold was voided). lender: `cus_…`; reason: a code.
    """

    amount: int
    bid_id: str
    currency: str
    lender: str
    listing_id: str
    reason: str | None
    state: Literal["placed", "refused", "released"]


class CeilingAnswer(Shape):
    """
    all_in_rate: what the borrower pays a year with every fee, on the schedule's own periods; ceiling: what the law allows.
    """

    all_in_rate: str
    ceiling: str
    reference_as_of: date | None
    source: str
    verdict: Literal["allowed", "kept_if_paid", "void"]


class CheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    examined: int
    failed: int
    name: str
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


class CollectionAnswer(Shape):
    """
    A try to collect what was due. round: 1 in the morning, 2 in the evening; repayment_id: what came of it, if anything was there.
    """

    available_minor: int
    loan_id: str
    on_day: date
    repayment_id: str | None
    round: int
    tried_at: AwareDatetime


class CollectionStepAnswer(Shape):
    action: str
    after_days: int


class CollectionStepTerms(Shape):
    action: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"]
    after_days: int


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


class DayCloseAnswer(Shape):
    """
    loans: done so far; aged: once it is closed.
    """

    aged: list[AgedAnswer]
    begun_at: AwareDatetime
    closed_at: AwareDatetime | None
    day: date
    loans: int
    state: Literal["closing", "closed"]


class DayClosed(Shape):
    """
    A day was closed: every loan that is being repaid has its accrual and its age.
    """

    aged: list[AgedTold]
    day: date
    loans: int


class DecisionAnswer(Shape):
    """
    A step of an application. taken_by: `rule`, `time`, `listing` or the party.
    """

    event: Literal["approve", "decline", "list", "unlist", "fund", "expire"] | None
    limit_minor: int
    note: str | None
    number: int
    reason: str | None
    state: Literal["in_review", "approved", "declined", "listed", "funded", "expired", "recorded"]
    taken_at: AwareDatetime
    taken_by: str


class DecisionRequest(Shape):
    """
    limit_minor: most she may list; the rule's own unless given. note: why, for the file; operators see it.
    """

    decision: Literal["approve", "decline"]
    limit_minor: int | None = None
    note: str | None = None


class DecisionsAnswer(Shape):
    items: list[DecisionAnswer]


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
    """

    bucket: str
    currency: str
    days_past_due: int
    due_minor: int
    late_minor: int
    loan_id: str
    on: date
    owed_minor: int
    prepayment_fee_minor: int | None
    rows: list[DueLine]
    settlement_minor: int | None


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class ExpectedAnswer(Shape):
    """
    To within a minor unit a row; the exact share is fixed when the row is repaid.
    """

    due_on: date
    interest_minor: int
    principal_minor: int


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


class FactsRequest(Shape):
    """
    Declared facts, amounts in minor units of the application's currency, mortgage aside.

    monthly_debt_minor: paid on debts each month; debts_elsewhere_minor: owed to others in all; credit_limit_minor: credit granted
    by others in all.
    """

    accounts_past_due: int | None = 0
    annual_income_minor: Annotated[int, Field(description="minor units")]
    bankruptcies: int | None = 0
    credit_inquiries_12m: int | None = 0
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


class HolderFigures(Shape):
    """
    funded + bought − sold − principal received − compensated = outstanding, each also a sum of transfers into or out of `account_id`.

    bought, sold: of the `principal_minor` that transfers `p2p.resale.principal` carry in their metadata. What was paid or advanced for a
    loss is bought by who paid it, and compensated of who received it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    bought_minor: int
    claim_id: str
    compensated_minor: int
    funded_minor: int
    holder: str
    interest_received_minor: int
    late_received_minor: int
    outstanding_minor: int
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
    identity_number: of a resident, 18 characters with a correct check digit. Sealed at rest and never answered.
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
    source: Literal["lendingclub.loans"]


class Imported(Shape):
    """
    Up to a thousand rows of a file were taken; told also when all of them were unchanged or refused.
    """

    accepted: int
    import_id: str
    refused: int
    source: str
    unchanged: int


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


class LenderFeeRules(Shape):
    """
    Shares of the interest that a lender receives, and of what is recovered for her late.
    """

    collection_after_days: int | None = 30
    collection_rate: str | None = "0"
    interest_rate: str | None = "0"
    most_monthly_minor: int | None = None
    tiers: list[FeeTierTerms] | None = None


class LenderFeesAnswer(Shape):
    collection_after_days: int
    collection_rate: str
    interest_rate: str
    most_monthly_minor: int | None
    tiers: list[FeeTierAnswer]


class ListingAnswer(Shape):
    """
    committed_minor: bids whose holds are placed or asked for; placed_minor: of those, placed; left_minor: may still be bid.

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


class LoanFigures(Shape):
    """
    disbursed − principal repaid = outstanding. All 0 while it is being disbursed, and when it was cancelled.

    Transfers with `reference` = id: Σ `p2p.disbursement.principal` = disbursed = payout + fee + contribution (their own codes);
    Σ `p2p.repayment.principal`, `p2p.repayment.interest`, `p2p.repayment.late_interest`, less what was reversed under `p2p.reversal.…`,
    = what was repaid, by credit account what each holder received. Σ `p2p.loss.principal`, `p2p.loss.interest` = what somebody paid
    holders for a loss: the principal is compensated of who received it, and bought by who paid.
    Σ `p2p.resale.principal`, `p2p.resale.accrued`, `p2p.fee.resale` = what buyers of claims paid.
    Σ `p2p.reversal.advance` = advanced, by credit account of each holder: what she could not give back of what was reversed.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    advanced_minor: int
    borrower_account_id: AccountId
    compensated_interest_minor: int
    compensated_principal_minor: int
    currency: str
    disbursed_minor: int
    holders: list[HolderFigures]
    id: str
    interest_repaid_minor: int
    late_repaid_minor: int
    listing_id: str
    origination_fee_minor: int
    outstanding_minor: int
    payout_minor: int
    prepayment_fees_minor: int
    principal_repaid_minor: int
    resale_paid_minor: int
    reserve_contribution_minor: int
    state: str


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
    amount: of principal; price_minor: what it costs today; last_due_on: when the last of it is repaid.
    """

    amount: int
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


class MonthAnswer(Shape):
    """
    month: `2026-12`.
    """

    interest_minor: int
    month: str
    principal_minor: int


class MovementAnswer(Shape):
    """
    kind: hold, release, disbursement, repayment, reversal, compensation or purchase; reference: that of its transfers.

    job: what finishes it, by name and record.
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


class OptionAnswer(Shape):
    code: str
    names: dict[str, str]


class OriginatorAnswer(Shape):
    largest_exposure: str
    retained_share: str


class OriginatorRules(Shape):
    """
    retained_share: of each loan; largest_exposure: a multiple of the originator's capital.
    """

    largest_exposure: str
    retained_share: str


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


class PageApplicationAnswer(Shape):
    items: list[ApplicationAnswer]
    next: str | None = None


class PageAssessmentAnswer(Shape):
    items: list[AssessmentAnswer]
    next: str | None = None


class PageBidAnswer(Shape):
    items: list[BidAnswer]
    next: str | None = None


class PageCollectionAnswer(Shape):
    items: list[CollectionAnswer]
    next: str | None = None


class PageCompensationAnswer(Shape):
    items: list[CompensationAnswer]
    next: str | None = None


class PageDayCloseAnswer(Shape):
    items: list[DayCloseAnswer]
    next: str | None = None


class PageFundingProgrammeAnswer(Shape):
    items: list[FundingProgrammeAnswer]
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


class PageLoanFigures(Shape):
    items: list[LoanFigures]
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


class PartAnswer(Shape):
    """
    What of a row it pays, over which days that was earned.
    """

    amount_minor: int
    from_on: date
    kind: Literal["late", "fee", "interest", "principal"]
    row_number: int
    to_on: date


class PartyAnswer(Shape):
    amount_minor: int
    party: str
    role: str
    sha256: str
    signature: str


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
    names: by language (`zh`, `en`).
    """

    questions: list[QuestionAnswer]
    valid_from: date
    valid_months: int
    version: int


class QuoteAnswer(Shape):
    """
    What a slice of so much principal costs and brings, today. Amounts in minor units.

    accrued_minor: interest earned to the day, of which accrued_paid_minor is in the price; the rest stays the seller's when the row is
    paid. price_minor: all that the buyer pays; fee_minor: of it, kept from the seller. fair_minor: what is still to come, discounted at
    discount_rate (yearly, compounded); xirr: the buyer's, at the price. lots: a part is a number of lot_minor.
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
    in_parts: bool
    last_due_on: date
    loan_id: str
    lot_minor: int
    next_due_on: date
    price_minor: int
    price_share: str
    proceeds_minor: int
    programme: str
    xirr: str | None


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
    source: Literal["borrower", "collection"]
    state: Literal["pending", "shared", "refused", "reversing", "reversed"]


class RepaymentRequest(Shape):
    """
    amount: any part of what is due, or all of it and whole later rows. prepay: what is more than due repays principal ahead of time;
    `term` lowers the instalments, `instalment` ends the loan sooner.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    prepay: Literal["term", "instalment"] | None = None


class RepaymentTold(Shape):
    """
    A repayment reached its holders, was refused (reason: a code), or was reversed. amount: all of it; minor units.

    holders: who received; outstanding_minor: principal owed after it; overdue_days: how late it was, 0 if not; row: the first it pays of;
    fee_minor: of paying ahead of time, to the platform; source: `borrower` or `collection`.
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
    source: Literal["borrower", "collection"]
    state: Literal["shared", "refused", "reversed"]


class RepaymentsAnswer(Shape):
    items: list[RepaymentAnswer]


class ReportAnswer(Shape):
    """
    `…_ever`: since the first loan; `…_now`, outstanding, overdue: at the month's end; else in the month.

    version: 1 as first published, above it a correction for its reason.
    """

    average_annual_rate: str
    average_loan_minor: int
    average_term_months: str
    borrowers_ever: int
    borrowers_now: int
    compensated_ever_minor: int
    compensated_loans_ever: int
    currency: str
    interest_due_minor: int
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
    reason: str | None
    related_loans: int
    related_minor: int
    repaid_interest_minor: int
    repaid_principal_minor: int
    reserve_contributions_minor: int
    reserve_fund_minor: int
    ten_largest_borrowers_share: str
    version: int
    written_off_loans: int
    written_off_minor: int


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


class ReversalRequest(Shape):
    """
    reason: why the money did not stay, for the file.
    """

    reason: str


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


class ShareAnswer(Shape):
    """
    transfer_id: the transfer in payments that brings, or would have brought, the share.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount_minor: int
    claim_id: str
    holder: str
    kind: Literal["principal", "interest", "late"]
    transfer_id: TransferId


class SharesAnswer(Shape):
    """
    parts: what it pays of which row; items: who receives it.
    """

    items: list[ShareAnswer]
    parts: list[PartAnswer]


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


class StepAnswer(Shape):
    event: Literal["open", "fill", "contract", "disburse", "reopen", "fail", "released"] | None
    number: int
    reason: str | None
    state: Literal["draft", "open", "full", "disbursing", "disbursed", "releasing", "failed"]
    taken_at: AwareDatetime
    taken_by: str


class StepsAnswer(Shape):
    items: list[StepAnswer]


class SuretyAnswer(Shape):
    """
    account_id: its deposit, from which it pays; null until it is known.
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
    A guarantor, or an originator who buys back.
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
    programmes: list[str]
    registered_at: AwareDatetime
    state: Literal["opening", "active", "ended"]


class UnrelatedRequest(Shape):
    """
    until_on: the first day on which she is a related party no more.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    party: CustomerId
    until_on: date


class VerificationAnswer(Shape):
    """
    movements: the oldest thousand under way; one older than five minutes makes `movement_too_old` fail.
    """

    business_at: AwareDatetime
    checks: list[CheckAnswer]
    holds: bool
    house_accounts: list[HouseAccountAnswer]
    movements: list[MovementAnswer]


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
    interest_received_minor: int
    losses_minor: int
    net_minor: int
    principal_received_minor: int
    sold_minor: int


class ApplicationRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    facts: FactsRequest
    identity: IdentityRequest
    purpose: Literal[
        "consumption", "education", "home_improvement", "medical", "small_business", "debt_consolidation", "other"
    ]
    term_months: int


class ClaimAnswer(Shape):
    """
    xirr: yearly, of what was paid and received and is still expected; accrued_minor: interest earned, not yet received.
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


class ImportAnswer(Shape):
    """
    accepted: new graded applications; accepted + unchanged + refused = rows.
    """

    accepted: int
    file: str
    first_line: int
    id: str
    imported_at: AwareDatetime
    imported_by: str
    refused: list[RefusedRow]
    rows: int
    source: Literal["lendingclub.loans"]
    unchanged: int


class LendingTerms(Shape):
    """
    A version of a programme of lending. Rates are yearly; fees are shares of the amount for each year of the term.
    """

    accrual_stop_days: int | None = 90
    collection_steps: list[CollectionStepTerms] | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    day_count: Literal["30/360", "ACT/360", "ACT/365"]
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


class PageClaimAnswer(Shape):
    items: list[ClaimAnswer]
    next: str | None = None


class PageImportAnswer(Shape):
    items: list[ImportAnswer]
    next: str | None = None


class PagePartyAnswer(Shape):
    items: list[PartyAnswer]
    next: str | None = None


class PagePurchaseAnswer(Shape):
    items: list[PurchaseAnswer]
    next: str | None = None


class PageRelatedAnswer(Shape):
    items: list[RelatedAnswer]
    next: str | None = None


class PageReportSummaryAnswer(Shape):
    items: list[ReportSummaryAnswer]
    next: str | None = None


class PageRestructuringAnswer(Shape):
    items: list[RestructuringAnswer]
    next: str | None = None


class PageSaleAnswer(Shape):
    items: list[SaleAnswer]
    next: str | None = None


class PageSliceRefusalAnswer(Shape):
    items: list[SliceRefusalAnswer]
    next: str | None = None


class PageSuretyAnswer(Shape):
    items: list[SuretyAnswer]
    next: str | None = None


class PageWriteOffAnswer(Shape):
    items: list[WriteOffAnswer]
    next: str | None = None


class PreviewAnswer(Shape):
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


class ProgrammeAnswer(Shape):
    """
    What may be offered under a programme. Rates are yearly; fees are shares of the amount for each year of the term.
    """

    accrual_stop_days: int
    code: str
    collection_steps: list[CollectionStepAnswer]
    currency: str
    day_count: str
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
    originator: OriginatorAnswer | None
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


class ReserveFundAnswer(Shape):
    """
    balance_minor: what the fund has in payments, contributed + recovered + put in by others − paid; null while payments is away.
    claims_minor: what it holds against borrowers. It pays in `order`, as far as its balance goes; waiting: the first whom it owes.
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


class StatementAnswer(Shape):
    holder: str
    items: list[YearAnswer]
    year: int


class PageProgrammeAnswer(Shape):
    items: list[ProgrammeAnswer]
    next: str | None = None
