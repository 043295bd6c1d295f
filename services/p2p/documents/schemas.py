"""Documents on the wire. Content goes in as base64 and comes out to operators alone."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chassis import wire
from services.p2p.documents.model import Document
from services.p2p.documents.rules import LARGEST_BYTES
from services.p2p.wire_ids import DocumentId

KindName = Literal[
    "identity_card",
    "proof_of_income",
    "bank_statement",
    "proof_of_employment",
    "business_licence",
    "paper_application",
    "other",
]


def _decodable(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("base64 is expected") from None
    return text


Content = Annotated[str, Field(min_length=8, max_length=(LARGEST_BYTES + 2) // 3 * 4), AfterValidator(_decodable)]


class DocumentRequest(wire.Request):
    """content: a PDF, JPEG or PNG of at most 1 MiB, in base64."""

    kind: KindName
    content: Content


class DocumentAnswer(wire.Answer):
    """sha256: of the content, in hexadecimal; given_by: `cus_…` or `stf_…`."""

    id: DocumentId
    kind: KindName
    media_type: str
    size_bytes: int
    sha256: str
    given_by: str
    given_at: datetime


class DocumentsAnswer(wire.Answer):
    items: list[DocumentAnswer]


class ContentAnswer(DocumentAnswer):
    """content: base64."""

    content: str


def document_answer(document: Document) -> DocumentAnswer:
    return DocumentAnswer(**_shown(document))


def content_answer(document: Document, content: bytes) -> ContentAnswer:
    return ContentAnswer(**_shown(document), content=base64.b64encode(content).decode())


def _shown(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "kind": document.kind.value,
        "media_type": document.media_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256.hex(),
        "given_by": document.given_by,
        "given_at": document.given_at,
    }
