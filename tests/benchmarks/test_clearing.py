"""The benchmarks of clearing on a small scale, for their pieces: nothing is said here about speed."""

import pytest

from benchmarks import clearing, clearing_pass, owed
from benchmarks.plan import Plan
from benchmarks.stage import raised

SMALL = Plan(rounds=1, obligations=2_000, durable=False)


def test_on_a_small_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.owed.PARTICIPANTS", 25)
    with raised(durable=False) as stage:
        owed.owe(stage, SMALL.obligations, SMALL.seed)
        settled, passed = clearing.measured(stage, SMALL), clearing_pass.measured(stage, SMALL)
    assert settled.notes == ["2,000 obligations among 25 participants"]
    assert settled.others[0].values[0] > 50
    assert 0 < passed.others[0].values[0] < 100
