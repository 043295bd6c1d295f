"""How much a loan may cost by law: dated tables of ceilings, and the check that every offer goes through.

What is compared is the all-in nominal yearly rate: the rate at which everything the borrower pays (interest, fees, insurance,
guarantee) is worth what she received, on the schedule's own periods, a year of 365 days. An offer is above a ceiling only if
it takes more than the ceiling allows by more than the rounding of its rows, half a minor unit each: a loan at exactly
15.40 % is not above 15.40 % because its cents were rounded up.

The figures of law are data (`CeilingTable`), with their source; `finance.rate_ceilings_cn.CHINA` is the table shipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Literal, NamedTuple

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange, UnknownChoice
from finance.exact import decimal, integer, minor_amount, plain_day
from finance.returns import rate_of_payments
from finance.schedules import Schedule

Verdict = Literal["allowed", "kept_if_paid", "void"]
_DAYS_A_YEAR = 365


class Step(NamedTuple):
    """A reference rate from a day on: pairs (longest term in months, yearly rate) by ascending term, None for any."""

    from_on: date
    rates: tuple[tuple[int | None, Decimal], ...]


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """A published series of rates. `as_of` is the day to which the series was kept: later days use its last step."""

    name: str
    source: str
    as_of: date
    steps: tuple[Step, ...]

    def at(self, day: date, term_months: int) -> Decimal:
        """The rate published for that day and term. Days before the series raise `OutOfRange`."""
        step = None
        for candidate in self.steps:
            if candidate.from_on <= day:
                step = candidate
        if step is None:
            raise OutOfRange(f"{self.name} begins on {self.steps[0].from_on}, after {day}", field="contract_on")
        for longest, rate in step.rates:
            if longest is None or term_months <= longest:
                return rate
        raise OutOfRange(f"{self.name} has no rate for {term_months} months", field="schedule")


@dataclass(frozen=True, slots=True)
class CeilingRow:
    """The rule for contracts of a kind of lender from a day on, up to and without another.

    Up to `enforceable` (a yearly rate, or `times` a reference rate) a court enforces; up to `kept` what was paid stays paid;
    above that it is void. Without `kept` it is void above `enforceable`.
    """

    lender: str
    contracts_from: date
    contracts_before: date | None
    source: str
    enforceable: Decimal | None = None
    times: Decimal | None = None
    reference: str | None = None
    kept: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CeilingTable:
    """Rows of law and the reference rates they speak of."""

    rows: tuple[CeilingRow, ...]
    references: tuple[ReferenceRate, ...]

    def row(self, lender: str, contract_on: date) -> CeilingRow:
        """The row for a lender and a contract date. Unknown lenders raise `UnknownChoice`, uncovered days `OutOfRange`."""
        rows = [row for row in self.rows if row.lender == lender]
        if not rows:
            raise UnknownChoice(f"no ceiling is known for lenders of kind {lender!r}", field="lender")
        for row in rows:
            if row.contracts_from <= contract_on and (
                row.contracts_before is None or contract_on < row.contracts_before
            ):
                return row
        raise OutOfRange(f"no ceiling for {lender} lenders covers {contract_on}", field="contract_on")

    def reference(self, name: str) -> ReferenceRate:
        for reference in self.references:
            if reference.name == name:
                return reference
        raise UnknownChoice(f"the table has no reference rate {name!r}", field="table")


@dataclass(frozen=True, slots=True)
class CeilingCheck:
    """What a check found. Rates are yearly; `all_in_rate` is a float for display, the verdict was reached exactly.

    `reference_as_of` says to which day the reference rate was kept, None where the ceiling is a plain figure.
    """

    verdict: Verdict
    all_in_rate: float
    late_rate: Decimal
    enforceable: Decimal
    kept: Decimal
    source: str
    reference_as_of: date | None


def check_offer(
    schedule: Schedule,
    contract_on: date,
    *,
    table: CeilingTable,
    lender: str = "private",
    late_daily_rate: Decimal | str = "0",
    further_costs: Sequence[tuple[date, int]] = (),
) -> CeilingCheck:
    """Whether an offer may be made: its schedule, the worst lateness and costs outside the schedule against the law.

    `late_daily_rate` is what a late payment costs a day in all, a year of it is held against the same ceiling.
    `further_costs` are pairs (day, minor units) the borrower pays to anybody for having the loan: insurance, guarantee.
    """
    plain_day(contract_on, "contract_on")
    row = table.row(lender, contract_on)
    enforceable, as_of = _enforceable(row, table, contract_on, _term_months(schedule))
    kept = row.kept if row.kept is not None else enforceable
    costs = _Costs.of(schedule, further_costs)
    late_rate = decimal(late_daily_rate, "late_daily_rate") * _DAYS_A_YEAR
    if late_rate < 0:
        raise OutOfRange("late_daily_rate must not be negative", field="late_daily_rate")
    return CeilingCheck(
        verdict=_verdict(costs, late_rate, enforceable, kept),
        all_in_rate=costs.rate(),
        late_rate=late_rate,
        enforceable=enforceable,
        kept=kept,
        source=row.source,
        reference_as_of=as_of,
    )


def _verdict(costs: "_Costs", late_rate: Decimal, enforceable: Decimal, kept: Decimal) -> Verdict:
    if late_rate <= enforceable and not costs.exceed(enforceable):
        return "allowed"
    if late_rate <= kept and not costs.exceed(kept):
        return "kept_if_paid"
    return "void"


def _enforceable(
    row: CeilingRow, table: CeilingTable, contract_on: date, term_months: int
) -> tuple[Decimal, date | None]:
    if row.enforceable is not None:
        return row.enforceable, None
    if row.times is None or row.reference is None:
        raise CannotBeMet(f"the row of {row.contracts_from} states no ceiling", field="table")
    reference = table.reference(row.reference)
    return row.times * reference.at(contract_on, term_months), reference.as_of


def _term_months(schedule: Schedule) -> int:
    """Whole months of the term, a begun one counting as whole."""
    start, end = schedule.start_on, schedule.rows[-1].due_on
    return (end.year - start.year) * 12 + end.month - start.month + (end.day > start.day)


class _Costs(NamedTuple):
    """What the borrower received and pays, and the length in years of each stretch between payments."""

    received_minor: int
    payments_minor: tuple[int, ...]
    years: tuple[Decimal, ...]
    tolerance_minor: Decimal

    @classmethod
    def of(cls, schedule: Schedule, further_costs: Sequence[tuple[date, int]]) -> "_Costs":
        if schedule.changes.drawings:
            raise CannotBeMet("each drawing is an offer of its own", field="schedule")
        by_place = sorted(_places(schedule, further_costs))
        upfront = sum(amount for place, amount in by_place if place == 0)
        received = schedule.principal_minor - schedule.upfront_fee_minor - upfront
        integer(received, "further_costs", least=1)
        payments, years, before = [], [], Decimal(0)
        for place, amount in by_place:
            if place:
                payments.append(amount)
                years.append(place - before)
                before = place
        return cls(received, tuple(payments), tuple(years), Decimal(len(schedule.rows)) / 2)

    def exceed(self, ceiling: Decimal) -> bool:
        """Whether the payments are worth more at the ceiling than was received, by more than the rows' rounding."""
        with localcontext(prec=50):
            worth, growth = Decimal(0), Decimal(1)
            for payment, years in zip(self.payments_minor, self.years, strict=True):
                growth *= 1 + ceiling * years
                worth += payment / growth
            return worth - self.received_minor > self.tolerance_minor

    def rate(self) -> float:
        return rate_of_payments(self.received_minor, self.payments_minor, [float(years) for years in self.years])


