"""Which papers are taken, and which a decision of staff needs."""

from collections.abc import Iterable, Mapping

from services.p2p.documents.model import DocumentKind
from services.p2p.errors import DocumentsMissing, DocumentTypeNotTaken

LARGEST_BYTES = 1_048_576
MOST_DOCUMENTS = 20
FIRST_BYTES: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def media_type_of(content: bytes) -> str:
    """By what it begins with, whatever its name says. Raises DocumentTypeNotTaken."""
    for media_type, beginning in FIRST_BYTES.items():
        if content.startswith(beginning):
            return media_type
    raise DocumentTypeNotTaken("PDF, JPEG and PNG are taken", field="content", taken=list(FIRST_BYTES))


def require_papers(had: Iterable[DocumentKind], *, organisation: bool) -> None:
    """What staff must have seen before it lends much. Raises DocumentsMissing."""
    needed = {DocumentKind.BUSINESS_LICENCE} if organisation else {DocumentKind.PROOF_OF_INCOME}
    missing = sorted(kind.value for kind in needed - set(had))
    if missing:
        raise DocumentsMissing("documents are needed before so much is approved", field="decision", missing=missing)
