"""What a programme lets be offered, and what it keeps back."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from finance.exact import rounded
from services.p2p.errors import CurrencyDiffers, NotOffered
from services.p2p.programmes.model import Origination, Programme, RateFormation

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


def require_origination(programme: Programme, channel: str) -> None:
    """Raises NotOffered. Where somebody lends first and sells slices, borrowers may come online."""
    taken = {one.value for one in programme.origination}
    if Origination.FIRST_LENDER in programme.origination:
        taken.add(Origination.ONLINE.value)
    if channel not in taken:
        raise NotOffered(
            "the programme takes no loans that came this way", field="programme", origination=sorted(taken)
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
