"""Backers who pay from a card of the sandbox's banks, as tests play them over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.conftest import Serve
from tests.p2p.crowd import Crowd
from tests.p2p.people import Door, Person
from tests.p2p.people import World as Lending
from tests.payments.customer import Person as Customer
from tests.payments.customer import World
from tests.payments.mandates.signing import declare, signature
from tests.payments.returned_money.reporting import read, reported
from tests.serving import PATIENCE_SECONDS

SHORT, SLOW = 990_002, 990_004
"""Amounts at which the sandbox's banks refuse for want of money, and answer late."""


async def lending(serve: Serve, outside: World) -> Lending:
    """p2p beside payments and its banks."""
    p2p = await serve("p2p")
    ledger = Door(outside.payments.client(), "stf_tests")
    return Lending(outside.payments, p2p, operator=Door(p2p.client(), "stf_tests"), ledger=ledger)


async def backed(crowd: Crowd, person: Customer, amount: int, tier: int | None = None) -> tuple[Person, str]:
    """A backer with a bound card who has signed; and her pledge."""
    card = await person.ready()
    await declare(person)
    world = crowd.world
    backer = Person(Door(world.p2p.client(person.id), person.id), Door(person.http, person.id), person.id)
    pledge = await crowd.pledge(backer, amount, tier, pays_from="mandate")
    assert pledge["state"] == "unsigned", pledge
    path = f"/v1/pledges/{pledge['id']}/signature"
    assert (await backer.lending.made(path, status=202))["state"] == "unsigned"
    answer = await person.post(f"/v1/mandates/{pledge['mandate_id']}/signature", signature(person, card, "card"))
    assert answer.json()["state"] == "active", answer.text
    assert (await backer.lending.made(path, status=200))["state"] == "standing"
    return backer, pledge["id"]


async def pass_time(crowd: Crowd, outside: World, ahead: timedelta) -> None:
    """At p2p, payments and the banks alike."""
    now = await crowd.world.pass_time(ahead)
    answer = await outside.door.http.put("/v1/clock", json={"business_at": now.isoformat()})
    assert answer.status_code == 200, answer.text
    await crowd.work()


async def takes_back(crowd: Crowd, outside: World, pledge_id: str, amount: int) -> dict[str, Any]:
    """The bank of a pledge takes back what it had paid for it; as p2p has booked it."""
    await reported(outside, "charge_reversed", await _debit(crowd, outside, pledge_id), amount=amount)
    return await _booked(crowd, pledge_id)


async def loses_dispute(crowd: Crowd, outside: World, pledge_id: str) -> dict[str, Any]:
    """Her bank gives a backer back what she disputes, and payments pays a fee for it; as p2p has booked it."""
    reference = await reported(outside, "dispute_opened", await _debit(crowd, outside, pledge_id))
    answer = await outside.door.post(f"disputes/{reference}/decision", {"won": False})
    assert answer.status_code == 200, answer.text
    await read(outside)
    return await _booked(crowd, pledge_id)


async def _debit(crowd: Crowd, outside: World, pledge_id: str) -> str:
    mandate = (await crowd.world.operator.get(f"/v1/pledges/{pledge_id}"))["mandate_id"]
    debits = (await outside.payments.client("p2p").get(f"/v1/mandates/{mandate}/debits")).json()["items"]
    (debit,) = [one["id"] for one in debits if one["state"] == "succeeded"]
    return str(debit)


async def _booked(crowd: Crowd, pledge_id: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await crowd.world.operator.get("/v1/chargebacks", project_id=crowd.project["id"], state="booked")
            booked = [one for one in found["items"] if one["pledge_id"] == pledge_id]
            if booked:
                return dict(booked[0])
            await asyncio.sleep(0.05)
