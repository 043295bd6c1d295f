"""What time does to collections, by business time: cases open and age, contacts lapse, promises and requests are decided."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.p2p.collections import (
    ageing,
    arrears_queries,
    contact_actions,
    contact_queries,
    promise_actions,
    promise_queries,
    queries,
    request_actions,
    request_queries,
)

SLICE = 200
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def collect(runtime: Runtime) -> None:
    """All of it, in the order in which one depends on the other. A slice is a transaction; begun again it goes on where it stood."""
    await _decide_promises(runtime)
    await _expire_requests(runtime)
    await _lapse_contacts(runtime)
    await _open_cases(runtime)
    await _look_at_cases(runtime)


async def _open_cases(runtime: Runtime) -> None:
    now = await runtime.database.now()
    today = business_day(now, runtime.settings.zone)
    while True:
        async with runtime.reading() as connection:
            found = await arrears_queries.without_case(connection, today, SLICE)
        if not found:
            return
        seed = f"p2p.collection.open\0{found[0]}\0{now}"
        opened = await commands.perform(runtime, ageing.open_cases, P2P, seed=seed, loan_ids=found)
        if len(found) < SLICE or not opened:
            return


async def _look_at_cases(runtime: Runtime) -> None:
    """Those whose time has come, and those of whose loan something was repaid."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        repaid = await queries.repaid_since(connection, SLICE)
    if repaid:
        await _look(runtime, repaid, f"repaid\0{now}")
    while True:
        async with runtime.reading() as connection:
            found = await queries.due(connection, now, SLICE)
        if not found or not await _look(runtime, found, f"due\0{now}") or len(found) < SLICE:
            return


async def _look(runtime: Runtime, case_ids: Sequence[UUID], why: str) -> int:
    async with runtime.reading() as connection:
        steps = await queries.count_steps(connection, case_ids)
    seed = f"p2p.collection.look\0{case_ids[0]}\0{why}\0{steps}"
    return await commands.perform(runtime, ageing.look, P2P, seed=seed, case_ids=case_ids)


async def _decide_promises(runtime: Runtime) -> None:
    await _each(runtime, promise_queries.to_decide, promise_actions.decide, "promise_id")


async def _expire_requests(runtime: Runtime) -> None:
    await _each(runtime, request_queries.past_deadline, request_actions.expire, "request_id")


async def _lapse_contacts(runtime: Runtime) -> None:
    await _each(runtime, contact_queries.past_deadline, contact_actions.lapse, "contact_id")


async def _each(runtime: Runtime, finding: Callable[..., Any], action: Callable[..., Any], name: str) -> None:
    """A story for each record that is found, each in its own transaction; one that is refused is left for later."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found: list[UUID] = await finding(connection, now, SLICE)
    for one in found:
        facts: dict[str, Any] = {name: one}
        seed = f"p2p.collection.{name}\0{one}\0{now}"
        try:
            await commands.perform(runtime, action, P2P, seed=seed, **facts)
        except Refusal as refusal:
            log.info("collection_left_for_later", record=str(one), code=refusal.code)
