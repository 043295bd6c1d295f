"""A campaign (营销活动), its budget, and the vouchers (卡券) issued under it.

Amounts in minor units of the campaign's currency. `reserved` of a campaign is what its claimed vouchers may still cost: the budget
account always has at least that, so that a voucher once claimed is honoured.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class CampaignState(StrEnum):
    OPEN = "open"
    SETTLING = "settling"
    """Nothing is claimed any more; claimed vouchers are honoured until they expire, and what none of them needs has gone back."""
    ENDED = "ended"


class Benefit(StrEnum):
    """What a voucher gives."""

    AMOUNT_OFF = "amount_off"
    """满减券: an amount off an order from a threshold on."""
    EXTRA_RATE = "extra_rate"
    """加息券: a rate on top of an investment's, for at most so many days on at most so much of it."""
    TRIAL_PRINCIPAL = "trial_principal"
    """体验金: a principal that is never paid, whose income is."""


class VoucherState(StrEnum):
    CLAIMED = "claimed"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Campaign:
    """owner: of the account that funds it; what is left goes back there. due_at: when it goes on by itself; None once ended."""

    id: UUID
    owner: str
    name: str
    currency: str
    account_id: UUID
    funding_account_id: UUID
    state: CampaignState
    reserved: int
    starts_at: datetime
    ends_at: datetime
    due_at: datetime | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Terms:
    """What a kind of voucher is worth, and where.

    amount_off with threshold: of AMOUNT_OFF. principal, rate (a year), days: of the two others; of EXTRA_RATE the most that count.
    stack_group: vouchers of different groups go together, of one group at most `most_per_subject`; None: alone. comes_back: after a full
    refund the voucher may be used again.
    """

    benefit: Benefit
    amount_off: int | None = None
    threshold: int | None = None
    principal: int | None = None
    rate: Decimal | None = None
    days: int | None = None
    stack_group: str | None = None
    most_per_subject: int = 1
    comes_back: bool = False


@dataclass(frozen=True)
class VoucherKind:
    """stock: how many may be claimed, `claimed` how many were; reserve: the most that one can cost."""

    id: UUID
    campaign_id: UUID
    name: str
    terms: Terms
    stock: int
    claimed: int
    per_person: int
    valid_days: int
    reserve: int
    made_at: datetime


@dataclass(frozen=True)
class Voucher:
    id: UUID
    kind_id: UUID
    campaign_id: UUID
    customer_id: UUID
    state: VoucherState
    reserve: int
    claimed_at: datetime
    claimed_on: date
    expires_at: datetime
    expired_on: date | None


@dataclass(frozen=True)
class VoucherUse:
    """A voucher spent on a subject (`ord_…`, `bid_…`). cost: paid out of the budget; returned: what refunds brought back of it.

    given_back_on: the day the voucher itself came back to its holder after a full refund.
    """

    id: UUID
    voucher_id: UUID
    kind_id: UUID
    campaign_id: UUID
    subject: str
    subject_amount: int
    cost: int
    returned: int
    payee_account_id: UUID
    transfer_id: UUID
    used_at: datetime
    used_on: date
    given_back_on: date | None


@dataclass(frozen=True)
class VoucherReturn:
    """What one refund brought back of a use's cost. part: 1, 2, … of the use."""

    id: UUID
    use_id: UUID
    part: int
    amount: int
    transfer_id: UUID
    returned_at: datetime
    returned_on: date


@dataclass(frozen=True)
class DayFigures:
    """One business day of a campaign. cost: paid out that day; returned: brought back by refunds that day."""

    day: date
    claimed: int
    used: int
    expired: int
    cost: int
    returned: int


@dataclass(frozen=True)
class CampaignFigures:
    """issued: the stock of all kinds; outstanding: claimed and neither used nor expired; cost, returned as of a day, over all days."""

    issued: int
    claimed: int
    used: int
    expired: int
    outstanding: int
    cost: int
    returned: int
