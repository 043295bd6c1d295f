"""A naive second ledger foretells every answer of random runs in which connections are cut between any two statements.

Twice ten runs, always the same, of which half write every batch by COPY and half none; `python -m tests.faults.stateful` plays others,
for as long as one likes.
"""

import asyncio

import pytest

from tests.conftest import MakeSettings
from tests.payments.ledger.cutting import HOWS
from tests.payments.ledger.machine import play
from tests.payments.ledger.stage import staged

RUNS, STEPS = 10, 40


@pytest.mark.parametrize(("largest_statement", "written_by"), [(0, ["COPY ledger_transfers"]), (512, [])])
# The service rolls its own dice in another thread, between two draws.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
async def test_a_second_ledger_foretells_every_answer(
    make_settings: MakeSettings, largest_statement: int, written_by: list[str]
) -> None:
    async with staged(await make_settings("payments"), largest_statement=largest_statement) as stage:
        await asyncio.to_thread(play, stage, RUNS, STEPS)
        assert stage.unanswered > RUNS
        assert stage.said["created"] > 5 * RUNS
        for statement in ("BEGIN", "WITH ledger_accounts", "COMMIT", *written_by):
            assert sum(stage.cut[statement, how] for how in HOWS), f"{statement} was never cut: {stage.cut}"
