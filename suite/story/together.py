"""Several people at once: if one cannot go on, the others stop, and her fault alone is told."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def together(stories: Iterable[Coroutine[Any, Any, Answer]], at_once: int = 100) -> list[Answer]:
    """Their answers, in order. Raises the first fault."""
    places = asyncio.Semaphore(at_once)

    async def one(story: Coroutine[Any, Any, Answer]) -> Answer:
        async with places:
            return await story

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(story)) for story in stories]
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return [task.result() for task in tasks]


@asynccontextmanager
async def meanwhile(story: Coroutine[Any, Any, Answer]) -> AsyncIterator["asyncio.Task[Answer]"]:
    """A story that goes on while the block lasts, and no longer."""
    task = asyncio.create_task(story)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
