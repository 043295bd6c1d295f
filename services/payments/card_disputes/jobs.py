"""Evidence on its way to the bank, outside any transaction, and deadlines."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from services.payments.card_disputes import actions, queries
from services.payments.returned_money.banks import ReportingBanks

PAYMENTS = service_caller("payments")
BATCH = 100
PASSING = frozenset({401, 403, 429})
log = structlog.get_logger(__name__)


async def send_evidence(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Under the bank's own reference: sent twice, it is taken once. Raises ClientError to be sent again."""
    async with runtime.reading() as connection:
        dispute = await queries.dispute_with(connection, UUID(payload["id"]))
    if dispute is None or dispute.evidence is None or dispute.evidence_sent_at is not None:
        return
    assert dispute.evidence_hash is not None
    refusal = None
    try:
        bank = runtime.get(ReportingBanks).of(dispute.bank)
        await bank.give_evidence(dispute.bank_reference, dispute.evidence, dispute.evidence_hash)
    except Refused as refused:
        if refused.status in PASSING:
            raise
        refusal = refused.code
    seed = f"evidence {dispute.id}"
    await commands.perform(
        runtime, actions.record_evidence_sent, PAYMENTS, seed=seed, dispute_id=dispute.id, refusal=refusal
    )


async def work_due_disputes(runtime: Runtime) -> None:
    """Evidence that has not reached its bank, and deadlines that have passed."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        unsent = await queries.unsent_evidence(connection, BATCH)
        due = await queries.due_disputes(connection, now, BATCH)
    for dispute in unsent:
        try:
            await send_evidence(runtime, {"id": str(dispute.id)})
        except ClientError as fault:
            log.info("evidence_not_sent", dispute_id=str(dispute.id), fault=type(fault).__name__)
    for dispute in due:
        seed = f"deadline {dispute.id} {uuid4()}"
        try:
            await commands.perform(runtime, actions.pass_deadline, PAYMENTS, seed=seed, dispute_id=dispute.id)
        except Exception as fault:
            log.warning("deadline_not_passed", dispute_id=str(dispute.id), fault=type(fault).__name__)
