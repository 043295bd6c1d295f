"""What a payment pays: its allocation over due rows, and over them again when an earlier payment is taken back.

Rows fall into three times on the day of payment: `past_due` (due before it), `due` (due on it) and `in_advance` (due later).
Times are served in their stated order; within one either row by row, each kind in turn (`row_then_kind`), or kind by kind
over all its rows (`kind_then_row`).
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, get_args

from finance.errors import DatesOutOfOrder, OutOfRange, UnknownChoice, WrongShape
from finance.exact import integer, listed, minor_amount, of_kind, plain_day, shown
from finance.schedules import Schedule

Kind = Literal["penalty", "fee", "interest", "principal"]
Time = Literal["past_due", "due", "in_advance"]
By = Literal["row_then_kind", "kind_then_row"]

KINDS: tuple[Kind, ...] = get_args(Kind)
TIMES: tuple[Time, ...] = get_args(Time)
LARGEST_DUES = 10_000
LARGEST_PAYMENTS = 10_000
LARGEST_REPLAY = 1_000_000
"""Payments times rows: each payment looks at every row."""


class Due(NamedTuple):
    """What is still owed of one row, in minor units."""

    number: int
    due_on: date
    penalty_minor: int = 0
    fee_minor: int = 0
    interest_minor: int = 0
    principal_minor: int = 0

    @property
    def owed_minor(self) -> int:
        return self.penalty_minor + self.fee_minor + self.interest_minor + self.principal_minor

    def of(self, kind: Kind) -> int:
        owed: int = getattr(self, f"{kind}_minor")
        return owed

    def less(self, kind: Kind, amount_minor: int) -> "Due":
        fields: dict[str, Any] = {f"{kind}_minor": self.of(kind) - amount_minor}
        return self._replace(**fields)


class Part(NamedTuple):
    """Money that went to one kind of one row."""

    number: int
    kind: Kind
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """The order in which a payment is served. A time left out of `times` is not paid: leave out `in_advance` to hold money
    for later rows as an overpayment. Every kind must be named once."""

    by: By = "row_then_kind"
    kinds: tuple[Kind, ...] = KINDS
    times: tuple[Time, ...] = TIMES

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise UnknownChoice(f"by must be row_then_kind or kind_then_row, not {shown(self.by)}", field="by")
        kinds, times = listed(self.kinds, "kinds", most=10), listed(self.times, "times", most=10)
        if len(kinds) != len(KINDS) or not all(kind in kinds for kind in KINDS):
            raise UnknownChoice(f"kinds must name each of {', '.join(KINDS)} once", field="kinds")
        if not all(time in TIMES and times.count(time) == 1 for time in times):
            raise UnknownChoice(f"times must be some of {', '.join(TIMES)}, each once", field="times")


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment went. Σ parts + `overpaid_minor` is the payment; `dues` is what every row still owes after it."""

    parts: tuple[Part, ...]
    overpaid_minor: int
    dues: tuple[Due, ...]

    def paid(self, kind: Kind) -> int:
        """Minor units that went to a kind, over all rows."""
        return sum(part.amount_minor for part in self.parts if part.kind == kind)


class Payment(NamedTuple):
    """A payment as it was received; `id` tells it apart when it is reversed."""

    id: str
    paid_on: date
    amount_minor: int


DEFAULT_ORDER = Order()


def dues_of(schedule: Schedule) -> list[Due]:
    """Everything a schedule asks for, unpaid and without penalties."""
    return [
        Due(row.number, row.due_on, 0, row.fee_minor, row.interest_minor, row.principal_minor) for row in schedule.rows
    ]


