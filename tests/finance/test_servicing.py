from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.errors import CannotBeMet, DatesOutOfOrder, FinanceError, OutOfRange
from finance.exact import rounded
from finance.lateness import LateRule, late_interest_minor
from finance.repayment import KINDS, Due, Order, Payment, allocate, dues_of, replay
from finance.rescheduling import reschedule
from finance.schedules import Schedule, build
from finance.servicing import Account, Receipt, Renegotiation, account_on

START = date(2024, 1, 10)
RULE = LateRule(Decimal("0.0005"), base="principal_and_interest")
LOAN = build(1_200_000, "0.12", 6, start_on=START)
FIRST = LOAN.rows[0]


def after(days: int) -> date:
    """Days after the first due day, 10 February."""
    return FIRST.due_on + timedelta(days=days)


def penalty(account: Account, number: int = 1) -> int:
    return next(due.penalty_minor for due in account.dues if due.number == number)


def test_an_unpaid_row_grows_by_the_day() -> None:
    for days in (-3, 0, 1, 20):
        assert penalty(account_on(LOAN, [], after(days), rule=RULE)) == late_interest_minor(
            dues_of(LOAN)[0], after(days), RULE
        )
    account = account_on(LOAN, [], after(20), rule=RULE)
    # 2,070.58 × 0.05 % × 20 days
    assert account.late_minor == {1: 2_071}
    assert account.arrears_minor == FIRST.payment_minor + 2_071


def test_a_part_paid_stops_its_part_and_is_not_asked_for_twice() -> None:
    receipts = [Receipt("a", after(10), 100_000)]
    account = account_on(LOAN, receipts, after(10), rule=RULE)
    # Ten days on 207,058: 1,035 of late interest first, then 12,000 of interest, the rest principal.
    assert account.allocations["a"].paid("penalty") == 1_035
    left = FIRST.payment_minor - (100_000 - 1_035)
    assert account.arrears_minor == left
    later = account_on(LOAN, receipts, after(20), rule=RULE)
    grown = rounded(Fraction(5, 10_000) * 10 * (FIRST.payment_minor + left), "half_up")
    assert later.late_minor == {1: grown}
    assert penalty(later) == grown - 1_035


def test_a_payment_reversed_lets_late_interest_run_again() -> None:
    receipts = [Receipt("a", FIRST.due_on, FIRST.payment_minor), Receipt("b", after(15), 5_000)]
    paid = account_on(LOAN, receipts, after(15), rule=RULE)
    assert penalty(paid) == 0
    assert paid.allocations["b"].parts[0].number == 2
    bounced = account_on(LOAN, receipts, after(15), rule=RULE, reversed_ids={"a"})
    assert bounced.late_minor == {1: 1_553}  # 207,058 × 0.05 % × 15 days
    assert bounced.allocations["b"].paid("penalty") == 1_553
    assert bounced.allocations["b"].paid("interest") == 5_000 - 1_553
    assert "a" not in bounced.allocations


def test_grace_once_over_counts_from_the_due_day_on_what_was_unpaid_then() -> None:
    rule = LateRule(Decimal("0.001"), grace_days=5)
    half = FIRST.interest_minor + 100_000
    receipts = [Receipt("a", after(3), half)]
    assert account_on(LOAN, receipts, after(5), rule=rule).late_minor == {}
    principal = FIRST.principal_minor
    charged = rounded(Fraction(3 * principal + 3 * (principal - 100_000), 1_000), "half_up")
    assert account_on(LOAN, receipts, after(6), rule=rule).late_minor == {1: charged}
    everything = [Receipt("a", after(3), FIRST.payment_minor)]
    assert account_on(LOAN, everything, after(60), rule=rule).late_minor.get(1) is None


