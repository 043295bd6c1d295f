"""Room taken and given back, on a real database: by class, by day, by person, by year."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from chassis.database import Tx
from services.payments.limits import queries
from services.payments.limits.actions import give_room_back, take_room
from tests.conftest import MakeRuntime
from tests.payments.limits.persons import YUAN, at, person


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("payments", environment={"SIFANG_PAYMENTS_VERIFICATION": "required"})
    async with runtime.database.engine.connect() as connection:
        yield replace(await runtime.database.begin(connection), now=at("2026-11-26T12:00:00"))
        await connection.rollback()


async def pay(tx: Tx, customer_id: UUID, yuan: int, source: str, factors: int = 2) -> None:
    await take_room(
        tx, customer_id=customer_id, amount=yuan * YUAN, currency="CNY", source=source, second_factors=factors
    )


async def used(tx: Tx, holder_id: UUID) -> tuple[int, int]:
    """Of life and of the year, in yuan."""
    usage = await queries.usage_of(tx.connection, holder_id)
    return usage.life // YUAN, usage.year // YUAN


async def test_a_payment_takes_room_and_the_same_again_takes_none(tx: Tx) -> None:
    anna = await person(tx)
    for _ in range(2):
        await pay(tx, anna.customers[0], 300, "ord_1")
    assert await used(tx, anna.holder_id) == (300, 300)
    await give_room_back(tx, source="ord_1", amount=100 * YUAN)
    await give_room_back(tx, source="ord_1", amount=300 * YUAN)
    await give_room_back(tx, source="ord_1", amount=1)
    assert await used(tx, anna.holder_id) == (0, 0)
    await pay(tx, anna.customers[0], 400, "ord_1")
    assert await used(tx, anna.holder_id) == (400, 400)
