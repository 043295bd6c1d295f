"""Which answers of payments are its last word, and which ask for another try."""

from uuid import UUID

from clients.errors import Refused
from clients.ids import decode

LAST_WORD = frozenset({404, 409, 422})
NOT_NOW = frozenset({"in_progress"})


def is_final(refused: Refused) -> bool:
    """True for a refusal by a rule of payments.

    Not for a token it does not take, a request it cannot read or an id used for something else: those are faults, tried again
    until somebody looks.
    """
    if refused.code in NOT_NOW or refused.code.startswith("exists_"):
        return False
    return refused.status in LAST_WORD


def refused_in_batch(refused: Refused) -> dict[UUID, str]:
    """Of an atomic batch that was refused: the transfers at fault, by id, and why. The others share their fate, not their fault."""
    results = refused.facts.get("results") or []
    harmless = {"created", "exists", "batch_refused"}
    return {decode("trf", one["id"]): one["result"] for one in results if one["result"] not in harmless}


def reason_of(refused: Refused) -> str:
    """Why an atomic batch was refused: of the first transfer at fault, or of the batch as a whole."""
    return next(iter(refused_in_batch(refused).values()), refused.code)
