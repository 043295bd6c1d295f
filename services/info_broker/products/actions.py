"""Changing the catalogue: always many products at once, each change a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.database import Tx
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.institutions.rules import recognise
from services.info_broker.products import queries
from services.info_broker.products.model import ProductDraft
from services.info_broker.products.rules import content_hash, words_of
from services.info_broker.search.tokens import document_tokens, search_text

CHUNK = 1000


async def publish(tx: Tx, drafts: Sequence[ProductDraft]) -> tuple[int, int]:
    """Insert or change products, each (source, code) at most once. Answers created, changed; the others were the same."""
    if not drafts:
        return 0, 0
    concerned = {draft.institution_id for draft in drafts if draft.institution_id is not None}
    known = await institution_queries.load_many(tx.connection, concerned)
    words = {institution_id: institution.search_words for institution_id, institution in known.items()}
    return await queries.save(tx.connection, [_row(tx.ids.new(), draft, words) for draft in drafts], tx.now)


async def follow_institutions(tx: Tx, institution_ids: Iterable[UUID]) -> int:
    """After institutions changed: their products, and funds named like theirs, are recognised anew and found by the new names.

    Answers how many products got another institution (a version each).
    """
    ids = set(institution_ids)
    prefixes = await institution_queries.prefixes(tx.connection)
    changed, after = 0, None
    while found := await queries.drafts_concerned(tx.connection, ids, after=after, limit=CHUNK):
        drafts = [draft for _, draft in found]
        recognised = [_recognised(draft, prefixes) for draft in drafts]
        moved = [new for old, new in zip(drafts, recognised, strict=True) if new.institution_id != old.institution_id]
        changed += (await publish(tx, moved))[1]
        await _refresh_words(tx, found, recognised)
        after = found[-1][0]
    return changed


def _recognised(draft: ProductDraft, prefixes: Mapping[str, UUID]) -> ProductDraft:
    """Only funds are recognised by name; other products name their institution themselves."""
    return replace(draft, institution_id=recognise(draft.name, prefixes)) if draft.kind == "fund" else draft


async def _refresh_words(
    tx: Tx, found: Sequence[tuple[UUID, ProductDraft]], recognised: Sequence[ProductDraft]
) -> None:
    owners = {draft.institution_id for draft in recognised if draft.institution_id is not None}
    known = await institution_queries.load_many(tx.connection, owners)
    rows = []
    for (product_id, _), draft in zip(found, recognised, strict=True):
        owner = known.get(draft.institution_id) if draft.institution_id else None
        words = words_of(draft, owner.search_words if owner else "")
        rows.append({"id": product_id.hex, "tokens": document_tokens(words), "search_text": search_text(words)})
    await queries.refresh_words(tx.connection, rows)


def _row(product_id: UUID, draft: ProductDraft, institution_words: Mapping[UUID, str]) -> dict[str, Any]:
    owner = draft.institution_id
    words = words_of(draft, institution_words.get(owner, "") if owner else "")
    return {
        "id": product_id.hex,
        "source": draft.source,
        "code": draft.code,
        "kind": draft.kind,
        "type": draft.type,
        "name": draft.name,
        "name_en": draft.name_en,
        "initials": draft.initials,
        "pinyin": draft.pinyin,
        "institution_id": owner.hex if owner else None,
        "status": draft.status,
        "terms": dict(draft.terms),
        "content_hash": content_hash(draft).hex(),
        "tokens": document_tokens(words),
        "search_text": search_text(words),
    }
