"""Netting, caps, cut-offs, licences and the steps of a settlement, as plain functions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.clearing import netting, rules
from services.payments.clearing.licensing import clearing_kinds
from services.payments.clearing.model import (
    MOST_OF_PAYER,
    MOST_WINDOWS,
    POOL,
    Decision,
    Delay,
    Flow,
    Granularity,
    Interchange,
    Licence,
    Participant,
    ParticipantState,
    SettlementState,
    Standing,
    Waiting,
    WindowState,
    Wish,
)

NOON = datetime(2026, 11, 26, 4, tzinfo=UTC)
"""A Thursday, 12:00 local."""


@st.composite
def flows(draw: st.DrawFn) -> list[Flow]:
    pairs = draw(st.sets(st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda pair: pair[0] != pair[1])))
    return [Flow(payer, payee, draw(st.integers(1, 2**40)), draw(st.integers(1, 9))) for payer, payee in sorted(pairs)]


@given(flows())
def test_nothing_is_lost_by_netting(of: list[Flow]) -> None:
    both = netting.sides(of)
    assert (
        sum(owes for owes, _ in both.values())
        == sum(owed for _, owed in both.values())
        == sum(one.amount for one in of)
    )
    for interchange in Interchange:
        moved = dict.fromkeys([POOL, *both], 0)
        for payment in netting.payments(of, interchange):
            assert payment.amount > 0
            moved[payment.payer] += payment.amount
            moved[payment.payee] -= payment.amount
        assert moved == {POOL: 0} | {number: owes - owed for number, (owes, owed) in both.items()}
    found = netting.figures(of)
    assert 0 <= found.multilateral_minor <= found.bilateral_minor <= found.gross_minor
    assert found.obligations == sum(one.obligations for one in of)


def test_efficiency_is_what_need_not_move() -> None:
    assert netting.efficiency(25, 100) == Decimal("0.750000")
    assert netting.efficiency(1, 3) == Decimal("0.666667")
    assert netting.efficiency(0, 0) == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.integers(1, 50), st.booleans()), max_size=30))
def test_nobody_passes_its_cap_and_positions_sum_to_what_they_did(asked: list[tuple[int, int, int, bool]]) -> None:
    standings = {0: Standing(0, 40), 1: Standing(7, 60), 2: Standing(-7, 0)}
    wishes = [
        Wish(uuid4(), payer, (payer + step) % 3, amount, "", queue) for payer, step, amount, queue in asked
    ]  # fmt: skip
    decisions = rules.decide(standings, wishes, frozenset())
    assert sum(one.position for one in standings.values()) == 0
    naive, behind = {0: 0, 1: 7, 2: -7}, set()
    for wish, decision in zip(wishes, decisions, strict=True):
        fits = naive[wish.payer] + wish.amount <= standings[wish.payer].cap
        if fits and not (wish.queue and wish.payer in behind):
            naive[wish.payer] += wish.amount
            naive[wish.payee] -= wish.amount
            assert decision is Decision.RECORDED
        else:
            assert decision is (Decision.QUEUED if wish.queue else Decision.REFUSED)
            if wish.queue:
                behind.add(wish.payer)
    assert naive == {number: one.position for number, one in standings.items()}


def test_who_has_something_waiting_waits_behind_it() -> None:
    standings = {1: Standing(0, 10), 2: Standing(0, 0)}
    wishes = [Wish(uuid4(), 1, 2, 5, "", True), Wish(uuid4(), 1, 2, 5, "", False)]
    assert rules.decide(standings, wishes, frozenset({1})) == [Decision.QUEUED, Decision.RECORDED]


def test_a_payer_owes_so_much_in_a_window_and_no_more() -> None:
    """However much comes in meanwhile; what may wait does, what no window would take does not."""
    standings = {1: Standing(0, 2**53), 2: Standing(0, 2**53)}
    amounts = [
        (1, 2, MOST_OF_PAYER, False),
        (2, 1, 5, False),
        (1, 2, 1, False),
        (1, 2, 1, True),
        (2, 1, MOST_OF_PAYER + 1, True),
    ]
    wishes = [Wish(uuid4(), payer, payee, amount, "", queue) for payer, payee, amount, queue in amounts]
    assert rules.decide(standings, wishes, frozenset()) == [
        Decision.RECORDED, Decision.RECORDED, Decision.FULL, Decision.QUEUED, Decision.FULL,
    ]  # fmt: skip
    waiting = [Waiting(1, 1, 2, 1), Waiting(2, 2, 1, 7), Waiting(3, 2, 1, MOST_OF_PAYER), Waiting(4, 2, 1, 1)]
    gross = {number: standing.gross for number, standing in standings.items()}
    assert rules.within_window(waiting, gross) == [waiting[1]]
    assert MOST_OF_PAYER * MOST_WINDOWS * 200 < 2**63


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON, datetime(2026, 11, 26, 9, tzinfo=UTC)),
        (datetime(2026, 11, 26, 9, tzinfo=UTC), datetime(2026, 11, 27, 2, tzinfo=UTC)),
        (datetime(2026, 11, 26, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 27, 2, tzinfo=UTC)),
        (datetime(2026, 11, 26, 16, tzinfo=UTC), datetime(2026, 11, 27, 2, tzinfo=UTC)),
        (datetime(2026, 11, 27, 9, tzinfo=UTC), datetime(2026, 11, 30, 2, tzinfo=UTC)),  # over the weekend
        (datetime(2025, 9, 30, 9, tzinfo=UTC), datetime(2025, 10, 9, 2, tzinfo=UTC)),  # over the national holidays
    ],
)
def test_cut_offs_are_on_business_days(now: datetime, expected: datetime) -> None:
    assert rules.next_cut_off([600, 1020], now) == expected


def _licence(first: str, last: str | None, kind: str = "banking") -> Licence:
    until = None if last is None else date.fromisoformat(last)
    return Licence(kind, "1", date.fromisoformat(first), until, NOON, "stf")


@pytest.mark.parametrize(
    ("licences", "state", "code"),
    [
        ([_licence("2026-01-01", None)], "ACTIVE", None),
        ([_licence("2026-11-26", "2026-11-26")], "ACTIVE", None),
        ([_licence("2026-01-01", "2026-11-25")], "ACTIVE", "licence_not_valid"),
        ([_licence("2026-11-27", None)], "ACTIVE", "licence_not_valid"),
        ([], "ACTIVE", "licence_not_valid"),
        # Taken back by another one of the same day; and by a later one.
        ([_licence("2026-01-01", None), _licence("2026-01-01", "2026-02-01")], "ACTIVE", "licence_not_valid"),
        ([_licence("2026-11-01", None, "guarantee"), _licence("2026-01-01", None)], "ACTIVE", "licence_not_for_this"),
        ([_licence("2026-01-01", None)], "SUSPENDED", "participant_not_active"),
        ([_licence("2026-01-01", None)], "LEFT", "participant_not_active"),
    ],
)
def test_only_who_is_licensed_that_day_takes_part(licences: list[Licence], state: str, code: str | None) -> None:
    participant = Participant(uuid4(), 1, "ICBC", "ICBC", None, ParticipantState(state), NOON)
    arguments: Any = (participant, licences, date(2026, 11, 26), clearing_kinds(), "payer")
    if code is None:
        rules.require_good_standing(*arguments)
    else:
        with pytest.raises(Refusal) as refused:
            rules.require_good_standing(*arguments)
        assert (refused.value.code, refused.value.field) == (code, "payer")


def test_steps_of_a_settlement() -> None:
    """Every step in every state; what is not here does not exist."""
    pending, recorded, reserved, committed, settling, settled, aborted = SettlementState
    assert {(state, step): after for (state, step), after in rules.STEPS.items()} == {
        (pending, "record"): recorded,
        (recorded, "reserve"): reserved,
        (recorded, "carry_over"): recorded,
        (reserved, "commit"): committed,
        (committed, "settle_some"): settling,
        (settling, "settle_some"): settling,
        (settling, "settle"): settled,
        (pending, "abort"): aborted,
        (recorded, "abort"): aborted,
        (reserved, "abort"): aborted,
    }
    refusals = {
        committed: "settlement_committed",
        settling: "settlement_committed",
        settled: "settlement_ended",
        aborted: "settlement_ended",
    }
    for state in SettlementState:
        assert _code(rules.require_abortable, state) == refusals.get(state)
    windows = {"OPEN": "window_still_open", "PENDING_SETTLEMENT": "window_in_settlement", "SETTLED": "window_settled"}
    for window in WindowState:
        assert _code(rules.require_settleable, window) == windows.get(window)


def test_kinds_of_models() -> None:
    kinds = [(g, i, d) for g in Granularity for i in Interchange for d in Delay]
    allowed = [kind for kind in kinds if _code(rules.require_kind, *kind) is None]
    assert [tuple(map(str, kind)) for kind in allowed] == [
        ("GROSS", "BILATERAL", "IMMEDIATE"), ("NET", "BILATERAL", "DEFERRED"), ("NET", "MULTILATERAL", "DEFERRED"),
    ]  # fmt: skip
    for cut_offs, delay in (
        ([], "DEFERRED"),
        ([600], "IMMEDIATE"),
        ([600, 600], "DEFERRED"),
        ([1440], "DEFERRED"),
        ([9, 5], "DEFERRED"),
    ):
        assert _code(rules.require_cut_offs, cut_offs, Delay(delay)) == "cut_offs_unclear"


def test_an_account_bears_what_it_can_in_order() -> None:
    assert rules.fitting([5, 9, 4, 1], 10) == [True, False, True, True]


def _code(require: Any, *facts: object) -> str | None:
    try:
        require(*facts)
    except Refusal as refusal:
        return refusal.code
    return None
