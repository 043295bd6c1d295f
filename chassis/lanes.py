"""Group commit: commands that arrive while a commit is under way are decided and committed together by the next one.

A lane knows nothing of what its commands mean. `work` takes a batch and returns one outcome per command, in order; an outcome
is a value, refusals included. If `work` raises, the commands are tried one by one, so that one bad command fails alone; but when
the database is away, or something else is Unavailable, all of the batch fail with it at once: nobody waits for each in turn.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from chassis.database import is_away
from chassis.errors import Unavailable

LOOK_SECONDS = 0.001
EXPECTED_SHARE = 0.75
"""Of those who were decided together or came meanwhile: so many are expected to ask again."""
GATHERING_SHARE = 0.5
LONGEST_GATHERING_SECONDS = 0.01
REASSURED, DISAPPOINTED, LEAST_PATIENCE = 4.0, 0.5, 1 / 16
"""What patience is multiplied by when those who were expected came, and when they did not. The first outweighs the second: where every
other commit has many to carry, the callers do come together, and are to be brought together."""
Command = TypeVar("Command")
Outcome = TypeVar("Outcome")


class LaneFull(Unavailable):
    code = "lane_full"


class LaneClosed(Unavailable):
    code = "lane_closed"


class Lane(Generic[Command, Outcome]):
    """One lane of one process. largest_batch: commands per commit; longest_queue: commands waiting before LaneFull."""

    def __init__(
        self,
        work: Callable[[Sequence[Command]], Awaitable[Sequence[Outcome]]],
        *,
        largest_batch: int = 512,
        longest_queue: int = 20_000,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        self._work = work
        self._largest_batch = largest_batch
        self._longest_queue = longest_queue
        self._on_batch = on_batch
        self._waiting: deque[tuple[Command, asyncio.Future[Outcome]]] = deque()
        self._deciding: list[tuple[Command, asyncio.Future[Outcome]]] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._expected, self._last_seconds, self._patience = 0.0, 0.0, 1.0
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._run(), name="lane")

    async def close(self) -> None:
        """Finish what waits, then stop; later commands are refused with LaneClosed."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    def submit(self, command: Command) -> asyncio.Future[Outcome]:
        """Queue a command; the future holds its outcome once it is committed. Raises LaneFull or LaneClosed at once.

        A future that is cancelled takes nothing back: the command is decided all the same.
        """
        if self._closing:
            raise LaneClosed("this process is stopping")
        if len(self._waiting) >= self._longest_queue:
            raise LaneFull("too many commands are waiting")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        self._arrived.set()
        return future

    def more(self) -> bool:
        """Whether the next batch follows at once."""
        return bool(self._waiting)

    async def _run(self) -> None:
        try:
            await self._decide_all()
        finally:
            # Nobody waits after a close. Had the lane ended otherwise, nobody would ever be answered.
            self._closing = True
            for _, future in (*self._deciding, *self._waiting):
                _settle_fault(future, LaneClosed("this process is stopping"))

    async def _decide_all(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await self._gather()
            size = min(len(self._waiting), self._largest_batch)
            self._deciding = batch = [self._waiting.popleft() for _ in range(size)]
            if self._on_batch is not None:
                self._on_batch(size)
            began = time.perf_counter()
            await self._decide(batch)
            self._last_seconds = time.perf_counter() - began
            self._expected = min(EXPECTED_SHARE * (size + len(self._waiting)), self._largest_batch)
            self._deciding = []

    async def _gather(self) -> None:
        """Hold the next commit back for those who are just asking again.

        Callers who are answered together ask together, but the first of them a moment before the others: were it decided at once,
        all others would wait for a commit of one, and so on for ever. So while fewer wait than the last commit made one expect, they are
        waited for, at most GATHERING_SHARE of the time that it took. One caller alone never waits, and where callers come by themselves
        and not because they were answered, it is soon given up.
        """
        longest = min(self._last_seconds * GATHERING_SHARE, LONGEST_GATHERING_SECONDS) * self._patience
        until = time.perf_counter() + longest
        while len(self._waiting) < self._expected and not self._closing and time.perf_counter() < until - LOOK_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        came = len(self._waiting) >= self._expected
        self._patience = min(max(self._patience * (REASSURED if came else DISAPPOINTED), LEAST_PATIENCE), 1.0)

    async def _decide(self, batch: list[tuple[Command, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._work([command for command, _ in batch])
            settled = list(zip(batch, outcomes, strict=True))
        except Exception as fault:
            if len(batch) == 1 or isinstance(fault, Unavailable) or is_away(fault):
                for _, future in batch:
                    _settle_fault(future, fault)
                return
            for item in batch:
                await self._decide([item])
            return
        for (_, future), outcome in settled:
            if not future.done():
                future.set_result(outcome)


def _settle_fault(future: "asyncio.Future[Outcome]", fault: Exception) -> None:
    if not future.done():
        future.set_exception(fault)
