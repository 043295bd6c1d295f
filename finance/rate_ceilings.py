"""How much a loan may cost by law: dated tables of ceilings, and the check that every offer goes through.

What is compared is the all-in nominal yearly rate (`finance.all_in_cost`): the rate at which everything the borrower pays
(interest, fees, insurance, guarantee) is worth what she received. Lateness is held against the same ceiling by itself: a
row paid late is the loan of that row over again, at the late rate, so as long as that is within the ceiling no lateness
takes an offer above it. A late charge that does not grow with the days has no such rate and is none of `LateRule`'s.

The figures of law are data (`CeilingTable`), with their source; `finance.rate_ceilings_cn.CHINA` is the table shipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from finance.all_in_cost import AllInCost, all_in_cost
from finance.errors import CannotBeMet, OutOfRange, UnknownChoice
from finance.exact import decimal, of_kind, plain_day, shown
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
            raise UnknownChoice(f"no ceiling is known for lenders of kind {shown(lender)}", field="lender")
        for row in rows:
            if row.contracts_from <= contract_on and (
                row.contracts_before is None or contract_on < row.contracts_before
            ):
                return row
        raise OutOfRange(f"no ceiling for {lender} lenders covers {contract_on}", field="contract_on")

    def enforceable(self, lender: str, contract_on: date, term_months: int) -> Decimal:
        """The yearly rate up to which a court enforces a contract of that day. Raises as `row` does."""
        return _enforceable(self.row(lender, contract_on), self, contract_on, term_months)[0]

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

    `late_daily_rate` is what a late payment costs a day in all, ordinary interest included where that runs on; a year of it
    is held against the same ceiling. `further_costs` are pairs (day, minor units) the borrower pays to anybody for having
    the loan: insurance, guarantee. Raises `UnknownChoice`, `OutOfRange`, `DatesOutOfOrder`.
    """
    plain_day(contract_on, "contract_on")
    of_kind(schedule, Schedule, "schedule")
    row = of_kind(table, CeilingTable, "table").row(lender, contract_on)
    enforceable, as_of = _enforceable(row, table, contract_on, _term_months(schedule))
    kept = row.kept if row.kept is not None else enforceable
    costs = all_in_cost(schedule, further_costs)
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


def _verdict(costs: AllInCost, late_rate: Decimal, enforceable: Decimal, kept: Decimal) -> Verdict:
    if late_rate <= enforceable and not costs.exceeds(enforceable):
        return "allowed"
    if late_rate <= kept and not costs.exceeds(kept):
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
