"""Decisions on hits and on what is remembered of a subject. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.payments.screening.errors import HitDecided, SecondOperatorNeeded
from services.payments.screening.model import OPEN, Hit, HitState, Outcome

REMEMBERED = timedelta(days=30)
"""After which a name is compared again, whether or not a list has changed."""
FREEZE_REASON = "confirmed on a list of sanctions"
DECIDED_WITHIN = timedelta(days=3)
CLEAREST = (HitState.CONFIRMED, HitState.WAITING, HitState.CLEARANCE_PROPOSED, HitState.CLEARED)
_OUTCOMES = {
    HitState.CONFIRMED: Outcome.CONFIRMED,
    HitState.WAITING: Outcome.HIT,
    HitState.CLEARANCE_PROPOSED: Outcome.HIT,
    HitState.CLEARED: Outcome.CLEARED,
}


def outcome_of(hits: Iterable[Hit]) -> tuple[Outcome, int]:
    """Of all hits of a subject, and the best score among those that decide it."""
    standing = [hit for hit in hits if hit.state is not HitState.WITHDRAWN]
    if not standing:
        return Outcome.CLEAR, 0
    worst = min(standing, key=lambda hit: CLEAREST.index(hit.state))
    outcome = _OUTCOMES[worst.state]
    return outcome, max(hit.score for hit in standing if _OUTCOMES[hit.state] is outcome)


def cleared(hit: Hit, operator: str, reason: str, now: datetime) -> Hit:
    """Proposed by the first operator, done by the second; until then a confirmed hit stays in force.

    Raises HitDecided, SecondOperatorNeeded.
    """
    if hit.state in (HitState.CLEARED, HitState.WITHDRAWN):
        raise HitDecided(f"the hit is {hit.state}", field="hit_id")
    if hit.proposed_by == operator:
        raise SecondOperatorNeeded("another operator has to agree", field="hit_id")
    if hit.proposed_by is not None:
        return replace(hit, state=HitState.CLEARED, decided_by=operator, reason=reason, decided_at=now, due_at=None)
    state = HitState.CONFIRMED if hit.state is HitState.CONFIRMED else HitState.CLEARANCE_PROPOSED
    return replace(hit, state=state, proposed_by=operator, proposed_reason=reason)


def confirmed(hit: Hit, operator: str, reason: str, now: datetime) -> Hit:
    """One operator is enough to stop somebody. Raises HitDecided."""
    if hit.state not in OPEN:
        raise HitDecided(f"the hit is {hit.state}", field="hit_id")
    return replace(
        hit,
        state=HitState.CONFIRMED,
        proposed_by=None,
        proposed_reason=None,
        decided_by=operator,
        reason=reason,
        decided_at=now,
        due_at=None,
    )


def withdrawn(hit: Hit, now: datetime) -> Hit:
    return replace(hit, state=HitState.WITHDRAWN, decided_at=now, due_at=None)


def found_again(hit: Hit, score: int, now: datetime) -> Hit:
    """The entry, or the name, is what it was before; whatever was proposed then is not."""
    return replace(
        hit,
        state=HitState.WAITING,
        score=score,
        found_at=now,
        due_at=now + DECIDED_WITHIN,
        overdue_at=None,
        proposed_by=None,
        proposed_reason=None,
        decided_at=None,
    )


def overdue(hit: Hit, now: datetime) -> Hit:
    return replace(hit, due_at=None, overdue_at=now)


def in_thousandths(score: float) -> int:
    return max(1, min(1000, round(score * 1000)))


def hash_of(files: Mapping[str, bytes], read_as: str = "") -> str:
    """Of the files by name, whatever they were packed in, and how they were read: by other columns they say something else."""
    digest = sha256(read_as.encode())
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def missing(found: Iterable[UUID], hits: Iterable[Hit]) -> list[Hit]:
    """Open hits whose entry was not found any more. Of another name of the subject: found are the entries that are on a list at all."""
    still = set(found)
    return [hit for hit in hits if hit.state in OPEN and hit.entry_id not in still]
