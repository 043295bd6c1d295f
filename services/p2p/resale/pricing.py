"""What a slice of a claim costs, what it should be worth, and what it yields to who buys it: plain functions of one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from finance.exact import rounded
from finance.returns import xnpv
from services.p2p.claims.model import Claim, Expected
from services.p2p.claims.rules import accrued_minor, expected_of, yield_of
from services.p2p.lender_fees.model import Chargeable
from services.p2p.lender_fees.rules import foreseen_of
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import AccruedRule, ResaleTerms

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Quote:
    """Amounts in minor units. accrued_minor: earned to the day; of it accrued_paid_minor is in the price, the rest stays the seller's.

    fair_minor: what remains to be received, discounted at discount_rate (yearly, compounded); xirr: the buyer's, at the price, after what
    the platform will have of her interest by her tier of today, interest_fees_minor in all; gross_xirr: before that.
    """

    principal_minor: int
    accrued_minor: int
    accrued_paid_minor: int
    price_minor: int
    fee_minor: int
    fair_minor: int
    discount_rate: Decimal
    xirr: float | None
    gross_xirr: float | None
    interest_fees_minor: int
    expected: list[Expected]


def quote(
    claim: Claim,
    loan: Loan,
    unpaid: Sequence[LoanRow],
    terms: ResaleTerms,
    *,
    principal_minor: int,
    price_share: Decimal,
    day: date,
    discount_rate: Decimal | None = None,
    buyer: Chargeable | None = None,
) -> Quote:
    """A slice of principal_minor, at a price that is a share of principal and accrued interest.

    `buyer_pays_at_trade`: the price is of both, and the interest in it is at par. `split_when_paid`: the price is of the principal; the
    seller receives the interest of her days when the row is paid. buyer: None where it is nobody in particular: nothing is charged.
    """
    piece = claim._replace(outstanding_minor=principal_minor)
    accrued = accrued_minor(piece, loan, unpaid, day)
    pays = terms.accrued is AccruedRule.BUYER_PAYS_AT_TRADE
    worth = principal_minor + (accrued if pays else 0)
    price = max(1, rounded(worth * Fraction(price_share), "half_up"))
    fee = rounded(price * Fraction(terms.fee_rate), "half_up")
    # Something is always paid for the principal: its transfer is what the claim is worked out from.
    paid = min(accrued, price - fee - 1) if pays else 0
    ahead = expected_of(piece, loan, unpaid)
    if not pays:
        ahead[0] = replace(ahead[0], interest_minor=max(0, ahead[0].interest_minor - accrued))
    flows = [(one.due_on, one.principal_minor + one.interest_minor) for one in ahead]
    fees = [0] * len(ahead)
    if buyer is not None:
        fees = foreseen_of(buyer, [(one.due_on, one.interest_minor) for one in ahead])
    hers = [(due_on, amount - fee) for (due_on, amount), fee in zip(flows, fees, strict=True)]
    rate = effective(loan.annual_rate) if discount_rate is None else discount_rate
    return Quote(
        principal_minor=principal_minor,
        accrued_minor=accrued,
        accrued_paid_minor=paid,
        price_minor=price,
        fee_minor=fee,
        fair_minor=round(xnpv(rate, [(day, 0), *flows])),
        discount_rate=rate,
        xirr=yield_of([(day, -price), *hers]),
        gross_xirr=yield_of([(day, -price), *flows]),
        interest_fees_minor=sum(fees),
        expected=ahead,
    )


def effective(annual_rate: Decimal) -> Decimal:
    """A nominal rate that is paid monthly, compounded over a year."""
    return round((1 + annual_rate / MONTHS) ** MONTHS - 1, 6)
