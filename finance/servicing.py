"""A loan as it stands on a day: what each payment paid, and what is owed, late interest included.

Late interest depends on when payments came, and what a payment pays depends on the late interest grown by then. So neither
is kept: the whole is worked out again from the schedule and the payments. A payment reversed is left out, late interest
runs over the days for which it had stopped it, and the payments after it pay what is then owed first.

Late interest of a row is Σ over its late days of base × daily rate, the base being what is still unpaid as the day begins,
rounded once over all of them; so a part paid stops its part from that day on. What was paid of it is never asked for twice.

Terms agreed anew stand among the payments, in the order in which all of it happened: what was due by then stays due.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from finance.ageing import oldest_unpaid_on
from finance.errors import CannotBeMet, OutOfRange
from finance.exact import Exact, fraction, of_kind, plain_day, rounded
from finance.free_days import FreeDays
from finance.lateness import LateRule, charged_late, first_late_day, late_base
from finance.repayment import DEFAULT_ORDER, TIMES, Allocation, Due, Order, allocate, dues_of, kept_payments
from finance.rescheduling import Prepayment, prepay, reschedule, rows_ended
from finance.schedules import Schedule


class Receipt(NamedTuple):
    """A payment received. With `keep` what it leaves after everything due repays principal ahead of time.

    `keep="term"` lowers the instalments, `keep="instalment"` ends the loan sooner, as in `finance.rescheduling.prepay`;
    `fee_rate` is the fee on principal so repaid, at most `most_fee_minor`. Without `keep` money beyond what is due pays later rows as they
    stand.
    """

    id: str
    paid_on: date
    amount_minor: int
    keep: Literal["instalment", "term"] | None = None
    fee_rate: Exact = 0
    most_fee_minor: int | None = None


class Renegotiation(NamedTuple):
    """Terms agreed anew, from `paid_on`, as `finance.rescheduling.reschedule` takes them."""

    id: str
    paid_on: date
    annual_rate: str | Decimal | None = None
    periods: int | None = None
    first_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A loan at the end of a day. `dues` has every row still asked for, those not yet due too; `penalty_minor` is late interest unpaid.

    `schedule` is the one now in force, None once the loan was settled ahead of time. Per payment: Σ parts of its allocation
    + its prepayment + `overpaid_minor` is its amount. `late_minor` is late interest by row, paid or not.
    """

    on: date
    schedule: Schedule | None
    dues: tuple[Due, ...]
    late_minor: dict[int, int]
    allocations: dict[str, Allocation]
    prepayments: dict[str, Prepayment]

    @property
    def arrears_minor(self) -> int:
        """Everything due by this day and not paid."""
        return sum(due.owed_minor for due in self.dues if due.due_on <= self.on)

    def settlement(self, *, fee_rate: Exact = 0, most_fee_minor: int | None = None) -> tuple[int, Prepayment | None]:
        """What ends the loan on this day, in minor units, and what of it is ahead of time (None if nothing is)."""
        if self.schedule is None:
            return self.arrears_minor, None
        ended = rows_ended(self.schedule, self.on)
        asked = sum(due.owed_minor for due in self.dues[:ended])
        if not any(due.owed_minor for due in self.dues[ended:]):
            return asked, None
        whole = _whole(self.schedule, self.dues[ended:], self.on, fee_rate, most_fee_minor)
        return asked + whole.payment_minor, whole


