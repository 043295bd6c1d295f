"""A version of a programme as the document that its row keeps: rates are decimal strings there."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.p2p.programmes.model import AnyProgramme, FundingProgramme, Programme, ProgrammeKind

_SHAPES: Mapping[str, type[AnyProgramme]] = {
    ProgrammeKind.LENDING: Programme,
    ProgrammeKind.CROWDFUNDING: FundingProgramme,
}


def programme_of(terms: Mapping[str, Any]) -> AnyProgramme:
    """What a version did not know yet is as it was then."""
    return msgspec.convert(terms, _SHAPES[terms.get("kind", ProgrammeKind.LENDING)])


def terms_of(programme: AnyProgramme) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(programme)
    return document
