"""Background tasks end when they are told to, also those that did not hear it the first time."""

import asyncio

import pytest

from chassis import stopping
from chassis.stopping import end


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "BETWEEN_CANCELS_SECONDS", 0.02)
    monkeypatch.setattr(stopping, "CANCELS", 4)


async def _deaf(times: int) -> None:
    """Work in which a fault takes the place of so many cancels."""
    for _ in range(times):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(60)


async def test_a_task_that_is_cancelled_has_ended() -> None:
    tasks = [asyncio.create_task(_deaf(times)) for times in (0, 1, 3)]
    await asyncio.sleep(0)
    await end(tasks)
    assert all(task.cancelled() for task in tasks)
    await end([])


async def test_a_task_that_never_hears_does_not_hold_a_stop_up(capsys: pytest.CaptureFixture[str]) -> None:
    task = asyncio.create_task(_deaf(1_000), name="deaf")
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await end([task])
    assert not task.done()
    assert "stopped_without" in capsys.readouterr().out
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def test_what_a_task_failed_with_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise LookupError

    task = asyncio.create_task(fail(), name="failing")
    await asyncio.sleep(0)
    await end([task])
    assert "LookupError" in capsys.readouterr().out
