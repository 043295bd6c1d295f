"""The platform's part of lenders' interest: by tier, capped by payment and month, conserved to the unit, given back with what bounced."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.p2p.lender_fees import rules
from services.p2p.programmes.contradictions import contradictions
from services.p2p.programmes.model import FeeTier, LenderFees
from services.p2p.repayments.model import Share, ShareKind
from tests.p2p.auditing import books_failed_when
from tests.p2p.people import Lent, Person, World
from tests.p2p.records import programme_of
from tests.p2p.test_accounting import booked, books_of, closing, differing
from tests.p2p.test_losses import register
from tests.p2p.test_programmes import HARBOUR

NOBODY = UUID(int=0)
TIERS = (FeeTier(100_000, Decimal("0.08")), FeeTier(1_000_000, Decimal("0.05")))
FEES = LenderFees(Decimal("0.1"), TIERS, most_monthly_minor=5_000, most_payment_minor=3_000)


@pytest.mark.parametrize(
    ("lent", "rate", "above"),
    [(0, "0.1", 100_000), (99_999, "0.1", 100_000), (100_000, "0.08", 1_000_000), (999_999, "0.08", 1_000_000), (10**6, "0.05", None)],
)  # fmt: skip
def test_a_tier_holds_from_its_amount_on(lent: int, rate: str, above: int | None) -> None:
    assert rules.rate_of(FEES, lent) == Decimal(rate)
    following = rules.next_tier(FEES, lent)
    assert (None if following is None else following.lent_minor) == above


def share(holder: str, kind: ShareKind, amount: int) -> Share:
    return Share(NOBODY, NOBODY, kind, holder, NOBODY, amount, NOBODY)


HOLDERS = st.sampled_from(("cus_a", "cus_b", "p2p", "p2p.reserve_fund", "sur_a"))
PAYMENTS = st.dictionaries(st.tuples(HOLDERS, st.sampled_from(ShareKind)), st.integers(1, 10**7), min_size=1)
RATES = st.decimals(0, 1, places=4)


@given(
    st.lists(PAYMENTS, min_size=1, max_size=6), RATES, RATES, st.integers(1, 10**7),
    st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6), st.dictionaries(HOLDERS, st.integers(0, 10**7)),
)  # fmt: skip
def test_a_month_of_payments_costs_what_a_naive_reckoning_says(
    payments: list[dict[tuple[str, ShareKind], int]],
    base: Decimal,
    tier: Decimal,
    start: int,
    monthly: int | None,
    payment: int | None,
    lent: dict[str, int],
) -> None:
    """The naive one: unit by unit of interest, as long as neither cap is reached."""
    fees = LenderFees(base, (FeeTier(start, tier),), most_monthly_minor=monthly, most_payment_minor=payment)
    charged: dict[str, int] = {}
    for made in payments:
        shares = [share(holder, kind, amount) for (holder, kind), amount in made.items()]
        found = rules.charged_of(fees, shares, lent, charged)
        assert [one._replace(interest_fee_minor=0) for one in found] == shares
        for one in found:
            assert one.received_minor + one.interest_fee_minor == one.amount_minor
            assert one.received_minor >= 0
            expected = 0
            if one.holder.startswith("cus_") and one.kind is ShareKind.INTEREST:
                rate = tier if lent.get(one.holder, 0) >= start else base
                numerator, denominator = rate.as_integer_ratio()
                expected = one.amount_minor * numerator // denominator
                bounds = [payment, None if monthly is None else monthly - charged.get(one.holder, 0)]
                expected = min([expected, *(bound for bound in bounds if bound is not None)])
                charged[one.holder] = charged.get(one.holder, 0) + expected
            assert one.interest_fee_minor == expected >= 0
    assert all(monthly is None or total <= monthly for total in charged.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"tiers": tuple(reversed(TIERS))},
        {"tiers": (TIERS[0], TIERS[0])},
        {"tiers": (FeeTier(0, Decimal("0.1")),)},
        {"tiers": (FeeTier(100_000, Decimal("0.11")),)},
        {"tiers": (TIERS[0], FeeTier(1_000_000, Decimal("0.09")))},
        {"most_payment_minor": 5_001},
        {"most_payment_minor": 0},
        {"most_monthly_minor": 0, "most_payment_minor": None},
        {"interest_rate": Decimal("1.1")},
    ],
)
def test_fees_that_contradict_themselves(changes: dict[str, Any]) -> None:
    sound = replace(programme_of(), lender_fees=FEES)
    before = contradictions(sound)
    told = contradictions(replace(sound, lender_fees=replace(FEES, **changes)))
    assert "lender_fees" not in dict(before)
    assert "lender_fees" in dict(told)


async def charging(world: World, **fees: Any) -> None:
    """The programme `harbour` takes something of lenders' interest."""
    terms = HARBOUR | {"terms_months": [12], "methods": ["equal_instalment"], "lender_fees": fees}
    await world.operator.made("/v1/programmes/harbour/versions", terms)
    await register(world, programmes=["harbour"])


