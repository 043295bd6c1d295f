"""Who records while others do: under the same id, while a window closes, again when it may take part no more."""

import asyncio
from typing import Any

from sqlalchemy import text

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode
from clients.ids import new_id
from services.payments.clearing import obligation_actions as actions
from services.payments.clearing import participant_queries, window_actions, window_queries
from services.payments.clearing.errors import ObligationDiffers
from services.payments.clearing.model import MOST_OF_PAYER, SettlementModel, Source, Wish
from services.payments.clearing.obligation_actions import Asked
from tests.payments.clearing.clearing_house import ClearingHouse, bank

_WAITING = text(
    """SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (classid::bigint << 32) | objid::bigint = hashtextextended('payments.clearing_window', :model)"""
)


async def test_at_once_and_again(house: ClearingHouse) -> None:
    await house.open("AB", caps=100, money=100)
    gross = await house.gross()
    await _the_same_eight_times(gross, "cny_gross", False)
    await _the_same_eight_times(house, "cny_net", True)
    assert await house.position("A") == (10, 90)
    await _a_window_closes_amid_recording(house)
    await _neither_too_much_nor_of_who_may_not(house)
    assert await house.market.failed_checks() == []


async def _the_same_eight_times(house: ClearingHouse, model: str, queue: bool) -> None:
    """Settled once, and each is told so."""
    asked = Asked(new_id(), "BANK_A", "BANK_B", 10, "")
    told = await asyncio.gather(*(_recorded(house, model, asked, queue) for _ in range(8)))
    assert told == ["made"] * 8


async def _recorded(house: ClearingHouse, model: str, asked: Asked, queue: bool = False) -> str:
    facts: dict[str, Any] = {"model": model, "asked": asked, "queue": queue, "wait_seconds": None}
    while (told := await house.market.tried(actions.record_one, house.market.operator.caller, **facts)) == "busy":
        pass
    return told


async def _a_window_closes_amid_recording(house: ClearingHouse) -> None:
    """It waits for who is there, and who comes after it waits for it: their obligation is in the next one."""
    window, seen, go_on = await house.open_window(), asyncio.Event(), asyncio.Event()

    async def amid(tx: Tx, caller: Caller) -> None:
        await window_queries.share_open_window(tx.connection, model)
        seen.set()
        await go_on.wait()

    caller, perform, model = house.market.operator.caller, house.market.perform, (await _model(house)).number
    slow = asyncio.create_task(perform(amid, caller))
    await seen.wait()
    closing = asyncio.create_task(perform(window_actions.close, caller, window_id=decode("clw", window)))
    await _waiting(house, model, 1)
    asked = Asked(new_id(), "BANK_A", "BANK_B", 1, "")
    later = asyncio.create_task(_recorded(house, "cny_net", asked))
    await _waiting(house, model, 2)
    go_on.set()
    await asyncio.gather(slow, closing)
    assert await later == "made"
    assert (await house.get(f"windows/{window}"))["state"] == "CLOSED"
    (found,) = (await house.get(f"windows/{await house.open_window()}/obligations"))["items"]
    assert found["amount"] == 1


async def _model(house: ClearingHouse) -> SettlementModel:
    async with house.market.served.runtime.reading() as connection:
        found = await participant_queries.model_with(connection, house.model)
    assert found is not None
    return found


async def _waiting(house: ClearingHouse, model: int, count: int) -> None:
    async with house.market.served.runtime.reading() as connection:
        while (await connection.execute(_WAITING, {"model": model})).scalar_one() < count:
            pass


async def _neither_too_much_nor_of_who_may_not(house: ClearingHouse) -> None:
    told = (409, "window_full", "amount")
    assert await house.refused("obligations", house.obligation("A", "B", MOST_OF_PAYER + 1)) == told
    asked = house.obligation("A", "B", 5)
    made = await house.post("obligations", asked)
    await house.post(f"participants/{bank('B')}/suspension")
    # The same again is the same still; another one is refused.
    assert await house.post("obligations", asked) == made
    told = (409, "exists_with_different_obligation", "id")
    assert await house.refused("obligations", asked | {"amount": 6}) == told
    assert await house.refused("obligations", house.obligation("A", "B", 5)) == (409, "participant_not_active", "payee")

    model = await _model(house)

    # A payment of the suite with the id of an obligation by API is another one, whatever else is the same.
    async def paid(tx: Tx, caller: Caller) -> list[object]:
        there = await participant_queries.participants_with(tx.connection, ["BANK_A", "BANK_B"])
        numbers = there["BANK_A"].number, there["BANK_B"].number
        wishes = [Wish(decode("clo", made["id"]), *numbers, 5, "", True)]
        return list(await actions.record_wishes(tx, model, wishes, Source.PAYMENT, tx.now))

    (differs,) = await house.market.perform(paid, house.market.operator.caller)
    assert isinstance(differs, ObligationDiffers)
