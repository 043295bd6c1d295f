"""The clearing house in a process of its own, as the service's stories and jobs work it: `python -m benchmarks.clearing_house WORK`.

`found N` joins so many participants with money and caps; `settle` closes the open window and settles it; `pass` goes over the queue. Prints
one JSON object: seconds, processor time, and what came of it.
"""

import asyncio
import json
import sys
import time
from datetime import date
from typing import Any

from benchmarks.owed import MODEL
from benchmarks.settling import peak_mb
from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.payments.clearing import (
    participant_actions,
    queue_actions,
    settlement_actions,
    settlement_queries,
    window_actions,
    window_queries,
)
from services.payments.clearing.jobs import run_settlement
from services.payments.clearing.model import Delay, Granularity, Interchange, SettlementState, WindowState
from services.payments.clearing.schemas import figures_answer, participant_in_settlement

CALLER = service_caller("payments")
PLENTY = 10**13


async def _perform(runtime: Runtime, story: Any, seed: str, **facts: Any) -> Any:
    return await commands.perform(runtime, story, CALLER, seed=seed, **facts)


async def found(runtime: Runtime, participants: int) -> dict[str, Any]:
    await _perform(
        runtime, participant_actions.make_model, "model", code=MODEL, currency="CNY", granularity=Granularity.NET,
        interchange=Interchange.MULTILATERAL, delay=Delay.DEFERRED, prefunded=True, cut_offs=[600], patience_minutes=1440,
        settles_by_itself=False, collects=False,
    )  # fmt: skip
    for number in range(1, participants + 1):
        code = f"BANK_{number}"
        await _perform(
            runtime, participant_actions.join, f"join {code}", code=code, name=code, bic=None, licence_kind="banking",
            licence_number=code, valid_from_on=date(2004, 1, 1), valid_until_on=None,
        )  # fmt: skip
        await _perform(
            runtime, participant_actions.bring_liquidity, f"money {code}", code=code, bank="ICBC", currency="CNY",
            amount=PLENTY, reference="",
        )  # fmt: skip
        await _perform(
            runtime, participant_actions.set_cap, f"cap {code}", model_code=MODEL, participant_code=code, cap_minor=PLENTY
        )  # fmt: skip
    return {"participants": participants}


async def settle(runtime: Runtime) -> dict[str, Any]:
    """Close, net, reserve, pay, clear the positions, and read the report."""
    async with runtime.reading() as connection:
        (window,) = await window_queries.list_windows(connection, 1, WindowState.OPEN, None, 1)
    await _perform(runtime, window_actions.close, "close", window_id=window.id)
    begun = await _perform(runtime, settlement_actions.begin, "begin", window_ids=[window.id])
    await run_settlement(runtime, {"id": str(begun.id)})
    async with runtime.reading() as connection:
        settled = await settlement_queries.settlement_with(connection, begun.id)
        members = await settlement_queries.participants_of(connection, begun.id)
    assert settled is not None
    assert settled.figures is not None
    if settled.state is not SettlementState.SETTLED:
        raise AssertionError(f"the settlement is {settled.state}")
    report = figures_answer(settled.figures).model_dump(mode="json")
    return report | {"reported": len([participant_in_settlement(one) for one in members])}


async def go_over_the_queue(runtime: Runtime) -> dict[str, Any]:
    made = await _perform(runtime, queue_actions.save_liquidity, "pass", model=MODEL)
    return {"examined": made.examined, "released": made.released}


async def work(arguments: list[str]) -> dict[str, Any]:
    runtime = Runtime(Settings.read("payments"))
    try:
        async with runtime.reading():
            pass  # the first connection is not what is measured
        began, used = time.perf_counter(), time.process_time()
        if arguments[0] == "found":
            told = await found(runtime, int(arguments[1]))
        else:
            told = await {"settle": settle, "pass": go_over_the_queue}[arguments[0]](runtime)
        seconds, used = time.perf_counter() - began, time.process_time() - used
        return told | {"seconds": seconds, "processor_seconds": used, "peak_mb": peak_mb()}
    finally:
        await runtime.database.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(sys.argv[1:]))))
