"""`/v1/custody-instructions`, `/v1/custody-tie-outs`, `/v1/custody-differences`: what operators see of custody, and what they end."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.custody import instruction_queries, tie_queries, tying
from services.p2p.custody.errors import UnknownInstruction
from services.p2p.custody.model import DifferenceEvent, DifferenceState
from services.p2p.custody.schemas import (
    DifferenceAnswer,
    DifferenceClosing,
    DifferenceStateName,
    InstructionAnswer,
    InstructionWithLines,
    TieOutList,
    difference_answer,
    instruction_answer,
    instruction_with,
    tie_out_answer,
)
from services.p2p.wire_ids import CustodyDifferenceId, CustodyInstructionId

router = APIRouter(prefix="/v1", tags=["custody"])
Operator = Annotated[Caller, requires("p2p:operate")]
MOST_DAYS = 366


@router.get("/custody-instructions")
async def list_custody_instructions(
    request: Request, caller: Operator, paging: Paging, subject: Annotated[str | None, Query(max_length=80)] = None
) -> Page[InstructionAnswer]:
    """What banks were asked to do, by the record it was for."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await instruction_queries.find(connection, subject=subject, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[InstructionAnswer](items=[instruction_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/custody-instructions/{instruction_id}")
async def read_custody_instruction(
    request: Request, caller: Operator, instruction_id: CustodyInstructionId
) -> InstructionWithLines:
    """With every line: who allowed it, and what bank and ledger answered."""
    async with runtime_of(request).reading() as connection:
        held = await instruction_queries.load(connection, instruction_id)
        lines = await instruction_queries.lines(connection, instruction_id)
    if held is None:
        raise UnknownInstruction("no such instruction", field="instruction_id")
    return instruction_with(held, lines)


@router.get("/custody-tie-outs")
async def list_tie_outs(
    request: Request,
    caller: Operator,
    bank: Annotated[str | None, Query(max_length=12)] = None,
    before: date | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 31,
) -> TieOutList:
    """Days that were compared, newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await tie_queries.find(connection, bank=bank, before=before, limit=limit)
    return TieOutList(items=[tie_out_answer(row) for row in rows])


@router.get("/custody-differences")
async def list_differences(
    request: Request,
    caller: Operator,
    paging: Paging,
    state: DifferenceStateName | None = None,
    day: date | None = None,
    holder: Annotated[str | None, Query(max_length=80)] = None,
) -> Page[DifferenceAnswer]:
    """Accounts that bank and ledger did not have the same of, newest first."""
    after = paging.after[0] if paging.after else None
    wanted = None if state is None else DifferenceState(state)
    async with runtime_of(request).reading() as connection:
        rows = await tie_queries.differences(
            connection, state=wanted, day=day, holder=holder, after=after, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[DifferenceAnswer](items=[difference_answer(row) for row in shown["items"]], next=shown["next"])


@router.post("/custody-differences/{difference_id}/explanation", status_code=200, response_model=DifferenceAnswer)
async def explain_difference(
    request: Request, body: DifferenceClosing, caller: Operator, difference_id: CustodyDifferenceId
) -> Response:
    """Nothing is wrong with the money: why."""
    return await _close(request, difference_id, DifferenceEvent.EXPLAIN, body)


@router.post("/custody-differences/{difference_id}/resolution", status_code=200, response_model=DifferenceAnswer)
async def resolve_difference(
    request: Request, body: DifferenceClosing, caller: Operator, difference_id: CustodyDifferenceId
) -> Response:
    """What was wrong has been put right: how."""
    return await _close(request, difference_id, DifferenceEvent.RESOLVE, body)


async def _close(request: Request, difference_id: UUID, event: DifferenceEvent, body: DifferenceClosing) -> Response:
    return await commands.run(
        request,
        tying.close,
        difference_answer,
        status=200,
        difference_id=difference_id,
        event=event,
        reason=body.reason,
    )
