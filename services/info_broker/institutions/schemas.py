"""Institutions on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from chassis import wire
from chassis.ids import TypeId
from services.info_broker.institutions.model import Institution, LicenceState
from services.info_broker.institutions.profile import Channel, InstitutionKind, Licence, Listing, ServiceChannel
from services.info_broker.institutions.rules import licence_state

InstitutionId = Annotated[UUID, TypeId("ins")]


class InstitutionAnswer(wire.Answer):
    """A version of an institution's profile. licence_state: on the day asked about; source, as_of_on: the evidence and its date."""

    id: InstitutionId
    code: str
    version: int
    known_since_at: datetime
    kind: InstitutionKind
    name: str
    short_name: str
    name_en: str | None
    regulator: str
    licences: list[Licence]
    licence_state: LicenceState
    listing: Listing | None
    custody_bank: str | None
    service_channels: list[ServiceChannel]
    website: str | None
    product_name_prefixes: list[str]
    takes_leads: bool
    source: str
    as_of_on: date


class InstitutionSummary(wire.Answer):
    """What stands beside a product."""

    id: InstitutionId
    code: str
    kind: InstitutionKind
    short_name: str
    licence_state: LicenceState


def institution_answer(institution: Institution, day: date) -> InstitutionAnswer:
    content: dict[str, Any] = dict(institution.content)
    return InstitutionAnswer(
        id=institution.id,
        version=institution.version,
        known_since_at=institution.valid_from,
        licence_state=licence_state(institution.licences, day),
        licences=[Licence.model_validate(licence) for licence in content.pop("licences")],
        as_of_on=date.fromisoformat(content.pop("as_of_on")),
        **content,
    )


def institution_summary(institution: Institution, day: date) -> InstitutionSummary:
    return InstitutionSummary(
        id=institution.id,
        code=institution.code,
        kind=institution.content["kind"],
        short_name=institution.short_name,
        licence_state=licence_state(institution.licences, day),
    )


__all__ = [
    "Channel",
    "InstitutionAnswer",
    "InstitutionId",
    "InstitutionSummary",
    "institution_answer",
    "institution_summary",
]
