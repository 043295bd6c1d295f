"""Opening a backer's deposit in payments, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.backers import actions, queries
from services.p2p.backers.model import Backer
from services.p2p.wire_ids import backer_text

P2P = service_caller("p2p")
OWNER = "p2p"
KIND = "loss_deposit"
# It never pays what it does not have: the ledger itself refuses.
RULE = "debits_must_not_exceed_credits"


async def open_backer(runtime: Runtime, payload: dict[str, Any]) -> None:
    backer_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        backer = await queries.load(connection, backer_id)
    if backer is None or backer.account_id is not None:
        return
    account_id = await _account(runtime.get(PaymentsClient), backer)
    seed = f"p2p.backer.opened\0{backer_id}"
    await commands.perform(runtime, actions.record_opened, P2P, seed=seed, backer_id=backer_id, account_id=account_id)


async def _account(client: PaymentsClient, backer: Backer) -> UUID:
    """Found by its reference if it was opened before and not recorded: the key of that call may be forgotten by now."""
    reference = backer_text(backer.id)
    for account in await client.find_accounts(owner=OWNER, kind=KIND, currency=backer.currency, reference=reference):
        return account.id
    account = await client.create_account(backer.currency, KIND, key=f"p2p-{reference}", rule=RULE, reference=reference)
    return account.id