async def borrowed(world: World, lender: Person, amount: int) -> Lent:
    borrower = world.person()
    listing = await world.listed(borrower, amount=amount, programme="harbour")
    await world.give(lender, amount)
    bid = await lender.bid(listing["id"], amount)
    assert bid["state"] in ("placed", "funded"), bid
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    return Lent(world, borrower, [lender], listing, await borrower.lending.get(f"/v1/loans/{listing['loan_id']}"))


async def taken(lent: Lent) -> list[tuple[int, int]]:
    """Interest and fee of each repayment's share, oldest first."""
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    made = (await lent.borrower.lending.get(path))["items"]
    shares = [(await lent.world.operator.get(f"/v1/repayments/{one['id']}/shares"))["items"] for one in made]
    return [(one["amount_minor"], one["fee_minor"]) for each in shares for one in each if one["kind"] == "interest"]


async def test_the_months_cap_is_exact_however_many_loans_are_repaid_at_once(world: World, admin_url: str) -> None:
    tiers = [{"lent_minor": 2_000_000, "interest_rate": "0.05"}]
    await charging(world, interest_rate="0.1", tiers=tiers, most_monthly_minor=2_000)
    lender = world.person()
    await lender.assess()
    lents = [await borrowed(world, lender, 1_000_000)]
    fee = await lender.lending.get("/v1/lender-fees/harbour", interest=10_000)
    assert (fee["lent_minor"], fee["interest_rate"], fee["next_from_minor"], fee["foreseen_minor"]) == (
        1_000_000,
        "0.1",
        2_000_000,
        1_000,
    )
    lents += [await borrowed(world, lender, 1_000_000) for _ in range(5)]
    fee = await lender.lending.get("/v1/lender-fees/harbour")
    assert (fee["lent_minor"], fee["interest_rate"], fee["next_rate"], fee["room_minor"]) == (
        6_000_000,
        "0.05",
        None,
        2_000,
    )
    before = (await lender.balance())[0]
    payment = (await lents[0].rows())[0]["payment_minor"]
    answers = await asyncio.gather(*(lent.repay(payment) for lent in lents))
    assert {answer.status_code for answer in answers} == {201}
    found = [pair for lent in lents for pair in await taken(lent)]
    full = [interest // 20 for interest, _ in found]
    assert sum(fee for _, fee in found) == 2_000 < sum(full)
    assert all(fee <= whole for (_, fee), whole in zip(found, full, strict=True))
    assert (await lender.balance())[0] == before + 6 * payment - 2_000
    assert (await lender.lending.get("/v1/lender-fees/harbour", interest=10_000))["foreseen_minor"] == 0
    await world.audit()
    assert (await lender.lending.get("/v1/lender-fees/nothing", 404))["code"] == "unknown_programme"
    charged = next(lent for lent, (_, fee) in zip(lents, found, strict=True) if fee)
    own = (await taken(charged))[0][1]
    (repaid,) = (await charged.borrower.lending.get(f"/v1/loans/{charged.loan['id']}/repayments"))["items"]
    assert (
        await world.operator.post(f"/v1/repayments/{repaid['id']}/reversal", {"reason": "bounced"})
    ).status_code in (201, 202)
    await world.run_job("p2p.reverse_repayment", repaid["id"])
    fee = await lender.lending.get("/v1/lender-fees/harbour")
    assert (fee["charged_minor"], fee["room_minor"]) == (2_000 - own, own)
    assert (await lender.balance())[0] == before + 5 * payment - 2_000 + own
    await world.audit()
    day = await booked(world)
    hers = await books_of(world, lender, day)
    assert closing(hers, "fee_expense") == 2_000 - own
    assert -closing(hers, "interest_income") == sum(interest for interest, _ in found) - (await taken(charged))[0][0]
    assert await differing(world) == []
    year = day.year
    (statement,) = (await lender.lending.get(f"/v1/statements/{year}"))["items"]
    assert statement["fees_minor"] == 2_000 - own
    planted = "UPDATE lender_fee_months SET charged_minor = charged_minor + 1"
    assert lender.id in (await books_failed_when(world.p2p, admin_url, planted))["lenders_fees_are_counted"][0]
