"""Giving a paper to an application that is not decided for good."""

import base64
import hashlib
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.sealing import SealingKeys
from services.p2p.applications import actions as application_actions
from services.p2p.documents import queries, rules
from services.p2p.documents.model import Document, DocumentKind
from services.p2p.errors import DocumentGivenBefore, NotAllowedInState, TooManyDocuments

PURPOSE = "documents"


async def give(
    tx: Tx, caller: Caller, *, application_id: UUID, kind: DocumentKind, content: bytes, keys: SealingKeys
) -> Document:
    """Kept sealed, with the hash of what was given. Raises what the rules refuse, DocumentGivenBefore, TooManyDocuments."""
    application = await application_actions.visible(tx, caller, application_id)
    if application.state not in application_actions.TAKES_DOCUMENTS:
        raise NotAllowedInState("the application takes no documents any more", state=application.state.value)
    if await queries.count(tx.connection, application_id) >= rules.MOST_DOCUMENTS:
        raise TooManyDocuments(f"an application has at most {rules.MOST_DOCUMENTS} documents", field="content")
    document = Document(
        id=tx.ids.new(),
        application_id=application_id,
        kind=kind,
        media_type=rules.media_type_of(content),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).digest(),
        given_by=caller.subject,
        given_at=tx.now,
    )
    sealed = keys.of(PURPOSE).seal(document.id, base64.b64encode(content).decode())
    if not await queries.add(tx.connection, document, sealed):
        raise DocumentGivenBefore("the application has this document", field="content")
    return document


def opened(keys: SealingKeys, document_id: UUID, sealed: bytes) -> bytes:
    """Raises CannotOpen."""
    return base64.b64decode(keys.of(PURPOSE).open(document_id, sealed))
