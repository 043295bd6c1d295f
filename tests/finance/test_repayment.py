from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import DatesOutOfOrder, FinanceError, OutOfRange
from finance.repayment import KINDS, Allocation, Due, Order, Payment, allocate, dues_of, replay
from finance.schedules import build

DAY = date(2024, 3, 10)
DUES = [
    Due(1, date(2024, 2, 10), penalty_minor=5, fee_minor=10, interest_minor=100, principal_minor=1_000),
    Due(2, date(2024, 3, 10), fee_minor=10, interest_minor=90, principal_minor=1_010),
    Due(3, date(2024, 4, 10), fee_minor=10, interest_minor=80, principal_minor=1_020),
]


def shown(allocation: Allocation) -> list[tuple[int, str, int]]:
    return [tuple(part) for part in allocation.parts]  # type: ignore[misc]


def test_row_by_row() -> None:
    allocation = allocate(1_250, DUES, DAY)
    assert shown(allocation) == [
        (1, "penalty", 5),
        (1, "fee", 10),
        (1, "interest", 100),
        (1, "principal", 1_000),
        (2, "fee", 10),
        (2, "interest", 90),
        (2, "principal", 35),
    ]
    assert allocation.paid("interest") == 190
    assert allocation.dues[1].principal_minor == 975


def test_kind_by_kind_serves_past_due_before_due() -> None:
    dues = [DUES[0], DUES[0]._replace(number=2, due_on=date(2024, 3, 1)), DUES[1]._replace(number=3)]
    allocation = allocate(1_300, dues, DAY, Order(by="kind_then_row"))
    assert shown(allocation) == [
        (1, "penalty", 5),
        (2, "penalty", 5),
        (1, "fee", 10),
        (2, "fee", 10),
        (1, "interest", 100),
        (2, "interest", 100),
        (1, "principal", 1_000),
        (2, "principal", 70),
    ]


def test_rows_are_served_by_due_day_whatever_their_number() -> None:
    later, sooner = DUES[0]._replace(number=1, due_on=date(2024, 3, 5)), DUES[0]._replace(number=2)
    assert shown(allocate(6, [later, sooner], DAY)) == [(2, "penalty", 5), (2, "fee", 1)]


def test_kinds_have_their_own_order_over_all_rows() -> None:
    order = Order(by="kind_then_row", kinds=("interest", "principal", "penalty", "fee"))
    dues = [DUES[0], DUES[0]._replace(number=2, due_on=date(2024, 3, 1))]
    assert shown(allocate(250, dues, DAY, order)) == [(1, "interest", 100), (2, "interest", 100), (1, "principal", 50)]


def test_principal_first_is_an_order_too() -> None:
    order = Order(kinds=("principal", "interest", "fee", "penalty"))
    assert shown(allocate(1_050, DUES, DAY, order)) == [(1, "principal", 1_000), (1, "interest", 50)]


def test_money_beyond_what_is_asked_is_overpaid() -> None:
    everything = sum(due.owed_minor for due in DUES)
    assert allocate(everything + 7, DUES, DAY).overpaid_minor == 7
    nothing_ahead = allocate(everything, DUES, DAY, Order(times=("past_due", "due")))
    assert nothing_ahead.overpaid_minor == DUES[2].owed_minor
    assert nothing_ahead.dues[2] == DUES[2]


dues_lists = st.lists(
    st.builds(
        Due,
        number=st.integers(1, 99),
        due_on=st.dates(date(2024, 1, 1), date(2024, 12, 31)),
        penalty_minor=st.integers(0, 1_000),
        fee_minor=st.integers(0, 1_000),
        interest_minor=st.integers(0, 10_000),
        principal_minor=st.integers(0, 100_000),
    ),
    max_size=12,
)
orders = st.builds(
    Order,
    by=st.sampled_from(["row_then_kind", "kind_then_row"]),
    kinds=st.permutations(KINDS).map(tuple),
    times=st.lists(st.sampled_from(["past_due", "due", "in_advance"]), unique=True).map(tuple),
)


@given(st.integers(0, 10**6), dues_lists, st.dates(date(2024, 1, 1), date(2024, 12, 31)), orders)
def test_allocation_conserves_in_any_order(amount: int, dues: list[Due], paid_on: date, order: Order) -> None:
    allocation = allocate(amount, dues, paid_on, order)
    paid = sum(part.amount_minor for part in allocation.parts)
    assert paid + allocation.overpaid_minor == amount
    assert sum(due.owed_minor for due in allocation.dues) == sum(due.owed_minor for due in dues) - paid
    assert all(due.of(kind) >= 0 for due in allocation.dues for kind in KINDS)
    if len(order.times) == 3 and allocation.overpaid_minor:
        assert not any(due.owed_minor for due in allocation.dues)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30_000)), min_size=1, max_size=12), st.data())
def test_a_reversed_payment_might_never_have_been(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    dues = dues_of(build(100_000, "0.12", 6, start_on=date(2024, 1, 1)))
    payments, day = [], date(2024, 1, 1)
    for at, (days, amount) in enumerate(steps):
        day += timedelta(days=days)
        payments.append(Payment(f"pay_{at}", day, amount))
    gone = data.draw(st.sampled_from(payments))
    after = replay(dues, payments, reversed_ids={gone.id})
    assert after == replay(dues, [payment for payment in payments if payment != gone])
    assert gone.id not in after


def test_refusals() -> None:
    with pytest.raises(OutOfRange):
        allocate(-1, DUES, DAY)
    with pytest.raises(OutOfRange):
        allocate(1, [Due(1, DAY, principal_minor=-1)], DAY)
    with pytest.raises(OutOfRange):
        allocate(1, DUES * 4_000, DAY)
    with pytest.raises(OutOfRange):
        replay(DUES, [Payment(str(at), DAY, 1) for at in range(10_001)])
    with pytest.raises(OutOfRange):
        replay(DUES * 1_000, [Payment(str(at), DAY, 1) for at in range(1_000)])
    first, second = Payment("a", DAY, 1), Payment("b", DAY + timedelta(days=1), 1)
    with pytest.raises(DatesOutOfOrder):
        replay(DUES, [second, first])
    with pytest.raises(OutOfRange):
        replay(DUES, [first, first])
    with pytest.raises(OutOfRange) as refused:
        replay(DUES, [first], reversed_ids={"c"})
    assert refused.value.field == "reversed_ids"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"by": "chance"}, "by"),
        ({"kinds": ("principal", "interest")}, "kinds"),
        ({"kinds": ("principal", "interest", "fee", "fee")}, "kinds"),
        ({"times": ("past_due", "past_due")}, "times"),
        ({"times": ("yesterday",)}, "times"),
    ],
)
def test_an_order_that_is_none(facts: dict[str, object], field: str) -> None:
    with pytest.raises(FinanceError) as refused:
        Order(**facts)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == ("unknown_choice", field)
