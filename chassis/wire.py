"""Shapes every service shares on the wire: strict input, stable answers, amounts in minor units."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

LARGEST_AMOUNT = 2**53 - 1
EARLIEST_YEAR, LATEST_YEAR = 1800, 2999
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DateOrInstant = TypeVar("DateOrInstant", date, datetime)


class Request(BaseModel):
    """Input: no coercion (100.0, "100" and true are no amounts), no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """Output. Fields are only ever added within v1."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    # No exponents: 1e999999 is eight characters here and a million of them written out.
    if not isinstance(value, str) or len(value) > 40 or not _DECIMAL.fullmatch(value):
        raise ValueError("a decimal string is expected")
    return Decimal(value)


def _in_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return _in_reach(value)


def _in_reach(value: DateOrInstant) -> DateOrInstant:
    """Every zone can hold it, and a term can be added to it."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"a year from {EARLIEST_YEAR} to {LATEST_YEAR} is expected")
    return value


def minutes_of_day(time_of_day: str) -> int:
    """Of `17:00`, whose form the field has checked; `24:00` is the day's end."""
    hours, _, minutes = time_of_day.partition(":")
    return int(hours) * 60 + int(minutes)


def time_of_day(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


def _instant(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Amount = Annotated[int, Field(strict=True, ge=1, le=LARGEST_AMOUNT, description="minor units")]
AmountOrZero = Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT, description="minor units")]
SignedAmount = Annotated[int, Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, description="minor units")]
CURRENCY_PATTERN = r"^[A-Z]{3,5}$"
Currency = Annotated[
    str, Field(pattern=CURRENCY_PATTERN, description="ISO 4217 code, or the code of a unit", examples=["CNY"])
]
Rate = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["0.1200"]}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_in_zone),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant with its offset, from an ISO 8601 string."""


def _day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[
    date, BeforeValidator(_day), AfterValidator(_in_reach), WithJsonSchema({"type": "string", "format": "date"})
]
"""A business day from `YYYY-MM-DD`; plain `date` refuses text in strict input."""
