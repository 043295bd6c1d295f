"""Backers who pay from a card: a mandate signed with four factors, debited at the end by their bank."""

from datetime import timedelta

import pytest

from chassis.ids import decode
from clients.payments.mandates import PayeesPayments
from clients.payments.shapes import DebitAnswer
from services.p2p.pledges import jobs
from tests.conftest import Serve
from tests.p2p.crowd import Crowd, live
from tests.p2p.people import Door
from tests.p2p.people import Person as Backer
from tests.p2p.people import World as Lending
from tests.payments.customer import Person, World
from tests.payments.mandates.signing import declare, signature

SHORT, SLOW = 990_002, 990_004
"""Amounts at which the sandbox's banks refuse for want of money, and answer late."""


async def backed(crowd: Crowd, person: Person, amount: int) -> tuple[Backer, str]:
    """A backer with a bound card who has signed; and her pledge."""
    card = await person.ready()
    await declare(person)
    world = crowd.world
    backer = Backer(Door(world.p2p.client(person.id), person.id), Door(person.http, person.id), person.id)
    pledge = await crowd.pledge(backer, amount, pays_from="mandate")
    assert pledge["state"] == "unsigned", pledge
    path = f"/v1/pledges/{pledge['id']}/signature"
    assert (await backer.lending.made(path, status=202))["state"] == "unsigned"
    answer = await person.post(f"/v1/mandates/{pledge['mandate_id']}/signature", signature(person, card, "card"))
    assert answer.json()["state"] == "active", answer.text
    assert (await backer.lending.made(path, status=200))["state"] == "standing"
    raised = {"amount": amount + 1, "currency": "CNY"}
    refused = await backer.lending.refused(f"/v1/pledges/{pledge['id']}/change", raised)
    assert refused == (422, "mandate_too_small", "amount")
    return backer, pledge["id"]


async def lending(serve: Serve, outside: World) -> Lending:
    """p2p beside payments and its banks."""
    p2p = await serve("p2p")
    ledger = Door(outside.payments.client(), "stf_tests")
    return Lending(outside.payments, p2p, operator=Door(p2p.client(), "stf_tests"), ledger=ledger)


async def test_cards_are_debited_at_the_end_by_mandate_and_the_mandate_is_revoked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bank that is silent says so at once, as in the tests of payments.
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)
    outside = await World.open(serve)
    world = await lending(serve, outside)
    p2p = world.p2p
    crowd = await live(world, milestones=[{"title": "all", "share": "1", "due_on": "2029-01-01"}])
    short, short_id = await backed(crowd, outside.person(), SHORT)
    slow, slow_id = await backed(crowd, outside.person(), SLOW)
    unsigned = await crowd.pledge(world.person(), 10_000, 0, pays_from="mandate")
    assert unsigned["state"] == "unsigned"
    now = await world.pass_time(timedelta(days=6))
    await outside.door.http.put("/v1/clock", json={"business_at": now.isoformat()})
    await crowd.work()
    await world.until(short.lending, f"/v1/pledges/{short_id}", "retrying", seconds=60)
    lapsed = await world.operator.get(f"/v1/pledges/{unsigned['id']}")
    assert (lapsed["state"], lapsed["reason"]) == ("lapsed", "mandate_not_signed")
    debits = await outside.payments.client("p2p").get(
        f"/v1/mandates/{(await slow.lending.get(f'/v1/pledges/{slow_id}'))['mandate_id']}/debits"
    )
    await outside.payments.runtime.jobs.run_now(
        "payments.collect_debit", {"id": str(decode("mdb", debits.json()["items"][0]["id"]))}
    )
    await crowd.work()
    collected = await world.until(slow.lending, f"/v1/pledges/{slow_id}", "collected", seconds=60)
    assert (collected["attempts"], await slow.balance()) == (1, (0, 0))
    await crowd.later(timedelta(days=8))
    await crowd.until("funded")
    dropped = await short.lending.get(f"/v1/pledges/{short_id}")
    assert (dropped["state"], dropped["reason"]) == ("dropped", "insufficient_funds")
    real = PayeesPayments.debits

    async def late(self: PayeesPayments, mandate_id: str) -> list[DebitAnswer]:
        """The bank has paid after all what it had refused: as payments would tell it."""
        found = await real(self, mandate_id)
        return [
            debit.model_copy(update={"state": "succeeded", "amount": 7_000}) for debit in found if debit.id != counted
        ]

    counted = debits.json()["items"][0]["id"]
    monkeypatch.setattr(PayeesPayments, "debits", late)
    await jobs.end_mandates(p2p.runtime)
    assert [await who.balance() for who in (short, slow)] == [(0, 0), (0, 0)]
    tries = (await short.lending.get(f"/v1/pledges/{short_id}"))["attempts"]
    project = await world.operator.get(crowd.path)
    await world.pay_in(project["project"]["account_id"], 7_000 * tries)
    await crowd.later(timedelta(days=3))
    await jobs.end_mandates(p2p.runtime)
    await jobs.end_mandates(p2p.runtime)
    assert [await who.balance() for who in (short, slow)] == [(7_000 * tries, 7_000 * tries), (0, 0)]
    for backer, pledge_id in ((short, short_id), (slow, slow_id)):
        mandate = (await backer.lending.get(f"/v1/pledges/{pledge_id}"))["mandate_id"]
        assert (await backer.money.get(f"/v1/mandates/{mandate}"))["state"] == "revoked"
    await world.operator.made(f"{crowd.path}/refund")
    await crowd.until("refunded")
    assert await slow.balance() == (SLOW, SLOW)
    await crowd.audit()
