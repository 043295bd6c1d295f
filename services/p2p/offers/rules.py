"""An offer: the schedule of a loan with every fee, held against the statutory ceiling of the day it is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.wire import LATEST_YEAR
from finance import returns
from finance.errors import FinanceError, NoUsableRate
from finance.rate_ceilings import CeilingCheck, check_offer
from finance.rate_ceilings_cn import CHINA
from finance.schedules import Schedule, build
from services.p2p.errors import AboveRateCeiling, CannotBeScheduled
from services.p2p.programmes.model import Programme
from services.p2p.programmes.rules import Fees, fees_of, rate_of, require_offered

NO_FEES = Fees(0, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a borrower asks for. annual_rate: None where the programme states the rate."""

    amount_minor: int
    currency: str
    term_months: int
    method: str
    annual_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What she would get. effective_rate is compounded and for display; `ceiling` holds the all-in rate and the verdict."""

    schedule: Schedule
    fees: Fees
    ceiling: CeilingCheck
    effective_rate: float | None

    @property
    def allowed(self) -> bool:
        return self.ceiling.verdict == "allowed"


def offer_under(programme: Programme, grade: str, wish: Wish, contract_on: date) -> Offer:
    """The offer of a programme to a grade. Raises NotOffered, CurrencyDiffers, CannotBeScheduled."""
    require_offered(
        programme,
        amount_minor=wish.amount_minor,
        currency=wish.currency,
        term_months=wish.term_months,
        method=wish.method,
    )
    rate = rate_of(programme, grade, wish.annual_rate)
    fees = fees_of(programme, grade, wish.amount_minor, wish.term_months)
    return offer_of(
        wish,
        rate,
        fees,
        contract_on,
        day_count=programme.day_count,
        late_daily_rate=programme.late_daily_rate,
        lender=programme.lender_kind,
    )


def offer_of(
    wish: Wish,
    annual_rate: Decimal,
    fees: Fees,
    contract_on: date,
    *,
    day_count: str = "30/360",
    late_daily_rate: Decimal = Decimal(0),
    lender: str = "private",
) -> Offer:
    """The offer of these terms, whoever makes it. Raises CannotBeScheduled."""
    with _as_refusal():
        schedule = build(
            wish.amount_minor,
            annual_rate,
            wish.term_months,
            method=wish.method,
            start_on=contract_on,
            day_count=day_count,
            upfront_fee_minor=fees.total_minor,
        )
        require_in_reach(schedule, "starts_on")
        ceiling = check_offer(schedule, contract_on, table=CHINA, lender=lender, late_daily_rate=late_daily_rate)
    return Offer(schedule, fees, ceiling, _effective(schedule))


def require_in_reach(schedule: Schedule, field: str) -> None:
    """Every row has a day that can be told. Raises CannotBeScheduled."""
    if schedule.rows[-1].due_on.year > LATEST_YEAR:
        raise CannotBeScheduled(f"the last row would be due after the year {LATEST_YEAR}", field=field)


def require_allowed(offer: Offer) -> None:
    """Raises AboveRateCeiling with the all-in rate, the ceiling and its source."""
    if offer.allowed:
        return
    ceiling = offer.ceiling
    raise AboveRateCeiling(
        "with every fee the offer is dearer than the law allows",
        field="annual_rate",
        all_in_rate=f"{ceiling.all_in_rate:.6f}",
        ceiling=str(ceiling.enforceable),
        source=ceiling.source,
    )


def _effective(schedule: Schedule) -> float | None:
    try:
        return returns.effective_rate(schedule)
    except NoUsableRate:
        return None


@contextmanager
def _as_refusal() -> Iterator[None]:
    try:
        yield
    except FinanceError as fault:
        field = "amount" if fault.field in ("principal_minor", "upfront_fee_minor", "further_costs") else fault.field
        raise CannotBeScheduled(fault.detail, field=field) from fault
