"""How late a loan is, and a portfolio by how late its loans are.

A loan is as late as its oldest unpaid row: calendar days from that row's due day, after its roll to a business day, to the
day of reckoning. The due day itself is not late. Days of grace decide about late interest (`finance.lateness`); they
neither shorten nor reset days past due. Interest stops accruing 90 days after the due day.

Buckets are data. The usual ones: M0 current, M1 1-30 days past due, M2 31-60, … M6 151-180, M6+ more than 180.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy

from finance.calendars import Roll, roll
from finance.errors import CannotBeMet, OutOfRange, WrongShape
from finance.exact import integer, listed, of_kind, plain_day
from finance.loan_arrays import (
    Days,
    Integers,
    array_day,
    calendar_days,
    counts_by,
    require_alike,
    sums_by,
    whole_numbers,
)
from finance.repayment import LARGEST_DUES, Due

ACCRUAL_STOPS_AFTER_DAYS = 90
LARGEST_BUCKETS = 100


class Bucket(NamedTuple):
    """Days past due from one number to another, both included; None is without end."""

    name: str
    from_days: int
    to_days: int | None


@dataclass(frozen=True, slots=True)
class BucketTable:
    """Buckets from 0 days on, without gap or overlap, the last without end."""

    buckets: tuple[Bucket, ...]

    def __post_init__(self) -> None:
        if not listed(self.buckets, "buckets", most=LARGEST_BUCKETS):
            raise OutOfRange("a table has a bucket at least", field="buckets")
        if not isinstance(self.buckets, tuple) or not all(isinstance(bucket, Bucket) for bucket in self.buckets):
            raise WrongShape("buckets must be a tuple of Bucket", field="buckets")
        if not all(isinstance(name, str) for name in self.names):
            raise WrongShape("the name of a bucket is a text", field="buckets")
        if len(set(self.names)) != len(self.buckets):
            raise CannotBeMet("two buckets have one name", field="buckets")
        for bucket in self.buckets:
            integer(bucket.from_days, "buckets", least=0)
            if bucket.to_days is not None:
                integer(bucket.to_days, "buckets", least=bucket.from_days)
        if self.buckets[0].from_days != 0 or self.buckets[-1].to_days is not None:
            raise CannotBeMet("buckets begin at 0 days and the last has no end", field="buckets")
        for before, after in pairwise(self.buckets):
            if before.to_days is None or after.from_days != before.to_days + 1:
                raise CannotBeMet(f"{after.name} does not follow on {before.name}", field="buckets")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(bucket.name for bucket in self.buckets)

    def bucket(self, days: int) -> Bucket:
        """The bucket of a loan so many days past due."""
        integer(days, "days", least=0)
        return next(bucket for bucket in reversed(self.buckets) if bucket.from_days <= days)

    def numbers(self, days: Integers) -> Integers:
        """The positions of many loans' buckets in the table."""
        starts = numpy.array([bucket.from_days for bucket in self.buckets], dtype=numpy.int64)
        found: Integers = numpy.searchsorted(starts, whole_numbers(days, "days"), side="right") - 1
        return found


MONTHS = BucketTable(
    (
        Bucket("M0", 0, 0),
        Bucket("M1", 1, 30),
        Bucket("M2", 31, 60),
        Bucket("M3", 61, 90),
        Bucket("M4", 91, 120),
        Bucket("M5", 121, 150),
        Bucket("M6", 151, 180),
        Bucket("M6+", 181, None),
    )
)


class Aged(NamedTuple):
    """The loans of one bucket: how many, and their balances together in minor units."""

    name: str
    loans: int
    amount_minor: int


def oldest_unpaid_on(dues: Iterable[Due]) -> date | None:
    """The due day of the oldest row of which principal, interest or a fee is still owed; None if there is none.

    A penalty alone keeps no row open: what was agreed has been paid.
    """
    rows = [of_kind(due, Due, "dues") for due in listed(dues, "dues", most=LARGEST_DUES)]
    open_days = (due.due_on for due in rows if due.principal_minor or due.interest_minor or due.fee_minor)
    return min(open_days, default=None)


def days_past_due(unpaid_on: date | None, on: date, *, calendar: str = "none", convention: Roll = "none") -> int:
    """Days from the oldest unpaid row's due day, after its roll, to `on`; 0 for a loan that is current.

    Rows of a schedule that was built with a calendar are rolled already; rolling them again changes nothing.
    """
    plain_day(on, "on")
    if unpaid_on is None:
        return 0
    return max(0, (on - roll(unpaid_on, convention, calendar)).days)


def accrues_to(unpaid_on: date | None, on: date, *, stops_after_days: int = ACCRUAL_STOPS_AFTER_DAYS) -> date:
    """The day up to which, and without which, interest accrues: `on`, or the due day and so many days if that is earlier."""
    integer(stops_after_days, "stops_after_days", least=0, most=36_600)
    plain_day(on, "on")
    if unpaid_on is None or (on - plain_day(unpaid_on, "unpaid_on")).days <= stops_after_days:
        return on
    return unpaid_on + timedelta(days=stops_after_days)


def days_past_due_many(unpaid_on: Days, on: date) -> Integers:
    """Days past due of many loans; NaT is a loan that has nothing unpaid. Due days are rolled already."""
    late = array_day(on, "on") - calendar_days(unpaid_on, "unpaid_on", absent=True)
    days: Integers = numpy.where(numpy.isnat(late), 0, late.astype(numpy.int64))
    return numpy.maximum(days, 0)


def age(days: Integers, balances_minor: Integers, table: BucketTable = MONTHS) -> list[Aged]:
    """A portfolio by bucket: days past due and balance of each loan, neither negative.

    Every loan given is counted, also one without a balance; leave out what is repaid.
    """
    numbers = of_kind(table, BucketTable, "table").numbers(days)
    require_alike(days, whole_numbers(balances_minor, "balances_minor"), "balances_minor")
    size = len(table.buckets)
    sums = zip(table.names, counts_by(numbers, size), sums_by(numbers, balances_minor, size), strict=True)
    return [Aged(*parts) for parts in sums]
