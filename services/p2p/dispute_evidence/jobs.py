"""Giving evidence to payments, outside any transaction."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.disputes import DisputedPayments
from services.p2p.dispute_evidence import actions, queries
from services.p2p.dispute_evidence.model import EvidenceState
from services.p2p.refusals import is_final
from services.p2p.wire_ids import dispute_evidence_text

P2P = service_caller("p2p")
SLICE = 200
log = structlog.get_logger(__name__)


async def give_due(runtime: Runtime) -> None:
    """Whatever is to be sent by now, each by itself."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due(connection, now, SLICE)
    for evidence_id in found:
        try:
            await give_evidence(runtime, {"id": str(evidence_id)})
        except (Refusal, ClientError) as fault:
            log.info("dispute_evidence_left_for_later", evidence=str(evidence_id), fault=type(fault).__name__)


async def give_evidence(runtime: Runtime, payload: dict[str, Any]) -> None:
    """What is sent is fixed first: cut off, the same is sent again, and payments takes it once."""
    evidence_id = UUID(payload["id"])
    seed = f"p2p.dispute_evidence.fixed\0{evidence_id}\0{uuid4()}"
    evidence = await commands.perform(runtime, actions.fix, P2P, seed=seed, evidence_id=evidence_id)
    if evidence.state is not EvidenceState.GIVING or evidence.evidence is None:
        return
    client = DisputedPayments(runtime.get(PaymentsClient).transport)
    refusal = None
    try:
        await client.give_evidence(
            evidence.dispute_id, evidence.evidence, key=f"p2p-{dispute_evidence_text(evidence_id)}"
        )
    except Refused as refused:
        if not is_final(refused):
            raise
        refusal = refused.code
    await commands.perform(
        runtime,
        actions.record_given,
        P2P,
        seed=f"p2p.dispute_evidence.given\0{evidence_id}",
        evidence_id=evidence_id,
        refusal=refusal,
    )
