"""What makes a plan contradict itself or the programmes it lends on: everything that cannot stand side by side, each told."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from services.p2p.plans.model import AboveCap, Plan
from services.p2p.programmes.model import GRADES, LossBearer, Programme
from services.p2p.standing_orders.rules import takes_orders

LONGEST_LOCK_IN_DAYS, LONGEST_INVESTING_DAYS, LONGEST_OFFERING_DAYS = 730, 90, 366
LARGEST_FEE = Decimal("0.05")
ONE = Decimal(1)
PROMISES = (
    "保证", "保本", "保息", "承诺", "稳赚", "无风险", "零风险", "固定收益", "guarante", "promise", "risk-free", "riskless", "no risk",
)  # fmt: skip
DENIALS = (
    "不保证",
    "不承诺",
    "不保本",
    "不保息",
    "非保本",
    "not guaranteed",
    "no guarantee",
    "not promised",
    "no promise",
)
"""Words of a promise, and words that deny one: whoever lends may lose."""
Told = tuple[str, str]
"""The field, and what is wrong with it."""


def contradictions(plan: Plan, programmes: Mapping[str, Programme], today: date) -> list[Told]:
    """programmes: those in force by code. Empty if the plan may be used."""
    lent_on = [programmes[code] for code in plan.programmes if code in programmes]
    return [
        *_words(plan),
        *_programmes(plan, programmes),
        *_amounts(plan, lent_on),
        *_days(plan, lent_on, today),
        *_income(plan, lent_on),
        *_fees(plan),
        *_resale(plan, lent_on),
    ]


def _words(plan: Plan) -> Iterator[Told]:
    for name in ("names", "expected_income"):
        told = getattr(plan, name)
        if not {"zh", "en"} <= set(told):
            yield name, "it is said in Chinese (zh) and English (en)"
        for language, words in told.items():
            said = words.lower()
            for denial in DENIALS:
                said = said.replace(denial, "")
            found = [word for word in PROMISES if word in said]
            if found:
                yield name, f"{language}: {found[0]!r} is a promise, and nothing is promised"


def _programmes(plan: Plan, programmes: Mapping[str, Programme]) -> Iterator[Told]:
    if not plan.programmes or len(set(plan.programmes)) != len(plan.programmes):
        yield "programmes", "at least one, each once"
    if not plan.grades or not set(plan.grades) <= set(GRADES):
        yield "grades", f"must be some of {', '.join(GRADES)}"
    if not plan.terms_months:
        yield "terms_months", "at least one"
    for code in plan.programmes:
        programme = programmes.get(code)
        if programme is None:
            yield "programmes", f"there is no programme {code}"
            continue
        if not programme.plans or not takes_orders(programme):
            yield "programmes", f"plans do not lend on {code}"
        if programme.resale is None:
            yield "programmes", f"claims of {code} cannot be sold, and one leaves a plan by a sale"
        if programme.currency != plan.currency:
            yield "currency", f"{code} lends in {programme.currency}"
        if not set(plan.grades) & set(programme.grades):
            yield "grades", f"none is eligible in {code}"
        if not set(plan.terms_months) & set(programme.terms_months):
            yield "terms_months", f"none is offered in {code}"
        if plan.lowest_rate > programme.highest_rate:
            yield "lowest_rate", f"is above every rate of {code}"


def _amounts(plan: Plan, lent_on: list[Programme]) -> Iterator[Told]:
    if not 0 < plan.least_minor <= plan.most_minor <= plan.total_minor:
        yield "least_minor", "must be positive, not above most_minor, nor that above total_minor"
    lots = [programme.lot_minor for programme in lent_on]
    if lots and plan.least_minor < max(lots):
        yield "least_minor", f"is less than a lot of {max(lots)}"
    if not 0 < plan.share_cap <= ONE:
        yield "share_cap", "is above 0 and at most 1"


def _days(plan: Plan, lent_on: list[Programme], today: date) -> Iterator[Told]:
    if not 1 <= plan.lock_in_days <= LONGEST_LOCK_IN_DAYS:
        yield "lock_in_days", f"must be 1 to {LONGEST_LOCK_IN_DAYS}"
    if not 1 <= plan.investing_days <= LONGEST_INVESTING_DAYS:
        yield "investing_days", f"must be 1 to {LONGEST_INVESTING_DAYS}"
    held = [programme.resale.held_days for programme in lent_on if programme.resale is not None]
    if held and plan.lock_in_days < max(held):
        yield "lock_in_days", f"nothing can be sold before it was held {max(held)} days"
    if not today <= plan.offered_until_on or plan.offered_from_on > plan.offered_until_on:
        yield "offered_until_on", "is not before offered_from_on nor over"
    elif (plan.offered_until_on - plan.offered_from_on).days >= LONGEST_OFFERING_DAYS:
        yield "offered_until_on", f"it is offered {LONGEST_OFFERING_DAYS} days at most"


def _income(plan: Plan, lent_on: list[Programme]) -> Iterator[Told]:
    if (plan.income_cap is None) != (plan.above_cap is None):
        yield "above_cap", "is stated if, and only if, there is a cap"
    if plan.income_cap is not None and not 0 < plan.income_cap <= ONE:
        yield "income_cap", "is above 0 and at most 1"
    funds = [any(layer.bearer is LossBearer.RESERVE_FUND for layer in one.loss_waterfall) for one in lent_on]
    if plan.above_cap is AboveCap.TO_RESERVE_FUND and not all(funds):
        yield "above_cap", "a reserve fund bears losses of every programme it is for"


def _fees(plan: Plan) -> Iterator[Told]:
    for name in ("joining_fee_rate", "exit_fee_rate", "early_exit_fee_rate"):
        rate = getattr(plan, name)
        if rate is not None and not 0 <= rate <= LARGEST_FEE:
            yield name, f"is at most {LARGEST_FEE}"
    if plan.early_exit_fee_rate is not None and plan.early_exit_fee_rate < plan.exit_fee_rate:
        yield "early_exit_fee_rate", "leaving early costs no less than leaving later"


def _resale(plan: Plan, lent_on: list[Programme]) -> Iterator[Told]:
    wish = plan.resale
    if wish is None:
        return
    if not 0 <= wish.least_yield <= ONE or not Decimal("0.5") <= wish.least_price <= wish.largest_price <= Decimal(
        "1.5"
    ):
        yield "resale", "the yield is 0 to 1, prices 0.5 to 1.5, the least not above the largest"
    if not 1 <= wish.longest_months <= 360:
        yield "resale", "longest_months is 1 to 360"
    terms = [programme.resale for programme in lent_on if programme.resale is not None]
    if terms and not any(
        one.least_price <= wish.largest_price and wish.least_price <= one.largest_price for one in terms
    ):
        yield "resale", "no programme lets claims be sold at these prices"
