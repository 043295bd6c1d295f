"""What binds a decision to its payment, and what becomes of a parked one. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

from chassis.ids import of_bytes
from services.payments.risk.errors import (
    ChallengeNotOpen,
    DecisionDiffers,
    DecisionEnded,
    DecisionExpired,
    DecisionPending,
    DecisionUsed,
    ReviewNotOpen,
    RulesetNotInState,
    SecondPersonNeeded,
    UnknownDecision,
)
from services.payments.risk.model import (
    CHALLENGE,
    MOST_TRIES,
    OPEN,
    Decision,
    Intent,
    Kind,
    Parking,
    ParkingEndReason,
    ParkingState,
    RiskOutcome,
    Ruleset,
    RulesetState,
    WindowSubject,
)

FIELD = "Sifang-Decision"
_MOVES = {
    RulesetState.SHADOW: frozenset({RulesetState.DRAFT}),
    RulesetState.LIVE: frozenset({RulesetState.SHADOW, RulesetState.RETIRED}),
    RulesetState.RETIRED: frozenset({RulesetState.DRAFT, RulesetState.SHADOW, RulesetState.LIVE}),
}


def _digest(*parts: str) -> UUID:
    """Of texts none of which holds U+0000."""
    return of_bytes(blake2b("\0".join(parts).encode(), digest_size=16).digest())


@lru_cache(maxsize=32_768)
def hashed(*parts: str) -> UUID:
    """A key of texts none of which holds U+0000. Who pays, pays again, and the same merchants: a process remembers."""
    return _digest(*parts)


def device_hash(device: str | None) -> str | None:
    """A device as it is kept: its own name is nobody's business."""
    return None if device is None else hashed("device", device).hex


def wish_hash(wish: Intent) -> UUID:
    """All that binds a decision: who pays how much to whom for what, from which device."""
    subject, device = wish.subject or wish.payee, wish.device or ""
    return _digest(
        wish.kind, wish.person, wish.payee, subject, str(wish.amount), wish.currency, wish.card or "", device
    )


def subjects(person: str, card: str | None, device: str | None, payee: str) -> dict[WindowSubject, str]:
    """Whose payments it counts among. device: hashed."""
    found = {
        WindowSubject.PERSON: person,
        WindowSubject.CARD: card,
        WindowSubject.DEVICE: device,
        WindowSubject.PAYEE: payee,
    }
    return {subject: value for subject, value in found.items() if value is not None}


def series_id(subject: WindowSubject, value: str, kind: Kind | None) -> UUID:
    """Of all payments of a subject, or of one kind."""
    return hashed("series", subject, value, kind or "")


def counted_in(decision: Decision) -> list[UUID]:
    """Series that may have counted a payment."""
    named = subjects(decision.person, decision.card, decision.device, decision.payee)
    return [series_id(subject, value, kind) for subject, value in named.items() for kind in (None, decision.kind)]


def tried(parking: Parking, now: datetime) -> Parking:
    """With one try more, counted before anybody looks whether the answer is right. now: real time. Raises ChallengeNotOpen."""
    if parking.state is not ParkingState.WAITING_CHALLENGE or parking.challenge_until is None:
        raise ChallengeNotOpen(f"it is {parking.state}", state=str(parking.state))
    if parking.challenge_until <= now or parking.tries >= MOST_TRIES:
        raise ChallengeNotOpen("its time or its tries are over", state=str(parking.state))
    return replace(parking, tries=parking.tries + 1)


def answered(parking: Parking, now: datetime) -> Parking:
    """now: real time. Raises ChallengeNotOpen."""
    if parking.state is not ParkingState.WAITING_CHALLENGE:
        raise ChallengeNotOpen(f"it is {parking.state}", state=str(parking.state))
    return replace(parking, state=ParkingState.RELEASED, challenge_until=now + CHALLENGE)


def approved(parking: Parking, by: str, words: str, now: datetime) -> Parking:
    """now: business time. Raises ReviewNotOpen."""
    _require_review(parking, now)
    until = now + timedelta(seconds=parking.released_seconds)
    return replace(parking, state=ParkingState.RELEASED, review_until=until, decided_by=by, words=words)


def denied(parking: Parking, by: str, words: str, now: datetime) -> Parking:
    _require_review(parking, now)
    return ended(replace(parking, decided_by=by, words=words), ParkingEndReason.DENIED, now)