def test_the_cap_holds_over_payments_in_part() -> None:
    rule = LateRule(Decimal("0.01"), base="principal", cap_share=Decimal("0.5"))
    cap = FIRST.principal_minor // 2
    assert account_on(LOAN, [], after(25), rule=rule).late_minor[1] == rounded(
        Fraction(FIRST.principal_minor, 4), "half_up"
    )
    receipts = [Receipt("a", after(28), 1_000)]
    assert account_on(LOAN, receipts, date(2025, 1, 1), rule=rule).late_minor[1] == cap


def test_forgiven_days() -> None:
    free = [(after(3), after(8))]
    assert penalty(account_on(LOAN, [], after(7), rule=RULE, free=free)) == late_interest_minor(
        dues_of(LOAN)[0], after(2), RULE
    )
    assert penalty(account_on(LOAN, [], after(9), rule=RULE, free=free)) == late_interest_minor(
        dues_of(LOAN)[0], after(4), RULE
    )


def test_without_a_rule_it_is_the_plain_replay() -> None:
    receipts = [Receipt("a", after(0), 300_000), Receipt("b", after(40), 99_999)]
    account = account_on(LOAN, receipts, after(400))
    plain = replay(dues_of(LOAN), [Payment(*receipt[:3]) for receipt in receipts])
    assert account.allocations == plain
    assert account.dues == plain["b"].dues


def test_money_ahead_of_time_pays_the_arrears_with_their_late_interest_first() -> None:
    quote = account_on(LOAN, [], after(10), rule=RULE)
    receipt = Receipt("a", after(10), 500_000, "term", "0.01")
    account = account_on(LOAN, [receipt], after(10), rule=RULE)
    assert account.arrears_minor == 0
    part = account.prepayments["a"]
    assert part.interest_minor == round((1_200_000 - FIRST.principal_minor) * 0.12 * 10 / 360)
    assert part.fee_minor == round(part.principal_minor * 0.01)
    spent = quote.arrears_minor + part.payment_minor + account.allocations["a"].overpaid_minor
    assert spent == 500_000
    assert account.allocations["a"].overpaid_minor <= 1
    assert account.schedule is not None
    assert sum(due.principal_minor for due in account.dues) == 1_200_000 - FIRST.principal_minor - part.principal_minor
    assert sum(1 for due in account.dues if due.owed_minor) == 5
    shorter = account_on(LOAN, [receipt._replace(keep="instalment")], after(10), rule=RULE)
    assert sum(1 for due in shorter.dues if due.owed_minor) < 5
    # Reversed, the loan is as it was, and late.
    assert account_on(LOAN, [receipt], after(10), rule=RULE, reversed_ids={"a"}) == quote


@pytest.mark.parametrize("rounding", ["half_up", "half_even", "down", "up"])
@pytest.mark.parametrize("fee_rate", ["0.01", "0.333", "0.5", "1"])
def test_the_most_principal_that_the_money_pays_with_its_fee(rounding: Any, fee_rate: str) -> None:
    loan = build(1_200_000, "0", 6, start_on=START, rounding=rounding)
    for amount in range(1, 40):
        account = account_on(loan, [Receipt("a", START, amount, "term", fee_rate)], START)
        fits = [p for p in range(1, amount + 1) if p + rounded(p * Fraction(fee_rate), rounding) <= amount]
        assert (account.prepayments["a"].principal_minor if account.prepayments else 0) == max(fits, default=0)


def test_a_loan_settled_ahead_of_time() -> None:
    quote, ahead = account_on(LOAN, [], after(10), rule=RULE).settlement(fee_rate="0.02")
    assert ahead is not None
    assert quote == 1_036 - 1 + FIRST.payment_minor + ahead.payment_minor
    settled = account_on(LOAN, [Receipt("a", after(10), quote + 7, "term", "0.02")], after(300), rule=RULE)
    assert settled.schedule is None
    assert settled.allocations["a"].overpaid_minor == 7
    assert settled.prepayments["a"] == ahead
    assert sum(due.owed_minor for due in settled.dues) == 0
    assert settled.settlement() == (0, None)
    one_less = account_on(LOAN, [Receipt("a", after(10), quote - 1, "term", "0.02")], after(10), rule=RULE)
    assert one_less.schedule is not None
    more = [
        Receipt("a", after(10), quote, "term", "0.02"),
        Receipt("b", after(11), 5, "term"),
        Receipt("c", after(12), 6),
    ]
    assert [account_on(LOAN, more, after(12)).allocations[name].overpaid_minor for name in "bc"] == [5, 6]


