"""What a lender gained and lost by her claims, year by year: plain functions on what happened, in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from finance.exact import rounded


class Kind(StrEnum):
    FUNDED = "funded"
    BOUGHT = "bought"
    SOLD = "sold"
    RECEIVED = "received"
    COMPENSATED = "compensated"
    """Somebody paid her for a loss, or bore what she could not give back: the claim is theirs."""
    HOLDING = "holding"
    """A partner paid her for days on which it had money that was hers."""


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Happening:
    """Amounts in minor units. price_minor: paid or received for the principal alone; interest_minor: received, or paid where negative."""

    happened_on: date
    kind: Kind
    claim_id: UUID
    loan_id: UUID
    principal_minor: int
    price_minor: int
    interest_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A happening with what it made: gain_minor, below zero a loss, of what was sold or repaid over what it had cost on average."""

    happening: Happening
    gain_minor: int


def lines_of(happenings: Iterable[Happening]) -> list[Line]:
    """Of one claim. Its cost is that of all bought and lent, on average: Σ gains = Σ prices received − Σ prices paid, once nothing is left.

    A claim bought at a discount gains as it is repaid.
    """
    principal = cost = 0
    found = []
    for one in sorted(happenings, key=lambda one: (one.happened_on, ORDER[one.kind])):
        gain = 0
        if one.kind in (Kind.FUNDED, Kind.BOUGHT):
            principal, cost = principal + one.principal_minor, cost + one.price_minor
        elif one.principal_minor:
            gone = rounded(Fraction(cost * one.principal_minor, principal), "half_up")
            principal, cost = principal - one.principal_minor, cost - gone
            gain = one.price_minor - gone
        found.append(Line(one, gain))
    return found


@dataclass(frozen=True, slots=True)
class Year:
    """Amounts in minor units, of one currency. net_minor: interest, gains and losses, less fees."""

    interest_received_minor: int = 0
    accrued_sold_minor: int = 0
    accrued_bought_minor: int = 0
    gains_minor: int = 0
    losses_minor: int = 0
    fees_minor: int = 0
    principal_received_minor: int = 0
    funded_minor: int = 0
    bought_minor: int = 0
    sold_minor: int = 0
    compensated_minor: int = 0
    compensated_interest_minor: int = 0
    holding_interest_minor: int = 0

    @property
    def net_minor(self) -> int:
        interest = self.interest_received_minor + self.accrued_sold_minor - self.accrued_bought_minor
        interest += self.compensated_interest_minor + self.holding_interest_minor
        return interest + self.gains_minor - self.losses_minor - self.fees_minor


def year_of(lines: Sequence[Line]) -> Year:
    def total(kind: Kind, name: str) -> int:
        return sum(getattr(line.happening, name) for line in lines if line.happening.kind is kind)

    return Year(
        interest_received_minor=total(Kind.RECEIVED, "interest_minor"),
        accrued_sold_minor=total(Kind.SOLD, "interest_minor"),
        accrued_bought_minor=-total(Kind.BOUGHT, "interest_minor"),
        gains_minor=sum(max(0, line.gain_minor) for line in lines),
        losses_minor=sum(max(0, -line.gain_minor) for line in lines),
        fees_minor=sum(line.happening.fee_minor for line in lines),
        principal_received_minor=total(Kind.RECEIVED, "principal_minor"),
        funded_minor=total(Kind.FUNDED, "principal_minor"),
        bought_minor=total(Kind.BOUGHT, "principal_minor"),
        sold_minor=total(Kind.SOLD, "principal_minor"),
        compensated_minor=total(Kind.COMPENSATED, "principal_minor"),
        compensated_interest_minor=total(Kind.COMPENSATED, "interest_minor"),
        holding_interest_minor=total(Kind.HOLDING, "interest_minor"),
    )
