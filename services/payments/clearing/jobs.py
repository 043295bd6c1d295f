"""Periodic work of clearing, and settlements carried to their end. Each step is a transaction; one that fails holds up no other."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.database import is_away, was_cut_short
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.clearing import (
    collecting,
    obligation_actions,
    obligation_queries,
    participant_queries,
    queue_actions,
    settlement_actions,
    settlement_queries,
    window_actions,
    window_queries,
)
from services.payments.clearing.collecting_queries import EVER
from services.payments.clearing.model import MONEY_MOVED, MOST_WINDOWS, Settlement, SettlementState

PAYMENTS = service_caller("payments")
BATCH = 100
FIRST = UUID(int=0)
RECENT = timedelta(hours=1)
_STEPS: dict[SettlementState, Callable[..., Awaitable[Settlement]]] = {
    SettlementState.PENDING_SETTLEMENT: settlement_actions.record,
    SettlementState.PS_TRANSFERS_RECORDED: settlement_actions.reserve,
    SettlementState.PS_TRANSFERS_RESERVED: settlement_actions.commit,
    SettlementState.PS_TRANSFERS_COMMITTED: settlement_actions.settle_some,
    SettlementState.SETTLING: settlement_actions.settle_some,
}
log = structlog.get_logger(__name__)


class Seen(dict[int, tuple[date, str]]):
    """Of each model what its last pass found, where it released nothing. Part of a runtime."""


async def run_settlement(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Step by step, to its end or until somebody is short."""
    settlement_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        found = await settlement_queries.settlement_with(connection, settlement_id)
    while found is not None and found.state in _STEPS:
        before = found
        found = await _perform(runtime, _STEPS[found.state], settlement_id=settlement_id)
        if found.state is before.state and found.state not in MONEY_MOVED:
            break


async def settle_due(runtime: Runtime) -> None:
    """Close what is due, begin settlements of models that settle by themselves, carry on what is under way, end what waited too long."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await window_queries.due_windows(connection, now, BATCH)
    for window_id in due:
        await _tolerant(runtime, window_actions.close_due, window_id=window_id)
    for window_ids in await _to_be_settled(runtime):
        await _tolerant(runtime, settlement_actions.begin, window_ids=window_ids)
    async with runtime.reading() as connection:
        under_way = await settlement_queries.unended(connection, BATCH)
    for settlement_id in under_way:
        try:
            await run_settlement(runtime, {"id": str(settlement_id)})
        except Exception as fault:
            if is_away(fault) and not was_cut_short(fault):
                raise
            log.warning("clearing_settlement_failed", settlement_id=str(settlement_id), fault=type(fault).__name__)
        await _tolerant(runtime, settlement_actions.abort_late, settlement_id=settlement_id)


async def work_queues(runtime: Runtime) -> None:
    """End what has waited its time, then release what can go, where anything has changed since nothing could."""
    today = business_day(await runtime.database.now())
    async with runtime.reading() as connection:
        numbers = await obligation_queries.models_waiting(connection)
        models = await participant_queries.all_models(connection)
    seen = _seen(runtime)
    for number in numbers:
        await _tolerant(runtime, obligation_actions.expire, model_number=number)
        async with runtime.reading() as connection:
            found = today, await obligation_queries.bearings(connection, number)
        if seen.get(number) == found:
            continue
        made = await _tolerant(runtime, queue_actions.save_liquidity, model=models[number].code)
        if made is not None and made.released == 0:
            seen[number] = found


def _seen(runtime: Runtime) -> Seen:
    try:
        return runtime.get(Seen)
    except LookupError:
        runtime.provide(Seen())
        return runtime.get(Seen)


async def collect_recent(runtime: Runtime) -> None:
    await _collect(runtime, await runtime.database.now() - RECENT)


async def collect_late(runtime: Runtime) -> None:
    """Once more whatever is left, however old: a bank may tell of a success after days, and we may have been away."""
    await _collect(runtime, EVER)


async def _collect(runtime: Runtime, since: datetime) -> None:
    async with runtime.reading() as connection:
        models = await participant_queries.all_models(connection)
    for number in [number for number, model in sorted(models.items()) if model.collects]:
        while await _tolerant(runtime, collecting.collect, model_number=number, since=since):
            pass
    after: UUID | None = FIRST if any(model.collects for model in models.values()) else None
    while after is not None:
        after = await _perform(runtime, collecting.collect_undone, since=since, after=after)


async def _to_be_settled(runtime: Runtime) -> list[list[UUID]]:
    """By model. What was aborted once is an operator's: who was short is told, and it is not begun again and again."""
    async with runtime.reading() as connection:
        models = await participant_queries.all_models(connection)
        found = [
            await window_queries.never_tried(connection, number, MOST_WINDOWS)
            for number, model in sorted(models.items())
            if model.settles_by_itself
        ]
    return [window_ids for window_ids in found if window_ids]


async def _perform(runtime: Runtime, story: Callable[..., Awaitable[Any]], **facts: Any) -> Any:
    return await commands.perform(runtime, story, PAYMENTS, seed=f"clearing {uuid4()}", **facts)


async def _tolerant(runtime: Runtime, story: Callable[..., Awaitable[Any]], **facts: Any) -> Any:
    """What fails, takes too long or was done by another process meanwhile is tried again next time."""
    try:
        return await _perform(runtime, story, **facts)
    except Exception as fault:
        if is_away(fault) and not was_cut_short(fault):
            raise
        log.info("clearing_put_off", story=story.__name__, fault=type(fault).__name__)
        return None
