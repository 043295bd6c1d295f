"""What of a draft makes it another version, and by which words it is found."""

import hashlib
import json
from typing import Any
from uuid import UUID

from services.info_broker.products.model import ProductDraft

# What people type in English for a type that its Chinese name does not spell out.
_ENGLISH = {
    "mixed": "mixed balanced",
    "closed_term_bond": "bond closed term",
    "equity_index": "index equity stock",
    "bond_index": "index bond",
    "equity": "equity stock",
    "etf": "etf exchange traded",
    "mixed_fund_of_funds": "fund of funds fof",
    "equity_fund_of_funds": "fund of funds fof",
}


def words_of(draft: ProductDraft, institution_words: str) -> list[str | None]:
    """The texts a search looks at: the first five are also ranked by, the others only found by."""
    type_words = _ENGLISH.get(draft.type, draft.type.replace("_", " "))
    english = f"{type_words} {draft.kind.replace('_', ' ')}"
    return [draft.code, draft.initials, draft.pinyin, draft.name, draft.name_en, english, institution_words]


def content_hash(draft: ProductDraft) -> bytes:
    """Same hash, same version: over everything a user is shown, and what it is found by."""
    content: dict[str, Any] = {
        "kind": draft.kind,
        "name": draft.name,
        "name_en": draft.name_en,
        "initials": draft.initials,
        "pinyin": draft.pinyin,
        "institution_id": _hex(draft.institution_id),
        "status": draft.status,
        "terms": dict(draft.terms),
    }
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16).digest()


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex
