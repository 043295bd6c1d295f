"""What a credit bureau knows: borrowings, each told by its lender, of persons it knows by a hash alone."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Borrowing:
    """owed, past_due: minor units. reference: the lender's own."""

    lender: str
    reference: str
    person: str
    currency: str
    owed: int
    past_due: int
    told_at: datetime


@dataclass(frozen=True)
class Report:
    """What was answered to one question, and stays answered. owed, past_due: over all lenders but the asker, in minor units."""

    reference: str
    asker: str
    person: str
    currency: str
    lenders: int
    owed: int
    past_due: int
    asked_at: datetime
