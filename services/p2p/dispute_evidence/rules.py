"""The states of evidence, when it is sent, and what it says.

| evidence | event | by | to |
|---|---|---|---|
| noted | fix | time, or staff: what was paid with the debit is known | giving |
| noted | give_up | the deadline: it is not | unmatched |
| giving | give | payments took it | given |
| giving | refuse | payments did not | refused |
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.p2p.dispute_evidence.model import DisputeEvidence, EvidenceEvent, EvidenceState, Known
from services.p2p.errors import NotAllowedInState

LONGEST = 4_000
"""Characters that payments takes."""
LOOK_AGAIN = timedelta(hours=1)
_S, _E = EvidenceState, EvidenceEvent
TRANSITIONS: Mapping[tuple[EvidenceState, EvidenceEvent], EvidenceState] = {
    (_S.NOTED, _E.FIX): _S.GIVING,
    (_S.NOTED, _E.GIVE_UP): _S.UNMATCHED,
    (_S.GIVING, _E.GIVE): _S.GIVEN,
    (_S.GIVING, _E.REFUSE): _S.REFUSED,
}


def next_state(evidence: DisputeEvidence, event: EvidenceEvent) -> EvidenceState:
    """Raises NotAllowedInState."""
    state = TRANSITIONS.get((evidence.state, event))
    if state is None:
        detail = f"evidence that is {evidence.state} cannot {event}"
        raise NotAllowedInState(detail, field="state", state=evidence.state.value)
    return state


def send_at(now: datetime, answer_by: datetime) -> datetime:
    """Half of the time is staff's to add something, half is left for whatever is away to be back."""
    return now + max(answer_by - now, timedelta(0)) / 2


def text_of(known: Known, added: str | None) -> str:
    """What is sent: staff's own words first, for the end is what is cut off."""
    return "\n".join([*([added] if added else []), *known.lines])[:LONGEST]
