"""Shapes every service shares on the wire: strict input, stable answers, amounts in minor units."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

LARGEST_AMOUNT = 2**53 - 1


class Request(BaseModel):
    """Input: no coercion (100.0, "100" and true are no amounts), no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """Output. Fields are only ever added within v1."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("a decimal string is expected")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("a decimal string is expected") from None
    if not number.is_finite():
        raise ValueError("a finite number is expected")
    return number


def _in_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return value


def _instant(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Amount = Annotated[int, Field(strict=True, ge=1, le=LARGEST_AMOUNT, description="minor units")]
AmountOrZero = Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT, description="minor units")]
SignedAmount = Annotated[int, Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, description="minor units")]
Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3,5}$", description="ISO 4217 code, or the code of a unit", examples=["CNY"])
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
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A business day from `YYYY-MM-DD`; plain `date` refuses text in strict input."""
