"""`/v1/imports`: a marketplace's files, by operators."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.errors import UnknownImport
from services.ecommerce_credit.imports import actions, queries
from services.ecommerce_credit.imports.schemas import ImportAnswer, ImportRequest, import_answer
from services.ecommerce_credit.wire_ids import ImportId

router = APIRouter(prefix="/v1/imports", tags=["imports"])
Operator = Annotated[Caller, requires("ecommerce_credit:operate")]


@router.post("", status_code=201, response_model=ImportAnswer)
async def import_rows(request: Request, body: ImportRequest, caller: Operator) -> Response:
    """Take up to 1,000 rows; each bad one is refused with file, line, field and reason, and the others are taken."""
    return await commands.run(
        request,
        actions.take,
        import_answer,
        source=body.source,
        marketplace=body.marketplace,
        currency=body.currency,
        zone=body.zone,
        file=body.file,
        header=body.header,
        first_line=body.first_line,
        rows=body.rows,
    )


@router.get("")
async def list_imports(
    request: Request,
    caller: Operator,
    paging: Paging,
    marketplace: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[ImportAnswer]:
    """Imports, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, marketplace=marketplace, before=before, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return Page[ImportAnswer](items=[import_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/{import_id}")
async def read_import(request: Request, caller: Operator, import_id: ImportId) -> ImportAnswer:
    """What came of an import."""
    async with runtime_of(request).reading() as connection:
        done = await queries.load(connection, import_id)
    if done is None:
        raise UnknownImport("no such import", field="import_id")
    return import_answer(done)
