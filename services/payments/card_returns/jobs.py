"""Bringing back money to its card, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis.runtime import Runtime
from services.payments.card_returns import actions
from services.payments.channels.jobs import ask_about, resolve_due
from services.payments.channels.model import CARD_RETURN


async def return_to_card(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Learn what the channels say of the way back, and record it."""
    await ask_about(runtime, actions.record_return_answer, return_id=UUID(payload["id"]))


async def resolve_card_returns(runtime: Runtime) -> None:
    """Ask about every return whose next query is due."""
    await resolve_due(runtime, CARD_RETURN, return_to_card)
