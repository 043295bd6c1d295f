"""Events of programmes."""

from datetime import date

from chassis.wire import Answer
from services.p2p.programmes.model import AnyProgramme

VERSION_ADDED = "p2p.programme.version_added.v1"


class ProgrammeTold(Answer):
    """What is made from valid_from on keeps to another version."""

    programme: str
    version: int
    kind: str
    valid_from: date


EVENT_TYPES: dict[str, type[Answer]] = {VERSION_ADDED: ProgrammeTold}


def told(programme: AnyProgramme) -> dict[str, object]:
    return ProgrammeTold(
        programme=programme.code, version=programme.version, kind=programme.kind, valid_from=programme.valid_from
    ).model_dump(mode="json")
