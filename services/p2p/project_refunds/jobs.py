"""Paying a mass refund, outside any transaction, one numbered batch after another until it is done or stopped."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.project_refunds import actions, queries
from services.p2p.project_refunds.model import Refund, RefundShare, Sending, ShareRefused
from services.p2p.refusals import is_final
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import project_text

P2P = service_caller("p2p")
REFUND_CODE = "p2p.crowdfunding.refund"
HER_WALLETS = frozenset({"account_closed", "unknown_account"})
"""Refusals of a share that are about the wallet it goes to, not about what the project's account has."""
SLICE = 100
log = structlog.get_logger(__name__)


async def refund_project(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Each batch is begun, sent, recorded, and only then the next one begun. Sent again after a crash it is the same transfers."""
    refund_id, after = UUID(payload["id"]), 0
    while True:
        seed = f"p2p.project_refund.begun\0{refund_id}\0{uuid4()}"
        sending = await commands.perform(runtime, actions.begin_batch, P2P, seed=seed, refund_id=refund_id, after=after)
        if sending is None:
            return
        await _pay(runtime, sending)
        after = max(after, sending.batch)


async def _pay(runtime: Runtime, sending: Sending) -> None:
    """One batch. A share that is refused is tried again into the wallet that its backer has then, which is written down first."""
    client = runtime.get(PaymentsClient)
    refund, shares = sending.refund, sending.shares
    outcomes = await client.transfers([_order(refund, share) for share in shares], mode="independent") if shares else []
    answers = list(zip(shares, outcomes, strict=True))
    refused = {
        share.pledge_id: ShareRefused(
            outcome.result, await _account(client, refund, share, outcome.result), share.tries
        )
        for share, outcome in answers
        if not outcome.accepted
    }
    await commands.perform(
        runtime,
        actions.record_batch,
        P2P,
        seed=f"p2p.project_refund\0{refund.id}\0{sending.batch}\0{sum(share.tries for share in shares)}",
        refund_id=refund.id,
        batch=sending.batch,
        paid=[share.pledge_id for share, outcome in answers if outcome.accepted],
        refused=refused,
    )


async def _account(client: PaymentsClient, refund: Refund, share: RefundShare, reason: str) -> UUID:
    """Where another try goes: elsewhere only if it was her wallet that did not take it, and payments says which she has now."""
    if reason not in HER_WALLETS:
        return share.account_id
    try:
        return (await client.open_wallet(decode("cus", share.backer), refund.currency)).account_id
    except Refused as refused:
        if not is_final(refused):
            raise
        return share.account_id


def _order(refund: Refund, share: RefundShare) -> TransferCommand:
    return TransferCommand(
        id=derived(refund.made_at, refund.account_id, REFUND_CODE, refund.id, share.pledge_id, share.tries),
        debit_account_id=refund.account_id,
        credit_account_id=share.account_id,
        amount=share.due_minor,
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
