"""Stories of a parked payment: its challenge answered, its review decided, withdrawn, over."""

from datetime import timedelta
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import uuid7
from services.payments.risk import queries, rules
from services.payments.risk.errors import UnknownDecision
from services.payments.risk.model import KEEP, MOST_TRIES, Parking, ParkingEndReason, ParkingState
from services.payments.risk.parking import end, tell

LAPSED_AT_ONCE = 200
FORGOTTEN_AT_ONCE = 5_000


async def count_try(tx: Tx, caller: Caller, *, decision_id: UUID) -> Parking:
    """One try more of answering the challenge, whatever comes of it. Raises UnknownDecision, ChallengeNotOpen."""
    parking = rules.tried(await _own(tx, caller, decision_id), real_now())
    await queries.save_parking(tx.connection, parking)
    return parking


async def miss(tx: Tx, caller: Caller, *, decision_id: UUID) -> Parking:
    """The try was wrong; after the last one the payment is refused, its money back."""
    parking = await _own(tx, caller, decision_id)
    if parking.state is ParkingState.WAITING_CHALLENGE and parking.tries >= MOST_TRIES:
        parking = rules.ended(parking, ParkingEndReason.TRIES_USED, tx.now)
        await end(tx, [parking])
    return parking


async def answer_challenge(tx: Tx, caller: Caller, *, decision_id: UUID) -> Parking:
    """She has proved that it is her: the payment may be made, for as long again. Raises UnknownDecision, ChallengeNotOpen."""
    released = rules.answered(await _own(tx, caller, decision_id), real_now())
    await queries.save_parking(tx.connection, released)
    tell(tx, released, "released")
    return released


async def approve(tx: Tx, caller: Caller, *, decision_id: UUID, reason: str) -> Parking:
    """An operator lets it be made. Raises UnknownDecision, ReviewNotOpen."""
    approved = rules.approved(await _locked(tx, decision_id), caller.subject, reason, tx.now)
    await queries.save_parking(tx.connection, approved)
    tell(tx, approved, "released")
    return approved


async def deny(tx: Tx, caller: Caller, *, decision_id: UUID, reason: str) -> Parking:
    """An operator refuses it; its money goes back. Raises UnknownDecision, ReviewNotOpen."""
    denied = rules.denied(await _locked(tx, decision_id), caller.subject, reason, tx.now)
    await end(tx, [denied])
    return denied


async def withdraw(tx: Tx, caller: Caller, *, decision_id: UUID) -> Parking:
    """Who wanted to pay does not any more; her money is free. Withdrawn twice is withdrawn. Raises as `rules.require_withdrawable`."""
    found = await queries.parking_with(tx.connection, decision_id, lock=True)
    parking = rules.require_withdrawable(found, caller.party)
    if parking.end_reason is ParkingEndReason.WITHDRAWN:
        return parking
    withdrawn = rules.ended(parking, ParkingEndReason.WITHDRAWN, tx.now)
    await end(tx, [withdrawn])
    return withdrawn


async def end_over(tx: Tx, caller: Caller) -> int:
    """A batch of those whose time has passed: refused, their money back. How many there were."""
    over = await queries.lock_over(tx.connection, real_now(), tx.now, LAPSED_AT_ONCE)
    await end(tx, [rules.lapsed(parking, tx.now) for parking in over])
    return len(over)


async def forget_old(tx: Tx, caller: Caller) -> int:
    """A batch of decisions that nobody need explain any more, and of what no window reaches."""
    at = tx.now - KEEP
    # Decisions a day after what they were counted by: none of that is left without its own.
    return await queries.forget(tx.connection, uuid7(at - timedelta(days=1), bytes(10)), at, FORGOTTEN_AT_ONCE)


async def _own(tx: Tx, caller: Caller, decision_id: UUID) -> Parking:
    parking = await _locked(tx, decision_id)
    if parking.person != caller.party:
        raise UnknownDecision("no such decision")
    return parking


async def _locked(tx: Tx, decision_id: UUID) -> Parking:
    parking = await queries.parking_with(tx.connection, decision_id, lock=True)
    if parking is None:
        raise UnknownDecision("no such decision")
    return parking
