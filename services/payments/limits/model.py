"""What a person may pay out of her balance, and what of it she has used."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Subject(StrEnum):
    """What a figure limits: payments of a class (类别), or of a day by how they were confirmed."""

    CLASS_I = "class_i"
    CLASS_II = "class_ii"
    CLASS_III = "class_iii"
    UNDER_TWO_FACTORS = "under_two_factors"
    TWO_FACTORS = "two_factors"


CLASSES = (Subject.CLASS_I, Subject.CLASS_II, Subject.CLASS_III)


class Period(StrEnum):
    LIFE = "life"
    YEAR = "year"
    DAY = "day"


class Confirmation(StrEnum):
    """How a payment was confirmed. Of each kind a day's payments are added up apart."""

    UNDER_TWO_FACTORS = "under_two_factors"
    TWO_FACTORS = "two_factors"
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Figure:
    """A limit in force from a day until a later figure of the subject. amount: CNY, in fen; checks: independent ones a class needs."""

    subject: Subject
    period: Period
    amount: int
    checks: int | None
    face_to_face: bool
    wealth_products: bool
    valid_from: date
    source: str


@dataclass(frozen=True)
class StatedFigure:
    """A figure as it is kept: of two for one day the one stated later counts. position: their order, given when it is kept."""

    id: UUID
    figure: Figure
    stated_by: str
    stated_at: datetime
    position: int = 0


@dataclass(frozen=True)
class StatedRate:
    """What a unit of a currency counts in CNY on a day; of two the one stated later."""

    id: UUID
    currency: str
    rate_on: date
    rate: Decimal
    source: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class Usage:
    """What a person has used, in fen. year and day: of counted_on, the day of her last payment; a day's by confirmation."""

    holder_id: UUID
    counted_on: date | None = None
    life: int = 0
    year: int = 0
    under_two_factors: int = 0
    two_factors: int = 0
    certificate: int = 0


@dataclass(frozen=True)
class Taking:
    """A payment that counts. amount and given_back in its currency, counted and counted_back in fen.

    source: the story's own name of it; round: 2 if it was given back and paid again; reference: what its transfers carry.
    """

    source: str
    round: int
    holder_id: UUID
    customer_id: UUID
    amount: int
    currency: str
    counted: int
    confirmation: Confirmation
    taken_on: date
    taken_at: datetime
    reference: str
    given_back: int = 0
    counted_back: int = 0


@dataclass(frozen=True)
class Payment:
    """Out of a customer's balance, or a hold for one. amount in minor units; source: its own id (`ord_…`), another for each.

    factors: how many confirmed it, her access token counted; reference: what its transfers carry, if that is not the source.
    """

    customer_id: UUID
    amount: int
    currency: str
    source: str
    factors: int
    reference: str | None = None


@dataclass(frozen=True)
class Payer:
    """A customer who proved who she is. checks: independent ones passed; agreed_daily: of payments by certificate, fen."""

    customer_id: UUID
    holder_id: UUID
    checks: int
    face_to_face: bool
    certificate_until: date | None
    agreed_daily: int | None


@dataclass(frozen=True)
class Standing:
    """All that a decision needs. usage: as locked; rate: of the payment's currency on the day; taken: the last taking of its source."""

    payer: Payer
    usage: Usage
    figures: tuple[Figure, ...]
    rate: Decimal | None
    taken: Taking | None
