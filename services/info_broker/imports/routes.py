"""Imports into the catalogue, by operators."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.errors import NoSuchImport
from services.info_broker.imports import actions, queries
from services.info_broker.imports.model import Source
from services.info_broker.imports.schemas import ImportAnswer, ImportId, ImportRequest, import_answer

router = APIRouter(prefix="/v1/imports", tags=["imports"])
Operator = Annotated[Caller, requires("info_broker:operate")]


@router.post("", status_code=201, response_model=ImportAnswer)
async def import_rows(request: Request, body: ImportRequest, caller: Operator) -> Response:
    """Take up to 1,000 rows; each bad one is refused with file, line and reason, and the others are taken."""
    return await commands.run(
        request,
        actions.take,
        import_answer,
        source=Source(body.source),
        file=body.file,
        header=body.header,
        first_line=body.first_line,
        rows=body.rows,
    )


@router.get("", response_model=Page[ImportAnswer])
async def list_imports(request: Request, caller: Operator, paging: Paging) -> dict[str, Any]:
    """Imports, newest first."""
    before = None if paging.after is None else paging.after[0]
    async with runtime_of(request).reading() as connection:
        found = await queries.find(connection, before=before, limit=paging.limit)
    shown = page(found, paging, key=lambda one: (one.id,))
    return shown | {"items": [import_answer(one) for one in shown["items"]]}


@router.get("/{import_id}")
async def read_import(request: Request, caller: Operator, import_id: ImportId) -> ImportAnswer:
    """What came of an import."""
    async with runtime_of(request).reading() as connection:
        done = await queries.load(connection, import_id)
    if done is None:
        raise NoSuchImport("no such import", field="import_id")
    return import_answer(done)
