"""Which channel carries an order: each reason against one, the order of the others, and what outcomes do to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import SUITE_ZONE
from sandbox.bank.directory import banks
from services.payments.channels.contract_model import (
    Circumstances,
    Contract,
    DatedWindow,
    FeePlan,
    Licence,
    Offer,
    Reason,
    Route,
    Standing,
    WeeklyWindow,
    Wish,
)
from services.payments.channels.contracts import contract_of, document_of, policy, shipped
from services.payments.channels.model import Answer, Instruction, InstructionKind, InstructionState
from services.payments.channels.routing import (
    fee_of,
    in_maintenance,
    noted,
    probed,
    route,
    success_rate,
    worth_another_channel,
)

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
"""Thursday noon in Shanghai."""
CHARGE = Wish(InstructionKind.CHARGE, "ICBC", 10_000, "CNY")
PAYOUT = Wish(InstructionKind.PAYOUT, "ICBC", 10_000, "CNY")
POLICY = policy()


def contract(channel: str = "A", fee: int = 30, **more: Any) -> Contract:
    plan = FeePlan(fee, Decimal(0), 0, None)
    facts: dict[str, Any] = {
        "channel": channel,
        "name": channel,
        "valid_from_on": date(2020, 1, 1),
        "offers": (Offer(InstructionKind.CHARGE, None, plan), Offer(InstructionKind.PAYOUT, None, plan)),
        "currencies": frozenset({"CNY"}),
        "least_minor": 100,
        "most_minor": 1_000_000,
        "card_day_minor": 2_000_000,
        "weekly_windows": (),
        "dated_windows": (),
        "finality": timedelta(minutes=30),
        "priority": 10,
        "licence": Licence("banking", "L-1", date(2020, 1, 1), date(2026, 11, 26)),
    }
    return Contract(**facts | more)


def found(
    *contracts: Contract, wish: Wish = CHARGE, now: datetime = NOW, circumstances: Circumstances | None = None
) -> Route:
    return route(contracts, circumstances or Circumstances(), wish, now, SUITE_ZONE, POLICY)


def order_of(answer: Route) -> list[str]:
    return [one.channel for one in answer.candidates]


def reason(answer: Route) -> Reason | None:
    return answer.refused[0].reason if answer.refused else None


def test_whatever_fits_is_carried() -> None:
    answer = found(contract())
    assert (order_of(answer), answer.refused) == (["A"], ())
    assert (answer.candidates[0].fee_minor, answer.candidates[0].success_rate) == (30, Decimal("0.980000"))
    assert answer.candidates[0].expected_cost_minor == Decimal("40.00")


@pytest.mark.parametrize(
    ("changes", "wish", "expected"),
    [
        ({}, replace(CHARGE, currency="USD"), Reason.CURRENCY_NOT_CARRIED),
        ({}, replace(CHARGE, amount=100), None),
        ({}, replace(CHARGE, amount=99), Reason.BELOW_LEAST),
        ({}, replace(CHARGE, amount=1_000_000), None),
        ({}, replace(CHARGE, amount=1_000_001), Reason.ABOVE_MOST),
        ({"offers": ()}, CHARGE, Reason.NOT_OFFERED),
        ({"offers": (Offer(InstructionKind.CHARGE, frozenset({"CMB"}), FeePlan(1, Decimal(0), 0, None)),)}, CHARGE, Reason.NOT_OFFERED),
        ({"licence": Licence("banking", "L", date(2026, 11, 26), None)}, CHARGE, None),
        ({"licence": Licence("banking", "L", date(2026, 11, 27), None)}, CHARGE, Reason.LICENCE_NOT_VALID),
        ({"licence": Licence("banking", "L", date(2020, 1, 1), date(2026, 11, 25))}, CHARGE, Reason.LICENCE_NOT_VALID),
        ({"licence": Licence("fund_management", "L", date(2020, 1, 1), None)}, CHARGE, Reason.LICENCE_NOT_FOR_THIS),
        ({"dated_windows": (DatedWindow(NOW, NOW + timedelta(hours=1)),)}, CHARGE, Reason.MAINTENANCE),
        ({"dated_windows": (DatedWindow(NOW - timedelta(hours=1), NOW),)}, CHARGE, None),
        ({"weekly_windows": (WeeklyWindow(4, time(12), time(13)),)}, CHARGE, Reason.MAINTENANCE),
        ({"weekly_windows": (WeeklyWindow(4, time(11), time(12)),)}, CHARGE, None),
        ({"weekly_windows": (WeeklyWindow(5, time(12), time(13)),)}, CHARGE, None),
        ({}, PAYOUT, Reason.RESERVE_SHORT),
    ],
)  # fmt: skip
def test_each_reason_against_a_channel(changes: dict[str, Any], wish: Wish, expected: Reason | None) -> None:
    assert reason(found(contract(**changes), wish=wish)) is expected


@pytest.mark.parametrize(
    ("circumstances", "wish", "expected"),
    [
        (Circumstances(tried=frozenset({"A"})), CHARGE, Reason.ALREADY_TRIED),
        (Circumstances(moved_today_minor={"A": 1_990_000}), CHARGE, None),
        (Circumstances(moved_today_minor={"A": 1_990_001}), CHARGE, Reason.OVER_CARD_DAY_LIMIT),
        (Circumstances(moved_today_minor={"B": 9_000_000}), CHARGE, None),
        (Circumstances(reserves_minor={"A": 10_000}), PAYOUT, None),
        (Circumstances(reserves_minor={"A": 9_999}), PAYOUT, Reason.RESERVE_SHORT),
        (Circumstances({"A": Standing("A", CHARGE.kind, unreached=5, probe_at=NOW)}), CHARGE, Reason.UNREACHABLE),
        (Circumstances({"A": Standing("A", CHARGE.kind, unreached=4)}), CHARGE, None),
    ],
)
def test_each_reason_that_passes_by_itself(circumstances: Circumstances, wish: Wish, expected: Reason | None) -> None:
    assert reason(found(contract(), wish=wish, circumstances=circumstances)) is expected


def test_a_licence_ends_with_its_last_day_in_the_suite_s_zone() -> None:
    last = datetime(2026, 11, 26, 15, 59, 59, 999_999, tzinfo=UTC)
    assert reason(found(contract(), now=last)) is None
    assert reason(found(contract(), now=last + timedelta(microseconds=1))) is Reason.LICENCE_NOT_VALID


def test_a_weekly_window_to_the_end_of_the_day() -> None:
    closed = contract(weekly_windows=(WeeklyWindow(4, time(23), time(0)),))
    last = datetime(2026, 11, 26, 15, 59, 59, 999_999, tzinfo=UTC)
    assert in_maintenance(closed, last, SUITE_ZONE)
    assert not in_maintenance(closed, last + timedelta(microseconds=1), SUITE_ZONE)
    assert not in_maintenance(closed, last - timedelta(hours=1), SUITE_ZONE)


def test_the_cheapest_first_then_priority_then_code() -> None:
    cheap, dear = contract("Z", fee=10), contract("A", fee=20)
    assert order_of(found(dear, cheap)) == ["Z", "A"]
    assert order_of(found(contract("B"), contract("C", priority=5), contract("A"))) == ["C", "A", "B"]


def test_failures_are_part_of_what_a_channel_costs() -> None:
    """0.50 dearer and never failing is better than a tenth of failures at 5.00 each."""
    shaky = Standing("A", CHARGE.kind, Decimal(70), Decimal(100), NOW)
    steady = Standing("B", CHARGE.kind, Decimal(100), Decimal(100), NOW)
    answer = found(contract("A", 30), contract("B", 80), circumstances=Circumstances({"A": shaky, "B": steady}))
    assert order_of(answer) == ["B", "A"]
    early = found(contract("A", 30), contract("B", 80))
    assert order_of(early) == ["A", "B"]


@pytest.mark.parametrize(
    ("plan", "amount", "fee"),
    [
        (FeePlan(30, Decimal(0), 0, None), 10_000, 30),
        (FeePlan(0, Decimal("0.006"), 0, None), 10_000, 60),
        (FeePlan(0, Decimal("0.006"), 0, None), 75, 0),
        (FeePlan(0, Decimal("0.006"), 0, None), 84, 1),
        (FeePlan(0, Decimal("0.005"), 0, None), 100, 1),
        (FeePlan(5, Decimal("0.001"), 20, None), 1_000, 20),
        (FeePlan(5, Decimal("0.01"), 0, 100), 1_000_000, 100),
    ],
)
def test_fees(plan: FeePlan, amount: int, fee: int) -> None:
    assert fee_of(plan, amount) == fee


def attempt(state: InstructionState, detail: str | None = None) -> Instruction:
    return Instruction(
        uuid4(), InstructionKind.CHARGE, "A", uuid4(), uuid4(), 100, "CNY", state, detail, None, 0, NOW, None, None, 0, None,
    )  # fmt: skip


UNKNOWN = attempt(InstructionState.UNKNOWN)


@pytest.mark.parametrize(
    ("state", "detail", "worth"),
    [
        (InstructionState.REQUESTED, None, False),
        (InstructionState.UNKNOWN, "processing", False),
        (InstructionState.SUCCEEDED, None, False),
        (InstructionState.DECLINED, "insufficient_funds", False),
        (InstructionState.DECLINED, "channel_unavailable", True),
        (InstructionState.ABSENT, "never_arrived", True),
        (InstructionState.UNSENT, "never_sent", True),
    ],
)
def test_only_a_known_failure_of_the_channel_itself_is_worth_another(
    state: InstructionState, detail: str | None, worth: bool
) -> None:
    assert worth_another_channel(attempt(state, detail), POLICY) is worth


def test_outcomes_count_once_and_fade() -> None:
    ended = attempt(InstructionState.SUCCEEDED)
    once = noted(Standing("A", CHARGE.kind), UNKNOWN, ended, Answer.SUCCEEDED, NOW, POLICY)
    assert (once.successes, once.outcomes) == (1, 1)
    assert noted(once, ended, ended, Answer.SUCCEEDED, NOW, POLICY) == once
    failed = attempt(InstructionState.DECLINED, "channel_unavailable")
    later = noted(once, UNKNOWN, failed, Answer.DECLINED, NOW + POLICY.half_life, POLICY)
    assert (later.successes, later.outcomes) == (Decimal("0.5"), Decimal("1.5"))
    card_s_own = attempt(InstructionState.DECLINED, "insufficient_funds")
    assert noted(later, UNKNOWN, card_s_own, Answer.DECLINED, NOW + POLICY.half_life, POLICY) == later


def test_with_time_a_channel_is_as_good_as_a_new_one() -> None:
    bad = Standing("A", CHARGE.kind, Decimal(0), Decimal(1_000), NOW)
    assert success_rate(bad, NOW, POLICY) < Decimal("0.02")
    assert success_rate(bad, NOW + 40 * POLICY.half_life, POLICY) == POLICY.prior_rate
    assert success_rate(bad, NOW - timedelta(days=1), POLICY) < Decimal("0.02")


def test_silence_closes_a_channel_and_any_answer_opens_it() -> None:
    standing = Standing("A", CHARGE.kind)
    for _ in range(POLICY.unreached_limit):
        assert standing.probe_at is None
        standing = noted(standing, UNKNOWN, UNKNOWN, Answer.NO_ANSWER, NOW, POLICY)
    assert standing.probe_at == NOW + POLICY.probe_after
    assert (
        noted(standing, UNKNOWN, UNKNOWN, Answer.NO_ANSWER, NOW + timedelta(days=1), POLICY).probe_at
        == standing.probe_at
    )
    for answer in (Answer.NOT_FOUND, Answer.PROCESSING):
        opened = noted(standing, UNKNOWN, UNKNOWN, answer, NOW, POLICY)
        assert (opened.unreached, opened.probe_at) == (0, None)


def test_probes_in_vain_are_made_less_and_less_often() -> None:
    standing = Standing("A", CHARGE.kind, unreached=5, probe_at=NOW)
    waits = []
    for _ in range(12):
        standing = probed(standing, answered=False, now=NOW, policy=POLICY)
        assert standing.probe_at is not None
        waits.append(standing.probe_at - NOW)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2 * POLICY.probe_after, POLICY.longest_probe)
    assert probed(standing, answered=True, now=NOW, policy=POLICY) == Standing("A", CHARGE.kind)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200_000)), max_size=40))
def test_the_decayed_average_is_that_of_all_outcomes_weighed_at_once(outcomes: list[tuple[bool, int]]) -> None:
    """Against a second model that keeps every outcome and weighs them all anew."""
    standing, now, kept = Standing("A", CHARGE.kind), NOW, []
    for good, seconds in outcomes:
        now += timedelta(seconds=seconds)
        kept.append((good, now))
        after = attempt(*((InstructionState.SUCCEEDED,) if good else (InstructionState.ABSENT, "never_arrived")))
        standing = noted(standing, UNKNOWN, after, Answer.SUCCEEDED if good else Answer.NOT_FOUND, now, POLICY)
    weights = [(good, 0.5 ** ((now - then) / POLICY.half_life)) for good, then in kept]
    prior = float(POLICY.prior_rate) * POLICY.prior_weight
    expected = (sum(weight for good, weight in weights if good) + prior) / (
        sum(weight for _, weight in weights) + POLICY.prior_weight
    )
    assert abs(float(success_rate(standing, now, POLICY)) - expected) < 1e-5
    assert 0 <= standing.successes <= standing.outcomes


def test_shipped_contracts_agree_with_the_institutions_own_terms() -> None:
    """The sandbox's word on fees, finality and largest amount, and on who there is."""
    assert shipped().keys() == banks().keys()
    for code, theirs in banks().items():
        ours = shipped()[code]
        assert ours.finality == theirs.finality
        assert ours.most_minor == theirs.largest_amount
        for offer in ours.offers:
            fee = theirs.payout_fee_minor if offer.kind.moves_out else theirs.charge_fee_minor
            assert fee_of(offer.fee, 1_000_000) == fee


def test_a_contract_is_its_document_and_back() -> None:
    for ours in shipped().values():
        assert contract_of(document_of(ours)) == ours
