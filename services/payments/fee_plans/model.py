"""What a merchant pays for being paid: plans in versions, each of which stays as it was published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

MILLION = 1_000_000
FeeRounding = Literal["half_up", "down", "up"]
LARGEST_VOLUME = 2**63 - 1


@dataclass(frozen=True)
class Tier:
    """Of the month's volume what lies from lower_minor to before upper_minor is charged at rate_millionths."""

    lower_minor: int
    upper_minor: int
    rate_millionths: int


@dataclass(frozen=True)
class FeePlan:
    """Amounts in minor units, rates in millionths (0.6 % is 6,000).

    code: what its versions have in common. The first free_quota_minor of a month's volume cost nothing.
    minimum_minor, cap_minor: of one order. tiers: from 0 on, without a gap; the last has no end.
    """

    id: UUID
    code: str
    version: int
    name: str
    currency: str
    rounding: FeeRounding
    minimum_minor: int
    cap_minor: int | None
    free_quota_minor: int
    tiers: tuple[Tier, ...]
    published_at: datetime
    published_by: str
