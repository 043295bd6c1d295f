"""`/v1/card-disputes`: charges that their cardholders dispute."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.card_disputes import actions, queries
from services.payments.card_disputes.errors import UnknownDispute
from services.payments.card_disputes.model import DisputeState
from services.payments.card_disputes.schemas import DisputeAnswer, DisputeId, EvidenceRequest, dispute_answer

router = APIRouter(prefix="/v1/card-disputes", tags=["card disputes"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.get("")
async def list_disputes(
    request: Request, caller: Reader, paging: Paging, state: DisputeState | None = None
) -> Page[DisputeAnswer]:
    """Disputes of what the caller was paid by card, newest first; to an operator, all."""
    before = paging.after[0] if paging.after else None
    owner = None if caller.may("payments:operate") else caller.party
    async with runtime_of(request).reading() as connection:
        rows = await queries.disputes_of(connection, owner, state, before, paging.limit + 1)
    items = [dispute_answer(one) for one in rows]
    return Page[DisputeAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{dispute_id}")
async def read_dispute(request: Request, dispute_id: DisputeId, caller: Reader) -> DisputeAnswer:
    async with runtime_of(request).reading() as connection:
        dispute = await queries.dispute_with(connection, dispute_id)
    if dispute is None or not (dispute.owner == caller.party or caller.may("payments:operate")):
        raise UnknownDispute("no such dispute")
    return dispute_answer(dispute)


@router.post("/{dispute_id}/evidence", status_code=201, response_model=DisputeAnswer)
async def give_evidence(request: Request, dispute_id: DisputeId, body: EvidenceRequest, caller: Writer) -> Response:
    """What shows that the charge was right, once, by `answer_by`; it is sent to the bank."""
    return await commands.run(request, actions.give_evidence, dispute_answer, dispute_id=dispute_id, text=body.text)
