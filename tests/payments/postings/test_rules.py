"""What a posting comes to, directly and against a naive second model that hands out one unit after another."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.ledger.errors import (
    AccountsInDifferentBooks,
    CurrencyMismatch,
    InsufficientFunds,
    UnknownAccount,
)
from services.payments.ledger.model import Account, Balance, Rule
from services.payments.postings import errors, rules
from services.payments.postings.model import Destination, Instruction, Leftover, Plan, Source, Split

SOURCES = 3
PLACES = 5
NO_OVERDRAFT, NONE = Rule.DEBITS_MUST_NOT_EXCEED_CREDITS, Rule.NONE


def place(number: int, book_id: int = 1) -> UUID:
    return UUID(int=(number + 1) << 16 | book_id)


def account(
    number: int, credits: int = 0, *, held: int = 0, rule: Rule = NO_OVERDRAFT, owner: str = "anna", **facts: object
) -> Account:
    balance = Balance(debits_pending=held, credits_posted=max(credits, 0), debits_posted=max(-credits, 0))
    return Account(place(number), "CNY", "collection", owner, rule, balance=balance, **facts)  # type: ignore[arg-type]


def to(number: int, **facts: object) -> Destination:
    return Destination(place(10 + number), **facts)  # type: ignore[arg-type]


def share(number: int, portion: str, at_most: int | None = None) -> Destination:
    return to(number, portion=Fraction(portion), at_most=at_most)


def split(*lines: Destination, leftover: Leftover = Leftover.FROM_THE_FIRST) -> Split:
    return Split(lines, leftover)


def planned(
    amount: int | None,
    sources: Sequence[Source],
    wanted: Split,
    accounts: Sequence[Account],
    parties: frozenset[str] | None = None,
) -> Plan:
    known = {one.id: one for one in accounts} | {place(10 + n): account(10 + n, owner="boris") for n in range(PLACES)}
    return rules.plan(Instruction("CNY", amount, tuple(sources), wanted, "tests.split"), known, parties)


def got(plan: Plan) -> dict[int, int]:
    """What each destination receives, by its number."""
    received: Counter[int] = Counter()
    for leg in plan.legs:
        received[(leg.credit_account_id.int >> 16) - 11] += leg.amount
    return dict(received)


def given_by(plan: Plan) -> dict[int, int]:
    given: Counter[int] = Counter()
    for leg in plan.legs:
        given[leg.source] += leg.amount
    return dict(given)


def refused(asking: Callable[[], object]) -> tuple[type[Refusal], str | None]:
    with pytest.raises(Refusal) as told:
        asking()
    return type(told.value), told.value.field


@pytest.mark.parametrize(
    ("amount", "lines", "expected"),
    [
        (15, [share(0, "0.8"), share(1, "0.08"), share(2, "0.12")], [13, 1, 1]),
        (15, [share(0, "0.8"), share(1, "0.08"), to(2)], [13, 1, 1]),
        (15, [to(0, amount=5), share(1, "1/3"), to(2)], [5, 4, 6]),
        (15, [to(0, at_most=20), to(1, at_most=3)], [15, 0]),
        (15, [to(0, at_most=4), to(1, at_most=3), to(2)], [4, 3, 8]),
        (15, [to(2), to(0, at_most=4)], [11, 4]),
        (100, [share(0, "0.5", 20), share(1, "0.5", 50), to(2)], [20, 50, 30]),
        (100, [share(0, "0.5", 20), to(1), share(2, "0.25", 7)], [20, 73, 7]),
        (2, [to(0, amount=2), share(1, "0.5"), to(2)], [2, 0, 0]),
        (1, [share(0, "1/3"), share(1, "1/3"), share(2, "1/3")], [1, 0, 0]),
    ],
)
def test_shares(amount: int, lines: list[Destination], expected: list[int]) -> None:
    assert rules.shares(amount, split(*lines)) == expected


def test_the_largest_remainder_on_request() -> None:
    lines = (share(0, "0.8"), share(1, "0.08"), share(2, "0.12"))
    assert rules.shares(15, Split(lines, Leftover.LARGEST_REMAINDER)) == [12, 1, 2]


def test_splits_stand_in_one_another() -> None:
    """2.9 % of the whole and 30 fixed to the platform, a tenth of what is left kept, the rest in thirds."""
    inner = Split(
        (to(1, amount=30), Destination(portion=Fraction("0.1")), Destination(split=split(share(2, "1/3"), to(3))))
    )
    plan = planned(1000, [Source(place(0))], split(share(0, "0.029"), Destination(split=inner)), [account(0, 1000)])
    assert (plan.amount, plan.kept) == (1000, 95)
    assert got(plan) == {0: 29, 1: 30, 2: 282, 3: 564}
    assert [leg.destination for leg in plan.legs] == [
        "destinations.0", "destinations.1.destinations.0", "destinations.1.destinations.2.destinations.0",
        "destinations.1.destinations.2.destinations.1",
    ]  # fmt: skip


def test_sources_are_drawn_in_their_order() -> None:
    sources = [Source(place(0), at_most=30), Source(place(1), overdraft_limit=25), Source(place(2))]
    accounts = [account(0, 100), account(1, 10, rule=NONE), account(2, 100, held=60)]
    for amount, expected in ((30, {0: 30}), (60, {0: 30, 1: 30}), (65, {0: 30, 1: 35}), (105, {0: 30, 1: 35, 2: 40})):
        assert given_by(planned(amount, sources, split(to(0)), accounts)) == expected
    with pytest.raises(InsufficientFunds) as told:
        planned(106, sources, split(to(0)), accounts)
    assert told.value.facts == {"missing": 1, "spendable": [30, 35, 40]}
    everything = planned(None, sources, split(to(0)), accounts)
    assert (everything.amount, given_by(everything)) == (80, {0: 30, 1: 10, 2: 40})


def test_an_overdrawn_source_has_what_its_limit_leaves() -> None:
    accounts = [account(0, -40, rule=NONE)]
    assert got(planned(10, [Source(place(0), overdraft_limit=50)], split(to(0)), accounts)) == {0: 10}
    assert (
        refused(lambda: planned(11, [Source(place(0), overdraft_limit=50)], split(to(0)), accounts))[0]
        is InsufficientFunds
    )


def test_what_is_kept_is_not_drawn() -> None:
    wanted = split(Destination(portion=Fraction("0.4")), to(0))
    plan = planned(100, [Source(place(0)), Source(place(1))], wanted, [account(0, 50), account(1, 10)])
    assert (plan.kept, given_by(plan)) == (40, {0: 50, 1: 10})


REFUSALS: list[tuple[str, Callable[[], object], type[Refusal], str | None]] = [
    (
        "portions beyond the whole",
        lambda: planned(9, [Source(place(0))], split(share(0, "0.6"), share(1, "0.41")), [account(0, 9)]),
        errors.PortionsExceedWhole, "destinations.1.portion",
    ),
    (
        "portions short of the whole",
        lambda: planned(9, [Source(place(0))], split(share(0, "0.6"), share(1, "0.39")), [account(0, 9)]),
        errors.PortionsIncomplete, "destinations",
    ),
    (
        "two remainders",
        lambda: planned(9, [Source(place(0))], split(to(0), to(1)), [account(0, 9)]),
        errors.TwoRemainders, "destinations.1",
    ),
    (
        "in a nested split too",
        lambda: planned(9, [Source(place(0))], split(to(0), Destination(split=split(to(1), to(2)), amount=1)), [account(0, 9)]),
        errors.TwoRemainders, "destinations.1.destinations.1",
    ),
    (
        "fixed amounts beyond the amount",
        lambda: planned(9, [Source(place(0))], split(to(0, amount=5), to(1, amount=5)), [account(0, 9)]),
        errors.DestinationsExceedAmount, "destinations.1.amount",
    ),
    (
        "nothing takes the rest",
        lambda: planned(9, [Source(place(0))], split(to(0, amount=5), to(1, at_most=3)), [account(0, 9)]),
        errors.NothingTakesTheRest, "destinations",
    ),
    (
        "nor what a cap cuts off",
        lambda: planned(9, [Source(place(0))], split(share(0, "0.5", 3), share(1, "0.5")), [account(0, 9)]),
        errors.NothingTakesTheRest, "destinations",
    ),
    (
        "all is kept",
        lambda: planned(9, [Source(place(0))], split(Destination()), [account(0, 9)]),
        errors.NothingToMove, "amount",
    ),
    (
        "all of nothing",
        lambda: planned(None, [Source(place(0))], split(to(0)), [account(0, 0)]),
        errors.NothingToMove, "amount",
    ),
    (
        "a source twice",
        lambda: planned(9, [Source(place(0)), Source(place(0))], split(to(0)), [account(0, 9)]),
        errors.AccountNamedTwice, "sources.1.account_id",
    ),
    (
        "a source paid",
        lambda: planned(9, [Source(place(0))], split(to(0), Destination(place(0), amount=1)), [account(0, 9)]),
        errors.AccountNamedTwice, "destinations.1.account_id",
    ),
    (
        "an overdraft against the account's rule",
        lambda: planned(9, [Source(place(0), overdraft_limit=1)], split(to(0)), [account(0, 9)]),
        errors.OverdraftNotAllowed, "sources.0.overdraft_limit",
    ),
    (
        "too deep",
        lambda: planned(9, [Source(place(0))], nested(4), [account(0, 9)]),
        errors.SplitTooLarge, "destinations.0.destinations.0.destinations.0.destinations",
    ),
    (
        "too many lines",
        lambda: planned(9, [Source(place(0))], split(*[to(0, amount=1)] * 1001), [account(0, 9)]),
        errors.SplitTooLarge, "destinations",
    ),
    (
        "portions nobody can reckon with",
        lambda: planned(9, [Source(place(0))], split(*[share(0, f"1/{10**9 - n}") for n in range(900)], to(1)), [account(0, 9)]),
        errors.SplitTooLarge, "destinations",
    ),
]  # fmt: skip


def nested(depth: int) -> Split:
    return split(to(0)) if depth == 1 else split(Destination(split=nested(depth - 1)))


@pytest.mark.parametrize(
    ("asking", "kind", "field"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_refusals(asking: Callable[[], object], kind: type[Refusal], field: str | None) -> None:
    assert refused(asking) == (kind, field)


def test_three_deep_is_not_too_deep() -> None:
    assert got(planned(9, [Source(place(0))], nested(3), [account(0, 9)])) == {0: 9}


def naive_shares(amount: int, lines: Sequence[Destination]) -> list[int] | None:
    """By hand, one unit after another where the rule says so; None where it cannot be met. Without nested splits."""
    left, given = amount, [0] * len(lines)
    for at, line in enumerate(lines):
        if line.amount is not None:
            given[at] = line.amount
            left -= line.amount
    if left < 0:
        return None
    for at, line in enumerate(lines):
        while line.portion is None and line.at_most is not None and left and given[at] < line.at_most:
            given[at] += 1
            left -= 1
    rest, total = left, sum((line.portion or Fraction(0) for line in lines), Fraction(0))
    takers = [at for at, line in enumerate(lines) if line.portion is not None or line.remains]
    weights = {at: lines[at].portion if lines[at].portion is not None else 1 - total for at in takers}
    for at in takers:
        given[at] = int(rest * (weights[at] or 0))
        left -= given[at]
    for at in takers:
        if left and weights[at]:
            given[at] += 1
            left -= 1
    remainder = next((at for at in takers if lines[at].remains), None)
    for at in takers:
        while lines[at].at_most is not None and given[at] > lines[at].at_most:  # type: ignore[operator]
            if remainder is None:
                return None
            given[at] -= 1
            given[remainder] += 1
    return None if left else given


@st.composite
def lines(draw: st.DrawFn) -> list[Destination]:
    """Lines whose portions add up to the whole, or leave a remainder; in any order."""
    many = draw(st.integers(0, 3))
    weights = draw(st.lists(st.integers(1, 9), min_size=many, max_size=many))
    whole = sum(weights) if many and draw(st.booleans()) else sum(weights) + draw(st.integers(1, 9))
    caps = [draw(st.none() | st.integers(1, 30)) for _ in weights]
    found = [
        Destination(place(10), portion=Fraction(w, whole), at_most=cap) for w, cap in zip(weights, caps, strict=True)
    ]
    if not many or whole > sum(weights) or draw(st.booleans()):
        found.append(Destination(place(11)))
    found += [Destination(place(12), amount=draw(st.integers(1, 15))) for _ in range(draw(st.integers(0, 2)))]
    found += [Destination(place(13), at_most=draw(st.integers(1, 15))) for _ in range(draw(st.integers(0, 2)))]
    return draw(st.permutations(found))


@given(st.integers(1, 60), lines())
def test_shares_are_those_of_the_naive_model(amount: int, wanted: list[Destination]) -> None:
    expected = naive_shares(amount, wanted)
    if expected is None:
        with pytest.raises((errors.DestinationsExceedAmount, errors.NothingTakesTheRest)):
            rules.shares(amount, Split(tuple(wanted)))
        return
    assert rules.shares(amount, Split(tuple(wanted))) == expected


@given(st.integers(1, 2**53), st.lists(st.integers(1, 10**6), min_size=1, max_size=40), st.sampled_from(Leftover))
def test_portions_are_within_one_unit(amount: int, weights: list[int], leftover: Leftover) -> None:
    total = sum(weights)
    wanted = Split(tuple(Destination(place(10), portion=Fraction(weight, total)) for weight in weights), leftover)
    given_out = rules.shares(amount, wanted)
    assert sum(given_out) == amount
    for weight, part in zip(weights, given_out, strict=True):
        assert part >= 0
        assert abs(part - Fraction(amount * weight, total)) < 1


@given(
    st.integers(1, 120),
    st.lists(
        st.tuples(st.integers(-20, 50), st.integers(0, 20), st.none() | st.integers(1, 40), st.integers(0, 30)),
        min_size=1,
        max_size=SOURCES,
    ),
    lines(),
)
def test_what_is_drawn_is_what_arrives(
    amount: int, having: list[tuple[int, int, int | None, int]], wanted: list[Destination]
) -> None:
    """Conservation, no negative part, no source beyond its reach, and none touched before those in front of it are used up."""
    accounts = [account(number, credits, held=held, rule=NONE) for number, (credits, held, _, _) in enumerate(having)]
    sources = [Source(place(number), cap, limit) for number, (_, _, cap, limit) in enumerate(having)]
    reach = [
        max(0, min(credits - held + limit, credits - held + limit if cap is None else cap))
        for credits, held, cap, limit in having
    ]
    try:
        plan = planned(amount, sources, Split(tuple(wanted)), accounts)
    except errors.NothingTakesTheRest:
        return
    except errors.DestinationsExceedAmount:
        return
    except InsufficientFunds:
        assert sum(reach) < amount
        return
    drawn = given_by(plan)
    assert all(leg.amount > 0 for leg in plan.legs)
    assert sum(drawn.values()) == sum(got(plan).values()) == amount
    left = amount
    for number, most in enumerate(reach):
        assert drawn.get(number, 0) == min(left, most)
        left -= drawn.get(number, 0)
    assert len(plan.legs) <= len(sources) + len(wanted) - 1


def test_the_plan_is_of_the_caller_s_accounts() -> None:
    anna, wanted = [account(0, 9)], split(to(0))
    assert refused(lambda: planned(9, [Source(place(0))], wanted, anna, frozenset({"carl"}))) == (
        UnknownAccount,
        "sources.0.account_id",
    )
    assert got(planned(9, [Source(place(0))], wanted, anna, frozenset({"anna"}))) == {0: 9}
    assert refused(lambda: planned(9, [Source(place(1))], wanted, anna)) == (UnknownAccount, "sources.0.account_id")
    assert refused(lambda: planned(9, [Source(place(0))], split(Destination(place(77))), anna)) == (
        UnknownAccount,
        "destinations.0.account_id",
    )
    other = account(0, 9)
    other.currency = "USD"
    assert refused(lambda: planned(9, [Source(place(0))], wanted, [other])) == (
        CurrencyMismatch,
        "sources.0.account_id",
    )
    far = account(0, 9)
    far.id = place(0, 7)
    assert refused(lambda: planned(9, [Source(place(0, 7))], wanted, [far])) == (
        AccountsInDifferentBooks,
        "destinations.0.account_id",
    )
