"""How the identity service behaves, by the sequence (digits 15 to 17) of the identity number. Any other number: as a service should."""

from sandbox.identity.model import Behaviour, Source

FIVE_MINUTES = 300
BEHAVIOURS = {
    "991": Behaviour(code="no_record"),
    "992": Behaviour(code="no_record", all_but=Source.POLICE),
    "993": Behaviour(ready_seconds=FIVE_MINUTES),
    "994": Behaviour(code="document_cancelled", ready_seconds=FIVE_MINUTES),
    "995": Behaviour(ready_seconds=None),
    "996": Behaviour(answers=False),
    "997": Behaviour(answers=False, recorded=False),
}


def behaviour_of(number: str) -> Behaviour:
    return BEHAVIOURS.get(number[14:17], Behaviour())


def code_of(behaviour: Behaviour, channel: Source, name: str, known_as: str) -> str | None:
    """Why a source does not confirm, None if it does."""
    if name != known_as:
        return "name_differs"
    return None if channel is behaviour.all_but else behaviour.code