def account_on(
    schedule: Schedule,
    receipts: Iterable[Receipt | Renegotiation],
    on: date,
    *,
    rule: LateRule | None = None,
    free: Sequence[tuple[date, date]] = (),
    reversed_ids: AbstractSet[str] = frozenset(),
    order: Order = DEFAULT_ORDER,
) -> Account:
    """The loan at the end of a day, from the payments up to that day that were not reversed.

    Without a `rule` lateness costs nothing; days in windows of `free` (first free day, first day that counts again) are
    forgiven. Payments come in the order in which they were received. Raises `DatesOutOfOrder`, `OutOfRange`, and
    `CannotBeMet` for a prepayment that the schedule does not allow.
    """
    plain_day(on, "on")
    of_kind(schedule, Schedule, "schedule")
    of_kind(rule, LateRule | None, "rule")
    of_kind(order, Order, "order")
    loan = _Loan(schedule, rule, FreeDays.of(free), order)
    for receipt in kept_payments(receipts, reversed_ids, rows=len(schedule.rows), field="receipts"):
        of_kind(receipt, Receipt | Renegotiation, "receipts")
        if receipt.paid_on < schedule.start_on:
            raise OutOfRange(f"payment {receipt.id} of {receipt.paid_on} came before the loan", field="receipts")
        if receipt.paid_on > on:
            continue
        if isinstance(receipt, Renegotiation):
            loan.renegotiate(receipt)
        else:
            loan.receive(receipt)
    return loan.on(on)


@dataclass(slots=True)
class _Row:
    """One row as it is paid: what is owed without penalty, minor units × late days so far, and what was paid of them."""

    due: Due
    counted_to: int
    """The ordinal of the first day not yet weighed."""
    weighted: int = 0
    base: int = 0
    """What was overdue when the first late day was weighed: the cap is a share of it."""
    ripe: bool = False
    """Whether anything was unpaid when the grace had passed: from then on every late day counts."""
    penalty_paid: int = 0


