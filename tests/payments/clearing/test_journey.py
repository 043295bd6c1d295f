"""From customers' cards at foreign channels to money between banks."""

from datetime import datetime, timedelta

from lxml import etree
from sqlalchemy import text

from chassis.identity import Caller
from services.payments.channels.contracts import document_of, shipped
from tests.iso20022 import faults
from tests.payments.clearing.clearing_house import ClearingHouse
from tests.payments.customer import Person, World
from tests.payments.ledger.book import Book
from tests.payments.market import Market, Party
from tests.payments.returned_money.reporting import read


async def test_payments_through_foreign_channels_are_cleared_and_settled(world: World) -> None:
    """A top-up through a foreign channel: the card's bank owes that channel. All of it goes through clearing to the audit."""
    await world.thursday_noon()
    house = await _house(world)
    await house.make_model(collects=True)
    for code in ("ICBC", "CCB", "UNIONLINK", "NETSLINK"):
        await house.join(code)
    await house.liquidity("ICBC", 60_000)
    await house.cap("ICBC", 25_000)
    person = world.person()
    card_id = await person.ready("ICBC")
    await _under_repair(world, "ICBC")
    for _ in range(2):
        top_up = (await person.top_up(card_id, 20_000)).json()
        await person.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    # Long ago, and nobody has looked since.
    await _made_days_later(world, -20)
    # It is late from when it was known to have succeeded.
    assert "payment_between_participants_not_owed" not in await house.market.failed_checks()
    for _ in range(2):
        await house.market.run_periodic("payments.collect_obligations")
        await house.market.run_periodic("payments.collect_late_obligations")
    await _made_days_later(world, 20)
    (window,) = (await house.get("windows", state="OPEN"))["items"]
    (recorded,) = (await house.get(f"windows/{window['id']}/obligations"))["items"]
    assert (recorded["payer"], recorded["amount"], recorded["source"]) == ("ICBC", 20_000, "payment")
    channel = recorded["payee"]
    assert channel in ("UNIONLINK", "NETSLINK")
    # The second is beyond the cap: the payment is made all the same, what is owed for it waits, and cannot be cancelled.
    (waiting,) = (await house.get("queue", settlement_model="cny_net"))["items"]
    assert waiting["amount"] == 20_000
    told = (409, "payment_must_settle", "obligation_id")
    assert await house.refused(f"obligations/{waiting['id']}/cancellation") == told
    await house.cap("ICBC", 40_000)
    await house.market.run_periodic("payments.work_clearing_queues")
    await world.move_clock(timedelta(hours=1))
    closed = await house.close()
    settled = await house.settle(closed)
    assert (settled["state"], settled["figures"]["gross_minor"]) == ("SETTLED", 40_000)
    assert (await house.position("ICBC"), await house.position(channel)) == ((0, 20_000), (0, 40_000))
    customers = await house.document(f"windows/{closed}/pacs.008")
    assert len(list(etree.fromstring(customers).iter("{*}CdtTrfTxInf"))) == 2
    assert faults("pacs.008.001.08", customers) == []
    assert faults("pacs.009.001.08", await house.document(f"settlements/{settled['id']}/pacs.009")) == []
    # The cardholder's bank takes the second charge back: the channel owes it again.
    taken_back = {
        "kind": "charge_reversed",
        "instruction_reference": await world.reference_of(top_up["id"]),
        "reference": "R1",
    }
    assert (await world.door.post("reports", taken_back, channel)).status_code == 201
    await read(world)
    await house.cap(channel, 20_000)
    for _ in range(2):
        await house.market.run_periodic("payments.collect_obligations")
    assert (await house.position("ICBC"), await house.position(channel)) == ((-20_000, 20_000), (20_000, 40_000))
    await _retired(world, house, person, card_id)
    assert await house.position("ICBC") == (-19_000, 20_000)
    await world.audit()


async def _retired(world: World, house: ClearingHouse, person: Person, card_id: str) -> None:
    """What was paid before its model was retired is collected into it still."""
    top_up = (await person.top_up(card_id, 1_000)).json()
    await person.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
    await world.move_clock(timedelta(minutes=1))
    await house.post(f"models/{house.model}/retirement")
    for _ in range(2):
        await house.market.run_periodic("payments.collect_obligations")


async def _house(world: World) -> ClearingHouse:
    book = await Book.open(world.payments)
    return ClearingHouse(Market(world.payments, book, Party("stf_tests", book.http, Caller("stf_tests", "suite"))))


async def _made_days_later(world: World, days: int) -> None:
    async with world.payments.runtime.transaction() as tx:
        for what in ("channel_instructions SET submitted_at = submitted_at", "clearing_participants SET joined_at = joined_at",
                     "clearing_models SET made_at = made_at"):  # fmt: skip
            await tx.connection.execute(text(f"UPDATE {what} + make_interval(days => {days})"))


async def _under_repair(world: World, channel: str) -> None:
    """Its own customers' orders go by the others meanwhile."""
    operator = world.payments.client()
    clock = (await operator.get("/v1/clock")).json()
    until = datetime.fromisoformat(clock["business_at"]) + timedelta(days=1)
    window = {"from_at": clock["business_at"], "until_at": until.isoformat()}
    terms = document_of(shipped()[channel]) | {"valid_from_on": clock["business_on"], "dated_windows": [window]}
    answer = await operator.post("/v1/channels/contracts", json=terms, headers={"idempotency-key": channel})
    assert answer.status_code == 201, answer.text
