"""The benchmark of reconciliation on a small scale, for its pieces: nothing is said here about speed."""

import json

import pytest

from benchmarks import reconcile
from benchmarks.plan import Plan


def test_on_a_small_scale() -> None:
    result = reconcile.run(Plan(rounds=1, lines=2_000, durable=False))
    told = json.loads(result.line())
    assert told["name"] == "reconcile"
    assert told["ratio"] == pytest.approx(told["value"] / told["floor"], abs=0.002, rel=0.01)
    found, typed, *_ = result.others
    assert found.values[0] >= 99
    assert typed.values[0] >= 99
