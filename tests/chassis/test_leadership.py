"""Of several processes one leads; the next takes over from one that ends, and from one that says nothing any more."""

import asyncio
from contextlib import suppress

import pytest

from chassis import leadership
from chassis.leadership import while_leading
from tests.conftest import DatabaseUrls


class Work:
    """What a leader does: being counted."""

    def __init__(self) -> None:
        self.leading = asyncio.Event()

    async def __call__(self) -> None:
        self.leading.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.leading.clear()


async def _started(url: str, work: Work) -> "asyncio.Task[None]":
    return asyncio.create_task(while_leading(url, "tests/work", work))


async def _ended(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _leads(work: Work) -> None:
    async with asyncio.timeout(20):
        await work.leading.wait()


async def test_one_leads_and_the_next_takes_over(database_urls: DatabaseUrls) -> None:
    url, _ = await database_urls("p2p")
    first, second = Work(), Work()
    leader = await _started(url, first)
    await _leads(first)
    follower = await _started(url, second)
    await asyncio.sleep(1.5 * leadership.RETRY_SECONDS)
    assert not second.leading.is_set()
    await _ended(leader)
    await _leads(second)
    await _ended(follower)


async def test_a_leader_that_says_nothing_is_replaced_and_stops(
    database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one whose machine is gone without a word: its session is ended by the server, and the lock with it."""
    url, _ = await database_urls("p2p")
    monkeypatch.setattr(leadership, "CHECK_SECONDS", 3600.0)
    monkeypatch.setattr(leadership, "SILENCE_SECONDS", 2.0)
    first, second = Work(), Work()
    leader = await _started(url, first)
    await _leads(first)
    monkeypatch.setattr(leadership, "SILENCE_SECONDS", 3600.0)
    follower = await _started(url, second)
    await _leads(second)
    assert not first.leading.is_set()
    await _ended(leader, follower)
