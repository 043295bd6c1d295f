"""A paid placement. It buys a marked place beside the results, never a rank among them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Placement:
    """advertiser: who pays, as shown to the reader; shown from begins_at until before ends_at; recorded_by: the party."""

    id: UUID
    product_id: UUID
    advertiser: str
    begins_at: datetime
    ends_at: datetime
    recorded_at: datetime
    recorded_by: str
