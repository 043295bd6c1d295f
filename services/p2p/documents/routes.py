"""`/v1/applications/{id}/documents`: papers behind an application."""

import base64
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.p2p.applications.reading import require_visible
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.documents import actions, queries
from services.p2p.documents.model import DocumentKind
from services.p2p.documents.schemas import (
    ContentAnswer,
    DocumentAnswer,
    DocumentRequest,
    DocumentsAnswer,
    content_answer,
    document_answer,
)
from services.p2p.errors import UnknownDocument
from services.p2p.wire_ids import ApplicationId, DocumentId

router = APIRouter(prefix="/v1/applications/{application_id}/documents", tags=["applications"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.post("", status_code=201, response_model=DocumentAnswer)
async def give_document(
    request: Request, body: DocumentRequest, caller: Writer, application_id: ApplicationId
) -> Response:
    """The borrower, or staff for her, gives a paper. Its content is sealed; its hash says for ever what it was."""
    keys = runtime_of(request).get(IdentityVault).keys
    return await commands.run(
        request,
        actions.give,
        document_answer,
        secret=keys.request_secret,
        application_id=application_id,
        kind=DocumentKind(body.kind),
        content=base64.b64decode(body.content),
        keys=keys,
    )


@router.get("")
async def list_documents(request: Request, caller: Reader, application_id: ApplicationId) -> DocumentsAnswer:
    """What was given; at most twenty."""
    async with runtime_of(request).reading() as connection:
        await require_visible(connection, caller, application_id)
        found = await queries.of_application(connection, application_id)
    return DocumentsAnswer(items=[document_answer(one) for one in found])


@router.get("/{document_id}")
async def read_document(
    request: Request, caller: Operator, application_id: ApplicationId, document_id: DocumentId
) -> ContentAnswer:
    """A paper with its content, for who reviews."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        found = await queries.sealed_content(connection, application_id, document_id)
    if found is None:
        raise UnknownDocument("no such document", field="document_id")
    document, sealed = found
    return content_answer(document, actions.opened(runtime.get(IdentityVault).keys, document.id, sealed))
