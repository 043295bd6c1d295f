"""Collecting from cards, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis.runtime import Runtime
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import TOP_UP
from services.payments.topups import actions


async def collect_top_up(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the charge, and record it."""
    await ask_about(runtime, actions.record_top_up_answer, top_up_id=UUID(payload["id"]))


async def resolve_top_ups(runtime: Runtime) -> None:
    """Ask about every charge whose next query is due."""
    await resolve_due(runtime, TOP_UP, collect_top_up)
