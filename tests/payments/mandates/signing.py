"""Payees and customers of mandates, as tests need them."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.mandates import actions, debiting, queries
from services.payments.mandates.model import Debit, Mandate, MandateState, Period, Scope, Source
from services.payments.merchants.model import Merchant
from services.payments.wallets.model import Wallet
from tests.payments.customer import Person, World
from tests.payments.funding import funded_merchant, funded_wallet

IDENTITY_NUMBER = "110101199003071014"
PAYMENTS = service_caller("payments")
SCOPES = frozenset({"payments:read", "payments:write"})
UNTIL = date(2027, 11, 25)


def asked(customer: str, merchant_id: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "merchant_id": merchant_id,
        "purpose": "gym",
        "currency": "CNY",
        "max_per_debit": 30_000,
        "period": "month",
        "max_per_period": 50_000,
        "valid_until": UNTIL.isoformat(),
    } | more


def signature(person: Person, card: str, source: str = "wallet", **more: Any) -> dict[str, Any]:
    return {
        "name": person.holder_name,
        "identity_number": IDENTITY_NUMBER,
        "mobile": person.mobile,
        "card_id": card,
        "source": source,
    } | more


async def declare(person: Person) -> None:
    answer = await person.post("/v1/holders/identity", {"name": person.holder_name, "number": IDENTITY_NUMBER})
    assert answer.status_code == 201, answer.text


async def payee(world: World) -> tuple[Person, str]:
    """A gym and its merchant's id."""
    gym = world.person()
    answer = await gym.post("/v1/merchants", {"name": "gym", "currency": "CNY"})
    return gym, str(answer.json()["id"])


async def signed(world: World, anna: Person, card: str, source: str = "wallet", **more: Any) -> tuple[Person, str]:
    """A gym that may debit her, and its mandate's id."""
    gym, merchant = await payee(world)
    requested = await gym.post("/v1/mandates", asked(anna.id, merchant, **more))
    assert requested.status_code == 201, requested.text
    mandate_id = str(requested.json()["id"])
    answer = await anna.post(f"/v1/mandates/{mandate_id}/signature", signature(anna, card, source))
    assert answer.json()["state"] == "active", answer.text
    return gym, mandate_id


async def debit(gym: Person, mandate_id: str, number: str, amount: int, **more: Any) -> httpx.Response:
    body = {"number": number, "amount": amount, "currency": "CNY"} | more
    return await gym.post(f"/v1/mandates/{mandate_id}/debits", body)


@dataclass
class Stage:
    """A customer with a wallet, a gym, and a mandate in a test's own transaction."""

    customer: Caller
    gym: Caller
    wallet: Wallet
    merchant: Merchant
    mandate: Mandate


async def stage(tx: Tx, funds: int, card_id: UUID, *, customer: Caller | None = None, **scope: Any) -> Stage:
    """Signed for the wallet, without the signing: card_id is any card's."""
    customer = customer or Caller(encode("cus", tx.ids.new()), "gateway", SCOPES)
    gym = Caller(encode("cus", tx.ids.new()), "gateway", SCOPES)
    wallet = await funded_wallet(tx, customer, funds)
    merchant = await funded_merchant(tx, gym, 0)
    facts: dict[str, Any] = {
        "purpose": "gym",
        "currency": "CNY",
        "max_per_debit": 30_000,
        "period": Period.MONTH,
        "max_per_period": 50_000,
        "notice_days": 0,
        "retry_days": (1, 3, 7),
        "valid_until": UNTIL,
    } | scope
    assert customer.customer is not None
    mandate = await actions.request_mandate(
        tx, gym, customer_id=customer.customer, merchant_id=merchant.id, account_id=None, scope=Scope(**facts)
    )
    return Stage(customer, gym, wallet, merchant, await as_signed(tx, mandate, wallet, card_id))


async def as_signed(tx: Tx, mandate: Mandate, wallet: Wallet, card_id: UUID) -> Mandate:
    after = replace(
        mandate,
        state=MandateState.ACTIVE,
        source=Source.WALLET,
        card_id=card_id,
        wallet_account_id=wallet.account_id,
        signed_at=tx.now,
        due_at=start_of_day(mandate.valid_until + timedelta(days=1)),
    )
    await queries.save_mandate(tx.connection, after)
    return after


async def asked_for(tx: Tx, scene: Stage, amount: int, number: str = "", due_on: date | None = None) -> Debit:
    return await debiting.request_debit(
        tx,
        scene.gym,
        mandate_id=scene.mandate.id,
        number=number or uuid4().hex,
        amount=amount,
        currency="CNY",
        due_on=due_on,
    )


async def on_day(tx: Tx, scene: Stage, day: date) -> list[Debit]:
    """What periodic work does at the beginning of a day; all debits, the oldest first."""
    tx.now = start_of_day(day)
    await actions.end_due_mandates(tx, PAYMENTS)
    for debit_id in await queries.due_debits(tx.connection, tx.now, 100):
        await debiting.attempt_debit(tx, PAYMENTS, debit_id=debit_id)
    found = await queries.debits_of(tx.connection, scene.mandate.id, None, 100)
    return sorted(found, key=lambda one: one.requested_at)


async def code_of(asking: Awaitable[Any]) -> str:
    try:
        after = await asking
    except Refusal as refusal:
        return refusal.code
    return str(after.state)
