"""What a programme lets be offered, what it keeps back, and what would make it contradict itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from finance.exact import rounded
from services.p2p.errors import CurrencyDiffers, NotOffered
from services.p2p.programmes.model import GRADES, METHODS, LossBearer, Programme, RateFormation

MOST_HOLDERS = 2_000
"""A repayment of a loan, principal and interest to each holder, fits one batch of the ledger."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Kept back from the payout, in minor units."""

    origination_minor: int
    reserve_minor: int

    @property
    def total_minor(self) -> int:
        return self.origination_minor + self.reserve_minor


def rate_of(programme: Programme, grade: str, wanted: Decimal | None) -> Decimal:
    """The yearly rate of a loan. Raises NotOffered where the grade, or the rate wanted, is not the programme's."""
    if grade not in programme.grades:
        raise NotOffered(f"grade {grade} is not eligible", field="programme", grades=list(programme.grades))
    if programme.rate_formation is RateFormation.BY_GRADE:
        rate = programme.rates_by_grade[grade]
        if wanted not in (None, rate):
            raise NotOffered(f"grade {grade} pays {rate}", field="annual_rate", annual_rate=str(rate))
        return rate
    if wanted is None:
        raise NotOffered("the borrower names the rate in this programme", field="annual_rate")
    if not programme.lowest_rate <= wanted <= programme.highest_rate:
        bounds = {"lowest_rate": str(programme.lowest_rate), "highest_rate": str(programme.highest_rate)}
        raise NotOffered("the rate is outside the programme's bounds", field="annual_rate", **bounds)
    return wanted


def fees_of(programme: Programme, grade: str, amount_minor: int, term_months: int) -> Fees:
    """Yearly shares of the amount over the term, each rounded half up once."""
    years = Fraction(term_months, 12)

    def share(table: Decimal) -> int:
        return rounded(amount_minor * Fraction(table) * years, "half_up")

    nothing = Decimal(0)
    return Fees(
        share(programme.origination_fee_annual.get(grade, nothing)),
        share(programme.reserve_contribution_annual.get(grade, nothing)),
    )


def require_offered(programme: Programme, *, amount_minor: int, currency: str, term_months: int, method: str) -> None:
    """Raises CurrencyDiffers or NotOffered with the offending field and what is offered."""
    if currency != programme.currency:
        raise CurrencyDiffers(f"the programme lends {programme.currency}", field="currency")
    if not programme.least_amount_minor <= amount_minor <= programme.largest_amount_minor:
        raise NotOffered(
            "the amount is outside the programme's bounds",
            field="amount",
            least_amount_minor=programme.least_amount_minor,
            largest_amount_minor=programme.largest_amount_minor,
        )
    if amount_minor % programme.lot_minor:
        raise NotOffered("the amount is not a number of lots", field="amount", lot_minor=programme.lot_minor)
    if term_months not in programme.terms_months:
        raise NotOffered("no such term", field="term_months", terms_months=list(programme.terms_months))
    if method not in programme.methods:
        raise NotOffered("no such repayment method", field="method", methods=list(programme.methods))


def contradictions(programme: Programme) -> list[str]:
    """Everything in a programme that cannot stand beside something else in it; empty if it may be used."""
    return list(_contradictions(programme))


def _contradictions(programme: Programme) -> Iterator[str]:
    if not programme.grades or not set(programme.grades) <= set(GRADES):
        yield f"grades must be some of {', '.join(GRADES)}"
    if not programme.methods or not set(programme.methods) <= set(METHODS):
        yield f"methods must be some of {', '.join(METHODS)}"
    if not programme.terms_months or min(programme.terms_months) < 1 or max(programme.terms_months) > 60:
        yield "terms_months must be 1 to 60"
    if not 0 <= programme.lowest_rate <= programme.highest_rate <= 1:
        yield "lowest_rate must not be above highest_rate, both between 0 and 1"
    if not 0 < programme.least_amount_minor <= programme.largest_amount_minor:
        yield "least_amount_minor must be positive and not above largest_amount_minor"
    yield from _lot_contradictions(programme)
    yield from _grade_contradictions(programme)


def _lot_contradictions(programme: Programme) -> Iterator[str]:
    lot = programme.lot_minor
    if lot < 1 or programme.least_amount_minor % lot or programme.largest_amount_minor % lot:
        yield "the bounds of the amount must be numbers of lots"
    if not 1 <= programme.longest_open_days <= 60:
        yield "longest_open_days must be 1 to 60"


def _grade_contradictions(programme: Programme) -> Iterator[str]:
    if programme.rate_formation is RateFormation.BY_GRADE:
        for grade in programme.grades:
            if grade not in programme.rates_by_grade:
                yield f"grade {grade} has no rate"
            elif not programme.lowest_rate <= programme.rates_by_grade[grade] <= programme.highest_rate:
                yield f"the rate of grade {grade} is outside lowest_rate and highest_rate"
    elif programme.rates_by_grade:
        yield "a fixed rate is the borrower's: rates_by_grade must be empty"
    contributes = any(programme.reserve_contribution_annual.values())
    if programme.loss_borne_by is LossBearer.RESERVE_FUND and not contributes:
        yield "a reserve fund that nobody contributes to bears no loss"
    if programme.loss_borne_by is LossBearer.LENDER and contributes:
        yield "contributions need a reserve fund that bears losses"
    for table in (programme.origination_fee_annual, programme.reserve_contribution_annual):
        if any(not 0 <= share < 1 for share in table.values()):
            yield "fees are shares between 0 and 1"
