"""The crash run of the ledger with few kills; `make faults` has a hundred."""

import pytest

from tests.faults import ledger


@pytest.mark.long
def test_one_kill_of_each() -> None:
    outcome = ledger.run(len(ledger.VICTIMS), seed=7)
    assert outcome.faults == []
    assert [kill.victim for kill in outcome.kills] == list(ledger.VICTIMS)
    assert "none          none          hold" in outcome.words()[len(ledger.VICTIMS) + 1]
    assert outcome.made > 100
    assert sum(outcome.again.values()) > 0
