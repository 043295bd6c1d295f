"""When merchants are settled, how proceeds divide, and every event in every state of deductions and batches."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.deductions import rules as deduction_rules
from services.payments.deductions.errors import DeductionEnded, DeductionEndsInPast, DeductionShareTooLarge
from services.payments.deductions.model import Deduction, DeductionState
from services.payments.merchant_payouts import rules as payout_rules
from services.payments.merchant_payouts.errors import BatchEnded, StatusContradicts
from services.payments.merchant_payouts.model import (
    Batch,
    BatchState,
    Line,
    LineState,
    LineStatus,
    StatusReport,
)
from services.payments.settlement import rules
from services.payments.settlement.model import Claim, Contract, PayoutWay, RefundPolicy
from tests.payments.settlement.shop import MONDAY, local

NOW = local(MONDAY)


def contract(**facts: Any) -> Contract:
    terms: dict[str, Any] = {
        "id": uuid4(), "merchant_id": uuid4(), "effective_on": MONDAY, "plan_id": uuid4(), "cycle_days": 1, "cut_off_minutes": 1440,
        "reserve_rate_millionths": 0, "reserve_days": 0, "refund_policy": RefundPolicy.WAIT, "share_limit_millionths": 0,
        "payout": PayoutWay.BALANCE, "payout_account_id": None, "signed_at": NOW, "signed_by": "stf",
    }  # fmt: skip
    return Contract(**terms | facts)


@pytest.mark.parametrize(
    ("cycle", "minutes", "day", "due"),
    [
        (0, 720, MONDAY, local(MONDAY, 12)),
        (0, 720, date(2026, 3, 7), local(date(2026, 3, 9), 12)),  # a Saturday's on Monday
        (1, 1320, MONDAY, local(date(2026, 3, 3))),
        (1, 1440, date(2026, 3, 6), local(date(2026, 3, 9))),  # Friday's on Monday
        (1, 1440, date(2026, 2, 13), local(date(2026, 2, 14))),  # a Saturday worked for the spring festival
        (1, 1440, date(2026, 2, 14), local(date(2026, 2, 24))),  # after the festival
        (3, 1440, MONDAY, local(date(2026, 3, 5))),
        (1, 1440, date(2026, 12, 31), local(date(2027, 1, 1))),  # holidays not announced yet: weekends alone
    ],
)
def test_when_a_day_is_settled(cycle: int, minutes: int, day: date, due: datetime) -> None:
    assert rules.due_at(contract(cycle_days=cycle, cut_off_minutes=minutes), day) == due


def test_days_due_together_are_settled_together() -> None:
    friday = date(2026, 3, 6)
    of = [contract()]
    found = rules.window(of, friday, local(date(2026, 3, 9)))
    assert (found.on, found.until_at, found.next_due_at) == (
        date(2026, 3, 8), local(date(2026, 3, 9)), local(date(2026, 3, 10)),
    )  # fmt: skip
    long_after = rules.window(of, friday, local(date(2100, 1, 1)))
    assert long_after.on == friday + timedelta(days=rules.LONGEST_CATCHING_UP)


@given(
    st.integers(0, 10**12),
    st.integers(0, 1_000_000),
    st.integers(0, 1_000_000),
    st.integers(0, 10**12),
    st.lists(st.tuples(st.integers(1, 500_000), st.integers(1, 10**12)), max_size=6),
    st.integers(0, 1_000_000),
)
def test_what_divides_is_what_there_was(
    proceeds: int, fee_part: int, share_part: int, owed: int, lenders: list[tuple[int, int]], reserve: int
) -> None:
    fee = proceeds * fee_part // 1_000_000
    shares = (proceeds - fee) * share_part // 1_000_000
    claims = [Claim(uuid4(), uuid4(), *one) for one in lenders]
    found = rules.divide(contract(reserve_rate_millionths=reserve), proceeds, fee, shares, owed, claims)
    parts = [found.fee, found.shares, found.receivable, *found.deductions, found.reserve, found.net]
    assert min(parts) >= 0
    assert sum(parts) == proceeds
    base = proceeds - fee - shares - found.receivable
    for claim, taken in zip(claims, found.deductions, strict=True):
        assert taken <= min(base * claim.share_millionths // 1_000_000, claim.left_minor)
    # Nobody goes short while a later one gets something.
    short = [
        place
        for place, (claim, taken) in enumerate(zip(claims, found.deductions, strict=True))
        if taken < min(base * claim.share_millionths // 1_000_000, claim.left_minor)
    ]
    assert not short or not any(found.deductions[short[0] + 1 :])


def deduction(state: DeductionState, **facts: Any) -> Deduction:
    return Deduction(uuid4(), uuid4(), "p2p", uuid4(), "loan", 500_000, 100, 1, MONDAY, state, NOW, None, **facts)


ENDED = DeductionEnded
DEDUCTIONS: list[tuple[DeductionState, Any, Any]] = [
    (DeductionState.PROPOSED, True, True),
    (DeductionState.ACTIVE, False, True),
    (DeductionState.COMPLETED, ENDED, ENDED),
    (DeductionState.REVOKED, ENDED, False),
]
"""What agreeing and revoking do: change it, change nothing, or are refused."""


@pytest.mark.parametrize(("state", "agreeing", "revoking"), DEDUCTIONS)
def test_every_event_in_every_state_of_a_deduction(state: DeductionState, agreeing: Any, revoking: Any) -> None:
    one = deduction(state)
    for expected, event in (
        (agreeing, lambda: deduction_rules.may_agree(one, MONDAY)),
        (revoking, lambda: deduction_rules.may_revoke(one)),
    ):
        if expected is ENDED:
            with pytest.raises(DeductionEnded):
                event()
        else:
            assert event() is expected


def test_agreeing_too_late_and_proposing_too_much() -> None:
    with pytest.raises(DeductionEnded):
        deduction_rules.may_agree(deduction(DeductionState.PROPOSED), MONDAY + timedelta(days=1))
    with pytest.raises(DeductionShareTooLarge):
        deduction_rules.require_proposable(500_001, None, MONDAY)
    with pytest.raises(DeductionEndsInPast):
        deduction_rules.require_proposable(1, MONDAY - timedelta(days=1), MONDAY)


def batch(state: BatchState) -> Batch:
    ended = NOW if state in (BatchState.COMPLETED, BatchState.CANCELLED) else None
    due = None if ended else NOW
    return Batch(uuid4(), "ICBC", "CNY", 1, "M", MONDAY, 1, 1, state, NOW, due, ended_at=ended)


def line(state: LineState) -> Line:
    return Line(UUID(int=1), uuid4(), 1, uuid4(), uuid4(), uuid4(), "E", 1, uuid4(), state)


@pytest.mark.parametrize("code", ["ACSC", "ACCC", "RJCT", "CANC", "ACSP", "PDNG", "RCVD", ""])
@pytest.mark.parametrize("state", list(LineState))
@pytest.mark.parametrize("of", list(BatchState))
def test_every_word_of_the_bank_in_every_state(of: BatchState, state: LineState, code: str) -> None:
    told = StatusReport("M", None, (LineStatus("E", code),)) if code else StatusReport("M", None, ())
    ends = {"ACSC": LineState.PAID, "ACCC": LineState.PAID, "RJCT": LineState.REJECTED}.get(code)
    if code == "CANC" and of is BatchState.CANCELLING:
        ends = LineState.CANCELLED
    came_back = ends is LineState.PAID and state is LineState.RETURNED
    if ends is not None and state not in (LineState.HELD, ends) and not came_back:
        with pytest.raises(StatusContradicts):
            payout_rules.decided(batch(of), [line(state)], told)
        return
    found = [one for _, one, _ in payout_rules.decided(batch(of), [line(state)], told)]
    assert found == ([ends] if ends is not None and state is LineState.HELD else [])


@pytest.mark.parametrize("state", list(BatchState))
def test_a_batch_that_ended_takes_no_order(state: BatchState) -> None:
    one = batch(state)
    if one.ended_at is None:
        payout_rules.require_running(one)
        return
    with pytest.raises(BatchEnded):
        payout_rules.require_running(replace(one, due_at=None))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([LineState.HELD, LineState.PAID], None),
        ([LineState.PAID, LineState.REJECTED], BatchState.COMPLETED),
        ([LineState.CANCELLED, LineState.PAID], BatchState.COMPLETED),
        ([LineState.REJECTED], BatchState.COMPLETED),
        ([LineState.CANCELLED], BatchState.CANCELLED),
    ],
)
def test_how_a_batch_ends(states: list[LineState], expected: BatchState | None) -> None:
    assert payout_rules.batch_state(states) is expected
