"""What makes a programme contradict itself: every pair of its terms that cannot stand side by side, each told."""

from collections.abc import Iterator
from decimal import Decimal

from finance.currencies import scale_of
from finance.errors import FinanceError
from finance.rate_ceilings_cn import CHINA
from services.p2p.programmes.model import (
    GRADES,
    LEVELS,
    METHODS,
    AnyProgramme,
    Distribution,
    FundingProgramme,
    LenderFees,
    LossBearer,
    Origination,
    OriginatorTerms,
    Programme,
    RateFormation,
    ShortfallRule,
)

LONGEST_TERM_MONTHS, LONGEST_OPEN_DAYS, LONGEST_DAYS = 60, 60, 3_650
ONE = Decimal(1)
LEAST_RETAINED, LARGEST_RETAINED = Decimal("0.05"), Decimal("0.15")
Told = tuple[str, str]
"""The field, and what is wrong with it."""


def contradictions(programme: AnyProgramme) -> list[Told]:
    """Everything in a programme that cannot stand beside something else in it; empty if it may be used."""
    if isinstance(programme, FundingProgramme):
        return [*_names(programme), *_funding(programme)]
    parts = (_names, _bounds, _amounts, _rates, _fees, _losses, _origination, _resale, _lenders, _days, _custody)
    return [told for part in parts for told in part(programme)]


def _names(programme: AnyProgramme) -> Iterator[Told]:
    if not {"zh", "en"} <= set(programme.names):
        yield "names", "it is named in Chinese (zh) and English (en)"
    try:
        scale_of(programme.currency)
    except FinanceError as fault:
        yield "currency", fault.detail


def _bounds(programme: Programme) -> Iterator[Told]:
    terms = programme.terms_months
    for name, given in (("grades", programme.grades), ("methods", programme.methods), ("terms_months", terms)):
        if len(set(given)) < len(given):
            yield name, "each is named once"
    if not programme.grades or not set(programme.grades) <= set(GRADES):
        yield "grades", f"must be some of {', '.join(GRADES)}"
    if not programme.methods or not set(programme.methods) <= set(METHODS):
        yield "methods", f"must be some of {', '.join(METHODS)}"
    if not terms or min(terms) < 1 or max(terms) > LONGEST_TERM_MONTHS:
        yield "terms_months", f"must be 1 to {LONGEST_TERM_MONTHS}"
    if not 1 <= programme.longest_open_days <= LONGEST_OPEN_DAYS:
        yield "longest_open_days", f"must be 1 to {LONGEST_OPEN_DAYS}"


def _amounts(programme: Programme) -> Iterator[Told]:
    if not 0 < programme.least_amount_minor <= programme.largest_amount_minor:
        yield "least_amount_minor", "must be positive and not above largest_amount_minor"
    lot = programme.lot_minor
    if lot < 1 or programme.least_amount_minor % lot or programme.largest_amount_minor % lot:
        yield "lot_minor", "the bounds of the amount must be numbers of lots"


def _rates(programme: Programme) -> Iterator[Told]:
    if not 0 <= programme.lowest_rate <= programme.highest_rate <= ONE:
        yield "lowest_rate", "must not be above highest_rate, both between 0 and 1"
    yield from _ceiling(programme)
    if programme.rate_formation is not RateFormation.BY_GRADE:
        if programme.rates_by_grade:
            yield "rates_by_grade", f"must be empty where the rate is {programme.rate_formation}"
        return
    for grade in programme.grades:
        if grade not in programme.rates_by_grade:
            yield "rates_by_grade", f"grade {grade} has no rate"
        elif not programme.lowest_rate <= programme.rates_by_grade[grade] <= programme.highest_rate:
            yield "rates_by_grade", f"the rate of grade {grade} is outside lowest_rate and highest_rate"


def _ceiling(programme: Programme) -> Iterator[Told]:
    """No offer at the highest rate could ever be made: each is held against the ceiling of its own day besides, with every fee."""
    terms = [months for months in programme.terms_months if months > 0] or [1]
    try:
        ceiling = max(CHINA.enforceable(programme.lender_kind, programme.valid_from, months) for months in terms)
    except FinanceError as fault:
        yield "lender_kind", fault.detail
        return
    if programme.highest_rate > ceiling:
        yield "highest_rate", f"above the statutory ceiling of {ceiling} on {programme.valid_from}"


