"""`/v1/postings`: an amount drawn from several sources and split over many destinations."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.ledger.posting import parties_of
from services.payments.postings import actions, queries
from services.payments.postings.errors import UnknownPosting
from services.payments.postings.schemas import (
    PostingAnswer,
    PostingId,
    PostingPreview,
    PostingRequest,
    instruction_of,
    posting_answer,
    preview_answer,
)

router = APIRouter(prefix="/v1/postings", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]


@router.post("", status_code=201, response_model=PostingAnswer)
async def make_posting(request: Request, body: PostingRequest, caller: Mover) -> Response:
    """Split an amount by fixed parts, caps, portions and a remainder; all of it is moved at once, or nothing is."""
    return await commands.run(
        request,
        actions.make_posting,
        posting_answer,
        instruction=instruction_of(body),
        asked=body.model_dump(mode="json", exclude_defaults=True),
        parties=parties_of(caller),
    )


@router.post("/preview", openapi_extra=KEYLESS)
async def preview_posting(request: Request, body: PostingRequest, caller: Mover) -> PostingPreview:
    """What the same posting would come to now, or be refused with. Nothing is written, and no key is needed."""
    instruction = instruction_of(body)
    database = runtime_of(request).database
    async with database.reading() as connection:
        plan = await actions.foresee_posting(await database.begin(connection), caller, instruction, parties_of(caller))
    return preview_answer(instruction, plan)


@router.get("")
async def list_postings(request: Request, caller: Reader, paging: Paging) -> Page[PostingAnswer]:
    """The caller's postings, an operator's are all; newest first."""
    made_by = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.postings_of(connection, made_by, before, paging.limit + 1)
    items = [posting_answer(one) for one in rows]
    return Page[PostingAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{posting_id}")
async def read_posting(request: Request, posting_id: PostingId, caller: Reader) -> PostingAnswer:
    """To whoever made it, and to operators."""
    async with runtime_of(request).reading() as connection:
        posting = await queries.posting_with(connection, posting_id)
    if posting is None or not (posting.made_by == caller.party or caller.may("payments:operate")):
        raise UnknownPosting("no such posting", field="posting_id")
    return posting_answer(posting)
