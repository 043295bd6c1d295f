"""Group commit: order kept, bad commands alone, a limit on what waits, nobody left waiting."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from chassis.errors import Unavailable
from chassis.lanes import Lane, LaneClosed, LaneFull
from chassis.metrics import Metrics
from chassis.runtime import Runtime


class Gate:
    """Work that answers each command's square, one batch for each time it is let through."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.permits = asyncio.Semaphore(0)

    async def __call__(self, commands: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(commands))
        await self.permits.acquire()
        return [command**2 for command in commands]


@asynccontextmanager
async def _open(work: Any, **settings: Any) -> AsyncIterator[Lane[Any, Any]]:
    lane: Lane[Any, Any] = Lane(work, **settings)
    lane.open()
    try:
        yield lane
    finally:
        await asyncio.wait_for(lane.close(), 5)


async def test_what_arrives_during_a_commit_is_decided_together_and_in_order() -> None:
    gate = Gate()
    async with _open(gate, largest_batch=4) as lane:
        first = lane.submit(1)
        await asyncio.sleep(0)
        rest = [lane.submit(command) for command in range(2, 8)]
        for _ in range(3):
            gate.permits.release()
        assert await asyncio.gather(first, *rest) == [1, 4, 9, 16, 25, 36, 49]
    assert gate.batches == [[1], [2, 3, 4, 5], [6, 7]]


async def test_an_idle_lane_sleeps() -> None:
    async with _open(Gate()) as lane:
        await asyncio.sleep(0.01)
        assert lane._task is not None
        woken = 0
        inner = lane._arrived.wait

        async def counted() -> Any:
            nonlocal woken
            woken += 1
            return await inner()

        lane._arrived.wait = counted  # type: ignore[method-assign]
        await asyncio.sleep(0.05)
        assert woken == 0


async def test_a_bad_command_fails_alone() -> None:
    tried: list[list[int]] = []

    async def work(commands: Sequence[int]) -> list[int]:
        tried.append(list(commands))
        await asyncio.sleep(0)
        if 3 in commands:
            raise ValueError("three")
        return list(commands)

    async with _open(work) as lane:
        futures = [lane.submit(command) for command in range(1, 6)]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Exception)] == [1, 2, 4, 5]
    assert isinstance(outcomes[2], ValueError)
    assert tried == [[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]


@pytest.mark.parametrize(
    "fault", [ConnectionError(), TimeoutError(), Unavailable("away")], ids=["lost", "late", "away"]
)
async def test_when_nothing_can_be_committed_all_of_the_batch_learn_it_at_once(fault: Exception) -> None:
    tried = 0

    async def work(commands: Sequence[int]) -> list[int]:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise fault
        return list(commands)

    async with _open(work) as lane:
        outcomes = await asyncio.gather(*(lane.submit(command) for command in range(100)), return_exceptions=True)
        assert tried == 1
        assert outcomes == [fault] * 100
        assert await lane.submit(1) == 1, "the lane goes on"


async def test_work_that_miscounts_fails_those_it_miscounted() -> None:
    async def work(commands: Sequence[int]) -> list[int]:
        return [] if 2 in commands else list(commands)

    async with _open(work) as lane:
        outcomes = await asyncio.gather(lane.submit(1), lane.submit(2), lane.submit(3), return_exceptions=True)
        assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (1, ValueError, 3)


async def test_no_more_wait_than_fit() -> None:
    gate = Gate()
    async with _open(gate, longest_queue=2) as lane:
        first = lane.submit(1)
        await asyncio.sleep(0)
        waiting = [lane.submit(2), lane.submit(3)]
        with pytest.raises(LaneFull):
            lane.submit(4)
        for _ in range(2):
            gate.permits.release()
        assert await asyncio.gather(first, *waiting) == [1, 4, 9]


async def test_closing_finishes_what_waits_and_takes_no_more() -> None:
    gate = Gate()
    lane: Lane[int, int] = Lane(gate)
    lane.open()
    futures = [lane.submit(1)]
    await asyncio.sleep(0)
    futures.append(lane.submit(2))
    closing = asyncio.create_task(lane.close())
    await asyncio.sleep(0)
    with pytest.raises(LaneClosed):
        lane.submit(3)
    assert not closing.done()
    for _ in range(2):
        gate.permits.release()
    await asyncio.wait_for(closing, 5)
    assert [future.result() for future in futures] == [1, 4]


async def test_who_gives_up_takes_nothing_back() -> None:
    gate = Gate()
    async with _open(gate) as lane:
        first = lane.submit(1)
        await asyncio.sleep(0)
        given_up, patient = lane.submit(2), lane.submit(3)
        given_up.cancel()
        for _ in range(2):
            gate.permits.release()
        assert (await first, await patient) == (1, 9)
    assert gate.batches == [[1], [2, 3]]


async def test_a_lane_that_ends_before_its_time_leaves_nobody_waiting() -> None:
    gate = Gate()
    lane: Lane[int, int] = Lane(gate)
    lane.open()
    deciding = lane.submit(1)
    await asyncio.sleep(0)
    waiting = lane.submit(2)
    assert lane._task is not None
    lane._task.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(deciding, waiting, return_exceptions=True), 5)
    assert [type(outcome) for outcome in outcomes] == [LaneClosed, LaneClosed]
    with pytest.raises(LaneClosed):
        lane.submit(3)


