"""Stories of categories: an operator sets how long each party of a trade has."""

from collections.abc import Mapping
from datetime import datetime

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.trades import category_queries
from services.payments.trades.errors import CategoryVersionExists, EvidenceOutlastsRuling, ValidFromInPast
from services.payments.trades.model import TradeCategory


async def set_category(
    tx: Tx,
    caller: Caller,
    *,
    category: str,
    valid_from: datetime | None,
    times: Mapping[str, int],
    default_buyer_share: int,
    source: str,
) -> TradeCategory:
    """A new version, from now or later; trades made before keep theirs.

    Raises ValidFromInPast, EvidenceOutlastsRuling, CategoryVersionExists.
    """
    if valid_from is not None and valid_from < tx.now:
        raise ValidFromInPast("what was in force stays what it was", field="valid_from")
    if times["evidence_seconds"] > times["ruling_seconds"]:
        raise EvidenceOutlastsRuling("a ruling comes after the evidence", field="evidence_seconds")
    version = TradeCategory(
        id=tx.ids.new(),
        category=category,
        valid_from=valid_from or tx.now,
        default_buyer_share=default_buyer_share,
        source=source,
        set_by=caller.subject,
        set_at=tx.now,
        **times,
    )
    if not await category_queries.add_category(tx.connection, version):
        raise CategoryVersionExists("the category has a version from this instant", field="valid_from")
    return version
