"""A naive second ledger foretells every answer of long random runs, with connections cut between any two statements.

SIFANG_STATEFUL_MINUTES … the long mode is `python -m tests.faults.stateful`.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import MakeSettings
from tests.payments.ledger.machine import Machine
from tests.payments.ledger.stage import Stage, staged

RUNS, STEPS = 25, 40


# The service rolls its own dice in another thread, between two draws.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
async def test_a_second_ledger_foretells_every_answer(make_settings: MakeSettings) -> None:
    async with staged(await make_settings("payments")) as stage:
        await asyncio.to_thread(play, stage, RUNS, STEPS)
        print(stage.runs, stage.asked, stage.unanswered)
        for name, wire in stage.wires.items():
            for (what, how), count in sorted(wire.cut.items()):
                print(name, what, how, count)


def play(stage: Stage, runs: int, steps: int) -> None:
    machine = type("Machine", (Machine,), {"stage": stage})
    wanted = settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=wanted)
