"""`/v1/screening/…`: lists taken in, names compared, hits decided. For operators alone."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.holders.schemas import CustomerId
from services.payments.merchants.schemas import MerchantId
from services.payments.screening import actions, queries, reading, rules
from services.payments.screening.errors import UnknownHit, UnknownList, UnknownSubject
from services.payments.screening.lists import Lists
from services.payments.screening.model import Form, HitState, ListVersion
from services.payments.screening.schemas import (
    HitDecisionRequest,
    HitId,
    ListEntryAnswer,
    ListName,
    ListVersionAnswer,
    NamePreviewAnswer,
    NamePreviewRequest,
    RefusedRowsAnswer,
    ScreeningAnswer,
    ScreeningHitAnswer,
    ScreeningHitDetailAnswer,
    entry_answer,
    hit_answer,
    hit_detail_answer,
    preview_answer,
    refused_answer,
    screening_answer,
    version_answer,
)
from services.payments.screening.vault import ScreeningVault

router = APIRouter(prefix="/v1/screening", tags=["screening"])
Operator = Annotated[Caller, requires("payments:operate")]
Heading = Annotated[str | None, Query(min_length=1, max_length=60)]
MOST_REFUSED_SHOWN = 1_000
MOST_PREVIEWED = 20
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/lists/{name}/versions", status_code=201, response_model=ListVersionAnswer, openapi_extra=FILE)
async def take_list(
    request: Request,
    name: ListName,
    caller: Operator,
    form: Form,
    key: Annotated[
        str, Query(min_length=1, max_length=60, description="of a table: the column of the entry's number")
    ] = "id",
    name_column: Annotated[str, Query(min_length=1, max_length=60)] = "name",
    kind: Heading = None,
    aliases: Heading = None,
    programme: Heading = None,
    separator: Annotated[str, Query(min_length=1, max_length=3, description="between aliases")] = ";",
    shrink: Annotated[bool, Query(description="more than a fifth of the entries may be gone")] = False,
) -> Response:
    """A ZIP archive of OFAC's files, or a table in CSV. Bad rows are refused one by one; the same files, read alike, are no new version."""
    content = await request.body()
    columns = reading.Columns(key, name_column, kind, aliases, programme, separator)
    files = await asyncio.to_thread(reading.unpacked, content, form)
    read = await asyncio.to_thread(reading.read, files, form, columns)
    return await commands.run(
        request,
        actions.take_list,
        version_answer,
        name=name,
        form=form,
        content_hash=rules.hash_of(files, repr(columns) if form is Form.TABLE else ""),
        read=read,
        shrink=shrink,
    )


@router.get("/lists")
async def list_screening_lists(request: Request, caller: Operator, paging: Paging) -> Page[ListVersionAnswer]:
    """The newest version of each, by name."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.newest_versions(connection, after, paging.limit + 1)
    items = [version_answer(one) for one in rows]
    return Page[ListVersionAnswer].model_validate(page(items, paging, lambda row: (row.list_name,)))


@router.get("/lists/{name}/versions")
async def list_versions(request: Request, name: ListName, caller: Operator, paging: Paging) -> Page[ListVersionAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.versions_of(connection, name, before, paging.limit + 1)
    items = [version_answer(one) for one in rows]
    return Page[ListVersionAnswer].model_validate(page(items, paging, lambda row: (row.number,)))


@router.get("/lists/{name}/refused")
async def list_refused_rows(request: Request, name: ListName, caller: Operator) -> RefusedRowsAnswer:
    """Rows of the newest version that were not taken, with their lines and why."""
    async with runtime_of(request).reading() as connection:
        version = _known(await queries.newest_version(connection, name))
        rows = await queries.refused_rows(connection, version.id, MOST_REFUSED_SHOWN)
    return refused_answer(rows)


@router.get("/lists/{name}/entries")
async def list_entries(request: Request, name: ListName, caller: Operator, paging: Paging) -> Page[ListEntryAnswer]:
    """Of the newest version."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        version = _known(await queries.newest_version(connection, name))
        rows = await queries.entries_of(connection, name, version.generation, after, paging.limit + 1)
    items = [entry_answer(one) for one in rows]
    return Page[ListEntryAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/preview", openapi_extra=KEYLESS)
async def preview_name(request: Request, body: NamePreviewRequest, caller: Operator) -> NamePreviewAnswer:
    """What a name would hit, the best twenty, and why; nothing is remembered."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        compiled = await runtime.get(Lists).current(connection)
    found = await asyncio.to_thread(compiled.matches, body.name, person=body.person)
    return preview_answer(compiled.generation, found[:MOST_PREVIEWED])


@router.get("/customers/{customer_id}")
async def read_customer_screening(request: Request, customer_id: CustomerId, caller: Operator) -> ScreeningAnswer:
    return await _screening(request, customer_id)


@router.get("/merchants/{merchant_id}")
async def read_merchant_screening(request: Request, merchant_id: MerchantId, caller: Operator) -> ScreeningAnswer:
    return await _screening(request, merchant_id)


@router.get("/hits")
async def list_hits(
    request: Request, caller: Operator, paging: Paging, state: HitState | None = None
) -> Page[ScreeningHitAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_hits(connection, state, before, paging.limit + 1)
    items = [hit_answer(one) for one in rows]
    return Page[ScreeningHitAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/hits/{hit_id}")
async def read_hit(request: Request, hit_id: HitId, caller: Operator) -> ScreeningHitDetailAnswer:
    """With the subject's name and the entry, and which words were taken for which."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        hit = await queries.hit_with(connection, hit_id)
        if hit is None:
            raise UnknownHit("no such hit")
        screening = await queries.screening_with(connection, hit.subject_id)
        assert screening is not None
        entry = await queries.entry_with(connection, hit.entry_id)
        compiled = await runtime.get(Lists).current(connection)
    name = runtime.get(ScreeningVault).open(screening.subject_id, screening.details)
    found = compiled.matches(name, person=screening.person)
    match = next((one.match for one in found if one.entry_id == hit.entry_id), None)
    return hit_detail_answer(hit, name, screening, entry, match)


@router.post("/hits/{hit_id}/clearance", response_model=ScreeningHitAnswer)
async def clear_hit(request: Request, hit_id: HitId, body: HitDecisionRequest, caller: Operator) -> Response:
    """It is somebody else. The first operator proposes it, another does it."""
    return await commands.run(request, actions.clear_hit, hit_answer, status=200, hit_id=hit_id, reason=body.reason)


@router.post("/hits/{hit_id}/confirmation", response_model=ScreeningHitAnswer)
async def confirm_hit(request: Request, hit_id: HitId, body: HitDecisionRequest, caller: Operator) -> Response:
    """It is the one on the list: the person, or the merchant, is frozen."""
    return await commands.run(request, actions.confirm_hit, hit_answer, status=200, hit_id=hit_id, reason=body.reason)


async def _screening(request: Request, subject_id: UUID) -> ScreeningAnswer:
    async with runtime_of(request).reading() as connection:
        screening = await queries.screening_with(connection, subject_id)
        if screening is None:
            raise UnknownSubject("nobody of this id was compared with the lists")
        hits = await queries.hits_of(connection, subject_id)
    return screening_answer(screening, hits)


def _known(version: ListVersion | None) -> ListVersion:
    if version is None:
        raise UnknownList("no such list", field="name")
    return version
