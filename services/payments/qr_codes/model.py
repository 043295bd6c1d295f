"""What stands in a payment code of EMV QRCPS, presented by the merchant or by the consumer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Initiation(StrEnum):
    """static: the same code for many payments, the payer types the amount; dynamic: a code for one payment."""

    STATIC = "static"
    DYNAMIC = "dynamic"


class TipKind(StrEnum):
    PROMPT = "prompt"
    FIXED = "fixed"
    PERCENT = "percent"


@dataclass(frozen=True)
class Tip:
    """amount: minor units, of a fixed fee; percent: as written in the code, such as "5.50"."""

    kind: TipKind
    amount: int | None = None
    percent: str | None = None


@dataclass(frozen=True)
class Template:
    """Data of one payment network. identifier: globally unique, its sub-tag 00; fields: the other sub-tags in their order."""

    identifier: str
    fields: tuple[tuple[str, str], ...] = ()

    def field(self, tag: str) -> str | None:
        return dict(self.fields).get(tag)


@dataclass(frozen=True)
class LocalName:
    """The merchant in its own script. language: ISO 639-1, such as ZH."""

    language: str
    name: str
    city: str | None = None


@dataclass(frozen=True)
class MerchantPresented:
    """accounts: tag (02 to 51) with what it holds, 26 and above a template; amount: minor units; additional: sub-tags of 62."""

    accounts: tuple[tuple[str, str | Template], ...]
    category_code: str
    currency: str
    country: str
    name: str
    city: str
    initiation: Initiation | None = None
    amount: int | None = None
    tip: Tip | None = None
    postal_code: str | None = None
    additional: tuple[tuple[str, str], ...] = ()
    local: LocalName | None = None
    unreserved: tuple[tuple[str, Template], ...] = ()


@dataclass(frozen=True)
class Tlv:
    """tag: in hexadecimal; value: bytes, or what a constructed object holds."""

    tag: str
    value: "bytes | tuple[Tlv, ...]"


@dataclass(frozen=True)
class ConsumerPresented:
    """applications: the objects of each application template (61), first its identifier (4F); common: those of 62."""

    applications: tuple[tuple[Tlv, ...], ...]
    common: tuple[Tlv, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What a merchant's codes show beside what its orders say. category_code: ISO 18245; city and latin_name: printable ASCII."""

    merchant_id: UUID
    category_code: str
    latin_name: str
    city: str
    country: str
    postal_code: str | None
    changed_at: datetime


@dataclass(frozen=True)
class Named:
    """Whom a code of ours names. order_id: of a dynamic one."""

    merchant_id: UUID
    order_id: UUID | None
