"""Institutions: who stands behind a product."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class LicenceState(StrEnum):
    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LicencePeriod:
    """When a licence holds; None is open."""

    kind: str
    valid_from_on: date | None
    valid_until_on: date | None


@dataclass(frozen=True, slots=True)
class Institution:
    """One version of an institution. content: its profile as it was published, in JSON values; valid_from: when it became known."""

    id: UUID
    code: str
    version: int
    valid_from: datetime
    content: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.content["kind"])

    @property
    def short_name(self) -> str:
        return str(self.content["short_name"])

    @property
    def takes_leads(self) -> bool:
        return bool(self.content["takes_leads"])

    @property
    def licences(self) -> tuple[LicencePeriod, ...]:
        return tuple(
            LicencePeriod(item["kind"], _day(item["valid_from_on"]), _day(item["valid_until_on"]))
            for item in self.content["licences"]
        )

    @property
    def search_words(self) -> str:
        """The names under which people look for it."""
        names = (self.content["name"], self.content["short_name"], self.content["name_en"])
        return " ".join(name for name in names if name)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
