"""A card that paid an order: what its bank takes back, or its holder disputes, is the merchant's affair, under the order's reference."""

from typing import Any

from tests.payments.customer import Person, World
from tests.payments.orders.test_card_payments import by_card, counter, proceeds
from tests.payments.orders.test_orders import FUNDS
from tests.payments.returned_money.reporting import audited, read, reserves_agree
from tests.payments.returned_money.test_returned_money import transfers_of

AMOUNT = 20_000
FEE = 2_000


async def paid_by_card(world: World) -> tuple[Person, Person, dict[str, Any], str, str]:
    """Seller, buyer, merchant, the order, and our reference of its charge at its bank."""
    seller, buyer, merchant, card_id, order = await counter(world, AMOUNT)
    answer = await by_card(buyer, order["id"], card_id, AMOUNT)
    assert (answer.status_code, answer.json()["state"]) == (201, "paid"), answer.text
    return seller, buyer, merchant, order["id"], await world.reference_of(answer.json()["id"])


async def happened(world: World, kind: str, charge: str) -> str:
    body = {"kind": kind, "instruction_reference": charge, "reference": f"bank-{kind}"}
    answer = await world.door.post("reports", body)
    assert answer.status_code == 201, answer.text
    await read(world)
    return body["reference"]


async def test_a_reversed_charge_of_an_order_is_taken_from_its_merchant(world: World) -> None:
    seller, buyer, merchant, order_id, charge = await paid_by_card(world)
    await happened(world, "charge_reversed", charge)
    (report,) = (await seller.get("/v1/returned-money"))["items"]
    assert (report["original"], report["state"], report["taken"], report["owed"]) == (order_id, "booked", AMOUNT, 0)
    assert await proceeds(seller, merchant) == 0
    assert await buyer.balance() == (FUNDS, FUNDS)
    assert ("charge.reversed", AMOUNT) in await transfers_of(world, order_id)
    await reserves_agree(world)
    await audited(world)


async def test_a_dispute_of_an_order_is_held_at_its_merchant_and_lost(world: World) -> None:
    seller, buyer, merchant, order_id, charge = await paid_by_card(world)
    reference = await happened(world, "dispute_opened", charge)
    (dispute,) = (await seller.get("/v1/card-disputes"))["items"]
    assert (dispute["original"], dispute["state"], dispute["held"]) == (order_id, "noticed", AMOUNT)
    assert (await buyer.get("/v1/card-disputes"))["items"] == []
    decision = await world.door.post(f"disputes/{reference}/decision", {"won": False})
    assert decision.status_code == 200, decision.text
    await read(world)
    (dispute,) = (await seller.get("/v1/card-disputes"))["items"]
    assert dispute["state"] == "lost"
    (debt,) = (await seller.get("/v1/receivables"))["items"]
    assert (debt["cause"], debt["amount"]) == ("dispute_fee", FEE)
    assert await proceeds(seller, merchant) == 0
    await reserves_agree(world)
    await audited(world)
