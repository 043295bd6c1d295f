"""Paying a mass refund, outside any transaction, one numbered batch after another until it is done or stopped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.project_refunds import actions, queries
from services.p2p.project_refunds.model import Refund, RefundShare, RefundState, ShareRefused
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import project_text

P2P = service_caller("p2p")
REFUND_CODE = "p2p.crowdfunding.refund"
SLICE = 100
log = structlog.get_logger(__name__)


async def refund_project(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Each batch is sent, recorded, and only then the next one begun. Sent again after a crash it is the same transfers."""
    refund_id = UUID(payload["id"])
    while True:
        async with runtime.reading() as connection:
            refund = await queries.load(connection, refund_id)
            shares = await queries.next_batch(connection, refund_id)
        if refund is None or refund.state is not RefundState.RUNNING or not shares:
            return
        await _pay(runtime, refund, shares)


async def _pay(runtime: Runtime, refund: Refund, shares: Sequence[RefundShare]) -> None:
    """One batch. A share that is refused is tried again into the wallet that its backer has then, which is written down first."""
    client = runtime.get(PaymentsClient)
    outcomes = await client.transfers([_order(refund, share) for share in shares], mode="independent")
    answers = list(zip(shares, outcomes, strict=True))
    refused = {
        share.pledge_id: ShareRefused(outcome.result, await _account(client, refund, share), share.tries)
        for share, outcome in answers
        if not outcome.accepted
    }
    await commands.perform(
        runtime,
        actions.record_batch,
        P2P,
        seed=f"p2p.project_refund\0{refund.id}\0{shares[0].batch}\0{sum(share.tries for share in shares)}",
        refund_id=refund.id,
        batch=shares[0].batch,
        paid=[share.pledge_id for share, outcome in answers if outcome.accepted],
        refused=refused,
    )


async def _account(client: PaymentsClient, refund: Refund, share: RefundShare) -> UUID:
    return (await client.open_wallet(decode("cus", share.backer), refund.currency)).account_id


def _order(refund: Refund, share: RefundShare) -> TransferCommand:
    return TransferCommand(
        id=derived(refund.made_at, refund.account_id, REFUND_CODE, refund.id, share.pledge_id, share.tries),
        debit_account_id=refund.account_id,
        credit_account_id=share.account_id,
        amount=share.amount_minor,
        currency=refund.currency,
        code=REFUND_CODE,
        reference=project_text(refund.project_id),
    )


async def resume_due(runtime: Runtime) -> None:
    """Refunds that were stopped and forgotten go on."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for refund_id in found:
        seed = f"p2p.project_refund.resume\0{refund_id}\0{now}"
        try:
            await commands.perform(runtime, actions.resume_due, P2P, seed=seed, refund_id=refund_id)
        except Refusal as refusal:
            log.info("refund_left_for_later", refund_id=str(refund_id), code=refusal.code)
