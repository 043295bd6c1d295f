"""Programmes on the wire."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from chassis import wire
from services.p2p.programmes.documents import programme_of
from services.p2p.programmes.model import AnyProgramme, DebitTerms, FundingProgramme, Programme, ProgrammeKind

ProgrammeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["open_auction"])]
Grade = Literal["A", "B", "C", "D", "E"]
Method = Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
RateFormed = Literal["fixed", "by_grade", "reverse_auction"]
Bearer = Literal["lender", "reserve_fund", "guarantor", "originator"]
OriginationKind = Literal["online", "partner", "branch", "first_lender"]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Words], Field(min_length=1, max_length=10)]
ByGrade = Annotated[dict[Grade, wire.Rate], Field(max_length=5)]
Days = Annotated[int, Field(ge=0, le=3_650)]


def _online() -> list[OriginationKind]:
    return ["online"]


class LossLayerTerms(wire.Request):
    """Who pays for a loss, from so many days past due, how much of what."""

    bearer: Bearer
    after_days: Days
    covers: Literal["principal", "principal_and_interest"] = "principal"
    share: wire.Rate = Decimal(1)


class ResaleRules(wire.Request):
    """Prices are shares of principal and accrued interest; the fee is a share of the price, from the seller."""

    held_days: Days
    least_price: wire.Rate
    largest_price: wire.Rate
    fee_rate: wire.Rate
    in_parts: bool = True
    accrued: Literal["buyer_pays_at_trade", "split_when_paid"] = "buyer_pays_at_trade"
    longest_open_days: Days = 7


class CollectionStepTerms(wire.Request):
    after_days: Days
    action: Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"]


class DebitRules(wire.Request):
    """wallet_first: before a mandate is debited; retry_days: after each due day; bounce: who bears what did not stay."""

    wallet_first: bool = True
    retry_days: Annotated[list[Annotated[int, Field(ge=1, le=180)]], Field(max_length=20)] = Field(
        default_factory=lambda: list(DebitTerms().retry_days)
    )
    bounce: Literal["taken_back", "platform"] = "taken_back"


class PrepaymentRules(wire.Request):
    """fee_rate: of the principal paid before it is due, in the first fee_months."""

    partly: bool = True
    fee_rate: wire.Rate = Decimal(0)
    fee_months: Annotated[int, Field(ge=0, le=60)] = 0


class OriginatorRules(wire.Request):
    """retained_share: of each loan, 0.05 to 0.15 or nothing; largest_exposure: a multiple of the originator's capital.
    pass_on_days: in which it passes on what borrowers paid it; holding_daily_rate: what that bears for each day after them."""

    retained_share: wire.Rate
    largest_exposure: wire.Rate
    retained_rank: Literal["pari_passu", "subordinated"] = "pari_passu"
    pass_on_days: Annotated[int, Field(ge=0, le=30)] = 3
    holding_daily_rate: wire.Rate = Decimal(0)


class FeeTierTerms(wire.Request):
    lent_minor: wire.AmountOrZero
    interest_rate: wire.Rate


class CollectionTierTerms(wire.Request):
    after_days: Days
    rate: wire.Rate


class LenderFeeRules(wire.Request):
    """Shares of the interest that a lender receives, and of what is recovered for her late: collection_tiers say what it is later;
    most_collection_minor: of one repayment at most."""

    interest_rate: wire.Rate = Decimal(0)
    tiers: Annotated[list[FeeTierTerms], Field(max_length=20)] = Field(default_factory=list)
    most_monthly_minor: wire.AmountOrZero | None = None
    collection_rate: wire.Rate = Decimal(0)
    collection_after_days: Days = 30
    collection_tiers: Annotated[list[CollectionTierTerms], Field(max_length=10)] = Field(default_factory=list)
    most_collection_minor: wire.AmountOrZero | None = None
    most_payment_minor: wire.AmountOrZero | None = None


class LendingTerms(wire.Request):
    """A version of a programme of lending. Rates are yearly; fees are shares of the amount for each year of the term."""

    names: Names
    currency: wire.Currency
    lender_kind: Annotated[str, Field(min_length=1, max_length=40)]
    rate_formation: RateFormed
    lowest_rate: wire.Rate
    highest_rate: wire.Rate
    rates_by_grade: ByGrade = Field(default_factory=dict)
    loss_borne_by: Bearer
    loss_waterfall: Annotated[list[LossLayerTerms], Field(max_length=3)] = Field(default_factory=list)
    origination: Annotated[list[OriginationKind], Field(min_length=1, max_length=4, default_factory=_online)]
    grades: Annotated[list[Grade], Field(min_length=1, max_length=5)]
    methods: Annotated[list[Method], Field(min_length=1, max_length=4)]
    terms_months: Annotated[list[Annotated[int, Field(ge=1, le=60)]], Field(min_length=1, max_length=60)]
    day_count: Literal["30/360", "ACT/360", "ACT/365"]
    least_amount_minor: wire.Amount
    largest_amount_minor: wire.Amount
    lot_minor: wire.Amount
    longest_open_days: Annotated[int, Field(ge=1, le=60)]
    origination_fee_annual: ByGrade = Field(default_factory=dict)
    reserve_contribution_annual: ByGrade = Field(default_factory=dict)
    late_daily_rate: wire.Rate
    grace_days: Days = 0
    accrual_stop_days: Days = 90
    resale: ResaleRules | None = None
    prepayment: PrepaymentRules = Field(default_factory=PrepaymentRules)
    originator: OriginatorRules | None = None
    lender_fees: LenderFeeRules = Field(default_factory=LenderFeeRules)
    collection_steps: Annotated[list[CollectionStepTerms], Field(max_length=20)] = Field(default_factory=list)
    level_by_grade: Annotated[dict[Grade, Annotated[int, Field(ge=1, le=5)]], Field(max_length=5)] = Field(
        default_factory=dict
    )
    largest_lender_share: wire.Rate = Decimal(1)
    distribution: Literal["when_final", "at_once"] = "when_final"
    debiting: DebitRules = Field(default_factory=DebitRules)
    standing_orders: bool = True
    plans: bool = False
    custody: Annotated[str, Field(pattern=r"^[A-Z]{3,12}$", examples=["ICBC"])] | None = None
    valid_from: wire.Day


class FundingTerms(wire.Request):
    """A version of a programme of crowdfunding. fee_rate: of what is collected."""

    names: Names
    currency: wire.Currency
    goal: Literal["all_or_nothing", "keep_it_all"]
    fee_rate: wire.Rate
    least_goal_minor: wire.Amount
    largest_goal_minor: wire.Amount
    longest_open_days: Annotated[int, Field(ge=1, le=60)]
    shortfall: Literal["stays_funded", "refund_below_share"] = "stays_funded"
    refund_below_share: wire.Rate | None = None
    retry_days: Annotated[int, Field(ge=1, le=30)] = 7
    remind_hours: Annotated[int, Field(ge=1, le=720)] = 48
    milestones_required: bool = True
    public_benefit: bool = False
    valid_from: wire.Day


class LossLayerAnswer(wire.Answer):
    bearer: Bearer
    after_days: int
    covers: str
    share: wire.Rate


class ResaleAnswer(wire.Answer):
    held_days: int
    least_price: wire.Rate
    largest_price: wire.Rate
    fee_rate: wire.Rate
    in_parts: bool
    accrued: str
    longest_open_days: int


class CollectionStepAnswer(wire.Answer):
    after_days: int
    action: str


class DebitTermsAnswer(wire.Answer):
    wallet_first: bool
    retry_days: list[int]
    bounce: str


class PrepaymentAnswer(wire.Answer):
    partly: bool
    fee_rate: wire.Rate
    fee_months: int


class OriginatorAnswer(wire.Answer):
    retained_share: wire.Rate
    largest_exposure: wire.Rate
    retained_rank: str
    pass_on_days: int
    holding_daily_rate: wire.Rate


class FeeTierAnswer(wire.Answer):
    lent_minor: int
    interest_rate: wire.Rate


class CollectionTierAnswer(wire.Answer):
    after_days: int
    rate: wire.Rate


class LenderFeesAnswer(wire.Answer):
    interest_rate: wire.Rate
    tiers: list[FeeTierAnswer]
    most_monthly_minor: int | None
    most_payment_minor: int | None
    collection_rate: wire.Rate
    collection_after_days: int
    collection_tiers: list[CollectionTierAnswer]
    most_collection_minor: int | None


class ProgrammeAnswer(wire.Answer):
    """What may be offered under a programme. Rates are yearly; fees are shares of the amount for each year of the term."""

    code: str
    version: int
    names: dict[str, str]
    currency: str
    lender_kind: str
    rate_formation: RateFormed
    lowest_rate: wire.Rate
    highest_rate: wire.Rate
    rates_by_grade: dict[str, wire.Rate]
    loss_borne_by: Bearer
    grades: list[str]
    methods: list[str]
    terms_months: list[int]
    day_count: str
    least_amount_minor: int
    largest_amount_minor: int
    lot_minor: int
    longest_open_days: int
    origination_fee_annual: dict[str, wire.Rate]
    reserve_contribution_annual: dict[str, wire.Rate]
    late_daily_rate: wire.Rate
    valid_from: wire.Day
    loss_waterfall: list[LossLayerAnswer]
    origination: list[str]
    resale: ResaleAnswer | None
    prepayment: PrepaymentAnswer
    originator: OriginatorAnswer | None
    lender_fees: LenderFeesAnswer
    collection_steps: list[CollectionStepAnswer]
    level_by_grade: dict[str, int]
    largest_lender_share: wire.Rate
    grace_days: int
    accrual_stop_days: int
    distribution: str
    debiting: DebitTermsAnswer
    standing_orders: bool
    plans: bool
    custody: str | None


class FundingProgrammeAnswer(wire.Answer):
    """What a crowdfunding project may be made under."""

    code: str
    version: int
    names: dict[str, str]
    currency: str
    valid_from: wire.Day
    goal: str
    fee_rate: wire.Rate
    least_goal_minor: int
    largest_goal_minor: int
    longest_open_days: int
    shortfall: str
    refund_below_share: wire.Rate | None
    retry_days: int
    remind_hours: int
    milestones_required: bool
    public_benefit: bool


def programme_answer(programme: AnyProgramme) -> ProgrammeAnswer:
    assert isinstance(programme, Programme)
    return ProgrammeAnswer.model_validate(programme)


def funding_answer(programme: AnyProgramme) -> FundingProgrammeAnswer:
    assert isinstance(programme, FundingProgramme)
    return FundingProgrammeAnswer.model_validate(programme)


def draft_of(code: str, body: LendingTerms | FundingTerms) -> AnyProgramme:
    """Without its number yet."""
    kind = ProgrammeKind.LENDING if isinstance(body, LendingTerms) else ProgrammeKind.CROWDFUNDING
    terms: dict[str, Any] = body.model_dump(mode="json")
    return programme_of(terms | {"code": code, "version": 0, "kind": kind})
