from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange
from finance.schedules import build
from finance.sharing import Holding, accrual_weights, share_interest, share_principal, tie_key

START = date(2024, 1, 1)
LOAN = "lon_01"


def test_lots_of_fifty_end_at_exactly_fifty() -> None:
    """Twenty lots of 50.00 in one loan: each gets back 50.00, not 49.92 and not 50.04."""
    claims = {f"holder {at}": 5_000 for at in range(20)}
    received = dict.fromkeys(claims, 0)
    for row in build(100_000, "0.12", 12, start_on=START).rows:
        shares = share_principal(row.principal_minor, claims, loan=LOAN, row=row.number)
        for holder, share in shares.items():
            claims[holder] -= share
            received[holder] += share
        assert max(claims.values()) - min(claims.values()) <= 1
    assert set(received.values()) == {5_000}
    assert set(claims.values()) == {0}


@given(
    claims=st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 10**9), min_size=1, max_size=40),
    draws=st.data(),
)
def test_over_any_repayments_and_sales_each_receives_her_claim(claims: dict[str, int], draws: st.DataObject) -> None:
    """Random repayments, with parts of claims sold in between: no negative share, none beyond the claim, Σ = claim."""
    owed = dict(claims)
    funded, received = dict(claims), dict.fromkeys(claims, 0)
    traded = dict.fromkeys(claims, 0)
    row = 0
    while (outstanding := sum(owed.values())) > 0:
        row += 1
        amount = outstanding if row > 8 else draws.draw(st.integers(0, outstanding))
        shares = share_principal(amount, owed, loan=LOAN, row=row)
        assert sum(shares.values()) == amount
        for holder, share in shares.items():
            assert 0 <= share <= owed[holder]
            owed[holder] -= share
            received[holder] = received.get(holder, 0) + share
        seller, buyer = draws.draw(st.sampled_from(sorted(owed))), draws.draw(st.text("uvw", min_size=1, max_size=2))
        part = draws.draw(st.integers(0, owed[seller]))
        owed[seller] -= part
        owed[buyer] = owed.get(buyer, 0) + part
        traded[seller] -= part
        traded[buyer] = traded.get(buyer, 0) + part
    assert set(owed.values()) == {0}
    for holder in owed:
        assert received.get(holder, 0) == funded.get(holder, 0) + traded.get(holder, 0)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_a_share_is_within_one_unit_of_its_exact_part(amount: int, sizes: list[int]) -> None:
    claims = {f"holder {at}": size for at, size in enumerate(sizes)}
    outstanding = sum(sizes)
    amount = min(amount, outstanding)
    for holder, share in share_principal(amount, claims, loan=LOAN, row=1).items():
        assert abs(share - Fraction(amount * claims[holder], outstanding)) < 1


def test_ties_go_by_hash_and_not_by_order() -> None:
    claims = dict.fromkeys("abcdefgh", 100)
    first = share_principal(3, claims, loan=LOAN, row=1)
    assert share_principal(3, dict(reversed(claims.items())), loan=LOAN, row=1) == first
    assert {name for name, share in first.items() if share} == set(
        sorted(claims, key=lambda name: tie_key(LOAN, 1, name))[:3]
    )
    winners = {tuple(share_principal(3, claims, loan=LOAN, row=row).values()) for row in range(20)}
    assert len(winners) > 5


def test_interest_follows_claims_and_days() -> None:
    middle, end = START + timedelta(days=10), START + timedelta(days=30)
    weights = accrual_weights(
        [
            Holding("seller", 600, START, middle),
            Holding("buyer", 600, middle, end),
            Holding("other", 300, START, end),
        ]
    )
    assert weights == {"seller": 6_000, "buyer": 12_000, "other": 9_000}
    assert share_interest(27, weights, loan=LOAN, row=1) == {"seller": 6, "buyer": 12, "other": 9}
    assert share_interest(0, {"a": 0}, loan=LOAN, row=1) == {"a": 0}


@given(st.integers(0, 10**9), st.lists(st.fractions(0, 1000), min_size=1, max_size=20).filter(any))
def test_interest_is_conserved(amount: int, accrued: list[Fraction]) -> None:
    shares = share_interest(amount, {str(at): part for at, part in enumerate(accrued)}, loan=LOAN, row=1)
    assert sum(shares.values()) == amount
    assert min(shares.values()) >= 0


def test_refusals() -> None:
    with pytest.raises(CannotBeMet) as refused:
        share_principal(101, {"a": 60, "b": 40}, loan=LOAN, row=1)
    assert refused.value.facts == {"outstanding_minor": 100}
    with pytest.raises(OutOfRange):
        share_principal(-1, {"a": 60}, loan=LOAN, row=1)
    with pytest.raises(OutOfRange):
        share_principal(1, {"a": 60, "b": -1}, loan=LOAN, row=1)
    with pytest.raises(OutOfRange):
        share_principal(1, {"a": 60}, loan="", row=1)
    with pytest.raises(CannotBeMet):
        share_interest(1, {"a": 0}, loan=LOAN, row=1)
    with pytest.raises(CannotBeMet):
        share_interest(1, {}, loan=LOAN, row=1)
    with pytest.raises(DatesOutOfOrder):
        accrual_weights([Holding("a", 1, START, START - timedelta(days=1))])
    assert share_principal(0, {"a": 0}, loan=LOAN, row=1) == {"a": 0}
