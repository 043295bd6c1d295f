"""Every decision in every state of a hit, and what a subject's hits come to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.errors import Refusal
from services.payments.screening import rules
from services.payments.screening.model import Hit, HitState, Outcome, SubjectKind
from services.payments.screening.reading import Columns

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
WAITING = Hit(
    uuid4(), uuid4(), SubjectKind.CUSTOMER, uuid4(), b"index", 900, HitState.WAITING, NOW, NOW + rules.DECIDED_WITHIN
)
PROPOSED = rules.cleared(WAITING, "one", "somebody else", NOW)
HITS = {
    HitState.WAITING: WAITING,
    HitState.CLEARANCE_PROPOSED: PROPOSED,
    HitState.CLEARED: rules.cleared(PROPOSED, "two", "agreed", NOW),
    HitState.CONFIRMED: rules.confirmed(WAITING, "one", "passport", NOW),
    HitState.WITHDRAWN: rules.withdrawn(WAITING, NOW),
}
DECISIONS = {
    "clear by one": (rules.cleared, "one"),
    "clear by two": (rules.cleared, "two"),
    "confirm": (rules.confirmed, "two"),
}
AFTER = {
    (HitState.WAITING, "clear by one"): "clearance_proposed",
    (HitState.WAITING, "clear by two"): "clearance_proposed",
    (HitState.WAITING, "confirm"): "confirmed",
    (HitState.CLEARANCE_PROPOSED, "clear by one"): "second_operator_needed",
    (HitState.CLEARANCE_PROPOSED, "clear by two"): "cleared",
    (HitState.CLEARANCE_PROPOSED, "confirm"): "confirmed",
    (HitState.CONFIRMED, "clear by one"): "confirmed",
    (HitState.CONFIRMED, "clear by two"): "confirmed",
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("state", HITS)
@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_in_every_state(state: HitState, decision: str, late: bool) -> None:
    hit, (decide, who) = HITS[state], DECISIONS[decision]
    if late and hit.due_at is not None:
        hit = rules.overdue(hit, NOW + rules.DECIDED_WITHIN)
    wanted = AFTER.get((state, decision), "hit_decided")
    if wanted not in list(HitState):
        with pytest.raises(Refusal) as refused:
            decide(hit, who, "why", NOW)
        assert refused.value.code == wanted
        return
    after = decide(hit, who, "why", NOW + timedelta(days=9))
    assert after.state == wanted
    assert (after.due_at is not None) == (after.state is HitState.CLEARANCE_PROPOSED and after.overdue_at is None)
    assert (after.decided_at is None) == (after.state is HitState.CLEARANCE_PROPOSED)


def test_a_confirmed_hit_is_in_force_until_two_say_otherwise() -> None:
    proposed = rules.cleared(HITS[HitState.CONFIRMED], "one", "somebody else", NOW)
    assert (proposed.state, proposed.proposed_by, rules.outcome_of([proposed])[0]) == (
        "confirmed",
        "one",
        Outcome.CONFIRMED,
    )
    with pytest.raises(Refusal, match="another operator"):
        rules.cleared(proposed, "one", "somebody else", NOW)
    assert rules.cleared(proposed, "two", "agreed", NOW).state is HitState.CLEARED
    assert rules.confirmed(PROPOSED, "two", "passport", NOW).proposed_by is None


def test_the_worst_hit_that_counts_decides() -> None:
    assert rules.outcome_of([]) == (Outcome.CLEAR, 0)
    assert rules.outcome_of([HITS[HitState.WITHDRAWN]]) == (Outcome.CLEAR, 0)
    cleared = replace(HITS[HitState.CLEARED], score=990)
    assert rules.outcome_of([cleared]) == (Outcome.CLEARED, 990)
    assert rules.outcome_of([cleared, PROPOSED, replace(WAITING, score=810)]) == (Outcome.HIT, 900)
    assert rules.outcome_of([cleared, WAITING, HITS[HitState.CONFIRMED]]) == (Outcome.CONFIRMED, 900)


def test_files_are_known_by_what_they_say() -> None:
    first = rules.hash_of({"a": b"1", "b": b"2"})
    assert first == rules.hash_of({"b": b"2", "a": b"1"})
    assert len({rules.hash_of({"a": b"1"}, repr(Columns(name=name))) for name in ("name", "full")}) == 2
    assert len({first, rules.hash_of({"a": b"12", "b": b""}), rules.hash_of({"a": b"1", "c": b"2"})}) == 3