def _places(schedule: Schedule, further_costs: Sequence[tuple[date, int]]) -> list[tuple[Decimal, int]]:
    """Every payment with its distance from the start, in years of 365 days."""
    places, at = [], Decimal(0)
    # ACT/360 counts 365/360 of a year in a year: the law's year is the calendar's.
    stretch = Decimal(360) / 365 if schedule.day_count == "ACT/360" else Decimal(1)
    marks = [(schedule.start_on, at)]
    for row, years in zip(schedule.rows, schedule.years, strict=True):
        at += Decimal(years.numerator) / years.denominator * stretch
        places.append((at, row.payment_minor))
        marks.append((row.due_on, at))
    for day, amount in further_costs:
        minor_amount(amount, "further_costs", least=0)
        if plain_day(day, "further_costs") < schedule.start_on:
            raise DatesOutOfOrder(f"a cost of {day} lies before the loan", field="further_costs")
        places.append((_place(day, marks), amount))
    return places


def _place(day: date, marks: list[tuple[date, Decimal]]) -> Decimal:
    for (before, near), (after, far) in pairwise(marks):
        if day <= after:
            return near + (far - near) * (day - before).days / max(1, (after - before).days)
    return marks[-1][1] + Decimal((day - marks[-1][0]).days) / _DAYS_A_YEAR
