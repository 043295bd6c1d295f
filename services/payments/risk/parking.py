"""Parked payments: their money is held meanwhile, under a code of its own, and goes back or is let go when the payment is made."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.ids import book_of, encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.risk import queries, rules
from services.payments.risk.errors import TooManyParked
from services.payments.risk.model import CHALLENGE, MOST_PARKED, Decision, Parking, ParkingState, RiskOutcome

CODE = "risk.parking"
KIND = "risk_parking"


async def park(
    tx: Tx, decision: Decision, account_id: UUID | None, review_seconds: int, released_seconds: int
) -> Parking:
    """With a hold on the account that would pay. The person's parked payments are locked.

    Raises TooManyParked, and what the ledger refuses of the hold.
    """
    if await queries.count_open(tx.connection, decision.person) >= MOST_PARKED:
        raise TooManyParked(f"at most {MOST_PARKED} payments wait at a time", most=MOST_PARKED)
    challenged = decision.outcome is RiskOutcome.STEP_UP
    parking = Parking(
        id=decision.id,
        kind=decision.kind,
        person=decision.person,
        wish=decision.wish,
        payee=decision.payee,
        subject=decision.subject,
        amount=decision.amount,
        currency=decision.currency,
        state=ParkingState.WAITING_CHALLENGE if challenged else ParkingState.WAITING_REVIEW,
        tries=0,
        hold_id=None if account_id is None else ledger.new_transfer_id(tx, book_of(account_id)),
        account_id=account_id,
        released_seconds=released_seconds,
        parked_at=tx.now,
        challenge_until=real_now() + CHALLENGE if challenged else None,
        review_until=None if challenged else tx.now + timedelta(seconds=review_seconds),
    )
    await queries.add_parking(tx.connection, parking)
    if account_id is not None:
        await ledger.post(tx, [await _hold(tx, parking, account_id)])
    return parking


async def carry_out(tx: Tx, parking: Parking, reference: str) -> None:
    """Its payment is made in this transaction: the hold makes room for it."""
    done = rules.carried_out(parking, reference, tx.now)
    await queries.save_parking(tx.connection, done)
    if parking.hold_id is not None:
        await ledger.post(tx, [_void(tx, parking)])
    tell(tx, done, "carried_out")


async def end(tx: Tx, parkings: Sequence[Parking]) -> None:
    """parkings: as they end, refused; the money of each goes back, whatever becomes of another's."""
    for parking in parkings:
        await queries.save_parking(tx.connection, parking)
        tell(tx, parking, "ended")
    voids = [_void(tx, parking) for parking in parkings if parking.hold_id is not None]
    if voids:
        # Each by itself: a hold that an operator ended by hand keeps no other; if it was posted, the audit tells.
        await ledger.attempt(tx, voids, atomic=False)


def tell(tx: Tx, parking: Parking, step: str) -> None:
    told = {
        "decision_id": encode("rdc", parking.id),
        "kind": parking.kind.value,
        "person": parking.person,
        "amount": parking.amount,
        "currency": parking.currency,
        "state": parking.state.value,
        "end_reason": None if parking.end_reason is None else parking.end_reason.value,
        "used_for": parking.used_for,
    }
    tx.events.add(f"payments.risk.{step}.v1", encode("rdc", parking.id), told)


async def _hold(tx: Tx, parking: Parking, account_id: UUID) -> TransferCommand:
    """Without a time-out of the ledger's: the parked payment's own end gives it back."""
    assert parking.hold_id is not None
    return TransferCommand(
        id=parking.hold_id,
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("rdc", parking.id),
        debit_account_id=account_id,
        credit_account_id=await _parking_account(tx, book_of(account_id), parking.currency),
        amount=parking.amount,
        currency=parking.currency,
    )


def _void(tx: Tx, parking: Parking) -> TransferCommand:
    assert parking.hold_id is not None
    return TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(parking.hold_id)),
        kind=TransferKind.VOID,
        code=CODE,
        reference=encode("rdc", parking.id),
        pending_id=parking.hold_id,
    )


async def _parking_account(tx: Tx, book_id: int, currency: str) -> UUID:
    return await ledger.platform_account(
        tx,
        find=lambda: queries.parking_account(tx.connection, book_id, currency),
        lock=lambda: queries.lock_accounts(tx.connection),
        keep=lambda account_id: queries.add_account(tx.connection, book_id, currency, account_id),
        currency=currency,
        kind=KIND,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=currency,
        book_id=book_id,
    )
