"""Rules as functions: made once of a version, then asked of what was seen of a payment. Pure."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any, Literal
from uuid import UUID

from services.payments.risk.language import (
    AllCondition,
    AnyCondition,
    FactCondition,
    ListCondition,
    NotCondition,
    RulesetDocument,
    WindowCondition,
    walked,
)
from services.payments.risk.model import Listed, Reason, RiskOutcome, Verdict, Window

Measure = Literal["count", "sum"]
Seen = Mapping[str, Any]
"""By name: facts, measures of windows (`person count 3600 s`), what stands on lists (`denied_devices of device`)."""
Test = Callable[[Seen], bool]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda seen, values: seen in values,
}  # fmt: skip


@dataclass(frozen=True)
class CompiledRule:
    """keys: what its condition looks at."""

    code: str
    outcome: RiskOutcome
    zh: str
    en: str
    remember_seconds: int
    test: Test
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """A version, ready to be asked. windows, lists: what has to be looked up for it."""

    id: UUID
    rules: tuple[CompiledRule, ...]
    review_seconds: int
    released_seconds: int
    windows: Mapping[str, tuple[Window, Measure]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, Listed]] = field(default_factory=dict)

    @cached_property
    def measures(self) -> bool:
        """Whether some rule asks how much a payment is worth."""
        sums = any(measure == "sum" for _, measure in self.windows.values())
        return sums or any("amount" in rule.keys for rule in self.rules)

    def verdict(self, seen: Seen) -> Verdict:
        """The weightiest of the rules that hold, up to the first that lets it pass."""
        reasons, seconds = [], 0
        for rule in self.rules:
            if not rule.test(seen):
                continue
            reasons.append(_reason(rule, seen))
            if rule.outcome is RiskOutcome.PASS:
                break
            seconds = max(seconds, rule.remember_seconds)
        outcome = max((reason.outcome for reason in reasons), key=lambda one: one.weight, default=RiskOutcome.PASS)
        return Verdict(outcome, tuple(reasons), seconds if outcome is RiskOutcome.REFUSE else 0)


def compiled(ruleset_id: UUID, document: RulesetDocument) -> Compiled:
    rules, windows, lists = [], {}, {}
    for rule in document.rules:
        conditions = [one for one, _ in walked(rule.when)]
        for one in conditions:
            if isinstance(one, WindowCondition):
                shape = one.window
                windows[_name(one)] = (Window(shape.subject, shape.kind, shape.seconds), shape.measure)
            elif isinstance(one, ListCondition):
                lists[_name(one)] = (one.in_list, one.of)
        keys = tuple(dict.fromkeys(name for one in conditions if (name := _name(one))))
        test = _test(rule.when)
        rules.append(
            CompiledRule(rule.code, rule.outcome, rule.text.zh, rule.text.en, rule.remember_seconds, test, keys)
        )
    return Compiled(ruleset_id, tuple(rules), document.review_seconds, document.released_seconds, windows, lists)


def _name(condition: Any) -> str:
    """What it looks at; nothing of one that joins others."""
    if isinstance(condition, FactCondition):
        return condition.fact
    if isinstance(condition, ListCondition):
        return f"{condition.in_list} of {condition.of}"
    if isinstance(condition, WindowCondition):
        shape = condition.window
        kind = "" if shape.kind is None else f" {shape.kind}"
        return f"{shape.subject}{kind} {shape.measure} {shape.seconds} s"
    return ""


def _test(condition: Any) -> Test:
    if isinstance(condition, AllCondition):
        return reduce(_both, reversed([_test(one) for one in condition.all]))
    if isinstance(condition, AnyCondition):
        return reduce(_either, reversed([_test(one) for one in condition.any]))
    if isinstance(condition, NotCondition):
        inner = _test(condition.not_)
        return lambda seen: not inner(seen)
    key = _name(condition)
    if isinstance(condition, ListCondition):
        return lambda seen: bool(seen.get(key))
    compare, value = _OPERATORS[condition.op], condition.value
    if isinstance(value, list):
        value = frozenset(value)
    return lambda seen: (found := seen.get(key)) is not None and compare(found, value)


def _both(later: Test, first: Test) -> Test:
    return lambda seen: first(seen) and later(seen)


def _either(later: Test, first: Test) -> Test:
    return lambda seen: first(seen) or later(seen)


def _reason(rule: CompiledRule, seen: Seen) -> Reason:
    return Reason(rule.code, rule.outcome, rule.zh, rule.en, {key: seen.get(key) for key in rule.keys})