def test_too_little_to_repay_anything_ahead_is_held() -> None:
    account = account_on(LOAN, [Receipt("a", START + timedelta(days=15), 100, "term")], after(0))
    assert account.allocations["a"].overpaid_minor == 100
    assert account.prepayments == {}


def test_a_row_ended_whose_due_day_a_holiday_moved_is_paid_before_principal_ahead() -> None:
    # Due on Saturday 10 August, moved to Monday the 12th; paid on Sunday.
    loan = build(1_200_000, "0.12", 12, start_on=START, calendar="weekends", roll="following", day_count="ACT/365")
    assert loan.rows[6].due_on == date(2024, 8, 12)
    paid = [Receipt(str(row.number), row.due_on, row.payment_minor) for row in loan.rows[:6]]
    account = account_on(loan, [*paid, Receipt("x", date(2024, 8, 11), 300_000, "term")], date(2024, 8, 11), rule=RULE)
    assert account.allocations["x"].paid("principal") == loan.rows[6].principal_minor
    assert account.prepayments["x"].interest_minor == round(loan.rows[6].balance_minor * 0.12 / 365)
    assert account.arrears_minor == 0
    # The other way round: due on Friday the 9th with interest to the 10th, and principal ahead on that Saturday costs none.
    loan = build(1_200_000, "0.12", 12, start_on=START, calendar="weekends", roll="preceding", day_count="ACT/365")
    paid = [Receipt(str(row.number), row.due_on, row.payment_minor) for row in loan.rows[:7]]
    account = account_on(loan, [*paid, Receipt("x", date(2024, 8, 10), 300_000, "term")], date(2024, 8, 10))
    assert account.prepayments["x"].interest_minor == 0
    assert account.prepayments["x"].principal_minor == 300_000


late_rules = st.builds(
    LateRule,
    daily_rate=st.decimals("0.0001", "0.01", places=4),
    base=st.sampled_from(["principal", "principal_and_interest", "everything"]),
    grace_days=st.integers(0, 10),
    grace_is_free=st.booleans(),
    cap_share=st.one_of(st.none(), st.decimals("0", "0.3", places=2)),
    rounding=st.sampled_from(["half_up", "down", "half_even"]),
)
steps = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 400_000)), max_size=6)
windows = st.lists(st.tuples(st.integers(0, 250), st.integers(0, 30)), max_size=3)


def day_by_day(
    loan: Schedule, receipts: list[Receipt], on: date, rule: LateRule, free: list[tuple[date, date]], order: Order
) -> list[Due]:
    """The same, one day after another: each row's late days are listed with the base of each."""
    dues = {due.number: due for due in dues_of(loan)}
    bases: dict[int, list[tuple[date, int]]] = {number: [] for number in dues}
    paid, caps, counts = dict.fromkeys(dues, 0), dict.fromkeys(dues, 0), dict.fromkeys(dues, False)
    named = {"principal": ("principal",), "principal_and_interest": ("principal", "interest")}
    kinds: Any = named.get(rule.base, ("principal", "interest", "fee"))
    day = loan.start_on

    def charged(due: Due, listed: list[tuple[date, int]], cap: int, counts: bool) -> int:
        late = Fraction(0)
        for late_day, base in listed:
            spared = rule.grace_is_free and (late_day - due.due_on).days <= rule.grace_days
            if not spared and not any(start <= late_day < end for start, end in free):
                late += base * Fraction(rule.daily_rate)
        amount = rounded(late, rule.rounding) if counts else 0
        return amount if rule.cap_share is None else min(amount, rounded(cap * Fraction(rule.cap_share), "floor"))

    while True:
        for number, due in dues.items():
            if day > due.due_on:
                base = sum(due.of(kind) for kind in kinds)
                bases[number].append((day, base))
                caps[number] = caps[number] or base
                counts[number] |= base > 0 and (day - due.due_on).days > rule.grace_days
        paid_today = [receipt for receipt in receipts if receipt.paid_on == day]
        if paid_today or day == on:
            standing = [
                due._replace(penalty_minor=charged(due, bases[number], caps[number], counts[number]) - paid[number])
                for number, due in dues.items()
            ]
        for receipt in paid_today:
            allocation = allocate(receipt.amount_minor, standing, day, order)
            standing = list(allocation.dues)
            for number, kind, amount in allocation.parts:
                if kind == "penalty":
                    paid[number] += amount
                else:
                    dues[number] = dues[number].less(kind, amount)
        if day == on:
            return sorted(standing)
        day += timedelta(days=1)


