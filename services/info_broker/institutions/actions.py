"""Changing what is said about institutions: always many at once, each change a version."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Tx
from services.info_broker.institutions import queries
from services.info_broker.institutions.model import Institution
from services.info_broker.institutions.profile import Profile


async def publish(tx: Tx, profiles: Sequence[Profile]) -> Sequence[Institution]:
    """Insert or change institutions, each code and each prefix once; answers those that are new (version 1) or changed."""
    if not profiles:
        return []
    saved = await queries.save(tx.connection, [_row(tx.ids.new(), profile) for profile in profiles], tx.now)
    await queries.replace_prefixes(tx.connection, saved)
    return saved


def _row(institution_id: UUID, profile: Profile) -> dict[str, Any]:
    content = profile.model_dump(mode="json")
    written = json.dumps(content, sort_keys=True).encode()
    return {
        "id": institution_id.hex,
        "code": profile.code,
        "kind": profile.kind,
        "short_name": profile.short_name,
        "content": content,
        "content_hash": hashlib.blake2b(written, digest_size=16).hexdigest(),
    }
