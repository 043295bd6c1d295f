"""Opening a surety's deposit in payments, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.sureties import actions, queries
from services.p2p.sureties.model import Surety
from services.p2p.wire_ids import surety_text

P2P = service_caller("p2p")
OWNER = "p2p"
KIND = "loss_deposit"
# It never pays what it does not have: the ledger itself refuses.
RULE = "debits_must_not_exceed_credits"


async def open_surety(runtime: Runtime, payload: dict[str, Any]) -> None:
    surety_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        surety = await queries.load(connection, surety_id)
    if surety is None or surety.account_id is not None:
        return
    account_id = await _account(runtime.get(PaymentsClient), surety)
    seed = f"p2p.surety.opened\0{surety_id}"
    await commands.perform(runtime, actions.record_opened, P2P, seed=seed, surety_id=surety_id, account_id=account_id)


async def _account(client: PaymentsClient, surety: Surety) -> UUID:
    """Found by its reference if it was opened before and not recorded: the key of that call may be forgotten by now."""
    reference = surety_text(surety.id)
    for account in await client.find_accounts(owner=OWNER, kind=KIND, currency=surety.currency, reference=reference):
        return account.id
    account = await client.create_account(surety.currency, KIND, key=f"p2p-{reference}", rule=RULE, reference=reference)
    return account.id
