"""Prices and shares of claims that change hands: nothing is lost, whoever sells what to whom, and when."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.returns import xirr
from services.p2p.claims.cession_rules import Earned, interest_weights
from services.p2p.claims.model import Cession, Claim
from services.p2p.lender_fees.model import Chargeable
from services.p2p.programmes.model import AccruedRule, FeeTier, LenderFees, ResaleTerms
from services.p2p.repayments.rules import shares_of
from services.p2p.resale.pricing import Quote, effective, quote
from tests.p2p.records import loan_of
from tests.p2p.test_sharing_rules import LOAN, START, claims_of, parts_of, received, repayment_of, rows_of

TERMS = ResaleTerms(0, Decimal("0.5"), Decimal("1.5"), Decimal("0.005"))
SPLIT = replace(TERMS, accrued=AccruedRule.SPLIT_WHEN_PAID)
Sale = tuple[int, int, int, int]
"""Day within a row, seller, buyer, and how much of what she holds: in tenths."""
sales = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 5), st.integers(0, 5), st.integers(1, 10)), max_size=12)


def passed(claims: list[Claim], seller: int, buyer: int, amount: int) -> list[Claim]:
    after = list(claims)
    after[seller] = claims[seller]._replace(outstanding_minor=claims[seller].outstanding_minor - amount)
    after[buyer] = after[buyer]._replace(outstanding_minor=after[buyer].outstanding_minor + amount)
    return after


@given(
    st.lists(st.integers(0, 50_000), min_size=6, max_size=6).filter(any),
    st.lists(sales, min_size=3, max_size=3),
    st.booleans(),
)
def test_whoever_sells_what_and_when_every_row_is_shared_whole_and_every_claim_ends_at_zero(
    amounts: list[int], traded: list[list[Sale]], split: bool
) -> None:
    """The second model keeps what each holds on each day; where interest is split, the weights are its sum over the days."""
    claims = claims_of(amounts)
    paid = 0
    for row, those in zip(rows_of(sum(amounts), "0.12", 3, "equal_instalment"), traded, strict=True):
        cessions: list[Cession] = []
        naive = dict.fromkeys((claim.holder for claim in claims), 0)
        book = sorted(those)
        for day in range((row.due_on - row.from_on).days):
            for when, seller, buyer, tenths in book:
                amount = claims[seller].outstanding_minor * tenths // 10
                if when != day or seller == buyer or not amount:
                    continue
                claims = passed(claims, seller, buyer, amount)
                cut = row.from_on + timedelta(days=day if split else 0)
                cessions.append(cession(claims, seller, buyer, amount, cut))
            for claim in claims:
                naive[claim.holder] += claim.outstanding_minor
        weights = interest_weights(claims, cessions, Earned(row.from_on, row.due_on, late=False))
        days = (row.due_on - row.from_on).days
        assert weights == (naive if split else {one.holder: one.outstanding_minor * days for one in claims})
        if not row.payment_minor:
            continue
        shares = shares_of(repayment_of(row), parts_of(row), claims, cessions)
        assert all(share.amount_minor > 0 for share in shares)
        assert sum(share.amount_minor for share in shares) == row.payment_minor
        claims = received(claims, shares)
        paid += sum(share.amount_minor for share in shares if share.kind == "principal")
    assert all(claim.outstanding_minor == 0 for claim in claims)
    assert paid == sum(amounts)


def cession(claims: list[Claim], seller: int, buyer: int, amount: int, cut: date) -> Cession:
    owed = sum(claim.outstanding_minor for claim in claims)
    return Cession(UUID(int=1), LOAN, claims[seller].id, claims[buyer].id, amount, owed, cut, cut)


def test_days_before_a_cession_stay_the_sellers_as_far_as_a_row_has_them() -> None:
    claims = claims_of([100, 0])
    sold = passed(claims, 0, 1, 100)
    kept = [cession(claims, 0, 1, 100, START + timedelta(days=20))]
    first, middle, last, after = (START + timedelta(days=days) for days in (0, 15, 30, 60))

    def weights(from_on: date, to_on: date) -> dict[str, object]:
        return dict(interest_weights(sold, kept, Earned(from_on, to_on, late=False)))

    assert weights(first, last) == {"cus_0": 2_000, "cus_1": 1_000}
    assert weights(last, after) == {"cus_0": 0, "cus_1": 3_000}
    assert weights(middle, last) == {"cus_0": 500, "cus_1": 1_000}


def test_who_pays_for_a_loss_of_who_bought_has_no_more_days_than_she_had() -> None:
    """A keeps 10 of 30 days of what B bought; somebody pays B for half of it, with the interest of her 20 days."""
    claims = claims_of([100, 0, 0])
    bought = passed(claims, 0, 1, 100)
    sale = cession(claims, 0, 1, 100, START + timedelta(days=10))
    row = Earned(START, START + timedelta(days=30), late=False)
    assert interest_weights(bought, [sale], row, at_most_held=True) == {"cus_0": 0, "cus_1": 2_000, "cus_2": 0}
    paid = passed(bought, 1, 2, 50)
    loss = cession(bought, 1, 2, 50, START)
    assert interest_weights(paid, [sale, loss], row) == {"cus_0": 1_000, "cus_1": 1_000, "cus_2": 1_000}
    whole = passed(paid, 1, 2, 50)
    assert interest_weights(whole, [sale, loss, loss], row) == {"cus_0": 1_000, "cus_1": 0, "cus_2": 2_000}


def test_a_row_paid_before_the_sale_that_is_owed_again_is_the_sellers() -> None:
    """Row 1 was paid to A, then she sold all she had left; it bounced, and its principal is hers again."""
    owed = claims_of([80, 920, 1_000])
    sale = Cession(UUID(int=1), LOAN, owed[0].id, owed[1].id, 920, 1_840, START + timedelta(days=30), START)
    first = Earned(START, START + timedelta(days=30), late=False)
    assert interest_weights(owed, [sale], first) == {"cus_0": 30_000, "cus_1": 0, "cus_2": 30_000}
    second = Earned(START + timedelta(days=30), START + timedelta(days=60), late=False)
    assert interest_weights(owed, [sale], second) == {"cus_0": 2_400, "cus_1": 27_600, "cus_2": 30_000}


def quoted(principal: int, share: str, day: date, terms: ResaleTerms = TERMS, **more: Any) -> Quote:
    rows = rows_of(1_000_000, "0.12", 6, "equal_instalment")
    loan = loan_of(LOAN, 1_000_000, Decimal("0.12"), 6, START)
    claim = claims_of([1_000_000])[0]
    return quote(claim, loan, rows, terms, principal_minor=principal, price_share=Decimal(share), day=day, **more)


def test_at_par_on_the_first_day_a_buyer_has_the_loans_own_yield() -> None:
    shown = quoted(1_000_000, "1", START)
    assert (shown.price_minor, shown.accrued_minor, shown.fee_minor) == (1_000_000, 0, 5_000)
    assert shown.discount_rate == effective(Decimal("0.12")) == Decimal("0.126825")
    assert shown.fair_minor == pytest.approx(1_000_000, rel=0.0005)
    assert shown.xirr == pytest.approx(0.1268, abs=0.001)


def test_a_buyer_is_shown_what_she_has_after_her_fees() -> None:
    """By the tier that she is in, and no more in a month than it has room for."""
    fees = LenderFees(Decimal("0.2"), (FeeTier(500, Decimal("0.1")),), most_monthly_minor=900)
    gross = quoted(1_000_000, "1", START)
    (first, *others) = [one.interest_minor for one in gross.expected]
    assert (gross.gross_xirr, gross.interest_fees_minor) == (gross.xirr, 0)
    for lent_minor, rate in ((499, Decimal("0.2")), (500, Decimal("0.1"))):
        buyer = Chargeable(fees, lent_minor, 800, gross.expected[0].due_on.replace(day=1))
        shown = quoted(1_000_000, "1", START, buyer=buyer)
        charged = [min(100, int(first * rate)), *(min(900, int(one * rate)) for one in others)]
        assert (shown.interest_fees_minor, shown.gross_xirr) == (sum(charged), gross.xirr)
        flows = [(START, -1_000_000)] + [
            (one.due_on, one.principal_minor + one.interest_minor - fee)
            for one, fee in zip(gross.expected, charged, strict=True)
        ]
        assert shown.xirr == pytest.approx(xirr(flows))
        assert shown.price_minor == gross.price_minor
        assert shown.fair_minor == gross.fair_minor


def test_a_discount_yields_more_and_a_premium_less() -> None:
    day = START + timedelta(days=15)
    yields = [quoted(1_000_000, share, day).xirr or 0 for share in ("0.95", "1", "1.05")]
    assert yields == sorted(yields, reverse=True)
    assert yields[0] > 0.3 > 0.13 > yields[1] > 0.12 > 0 > yields[2]


def test_who_discounts_at_more_finds_a_claim_worth_less() -> None:
    cheap, dear = (quoted(1_000_000, "1", START, discount_rate=Decimal(rate)) for rate in ("0.05", "0.2"))
    assert cheap.fair_minor > 1_000_000 > dear.fair_minor
    assert quoted(1_000_000, "1", START, discount_rate=Decimal(0)).fair_minor == 1_035_291


def test_half_way_through_a_row_interest_is_paid_for_or_kept() -> None:
    day = START + timedelta(days=15)
    pays, keeps = quoted(1_000_000, "0.98", day), quoted(1_000_000, "0.98", day, SPLIT)
    assert pays.accrued_minor == pays.accrued_paid_minor == keeps.accrued_minor == 5_000
    assert (pays.price_minor, keeps.price_minor, keeps.accrued_paid_minor) == (984_900, 980_000, 0)
    assert sum(one.interest_minor for one in pays.expected) - sum(one.interest_minor for one in keeps.expected) == 5_000
    assert pays.fair_minor - keeps.fair_minor == pytest.approx(5_000, rel=0.01)


@given(st.integers(1, 1_000_000), st.integers(50, 150), st.integers(0, 29), st.sampled_from([TERMS, SPLIT]))
def test_something_is_always_paid_for_the_principal(
    principal: int, percent: int, days: int, terms: ResaleTerms
) -> None:
    shown = quoted(principal, str(Decimal(percent) / 100), START + timedelta(days=days), terms)
    assert shown.price_minor > shown.accrued_paid_minor + shown.fee_minor
    worth = principal + (shown.accrued_minor if terms is TERMS else 0)
    assert abs(Fraction(shown.price_minor) - worth * Fraction(percent, 100)) <= Fraction(1, 2)
    assert sum(one.principal_minor for one in shown.expected) == principal
