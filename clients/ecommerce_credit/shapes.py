"""Generated from services/ecommerce_credit/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from clients.ids import AccountId, CustomerId, TransferId
from clients.shape import Shape


class CapitalMovementAnswer(Shape):
    """
    reason: why it was refused, a code such as `insufficient_funds`: of her wallet, or of the capital that is not lent.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    amount: int
    changed_at: AwareDatetime
    currency: str
    customer: str
    id: str
    kind: Literal["contribution", "withdrawal"]
    reason: str | None
    requested_at: AwareDatetime
    state: Literal["pending", "done", "refused"]


class CapitalRequest(Shape):
    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class CapitalTold(Shape):
    """
    Capital was put in or taken out by a funding party, or the ledger refused it (reason: a code). amount: minor units.
    """

    amount: int
    currency: str
    customer: str
    kind: Literal["contribution", "withdrawal"]
    movement_id: str
    reason: str | None
    state: Literal["done", "refused"]


class CheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    examined: int
    failed: int
    name: str
    offending: list[str]


class ClaimAnswer(Shape):
    """
    reason: code of how it ended; due_at: when it ends by itself.
    """

    changed_at: AwareDatetime
    customer: str
    due_at: AwareDatetime | None
    id: str
    made_at: AwareDatetime
    made_by: str
    reason: str | None
    shop_id: str
    state: Literal["pending", "approved", "declined", "withdrawn", "expired", "ended"]


class ClaimRequest(Shape):
    """
    seller_id: the shop's key at its marketplace.
    """

    marketplace: str
    seller_id: str


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class DayOfInterestAnswer(Shape):
    """
    principal_minor: with which the day closed; interest: exact, in minor units.
    """

    accrued_on: date
    daily_rate: str
    interest: str
    principal_minor: int


class DecisionRequest(Shape):
    decision: Literal["approve", "decline"]
    note: str | None = None


class DrawingAnswer(Shape):
    """
    owed as of `as_of_on`: principal outstanding_minor + interest_owed_minor = owed_minor.

    interest_accrued: exact, in minor units, of every day before as_of_on; interest_repaid_minor: received of it. due_on: last day to
    repay in full; reason: why it was refused, a code such as `insufficient_funds` (then of the lender's capital).
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    amount: int
    as_of_on: date
    borrower: str
    changed_at: AwareDatetime
    currency: str
    daily_rate: str
    disbursed_at: AwareDatetime | None
    drawn_on: date | None
    due_on: date | None
    id: str
    interest_accrued: str
    interest_owed_minor: int
    interest_repaid_minor: int
    line_id: str
    outstanding_minor: int
    overdue: bool
    owed_minor: int
    reason: str | None
    repayment_id: str | None
    requested_at: AwareDatetime
    state: Literal["pending", "outstanding", "repaid", "refused"]


class DrawingRequest(Shape):
    """
    amount: in minor units of the line's currency.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    line_id: str


class DrawingTold(Shape):
    """
    A drawing was paid out, refused by the ledger (reason: a code), or repaid to the end. amount: what was drawn; minor units.
    """

    amount: int
    borrower: str
    currency: str
    daily_rate: str
    drawing_id: str
    due_on: date | None
    interest_repaid_minor: int
    line_id: str
    outstanding_minor: int
    reason: str | None
    state: Literal["outstanding", "refused", "repaid"]


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class ExpectedSum(Shape):
    """
    Σ of the ledger's posted transfers with this code and reference, from the one account to the other.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount_minor: int
    code: str
    credit_account_id: AccountId
    currency: str
    debit_account_id: AccountId
    reference: str


class FeaturesAnswer(Shape):
    """
    Complete calendar months before as_of_on alone are counted; shares to four places, None where there is nothing to divide by.
    """

    as_of_on: date
    average_monthly_sales_minor: int
    average_review: str | None
    cancelled_share: str | None
    months_active: int
    months_known: int
    orders: int
    sales_trend: str | None


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


class FundingPartyAnswer(Shape):
    """
    ended_at: from when she may only take out.
    """

    customer: str
    ended_at: AwareDatetime | None
    id: str
    registered_at: AwareDatetime
    registered_by: str


class FundingPartyRequest(Shape):
    """
    customer: who may put money into the lender.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    customer: CustomerId


class HouseAccountAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    currency: str
    purpose: str


class ImportFinished(Shape):
    """
    Up to a thousand rows of a marketplace's file were taken; told also when all of them were unchanged or refused.

    source: such as `olist.orders`; accepted: rows that are new.
    """

    accepted: int
    changed: int
    import_id: str
    marketplace: str
    refused: int
    source: str
    unchanged: int


class ImportRequest(Shape):
    """
    Rows of a file as text cells that `header` names.

    marketplace: whose file it is; currency: of its amounts; zone: of its times, which carry none (left out: that of its first import,
    which without one takes the suite's). The first import of a marketplace fixes both.
    first_line: the line of the file at which `rows` begins (2 is the first below a header), so that a refusal can name its own.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    file: str
    first_line: int
    header: list[str]
    marketplace: str
    rows: list[list[str | None]]
    source: Literal[
        "olist.sellers",
        "olist.customers",
        "olist.products",
        "olist.orders",
        "olist.order_items",
        "olist.order_payments",
        "olist.order_reviews",
    ]
    zone: str | None = None


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class LimitRequest(Shape):
    """
    as_of_on: for operators, to look at the shop as of an earlier day; left out, it is the day to which its data reach, at most today.
    """

    as_of_on: date | None = None
    shop_id: str


class LimitTold(Shape):
    """
    A limit was decided by the rule, or an offer was not accepted in time. amount: the limit, 0 if declined; reasons: codes.
    """

    amount: int
    as_of_on: date
    currency: str
    daily_rate: str | None
    grade: str
    limit_id: str
    owner: str
    reasons: list[str]
    score: int
    scorecard_version: str
    shop_id: str
    state: Literal["approved", "declined", "lapsed"]


class LineAnswer(Shape):
    """
    pending_minor: drawings under way; outstanding_minor: principal owed; available_minor: what may be drawn now.

    daily_rate: of drawings to come; due_at: until when it may be drawn on.
    """

    available_minor: int
    changed_at: AwareDatetime
    closed_at: AwareDatetime | None
    currency: str
    daily_rate: str
    due_at: AwareDatetime | None
    id: str
    limit_id: str
    limit_minor: int
    opened_at: AwareDatetime
    outstanding_minor: int
    owner: str
    pending_minor: int
    shop_id: str
    state: Literal["open", "expired", "closed"]
    term_months: int


class LineFigures(Shape):
    """
    outstanding: Σ of the line's drawings, which alone stand in the ledger.
    """

    currency: str
    id: str
    limit_minor: int
    outstanding_minor: int
    pending_minor: int
    state: str


class LineRequest(Shape):
    """
    limit_id: an approved limit, accepted by this.
    """

    limit_id: str


class LineStepAnswer(Shape):
    event: str | None
    limit_id: str
    limit_minor: int
    number: int
    state: Literal["open", "expired", "closed"]
    taken_at: AwareDatetime
    taken_by: str


class LineStepsAnswer(Shape):
    items: list[LineStepAnswer]


class LineTold(Shape):
    """
    A line was opened, renewed, expired or closed. amount: its limit; amounts in minor units.
    """

    amount: int
    currency: str
    daily_rate: str
    limit_id: str
    line_id: str
    outstanding_minor: int
    owner: str
    shop_id: str
    state: Literal["open", "expired", "closed"]


class LinkRequest(Shape):
    """
    customer: who owns the shop; note: what proves it.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    customer: CustomerId
    note: str | None = None


class MarketplaceAnswer(Shape):
    """
    shops, orders: imported so far; known_to_on: day of the newest order, in the marketplace's zone.
    """

    code: str
    currency: str
    first_import_at: AwareDatetime
    known_to_on: date | None
    orders: int
    shops: int
    zone: str


