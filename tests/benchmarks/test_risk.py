"""The benchmark of risk on a small scale, for its pieces: nothing is said here about speed."""

import pytest

from benchmarks import risk_decision, ruled
from benchmarks.plan import Plan
from services.payments.risk.language import RulesetDocument

SMALL = Plan(rounds=1, seconds=0.5, warm_up=0.0, connections=8, processes=1, durable=False)


@pytest.mark.long
def test_on_a_small_scale() -> None:
    result = risk_decision.run(SMALL, listed=10)
    assert result.less_is_better
    assert [len(series.values) for series in (result.value, result.floor)] == [1, 1]
    assert "50 rules and 50 entries" in result.notes[0]


def test_the_rules_are_as_many_and_look_at_as_much_as_is_said() -> None:
    rules = list(ruled.rules())
    assert len(RulesetDocument.model_validate({"rules": rules}).rules) == 50
    assert sum("window" in rule["when"] for rule in rules) == 14
    assert sum("in_list" in rule["when"] for rule in rules) == 5
