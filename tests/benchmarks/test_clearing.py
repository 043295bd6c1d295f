"""The benchmarks of clearing on a small scale, for their pieces: nothing is said here about speed."""

import json

import pytest

from benchmarks import clearing, clearing_pass
from benchmarks.plan import Plan

SMALL = Plan(rounds=1, obligations=2_000, durable=False)


@pytest.mark.parametrize("benchmark", [clearing, clearing_pass])
def test_on_a_small_scale(benchmark, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("benchmarks.owed.PARTICIPANTS", 30)
    monkeypatch.setattr("benchmarks.clearing.PARTICIPANTS", 30)
    told = json.loads(benchmark.run(SMALL).line())
    assert told["ratio"] == pytest.approx(told["value"] / told["floor"], abs=0.002, rel=0.01)
