"""A refund to a card while the reserve of its channel is short: the merchant has refunded, the card waits, and nothing is stranded."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis import commands
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import decode
from services.payments.channels.queries import list_reserves
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Account, TransferCommand, TransferKind
from services.payments.ledger.queries import accounts_with
from tests.payments.customer import World
from tests.payments.holders.shop import FEN
from tests.payments.orders.test_card_payments import by_card, counter, proceeds
from tests.payments.orders.test_orders import FUNDS
from tests.payments.refunds.test_refunds import holds, refunded

Moved = list[tuple[UUID, int]]


async def perform(world: World, action: Any, **facts: Any) -> Any:
    runtime = world.payments.runtime
    return await commands.perform(runtime, action, service_caller("payments"), seed=uuid4().hex, **facts)


async def drain(tx: Tx, caller: Caller, *, to: UUID) -> Moved:
    """All that the reserves at banks can pay out is elsewhere: each and how much."""
    held = [row.account_id for row in await list_reserves(tx.connection)]
    accounts: list[Account] = list((await accounts_with(tx.connection, held)).values())
    short = [(one.id, one.available) for one in accounts if one.kind == "reserve" and one.available > 0]
    await ledger.post(tx, [_move(tx, to, account_id, amount) for account_id, amount in short])
    return short


async def refill(tx: Tx, caller: Caller, *, of: UUID, moved: Moved) -> None:
    await ledger.post(tx, [_move(tx, account_id, of, amount) for account_id, amount in moved])


def _move(tx: Tx, debit: UUID, credit: UUID, amount: int) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code="tests.elsewhere",
        debit_account_id=debit,
        credit_account_id=credit,
        amount=amount,
        currency="CNY",
    )


async def test_it_waits_for_the_reserve_and_goes_to_the_wallet_at_its_deadline_or_when_an_operator_says_so(
    world: World,
) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, 200 * FEN)
    assert (await by_card(buyer, order["id"], card_id, 200 * FEN)).json()["state"] == "paid"
    operator = world.payments.client()
    opened = await operator.post(
        "/v1/accounts", json={"currency": "CNY", "kind": "tests", "rule": "none"}, headers={"idempotency-key": "else"}
    )
    elsewhere = decode("acc", opened.json()["id"])
    moved = await perform(world, drain, to=elsewhere)

    async def refund(yuan: int, number: str) -> dict[str, Any]:
        made = (await refunded(seller, order["id"], yuan * FEN, number)).json()
        assert made["state"] == "succeeded", made
        return dict((await buyer.get(f"/v1/refunds/{made['id']}"))["legs"][0])

    async def state(leg: dict[str, Any]) -> str:
        return str((await operator.get(f"/v1/card-returns/{leg['return_id']}")).json()["state"])

    async def later(ahead: timedelta) -> None:
        await world.move_clock(ahead)
        await world.run_periodic("payments.send_waiting_returns")

    first = await refund(50, "R-1")
    assert (first["return_state"], await proceeds(seller, merchant)) == ("waiting", 150 * FEN)
    (waiting,) = (await operator.get("/v1/card-returns", params={"state": "waiting"})).json()["items"]
    assert (waiting["id"], waiting["payout_id"], waiting["due_at"] is None) == (first["return_id"], None, False)
    await later(timedelta(minutes=11))
    assert await state(first) == "waiting"
    await perform(world, refill, of=elsewhere, moved=moved)
    await later(timedelta(minutes=11))
    await world.run("payments.return_to_card", first["return_id"])
    assert (await state(first), await buyer.balance()) == ("returned", (FUNDS, FUNDS))

    moved = await perform(world, drain, to=elsewhere)
    second, third = await refund(70, "R-2"), await refund(80, "R-3")
    credit = f"/v1/card-returns/{second['return_id']}/credit"
    assert (await buyer.post(credit)).status_code == 403
    for key in ("once", "again"):
        answer = await operator.post(credit, headers={"idempotency-key": key})
        assert answer.json()["state"] == "credited", answer.text
    refused = await operator.post(
        f"/v1/card-returns/{first['return_id']}/credit", headers={"idempotency-key": "returned"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "card_return_not_waiting")
    await later(timedelta(days=3, minutes=1))
    assert (await state(third), await buyer.balance()) == ("credited", (FUNDS + 150 * FEN,) * 2)
    await perform(world, refill, of=elsewhere, moved=moved)
    await holds(world)
