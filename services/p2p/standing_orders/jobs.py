"""A standing order's wallet, asked for outside any transaction; and what time does to orders."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from services.p2p.refusals import is_final
from services.p2p.standing_orders import actions, queries
from services.p2p.standing_orders.model import OrderState

SLICE = 500
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def activate(runtime: Runtime, payload: dict[str, Any]) -> None:
    """The lender's wallet, opened if she had none: the ledger answers for its money at each fill."""
    order_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        order = await queries.load(connection, order_id)
    if order is None or order.state is not OrderState.OPENING:
        return
    seed = f"p2p.standing_order.wallet\0{order_id}"
    try:
        wallet = await runtime.get(PaymentsClient).open_wallet(decode("cus", order.lender), order.criteria.currency)
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, actions.record_no_wallet, P2P, seed=seed, order_id=order_id, reason=refused.code
        )
        return
    await commands.perform(
        runtime, actions.record_wallet, P2P, seed=seed, order_id=order_id, account_id=wallet.account_id
    )


async def expire_due(runtime: Runtime) -> None:
    """End every order past its day, each in its own transaction."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_expiry(connection, now, SLICE)
    for order_id in found:
        try:
            seed = f"p2p.standing_order.expire\0{order_id}"
            await commands.perform(runtime, actions.expire, P2P, seed=seed, order_id=order_id)
        except Refusal as refusal:
            log.info("standing_order_left_for_later", standing_order_id=str(order_id), code=refusal.code)
        except Exception:
            log.exception("standing_order_left_for_later", standing_order_id=str(order_id))
