"""A programme: what kind of platform a loan, or a crowdfunding project, is made on. A versioned record, not code; what is made under a
version keeps to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

GRADES = ("A", "B", "C", "D", "E")
METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")
LEVELS = range(1, 6)
"""Risk levels of lenders, from the most careful."""


class ProgrammeKind(StrEnum):
    LENDING = "lending"
    CROWDFUNDING = "crowdfunding"


class RateFormation(StrEnum):
    FIXED = "fixed"
    """The borrower names the rate, within the programme's bounds."""
    BY_GRADE = "by_grade"
    """The programme states one rate for each grade."""
    REVERSE_AUCTION = "reverse_auction"
    """The borrower names the highest rate; lenders bid it down, and all winners lend at one rate."""


class LossBearer(StrEnum):
    """Who pays when the borrower does not. Whatever nobody covers stays with the lender and is shown."""

    LENDER = "lender"
    RESERVE_FUND = "reserve_fund"
    """To the extent of its balance, in the published order."""
    GUARANTOR = "guarantor"
    """Within its cap; it claims back from the borrower."""
    ORIGINATOR = "originator"
    """Buys the claim back, within its capital."""


class Covered(StrEnum):
    PRINCIPAL = "principal"
    PRINCIPAL_AND_INTEREST = "principal_and_interest"
    """Interest up to the day of the payment, without late interest."""


class Origination(StrEnum):
    ONLINE = "online"
    PARTNER = "partner"
    """A micro-lender proposes loans, and keeps a share of each."""
    BRANCH = "branch"
    """Paper applications, keyed in and checked by a second person; agents."""
    FIRST_LENDER = "first_lender"
    """Somebody lends first, and sells slices of her claim."""


class AccruedRule(StrEnum):
    """How the interest that has accrued since the last due day is divided when a claim is sold."""

    BUYER_PAYS_AT_TRADE = "buyer_pays_at_trade"
    SPLIT_WHEN_PAID = "split_when_paid"


class Distribution(StrEnum):
    """When what a borrower paid by card or bank goes to the holders."""

    WHEN_FINAL = "when_final"
    AT_ONCE = "at_once"
    """The platform's advance account bears what bounces."""


class RetainedRank(StrEnum):
    """How the share that an originator keeps of each loan stands beside the others'."""

    PARI_PASSU = "pari_passu"
    SUBORDINATED = "subordinated"
    """Once the loan is past due for as long as interest accrues, or given up, principal goes to all others first."""


class Bounce(StrEnum):
    """What follows where the money of a debit did not stay, and was shared out already."""

    TAKEN_BACK = "taken_back"
    """Holders give back what they still have; the platform adds the rest, and has so much of their claims."""
    PLATFORM = "platform"
    """Holders keep it; the platform pays all of it, and has so much of their claims."""


class CollectionAction(StrEnum):
    REMINDER = "reminder"
    CALL = "call"
    LETTER = "letter"
    VISIT = "visit"
    AGENCY = "agency"
    LAWSUIT = "lawsuit"


class FundingGoal(StrEnum):
    ALL_OR_NOTHING = "all_or_nothing"
    KEEP_IT_ALL = "keep_it_all"


class ShortfallRule(StrEnum):
    """What follows when cards failed for good, and what was collected is below the goal."""

    STAYS_FUNDED = "stays_funded"
    """The creator receives what was collected, less fees."""
    REFUND_BELOW_SHARE = "refund_below_share"
    """Below `refund_below_share` of the goal everything is refunded."""


@dataclass(frozen=True, slots=True)
class LossLayer:
    """Who pays first, then who next. after_days: days past due of the oldest unpaid row; share: of what is unpaid, the part it covers."""

    bearer: LossBearer
    after_days: int
    covers: Covered = Covered.PRINCIPAL
    share: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ResaleTerms:
    """When and how claims may be sold. held_days: at least; prices: shares of principal and accrued interest ("0.95" is a discount of 5 %);
    fee_rate: of the price, from the seller; in_parts: whether less than the whole; longest_open_days: of an offer."""

    held_days: int
    least_price: Decimal
    largest_price: Decimal
    fee_rate: Decimal
    in_parts: bool = True
    accrued: AccruedRule = AccruedRule.BUYER_PAYS_AT_TRADE
    longest_open_days: int = 7


@dataclass(frozen=True, slots=True)
class CollectionStep:
    """after_days: days past due of the oldest unpaid row."""

    after_days: int
    action: CollectionAction


@dataclass(frozen=True, slots=True)
class DebitTerms:
    """How what is due is taken (扣款). wallet_first: before the mandate, if there is one; retry_days: after each due day, on which
    a mandate is debited for what is still owed of it."""

    wallet_first: bool = True
    retry_days: tuple[int, ...] = (1, 3, 7, 15, 30)
    bounce: Bounce = Bounce.TAKEN_BACK


@dataclass(frozen=True, slots=True)
class PrepaymentTerms:
    """fee_rate: of the principal that is paid before it is due, in the first months only."""

    partly: bool = True
    fee_rate: Decimal = Decimal(0)
    fee_months: int = 0


@dataclass(frozen=True, slots=True)
class OriginatorTerms:
    """What binds who proposes loans. retained_share: of each loan, its own, never sold and covered by nobody; largest_exposure: what it may
    have outstanding here, as a multiple of its capital. pass_on_days: in which it passes on what borrowers paid it; holding_daily_rate:
    what that bears for each day after them.
    """

    retained_share: Decimal
    largest_exposure: Decimal
    retained_rank: RetainedRank = RetainedRank.PARI_PASSU
    pass_on_days: int = 3
    holding_daily_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FeeTier:
    """interest_rate: of who has lent so much in all, ever."""

    lent_minor: int
    interest_rate: Decimal


@dataclass(frozen=True, slots=True)
class CollectionTier:
    """rate: share of what is recovered, of a loan so many days past due or more."""

    after_days: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class LenderFees:
    """interest_rate: share of the interest a lender receives, unless a tier says another; most_payment_minor: of one payment at most,
    most_monthly_minor: of all under the programme in a calendar month.
    collection_rate: share of what is recovered for her after `collection_after_days` past due; collection_tiers: what it is later;
    most_collection_minor: of one repayment at most, of all lenders together."""

    interest_rate: Decimal = Decimal(0)
    tiers: tuple[FeeTier, ...] = ()
    most_payment_minor: int | None = None
    most_monthly_minor: int | None = None
    collection_rate: Decimal = Decimal(0)
    collection_after_days: int = 30
    collection_tiers: tuple[CollectionTier, ...] = ()
    most_collection_minor: int | None = None

    @property
    def collection_rates(self) -> tuple[tuple[int, Decimal], ...]:
        """Days past due and the share from then on, in order."""
        later = ((tier.after_days, tier.rate) for tier in self.collection_tiers)
        return ((self.collection_after_days, self.collection_rate), *later)


@dataclass(frozen=True, slots=True)
class Programme:
    """A kind of lending. Rates are yearly ("0.08" is 8 %); amounts in minor units of `currency`.

    custody: the bank that keeps its clients' money apart (存管); None where the payment reserve does.
    origination_fee_annual, reserve_contribution_annual: share of the amount for each year of the term, by grade, kept back from the
    payout. lender_kind: whose row of the statutory ceilings applies. loss_waterfall: in order; loss_borne_by: the first of it.
    level_by_grade: the least risk level of a lender. largest_lender_share: of a listing, one lender's at most. grace_days: without late
    interest; accrual_stop_days: past due, after which no interest accrues.
    """

    code: str
    version: int
    names: Mapping[str, str]
    currency: str
    lender_kind: str
    rate_formation: RateFormation
    lowest_rate: Decimal
    highest_rate: Decimal
    rates_by_grade: Mapping[str, Decimal]
    loss_borne_by: LossBearer
    grades: tuple[str, ...]
    methods: tuple[str, ...]
    terms_months: tuple[int, ...]
    day_count: str
    least_amount_minor: int
    largest_amount_minor: int
    lot_minor: int
    longest_open_days: int
    origination_fee_annual: Mapping[str, Decimal]
    reserve_contribution_annual: Mapping[str, Decimal]
    late_daily_rate: Decimal
    valid_from: date
    kind: ProgrammeKind = ProgrammeKind.LENDING
    loss_waterfall: tuple[LossLayer, ...] = ()
    origination: tuple[Origination, ...] = (Origination.ONLINE,)
    resale: ResaleTerms | None = None
    prepayment: PrepaymentTerms = PrepaymentTerms()
    originator: OriginatorTerms | None = None
    lender_fees: LenderFees = LenderFees()
    collection_steps: tuple[CollectionStep, ...] = ()
    level_by_grade: Mapping[str, int] = field(default_factory=dict)
    largest_lender_share: Decimal = Decimal(1)
    grace_days: int = 0
    accrual_stop_days: int = 90
    distribution: Distribution = Distribution.WHEN_FINAL
    debiting: DebitTerms = DebitTerms()
    standing_orders: bool = True
    plans: bool = False
    custody: str | None = None

    @property
    def one_stands_last(self) -> bool:
        """Whether an originator may wait for principal until the others have theirs: then claims on a loan do not all shrink alike."""
        return self.originator is not None and self.originator.retained_rank is RetainedRank.SUBORDINATED


@dataclass(frozen=True, slots=True)
class FundingProgramme:
    """A kind of crowdfunding: rewards, or nothing at all where it is for the public benefit. Amounts in minor units of `currency`.

    fee_rate: of what is collected; retry_days, remind_hours: of cards that failed; milestones_required: whether the payout is staged.
    """

    code: str
    version: int
    names: Mapping[str, str]
    currency: str
    valid_from: date
    goal: FundingGoal
    fee_rate: Decimal
    least_goal_minor: int
    largest_goal_minor: int
    longest_open_days: int
    shortfall: ShortfallRule = ShortfallRule.STAYS_FUNDED
    refund_below_share: Decimal | None = None
    retry_days: int = 7
    remind_hours: int = 48
    milestones_required: bool = True
    public_benefit: bool = False
    kind: ProgrammeKind = ProgrammeKind.CROWDFUNDING


AnyProgramme = Programme | FundingProgramme