@settings(max_examples=50)
@given(
    late_rules,
    steps,
    windows,
    st.sets(st.integers(0, 5)),
    st.sampled_from(["row_then_kind", "kind_then_row"]),
    st.permutations(KINDS),
)
def test_it_is_what_a_ledger_kept_day_by_day_says(
    rule: LateRule, paid: Any, forgiven: Any, gone: set[int], by: Any, kinds: Any
) -> None:
    loan = build(1_200_000, "0.12", 4, start_on=START, fee_minor=500)
    order = Order(by=by, kinds=tuple(kinds))
    day, receipts = START, []
    for at, (days, amount) in enumerate(paid):
        day += timedelta(days=days)
        receipts.append(Receipt(str(at), day, amount))
    free = [(START + timedelta(days=at), START + timedelta(days=at + length)) for at, length in forgiven]
    reversed_ids = {receipt.id for receipt in receipts if int(receipt.id) in gone}
    on = max(day, date(2024, 7, 1))
    account = account_on(loan, receipts, on, rule=rule, free=free, reversed_ids=reversed_ids, order=order)
    left = [receipt for receipt in receipts if receipt.id not in reversed_ids]
    assert sorted(account.dues) == day_by_day(loan, left, on, rule, free, order)
    # What was reversed might never have been.
    assert account == account_on(loan, left, on, rule=rule, free=free, order=order)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 700_000), st.sampled_from([None, "term", "instalment"])),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["0", "0.01", "0.033"]),
    st.data(),
)
def test_payments_of_every_kind_are_conserved_and_reversible(paid: Any, fee_rate: str, data: st.DataObject) -> None:
    day, receipts = START, []
    for at, (days, amount, keep) in enumerate(paid):
        day += timedelta(days=days)
        receipts.append(Receipt(str(at), day, amount, keep, fee_rate))
    try:
        account = account_on(LOAN, receipts, day, rule=RULE)
    except CannotBeMet:
        return
    principal = LOAN.principal_minor
    for receipt in receipts:
        allocation, ahead = account.allocations[receipt.id], account.prepayments.get(receipt.id)
        parts = sum(part.amount_minor for part in allocation.parts)
        assert parts + (ahead.payment_minor if ahead else 0) + allocation.overpaid_minor == receipt.amount_minor
        principal -= allocation.paid("principal") + (ahead.principal_minor if ahead else 0)
    assert sum(due.principal_minor for due in account.dues) == principal >= 0
    assert all(due.of(kind) >= 0 for due in account.dues for kind in KINDS)
    gone = data.draw(st.sampled_from(receipts))
    try:
        rest = account_on(LOAN, receipts, day, rule=RULE, reversed_ids={gone.id})
    except CannotBeMet:
        return
    assert rest == account_on(LOAN, [receipt for receipt in receipts if receipt != gone], day, rule=RULE)


def test_later_payments_are_not_known_on_an_earlier_day() -> None:
    receipts = [Receipt("a", after(0), 1_000), Receipt("b", after(20), 1_000)]
    assert set(account_on(LOAN, receipts, after(10)).allocations) == {"a"}


