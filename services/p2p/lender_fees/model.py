"""What a lender pays the platform for looking after her interest (利息管理费): a share of it by tier, at most so much in a month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.p2p.programmes.model import LenderFees


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged to a lender under a programme, all its versions together, in a calendar month. month: its first day."""

    holder: str
    programme: str
    month: date
    charged_minor: int


@dataclass(frozen=True, slots=True)
class Chargeable:
    """What decides on fees of a lender's interest of a loan. fees: of the version it was made under; lent_minor: all she has ever lent in
    its currency; charged_minor: under the programme in the month, of which `month` is the first day."""

    fees: LenderFees
    lent_minor: int
    charged_minor: int
    month: date


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lender stands under a programme's newest version. lent_minor: all she has ever lent in its currency.

    next_from_minor, next_rate: the tier above hers; room_minor: what may still be charged this month, None without a cap.
    """

    programme: str
    version: int
    currency: str
    lent_minor: int
    interest_rate: Decimal
    next_from_minor: int | None
    next_rate: Decimal | None
    charged_minor: int
    room_minor: int | None