def _fees(programme: Programme) -> Iterator[Told]:
    for name in ("origination_fee_annual", "reserve_contribution_annual"):
        table = getattr(programme, name)
        if any(not 0 <= share < 1 for share in table.values()):
            yield name, "fees are shares between 0 and 1"
        if not set(table) <= set(programme.grades):
            yield name, "names a grade that is not eligible"
    fees = programme.lender_fees
    shares = (
        fees.interest_rate,
        *(rate for _, rate in fees.collection_rates),
        *(tier.interest_rate for tier in fees.tiers),
        programme.prepayment.fee_rate,
    )
    if any(not 0 <= share <= ONE for share in shares):
        yield "lender_fees", "are shares between 0 and 1"
    yield from _tiers(fees)
    yield from _collection(fees)
    if not 0 <= programme.late_daily_rate <= Decimal("0.001"):
        yield "late_daily_rate", "must be 0 to 0.001 a day"


def _tiers(fees: LenderFees) -> Iterator[Told]:
    lent = [tier.lent_minor for tier in fees.tiers]
    if lent != sorted(set(lent)):
        yield "lender_fees", "tiers are in order of what was lent, each once"
    if 0 in lent:
        yield "lender_fees", "the tier from 0 is interest_rate itself"
    rates = [fees.interest_rate, *(tier.interest_rate for tier in fees.tiers)]
    if rates != sorted(rates, reverse=True):
        yield "lender_fees", "whoever has lent more pays no more"
    payment, month = fees.most_payment_minor, fees.most_monthly_minor
    if payment is not None and month is not None and payment > month:
        yield "lender_fees", "a payment costs no more than its month may"
    if any(rates) and 0 in (payment, month):
        yield "lender_fees", "a fee of which nothing may be taken"


def _collection(fees: LenderFees) -> Iterator[Told]:
    days = [after_days for after_days, _ in fees.collection_rates]
    if days != sorted(set(days)) or days[0] < 1 or days[-1] > LONGEST_DAYS:
        yield "lender_fees", f"collection tiers are in order of days past due, each once, from 1 to {LONGEST_DAYS}"


def _losses(programme: Programme) -> Iterator[Told]:
    layers = programme.loss_waterfall
    first = layers[0].bearer if layers else LossBearer.LENDER
    if first is not programme.loss_borne_by:
        yield "loss_waterfall", f"begins with {first}, and loss_borne_by is {programme.loss_borne_by}"
    bearers = [layer.bearer for layer in layers]
    if LossBearer.LENDER in bearers:
        yield "loss_waterfall", "the lender needs no layer: what nobody covers is hers"
    if len(set(bearers)) != len(bearers):
        yield "loss_waterfall", "names somebody twice"
    if [layer.after_days for layer in layers] != sorted(layer.after_days for layer in layers):
        yield "loss_waterfall", "who pays next pays no earlier"
    if any(not 0 <= layer.after_days <= programme.accrual_stop_days or not 0 < layer.share <= ONE for layer in layers):
        yield "loss_waterfall", "days are 0 to accrual_stop_days, shares above 0 and at most 1"
    contributes = any(programme.reserve_contribution_annual.values())
    if LossBearer.RESERVE_FUND in bearers and not contributes:
        yield "reserve_contribution_annual", "a reserve fund that nobody contributes to bears no loss"
    if LossBearer.RESERVE_FUND not in bearers and contributes:
        yield "reserve_contribution_annual", "contributions need a reserve fund that bears losses"


def _origination(programme: Programme) -> Iterator[Told]:
    kinds = programme.origination
    if not kinds or len(set(kinds)) != len(kinds):
        yield "origination", "at least one, each once"
    partners = Origination.PARTNER in kinds
    if partners and programme.originator is None:
        yield "originator", "loans of partners need an originator's share and cap"
    if not partners and programme.originator is not None:
        yield "originator", "only loans of partners have an originator"
    if any(layer.bearer is LossBearer.ORIGINATOR for layer in programme.loss_waterfall) and not partners:
        yield "loss_waterfall", "only loans of partners have an originator who buys back"
    terms = programme.originator
    if terms is not None:
        yield from _originator(programme, terms)
    if Origination.FIRST_LENDER in kinds and programme.resale is None:
        yield "resale", "who lends first has to be able to sell"


def _originator(programme: Programme, terms: OriginatorTerms) -> Iterator[Told]:
    if terms.retained_share and not LEAST_RETAINED <= terms.retained_share <= LARGEST_RETAINED:
        yield "originator", f"the retained share is {LEAST_RETAINED} to {LARGEST_RETAINED}, or nothing"
    if not 0 < terms.largest_exposure <= 100:
        yield "originator", "the exposure is above 0 and at most 100 times the capital"
    if not 0 <= terms.pass_on_days <= 30 or not 0 <= terms.holding_daily_rate <= Decimal("0.001"):
        yield (
            "originator",
            "what borrowers paid it is passed on within 0 to 30 days, and bears 0 to 0.001 a day after them",
        )
    if terms.retained_share and programme.rate_formation is RateFormation.REVERSE_AUCTION:
        yield "originator", "a share that is retained is not bid for: no reverse auction"
    if terms.retained_share and Origination.FIRST_LENDER in programme.origination:
        yield "originator", "who lends first lends all of it: nothing is retained beside her"


