"""The SQL of documents."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.documents.model import Document, DocumentKind
from services.p2p.documents.tables import application_documents

_COLUMNS = [application_documents.c[name] for name in Document.__slots__]


async def add(connection: AsyncConnection, document: Document, sealed: bytes) -> bool:
    """False if the application has a document of the same content."""
    values = asdict(document) | {"kind": document.kind.value, "content": sealed}
    statement = upsert(application_documents).values(values).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def count(connection: AsyncConnection, application_id: UUID) -> int:
    wanted = select(func.count()).where(application_documents.c.application_id == application_id)
    return int((await connection.execute(wanted)).scalar_one())


async def of_application(connection: AsyncConnection, application_id: UUID) -> list[Document]:
    wanted = select(*_COLUMNS).where(application_documents.c.application_id == application_id)
    found = await connection.execute(wanted.order_by(application_documents.c.given_at, application_documents.c.id))
    return [_document(row) for row in found]


async def sealed_content(
    connection: AsyncConnection, application_id: UUID, document_id: UUID
) -> tuple[Document, bytes] | None:
    wanted = select(*_COLUMNS, application_documents.c.content).where(
        application_documents.c.id == document_id, application_documents.c.application_id == application_id
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else (_document(row), bytes(row.content))


def _document(row: Any) -> Document:
    values = {name: getattr(row, name) for name in Document.__slots__}
    return Document(**values | {"kind": DocumentKind(row.kind), "sha256": bytes(row.sha256)})
