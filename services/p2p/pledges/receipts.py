"""The document that a giver receives for a gift to the public benefit."""

import hashlib
import json
from datetime import datetime

from services.p2p.pledges.model import Pledge, Receipt
from services.p2p.projects.model import Project
from services.p2p.wire_ids import pledge_text, project_text


def receipt_of(project: Project, pledge: Pledge, now: datetime) -> Receipt:
    """Ids, amount and date, in one canonical form (JSON, keys sorted, UTF-8), of which the hash is kept: no personal data."""
    facts = {
        "kind": "gift_for_public_benefit",
        "receipt": pledge_text(pledge.id),
        "project": project_text(project.id),
        "title": project.title,
        "giver": pledge.backer,
        "amount_minor": pledge.amount_minor,
        "currency": pledge.currency,
        "received_at": now.isoformat(),
    }
    document = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Receipt(pledge.id, document, hashlib.sha256(document.encode()).digest(), now)