def _resale(programme: Programme) -> Iterator[Told]:
    terms = programme.resale
    if terms is None:
        if programme.plans:
            yield "plans", "plans end by selling claims, and nothing may be sold"
        return
    if not Decimal("0.5") <= terms.least_price <= terms.largest_price <= Decimal("1.5"):
        yield "resale", "prices are 0.5 to 1.5, the least not above the largest"
    if not 0 <= terms.fee_rate < Decimal("0.1"):
        yield "resale", "the fee is below 0.1"
    if not 0 <= terms.held_days <= LONGEST_DAYS or not 1 <= terms.longest_open_days <= LONGEST_OPEN_DAYS:
        yield "resale", f"held_days at most {LONGEST_DAYS}, longest_open_days 1 to {LONGEST_OPEN_DAYS}"


def _lenders(programme: Programme) -> Iterator[Told]:
    if not 0 < programme.largest_lender_share <= ONE:
        yield "largest_lender_share", "must be above 0 and at most 1"
    levels = programme.level_by_grade
    if any(level not in LEVELS for level in levels.values()) or not set(levels) <= set(programme.grades):
        yield "level_by_grade", "eligible grades, levels 1 to 5"
    if programme.plans and not programme.standing_orders:
        yield "plans", "plans lend by standing orders, and there are none"
    if programme.rate_formation is RateFormation.REVERSE_AUCTION and programme.standing_orders:
        yield "standing_orders", "a reverse auction is bid in, not matched"


def _days(programme: Programme) -> Iterator[Told]:
    if not 0 <= programme.grace_days <= 30:
        yield "grace_days", "must be 0 to 30"
    if not 1 <= programme.accrual_stop_days <= 180:
        yield "accrual_stop_days", "must be 1 to 180"
    again = list(programme.debiting.retry_days)
    if again != sorted(set(again)) or any(not 1 <= after <= 180 for after in again) or len(again) > 20:
        yield "debiting", "at most 20 retry_days in order, each once, 1 to 180"
    days = [step.after_days for step in programme.collection_steps]
    if days != sorted(days) or any(not 0 <= after <= LONGEST_DAYS for after in days):
        yield "collection_steps", f"in order of days, 0 to {LONGEST_DAYS}"


def _custody(programme: Programme) -> Iterator[Told]:
    """What would take money from the payment reserve into custody, or out of it, on nobody's word but ours."""
    if programme.custody is None:
        return
    if programme.origination != (Origination.ONLINE,):
        yield (
            "origination",
            "in custody loans are online: agents, originators and first lenders are paid from the reserve",
        )
    if programme.loss_waterfall:
        yield (
            "loss_waterfall",
            "in custody the lender bears the loss: funds and sureties keep their money in the reserve",
        )
    if programme.plans:
        yield "plans", "what a plan lends again comes back to a wallet in the reserve"
    if programme.rate_formation is RateFormation.REVERSE_AUCTION:
        yield (
            "rate_formation",
            "in custody what is frozen for a bid is lent whole: an auction cuts the bid at its margin",
        )
    if programme.distribution is Distribution.AT_ONCE:
        yield "distribution", "what a custody bank moved is final: nothing is advanced"


def _funding(programme: FundingProgramme) -> Iterator[Told]:
    if not 0 < programme.least_goal_minor <= programme.largest_goal_minor:
        yield "least_goal_minor", "must be positive and not above largest_goal_minor"
    if not 1 <= programme.longest_open_days <= LONGEST_OPEN_DAYS:
        yield "longest_open_days", f"must be 1 to {LONGEST_OPEN_DAYS}"
    if not 0 <= programme.fee_rate < Decimal("0.5"):
        yield "fee_rate", "must be below 0.5"
    if not 1 <= programme.retry_days <= 30 or not 1 <= programme.remind_hours <= 24 * programme.retry_days:
        yield "retry_days", "must be 1 to 30, with a reminder within them"
    refunds = programme.shortfall is ShortfallRule.REFUND_BELOW_SHARE
    if refunds != (programme.refund_below_share is not None):
        yield "refund_below_share", "is stated if, and only if, the rule is refund_below_share"
    if programme.refund_below_share is not None and not 0 < programme.refund_below_share <= ONE:
        yield "refund_below_share", "must be above 0 and at most 1"
    if programme.public_benefit and programme.fee_rate:
        yield "fee_rate", "nothing is kept back from what is given for the public benefit"