def _require_review(parking: Parking, now: datetime) -> None:
    late = parking.review_until is None or parking.review_until <= now
    if parking.state is not ParkingState.WAITING_REVIEW or late:
        raise ReviewNotOpen(f"it is {parking.state}", state=str(parking.state))


def ended(parking: Parking, reason: ParkingEndReason, now: datetime) -> Parking:
    """Refused for good; its money goes back."""
    return replace(
        parking,
        state=ParkingState.REFUSED,
        end_reason=reason,
        ended_at=now,
        challenge_until=None,
        review_until=None,
    )


def carried_out(parking: Parking, reference: str, now: datetime) -> Parking:
    return replace(
        parking,
        state=ParkingState.CARRIED_OUT,
        used_for=reference,
        ended_at=now,
        challenge_until=None,
        review_until=None,
    )


def is_over(parking: Parking, real: datetime, business: datetime) -> bool:
    """An open one whose time has passed."""
    challenge, review = parking.challenge_until, parking.review_until
    return (challenge is not None and challenge <= real) or (review is not None and review <= business)


def lapsed(parking: Parking, now: datetime) -> Parking:
    """What becomes of one that is over."""
    if parking.state is ParkingState.RELEASED:
        return ended(parking, ParkingEndReason.NOT_USED, now)
    used = parking.state is ParkingState.WAITING_CHALLENGE and parking.tries >= MOST_TRIES
    return ended(parking, ParkingEndReason.TRIES_USED if used else ParkingEndReason.EXPIRED, now)


def parked_as(parking: Parking) -> RiskOutcome:
    """What it waits for, or has been released from: only an operator lifts a review."""
    reviewed = parking.state is ParkingState.WAITING_REVIEW or parking.decided_by is not None
    return RiskOutcome.REVIEW if reviewed else RiskOutcome.STEP_UP


def answers(parking: Parking, outcome: RiskOutcome, real: datetime, business: datetime) -> bool:
    """Whether one that is open says what is to be said now of the same payment: not if it is over, or was parked for less."""
    return not is_over(parking, real, business) and parked_as(parking).weight >= outcome.weight


def superseded(parking: Parking, real: datetime, business: datetime) -> Parking:
    """It makes room for another of the same payment."""
    if is_over(parking, real, business):
        return lapsed(parking, business)
    return ended(parking, ParkingEndReason.SUPERSEDED, business)


def require_presentable(parking: Parking | None, wish: Intent, real: datetime, business: datetime) -> Parking:
    """The decision that a payment says it has. Raises UnknownDecision (also another's) and what its state says."""
    if parking is None or parking.person != wish.person:
        raise UnknownDecision("no such decision", field=FIELD)
    if parking.state is ParkingState.CARRIED_OUT:
        raise DecisionUsed("it let one payment be made", field=FIELD)
    if parking.end_reason in (ParkingEndReason.EXPIRED, ParkingEndReason.NOT_USED) or is_over(parking, real, business):
        raise DecisionExpired("its time is over", field=FIELD)
    if parking.state is ParkingState.REFUSED:
        raise DecisionEnded(f"it ended: {parking.end_reason}", field=FIELD, reason=str(parking.end_reason))
    if parking.wish != wish_hash(wish):
        raise DecisionDiffers("another payment was decided on", field=FIELD)
    if parking.state is not ParkingState.RELEASED:
        raise DecisionPending(f"it is {parking.state}", field=FIELD, state=str(parking.state))
    return parking


def require_withdrawable(parking: Parking | None, person: str) -> Parking:
    """Raises UnknownDecision, DecisionUsed, DecisionEnded."""
    if parking is None or parking.person != person:
        raise UnknownDecision("no such decision")
    if parking.state is ParkingState.CARRIED_OUT:
        raise DecisionUsed("its payment was made")
    if parking.state not in OPEN and parking.end_reason is not ParkingEndReason.WITHDRAWN:
        raise DecisionEnded(f"it ended: {parking.end_reason}", reason=str(parking.end_reason))
    return parking


def moved(ruleset: Ruleset, after: RulesetState, by: str) -> Ruleset:
    """Raises RulesetNotInState, SecondPersonNeeded."""
    if ruleset.state not in _MOVES[after]:
        raise RulesetNotInState(f"it is {ruleset.state}", state=str(ruleset.state))
    if after is RulesetState.LIVE and ruleset.made_by == by:
        raise SecondPersonNeeded("somebody else than who wrote it puts it live")
    return replace(ruleset, state=after)