class MarketplacesAnswer(Shape):
    items: list[MarketplaceAnswer]


class MonthAnswer(Shape):
    """
    A calendar month. sales_minor: prices in orders that were not cancelled; average_review: None without reviews.
    """

    average_review: str | None
    cancelled_orders: int
    month: date
    orders: int
    reviews: int
    sales_minor: int


class MonthsAnswer(Shape):
    """
    as_of_on: orders and reviews before this day are counted.
    """

    as_of_on: date
    currency: str
    items: list[MonthAnswer]
    shop_id: str


class MovementAnswer(Shape):
    """
    kind: disbursement, repayment, contribution or withdrawal; reference: that of its transfers; job: what finishes it, with record.
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


class PageCapitalMovementAnswer(Shape):
    items: list[CapitalMovementAnswer]
    next: str | None = None


class PageClaimAnswer(Shape):
    items: list[ClaimAnswer]
    next: str | None = None


class PageDayOfInterestAnswer(Shape):
    items: list[DayOfInterestAnswer]
    next: str | None = None


class PageDrawingAnswer(Shape):
    items: list[DrawingAnswer]
    next: str | None = None


class PageFundingPartyAnswer(Shape):
    items: list[FundingPartyAnswer]
    next: str | None = None


class PageLineAnswer(Shape):
    items: list[LineAnswer]
    next: str | None = None


class PageLineFigures(Shape):
    items: list[LineFigures]
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
    transfer_id: the transfer in payments that brought, or would have brought, this part.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    amount_minor: int
    drawing_id: str
    kind: Literal["interest", "principal"]
    transfer_id: TransferId


class PointsAnswer(Shape):
    """
    What one characteristic of the points table gave; best: what its best bin gives.
    """

    best: int
    characteristic: str
    points: int
    value: str


class PositionAnswer(Shape):
    """
    claim_minor: contributed − withdrawn; free_minor: what may still be asked for.
    """

    claim_minor: int
    contributed_minor: int
    currency: str
    customer: str
    free_minor: int
    leaving_minor: int
    withdrawn_minor: int


class PositionsAnswer(Shape):
    items: list[PositionAnswer]


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


class RefusedRow(Shape):
    code: str
    detail: str
    field: str | None
    file: str
    line: int


class RepaymentAnswer(Shape):
    """
    requested_on: interest up to this day is in it; reason: why it was refused, a code such as `insufficient_funds`.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount: int
    borrower: str
    changed_at: AwareDatetime
    currency: str
    id: str
    interest_minor: int
    line_id: str
    principal_minor: int
    reason: str | None
    requested_at: AwareDatetime
    requested_on: date
    state: Literal["pending", "received", "refused"]


class RepaymentRequest(Shape):
    """
    amount: at most what is owed; interest is paid first, then principal.
    """

    amount: Annotated[int, Field(description="minor units")]
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]


class RepaymentTold(Shape):
    """
    A repayment came in, or was refused (reason: a code). amount: principal and interest, minor units.

    outstanding_minor: principal that the line owes after it.
    """

    amount: int
    borrower: str
    currency: str
    drawing_ids: list[str]
    interest_minor: int
    line_id: str
    outstanding_minor: int
    principal_minor: int
    reason: str | None
    repayment_id: str
    state: Literal["received", "refused"]


class RepaymentWithPartsAnswer(Shape):
    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId
    amount: int
    borrower: str
    changed_at: AwareDatetime
    currency: str
    id: str
    interest_minor: int
    line_id: str
    parts: list[PartAnswer]
    principal_minor: int
    reason: str | None
    requested_at: AwareDatetime
    requested_on: date
    state: Literal["pending", "received", "refused"]


class ShopAnswer(Shape):
    """
    owner: `cus_…` or None.
    """

    changed_at: AwareDatetime
    currency: str
    id: str
    marketplace: str
    opened_at: AwareDatetime
    owner: str | None
    seller_id: str