def allocate(amount_minor: int, dues: Sequence[Due], paid_on: date, order: Order = DEFAULT_ORDER) -> Allocation:
    """One payment over the rows as they stand. What nothing asks for is `overpaid_minor`.

    Rows are served by due day, then number, whatever order they come in. Negative amounts raise `OutOfRange`.
    """
    left = minor_amount(amount_minor, "amount_minor", least=0)
    plain_day(paid_on, "paid_on")
    of_kind(order, Order, "order")
    standing = _standing(dues)
    parts = []
    for at, kind in _served(standing, paid_on, order):
        due = standing[at]
        amount = min(left, due.of(kind))
        if amount:
            parts.append(Part(due.number, kind, amount))
            standing[at] = due.less(kind, amount)
            left -= amount
        if not left:
            break
    return Allocation(tuple(parts), left, tuple(standing))


def replay(
    dues: Sequence[Due],
    payments: Iterable[Payment],
    *,
    reversed_ids: AbstractSet[str] = frozenset(),
    order: Order = DEFAULT_ORDER,
) -> dict[str, Allocation]:
    """Allocations by payment id, from the rows as they stood before the first one. Penalties stay as the rows have them:
    `finance.servicing` lets them grow and shrink with what was paid when.

    A reversed payment is left out and those after it are allocated again. Payments come in the order in which they were
    received (`DatesOutOfOrder` otherwise); an id twice, or reversed and never received, raises `OutOfRange`.
    """
    standing: Sequence[Due] = _standing(dues)
    allocations: dict[str, Allocation] = {}
    for payment in kept_payments(payments, reversed_ids, rows=len(standing)):
        allocation = allocate(payment.amount_minor, standing, payment.paid_on, order)
        allocations[payment.id] = allocation
        standing = allocation.dues
    return allocations


class Received(Protocol):
    """A payment of some kind: what it is told apart by, and its day."""

    @property
    def id(self) -> str: ...
    @property
    def paid_on(self) -> date: ...


Kept = TypeVar("Kept", bound=Received)


def kept_payments(
    payments: Iterable[Kept], reversed_ids: AbstractSet[str], *, rows: int, field: str = "payments"
) -> list[Kept]:
    """The payments without those reversed, after a look at their order, ids and number."""
    received = listed(payments, field, most=LARGEST_PAYMENTS)
    integer(len(received) * rows, field, most=LARGEST_REPLAY)
    of_kind(reversed_ids, AbstractSet, "reversed_ids")
    seen: set[str] = set()
    latest = date.min
    for payment in received:
        _checked_payment(payment, field)
        if payment.id in seen:
            raise OutOfRange(f"payment {payment.id} comes twice", field=field)
        if payment.paid_on < latest:
            raise DatesOutOfOrder(f"payment {payment.id} of {payment.paid_on} comes after {latest}", field=field)
        seen.add(payment.id)
        latest = payment.paid_on
    if not reversed_ids <= seen:
        raise OutOfRange("a payment that was never received cannot be reversed", field="reversed_ids")
    return [payment for payment in received if payment.id not in reversed_ids]


def _checked_payment(payment: Received, field: str) -> None:
    if not isinstance(getattr(payment, "id", None), str) or not hasattr(payment, "paid_on"):
        raise WrongShape(f"{field} must have an id and a day, not {shown(payment)}", field=field)
    plain_day(payment.paid_on, field)


def _standing(dues: Sequence[Due]) -> list[Due]:
    rows = listed(dues, "dues", most=LARGEST_DUES)
    for due in rows:
        plain_day(of_kind(due, Due, "dues").due_on, "dues")
        integer(due.number, "dues")
        for kind in KINDS:
            minor_amount(due.of(kind), "dues", least=0)
    return sorted(rows, key=lambda due: (due.due_on, due.number))


def _served(dues: Sequence[Due], paid_on: date, order: Order) -> Iterator[tuple[int, Kind]]:
    for time in order.times:
        rows = [at for at, due in enumerate(dues) if _time_of(due, paid_on) == time]
        if order.by == "row_then_kind":
            yield from ((at, kind) for at in rows for kind in order.kinds)
        else:
            yield from ((at, kind) for kind in order.kinds for at in rows)


def _time_of(due: Due, paid_on: date) -> Time:
    if due.due_on < paid_on:
        return "past_due"
    return "due" if due.due_on == paid_on else "in_advance"
