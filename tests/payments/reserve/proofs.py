"""Proofs as an operator asks for them, and money that came to a bank without one."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.clock import SUITE_ZONE, business_day, start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from tests.payments.market import Market

BANK = "ICBC"


async def noon(market: Market) -> date:
    """The clock stands still at the next noon; whatever the hour of the day is outside, a day more is a day that is long over."""
    now = await market.now()
    day = business_day(now, SUITE_ZONE) + timedelta(days=1)
    await market.stop_clock(start_of_day(day, SUITE_ZONE) + timedelta(hours=12) - now)
    return day


async def proved(operator: httpx.AsyncClient, day: date, currency: str = "CNY") -> dict[str, Any]:
    """Made now."""
    body = {"day": day.isoformat(), "currency": currency}
    answer = await operator.post("/v1/reserve/proofs", json=body, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def latest(operator: httpx.AsyncClient, day: date) -> dict[str, Any]:
    """The last that was made of a day, with its parts."""
    items = (await operator.get("/v1/reserve/proofs")).json()["items"]
    (found,) = [one for one in items if one["day"] == day.isoformat()]
    return dict((await operator.get(f"/v1/reserve/proofs/{found['id']}")).json())


async def items_of(operator: httpx.AsyncClient, proof: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await operator.get(f"/v1/reserve/proofs/{proof['id']}/items", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def came_in(market: Market, account_id: str, amount: int, reference: str = "") -> None:
    """Money came to the bank for an account; below zero: went from it."""

    async def story(tx: Tx, caller: Caller) -> None:
        pair = await reserve_at(tx, BANK, "CNY"), decode("acc", account_id)
        debit, credit = pair if amount > 0 else pair[::-1]
        await posted(tx, debit, credit, abs(amount), reference)

    await market.perform(story, market.operator.caller)


async def posted(tx: Tx, debit: Any, credit: Any, amount: int, reference: str = "") -> None:
    command = TransferCommand(
        ledger.new_transfer_id(tx), TransferKind.SINGLE, "tests.move", reference, debit, credit, amount, "CNY"
    )
    await ledger.post(tx, [command])