class ShopTold(Shape):
    """
    A customer became the owner of a shop, or ceased to be.
    """

    marketplace: str
    owner: str
    shop_id: str
    state: Literal["linked", "unlinked"]


class StepAnswer(Shape):
    event: str | None
    note: str | None
    number: int
    state: Literal["pending", "approved", "declined", "withdrawn", "expired", "ended"]
    taken_at: AwareDatetime
    taken_by: str


class StepsAnswer(Shape):
    items: list[StepAnswer]


class UnlinkRequest(Shape):
    note: str | None = None


class VerificationAnswer(Shape):
    """
    movements: the oldest thousand under way; one older than five minutes makes `movement_too_old` fail.
    """

    business_at: AwareDatetime
    checks: list[CheckAnswer]
    holds: bool
    house_accounts: list[HouseAccountAnswer]
    movements: list[MovementAnswer]


class CapitalFigures(Shape):
    """
    A movement of capital that was done, or is under way (then with no transfers yet, or the one named by its movement).
    """

    amount_minor: int
    currency: str
    customer: str
    id: str
    kind: str
    state: str
    transfers: list[ExpectedSum]


class DrawingFigures(Shape):
    """
    disbursed − principal repaid = outstanding. All 0 while it is pending, and when it was refused.

    account_id: the borrower's; transfers: every sum that the ledger has with `reference` = id and a code `credit.*`, and no other.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
    )
    account_id: AccountId | None
    currency: str
    disbursed_minor: int
    id: str
    interest_repaid_minor: int
    line_id: str
    outstanding_minor: int
    principal_repaid_minor: int
    state: str
    transfers: list[ExpectedSum]


class ImportAnswer(Shape):
    """
    accepted: new rows; changed: rows that say something else than before, `changed_fields` counts in which columns.

    accepted + changed + unchanged + refused = rows.
    """

    accepted: int
    changed: int
    changed_fields: dict[str, int]
    file: str
    first_line: int
    id: str
    imported_at: AwareDatetime
    imported_by: str
    marketplace: str
    refused: list[RefusedRow]
    rows: int
    source: Literal[
        "olist.sellers",
        "olist.customers",
        "olist.products",
        "olist.orders",
        "olist.order_items",
        "olist.order_payments",
        "olist.order_reviews",
    ]
    unchanged: int


class LimitAnswer(Shape):
    """
    A decision. reasons: codes, what forbids a limit first, then what cost points; limit_minor: 0 if declined.

    daily_rate: simple interest a day on the principal outstanding; all_in_rate: a year of it; ceiling_rate: what the law allowed.
    due_at: until when an approved limit may be accepted by opening or renewing a line.
    """

    all_in_rate: str | None
    ceiling_rate: str | None
    changed_at: AwareDatetime
    currency: str
    daily_rate: str | None
    decided_at: AwareDatetime
    decided_by: str
    due_at: AwareDatetime | None
    features: FeaturesAnswer
    grade: str
    id: str
    limit_minor: int
    owner: str
    points: list[PointsAnswer]
    reasons: list[str]
    score: int
    scorecard_version: str
    shop_id: str
    state: Literal["approved", "declined", "accepted", "lapsed", "superseded"]
    term_months: int


class PageCapitalFigures(Shape):
    items: list[CapitalFigures]
    next: str | None = None


class PageDrawingFigures(Shape):
    items: list[DrawingFigures]
    next: str | None = None


class PageImportAnswer(Shape):
    items: list[ImportAnswer]
    next: str | None = None


class PageLimitAnswer(Shape):
    items: list[LimitAnswer]
    next: str | None = None


class PageRepaymentWithPartsAnswer(Shape):
    items: list[RepaymentWithPartsAnswer]
    next: str | None = None


class PageShopAnswer(Shape):
    items: list[ShopAnswer]
    next: str | None = None
