"""Vouchers' worth, stacking and pro rata returns, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.campaigns.errors import VoucherKindUnclear, VoucherPaysNothing
from services.payments.campaigns.model import (
    Benefit,
    Campaign,
    CampaignState,
    Terms,
    Voucher,
    VoucherKind,
    VoucherState,
)
from services.payments.campaigns.rules import (
    Held,
    cost_of,
    require_claimable,
    require_for_order,
    require_stackable,
    require_usable,
    reserve_of,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
OFF = Terms(Benefit.AMOUNT_OFF, amount_off=2_000, threshold=10_000)
RAISE = Terms(Benefit.EXTRA_RATE, principal=1_000_000, rate=Decimal("0.01"), days=30)
TRIAL = Terms(Benefit.TRIAL_PRINCIPAL, principal=1_000_000, rate=Decimal("0.05"), days=7)
CAMPAIGN = Campaign(
    uuid4(), "cus_x", "spring", "CNY", uuid4(), uuid4(), CampaignState.OPEN, 0, NOW, NOW + timedelta(days=1),
    NOW + timedelta(days=1), NOW, None,
)  # fmt: skip


def kind(terms: Terms = OFF, **facts: int) -> VoucherKind:
    made = VoucherKind(uuid4(), CAMPAIGN.id, "ten off", terms, 5, 0, 1, 3, reserve_of(terms), NOW)
    return replace(made, **facts)


def held(terms: Terms = OFF, state: VoucherState = VoucherState.CLAIMED) -> Held:
    one = kind(terms)
    expires = NOW + timedelta(days=3)
    expired = date(2026, 11, 24) if state is VoucherState.EXPIRED else None
    return Held(
        Voucher(uuid4(), one.id, CAMPAIGN.id, uuid4(), state, 1, NOW, date(2026, 11, 24), expires, expired), one
    )


def code_of(asked: object, *facts: object, **named: object) -> str:
    try:
        asked(*facts, **named)  # type: ignore[operator]
    except Refusal as refused:
        return refused.code
    return "made"


def test_worth() -> None:
    assert (reserve_of(OFF), cost_of(OFF)) == (2_000, 2_000)
    assert reserve_of(RAISE) == 821  # 1,000,000 × 1 % × 30 / 365 = 821.9…
    assert cost_of(RAISE, 500_000, 30) == 410
    assert cost_of(RAISE, 9_000_000, 300) == 821
    assert cost_of(TRIAL) == reserve_of(TRIAL) == 958
    with pytest.raises(VoucherPaysNothing):
        cost_of(RAISE, 100, 1)


@given(
    st.integers(1, 10**12),
    st.integers(1, 10**12),
    st.integers(1, 366),
    st.integers(1, 366),
    st.decimals("0.0001", 1, places=4),
)
def test_no_use_costs_more_than_was_reserved(most: int, amount: int, days: int, most_days: int, rate: Decimal) -> None:
    terms = Terms(Benefit.EXTRA_RATE, principal=most, rate=rate, days=most_days)
    try:
        assert cost_of(terms, amount, days) <= reserve_of(terms)
    except (VoucherPaysNothing, VoucherKindUnclear):
        assert min(most, amount) * rate * min(days, most_days) < 365


@pytest.mark.parametrize(
    "terms",
    [
        Terms(Benefit.AMOUNT_OFF),
        Terms(Benefit.AMOUNT_OFF, amount_off=1),
        Terms(Benefit.AMOUNT_OFF, amount_off=5, threshold=5),
        replace(OFF, days=3),
        Terms(Benefit.EXTRA_RATE, principal=5, rate=Decimal("0.1")),
        replace(RAISE, amount_off=5),
        replace(RAISE, stack_group="shop"),
        replace(TRIAL, principal=1),
    ],
)
def test_terms_that_say_too_little_or_too_much(terms: Terms) -> None:
    with pytest.raises(VoucherKindUnclear):
        reserve_of(terms)


def test_who_may_claim() -> None:
    table = {
        "made": (CAMPAIGN, kind(), 0, 2_000, NOW),
        "campaign_not_open": (replace(CAMPAIGN, state=CampaignState.SETTLING), kind(), 0, 2_000, NOW),
        "voucher_limit_reached": (CAMPAIGN, kind(), 1, 2_000, NOW),
        "vouchers_gone": (CAMPAIGN, kind(claimed=5), 0, 2_000, NOW),
        "budget_exhausted": (CAMPAIGN, kind(), 0, 1_999, NOW),
    }
    for code, (campaign, one, mine, free, now) in table.items():
        assert code_of(require_claimable, campaign, one, mine=mine, free=free, now=now) == code
    for now in (NOW - timedelta(microseconds=1), CAMPAIGN.ends_at):
        assert code_of(require_claimable, CAMPAIGN, kind(), mine=0, free=2_000, now=now) == "campaign_not_open"


def test_every_voucher_in_every_state() -> None:
    for state, code in (
        (VoucherState.CLAIMED, "made"),
        (VoucherState.USED, "voucher_already_used"),
        (VoucherState.EXPIRED, "voucher_expired"),
    ):
        one = held(state=state)
        assert code_of(require_usable, one, one.voucher.customer_id, NOW) == code
        assert code_of(require_usable, one, uuid4(), NOW) == "unknown_voucher"
    one = held()
    last = one.voucher.expires_at - timedelta(microseconds=1)
    assert code_of(require_usable, one, one.voucher.customer_id, last) == "made"
    assert code_of(require_usable, one, one.voucher.customer_id, one.voucher.expires_at) == "voucher_expired"


def test_what_an_order_takes() -> None:
    assert code_of(require_for_order, [held()], 10_000) == "made"
    assert code_of(require_for_order, [held()], 9_999) == "below_threshold"
    assert code_of(require_for_order, [held(RAISE)], 10_000) == "voucher_not_for_this"
    dear = Terms(Benefit.AMOUNT_OFF, amount_off=6_000, threshold=10_000)
    assert code_of(require_for_order, [held(dear), held(dear)], 12_000) == "vouchers_exceed_amount"
    assert code_of(require_for_order, [held(dear), held(dear)], 12_001) == "made"


def test_stacking() -> None:
    alone, shop, twice, other = (
        kind(), kind(replace(OFF, stack_group="shop")),
        kind(replace(OFF, stack_group="shop", most_per_subject=2)), kind(replace(OFF, stack_group="platform")),
    )  # fmt: skip
    for kinds, code in (
        ([alone], "made"),
        ([alone, shop], "vouchers_do_not_stack"),
        ([alone, alone], "vouchers_do_not_stack"),
        ([shop, other], "made"),
        ([shop, shop], "vouchers_do_not_stack"),
        ([twice, twice, other], "made"),
        ([twice, shop], "vouchers_do_not_stack"),
        ([twice] * 3, "vouchers_do_not_stack"),
        ([kind(replace(OFF, stack_group=f"g{number}")) for number in range(11)], "vouchers_do_not_stack"),
    ):
        assert code_of(require_stackable, kinds) == code, kinds
