"""Work that services do by themselves rests in tests: it is done where a test asks for it (`run_periodic`), never between two of its
steps, and no test pays for what it does not look at."""

import asyncio
from typing import Any

import pytest

from chassis.jobs import JobQueue

AT_REST_SECONDS = 1e9
"""Longer than any run."""
RESTING = ("payments.", "p2p.", "chassis.")
"""Beginnings of names: whose schedules rest. Those of other services are few and light."""
_repeat = JobQueue._repeat
_lead = JobQueue._lead


def at_rest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """`@pytest.mark.by_itself("payments.resolve_top_ups")` lets periodic work of that name run as outside of tests; without a name, all."""
    mark = request.node.get_closest_marker("by_itself")
    if mark is None or mark.args:
        monkeypatch.setattr(JobQueue, "_repeat", _awake_only(mark.args if mark else ()))
        if mark is None:
            monkeypatch.setattr(JobQueue, "_lead", _lead_what_is_awake)


def webhooks_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """For services that nobody waits to be called by: payments queues and sends nothing."""
    monkeypatch.setattr("services.payments.webhooks.sending.Sending.follow", _rest)


def _awake_only(names: tuple[str, ...]) -> Any:
    async def repeat(queue: JobQueue, name: str, *rest: Any) -> None:
        unknown = {one for one in names if one.startswith(f"{queue.runtime.settings.service}.")} - set(queue.periodic)
        assert not unknown, f"no periodic work of this service: {unknown}"
        if name.startswith(RESTING) and name not in names:
            await asyncio.sleep(AT_REST_SECONDS)
        await _repeat(queue, name, *rest)

    return repeat


async def _lead_what_is_awake(queue: JobQueue) -> None:
    """Nobody leads, by a connection of its own, what rests all of it."""
    if all(name.startswith(RESTING) for name in queue.periodic):
        await asyncio.sleep(AT_REST_SECONDS)
    await _lead(queue)


async def _rest(*_: Any) -> None:
    await asyncio.sleep(AT_REST_SECONDS)
