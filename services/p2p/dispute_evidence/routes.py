"""`/v1/dispute-evidence`: what is given to banks where cardholders dispute what they paid."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.dispute_evidence import actions, knowing, queries, rules
from services.p2p.dispute_evidence.errors import UnknownDisputeEvidence
from services.p2p.dispute_evidence.model import EvidenceState
from services.p2p.dispute_evidence.schemas import (
    DisputeEvidenceAnswer,
    EvidenceAdditionRequest,
    EvidenceStateName,
    evidence_answer,
)
from services.p2p.wire_ids import DisputeEvidenceId

router = APIRouter(prefix="/v1/dispute-evidence", tags=["disputes"])
Operator = Annotated[Caller, requires("p2p:operate")]


@router.get("")
async def list_dispute_evidence(
    request: Request, caller: Operator, paging: Paging, state: EvidenceStateName | None = None
) -> Page[DisputeEvidenceAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[DisputeEvidenceAnswer](items=[evidence_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{evidence_id}")
async def read_dispute_evidence(
    request: Request, caller: Operator, evidence_id: DisputeEvidenceId
) -> DisputeEvidenceAnswer:
    """With what would be sent now, where it is not sent yet."""
    async with runtime_of(request).reading() as connection:
        found = await queries.load(connection, evidence_id)
        if found is None:
            raise UnknownDisputeEvidence("no such evidence", field="evidence_id")
        answer = evidence_answer(found)
        known = await knowing.known_of(connection, found.debit_id) if found.state is EvidenceState.NOTED else None
    if known is None:
        return answer
    return answer.model_copy(update={"evidence": rules.text_of(known, found.added)})


@router.post("/{evidence_id}/addition", status_code=200, response_model=DisputeEvidenceAnswer)
async def add_dispute_evidence(
    request: Request, body: EvidenceAdditionRequest, caller: Operator, evidence_id: DisputeEvidenceId
) -> Response:
    """Said besides what is known here, in place of what was added before; until it is sent."""
    return await commands.run(
        request,
        actions.add,
        evidence_answer,
        status=200,
        evidence_id=evidence_id,
        text=body.text,
        give_now=body.give_now,
    )