async def test_commits_are_shared_and_their_sizes_measured(runtime: Runtime, things: None) -> None:
    commits = 0
    metrics = Metrics("p2p")

    async def work(names: Sequence[str]) -> Sequence[str]:
        nonlocal commits
        commits += 1
        async with runtime.transaction() as tx:
            rows = [{"id": tx.ids.new(), "name": name} for name in names]
            await tx.connection.execute(text("INSERT INTO things VALUES (:id, :name, 'done')"), rows)
        return names

    async with _open(work, on_batch=metrics.lane_batch_size.labels("test").observe) as lane:
        names = [f"thing {number}" for number in range(300)]
        assert await asyncio.gather(*map(lane.submit, names)) == names
        duplicate, fresh = lane.submit("thing 7"), lane.submit("thing 300")
        assert await fresh == "thing 300"
        with pytest.raises(Exception, match="duplicate key"):
            await duplicate
    async with runtime.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM things"))).scalar_one() == 301
    assert commits < 10
    assert b'sifang_lane_batch_size_sum{lane="test"} 302.0' in metrics.exposition()


class Taking:
    """Work that takes a while; sizes: of its batches."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.sizes: list[int] = []

    async def __call__(self, commands: Sequence[int]) -> Sequence[int]:
        self.sizes.append(len(commands))
        await asyncio.sleep(self.seconds)
        return commands


async def test_those_who_are_answered_together_are_decided_together_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asks again as soon as it is answered, the first of them a moment before the others: decided at once, it would be 30 batches."""
    monkeypatch.setattr("chassis.lanes.EXPECTED_SHARE", 1.0)
    monkeypatch.setattr("chassis.lanes.LONGEST_GATHERING_SECONDS", 1.0)
    monkeypatch.setattr("chassis.lanes.GATHERING_SHARE", 20.0)
    work = Taking(0.02)
    async with _open(work) as lane:

        async def caller(number: int) -> None:
            for _ in range(15):
                await asyncio.sleep(0.0002 * number)
                await lane.submit(number)

        await asyncio.gather(*(caller(number) for number in range(20)))
    assert sum(work.sizes) == 300
    assert len(work.sizes) == 16, work.sizes


async def test_one_caller_alone_is_never_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.lanes.LONGEST_GATHERING_SECONDS", 30.0)
    monkeypatch.setattr("chassis.lanes.GATHERING_SHARE", 30_000.0)
    work = Taking(0.001)
    async with _open(work) as lane, asyncio.timeout(5):
        for number in range(20):
            assert await lane.submit(number) == number
    assert work.sizes == [1] * 20


async def test_those_who_do_not_come_again_are_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.lanes.LONGEST_GATHERING_SECONDS", 0.05)
    monkeypatch.setattr("chassis.lanes.GATHERING_SHARE", 30.0)
    work = Taking(0.01)
    loop = asyncio.get_running_loop()
    async with _open(work) as lane:
        await asyncio.gather(*(lane.submit(number) for number in range(20)))
        began = loop.time()
        await lane.submit(1)
        assert 0.05 <= loop.time() - began < 0.5
    assert work.sizes == [20, 1]


async def test_a_close_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.lanes.LONGEST_GATHERING_SECONDS", 30.0)
    monkeypatch.setattr("chassis.lanes.GATHERING_SHARE", 30_000.0)
    async with _open(Taking(0.001)) as lane:
        await asyncio.gather(*(lane.submit(number) for number in range(20)))
        last = lane.submit(1)
        await asyncio.sleep(0.01)
        assert not last.done()
    assert await last == 1