@pytest.mark.parametrize(
    ("changed", "error", "field"),
    [
        ({"receipts": [Receipt("a", START - timedelta(days=1), 5)]}, OutOfRange, "receipts"),
        ({"receipts": [Receipt("a", after(1), 5), Receipt("b", after(0), 5)]}, DatesOutOfOrder, "receipts"),
        ({"receipts": [Receipt("a", after(1), 5)] * 2}, OutOfRange, "receipts"),
        ({"receipts": [Receipt("a", after(1), -5)]}, OutOfRange, "amount_minor"),
        ({"receipts": [Payment("a", after(1), 5)]}, FinanceError, "receipts"),
        ({"receipts": [Receipt("a", after(1), 900_000, "both")]}, FinanceError, "keep"),  # type: ignore[arg-type]
        ({"receipts": [Receipt("a", after(1), 900_000, "term", "-0.1")]}, FinanceError, "fee_rate"),
        (
            {"receipts": [Receipt("a", after(1), 250_000), Receipt("b", after(2), 500_000, "term")]},
            CannotBeMet,
            "receipts",
        ),
        ({"reversed_ids": {"x"}}, OutOfRange, "reversed_ids"),
        ({"receipts": [Receipt(str(at), after(1), 1) for at in range(10_001)]}, OutOfRange, "receipts"),
        ({"schedule": None}, FinanceError, "schedule"),
        ({"free": [(after(2), after(1))]}, DatesOutOfOrder, "free"),
        ({"on": None}, FinanceError, "on"),
    ],
)
def test_refusals(changed: dict[str, Any], error: type[FinanceError], field: str) -> None:
    facts: dict[str, Any] = {"schedule": LOAN, "receipts": [], "on": after(30), "rule": RULE}
    with pytest.raises(error) as refused:
        account_on(**(facts | changed))
    assert refused.value.field == field


def test_late_interest_stops_while_the_oldest_row_is_too_long_past_due() -> None:
    schedule = build(120_000, "0.12", 6, start_on=date(2026, 1, 15))
    rule = LateRule(Decimal("0.001"), stops_after_days=90)
    due_on = schedule.rows[0].due_on

    def late(days: int) -> int:
        return sum(account_on(schedule, [], due_on + timedelta(days=days), rule=rule).late_minor.values())

    assert late(89) < late(90) == late(91) == late(500)
    # The oldest is paid after five days that cost nothing: the others, younger, cost from the next day on.
    day = due_on + timedelta(days=95)
    oldest = account_on(schedule, [], day, rule=rule).dues[0]
    paid = [Receipt("a", day, oldest.owed_minor)]
    after = [account_on(schedule, paid, day + timedelta(days=more), rule=rule).arrears_minor for more in (0, 1)]
    assert after[0] < after[1]


def test_terms_agreed_anew_keep_what_was_due_and_divide_the_rest() -> None:
    schedule = build(120_000, "0.12", 6, start_on=date(2026, 1, 15))
    day = schedule.rows[1].due_on
    account = account_on(schedule, [Renegotiation("a", day, "0.06", 10)], day)
    assert account.schedule == reschedule(schedule, day, annual_rate="0.06", periods=10)
    assert [due.owed_minor for due in account.dues[:2]] == [row.payment_minor for row in schedule.rows[:2]]
    assert sum(due.principal_minor for due in account.dues) == 120_000


def test_terms_are_not_agreed_anew_on_rows_paid_in_part() -> None:
    schedule = build(120_000, "0.12", 6, start_on=date(2026, 1, 15))
    happened = [Receipt("a", date(2026, 1, 20), 100), Renegotiation("b", date(2026, 1, 21), "0.06", 10)]
    with pytest.raises(CannotBeMet):
        account_on(schedule, happened, date(2026, 1, 21))
    assert account_on(schedule, happened, date(2026, 1, 21), reversed_ids={"b"}).arrears_minor == 0
