"""A bank that reports, as tests make it: through the sandbox's door, and by payments reading its list."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.payments.customer import Person, World
from tests.serving import PATIENCE_SECONDS


async def reported(world: World, kind: str, record: str, reference: str = "", **more: Any) -> str:
    """It happens to the payment behind one of our records, and payments has read and acted on it; the bank's reference."""
    reference = reference or f"bank-{uuid4().hex[:12]}"
    body = {"kind": kind, "instruction_reference": await world.reference_of(record), "reference": reference} | more
    answer = await world.door.post("reports", body)
    assert answer.status_code == 201, answer.text
    await read(world)
    return reference


async def read(world: World) -> None:
    """All banks' lists."""
    await world.run_periodic("payments.read_all_reports")


async def bank_works(world: World) -> None:
    """What the banks do by themselves: magic amounts come back, disputes are decided."""
    await world.sandbox.runtime.jobs.periodic["sandbox.report_due"][1](world.sandbox.runtime)


async def until_booked(person: Person, count: int, world: World) -> None:
    """So many reports about her payments: read here, or by the periodic work that runs beside the test."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await read(world)
            items = (await person.get("/v1/returned-money"))["items"]
            if len([one for one in items if one["state"] == "booked"]) == count:
                return


async def topped_up(person: Person, card: str, amount: int) -> str:
    top_up = (await person.top_up(card, amount)).json()
    await person.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    return str(top_up["id"])


async def withdrawn(person: Person, card: str, amount: int) -> str:
    withdrawal = (await person.withdraw(card, amount)).json()
    await person.until(f"/v1/withdrawals/{withdrawal['id']}", "succeeded")
    return str(withdrawal["id"])


async def audited(world: World) -> None:
    report = (await world.payments.client().get("/v1/verification")).json()
    assert [one for one in report["checks"] if one["failed"]] == []
    assert report["holds"] is True


async def reserves_agree(world: World, bank: str = "ICBC") -> None:
    """The ledger's reserve is the bank's, to the cent."""
    operator = world.payments.client()
    items = (await operator.get("/v1/verification/reserves")).json()["items"]
    ours = {one["bank"]: one["balance_minor"] for one in items}
    assert ours[bank] == await world.door.reserve(bank)
