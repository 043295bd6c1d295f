"""The language of rules, what a set of them says, and the states of a parked payment: pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.errors import Refusal
from services.payments.risk import rules
from services.payments.risk.compiling import Seen, compiled
from services.payments.risk.language import RulesetDocument
from services.payments.risk.model import (
    CHALLENGE,
    MOST_TRIES,
    EndReason,
    Intent,
    Kind,
    Outcome,
    Parking,
    ParkingState,
    Ruleset,
    RulesetState,
)
from suite.folder import ROOT
from tests.payments.risk.ruling import above, rule, window

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
WISH = Intent(Kind.PERSON_TRANSFER, "ptr", "cus_payer", 100, "CNY", "cus_payee", device="phone", present=True)


def verdict(seen: Seen, *said: dict[str, Any]) -> tuple[str, list[str]]:
    found = compiled(uuid4(), RulesetDocument.model_validate({"rules": list(said)})).verdict(seen)
    return found.outcome.value, [reason.code for reason in found.reasons]


def test_the_weightiest_rule_counts_and_a_pass_ends_it() -> None:
    large, small = rule("large", "review", above(100)), rule("small", "step_up", above(10))
    assert verdict({"amount": 200}, small, large) == ("review", ["small", "large"])
    assert verdict({"amount": 50}, large, small) == ("step_up", ["small"])
    assert verdict({"amount": 5}, large, small) == ("pass", [])
    trusted = rule("trusted", "pass", {"in_list": "friends", "of": "payee"})
    assert verdict({"amount": 200, "friends of payee": True}, small, trusted, large) == (
        "step_up",
        ["small", "trusted"],
    )


def test_what_is_not_known_never_holds() -> None:
    for condition in (
        {"fact": "country", "op": "!=", "value": "CN"},
        {"fact": "device_known", "op": "==", "value": False},
        window("count", ">=", 0, subject="card"),
    ):
        assert verdict({"country": None}, rule("unknown", "refuse", condition)) == ("pass", [])


def test_a_reason_tells_the_values_it_saw() -> None:
    said = rule("many", "refuse", {"any": [window("count", ">", 2), above(1_000)]}, remember_seconds=60)
    found = compiled(uuid4(), RulesetDocument.model_validate({"rules": [said]})).verdict(
        {"amount": 5, "person count 3600 s": 3}
    )
    assert (found.reasons[0].seen, found.expires_seconds) == ({"person count 3600 s": 3, "amount": 5}, 60)


def nested(depth: int) -> dict[str, Any]:
    return above(1) if depth == 1 else {"not": nested(depth - 1)}


@pytest.mark.parametrize(
    "said",
    [
        rule("aa", "refuse", {"fact": "amount", "op": ">", "value": "1"}),
        rule("aa", "refuse", {"fact": "amount", "op": ">", "value": True}),
        rule("aa", "refuse", {"fact": "present", "op": "<", "value": True}),
        rule("aa", "refuse", {"fact": "kind", "op": "==", "value": "gift"}),
        rule("aa", "refuse", {"fact": "currency", "op": "in", "value": "CNY"}),
        rule("aa", "refuse", {"fact": "weather", "op": "==", "value": "rain"}),
        rule("aa", "refuse", {"all": []}),
        *(rule("aa", "refuse", {}) | {"when": when} for when in (5, None, "x", {"all": ["x"]}, {"not": 3})),
        rule("aa", "refuse", nested(9)),
        rule("aa", "refuse", window("count", ">", 1, seconds=59)),
        rule("aa", "refuse", window("count", ">", 1, seconds=91 * 86_400)),
        rule("aa", "refuse", above(1) | {"more": 1}),
        rule("aa", "review", above(1), remember_seconds=5),
        rule("a b", "refuse", above(1)),
        rule("aa", "perhaps", above(1)),
    ],
)
def test_what_is_not_well_formed_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RulesetDocument.model_validate({"rules": [said]})


def test_codes_are_of_one_rule_and_windows_are_few() -> None:
    for said in (
        [rule("aa", "refuse", above(1)), rule("aa", "review", above(2))],
        [rule(f"rule_{number}", "refuse", window("count", ">", 1, seconds=60 + number)) for number in range(65)],
        [rule(f"rule_{number}", "refuse", above(1)) for number in range(201)],
    ):
        with pytest.raises(ValidationError):
            RulesetDocument.model_validate({"rules": said})


facts = st.fixed_dictionaries(
    {
        "amount": st.integers(0, 5),
        "device_known": st.sampled_from([None, True, False]),
        "country": st.sampled_from([None, "CN", "BR"]),
        "bad of person": st.booleans(),
    }
)
leaves = st.one_of(
    st.builds(
        lambda op, value: {"fact": "amount", "op": op, "value": value},
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.integers(0, 5),
    ),
    st.builds(lambda value: {"fact": "device_known", "op": "==", "value": value}, st.booleans()),
    st.builds(
        lambda value: {"fact": "country", "op": "in", "value": value},
        st.lists(st.sampled_from(["CN", "BR"]), min_size=1),
    ),
    st.just({"in_list": "bad", "of": "person"}),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda value: {"not": value}, inner),
        st.builds(lambda value: {"all": value}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda value: {"any": value}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


def holds(condition: dict[str, Any], seen: dict[str, Any]) -> bool:
    """The same language, read the plain way."""
    if "not" in condition:
        return not holds(condition["not"], seen)
    if "all" in condition or "any" in condition:
        found = [holds(one, seen) for one in condition.get("all", condition.get("any"))]
        return all(found) if "all" in condition else any(found)
    if "in_list" in condition:
        return bool(seen["bad of person"])
    value, op, wanted = seen[condition["fact"]], condition["op"], condition["value"]
    if value is None:
        return False
    if op == "in":
        return value in wanted
    return bool(eval(f"value {op} wanted"))


@settings(max_examples=200, deadline=None)
@given(conditions, facts)
def test_compiled_rules_say_what_the_plain_reading_says(condition: dict[str, Any], seen: dict[str, Any]) -> None:
    try:
        outcome, _ = verdict(seen, rule("tried", "refuse", condition))
    except ValidationError:
        return  # deeper than is allowed
    assert (outcome == "refuse") == holds(condition, seen)


def parked(state: ParkingState, **more: Any) -> Parking:
    final = state in (ParkingState.CARRIED_OUT, ParkingState.REFUSED)
    challenged = state is ParkingState.WAITING_CHALLENGE
    parking = Parking(
        id=UUID(int=1),
        kind=Kind.PERSON_TRANSFER,
        person="cus_payer",
        wish=rules.wish_hash(WISH),
        payee="cus_payee",
        subject="cus_payee",
        amount=100,
        currency="CNY",
        state=state,
        tries=0,
        hold_id=None,
        account_id=None,
        released_seconds=3600,
        parked_at=NOW,
        challenge_until=NOW + CHALLENGE if challenged else None,
        review_until=None if final or challenged else NOW + timedelta(days=1),
        used_for="ptr" if state is ParkingState.CARRIED_OUT else None,
        end_reason=EndReason.DENIED if state is ParkingState.REFUSED else None,
        ended_at=NOW if final else None,
    )
    return replace(parking, **more)


def code_of(event: Callable[[Parking], Any], parking: Parking) -> str:
    """The state it leads to, or the code of its refusal."""
    try:
        return str(event(parking).state)
    except Refusal as refusal:
        return refusal.code


EVENTS: dict[str, Callable[[Parking], Any]] = {
    "try": lambda one: rules.tried(one, NOW),
    "late try": lambda one: rules.tried(one, LATER),
    "answer": lambda one: rules.answered(one, NOW),
    "approve": lambda one: rules.approved(one, "stf", "fine", NOW),
    "late approval": lambda one: rules.approved(one, "stf", "fine", LATER),
    "deny": lambda one: rules.denied(one, "stf", "no", NOW),
    "present": lambda one: rules.require_presentable(one, WISH, NOW, NOW),
    "late": lambda one: rules.require_presentable(one, WISH, LATER, LATER),
    "another's": lambda one: rules.require_presentable(one, replace(WISH, person="cus_other"), NOW, NOW),
    "withdraw": lambda one: rules.require_withdrawable(one, "cus_payer"),
    "another withdraws": lambda one: rules.require_withdrawable(one, "cus_other"),
    "time is over": lambda one: rules.lapsed(one, LATER),
}
ASKED, REVIEWED, FREE, DONE, NO = ParkingState
TABLE = {
    "try": [ASKED, "challenge_not_open", "challenge_not_open", "challenge_not_open", "challenge_not_open"],
    "late try": ["challenge_not_open"] * 5,
    "answer": [FREE, "challenge_not_open", "challenge_not_open", "challenge_not_open", "challenge_not_open"],
    "approve": ["review_not_open", FREE, "review_not_open", "review_not_open", "review_not_open"],
    "late approval": ["review_not_open"] * 5,
    "deny": ["review_not_open", NO, "review_not_open", "review_not_open", "review_not_open"],
    "present": ["decision_pending", "decision_pending", FREE, "decision_used", "decision_ended"],
    "late": ["decision_expired", "decision_expired", "decision_expired", "decision_used", "decision_ended"],
    "another's": ["unknown_risk_decision"] * 5,
    "withdraw": [ASKED, REVIEWED, FREE, "decision_used", "decision_ended"],
    "another withdraws": ["unknown_risk_decision"] * 5,
}


@pytest.mark.parametrize("event", TABLE)
def test_every_event_in_every_state(event: str) -> None:
    assert [code_of(EVENTS[event], parked(state)) for state in ParkingState] == TABLE[event]


def test_what_is_over_ends_by_itself() -> None:
    reasons = [rules.lapsed(parked(state), LATER).end_reason for state in (ASKED, REVIEWED, FREE)]
    assert reasons == [EndReason.EXPIRED, EndReason.EXPIRED, EndReason.NOT_USED]
    used = parked(ASKED, tries=MOST_TRIES)
    assert code_of(EVENTS["try"], used) == "challenge_not_open"
    assert rules.lapsed(used, LATER).end_reason is EndReason.TRIES_USED


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 101},
        {"payee": "cus_third"},
        {"subject": "ord_other"},
        {"device": "another"},
        {"device": None},
        {"kind": Kind.REFUND},
        {"currency": "USD"},
        {"card": "crd"},
    ],
)
def test_a_decision_is_good_for_one_payment_alone(other: dict[str, Any]) -> None:
    wish = replace(WISH, **other)
    assert code_of(lambda one: rules.require_presentable(one, wish, NOW, NOW), parked(FREE)) == "decision_differs"


def test_rulesets_begin_in_shadow_and_go_live_by_a_second_person() -> None:
    def may(before: RulesetState, after: RulesetState) -> bool:
        ruleset = Ruleset(uuid4(), 1, before, {}, "", "stf_one", NOW)
        try:
            return rules.moved(ruleset, after, "stf_two").state is after
        except Refusal:
            return False

    moves = {before: [after for after in list(RulesetState)[1:] if may(before, after)] for before in RulesetState}
    assert moves == {
        RulesetState.DRAFT: [RulesetState.SHADOW, RulesetState.RETIRED],
        RulesetState.SHADOW: [RulesetState.LIVE, RulesetState.RETIRED],
        RulesetState.LIVE: [RulesetState.RETIRED],
        RulesetState.RETIRED: [RulesetState.LIVE],
    }
    shadow = Ruleset(uuid4(), 1, RulesetState.SHADOW, {}, "", "stf_one", NOW)
    with pytest.raises(Refusal, match="somebody else"):
        rules.moved(shadow, RulesetState.LIVE, "stf_one")


def test_outcomes_are_ordered_by_weight() -> None:
    assert sorted(Outcome, key=lambda one: one.weight) == [
        Outcome.PASS,
        Outcome.STEP_UP,
        Outcome.REVIEW,
        Outcome.REFUSE,
    ]


def test_the_rules_that_are_shipped_are_well_formed() -> None:
    document = RulesetDocument.model_validate_json(
        (ROOT / "services/payments/risk/data/default_rules.json").read_text("utf-8")
    )
    assert len(compiled(uuid4(), document).rules) == 12