@dataclass(slots=True)
class _Loan:
    schedule: Schedule
    rule: LateRule | None
    free: FreeDays
    order: Order
    settled: bool = False
    rows: list[_Row] = field(init=False)
    allocations: dict[str, Allocation] = field(default_factory=dict)
    prepayments: dict[str, Prepayment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = [self._row(due) for due in dues_of(self.schedule)]

    def on(self, day: date) -> Account:
        self._grow(day)
        late = {row.due.number: charged for row in self.rows if (charged := self._charged(row))}
        schedule = None if self.settled else self.schedule
        return Account(day, schedule, tuple(self._dues()), late, dict(self.allocations), dict(self.prepayments))

    def receive(self, receipt: Receipt) -> None:
        self._grow(receipt.paid_on)
        dues = self._dues()
        if receipt.keep is None or self.settled:
            allocation = allocate(receipt.amount_minor, dues, receipt.paid_on, self.order)
            self._pay(allocation)
        else:
            ended = rows_ended(self.schedule, receipt.paid_on)
            first = replace(
                self.order, times=(*self.order.times, *(time for time in TIMES if time not in self.order.times))
            )
            allocation = allocate(receipt.amount_minor, dues[:ended], receipt.paid_on, first)
            self._pay(allocation)
            left = self._prepay(receipt, allocation.overpaid_minor, dues[ended:])
            allocation = replace(allocation, overpaid_minor=left, dues=(*allocation.dues, *dues[ended:]))
        self.allocations[receipt.id] = allocation

    def renegotiate(self, agreed: Renegotiation) -> None:
        """Rows due by that day as they stand, then those of the terms agreed. Raises `CannotBeMet` where the rest was paid in part."""
        self._grow(agreed.paid_on)
        ended = rows_ended(self.schedule, agreed.paid_on)
        if self.settled or self._dues()[ended:] != dues_of(self.schedule)[ended:]:
            raise CannotBeMet("rows not yet due were paid in part; they cannot be agreed anew", field="receipts")
        self.schedule = reschedule(
            self.schedule,
            agreed.paid_on,
            annual_rate=agreed.annual_rate,
            periods=agreed.periods,
            first_due_on=agreed.first_due_on,
        )
        self.rows = [*self.rows[:ended], *map(self._row, dues_of(self.schedule)[ended:])]

    def _pay(self, allocation: Allocation) -> None:
        rows = {row.due.number: row for row in self.rows}
        for number, kind, amount in allocation.parts:
            row = rows[number]
            if kind == "penalty":
                row.penalty_paid += amount
            else:
                row.due = row.due.less(kind, amount)

    def _prepay(self, receipt: Receipt, left: int, ahead: Sequence[Due]) -> int:
        """Repays principal with what everything due has left; returns what then still is."""
        day, fee_rate, most = receipt.paid_on, receipt.fee_rate, receipt.most_fee_minor
        if not left or not any(due.owed_minor for due in ahead):
            return left
        part = _whole(self.schedule, ahead, day, fee_rate, most)
        if left < part.payment_minor:
            budget = left - part.interest_minor
            principal = _principal_within(budget, fraction(fee_rate, "fee_rate"), self.schedule)
            if most is not None:
                principal = max(principal, budget - most)
            if principal < 1:
                return left
            keep = receipt.keep or "term"
            part = prepay(self.schedule, day, principal, keep=keep, fee_rate=fee_rate, most_fee_minor=most)
        self._continue(receipt.id, part, day)
        return left - part.payment_minor

    def _continue(self, receipt_id: str, prepayment: Prepayment, day: date) -> None:
        """The rows due by now as they stand, then those of the schedule that the prepayment leaves."""
        kept = self.rows[: rows_ended(self.schedule, day)]
        self.prepayments[receipt_id] = prepayment
        if prepayment.schedule is None:
            self.settled, self.rows = True, kept
            return
        self.schedule = prepayment.schedule
        later = dues_of(self.schedule)[len(kept) :]
        # The payment itself is the first of them, and paid.
        paid = Due(later[0].number, later[0].due_on)
        self.rows = [*kept, *map(self._row, [paid, *later[1:]])]

    def _row(self, due: Due) -> _Row:
        return _Row(due, first_late_day(due.due_on, self.rule) if self.rule else 0)

    def _grow(self, day: date) -> None:
        """Weighs the late days up to and with this one by what was owed as they began."""
        if self.rule is None:
            return
        tomorrow = day.toordinal() + 1
        until = min(tomorrow, self._stopped_on())
        for row in self.rows:
            if row.due.due_on >= day:
                continue
            base = late_base(row.due, self.rule.base)
            row.base = max(row.base, base)
            if tomorrow > row.counted_to:
                if until > row.counted_to:
                    row.weighted += base * self.free.charged(row.counted_to, until)
                row.counted_to = tomorrow
            row.ripe = row.ripe or (base > 0 and (day - row.due.due_on).days > self.rule.grace_days)

    def _stopped_on(self) -> int:
        """The ordinal of the first day on which nothing grows, the loan standing as it does."""
        oldest = oldest_unpaid_on(row.due for row in self.rows)
        if self.rule is None or self.rule.stops_after_days is None or oldest is None:
            return date.max.toordinal()
        return oldest.toordinal() + self.rule.stops_after_days + 1

    def _charged(self, row: _Row) -> int:
        return charged_late(row.weighted, row.base, self.rule) if self.rule and row.ripe else 0

    def _dues(self) -> list[Due]:
        return [row.due._replace(penalty_minor=self._charged(row) - row.penalty_paid) for row in self.rows]


def _whole(
    schedule: Schedule, ahead: Sequence[Due], day: date, fee_rate: Exact, most_fee_minor: int | None
) -> Prepayment:
    """Everything not yet due repaid on this day."""
    if list(ahead) != dues_of(schedule)[rows_ended(schedule, day) :]:
        raise CannotBeMet("rows not yet due were paid in part; they cannot be repaid ahead of time", field="receipts")
    principal = sum(due.principal_minor for due in ahead)
    return prepay(schedule, day, principal, fee_rate=fee_rate, most_fee_minor=most_fee_minor)


def _principal_within(budget: int, fee_rate: Fraction, schedule: Schedule) -> int:
    """The most principal that, with the fee on it, a budget pays."""
    principal = max(0, rounded(budget / (1 + fee_rate), "floor"))
    # Its fee may be rounded down far enough to let one more unit in, never two.
    one_more = principal + 1
    return one_more if one_more + rounded(one_more * fee_rate, schedule.rounding) <= budget else principal
