"""Who may take part, by licence: kinds for clearing are those that may both charge and pay out, by what was agreed with the channels."""

from chassis.database import Tx
from chassis.errors import Conflict
from services.payments.channels.contracts import policy
from services.payments.channels.model import InstructionKind
from services.payments.clearing import participant_queries, rules


def clearing_kinds() -> frozenset[str]:
    return frozenset(kind for kind, may in policy().licences.items() if may >= set(InstructionKind))


async def not_in_good_standing(tx: Tx) -> frozenset[int]:
    """Numbers of those that may not take part today: what they pay or get waits."""
    participants = await participant_queries.all_participants(tx.connection)
    licences = await participant_queries.licences_of(tx.connection, participants)
    kinds, found = clearing_kinds(), set()
    for number, participant in participants.items():
        try:
            rules.require_good_standing(participant, licences[number], tx.today, kinds, "participant")
        except Conflict:
            found.add(number)
    return frozenset(found)
