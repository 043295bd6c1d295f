"""A shop where persons pay orders from their wallets."""

from dataclasses import dataclass
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.confirmations.payer import confirmed
from tests.payments.customer import Person, World
from tests.payments.holders.persons import Applicant, identity_number

FEN = 100


@dataclass
class Shop:
    world: World
    seller: Person
    merchant_id: str

    async def order(self, yuan: int) -> str:
        body = {"merchant_id": self.merchant_id, "merchant_order_number": new_id().hex, "subject": "tea"}
        order = await self.seller.post("/v1/orders", body | {"amount": yuan * FEN, "currency": "CNY"})
        assert order.status_code == 201, order.text
        return str(order.json()["id"])

    async def pay(self, buyer: Person, order_id: str, yuan: int) -> httpx.Response:
        body = {"method": "wallet", "amount": yuan * FEN, "currency": "CNY"}
        return await buyer.post(f"/v1/orders/{order_id}/payments", body)

    async def sell(self, buyer: Person, yuan: int) -> httpx.Response:
        return await self.pay(buyer, await self.order(yuan), yuan)

    async def sell_confirmed(self, buyer: Person, yuan: int) -> httpx.Response:
        """By her payment password."""
        order = await self.order(yuan)
        body = {"method": "wallet", "amount": yuan * FEN, "currency": "CNY"}
        said = await confirmed(buyer.http, order, yuan * FEN)
        return await buyer.post(f"/v1/orders/{order}/payments", body | said)


async def open_shop(world: World) -> Shop:
    seller = world.person()
    answer = await seller.post("/v1/merchants", {"name": "茶叶店", "currency": "CNY"})
    return Shop(world, seller, answer.json()["id"])


async def customer(world: World, yuan: int, checks: int = 5, sequence: str = "003") -> Applicant:
    """With so much in her wallet, proved by so many sources."""
    one = Applicant(world.person(), identity_number(sequence))
    await one.person.open_wallet()
    if yuan:
        await give(world, one.person, yuan)
    return await one.proved(checks) if checks else one


async def give(world: World, person: Person, yuan: int) -> None:
    """Money from a source of the tests, as a bank would bring it."""
    operator = world.payments.client()
    headers = {"idempotency-key": new_id().hex}
    body = {"currency": "CNY", "kind": "tests", "rule": "none"}
    source = (await operator.post("/v1/accounts", json=body, headers=headers)).json()["id"]
    await move(operator, source, (await person.wallet())["account_id"], yuan * FEN)


async def move(operator: httpx.AsyncClient, debit: str, credit: str, amount: int, **more: Any) -> httpx.Response:
    body = {
        "id": encode("trf", new_id()), "debit_account_id": debit, "credit_account_id": credit, "amount": amount,
        "currency": "CNY", "code": "tests.gift",
    }  # fmt: skip
    return await operator.post("/v1/transfers", json=body | more)
