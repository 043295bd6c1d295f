"""Which kinds of licences are for clearing: those that may both charge and pay out, by what was agreed with the channels."""

from services.payments.channels.contracts import policy
from services.payments.channels.model import InstructionKind


def clearing_kinds() -> frozenset[str]:
    return frozenset(kind for kind, may in policy().licences.items() if may >= set(InstructionKind))
